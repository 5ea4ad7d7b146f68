using System.Numerics;
using IommuSim.Iommu;
using IommuSim.Search.Programs;

namespace IommuSim.Search.Oracles;

/// <summary>
/// One IOAS as the uAPI documents it: what is mapped, which addresses are allowed, and which are reserved. Plain lists
/// that are searched from the start, so that it is simple enough to be believed.
/// </summary>
internal sealed class IoasModel
{
    private const ulong PageSize = Machine.Memory.UserAddressSpace.PageSize;

    /// <summary>Automatic addresses are aligned no further, with transparent huge pages.</summary>
    private const ulong HugePageSize = 2 << 20;

    /// <summary>The range that automatic addresses come from.</summary>
    private const ulong First = PageSize;
    private const ulong Last = ulong.MaxValue - PageSize;

    private readonly List<AddressRange> _taken = [];
    private bool _hasPinningAccess;
    private long _serial;

    /// <summary>The object that it stands for: the kernel's, or where that cannot be seen the contract's.</summary>
    public object Key { get; private set; } = null!;

    /// <summary>By ascending address.</summary>
    public List<MappedPiece> Pieces { get; } = [];

    /// <summary>By ascending address; none means all.</summary>
    public List<AddressRange> Allowed { get; } = [];

    /// <summary>What the selftest reserved.</summary>
    public List<AddressRange> Added { get; } = [];

    /// <summary>What devices and the selftest reserved.</summary>
    public List<AddressRange> Owned { get; } = [];

    /// <summary>All that cannot be mapped.</summary>
    public List<AddressRange> Reserved { get; } = [];

    public List<IommuDomain> Domains { get; } = [];

    /// <summary>Domains of a kernel that cannot be looked into: there they are, and no more is known of them.</summary>
    public int UnseenDomains { get; set; }

    public bool HasDomains => Domains.Count + UnseenDomains > 0;

    /// <summary>What hardware queues keep mapped.</summary>
    public List<AddressRange> Locked { get; } = [];

    public bool HasSmallPagesOnly { get; private set; }

    /// <summary>Bytes: what is mapped begins and ends at a multiple.</summary>
    public ulong Alignment { get; private set; }

    /// <summary>What it reserves or maps is not known; nothing more is said of it.</summary>
    public bool IsLost { get; set; }

    /// <summary>Whether the object was found when the model was last brought up to date.</summary>
    public bool IsThere { get; set; }

    /// <summary>Stands for a new IOAS from now on.</summary>
    public void Begin(object ioas)
    {
        Key = ioas;
        Pieces.Clear();
        Allowed.Clear();
        Added.Clear();
        HasSmallPagesOnly = false;
        IsLost = false;
    }

    /// <summary>Forgets hw_pagetables, devices and queues, which are then added one by one.</summary>
    public void Vacate()
    {
        IsThere = true;
        Domains.Clear();
        UnseenDomains = 0;
        Locked.Clear();
        Owned.Clear();
        Reserved.Clear();
        _hasPinningAccess = false;
        Alignment = HasSmallPagesOnly ? PageSize : 1;
        foreach (var range in Added)
            Reserve(range);
    }

    public void Reserve(AddressRange range)
    {
        Owned.Add(range);
        Reserved.Add(range);
    }

    /// <summary>
    /// Takes what can be mapped from the kernel's own answer, where nothing else tells of domains and devices.
    /// </summary>
    /// <param name="usable">Ascending.</param>
    /// <param name="alignment">Bytes.</param>
    public void Learn(List<AddressRange> usable, ulong alignment)
    {
        Alignment = alignment;
        Reserved.Clear();
        ulong at = 0;
        foreach (var range in usable)
        {
            if (range.Start > at)
                Reserved.Add(new AddressRange(at, range.Start - 1));
            if (range.Last == ulong.MaxValue)
                return;
            at = range.Last + 1;
        }

        Reserved.Add(new AddressRange(at, ulong.MaxValue));
    }

    public void AddDomain(IommuDomain domain)
    {
        Domains.Add(domain);
        Alignment = Math.Max(Alignment, SmallestPage(domain));
        if (domain.ApertureStart != 0)
            Reserved.Add(new AddressRange(0, domain.ApertureStart - 1));
        if (domain.ApertureEnd != ulong.MaxValue)
            Reserved.Add(new AddressRange(domain.ApertureEnd + 1, ulong.MaxValue));
    }

    /// <summary>The kernel holds these pages itself, and so needs whole ones.</summary>
    public void Lock(AddressRange pages)
    {
        Locked.Add(pages);
        Alignment = Math.Max(Alignment, PageSize);
    }

    /// <summary>An access that pins is on it, and needs whole pages.</summary>
    public void AddPinningAccess()
    {
        _hasPinningAccess = true;
        Alignment = Math.Max(Alignment, PageSize);
    }

    /// <summary>Without them whole pages are mapped.</summary>
    public void AllowLargePages(bool isAllowed)
    {
        HasSmallPagesOnly = !isAllowed;
        Alignment = isAllowed ? 1 : PageSize;
        foreach (var domain in Domains)
            Alignment = Math.Max(Alignment, SmallestPage(domain));
        if (Locked.Count > 0 || _hasPinningAccess)
            Alignment = Math.Max(Alignment, PageSize);
    }

    public bool IsAligned(ulong number) => (number & (Alignment - 1)) == 0;

    public bool IsReserved(ulong start, ulong last) => Meets(Reserved, start, last);

    public bool IsAllowed(ulong start, ulong last) => Meets(Allowed, start, last);

    public bool IsMapped(ulong start, ulong last)
    {
        foreach (var piece in Pieces)
        {
            if (piece.Meets(start, last))
                return true;
        }

        return false;
    }

    /// <summary>Adds what was mapped, one piece behind the other.</summary>
    public void Add(List<MappedPiece> pieces, ulong iova, IommuProt prot)
    {
        foreach (var piece in pieces)
        {
            var at = 0;
            while (at < Pieces.Count && Pieces[at].Iova < iova)
                at++;
            Pieces.Insert(at, piece with { Iova = iova, Prot = prot, Serial = ++_serial });
            iova += piece.Length;
        }
    }

    /// <summary>
    /// Unmaps what lies in the range, up to what cannot be: ENOENT for what reaches out of it, EBUSY for what is
    /// locked.
    /// </summary>
    /// <param name="isDone">False only asks.</param>
    public Errno Unmap(ulong start, ulong last, bool isDone, out ulong unmapped)
    {
        unmapped = 0;
        for (var i = 0; i < Pieces.Count; )
        {
            var piece = Pieces[i];
            if (!piece.Meets(start, last))
            {
                i++;
                continue;
            }

            if (Meets(Locked, piece.Iova, piece.Last))
                return Errno.EBUSY;
            if (piece.Iova < start || piece.Last > last)
                return Errno.ENOENT;
            unmapped += piece.Length;
            if (isDone)
                Pieces.RemoveAt(i);
            else
                i++;
        }

        return Errno.OK;
    }

    /// <summary>How fuzzers name an address to test builds: the number of a mapping and an offset.</summary>
    public ulong AddressOf(ulong name)
    {
        var index = (uint)name;
        return index < Pieces.Count ? Pieces[(int)index].Iova + (name >> 32) : 0;
    }

    /// <summary>
    /// Makes two of the mapping that goes on behind this address, so that a part can be unmapped.
    /// </summary>
    public void CutBehind(ulong address)
    {
        var at = Pieces.FindIndex(piece => piece.Meets(address, address));
        if (at < 0 || Pieces[at].Last == address || Pieces[at].Iova == address)
            return;
        var piece = Pieces[at];
        Pieces[at] = piece.Part(piece.Iova, address);
        Pieces.Insert(at + 1, piece.Part(address + 1, piece.Last));
    }

    /// <summary>The pieces that show the range; false when a part of it is not mapped.</summary>
    public bool Slice(ulong start, ulong last, List<MappedPiece> slices)
    {
        var at = start;
        foreach (var piece in Pieces)
        {
            if (piece.Last < at)
                continue;
            if (piece.Iova > at)
                return false;
            var end = Math.Min(piece.Last, last);
            slices.Add(piece.Part(at, end));
            if (end == last)
                return true;
            at = end + 1;
        }

        return false;
    }

    /// <summary>What is documented of an address of the caller.</summary>
    public Expectation ExpectFixed(ulong iova, ulong length)
    {
        if (!IsAligned(iova))
            return Expectation.Of(Errno.EINVAL, "the address is not aligned as the IOAS needs");
        var last = iova + (length - 1);
        if (last < iova)
            return Expectation.Of(Errno.EOVERFLOW, "the range ends beyond the last address");
        if (IsReserved(iova, last))
            return Expectation.Of(Errno.EINVAL, "a part of the range is reserved");
        return IsMapped(iova, last)
            ? Expectation.Of(Errno.EEXIST, "a part of the range is mapped")
            : Expectation.Of(Errno.OK, "the range is free");
    }

    /// <summary>What is documented of an address that the kernel chooses for this user memory.</summary>
    public Expectation ExpectAutomatic(ulong memory, ulong length)
    {
        if (length >= ulong.MaxValue / 2)
            return Expectation.Of(Errno.EOVERFLOW, "the length is half of everything");
        var alignment = BitOperations.RoundUpToPowerOf2(length);
        if (memory != 0)
            alignment = Math.Min(alignment, memory & (0 - memory));
        alignment = Math.Min(alignment, HugePageSize);
        if (alignment < Alignment)
            return Expectation.Of(Errno.EINVAL, "the memory is not aligned as the IOAS needs");
        return HasPlace(length, alignment, memory % PageSize)
            ? Expectation.Of(Errno.OK, "there is a place")
            : Expectation.Of(Errno.ENOSPC, "there is no place");
    }

    /// <summary>What is wrong with an address that the kernel chose, or null.</summary>
    public string? CheckChosen(ulong iova, ulong length)
    {
        var last = iova + (length - 1);
        if (iova == 0 || last < iova || !IsAligned(iova))
            return "chooses an address that is none";
        if (IsReserved(iova, last) || IsMapped(iova, last))
            return "chooses an address that is taken";
        if (Allowed.Count == 0)
            return null;
        for (var at = 0; NextAllowed(ref at, out var start, out var end); )
        {
            if (start <= iova && last <= end)
                return null;
        }

        return "chooses an address that is not allowed";
    }

    /// <summary>The ranges that can be mapped, ascending.</summary>
    public void Usable(List<AddressRange> usable)
    {
        _taken.Clear();
        _taken.AddRange(Reserved);
        _taken.Sort(ByStart);
        usable.Clear();
        ulong at = 0;
        foreach (var taken in _taken)
        {
            if (taken.Last < at)
                continue;
            if (taken.Start > at)
                usable.Add(new AddressRange(at, taken.Start - 1));
            if (taken.Last == ulong.MaxValue)
                return;
            at = taken.Last + 1;
        }

        usable.Add(new AddressRange(at, ulong.MaxValue));
    }

    public static ulong SmallestPage(IommuDomain domain) =>
        domain.PgsizeBitmap == 0 ? 1 : domain.PgsizeBitmap & (0 - domain.PgsizeBitmap);

    private bool HasPlace(ulong length, ulong alignment, ulong offset)
    {
        _taken.Clear();
        _taken.AddRange(Reserved);
        foreach (var piece in Pieces)
            _taken.Add(new AddressRange(piece.Iova, piece.Last));
        _taken.Sort(ByStart);
        if (Allowed.Count == 0)
            return HasPlaceIn(First, Last, length, alignment, offset);
        for (var at = 0; NextAllowed(ref at, out var start, out var last); )
        {
            if (HasPlaceIn(Math.Max(start, First), Math.Min(last, Last), length, alignment, offset))
                return true;
        }

        return false;
    }

    /// <summary>Allowed ranges that touch are one.</summary>
    private bool NextAllowed(ref int at, out ulong start, out ulong last)
    {
        (start, last) = (0, 0);
        if (at >= Allowed.Count)
            return false;
        (start, last) = (Allowed[at].Start, Allowed[at].Last);
        while (++at < Allowed.Count && last != ulong.MaxValue && Allowed[at].Start == last + 1)
            last = Allowed[at].Last;
        return true;
    }

    private bool HasPlaceIn(ulong at, ulong last, ulong length, ulong alignment, ulong offset)
    {
        foreach (var taken in _taken)
        {
            if (at > last || taken.Start > last)
                break;
            if (taken.Last < at)
                continue;
            if (taken.Start > at && Fits(at, taken.Start - 1, length, alignment, offset))
                return true;
            if (taken.Last >= last)
                return false;
            at = taken.Last + 1;
        }

        return at <= last && Fits(at, last, length, alignment, offset);
    }

    /// <summary>The place in the page of the user's memory is kept; no place begins at the last address.</summary>
    private static bool Fits(ulong at, ulong last, ulong length, ulong alignment, ulong offset)
    {
        var aligned = at + (alignment - 1);
        if (aligned < at)
            return false;
        aligned = (aligned & ~(alignment - 1)) | offset;
        return aligned < last && last - aligned >= length - 1;
    }

    private static bool Meets(List<AddressRange> ranges, ulong start, ulong last)
    {
        foreach (var range in ranges)
        {
            if (range.Meets(start, last))
                return true;
        }

        return false;
    }

    private static int ByStart(AddressRange one, AddressRange other) => one.Start.CompareTo(other.Start);
}
