using System.Numerics;
using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Mappings;

/// <summary>
/// Looks for a free place in an I/O virtual address space: the first that is allowed, not reserved and free,
/// and aligned as far as the user's address is, so that large pages may fit.
/// </summary>
/// <param name="wraps">A start that wraps around when it is aligned passes, see <see cref="Bug.M34"/>.</param>
internal readonly struct IovaSearch(
    IntervalTree<AllowedRange> allowed,
    IntervalTree<ReservedRange> reserved,
    IntervalTree<IoptArea> areas,
    bool wraps
)
{
    /// <summary>With transparent huge pages nothing is aligned further.</summary>
    private const ulong HugePageSize = 2 << 20;

    private const ulong First = IoptPages.PageSize;
    private const ulong Last = ulong.MaxValue - IoptPages.PageSize;

    /// <summary>
    /// A place for <paramref name="length"/> bytes of user memory at <paramref name="address"/>; never 0. EINVAL
    /// when the user's address is aligned less than the IOAS needs, EOVERFLOW for no length and for half of
    /// everything, ENOSPC.
    /// </summary>
    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_alloc_iova(), v6.12 and v7.3.
    public Errno Find(ulong address, ulong length, ulong iovaAlignment, out ulong iova)
    {
        iova = 0;
        if (length is 0 or >= ulong.MaxValue / 2)
            return Errno.EOVERFLOW;
        var alignment = BitOperations.RoundUpToPowerOf2(length);
        if (address != 0)
            alignment = Math.Min(alignment, 1UL << BitOperations.TrailingZeroCount(address));
        alignment = Math.Min(alignment, HugePageSize);
        if (alignment < iovaAlignment)
            return Errno.EINVAL;
        var wanted = new Place(length, alignment, address % IoptPages.PageSize);
        for (var at = First; NextAllowed(at, out var start, out var last); at = last + 1)
        {
            if (FitsIn(wanted, ref start, last) && FindHole(wanted, start, last, out iova))
                return Errno.OK;
            if (last == Last)
                break;
        }

        return Errno.ENOSPC;
    }

    /// <summary>The next run of allowed addresses; all addresses without a restriction.</summary>
    private bool NextAllowed(ulong at, out ulong start, out ulong last)
    {
        (start, last) = (at, Last);
        if (allowed.IsEmpty)
            return true;
        if (allowed.IsHole(at, Last, out var holeLast))
        {
            if (holeLast == Last)
                return false;
            start = holeLast + 1;
        }

        for (var next = start; ; next = last + 1)
        {
            if (allowed.IsHole(next, Last, out var spanLast))
            {
                last = next - 1;
                return true;
            }

            last = spanLast;
            if (last == Last)
                return true;
        }
    }

    /// <summary>The first large enough hole between reserved ranges and areas.</summary>
    private bool FindHole(Place wanted, ulong start, ulong last, out ulong iova)
    {
        for (var at = start; ; )
        {
            iova = at;
            var isHole = IsHole(at, last, out var spanLast);
            if (isHole && FitsIn(wanted, ref iova, spanLast))
                return true;
            if (spanLast == last)
                return false;
            at = spanLast + 1;
        }
    }

    private bool IsHole(ulong at, ulong last, out ulong spanLast)
    {
        if (!reserved.IsHole(at, last, out spanLast))
            return false;
        return areas.IsHole(at, spanLast, out spanLast);
    }

    // Models drivers/iommu/iommufd/io_pagetable.c:__alloc_iova_check_range(), v6.12 and v7.3: a place that
    // begins at the last address is never taken, though one byte would fit.
    private bool FitsIn(Place wanted, ref ulong start, ulong last)
    {
        var aligned = start + (wanted.Alignment - 1);
        if (aligned < start && !wraps)
            return false;
        aligned &= ~(wanted.Alignment - 1);
        aligned |= wanted.PageOffset;
        if (aligned >= last || last - aligned < wanted.Length - 1)
            return false;
        start = aligned;
        return true;
    }

    private readonly record struct Place(ulong Length, ulong Alignment, ulong PageOffset);
}
