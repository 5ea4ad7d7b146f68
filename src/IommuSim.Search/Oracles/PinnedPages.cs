using IommuSim.Machine.Memory;
using IommuSim.Search.Programs;

namespace IommuSim.Search.Oracles;

/// <summary>
/// Which pages are pinned: those that an IOAS with domains maps, that an access has pinned, or that a hardware queue
/// uses. What was mapped by one call pins a page once, however many copies and accesses it has.
/// </summary>
internal sealed class PinnedPages
{
    private const ulong PageSize = UserAddressSpace.PageSize;

    private readonly HashSet<(MapOrigin Origin, ulong Page)> _pages = [];

    /// <summary>
    /// It is not known of a file for whom its pages are counted, or of a closed one whether it lives on.
    /// </summary>
    private bool _isLostForGood;

    /// <summary>Something is not known of what is mapped, and so of what is pinned.</summary>
    public bool IsLost { get; private set; }

    /// <summary>Begins a sequence.</summary>
    public void Start() => _isLostForGood = false;

    /// <summary>
    /// An option failed, and may be set nevertheless, or a file was closed that something may hold: nothing more is
    /// said in this sequence.
    /// </summary>
    public void Lose() => _isLostForGood = true;

    /// <summary>Takes what is pinned before the call.</summary>
    public void Take(in MappingCall call)
    {
        _pages.Clear();
        IsLost = _isLostForGood || call.Accesses is null;
        foreach (var ioas in call.Model.Ioases)
        {
            IsLost |= ioas.IsLost;
            foreach (var piece in ioas.Pieces)
            {
                if (ioas.HasDomains)
                    Add(piece);
            }

            foreach (var range in ioas.Locked)
                Add(ioas, range.Start, range.Last);
        }

        foreach (var access in call.Accesses?.All ?? [])
        {
            IsLost |= access.Context.IsClosed;
            if (call.Model.Of(access) is not { } ioas)
                continue;
            foreach (var range in access.Pinned)
                Add(ioas, range.Start, range.Last);
        }
    }

    public bool Has(MapOrigin origin, ulong page) => _pages.Contains((origin, page));

    /// <summary>How often this page of the program's memory is pinned.</summary>
    public int CountOf(ulong page)
    {
        var count = 0;
        foreach (var (origin, pinned) in _pages)
            count += pinned == page && origin.File is null ? 1 : 0;
        return count;
    }

    /// <summary>Pins what the piece maps.</summary>
    public void Add(in MappedPiece piece)
    {
        if (piece.IsBuffer || piece.Origin is not { } origin)
            return;
        for (var page = piece.Memory / PageSize; page <= (piece.Memory + piece.Length - 1) / PageSize; page++)
            _pages.Add((origin, page));
    }

    /// <summary>
    /// Whether more is pinned than may be, for the user in all or for a process; false without a limit.
    /// </summary>
    public bool Exceeds(ulong? limit)
    {
        if (limit is not { } most)
            return false;
        ulong user = 0;
        ulong program = 0;
        ulong child = 0;
        foreach (var (origin, _) in _pages)
        {
            user += origin.IsOfMm ? 0u : 1u;
            program += origin is { IsOfMm: true, IsOfChild: false } ? 1u : 0u;
            child += origin is { IsOfMm: true, IsOfChild: true } ? 1u : 0u;
        }

        return user > most || program > most || child > most;
    }

    private void Add(IoasModel ioas, ulong start, ulong last)
    {
        foreach (var piece in ioas.Pieces)
        {
            if (piece.Meets(start, last))
                Add(piece.Part(Math.Max(start, piece.Iova), Math.Min(last, piece.Last)));
        }
    }
}

/// <summary>IOMMU_TEST_OP_MD_CHECK_REFS: whether each page of a range is pinned so many times.</summary>
internal sealed class CheckRefsRule : MappingRule
{
    private const ulong PageSize = UserAddressSpace.PageSize;

    public static CheckRefsRule Row { get; } = new();

    public override bool Responds => false;

    public override Expectation Expect(in MappingCall call)
    {
        // What is pinned is followed of kernels that cannot be looked into; others are compared page by page.
        if (call.File.Context is null)
            return Expectation.None;
        var (memory, length) = (call.Field("uptr"), call.Field("length"));
        if (((memory | length) % PageSize) != 0 || memory + length < memory)
            return Expectation.Of(Errno.EINVAL, "there are no whole pages");
        var pins = call.Model.Pins;
        pins.Take(call);
        if (pins.IsLost)
            return Expectation.None;
        for (ulong at = 0; at < length; at += PageSize)
        {
            if (!call.Memory.IsThere(memory + at, PageSize, writable: false))
                return Expectation.Of(Errno.EFAULT, "the memory is not there");
            if (pins.CountOf((memory + at) / PageSize) != (int)call.Field("refs"))
                return Expectation.Of(Errno.EIO, "a page is not pinned so many times");
        }

        return Expectation.Of(Errno.OK, "every page is pinned so many times");
    }

    public override string? Succeed(in MappingCall call, bool isTold) => null;
}
