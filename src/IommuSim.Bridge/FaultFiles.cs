using System.Globalization;
using System.Text;
using IommuSim.Bridge.Host;
using IommuSim.Iommu.Syscalls;
using IommuSim.Machine;
using static IommuSim.Bridge.Host.HostConstants;

namespace IommuSim.Bridge;

/// <summary>
/// The files by which a program makes the kernel fail: fail-nth of a thread in /proc, and the fault attributes in
/// debugfs.
/// </summary>
internal sealed class FaultFiles(KernelMachine machine, NotificationListener listener, OpenFiles files) : IDisposable
{
    private const ushort FolderMode = S_IFDIR | 0x1ed;

    private readonly FaultSettings _settings = new();
    private readonly FailNth _failNth = new(machine.Decisions);
    private FaultFolder? _folder;

    private FaultFolder Folder => _folder ??= new FaultFolder(_settings);

    /// <summary>A call of this thread runs on the machine, until <see cref="End"/>.</summary>
    public void Begin(int tid)
    {
        _failNth.CountsAllocations = _settings.AllocationsFail;
        _failNth.Begin(tid);
    }

    public void End() => _failNth.End();

    /// <summary>What one of these paths names, as this thread sees it; null for other paths.</summary>
    /// <param name="path">Without links.</param>
    public FaultPlace? Find(string path, int process, int tid)
    {
        if (ThreadFiles.ThreadOf(path, "fail-nth", process, tid) is { } thread)
            return new FaultPlace.Value(path, new FailNthValue(_failNth, thread));
        var ours = _folder?.Translate(path);
        var name = ours ?? path;
        if (name == FaultSettings.Folder)
            return new FaultPlace.Folder("");
        if (!name.StartsWith(FaultSettings.Folder + "/", StringComparison.Ordinal))
            return null;
        var words = name[(FaultSettings.Folder.Length + 1)..].Split('/');
        var isAttribute = FaultSettings.Attributes.Contains(words[0], StringComparer.Ordinal);
        if (isAttribute && words.Length == 1)
            return new FaultPlace.Folder(words[0]);
        if (words.Length == 2 && _settings.Find(words[0], words[1]) is { } value)
            return new FaultPlace.Value(name, value);
        return isAttribute || ours is not null ? new FaultPlace.Nothing() : null;
    }

    /// <summary>What stat shows of one of these folders, or of a file of this value.</summary>
    public FileStatus StatusOf(FaultPlace place)
    {
        var fd = Folder.Open("", O_RDONLY);
        var status = FileStatus.Of(fd).With(place is FaultPlace.Value { Content: var value } ? value.Mode : FolderMode);
        _ = Libc.Close(fd);
        return status;
    }

    /// <summary>Answers the open of one of these.</summary>
    public void Open(in SeccompNotification call, FaultPlace place, int flags)
    {
        switch (place)
        {
            case FaultPlace.Folder folder:
                listener.AnswerWithFile(call.Id, Folder.Open(folder.Attribute, flags), flags);
                break;
            case FaultPlace.Value value:
                OpenValue(call, value, flags);
                break;
            default:
                listener.Refuse(call.Id, (flags & O_CREAT) != 0 ? EACCES : ENOENT);
                break;
        }
    }

    /// <summary>A read or write of one of these files.</summary>
    /// <param name="at">null for its own position.</param>
    public SyscallResult Transfer(TextFile file, KernelTask task, bool reads, ulong address, ulong count, long? at)
    {
        long done = 0;
        var position = at ?? file.Position;
        var errno =
            file.Value.IsGone ? Errno.ESRCH
            : reads ? Read(file.Value, task, address, count, position, out done)
            : Write(file.Value, task, address, count, out done);
        if (errno != Errno.OK)
            return SyscallResult.Of(errno);

        // A write does not move on, as in the kernel.
        if (reads && at is null)
            file.Position += done;
        return SyscallResult.Of(Errno.OK) with { Value = done };
    }

    public void Dispose() => _folder?.Dispose();

    // Models fs/libfs.c:simple_read_from_buffer(), v7.3.
    private Errno Read(ITextValue value, KernelTask task, ulong address, ulong count, long position, out long done)
    {
        var bytes = Encoding.ASCII.GetBytes(value.Text);
        done = 0;
        if (position >= bytes.Length || count == 0)
            return Errno.OK;
        var wanted = (int)Math.Min(count, (ulong)(bytes.Length - position));
        if (machine.Decisions.Fails(DecisionKind.Copy, "simple_read_from_buffer"))
            return Errno.EFAULT;
        done = wanted - task.Memory.Write(address, bytes.AsSpan((int)position, wanted));
        return done == 0 ? Errno.EFAULT : Errno.OK;
    }

    // Models lib/kstrtox.c:kstrtouint_from_user() and its like, v7.3.
    private Errno Write(ITextValue value, KernelTask task, ulong address, ulong count, out long done)
    {
        Span<byte> bytes = stackalloc byte[(int)Math.Min(count, (ulong)value.MaxWrite)];
        done = (long)count;
        if (machine.Decisions.Fails(DecisionKind.Copy, "copy_from_user") || task.Memory.Read(address, bytes) > 0)
            return Errno.EFAULT;
        var end = bytes.IndexOf((byte)0);
        return value.Write(Encoding.Latin1.GetString(end < 0 ? bytes : bytes[..end]));
    }

    private void OpenValue(in SeccompNotification call, FaultPlace.Value place, int flags)
    {
        if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
            listener.Refuse(call.Id, EEXIST);
        else if ((flags & O_DIRECTORY) != 0)
            listener.Refuse(call.Id, ENOTDIR);
        else
            listener.AnswerWithFile(call.Id, files.CreateText(place.Content, place.Path, flags), flags);
    }

    /// <summary>C's struct task_struct.fail_nth of one thread, as its file in /proc.</summary>
    private sealed class FailNthValue(FailNth failNth, int tid) : ITextValue
    {
        // Models fs/proc/base.c:proc_fail_nth_read(), v7.3.
        public string Text => $"{failNth[tid]}\n";

        /// <summary>A sign, 32 digits, the end of the line.</summary>
        public int MaxWrite => 34;

        public bool IsGone => !Directory.Exists($"/proc/{tid}");

        public ushort Mode => S_IFREG | 0x1a4;

        // Models fs/proc/base.c:proc_fail_nth_write(), v7.3.
        public Errno Write(string text)
        {
            var errno = CNumber.Parse(text, uint.MaxValue, out var nth);
            if (errno == Errno.OK)
                failNth[tid] = (uint)nth;
            return errno;
        }
    }
}

/// <summary>What a path of fault injection names.</summary>
internal abstract record FaultPlace
{
    /// <param name="Attribute">"" for the folder of all.</param>
    public sealed record Folder(string Attribute) : FaultPlace;

    public sealed record Value(string Path, ITextValue Content) : FaultPlace;

    /// <summary>A folder of ours has no such name.</summary>
    public sealed record Nothing : FaultPlace;
}
