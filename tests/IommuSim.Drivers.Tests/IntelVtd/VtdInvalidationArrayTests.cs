using IommuSim.Drivers.IntelVtd;
using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Drivers.Tests.IntelVtd;

/// <summary>Arrays in user memory: v4 and 6.8.</summary>
public sealed class VtdInvalidationArrayTests
{
    private readonly Rig _rig = new();

    [Theory]
    // Good, then each kind of bad entry.
    [InlineData("V4", 0x2000ul, 1ul, 0u, 0u, 24u, Errno.OK, 2)]
    [InlineData("V4", 0x2000ul, 1ul, 2u, 0u, 24u, Errno.EINVAL, 1)]
    [InlineData("V4", 0x2001ul, 1ul, 0u, 0u, 24u, Errno.EINVAL, 1)]
    [InlineData("V4", 0x2000ul, ulong.MaxValue, 0u, 0u, 24u, Errno.OK, 2)]
    [InlineData("V4", 0x2000ul, 1ul, 0u, 0u, 23u, Errno.EINVAL, 2)]
    [InlineData("V4", 0x2000ul, 1ul, 0u, 0u, 25u, Errno.EINVAL, 0)]
    [InlineData("Linux68", 0x2000ul, 1ul, 0u, 0u, 24u, Errno.OK, 2)]
    [InlineData("Linux68", 0x2001ul, 1ul, 0u, 0u, 24u, Errno.EINVAL, 1)]
    [InlineData("Linux68", 0x2000ul, ulong.MaxValue, 0u, 0u, 24u, Errno.EINVAL, 1)]
    [InlineData("Linux68", 0ul, ulong.MaxValue, 1u, 0u, 24u, Errno.OK, 2)]
    [InlineData("Linux68", 0x2000ul, 1ul, 0u, 0u, 23u, Errno.EINVAL, 0)]
    // Unknown bits come before the range.
    [InlineData("Linux68", 0x2001ul, 1ul, 2u, 0u, 24u, Errno.EOPNOTSUPP, 1)]
    [InlineData("Linux68", 0x2001ul, 1ul, 0u, 1u, 24u, Errno.EOPNOTSUPP, 1)]
    public void Invalidate_SecondEntry_StopsTheLoop(
        string generation,
        ulong address,
        ulong pages,
        uint flags,
        uint reserved,
        uint entryLength,
        Errno expected,
        int handled
    )
    {
        var nested = Attached(generation, "dmar0");
        var second = new HwptVtdS1Invalidate
        {
            Addr = address,
            Npages = pages,
            Flags = flags,
            Reserved = reserved,
        };
        var request = Array(_rig.Put(Page, second), 2) with { EntryLength = entryLength };
        Assert.Equal(expected, nested.Ops.CacheInvalidateUser!(nested, ref request));
        Assert.Equal(handled, request.EntryCount);
        _rig.AssertNoReports();
    }

    [Fact]
    public void Invalidate_TwoDevicesOfAUnit_FlushesOncePerUnit()
    {
        var nested = Attached("Linux68", "dmar0", "dmar1", "dmar0");
        var request = Array(_rig.Put(Page), 1);
        Assert.Equal(Errno.OK, nested.Ops.CacheInvalidateUser!(nested, ref request));
        Assert.Equal(2, nested.FlushCount);
        _rig.AssertNoReports();
    }

    [Theory]
    [InlineData(0u, Errno.OK)]
    [InlineData(1u, Errno.EINVAL)]
    public void Invalidate68_NoEntries_ProbesTheType(uint type, Errno expected)
    {
        var nested = Attached("Linux68", "dmar0");
        var request = new InvalidateRequest { Type = type };
        Assert.Equal(expected, nested.Ops.CacheInvalidateUser!(nested, ref request));
        Assert.Equal(0, request.EntryCount);
        _rig.AssertNoReports();
    }

    [Fact]
    public void Invalidate68_WrongType_HandlesNothing()
    {
        var nested = Attached("Linux68", "dmar0");
        var request = Array(_rig.Put(Page), 1) with { Type = 1 };
        Assert.Equal(Errno.EINVAL, nested.Ops.CacheInvalidateUser!(nested, ref request));
        Assert.Equal(0, request.EntryCount);
        _rig.AssertNoReports();
    }

    [Fact]
    public void InvalidateV4_CountPastTheSign_Warns()
    {
        var nested = Attached("V4", "dmar0");
        var request = Array(_rig.Put(Page), int.MinValue);
        Assert.Equal(Errno.EINVAL, nested.Ops.CacheInvalidateUser!(nested, ref request));
        Assert.Equal(0, request.EntryCount);
        _rig.AssertReports("WARNING in iommu_copy_struct_from_user_array");
    }

    [Theory]
    [InlineData(0ul, "WARNING in qi_flush_piotlb")]
    [InlineData(2ul, "WARNING in qi_flush_piotlb")]
    [InlineData(1ul << 52, "UBSAN: shift-out-of-bounds in qi_flush_piotlb")]
    public void Invalidate68_PageCount_IsTrusted(ulong pages, string title)
    {
        var nested = Attached("Linux68", "dmar0");
        var request = Array(_rig.Put(Page with { Npages = pages }), 1);
        Assert.Equal(Errno.OK, nested.Ops.CacheInvalidateUser!(nested, ref request));
        _rig.AssertReports(title);
    }

    [Theory]
    [InlineData("V4")]
    [InlineData("Linux68")]
    public void Invalidate_Entries_AllocateNoManagedMemory(string generation)
    {
        var nested = Attached(generation, "dmar0", "dmar1");
        var address = _rig.Put(Page, Page);
        var request = Array(address, 2);
        nested.Ops.CacheInvalidateUser!(nested, ref request);
        request = Array(address, 2);
        var before = GC.GetAllocatedBytesForCurrentThread();
        nested.Ops.CacheInvalidateUser!(nested, ref request);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        _rig.AssertNoReports();
    }

    private static HwptVtdS1Invalidate Page => new() { Addr = 0x1000, Npages = 1 };

    private static InvalidateRequest Array(ulong address, int count) =>
        new()
        {
            Uptr = address,
            EntryLength = 24,
            EntryCount = count,
        };

    private VtdNestedDomain Attached(string generation, params string[] units)
    {
        var driver = VtdData.Generation(generation);
        var first = _rig.Device(driver);
        var nested = Rig.MustAlloc(first, VtdData.Parent(first), VtdData.StageOne(_rig, first));
        foreach (var unit in units)
            Assert.Equal(Errno.OK, Rig.Attach(nested, _rig.Device(driver, $"width=57 unit={unit}")));
        return (VtdNestedDomain)nested;
    }
}
