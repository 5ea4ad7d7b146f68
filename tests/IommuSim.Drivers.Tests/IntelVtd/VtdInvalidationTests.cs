using IommuSim.Drivers.IntelVtd;
using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Drivers.Tests.IntelVtd;

/// <summary>Requests that the core copied: v1, v2 and v3.</summary>
public sealed class VtdInvalidationTests
{
    private readonly Rig _rig = new();

    [Theory]
    [InlineData(0, 0ul, 0ul, 0ul, 1)]
    [InlineData(1, 0x1000ul, 4096ul, 5ul, 1)]
    [InlineData(1, 0x1001ul, 4096ul, 5ul, 0)]
    [InlineData(1, 0x1000ul, 8192ul, 5ul, 0)]
    [InlineData(2, 0x1000ul, 4096ul, 5ul, 0)]
    public void March2023_Request_IsFlushedOrDroppedInSilence(
        byte granularity,
        ulong address,
        ulong granule,
        ulong count,
        int flushes
    )
    {
        var nested = Attached("March2023", devices: 1);
        Assert.Equal(Errno.OK, March(nested, granularity, address, granule, count));
        Assert.Equal(flushes, nested.FlushCount);
        _rig.AssertNoReports();
    }

    [Theory]
    [InlineData(0ul)]
    [InlineData(1ul << 32)]
    public void March2023_NoPagesInTheLowWord_WarnsForEachDevice(ulong count)
    {
        var nested = Attached("March2023", devices: 2);
        Assert.Equal(Errno.OK, March(nested, 1, 0x1000, 4096, count));
        Assert.Equal(0, nested.FlushCount);
        _rig.AssertReports("WARNING in iommu_flush_iotlb_psi", "WARNING in iommu_flush_iotlb_psi");
    }

    [Fact]
    public void March2023_NothingAttached_DoesNothing()
    {
        var nested = Attached("March2023", devices: 0);
        Assert.Equal(Errno.OK, March(nested, 1, 0x1000, 4096, 0));
        _rig.AssertNoReports();
    }

    [Fact]
    public void March2023_Request_AllocatesNoManagedMemory()
    {
        var nested = Attached("March2023", devices: 2);
        var request = new InvalidateRequest { Copied = Rig.Buffer(new HwptInvalidateIntelVtd()) };
        nested.Ops.CacheInvalidateUser!(nested, ref request);
        var before = GC.GetAllocatedBytesForCurrentThread();
        nested.Ops.CacheInvalidateUser!(nested, ref request);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        _rig.AssertNoReports();
    }

    /// <summary>
    /// The second of two requests is bad in one way; what a count of none answers.
    /// </summary>
    [Theory]
    [InlineData("V2", "none", Errno.EINVAL, 0u)]
    [InlineData("V3", "none", Errno.OK, 0u)]
    [InlineData("V2", "good", Errno.OK, 2u)]
    [InlineData("V3", "good", Errno.OK, 2u)]
    [InlineData("V2", "reserved", Errno.EINVAL, 1u)]
    [InlineData("V3", "reserved", Errno.EINVAL, 1u)]
    [InlineData("V2", "flags", Errno.EINVAL, 1u)]
    [InlineData("V3", "address", Errno.EINVAL, 1u)]
    public void ArrayOfRequests_Second_StopsTheLoop(string generation, string second, Errno expected, uint handled)
    {
        var nested = Attached(generation, devices: 1);
        var bad = Bad(second);
        var count = second == "none" ? 0u : 2u;
        var countAddress = _rig.Put(count);
        Assert.Equal(expected, Send(nested, countAddress, _rig.Put(Page, bad), 24));
        Assert.Equal(handled, _rig.ReadWord(countAddress));
        Assert.Equal((int)handled, nested.FlushCount);
        _rig.AssertNoReports();
    }

    [Theory]
    [InlineData("V2", 1, Errno.EFAULT)]
    [InlineData("V2", 2, Errno.EFAULT)]
    [InlineData("V2", 3, Errno.OK)]
    [InlineData("V3", 3, Errno.EFAULT)]
    public void ArrayOfRequests_NthCopyFaults_WriteBackIsACopyInV3Only(string generation, int nth, Errno expected)
    {
        var nested = Attached(generation, devices: 1);
        var (count, requests) = (_rig.Put(1u), _rig.Put(Page));
        _rig.FailCopy(nth);
        Assert.Equal(expected, Send(nested, count, requests, 24));
        _rig.AssertNoReports();
    }

    [Fact]
    public void ArrayOfRequests_LongRequestWithTail_AnswersE2big()
    {
        var nested = Attached("V3", devices: 1);
        Assert.Equal(Errno.E2BIG, Send(nested, _rig.Put(1u), _rig.Put(Page, Page), 32));
        _rig.AssertNoReports();
    }

    [Fact]
    public void ArrayOfRequests_NoPages_WarnsAndSucceeds()
    {
        var nested = Attached("V2", devices: 1);
        var none = Page with { Npages = 0 };
        Assert.Equal(Errno.OK, Send(nested, _rig.Put(1u), _rig.Put(none), 24));
        _rig.AssertReports("WARNING in iommu_flush_iotlb_psi");
    }

    [Fact]
    public void ArrayOfRequests_SizeNoneAndHugeCount_HangsTheTask()
    {
        var nested = Attached("V3", devices: 0);
        Assert.Throws<TaskDiedException>(() => Send(nested, _rig.Put(uint.MaxValue), 0, 0));
        _rig.AssertReports("INFO: task hung in intel_nested_cache_invalidate_user");
    }

    private static HwptVtdS1InvalidateDesc Page => new() { Addr = 0x1000, Npages = 1 };

    private static HwptVtdS1InvalidateDesc Bad(string how) =>
        how switch
        {
            "reserved" => Page with { Reserved = 1 },
            "flags" => Page with { Flags = 2 },
            "address" => Page with { Addr = 0x1800 },
            _ => Page,
        };

    private VtdNestedDomain Attached(string generation, int devices)
    {
        var driver = VtdData.Generation(generation);
        var first = _rig.Device(driver, "width=57");
        var nested = Rig.MustAlloc(first, VtdData.Parent(first), VtdData.StageOne(_rig, first));
        for (var i = 0; i < devices; i++)
            Assert.Equal(Errno.OK, Rig.Attach(nested, i == 0 ? first : _rig.Device(driver, "width=57")));
        return (VtdNestedDomain)nested;
    }

    private static Errno March(VtdNestedDomain nested, byte granularity, ulong address, ulong granule, ulong count)
    {
        var data = new HwptInvalidateIntelVtd
        {
            Granularity = granularity,
            Addr = address,
            GranuleSize = granule,
            NbGranules = count,
        };
        var request = new InvalidateRequest { Copied = Rig.Buffer(data) };
        return nested.Ops.CacheInvalidateUser!(nested, ref request);
    }

    private static Errno Send(VtdNestedDomain nested, ulong count, ulong requests, uint size)
    {
        var header = new HwptVtdS1InvalidateV3
        {
            EntrySize = size,
            EntryNrUptr = count,
            InvDataUptr = requests,
        };
        var request = new InvalidateRequest { Copied = Rig.Buffer(header) };
        return nested.Ops.CacheInvalidateUser!(nested, ref request);
    }
}
