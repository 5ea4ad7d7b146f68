using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests.Mappings;

/// <summary>The option of a whole file: how pinned memory is counted.</summary>
public sealed class RlimitModeTests
{
    private readonly UserProgram _program = new("linux-7.3");

    [Fact]
    public void Get_NewFile_CountsForTheUser()
    {
        Assert.Equal(0ul, _program.MustGet(Get(), "val64"));
        _program.AssertNoReports();
    }

    [Fact]
    public void Set_OneThenZero_IsRead()
    {
        _program.Expect(Errno.OK, Set(1));
        Assert.Equal(1ul, _program.MustGet(Get(), "val64"));
        _program.Expect(Errno.OK, Set(0));
        Assert.Equal(0ul, _program.MustGet(Get(), "val64"));
        _program.AssertNoReports();
    }

    [Fact]
    public void Set_WhatIsNoMode_IsRefused()
    {
        _program.Expect(Errno.EINVAL, Set(2));
        _program.Expect(Errno.EOPNOTSUPP, Set(1).With("object_id", 1));
        _program.Expect(Errno.EOPNOTSUPP, Set(1).With("op", 2));
        _program.AssertNoReports();
    }

    [Fact]
    public void Set_WithAnObject_IsBusyBeforeTheValueIsLookedAt()
    {
        _program.Ioas();
        _program.Expect(Errno.EBUSY, Set(2));
        Assert.Equal(0ul, _program.MustGet(Get(), "val64"));
        _program.AssertNoReports();
    }

    [Fact]
    public void Set_WithoutThePrivilege_IsRefusedBeforeAnyObjectIsSeen()
    {
        _program.Ioas();
        var request = Set(1);
        var memory = new UserAddressSpace();
        var place = memory.Map(UserAddressSpace.PageSize);
        memory.Write(place, request.Bytes);
        var task = new KernelTask("P1", memory) { MayChangeLimits = false };
        var number = IoctlNumber.Request(request.Nr);
        Assert.Equal(Errno.EPERM, _program.Kernel.Ioctl(task, _program.Fd, number, place).Errno);
        _program.AssertNoReports();
    }

    private Request Get() => _program.New("OPTION").With("op", OptionConstants.IOMMU_OPTION_OP_GET).With("val64", 7);

    private Request Set(ulong value) =>
        _program.New("OPTION").With("op", OptionConstants.IOMMU_OPTION_OP_SET).With("val64", value);
}
