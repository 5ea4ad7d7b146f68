using System.Runtime.InteropServices;
using IommuSim.Iommu.PageFaults;
using IommuSim.Uapi;

namespace IommuSim.Drivers.ArmSmmuV3;

/// <summary>Records of the SMMU's event queue. No call of a program raises one; the hardware does.</summary>
internal static class SmmuV3Events
{
    private const byte BadEntry = 0x04;
    private const byte StreamDisabled = 0x06;
    private const byte BadSubstream = 0x08;
    private const byte BadDescriptor = 0x0a;
    private const byte TranslationFault = 0x10;
    private const byte PermissionFault = 0x13;
    private const ulong SsidValid = 1UL << 11;
    private const ulong Stall = 1UL << 31;
    private const ulong SecondStage = 1UL << 39;
    private const ulong Read = 1UL << 35;
    private const int SidShift = 32;

    /// <summary>
    /// EOPNOTSUPP for a kind that the driver only logs and for one that no guest gets, else what the handler of page
    /// faults returns, or ENOMEM. A guest gets its own number for the stream.
    /// </summary>
    // Models drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c:arm_smmu_handle_event() and
    // arm-smmu-v3-iommufd.c:arm_vmaster_report_event(), v7.3.
    public static Errno Handle(SmmuV3Master master, in Quads4 record)
    {
        var isKnown =
            (byte)record[0]
            is BadEntry
                or StreamDisabled
                or BadSubstream
                or BadDescriptor
                or (>= TranslationFault and <= PermissionFault);
        if (!isKnown)
            return Errno.EOPNOTSUPP;
        if ((record[1] & Stall) != 0)
            return PageFaults.ReportDeviceFault(master, RequestOf(record));
        if (master.Viommu is not { } viommu || (record[1] & SecondStage) != 0)
            return Errno.EOPNOTSUPP;
        var seen = record;
        seen[0] = (uint)record[0] | (master.VirtualId << SidShift);
        return viommu.ReportEvent(
            VeventqConstants.IOMMU_VEVENTQ_TYPE_ARM_SMMUV3,
            MemoryMarshal.AsBytes(new ReadOnlySpan<Quads4>(in seen))
        );
    }

    private static PageRequest RequestOf(in Quads4 record)
    {
        var hasPasid = (record[0] & SsidValid) != 0;
        var flags = PageRequest.LastPage | (hasPasid ? PageRequest.PasidValid : 0);
        var perm = (record[1] & Read) != 0 ? 1u : 2u;
        return new PageRequest(
            flags,
            hasPasid ? (uint)(record[0] >> 12) & 0xfffff : 0,
            (ushort)record[1],
            perm,
            record[2]
        );
    }
}
