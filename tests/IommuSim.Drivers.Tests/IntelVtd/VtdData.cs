using System.Runtime.CompilerServices;
using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Drivers.Tests.IntelVtd;

using IntelVtd = Drivers.IntelVtd.IntelVtd;

/// <summary>Stage-1 data in the form that a generation takes, and parents to nest on.</summary>
internal static class VtdData
{
    private const uint Type = HwptType.IOMMU_HWPT_TYPE_VTD_S1;

    public static DriverSpec Generation(string name) => DriverCatalog.Get($"IntelVtd.{name}");

    /// <summary>The data of the generation of <paramref name="device"/>.</summary>
    public static UserData StageOne(
        Rig rig,
        IommuDevice device,
        ulong flags = 0,
        ulong pageTable = 0x1000,
        uint width = 48
    )
    {
        var old = new HwptIntelVtd
        {
            Flags = flags,
            PgtblAddr = pageTable,
            AddrWidth = width,
        };
        var now = new HwptVtdS1
        {
            Flags = flags,
            PgtblAddr = pageTable,
            AddrWidth = width,
        };
        if (device.Ops.HwptTypes[1].AllocSize == Unsafe.SizeOf<HwptIntelVtd>())
            return Rig.Copied(old, Type);
        return ReferenceEquals(device.Ops, IntelVtd.V3.Ops) ? Rig.Copied(now, Type) : rig.InUser(now, Type);
    }

    /// <summary>A domain that the generation accepts as a parent.</summary>
    public static IommuDomain Parent(IommuDevice device)
    {
        var merged =
            ReferenceEquals(device.Ops, IntelVtd.Linux67.Ops) || ReferenceEquals(device.Ops, IntelVtd.Linux68.Ops);
        var isFlagged = merged || ReferenceEquals(device.Ops, IntelVtd.V4.Ops);
        return Rig.MustAlloc(
            device,
            parent: null,
            UserData.None,
            isFlagged ? HwptAllocFlags.IOMMU_HWPT_ALLOC_NEST_PARENT : 0
        );
    }
}
