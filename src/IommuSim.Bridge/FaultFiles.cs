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
internal sealed unsafe class FaultFiles(KernelMachine machine, NotificationListener listener, OpenFiles files)
    : IDisposable
{
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

    /// <summary>Answers the open of a path that is one of these; false for another.</summary>
    public bool TryOpen(in SeccompNotification call, KernelTask task, string path, int flags)
    {
        if (FailNthPath.ThreadOf(path, ((ProcessMemory)task.Memory).Process, call.Tid) is { } thread)
        {
            OpenValue(call, new FailNthValue(_failNth, thread), flags);
            return true;
        }

        var ours = _folder?.Translate(path);
        var name = ours ?? path;
        if (name == FaultSettings.Folder)
        {
            OpenFolder(call, "", flags);
            return true;
        }

        if (!name.StartsWith(FaultSettings.Folder + "/", StringComparison.Ordinal))
            return false;
        var words = name[(FaultSettings.Folder.Length + 1)..].Split('/');
        var isAttribute = FaultSettings.Attributes.Contains(words[0], StringComparer.Ordinal);
        if (isAttribute && words.Length == 1)
            OpenFolder(call, words[0], flags);
        else if (words.Length == 2 && _settings.Find(words[0], words[1]) is { } value)
            OpenValue(call, value, flags);
        else if (isAttribute || ours is not null)
            listener.Refuse(call.Id, (flags & O_CREAT) != 0 ? EACCES : ENOENT);
        else
            return false;
        return true;
    }

    /// <summary>Answers a read or write of one of these files; false for another.</summary>
    public bool TryReadOrWrite(in SeccompNotification call, Func<KernelTask> taskOf)
    {
        if (!files.TryFindFault((int)call.Arguments[0], call.Tid, out var file))
            return false;
        var isRead = call.Number is __NR_read or __NR_pread64;
        var isAt = call.Number is __NR_pread64 or __NR_pwrite64;
        var position = isAt ? (long)call.Arguments[3] : file.Position;
        var mode = file.Flags & O_ACCMODE;
        long done = 0;
        var errno = Errno.OK;
        if (position < 0)
            errno = Errno.EINVAL;
        else if (isAt && !file.Value.HasPositions)
            errno = Errno.ESPIPE;
        else if (mode == (isRead ? O_WRONLY : O_RDONLY))
            errno = Errno.EBADF;
        else if (file.Value.IsGone)
            errno = Errno.ESRCH;
        else if (isRead)
            errno = Read(file.Value, taskOf(), call.Arguments[1], call.Arguments[2], position, out done);
        else
            errno = Write(file.Value, taskOf(), call.Arguments[1], call.Arguments[2], out done);

        if (errno != Errno.OK)
        {
            listener.Refuse(call.Id, (int)errno);
            return true;
        }

        // A write does not move on, as in the kernel.
        if (isRead && !isAt)
            file.Position += done;
        listener.Answer(call.Id, done);
        return true;
    }

    public void Dispose() => _folder?.Dispose();

    // Models fs/libfs.c:simple_read_from_buffer(), v7.3.
    private Errno Read(IFaultValue value, KernelTask task, ulong address, ulong count, long position, out long done)
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
    private Errno Write(IFaultValue value, KernelTask task, ulong address, ulong count, out long done)
    {
        Span<byte> bytes = stackalloc byte[(int)Math.Min(count, (ulong)value.MaxWrite)];
        done = (long)count;
        if (machine.Decisions.Fails(DecisionKind.Copy, "copy_from_user") || task.Memory.Read(address, bytes) > 0)
            return Errno.EFAULT;
        var end = bytes.IndexOf((byte)0);
        return value.Write(Encoding.Latin1.GetString(end < 0 ? bytes : bytes[..end]));
    }

    private void OpenFolder(in SeccompNotification call, string attribute, int flags)
    {
        var fd = Folder.Open(attribute, flags);
        if (fd < 0)
        {
            listener.Refuse(call.Id, Libc.LastError);
            return;
        }

        var number = listener.AnswerWithDescriptor(call.Id, fd, (flags & O_CLOEXEC) != 0);
        var error = Libc.LastError;
        _ = Libc.Close(fd);
        if (number < 0)
            listener.Refuse(call.Id, error);
    }

    private void OpenValue(in SeccompNotification call, IFaultValue value, int flags)
    {
        if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
            listener.Refuse(call.Id, EEXIST);
        else if ((flags & O_DIRECTORY) != 0)
            listener.Refuse(call.Id, ENOTDIR);
        else if (!ServedNumbers.TryFindFree(call.Tid, out var number))
            listener.Refuse(call.Id, EMFILE);
        else
        {
            var fd = files.CreateFault(new FaultFile(value, flags));
            var given = listener.GiveDescriptor(call.Id, fd, number, (flags & O_CLOEXEC) != 0);
            var error = Libc.LastError;
            _ = Libc.Close(fd);
            if (given < 0)
                listener.Refuse(call.Id, error);
            else
                listener.Answer(call.Id, number);
        }
    }

    /// <summary>C's struct task_struct.fail_nth of one thread, as its file in /proc.</summary>
    private sealed class FailNthValue(FailNth failNth, int tid) : IFaultValue
    {
        // Models fs/proc/base.c:proc_fail_nth_read(), v7.3.
        public string Text => $"{failNth[tid]}\n";

        /// <summary>A sign, 32 digits, the end of the line.</summary>
        public int MaxWrite => 34;

        public bool IsGone => !Directory.Exists($"/proc/{tid}");

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

/// <summary>An open file of these.</summary>
/// <param name="flags">Of its open.</param>
internal sealed class FaultFile(IFaultValue value, int flags)
{
    public IFaultValue Value { get; } = value;

    public int Flags { get; } = flags;

    /// <summary>Where the next read starts.</summary>
    public long Position { get; set; }
}

/// <summary>The names that fail-nth of a thread has.</summary>
internal static class FailNthPath
{
    public const string Name = "fail-nth";

    /// <summary>
    /// The thread whose file it is, as the caller sees /proc; null for another path, and for a thread that is not
    /// there.
    /// </summary>
    public static int? ThreadOf(string path, int process, int thread)
    {
        var folder = path.Split('/') switch
        {
            ["", "proc", "thread-self", Name] => $"{process}/task/{thread}",
            ["", "proc", var leader, Name] => $"{NumberOf(leader, process)}/task/{NumberOf(leader, process)}",
            ["", "proc", var leader, "task", var tid, Name] => $"{NumberOf(leader, process)}/task/{tid}",
            _ => null,
        };
        return
            folder is not null
            && Directory.Exists("/proc/" + folder)
            && int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
    }

    private static string NumberOf(string word, int process) =>
        word == "self" ? process.ToString(CultureInfo.InvariantCulture) : word;
}
