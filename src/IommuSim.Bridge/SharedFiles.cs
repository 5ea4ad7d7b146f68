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
internal sealed unsafe class SharedFile(int fd, bool isMemory) : IUserFile, IUserMemory, IDisposable
{
    private const int PageSize = 4096;

    public IUserMemory? Memory => isMemory ? this : null;

    public ulong Length => (ulong)Math.Max(0, Libc.Seek(fd, 0, SEEK_END));

    public int Read(ulong address, Span<byte> destination)
    {
        var done = 0;
        fixed (byte* start = destination)
        {
            while (done < destination.Length)
            {
                var offset = (long)address + done;
                var read = Libc.PRead(fd, start + done, (ulong)(destination.Length - done), offset);
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
                var written = Libc.PWrite(fd, start + done, (ulong)(source.Length - done), (long)address + done);
                if (written <= 0)
                    break;
                done += (int)written;
            }
        }

        return source.Length - done;
    }

    public ulong Pinnable(ulong address, ulong length, bool writable) =>
        address >= Length ? 0 : Math.Min(length, (Length - address + PageSize - 1) / PageSize * PageSize);

    public void Dispose() => _ = Libc.Close(fd);
}
