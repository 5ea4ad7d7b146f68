using IommuSim.Search.Draw;
using IommuSim.Search.Programs;
using IommuSim.Uapi;

namespace IommuSim.Search.Topics;

/// <summary>Devices that are attached in a special way, and how a program gets there.</summary>
internal static class AttachNeeds
{
    private const uint PasidFlag = 1u << 2;

    /// <summary>A hwpt of the mock for PASIDs.</summary>
    public static Need PasidHwpt { get; } =
        Need.Of(ObjectKind.Paging, static (hwpt, _) => IsPasidHwpt(hwpt), AllocPasidHwpt) with
        {
            Needs = [ObjectNeeds.MockDevice],
        };

    /// <summary>A device that can be attached by PASIDs: it is itself on a hwpt for them.</summary>
    public static Need PasidDevice { get; } =
        Need.Of(ObjectKind.Stdev, IsPasidDevice, PlugPasidDevice) with
        {
            Needs = [PasidHwpt],
        };

    /// <summary>A device that is attached by a PASID.</summary>
    public static Need AttachedPasid { get; } =
        new(
            static (state, _) => state.Pasids.Count > 0,
            static (label, file, ioctls) => ioctls.IfAny(PasidTopics.Attach, label, file)
        )
        {
            Needs = [PasidDevice],
        };

    /// <summary>A hwpt of the mock with a queue for its faults.</summary>
    public static Need FaultHwpt { get; } =
        Need.Of(ObjectKind.Paging, static (hwpt, _) => IsFaultHwpt(hwpt), AllocFaultHwpt) with
        {
            Needs = [ObjectNeeds.MockDevice, ObjectNeeds.FaultQueue],
        };

    /// <summary>A device whose faults go to a queue.</summary>
    public static Need FaultingDevice { get; } =
        Need.Of(ObjectKind.Device, IsFaulting, AttachForFaults) with
        {
            Needs = [FaultHwpt],
        };

    /// <summary>A device behind a vIOMMU that has a queue for its events.</summary>
    public static Need EventfulDevice { get; } =
        new(
            static (state, file) => Eventful(state, file) is not null,
            static (label, _, ioctls) => ViommuTopics.GoOn(label, ioctls)
        )
        {
            Needs = [ObjectNeeds.Viommu],
        };

    public static bool IsPasidHwpt(KnownObject hwpt) => hwpt.IsForPasids && ViommuTopics.IsMock(hwpt);

    public static bool IsPasidDevice(KnownObject stdev, DrawState state) =>
        state.PlaceOf(stdev) is not { IsForPasids: false };

    /// <summary>A device whose events a queue takes, or null.</summary>
    public static CallValue? Eventful(DrawState state, int file)
    {
        foreach (var vdevice in state.All)
        {
            if (!DrawState.Fits(vdevice, ObjectKind.Vdevice, file))
                continue;
            if (state.Find(state.TargetOf(vdevice.Of.Label)) is not { Kind: ObjectKind.Nested } nested)
                continue;
            if (nested.On != vdevice.On)
                continue;
            foreach (var queue in state.All)
            {
                if (DrawState.Fits(queue, ObjectKind.Veventq, file) && queue.On == vdevice.On)
                    return vdevice.Of;
            }
        }

        return null;
    }

    public static bool IsFaulting(KnownObject device, DrawState state) =>
        ViommuTopics.IsMock(device) && state.PlaceOf(device) is { HasQueue: true };

    private static bool IsFaultHwpt(KnownObject hwpt) => hwpt.HasQueue && ViommuTopics.IsMock(hwpt);

    private static Call? AllocPasidHwpt(int label, int file, IoctlGenerator ioctls)
    {
        if (!ioctls.Has(PasidTopics.Attach))
            return null;
        var flags = HwptAllocFlags.IOMMU_HWPT_ALLOC_PASID;
        var queue = ioctls.State.Random.Below(3) == 0 ? ioctls.State.Pick(ObjectKind.FaultQueue, file) : null;
        if (queue is not null)
            flags |= HwptAllocFlags.IOMMU_HWPT_FAULT_ID_VALID;
        return AllocHwpt(label, file, flags, queue, ioctls);
    }

    private static Call? AllocFaultHwpt(int label, int file, IoctlGenerator ioctls)
    {
        if (ioctls.State.Pick(ObjectKind.FaultQueue, file) is not { } queue || !ioctls.State.Target.HasHwptFaults)
            return null;
        return AllocHwpt(label, file, HwptAllocFlags.IOMMU_HWPT_FAULT_ID_VALID, queue, ioctls);
    }

    private static Call AllocHwpt(int label, int file, uint flags, KnownObject? queue, IoctlGenerator ioctls) =>
        ioctls.Of(
            HwptAllocTopics.Alloc,
            label,
            file,
            (draft, _) =>
            {
                draft.Set("dev_id", draft.Id(ObjectKind.Device, ViommuTopics.IsMock));
                draft.Set("pt_id", ObjectKind.Ioas);
                draft.Set("flags", flags);
                if (queue is not null)
                    draft.Set("fault_id", queue.Value);
            }
        );

    private static Call? PlugPasidDevice(int label, int file, IoctlGenerator ioctls)
    {
        if (!ioctls.Has(MockDeviceTopics.PlugWithFlags))
            return null;
        if (ioctls.State.Pick(ObjectKind.Paging, file, IsPasidHwpt) is not { } hwpt)
            return null;
        return ioctls.Of(
            MockDeviceTopics.PlugWithFlags,
            label,
            file,
            (draft, random) =>
            {
                draft.Set("id", hwpt.Value);
                draft.Set("dev_flags", random.OneIn(8) ? 0 : PasidFlag);
            }
        );
    }

    /// <summary>Moves a device of the mock to a hwpt with a queue, or plugs one in there.</summary>
    private static Call? AttachForFaults(int label, int file, IoctlGenerator ioctls)
    {
        var state = ioctls.State;
        if (state.Pick(ObjectKind.Paging, file, IsFaultHwpt) is not { } hwpt)
            return null;
        foreach (var (bound, device, of, attached) in state.Bound)
        {
            if (of == file && state.Devices[device].Driver == "mock" && state.Random.Below(3) != 0)
                return Call.OnDevice(label, attached ? CallKind.Replace : CallKind.Attach, bound, hwpt.Value);
        }

        if (state.Pick(ObjectKind.Stdev, file) is { } stdev && state.Random.Below(2) == 0)
            return ioctls.Of(MockDeviceTopics.Move, label, file).With("id", stdev.Value).With("pt_id", hwpt.Value);
        return ioctls.IfAny(MockDeviceTopics.Plug, label, file)?.With("id", hwpt.Value);
    }
}
