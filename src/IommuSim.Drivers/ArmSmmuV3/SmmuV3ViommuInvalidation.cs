using IommuSim.Iommu;
using IommuSim.Iommu.Viommus;
using IommuSim.Uapi;

namespace IommuSim.Drivers.ArmSmmuV3;

/// <summary>
/// Commands of a guest's queue: those that it may use go to the main queue, with the guest's own VMID or the device's
/// real stream id. Models drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c, v7.3.
/// </summary>
internal static class SmmuV3ViommuInvalidation
{
    private const string Site = "arm_vsmmu_cache_invalidate";
    private const ulong Opcode = 0xff;
    private const ulong CfgiCd = 0x05;
    private const ulong CfgiCdAll = 0x06;
    private const ulong TlbiNhAll = 0x10;
    private const ulong TlbiNhAsid = 0x11;
    private const ulong TlbiNhVa = 0x12;
    private const ulong TlbiNhVaa = 0x13;
    private const ulong TlbiNsnhAll = 0x30;
    private const ulong AtcInv = 0x40;

    private const int SidShift = 32;
    private const int VmidShift = 32;
    private const int AsidShift = 48;
    private const ulong Sid = 0xffff_ffffUL << SidShift;
    private const ulong Ssid = 0xf_ffffUL << 12;
    private const ulong SsidValid = 1UL << 11;
    private const ulong Global = 1UL << 9;
    private const ulong Leaf = 1;
    private const ulong Vmid = 0xffffUL << VmidShift;
    private const ulong Num = 0x1fUL << 12;
    private const ulong Scale = 0x3fUL << 20;
    private const ulong ScaleTop = 1UL << 25;
    private const ulong Ttl = 3UL << 8;
    private const ulong Tg = 3UL << 10;
    private const ulong Tg16K = 2UL << 10;
    private const ulong Ttl1 = 1UL << 8;
    private const ulong Address = ~0xfffUL;
    private const ulong Size = 0x3f;
    private const ulong SizeOfAll = 52;

    /// <summary>
    /// ENOMEM, and then the count of the caller comes back as if all had been handled. EINVAL for another type or no
    /// command, EFAULT, E2BIG: all are copied before the first is looked at. EIO for one that the guest may not use,
    /// or a stream id that is not the guest's; the count is of those before it.
    /// </summary>
    // Models arm_vsmmu_cache_invalidate(), v7.3. The hardware takes every batch.
    public static Errno Invalidate(IViommu viommu, ref InvalidateRequest request)
    {
        var count = (uint)request.EntryCount;
        if (count != 0 && !UserDataCopy.CanHold<ViommuInvalidateArmSmmuV3>(viommu.Machine, count, Site))
            return Errno.ENOMEM;
        request.EntryCount = 0;
        if (request.Type != ViommuConstants.IOMMU_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3 || count == 0)
            return Errno.EINVAL;
        var commands = new ViommuInvalidateArmSmmuV3[count];
        var rc = UserDataCopy.CopyFullArray(viommu.Machine, in request, commands);
        for (var i = 0; i < commands.Length && rc == Errno.OK; i++)
        {
            rc = Convert(viommu, ref commands[i].Cmd);
            if (rc == Errno.OK)
                request.EntryCount++;
        }

        // A batch goes out once all of it is converted: of the last one nothing does where a command is refused.
        var issued = rc == Errno.OK ? request.EntryCount : BatchesOf(request.EntryCount);
        var unit = SmmuV3Unit.Of(viommu.Iommu);
        for (var i = 0; i < issued; i++)
            unit.Issue(commands[i].Cmd[0], commands[i].Cmd[1]);
        return rc;
    }

    /// <summary>Commands of batches that are full: each takes one less than a word has bits.</summary>
    private static int BatchesOf(int converted)
    {
        const int Batch = 64 - 1;
        return converted / Batch * Batch;
    }

    // Models arm_vsmmu_convert_user_cmd(), v7.3.
    private static Errno Convert(IViommu viommu, ref Quads2 command)
    {
        var vsmmu = (SmmuV3Viommu)viommu.Private!;
        if (!IsAllowed(vsmmu.Parent.Profile, command[0], command[1]))
            return Errno.EIO;
        switch (command[0] & Opcode)
        {
            case TlbiNsnhAll:
                command[0] = TlbiNhAll | ((ulong)vsmmu.Parent.Vmid << VmidShift);
                command[1] = 0;
                return Errno.OK;
            case CfgiCd or CfgiCdAll or AtcInv:
                return ConvertStream(viommu, ref command);
            default:
                command[0] = (command[0] & ~Vmid) | ((ulong)vsmmu.Parent.Vmid << VmidShift);
                return Errno.OK;
        }
    }

    // Models arm_vsmmu_vsid_to_sid(), v7.3.
    private static Errno ConvertStream(IViommu viommu, ref Quads2 command)
    {
        const string Lookup = "arm_vsmmu_vsid_to_sid";
        viommu.VdevicesLock.Lock(Lookup);
        var master = viommu.FindDevice(command[0] >> SidShift) as SmmuV3Master;
        viommu.VdevicesLock.Unlock(Lookup);
        if (master is null)
            return Errno.EIO;
        command[0] = (command[0] & ~Sid) | ((ulong)master.StreamId << SidShift);
        return Errno.OK;
    }

    /// <summary>Whether the command has only bits that the SMMU implements and a guest may set.</summary>
    // Models arm_vsmmu_validate_user_cmd(), v7.3.
    private static bool IsAllowed(in SmmuV3Profile profile, ulong first, ulong second)
    {
        var asid = ((1UL << profile.AsidBits) - 1) << AsidShift;
        var ssid = profile.SsidBits == 0 ? 0 : Ssid;
        var (allowedFirst, allowedSecond) = (first & Opcode) switch
        {
            TlbiNsnhAll => (0UL, 0UL),
            TlbiNhVa => (asid | Vmid | RangeFirst(profile), Leaf | Address | RangeSecond(profile)),
            TlbiNhVaa => (Vmid | RangeFirst(profile), Leaf | Address | RangeSecond(profile)),
            TlbiNhAsid => (asid | Vmid, 0UL),
            TlbiNhAll => (Vmid, 0UL),
            AtcInv => (Sid | (profile.SsidBits == 0 ? 0 : SsidValid | Ssid | Global), Size | Address),
            CfgiCd => (Sid | ssid, Leaf),
            CfgiCdAll => (Sid, 0UL),
            _ => (0UL, 0UL),
        };
        return HasSense(profile, first, second)
            && (first & ~(Opcode | allowedFirst)) == 0
            && (second & ~allowedSecond) == 0;
    }

    /// <summary>Whether the opcode is one for guests, and no field has a reserved value.</summary>
    private static bool HasSense(in SmmuV3Profile profile, ulong first, ulong second) =>
        (first & Opcode) switch
        {
            TlbiNhVa or TlbiNhVaa => !profile.HasRangeInvalidation || HasRange(profile, first, second),
            AtcInv => profile.HasAts && (second & Size) <= SizeOfAll,
            CfgiCd or CfgiCdAll or TlbiNhAll or TlbiNhAsid or TlbiNsnhAll => true,
            _ => false,
        };

    // Models arm_vsmmu_validate_range(), v7.3.
    private static bool HasRange(in SmmuV3Profile profile, ulong first, ulong second)
    {
        var isRange = (first & (Num | Scale)) != 0;
        var hasLevel = (second & Ttl) != 0;
        if ((second & Tg) == 0)
            return !isRange && !hasLevel;
        if ((second & Tg) == Tg16K && (second & Ttl) == Ttl1 && !profile.HasLargeAddresses)
            return false;
        return isRange || hasLevel;
    }

    private static ulong RangeFirst(in SmmuV3Profile profile) =>
        profile.HasRangeInvalidation ? (Num | Scale) & ~(profile.HasLargeAddresses ? 0 : ScaleTop) : 0;

    private static ulong RangeSecond(in SmmuV3Profile profile) => profile.HasRangeInvalidation ? Tg | Ttl : 0;
}
