using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Mappings;

/// <summary>
/// Copies between a buffer of the kernel and what an area shows. Models drivers/iommu/iommufd/pages.c. Three ways: by
/// the address in the program that runs, by the address in another program, or by the pages that are or would be
/// pinned.
/// </summary>
/// <param name="Writes">From the buffer to the pages.</param>
/// <param name="IsSlow">Never by the address in the program that runs.</param>
internal readonly record struct PagesTransfer(KernelMachine Machine, bool Writes, bool IsSlow)
{
    private const ulong PageSize = IoptPages.PageSize;

    /// <summary>
    /// Of a range of <paramref name="pages"/>, in bytes from their start: EPERM to write to pages that are not
    /// writable; EFAULT for memory that is not there, EINVAL for a file that ends before, ENOMEM.
    /// </summary>
    // Models iopt_pages_rw_access(), v6.12 and v7.3.
    public Errno Run(IoptPages pages, ulong start, Span<byte> data)
    {
        if (Writes && !pages.IsWritable)
            return Errno.EPERM;
        if (pages.IsBuffer)
            return Errno.EINVAL;
        if (pages.File is not null)
            return ByPages(pages, start, data);
        if (!IsSlow && ReferenceEquals(Machine.Current.Memory, pages.Source))
            return ByAddress(pages.Address + start, data);
        var isOnePage = start / PageSize == (start + (ulong)data.Length - 1) / PageSize;
        return isOnePage && !pages.Source.IsGone ? ByForeignAddress(pages, start, data) : ByPages(pages, start, data);
    }

    private Errno ByAddress(ulong address, Span<byte> data)
    {
        var rc = Writes ? Machine.CopyToUser(address, data) : Machine.CopyFromUser(data, address);
        return rc == Errno.OK ? rc : Errno.EFAULT;
    }

    // Models iopt_pages_rw_page(), v6.12 and v7.3.
    private Errno ByForeignAddress(IoptPages pages, ulong start, Span<byte> data)
    {
        const string Site = "iopt_pages_rw_page";
        if (Machine.Decisions.Fails(DecisionKind.Copy, Site))
            return Errno.EINVAL;
        var address = pages.Address + start;
        var page = address - (address % PageSize);
        return
            page >= UserAddressSpace.TaskSize
            || pages.Source.Pinnable(page, PageSize, Writes) < PageSize
            || !Copy(pages.Source, address, data)
            ? Errno.EFAULT
            : Errno.OK;
    }

    // Models iopt_pages_rw_slow(), v6.12 and v7.3.
    private Errno ByPages(IoptPages pages, ulong start, Span<byte> data)
    {
        const string Site = "iopt_pages_rw_slow";
        var first = start / PageSize;
        var last = (start + (ulong)data.Length - 1) / PageSize;
        pages.Mutex.Lock(Site);
        var rc = pages.Pin(first, last);
        if (rc == Errno.OK)
        {
            for (var index = first; index <= last; index++)
            {
                var offset = index == first ? start % PageSize : 0;
                var bytes = (int)Math.Min((ulong)data.Length, PageSize - offset);
                CopyPage(pages.PhysicalAt(index, index, out _) + offset, data[..bytes]);
                data = data[bytes..];
            }

            pages.Unpin(first, last);
        }

        pages.Mutex.Unlock(Site);
        return rc;
    }

    private void CopyPage(ulong physical, Span<byte> data)
    {
        if (Machine.Has(Bug.C01) && physical < PageSize)
            return;
        if (!Machine.PhysicalMemory.TryFind(physical, out var space, out var address) || !Copy(space, address, data))
            throw new InvalidOperationException("a pinned page cannot be reached");
    }

    private bool Copy(IUserMemory space, ulong address, Span<byte> data) =>
        (Writes ? space.WritePinned(address, data) : space.ReadPinned(address, data)) == 0;
}
