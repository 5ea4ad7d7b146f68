using System.Numerics;
using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Machine.Reports;
using IommuSim.Uapi;

namespace IommuSim.Drivers.ArmSmmuV3;

/// <summary>Cache invalidation by the opcodes of the command queue, v1.</summary>
internal static class SmmuV3Invalidation
{
    /// <summary>
    /// Commands of one request after which the kernel's watchdog would report a stall. An assumption.
    /// </summary>
    public const ulong WatchdogCommands = 1UL << 25;

    /// <summary>Commands of one request of a fixed driver; more is one for the whole address space instead.</summary>
    private const ulong MaxCommands = 1 << 16;

    internal const byte CfgiCd = 0x05;
    internal const byte CfgiCdAll = 0x06;
    internal const byte TlbiNhAll = 0x10;
    internal const byte TlbiNhAsid = 0x11;
    internal const byte TlbiNhVa = 0x12;
    internal const byte TlbiNhVaa = 0x13;
    internal const byte AtcInv = 0x40;
    private const ulong PageSizes = (1UL << 12) | (1UL << 21) | (1UL << 30);

    private const string Site = "arm_smmu_cache_invalidate_user";
    private const string RangeSite = "__arm_smmu_tlb_inv_range";

    /// <summary>
    /// Queues commands for the opcodes that it knows. As posted it drops the others without an error, since the op is
    /// void; see <see cref="Bug.B31"/>.
    /// </summary>
    // Models drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c:arm_smmu_cache_invalidate_user(),
    // v1/smmuv3. The opcode is read before anything is tested. Padding and all flags but the lowest
    // are ignored.
    public static Errno Invalidate(IommuDomain domain, ref InvalidateRequest request)
    {
        var nested = (SmmuV3Domain)domain;
        var machine = nested.Machine;
        var copied = machine.Heap.Deref(request.Copied, Site, "user_data");
        var data = copied.Read<HwptInvalidateArmSmmuV3>(machine, Site);
        if (!machine.Has(Bug.B31))
            return InvalidateChecked(nested, data);
        switch (data.Opcode)
        {
            case CfgiCd or CfgiCdAll:
                // The request is for all descriptors; one is invalidated.
                nested.CommandCount += CountDevices(nested);
                break;
            case TlbiNhVa or TlbiNhVaa when IsPageSize(data.GranuleSize):
                InvalidateRange(nested, data.Range.Last - data.Range.Start + 1, data);
                break;
            case TlbiNhAsid or TlbiNhAll:
                nested.CommandCount += 1 + CountDevices(nested);
                break;
            case AtcInv:
                nested.CommandCount += CountDevices(nested);
                break;
        }

        return Errno.OK;
    }

    /// <summary>EOPNOTSUPP for bits that are not defined, EINVAL for an opcode, a granule or a range.</summary>
    private static Errno InvalidateChecked(SmmuV3Domain nested, in HwptInvalidateArmSmmuV3 data)
    {
        var isPadded = ((ReadOnlySpan<byte>)data.Padding).ContainsAnyExcept((byte)0);
        if (isPadded || data.Flags > 1)
            return Errno.EOPNOTSUPP;
        ulong commands = 1;
        switch (data.Opcode)
        {
            case CfgiCd or CfgiCdAll or TlbiNhAsid or TlbiNhAll or AtcInv:
                break;
            case TlbiNhVa or TlbiNhVaa:
                if (!BitOperations.IsPow2(data.GranuleSize) || (data.GranuleSize & PageSizes) == 0)
                    return Errno.EINVAL;
                if (data.Range.Last < data.Range.Start)
                    return Errno.EINVAL;
                commands = ((data.Range.Last - data.Range.Start) / data.GranuleSize) + 1;
                break;
            default:
                return Errno.EINVAL;
        }

        nested.CommandCount += commands > MaxCommands || nested.UsesRangeCommands ? 1 : commands;
        return Errno.OK;
    }

    /// <summary>
    /// One command for each granule, however many those are. The whole address space wraps to size
    /// 0 and is dropped; a range that ends before it starts reaches the devices only.
    /// </summary>
    // Models arm-smmu-v3.c:__arm_smmu_tlb_inv_range(), v1/smmuv3.
    private static void InvalidateRange(SmmuV3Domain domain, ulong size, in HwptInvalidateArmSmmuV3 data)
    {
        if (size == 0)
            return;
        var end = data.Range.Start + size;
        if (end > data.Range.Start)
            QueueRange(domain, size, data.GranuleSize);
        domain.CommandCount += CountDevices(domain);
    }

    private static void QueueRange(SmmuV3Domain domain, ulong size, uint granule)
    {
        var machine = domain.Machine;
        if (domain.UsesRangeCommands)
        {
            // The page size comes from the nested domain, which has none: the lowest bit of 0, on
            // arm64 number 64, becomes the count of a shift.
            CShift.BitUll(machine, (uint)BitOperations.TrailingZeroCount(domain.PgsizeBitmap), RangeSite);
            domain.CommandCount++;
            return;
        }

        var commands = ((size - 1) / granule) + 1;
        if (commands > WatchdogCommands)
            machine.Report(ReportKind.HungTask, RangeSite, "the user's range bounds the loop alone");
        domain.CommandCount += commands;
    }

    private static bool IsPageSize(uint granule) => BitOperations.IsPow2(granule) && (granule & PageSizes) != 0;

    private static ulong CountDevices(SmmuV3Domain domain)
    {
        ulong count = 0;
        for (var device = domain.Devices.First; device is not null; device = device.Next)
            count++;
        return count;
    }
}
