using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommu.Tests;

/// <summary>The copies that drivers make of what user space passes them.</summary>
public sealed class UserDataCopyTests
{
    private const uint Type = 7;

    private readonly KernelMachine _machine = new(BuildSwitches.Default);
    private readonly UserAddressSpace _memory = new();

    public UserDataCopyTests() => _machine.Enter(new KernelTask("P0", _memory));

    [Theory]
    [InlineData(Type, 3, Errno.EINVAL)]
    [InlineData(Type, 4, Errno.OK)]
    [InlineData(Type, 8, Errno.OK)]
    [InlineData(Type, 9, Errno.EINVAL)]
    [InlineData(Type + 1, 8, Errno.EINVAL)]
    public void CopyStruct_LengthAndType_Bounds(uint type, uint length, Errno errno)
    {
        var address = _memory.Map(64, fill: 0xff);
        var data = UserData.OfUser(type, address, length);
        Assert.Equal(errno, UserDataCopy.CopyStruct(_machine, in data, Type, 4, out ulong value));
        var copied =
            errno != Errno.OK ? 0
            : length == 8 ? ulong.MaxValue
            : uint.MaxValue;
        Assert.Equal(copied, value);
        Assert.Empty(_machine.Reports);
    }

    [Fact]
    public void CopyStruct_AbsentPage_Fault()
    {
        var data = UserData.OfUser(Type, 0x1000, 8);
        Assert.Equal(Errno.EFAULT, UserDataCopy.CopyStruct(_machine, in data, Type, 4, out ulong _));
        Assert.Empty(_machine.Reports);
    }

    [Fact]
    public void CopyStruct_NoData_WarnsAndInvalid()
    {
        var data = UserData.None;
        Assert.Equal(Errno.EINVAL, UserDataCopy.CopyStruct(_machine, in data, 0, 4, out ulong _));
        Assert.Equal(["WARNING in iommu_copy_struct_from_user"], Titles());
    }

    [Theory]
    [InlineData(2, false, 1, 0)]
    [InlineData(2, false, 2, 1)]
    [InlineData(int.MinValue, false, 0, 1)]
    [InlineData(int.MinValue, true, 0, 0)]
    public void CopyEntry_Index_WarnsPastTheArray(int count, bool isUnsigned, uint index, int reports)
    {
        var request = new InvalidateRequest
        {
            Uptr = _memory.Map(64),
            EntryLength = 8,
            EntryCount = count,
            CountIsUnsigned = isUnsigned,
        };
        var rc = UserDataCopy.CopyEntry(_machine, in request, index, 8, out ulong _);
        Assert.Equal(reports == 0 ? Errno.OK : Errno.EINVAL, rc);
        Assert.Equal(reports, _machine.Reports.Count);
    }

    [Fact]
    public void CopyEntry_Index_IsTakenTimesTheLengthOfAnEntry()
    {
        var address = _memory.Map(64);
        _memory.Write(address + 24, [42]);
        var request = new InvalidateRequest
        {
            Uptr = address,
            EntryLength = 8,
            EntryCount = 4,
        };
        Assert.Equal(Errno.OK, UserDataCopy.CopyEntry(_machine, in request, 3, 8, out ulong value));
        Assert.Equal(42ul, value);
        Assert.Empty(_machine.Reports);
    }

    [Fact]
    public void GetMsiCookie_NestedDomainSecondTimeNoMemory_Errnos()
    {
        var nested = new IommuDomain(new DomainKind(DomainType.Nested, new DomainOps("n")));
        var paging = new IommuDomain(new DomainKind(DomainType.Unmanaged, new DomainOps("p")));
        Assert.Equal(Errno.EINVAL, DomainMemory.GetMsiCookie(_machine, nested));
        _machine.Decisions.Inject(DecisionKind.Allocation, 1);
        Assert.Equal(Errno.ENOMEM, DomainMemory.GetMsiCookie(_machine, paging));
        Assert.Equal(Errno.OK, DomainMemory.GetMsiCookie(_machine, paging));
        Assert.Equal(Errno.EEXIST, DomainMemory.GetMsiCookie(_machine, paging));
        Assert.Empty(_machine.Reports);
    }

    private string[] Titles() => [.. _machine.Reports.Select(r => r.Title)];
}
