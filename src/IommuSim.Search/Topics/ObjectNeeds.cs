using IommuSim.Iommu;
using IommuSim.Machine.Memory;
using IommuSim.Search.Draw;
using IommuSim.Search.Programs;
using IommuSim.Uapi;

namespace IommuSim.Search.Topics;

/// <summary>Objects that calls need, and how a program gets them.</summary>
internal static class ObjectNeeds
{
    private const uint Writeable = IoasMapFlags.IOMMU_IOAS_MAP_WRITEABLE;

    /// <summary>A device of any driver.</summary>
    public static Need Device { get; } =
        Need.Of(
            ObjectKind.Device,
            static (_, _) => true,
            static (label, file, ioctls) =>
                Bind(label, file, ioctls.State, static (_, _) => true) ?? Plug(label, file, ioctls)
        );

    /// <summary>A device of the mock. Those that are bound can have options.</summary>
    public static Need MockDevice { get; } =
        Need.Of(
            ObjectKind.Device,
            static (device, _) => ViommuTopics.IsMock(device),
            static (label, file, ioctls) =>
                !ioctls.State.Random.OneIn(4) && Bind(label, file, ioctls.State, IsMock) is { } bind
                    ? bind
                    : Plug(label, file, ioctls)
        );

    /// <summary>A device that the selftest plugged in.</summary>
    public static Need Stdev { get; } = Need.Of(ObjectKind.Stdev, MockDeviceTopics.Plug);

    public static Need FaultQueue { get; } = Need.Of(ObjectKind.FaultQueue, FaultQueueTopics.Alloc);

    /// <summary>A hwpt that others can be nested on.</summary>
    public static Need Parent { get; } = Need.Of(ObjectKind.Paging, IsParent, AllocParent) with { Needs = [Device] };

    /// <summary>As <see cref="Parent"/>, of the mock, which alone has vIOMMUs.</summary>
    public static Need MockParent { get; } =
        Need.Of(
            ObjectKind.Paging,
            static (hwpt, state) => IsParent(hwpt, state) && ViommuTopics.IsMock(hwpt),
            AllocMockParent
        ) with
        {
            Needs = [MockDevice],
        };

    public static Need Nested { get; } =
        Need.Of(ObjectKind.Nested, static (_, _) => true, HwptAllocTopics.AllocNested) with
        {
            Needs = [Parent],
        };

    public static Need Viommu { get; } = Need.Of(ObjectKind.Viommu, ViommuTopics.Alloc) with { Needs = [MockParent] };

    /// <summary>Something is mapped where a vIOMMU's parent translates it.</summary>
    public static Need PageOfViommu { get; } =
        new(
            static (state, file) =>
                state.All.Any(o =>
                    DrawState.Fits(o, ObjectKind.Viommu, file) && state.Areas.Exists(a => a.Ioas == state.IoasOf(o))
                ),
            MapForViommu
        )
        {
            Needs = [Viommu],
        };

    /// <summary>Binds a device of the machine that fits, is not bound and can be; null for none.</summary>
    public static Call? Bind(int label, int file, DrawState state, Func<DeviceDeclared, DrawState, bool> fits)
    {
        for (var i = 0; i < state.Devices.Length; i++)
        {
            if (state.Refused.Contains(i) || state.Bound.Exists(b => b.Device == i))
                continue;
            if (fits(state.Devices[i], state))
                return Call.Bind(label, i, file);
        }

        return null;
    }

    private static bool IsMock(DeviceDeclared device, DrawState state) => device.Driver == "mock";

    /// <summary>Early kernels nest on any paging hwpt.</summary>
    private static bool IsParent(KnownObject hwpt, DrawState state) =>
        hwpt.IsParent || state.Target.Spec.UserData < UserDataConvention.UserPointer;

    private static Call? Plug(int label, int file, IoctlGenerator ioctls) =>
        ioctls.IfAny(MockDeviceTopics.Plug, label, file);

    private static Call? AllocParent(int label, int file, IoctlGenerator ioctls) =>
        ioctls.IfAny(
            HwptAllocTopics.Alloc,
            label,
            file,
            static (draft, random) => HwptAllocTopics.FillParent(draft, draft.Pick(ObjectKind.Device), random)
        );

    private static Call? AllocMockParent(int label, int file, IoctlGenerator ioctls) =>
        ioctls.IfAny(
            HwptAllocTopics.Alloc,
            label,
            file,
            static (draft, random) =>
                HwptAllocTopics.FillParent(draft, draft.Pick(ObjectKind.Device, ViommuTopics.IsMock), random)
        );

    /// <summary>A page that is mapped for a queue, now and then one that a device may not write to.</summary>
    private static Call? MapForViommu(int label, int file, IoctlGenerator ioctls)
    {
        var state = ioctls.State;
        if (!ioctls.Has(MappingTopics.Map) || state.Pick(ObjectKind.Viommu, file) is not { } viommu)
            return null;
        var ioas = state.IoasOf(viommu);
        return ioctls
            .Of(MappingTopics.Map, label, file)
            .With("ioas_id", ioas)
            .With("flags", CallValue.Of(state.Random.OneIn(8) ? Flags(0) : Flags(Writeable)))
            .With("user_va", CallValue.At(MemorySpec.Plain(2 * UserAddressSpace.PageSize)))
            .With("length", CallValue.Of(UserAddressSpace.PageSize))
            .With("iova", CallValue.Of(MappingTopics.Iova(state.Random)));
    }

    private static uint Flags(uint more) =>
        IoasMapFlags.IOMMU_IOAS_MAP_FIXED_IOVA | IoasMapFlags.IOMMU_IOAS_MAP_READABLE | more;
}
