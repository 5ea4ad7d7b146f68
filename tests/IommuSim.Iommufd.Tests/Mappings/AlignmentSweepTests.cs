using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests.Mappings;

/// <summary>
/// Every part of a few pages in halves of a page, as the kernel's own all_aligns tests map them: each domain
/// translates it, each page is pinned once, and none afterwards.
/// </summary>
public sealed class AlignmentSweepTests
{
    private const ulong Page = MapProgram.PageSize;
    private const ulong Half = MapProgram.MockPage;
    private const ulong Size = 4 * Page;

    private readonly UserProgram _program = new("linux-7.3");
    private readonly uint _ioas;
    private readonly ulong _memory;

    public AlignmentSweepTests()
    {
        _ioas = _program.Ioas();
        _memory = _program.Memory.Map(Size);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Map_AnyPart_IsTranslatedAndPinnedOnce(int domains) => ForEveryPart(Domains(domains), (_, _) => []);

    [Fact]
    public void Map_AnyPart_ASecondDomainComesAndGoes() =>
        ForEveryPart(Domains(1), (idev, _) => [_program.Must(_program.PagingAlloc(idev, _ioas), "out_hwpt_id")]);

    private void ForEveryPart((uint Idev, uint[] Hwpts) domains, Func<uint, ulong, uint[]> whileMapped)
    {
        for (ulong start = 0; start < Size; start += Half)
        {
            for (var end = start + Half; end <= Size; end += Half)
            {
                var (va, length) = (_memory + start, end - start);
                var map = _program.MapAnywhere(_ioas, va, length);
                var iova = _program.MustGet(map, "iova");
                var late = whileMapped(domains.Idev, iova);
                foreach (var hwpt in domains.Hwpts.Concat(late))
                    _program.Expect(Errno.OK, _program.CheckMap(hwpt, iova, va, length));
                var first = _memory + (start / Page * Page);
                var pages = ((end + Page - 1) / Page * Page) - (start / Page * Page);
                _program.Expect(Errno.OK, _program.CheckRefs(first, pages, 1));
                foreach (var hwpt in late)
                    _program.Expect(Errno.OK, _program.Destroy(hwpt));
                _program.Expect(Errno.OK, _program.CheckRefs(first, pages, 1));
                _program.Expect(Errno.OK, _program.Unmap(_ioas, iova, length));
            }
        }

        _program.Expect(Errno.OK, _program.CheckRefs(_memory, Size, 0));
        _program.AssertNoReports();
    }

    private (uint Idev, uint[] Hwpts) Domains(int count)
    {
        var (_, idev, hwpt) = _program.MockDomain(_ioas);
        var more = Enumerable.Range(1, count - 1).Select(_ => _program.Paging(idev, _ioas));
        return (idev, [hwpt, .. more]);
    }
}
