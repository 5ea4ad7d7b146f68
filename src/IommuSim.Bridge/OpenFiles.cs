using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Unicode;
using IommuSim.Bridge.Host;
using static IommuSim.Bridge.Host.HostConstants;

namespace IommuSim.Bridge;

/// <summary>
/// What the programs hold for /dev/iommu: files without a name in a memory file system, one for each open,
/// known by their inode whichever process holds them under whichever number. The host tells when the last
/// descriptor and mapping of one is gone.
/// </summary>
internal sealed unsafe class OpenFiles : IDisposable
{
    private const int EventBytes = 4096;

    /// <summary>wd, mask, cookie, length of the name that follows.</summary>
    private const int EventHead = 16;

    private const uint OwnerOnly = 0x180;

    private static readonly string[] s_folders = ["/dev/shm", "/tmp"];

    private readonly Dictionary<FileIdentity, ProgramFile> _files = [];
    private readonly Dictionary<int, FileIdentity> _watched = [];

    /// <summary>Ours for the content of a file that stands for a context, by the machine's descriptor.</summary>
    private readonly Dictionary<int, int> _contents = [];

    /// <summary>Ours for the files that stand for places, by what their descriptors show.</summary>
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);

    public OpenFiles()
    {
        Fd = Libc.InotifyInit(IN_NONBLOCK | IN_CLOEXEC);
        if (Fd < 0)
            throw Refused("inotify");

        // All anonymous files of a kernel share one inode, and this is one of the host's.
        Anonymous = FileStatus.Of(Fd);
    }

    /// <summary>Readable when a file was closed for the last time.</summary>
    public int Fd { get; }

    /// <summary>What stat shows of a file without an inode of its own.</summary>
    public FileStatus Anonymous { get; }

    /// <summary>Whether no program has any of ours.</summary>
    public bool IsEmpty => _files.Count == 0;

    /// <summary>Whether this process may have a few files more: what we hold for a program must not stop us.</summary>
    public static bool HasRoom()
    {
        const ulong Spare = 32;
        ResourceLimit limit;
        var next = Libc.Open("/dev/null", O_RDONLY | O_CLOEXEC, 0);
        if (next < 0 || Libc.Prlimit(0, RLIMIT_NOFILE, null, &limit) != 0)
            return false;
        _ = Libc.Close(next);
        return (ulong)next + Spare <= limit.Soft;
    }

    /// <summary>
    /// Makes a file that stands for a context; returns ours for it, to be handed over and closed, or throws where the
    /// host has no place for it.
    /// </summary>
    public int Create(int machineFd, DeviceNode node, int flags)
    {
        var made = CreateUnnamed();
        var fd = Libc.Open($"/proc/self/fd/{made}", (flags & (O_ACCMODE | O_NONBLOCK)) | O_CLOEXEC, 0);
        if (fd < 0)
            throw Refused("opening an unnamed file");
        Watch(fd, new DeviceFile(machineFd, node, flags));
        _contents[machineFd] = made;
        return fd;
    }

    /// <summary>
    /// Makes a pipe without a name that stands for an event queue: a program polls it, and it is readable
    /// while it holds a byte. Returns ours, or throws where the host has no place for it.
    /// </summary>
    public static int CreatePipe(int machineFd)
    {
        foreach (var folder in s_folders)
        {
            var path = $"{folder}/iommusim-{Libc.GetPid()}-{machineFd}";
            if (Libc.MakeFifo(path, OwnerOnly) != 0)
                continue;
            var ours = Libc.Open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK, 0);
            File.Delete(path);
            return ours >= 0 ? ours : throw Refused("opening a pipe");
        }

        throw Refused($"a pipe in {string.Join(" or ", s_folders)}");
    }

    /// <summary>
    /// The program's end of a pipe, to be handed over and closed. One that is only read never polls as writable.
    /// </summary>
    public int OpenQueue(int pipe, int machineFd, QueueKind kind)
    {
        var fd = Libc.Open($"/proc/self/fd/{pipe}", (kind.IsOnlyRead ? O_RDONLY : O_RDWR) | O_CLOEXEC, 0);
        if (fd < 0)
            throw Refused("opening a pipe");
        Watch(fd, new QueueFile(machineFd, kind, Anonymous));
        return fd;
    }

    /// <summary>
    /// Makes a file that stands for a text; returns ours for it, to be handed over and closed. What is
    /// written past us is refused.
    /// </summary>
    public int CreateText(ITextValue value, string path, int flags)
    {
        var made = Libc.CreateMemoryFile("iommusim", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        if (made < 0 || Libc.Fcntl(made, F_ADD_SEALS, F_SEAL_WRITE) != 0)
            throw Refused("a sealed memory file");
        var fd = Libc.Open($"/proc/self/fd/{made}", (flags & (O_ACCMODE | O_NONBLOCK)) | O_CLOEXEC, 0);
        if (fd < 0)
            throw Refused("opening a memory file");
        _ = Libc.Close(made);
        Watch(fd, new TextFile(value, path, flags, FileStatus.Of(fd).With(value.Mode)));
        return fd;
    }

    /// <summary>
    /// Makes a file that stands for a place alone; returns ours for it, to be handed over and closed. The host hands
    /// over no files that are opened with O_PATH, so we refuse what they refuse.
    /// </summary>
    public int OpenPath(string link, FileStatus status)
    {
        if (!_places.TryGetValue(link, out var made))
        {
            _places[link] = made = CreateUnnamed();
            _files[IdentityOf(made)] = new PathFile(link, status);
        }

        var fd = Libc.Open($"/proc/self/fd/{made}", O_RDONLY | O_CLOEXEC, 0);
        return fd >= 0 ? fd : throw Refused("opening an unnamed file");
    }

    /// <summary>
    /// Puts into the file what a program is to see where it maps it; returns the inode that the mapping then
    /// names.
    /// </summary>
    public ulong Fill(int machineFd, ulong offset, ReadOnlySpan<byte> content)
    {
        var fd = _contents[machineFd];
        fixed (byte* start = &MemoryMarshal.GetReference(content))
        {
            if (Libc.PWrite(fd, start, (ulong)content.Length, (long)offset) != content.Length)
                throw Refused("writing to an unnamed file");
        }

        return IdentityOf(fd).Inode;
    }

    /// <summary>The file of ours behind a descriptor of a program; false when it is none.</summary>
    public bool TryFind(int tid, int fd, [NotNullWhen(true)] out ProgramFile? file)
    {
        file = null;
        return _files.Count > 0
            && FileIdentity.TryOf(tid, fd, out var identity)
            && _files.TryGetValue(identity, out file);
    }

    /// <summary>Calls back with the machine's descriptor of every file that was closed since the last time.</summary>
    public void TakeClosed(Action<int> closed)
    {
        var buffer = stackalloc byte[EventBytes];
        while (true)
        {
            var length = Libc.Read(Fd, buffer, EventBytes);
            if (length <= 0)
                return;
            for (var offset = 0; offset < length; )
            {
                var head = new ReadOnlySpan<byte>(buffer + offset, EventHead);
                var watch = BinaryPrimitives.ReadInt32LittleEndian(head);
                var mask = BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
                offset += EventHead + BinaryPrimitives.ReadInt32LittleEndian(head[12..]);
                if ((mask & (IN_CLOSE_WRITE | IN_CLOSE_NOWRITE)) == 0)
                    continue;
                if (!_watched.Remove(watch, out var identity))
                    continue;
                _ = Libc.InotifyRemoveWatch(Fd, watch);
                if (!_files.Remove(identity, out var file) || file is not MachineFile { MachineFd: var machineFd })
                    continue;
                if (_contents.Remove(machineFd, out var content))
                    _ = Libc.Close(content);
                closed(machineFd);
            }
        }
    }

    public void Dispose()
    {
        foreach (var place in _places.Values)
            _ = Libc.Close(place);
        _ = Libc.Close(Fd);
    }

    /// <summary>Ours for a file without a name, which takes content and can be mapped.</summary>
    public static int CreateUnnamed()
    {
        foreach (var folder in s_folders)
        {
            var fd = Libc.Open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, OwnerOnly);
            if (fd >= 0)
                return fd;
        }

        throw Refused($"an unnamed file in {string.Join(" or ", s_folders)}");
    }

    private void Watch(int fd, ProgramFile file)
    {
        var watch = Libc.InotifyAddWatch(Fd, $"/proc/self/fd/{fd}", IN_CLOSE_WRITE | IN_CLOSE_NOWRITE);
        if (watch < 0)
            throw Refused("watching a file");
        var identity = IdentityOf(fd);
        _watched[watch] = identity;
        _files[identity] = file;
    }

    private static FileIdentity IdentityOf(int fd) =>
        FileIdentity.TryOf(Libc.GetPid(), fd, out var identity) ? identity : throw Refused("looking at a file");

    private static HostRefusesException Refused(string what) =>
        new($"the host forbids {what}: {Libc.Describe(Libc.LastError)}");
}
