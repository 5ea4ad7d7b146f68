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

    private readonly Dictionary<FileIdentity, int> _files = [];
    private readonly Dictionary<FileIdentity, FaultFile> _faults = [];
    private readonly Dictionary<int, FileIdentity> _watched = [];

    /// <summary>Ours for the content of a file that stands for a context, by the machine's descriptor.</summary>
    private readonly Dictionary<int, int> _contents = [];

    public OpenFiles()
    {
        Fd = Libc.InotifyInit(IN_NONBLOCK | IN_CLOEXEC);
        if (Fd < 0)
            throw Refused("inotify");
    }

    /// <summary>Readable when a file was closed for the last time.</summary>
    public int Fd { get; }

    /// <summary>Files that some program still holds.</summary>
    public int Count => _files.Count;

    /// <summary>
    /// Makes a file that stands for the machine's descriptor; returns ours for it, to be handed over and
    /// closed, or throws where the host has no place for it.
    /// </summary>
    public int Create(int machineFd, int flags)
    {
        var made = CreateUnnamed();
        var fd = Libc.Open($"/proc/self/fd/{made}", (flags & (O_ACCMODE | O_NONBLOCK)) | O_CLOEXEC, 0);
        if (fd < 0)
            throw Refused("opening an unnamed file");
        Watch(fd, machineFd);
        _contents[machineFd] = made;
        return fd;
    }

    /// <summary>
    /// Makes a pipe without a name that stands for an event queue: a program polls it, and it is readable
    /// while it holds a byte. Returns the program's end, to be handed over and closed, and ours.
    /// </summary>
    public (int Theirs, int Ours) CreateQueue(int machineFd)
    {
        foreach (var folder in s_folders)
        {
            var path = $"{folder}/iommusim-{Libc.GetPid()}-{machineFd}";
            if (Libc.MakeFifo(path, OwnerOnly) != 0)
                continue;
            var theirs = Libc.Open(path, O_RDWR | O_CLOEXEC, 0);
            var ours = Libc.Open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK, 0);
            File.Delete(path);
            if (theirs < 0 || ours < 0)
                throw Refused("opening a pipe");
            Watch(theirs, machineFd);
            return (theirs, ours);
        }

        throw Refused($"a pipe in {string.Join(" or ", s_folders)}");
    }

    /// <summary>
    /// Makes a file that stands for one of fault injection; returns ours for it, to be handed over and closed. What is
    /// written past us is refused.
    /// </summary>
    public int CreateFault(FaultFile file)
    {
        var made = Libc.CreateMemoryFile("iommusim", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        if (made < 0 || Libc.Fcntl(made, F_ADD_SEALS, F_SEAL_WRITE) != 0)
            throw Refused("a sealed memory file");
        var fd = Libc.Open($"/proc/self/fd/{made}", (file.Flags & (O_ACCMODE | O_NONBLOCK)) | O_CLOEXEC, 0);
        if (fd < 0)
            throw Refused("opening a memory file");
        _ = Libc.Close(made);
        _faults[Watch(fd)] = file;
        return fd;
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

        return FileIdentity.TryOf(Libc.GetPid(), fd, out var identity)
            ? identity.Inode
            : throw Refused("looking at a file");
    }

    /// <summary>The machine's descriptor behind one of a program's; false when it is none of ours.</summary>
    public bool TryFind(int tid, int fd, out int machineFd)
    {
        machineFd = -1;
        return _files.Count > 0
            && FileIdentity.TryOf(tid, fd, out var identity)
            && _files.TryGetValue(identity, out machineFd);
    }

    /// <summary>The file of fault injection behind a descriptor of a program; false when it is none.</summary>
    public bool TryFindFault(int fd, int tid, [NotNullWhen(true)] out FaultFile? file)
    {
        file = null;
        return _faults.Count > 0
            && FileIdentity.TryOf(tid, fd, out var identity)
            && _faults.TryGetValue(identity, out file);
    }

    /// <summary>Whether the program has this number in use.</summary>
    public static bool IsOpen(int tid, int fd) => FileIdentity.TryOf(tid, fd, out _);

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
                if (_faults.Remove(identity) || !_files.Remove(identity, out var machineFd))
                    continue;
                if (_contents.Remove(machineFd, out var content))
                    _ = Libc.Close(content);
                closed(machineFd);
            }
        }
    }

    public void Dispose() => _ = Libc.Close(Fd);

    private void Watch(int fd, int machineFd) => _files[Watch(fd)] = machineFd;

    private FileIdentity Watch(int fd)
    {
        var watch = Libc.InotifyAddWatch(Fd, $"/proc/self/fd/{fd}", IN_CLOSE_WRITE | IN_CLOSE_NOWRITE);
        if (watch < 0 || !FileIdentity.TryOf(Libc.GetPid(), fd, out var identity))
            throw Refused("watching a file");
        _watched[watch] = identity;
        return identity;
    }

    private static int CreateUnnamed()
    {
        foreach (var folder in s_folders)
        {
            var fd = Libc.Open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, OwnerOnly);
            if (fd >= 0)
                return fd;
        }

        throw Refused($"an unnamed file in {string.Join(" or ", s_folders)}");
    }

    private static HostRefusesException Refused(string what) =>
        new($"the host forbids {what}: {Libc.Describe(Libc.LastError)}");
}
