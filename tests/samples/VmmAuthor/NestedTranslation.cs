/// <summary>The order of calls by which a VMM gives its guest a table of its own.</summary>
public sealed class NestedTranslation : IDisposable
{
    private const uint NestParent = 1; // IOMMU_HWPT_ALLOC_NEST_PARENT
    private const uint TypeVtdS1 = 1; // IOMMU_HWPT_DATA_VTD_S1

    private readonly SimulatedKernel _kernel = SimulatedKernel.Boot("linux-7.3");
    private readonly IommuFile _iommu;
    private readonly BoundDevice _device;
    private readonly uint _ioas;

    public NestedTranslation()
    {
        var device = _kernel.AddDevice("intel-vtd");
        _iommu = _kernel.Open();
        _device = _iommu.Bind(device);
        Assert.True(_iommu.IoasAlloc(out _ioas).Succeeded);
    }

    public void Dispose()
    {
        _kernel.Dispose();
        Assert.Empty(_kernel.Reports); // nothing is left, and nothing was reported
    }

    /// <summary>struct iommu_hwpt_vtd_s1: no flags, the guest's table at 4 KiB, 48 bits.</summary>
    private static byte[] GuestTable()
    {
        var data = new byte[24];
        BitConverter.TryWriteBytes(data.AsSpan(8), 0x1000ul);
        BitConverter.TryWriteBytes(data.AsSpan(16), 48u);
        return data;
    }

    [Fact]
    public void ParentFirst_ThenTheGuestsTable_ThenTheDeviceOnIt()
    {
        Assert.Equal(Errno.OK, _iommu.HwptAlloc(_device, _ioas, out var parent, NestParent).Errno);
        Assert.Equal(Errno.OK, _iommu.HwptAlloc(_device, parent, out var nested, 0, TypeVtdS1, GuestTable()).Errno);
        Assert.Equal(Errno.OK, _device.Attach(nested).Errno);
        Assert.Equal(Errno.EBUSY, _iommu.Destroy(parent).Errno);
    }

    [Fact]
    public void ParentThatIsNoNestParent_IsRefused()
    {
        Assert.Equal(Errno.OK, _iommu.HwptAlloc(_device, _ioas, out var parent).Errno);
        Assert.Equal(Errno.EINVAL, _iommu.HwptAlloc(_device, parent, out _, 0, TypeVtdS1, GuestTable()).Errno);
    }

    [Fact]
    public void GuestsTableOnAnIoas_IsRefused() =>
        Assert.Equal(Errno.EOPNOTSUPP, _iommu.HwptAlloc(_device, _ioas, out _, 0, TypeVtdS1, GuestTable()).Errno);

    [Fact]
    public void TableOfTheGuest_GoesAfterTheDeviceHasLeftIt()
    {
        _iommu.HwptAlloc(_device, _ioas, out var parent, NestParent);
        _iommu.HwptAlloc(_device, parent, out var nested, 0, TypeVtdS1, GuestTable());
        _device.Attach(nested);
        Assert.Equal(Errno.EBUSY, _iommu.Destroy(nested).Errno);
        Assert.Equal(Errno.OK, _device.Replace(parent).Errno);
        Assert.Equal(Errno.OK, _iommu.Destroy(nested).Errno);
    }
}
