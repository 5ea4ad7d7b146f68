using System.Numerics;
using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Drivers.ArmSmmuV3;

/// <summary>The companion series with its slips mended: nothing is ignored, nothing runs without a bound.</summary>
internal static class SmmuV3Mended
{
    private const string Site = "arm_smmu_cache_invalidate_user";

    /// <summary>Commands of one request; more is one for the whole address space instead.</summary>
    private const ulong MaxCommands = 1 << 16;

    private const ulong PageSizes = (1UL << 12) | (1UL << 21) | (1UL << 30);

    private static readonly DomainOps s_nested = SmmuV3DomainOps.Nested with { CacheInvalidateUser = Invalidate };

    /// <summary>As of March, and EINVAL for a nested domain without data.</summary>
    public static Errno AllocateForUser(
        IommuDevice device,
        uint flags,
        IommuDomain? parent,
        in UserData data,
        out IommuDomain? domain
    ) => AllocateForUser(device, parent, in data, s_nested, out domain);

    /// <summary>As <see cref="AllocateForUser(IommuDevice, uint, IommuDomain, in UserData, out IommuDomain)"/>
    /// with the invalidation of March.</summary>
    public static Errno AllocateUncheckedRequests(
        IommuDevice device,
        uint flags,
        IommuDomain? parent,
        in UserData data,
        out IommuDomain? domain
    ) => AllocateForUser(device, parent, in data, SmmuV3DomainOps.Nested, out domain);

    private static Errno AllocateForUser(
        IommuDevice device,
        IommuDomain? parent,
        in UserData data,
        DomainOps nestedOps,
        out IommuDomain? domain
    )
    {
        domain = null;
        return parent is not null && data.Copied is null
            ? Errno.EINVAL
            : SmmuV3Allocation.AllocateForUser(device, parent, in data, nestedOps, out domain);
    }

    /// <summary>EOPNOTSUPP for bits that nobody defined, EINVAL for an opcode, a granule or a range.</summary>
    private static Errno Invalidate(IommuDomain domain, ref InvalidateRequest request)
    {
        var nested = (SmmuV3Domain)domain;
        var data = request.Copied!.Read<HwptInvalidateArmSmmuV3>(nested.Machine, Site);
        var isPadded = ((ReadOnlySpan<byte>)data.Padding).ContainsAnyExcept((byte)0);
        if (isPadded || data.Flags > 1)
            return Errno.EOPNOTSUPP;
        ulong commands = 1;
        switch (data.Opcode)
        {
            case SmmuV3Invalidation.CfgiCd
            or SmmuV3Invalidation.CfgiCdAll
            or SmmuV3Invalidation.TlbiNhAsid
            or SmmuV3Invalidation.TlbiNhAll
            or SmmuV3Invalidation.AtcInv:
                break;
            case SmmuV3Invalidation.TlbiNhVa or SmmuV3Invalidation.TlbiNhVaa:
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
}
