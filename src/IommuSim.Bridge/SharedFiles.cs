using System.Globalization;
using IommuSim.Bridge.Host;
using IommuSim.Machine.Memory;
using static IommuSim.Bridge.Host.HostConstants;

namespace IommuSim.Bridge;

/// <summary>
/// Files of which pages are pinned: memfds, and what programs map to share it. Each is opened once, and stays open as
/// long as the programs run, as a pin would keep its pages.
/// </summary>
internal sealed class SharedFiles : IDisposable
{
    private readonly Dictionary<FileIdentity, SharedFile> _files = [];

    /// <summary>Whether pages of any are pinned.</summary>
    public bool HavePins
    {
        get
        {
            foreach (var file in _files.Values)
            {
                if (file.Pages.HasPins)
                    return true;
            }

            return false;
        }
    }

    /// <summary>The file behind a descriptor of a program; null for one that is not open.</summary>
    public SharedFile? Find(int tid, int fd) =>
        FileIdentity.TryOf(tid, fd, out var identity)
            ? Of(identity, string.Create(CultureInfo.InvariantCulture, $"/proc/{tid}/fd/{fd}"))
            : null;

    /// <summary>The file of a shared mapping; null where the host does not let it be opened.</summary>
    public SharedFile? Find(int process, in MappedArea area) =>
        Of(
            area.File,
            string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/map_files/{area.Start:x}-{area.End:x}")
        );

    /// <summary>As the other, of files that are known already.</summary>
    public SharedFile? FindKnown(int tid, int fd) =>
        _files.Count > 0 && FileIdentity.TryOf(tid, fd, out var identity) ? _files.GetValueOrDefault(identity) : null;

    /// <summary>As the other, of files that are known already.</summary>
    public SharedFile? FindKnown(in MappedArea area) => _files.GetValueOrDefault(area.File);

    public void Dispose()
    {
        foreach (var file in _files.Values)
            file.Dispose();
    }

    private SharedFile? Of(FileIdentity identity, string path)
    {
        if (_files.TryGetValue(identity, out var known))
            return known;
        var fd = Libc.Open(path, O_RDWR | O_CLOEXEC, 0);
        if (fd < 0)
            return null;
        var isMemory = Libc.FileSystemOf(fd) is TMPFS_MAGIC or HUGETLBFS_MAGIC;
        _files.Add(identity, known = new SharedFile(fd, isMemory));
        return known;
    }
}

/// <summary>One file of the host, as memory by offset.</summary>
internal sealed unsafe class SharedFile : IUserFile, IUserMemory, IDisposable
{
    private const int PageSize = 4096;

    private readonly int _fd;
    private readonly bool _isMemory;

    public SharedFile(int fd, bool isMemory)
    {
        _fd = fd;
        _isMemory = isMemory;
        Pages = new PinnedPages(this);
    }

    public IUserMemory? Memory => _isMemory ? this : null;

    /// <summary>What lies behind the offsets; programs may punch holes and cut the file.</summary>
    public PinnedPages Pages { get; }

    public PageSource SourceOf(ulong address) => Pages.At(address, ulong.MaxValue);

    public ulong Length => (ulong)Math.Max(0, Libc.Seek(_fd, 0, SEEK_END));

    public int Read(ulong address, Span<byte> destination)
    {
        var done = 0;
        fixed (byte* start = destination)
        {
            while (done < destination.Length)
            {
                var offset = (long)address + done;
                var read = Libc.PRead(_fd, start + done, (ulong)(destination.Length - done), offset);
                if (read <= 0)
                    break;
                done += (int)read;
            }
        }

        return destination.Length - done;
    }

    public int Write(ulong address, ReadOnlySpan<byte> source)
    {
        if (address + (ulong)source.Length > (Length + PageSize - 1) / PageSize * PageSize)
            return source.Length;
        var done = 0;
        fixed (byte* start = source)
        {
            while (done < source.Length)
            {
                var written = Libc.PWrite(_fd, start + done, (ulong)(source.Length - done), (long)address + done);
                if (written <= 0)
                    break;
                done += (int)written;
            }
        }

        return source.Length - done;
    }

    public ulong Pinnable(ulong address, ulong length, bool writable) =>
        address >= Length ? 0 : Math.Min(length, (Length - address + PageSize - 1) / PageSize * PageSize);

    public void Dispose() => _ = Libc.Close(_fd);
}
