using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests.Mappings;

/// <summary>One program of random calls, each asked of the kernel and of the model.</summary>
internal sealed class MappingWalk
{
    private const ulong PageSize = MapProgram.PageSize;
    private const int Writable = 12;
    private const int ReadOnly = 4;

    private readonly UserProgram _program;
    private readonly MappingModel _model = new();
    private readonly List<uint> _stdevs = [];
    private readonly uint _ioas;

    /// <summary>Writable pages, read-only pages, and none behind them.</summary>
    private readonly ulong _memory;
    private readonly ulong _readOnlyMemory;

    public MappingWalk(string kernel)
    {
        _program = new UserProgram(kernel);
        _ioas = _program.Ioas();
        _memory = _program.Memory.Map(Writable * PageSize);
        _readOnlyMemory = _program.Memory.Map(ReadOnly * PageSize);
        _program.Memory.Protect(_readOnlyMemory, Machine.Memory.PageAccess.ReadOnly);
    }

    public void Run(int[] operations)
    {
        foreach (var operation in operations)
        {
            Apply(operation % 16, operation / 16);
            AssertSame();
        }

        _program.Finish();
    }

    private void Apply(int kind, int pick)
    {
        switch (kind)
        {
            case < 3:
                Map(null, pick);
                break;
            case < 6:
                Map(Iova(pick / 7), pick);
                break;
            case < 9:
                Unmap(pick);
                break;
            case 9:
                Copy(pick);
                break;
            case 10:
                var (start, length) = (Iova(pick), 1 + (ulong)(pick % 5000));
                Expect(_model.Reserve(start, length), _program.AddReserved(_ioas, start, length));
                break;
            case 11:
                Allow(pick);
                break;
            case 12:
                var isOn = pick % 2 == 0;
                Expect(_model.SetHugePages(isOn), _program.SetHugePages(_ioas, isOn ? 1u : 0));
                break;
            case 13 or 14:
                Attach();
                break;
            default:
                Detach(pick);
                break;
        }
    }

    private void Map(ulong? iova, int pick)
    {
        var writes = pick % 3 != 0;
        var area = new Area(Va(pick / 3), Length(pick / 11), writes, writes);
        var flags = writes ? MapProgram.Both : MapProgram.Readable;
        var expected = _model.Map(iova, area, IsThere, out var at);
        var request = iova is { } place
            ? _program.MapAt(_ioas, place, area.Va, area.Length, flags)
            : _program.MapAnywhere(_ioas, area.Va, area.Length, flags);
        Expect(expected, request);
        if (expected == Errno.OK)
            Assert.Equal(at, request["iova"]);
    }

    private void Unmap(int pick)
    {
        var (iova, length) = (Iova(pick), Length(pick / 5));
        if (pick % 16 == 0)
            (iova, length) = (0, ulong.MaxValue);
        else if (_model.Areas.Count > 0 && pick % 4 != 0)
            iova = _model.Areas.Keys[pick % _model.Areas.Count];
        if (_model.Areas.TryGetValue(iova, out var area) && pick % 3 != 0)
            length = area.Length;
        var expected = _model.Unmap(iova, length, out var unmapped);
        var request = _program.Unmap(_ioas, iova, length);
        Expect(expected, request);
        if (expected == Errno.OK)
            Assert.Equal(unmapped, request["length"]);
    }

    private void Copy(int pick)
    {
        if (_model.Areas.Count == 0)
            return;
        var (source, area) = _model.Areas.ElementAt(pick % _model.Areas.Count);
        source += (ulong)(pick % 3) * MapProgram.MockPage;
        var length = Math.Min(area.Length, (ulong)(pick % 5) * MapProgram.MockPage);
        var expected = _model.Slice(source, length, out var slice);
        if (_model.Areas.Keys.Any(start => start > source && start < source + length))
            return; // The model copies from one area.
        var writes = pick % 2 == 0;
        ulong at = 0;
        if (expected == Errno.OK)
            expected = _model.Map(null, slice with { Writes = writes }, IsThere, out at);
        var flags = writes ? MapProgram.Both : MapProgram.Readable;
        var request = _program.Copy(_ioas, source, _ioas, length, flags);
        Expect(expected, request);
        if (expected == Errno.OK)
            Assert.Equal(at, request["dst_iova"]);
    }

    private void Allow(int pick)
    {
        var ranges = new List<(ulong Start, ulong Last)>();
        for (var i = 0; i < pick % 3; i++)
        {
            var start = Iova((pick / 3) + (i * 13));
            ranges.Add((start, start + (ulong)(pick / (i + 2) % 40_000)));
        }

        var edges = ranges.SelectMany(r => new[] { r.Start, r.Last }).ToArray();
        Expect(_model.Allow(ranges), _program.Allow(_ioas, edges));
    }

    private void Attach()
    {
        if (_stdevs.Count == 3)
            return;
        var request = _program.NewTest("MOCK_DOMAIN").With("id", _ioas);
        var expected = _model.Domains > 0 ? Errno.OK : _model.AddDomain(IsThere);
        Expect(expected, request);
        if (expected == Errno.OK)
            _stdevs.Add(request.Id("out_stdev_id"));
    }

    private void Detach(int pick)
    {
        if (_stdevs.Count == 0)
            return;
        var index = pick % _stdevs.Count;
        _program.Expect(Errno.OK, _program.Destroy(_stdevs[index]));
        _stdevs.RemoveAt(index);
        if (_stdevs.Count == 0)
            _model.RemoveDomain();
    }

    /// <summary>I12: a domain translates what the model has mapped, and nothing else; I14: into its aperture.</summary>
    private void AssertSame()
    {
        var ioas = (Ioas)_program.Context.Objects.Find(_ioas)!;
        Assert.Equal(_model.Areas.Count, ioas.Iopt.Areas.Count);
        Assert.Equal(_model.Alignment, ioas.Iopt.IovaAlignment);
        var physical = _program.Machine.PhysicalMemory;
        foreach (var domain in ioas.Iopt.Domains)
        {
            Assert.Equal(_model.Areas.Count, domain.PageTable.RunCount);
            foreach (var (iova, area) in _model.Areas)
            {
                var run = domain.PageTable.First(iova, iova)!;
                Assert.Equal((iova, iova + area.Length - 1), (run.Start, run.Last));
                Assert.Equal(physical.AddressOf(_program.Memory, area.Va), run.Value.Physical);
                Assert.Equal(area.Writes, (run.Value.Prot & IommuProt.Write) != IommuProt.None);
            }
        }
    }

    private void Expect(Errno errno, Request request) => _program.Expect(errno, request);

    private bool IsThere(Area area)
    {
        var start = area.Va / PageSize * PageSize;
        var length = (area.Va + area.Length - start + PageSize - 1) / PageSize * PageSize;
        return _program.Memory.Pinnable(start, length, area.PagesWritable) == length;
    }

    private ulong Va(int pick) =>
        (pick % 8) switch
        {
            0 => _readOnlyMemory + ((ulong)(pick / 8 % 8) * MapProgram.MockPage),
            1 => _memory + (ulong)(pick / 8 % 5000),
            2 => _memory + (Writable * PageSize) - MapProgram.MockPage,
            _ => _memory + ((ulong)(pick / 8 % 16) * MapProgram.MockPage),
        };

    private static ulong Length(int pick) =>
        pick % 7 == 0 ? (ulong)(pick / 7 % 9000) : (ulong)(1 + (pick / 7 % 9)) * MapProgram.MockPage;

    /// <summary>Around the start of the aperture and of everything, and at the ends.</summary>
    private static ulong Iova(int pick) =>
        (pick % 16) switch
        {
            0 => (ulong)(pick / 16 % 20_000),
            1 => ulong.MaxValue - 1 - (ulong)(pick / 16 % 20_000),
            2 => (1UL << 31) - ((ulong)(pick / 16 % 16) * MapProgram.MockPage),
            3 => MapProgram.ApertureStart + (ulong)(pick / 16 % 60_000),
            _ => MapProgram.ApertureStart + ((ulong)(pick / 16 % 32) * MapProgram.MockPage),
        };
}
