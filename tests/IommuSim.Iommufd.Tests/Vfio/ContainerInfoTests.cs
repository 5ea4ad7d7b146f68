using IommuSim.Machine.Memory;
using IommuSim.Uapi;
using static IommuSim.Iommufd.Tests.Vfio.ContainerProgram;

namespace IommuSim.Iommufd.Tests.Vfio;

/// <summary>VFIO_IOMMU_GET_INFO, whose struct a chain of capabilities follows.</summary>
public sealed class ContainerInfoTests
{
    private const uint Info = 24;
    private const uint Available = 16;
    private const uint OneRange = 32;
    private const uint Everything = Info + Available + OneRange;
    private const byte Untouched = 0xee;

    private readonly ContainerProgram _container = new();
    private readonly ulong _place;

    public ContainerInfoTests() => _place = _container.Program.Memory.Map(2 * Page, fill: Untouched);

    [Theory]
    [InlineData(15, false, Errno.EINVAL)]
    [InlineData(16, false, Errno.ENODEV)]
    [InlineData(16, true, Errno.OK)]
    public void GetInfo_SeveralErrors_EarlierWins(uint size, bool hasIoas, Errno errno)
    {
        if (hasIoas)
            _container.Set();
        Assert.Equal(errno, Get(size));
        _container.Program.Finish();
    }

    [Fact]
    public void GetInfo_NoDomain_HasEveryPageSizeFromAPageOn()
    {
        _container.Set();
        Assert.Equal(Errno.OK, Get(Info));
        Assert.Equal(ulong.MaxValue - (Page - 1), Read<VfioIommuInfo>(0).IovaPgsizes);
        _container.Program.Finish();
    }

    [Theory]
    [InlineData("linux-6.12", Page)]
    [InlineData("linux-7.3", (1UL << 37) - Page)]
    public void GetInfo_MockDomain_HasItsPageSizesFromAPageOn(string kernel, ulong sizes)
    {
        var container = new ContainerProgram(kernel);
        container.Set();
        container.Program.MockDomain(container.Ioas);
        var place = container.Program.Put(new VfioIommuInfo { Argsz = Info });
        Assert.Equal(Errno.OK, container.Call(IoctlNumber.VFIO_IOMMU_GET_INFO, place).Errno);
        Assert.Equal(sizes, container.Program.Get<VfioIommuInfo>(place).IovaPgsizes);
        container.Program.Finish();
    }

    [Theory]
    [InlineData(16)]
    [InlineData(Info)]
    [InlineData(Info + Available)]
    [InlineData(Everything - 1)]
    public void GetInfo_TooLittleRoom_TellsHowMuchThereIsToTell(uint size)
    {
        _container.Set();
        Assert.Equal(Errno.OK, Get(size));
        var info = Read<VfioIommuInfo>(0);
        Assert.Equal((Everything, 3u), (info.Argsz, info.Flags));
        Assert.Equal(size < Info ? 0xeeeeeeee : 0, info.CapOffset);
        Assert.Equal(Untouched, Read<byte>(Everything));
        _container.Program.Finish();
    }

    [Fact]
    public void GetInfo_RoomForTheFirstCapability_WritesItAndItsLink()
    {
        _container.Set();
        Assert.Equal(Errno.OK, Get(Info + Available));
        Assert.Equal(0x0001_0003u, Read<uint>(Info));
        Assert.Equal(Info + Available, Read<uint>(Info + 4));
        Assert.Equal(uint.MaxValue, Read<uint>(Info + 8));
        Assert.Equal(Untouched, Read<byte>(Info + 12));
        Assert.Equal(Untouched, Read<byte>(Info + Available));
        _container.Program.Finish();
    }

    [Fact]
    public void GetInfo_RoomForAll_WritesAChainOfTwo()
    {
        _container.Set();
        _container.Program.MockDomain(_container.Ioas);
        Assert.Equal(Errno.OK, Get(256));
        var info = Read<VfioIommuInfo>(0);
        Assert.Equal((Everything, 3u, Info), (info.Argsz, info.Flags, info.CapOffset));
        const uint Ranges = Info + Available;
        Assert.Equal((0x0001_0001u, 0u, 1u, 0u), Read<(uint, uint, uint, uint)>(Ranges));
        Assert.Equal((Iova, (1UL << 31) - 1), Read<(ulong, ulong)>(Ranges + 16));
        _container.Program.Finish();
    }

    [Fact]
    public void GetInfo_SeveralRanges_AreAsManyAsThereIsRoomFor()
    {
        _container.Set();
        _container.Program.Expect(
            Errno.OK,
            Mappings.MapProgram.AddReserved(_container.Program, _container.Ioas, Page, Page)
        );
        Assert.Equal(Errno.OK, Get(Everything));
        Assert.Equal(Everything + 16, Read<VfioIommuInfo>(0).Argsz);
        Assert.Equal((0UL, Page - 1), Read<(ulong, ulong)>(Info + Available + 16));
        // The header says how many there are, and so is not written without room for all.
        Assert.Equal(0xeeeeeeee, Read<uint>(Info + Available));
        Assert.Equal(Errno.OK, Get(Everything + 16));
        Assert.Equal(2u, Read<uint>(Info + Available + 8));
        _container.Program.Finish();
    }

    [Theory]
    [InlineData(Info + 8)]
    [InlineData(Info + Available + 24)]
    [InlineData(Info + Available + 8)]
    public void GetInfo_CapabilityWhereNoMemoryIs_IsAFault(uint there)
    {
        _container.Set();
        var end = _container.Program.Memory.Map(Page) + Page;
        _container.Program.Memory.Write(end - there, BitConverter.GetBytes(Everything));
        Assert.Equal(Errno.EFAULT, _container.Call(IoctlNumber.VFIO_IOMMU_GET_INFO, end - there).Errno);
        _container.Program.Finish();
    }

    [Fact]
    public void GetInfo_ReadOnly_IsAFault()
    {
        _container.Set();
        var place = _container.Program.Memory.Map(Page);
        _container.Program.Memory.Write(place, BitConverter.GetBytes(16));
        _container.Program.Memory.Protect(place, PageAccess.ReadOnly);
        Assert.Equal(Errno.EFAULT, _container.Call(IoctlNumber.VFIO_IOMMU_GET_INFO, place).Errno);
        _container.Program.Finish();
    }

    private Errno Get(uint size)
    {
        _container.Program.Memory.Write(_place, BitConverter.GetBytes(size));
        return _container.Call(IoctlNumber.VFIO_IOMMU_GET_INFO, _place).Errno;
    }

    private T Read<T>(ulong offset)
        where T : unmanaged => _container.Program.Get<T>(_place + offset);
}
