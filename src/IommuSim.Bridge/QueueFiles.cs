using IommuSim.Bridge.Host;
using IommuSim.Iommu.Syscalls;
using IommuSim.Machine;

namespace IommuSim.Bridge;

/// <summary>
/// The descriptors that programs get for event queues. A program reads and writes them through us and polls
/// them on its own: each is a pipe, which holds a byte exactly while the queue has something to read.
/// </summary>
internal sealed class QueueFiles(NotificationListener listener, OpenFiles files) : IDescriptorAllocator, IDisposable
{
    private readonly Dictionary<int, Queue> _queues = [];
    private SeccompNotification _call;

    /// <summary>The number that the machine told the program, and the one that the host then gave to it.</summary>
    private (int Promised, int Given)? _moved;

    /// <summary>This call is answered next; its program gets the descriptors that are made meanwhile.</summary>
    public void Begin(in SeccompNotification call)
    {
        _call = call;
        _moved = null;
    }

    /// <summary>
    /// The call was answered. Where another thread of the program took the promised number first, the program learns
    /// which one it has.
    /// </summary>
    public unsafe SyscallResult End(KernelTask task, SyscallResult result)
    {
        if (_moved is not var (promised, given))
            return result;
        if (result.Value == promised)
            return result with { Value = given };
        var kind = QueueKind.Of((uint)_call.Arguments[1]);
        _ = task.Memory.Write(_call.Arguments[2] + kind.NumberOffset, new ReadOnlySpan<byte>(&given, sizeof(int)));
        return result;
    }

    public Errno Reserve(KernelTask task, int file, out int number)
    {
        if (!ProgramNumbers.TryFindFree(_call.Tid, out number) || !OpenFiles.HasRoom())
            return Errno.EMFILE;
        _queues[file] = new Queue(OpenFiles.CreatePipe(file));
        return Errno.OK;
    }

    public void Cancel(int file, int number) => Closed(file);

    public void Install(int file, int number)
    {
        var theirs = files.OpenQueue(_queues[file].Pipe, file, QueueKind.Of((uint)_call.Arguments[1]));
        var given = listener.GiveDescriptor(_call.Id, theirs, closeOnExec: true);
        if (given >= 0 && given != number)
            _moved = (number, given);

        // Where the program is gone meanwhile, this is the last close of its end.
        _ = Libc.Close(theirs);
    }

    public bool TryFind(KernelTask task, int number, out int file)
    {
        var isOurs = files.TryFind(_call.Tid, number, out var found) && found is MachineFile;
        file = isOurs ? ((MachineFile)found!).MachineFd : -1;
        return isOurs;
    }

    /// <summary>Makes each pipe readable where its queue is, behind every call.</summary>
    public void Refresh(IKernel kernel, KernelTask task)
    {
        foreach (var (file, queue) in _queues)
        {
            kernel.Poll(task, file, out var mask);
            queue.SetReadable((mask & PollMask.EPOLLIN) != 0);
        }
    }

    /// <summary>The last descriptor of a file is gone; false where it is no queue.</summary>
    public bool Closed(int file)
    {
        if (!_queues.Remove(file, out var queue))
            return false;
        queue.Dispose();
        return true;
    }

    public void Dispose()
    {
        foreach (var queue in _queues.Values)
            queue.Dispose();
    }

    private sealed unsafe class Queue(int pipe) : IDisposable
    {
        private bool _readable;

        /// <summary>Our end.</summary>
        public int Pipe => pipe;

        public void SetReadable(bool readable)
        {
            if (readable == _readable)
                return;
            _readable = readable;
            byte token = 0;
            _ = readable ? Libc.Write(pipe, &token, 1) : Libc.Read(pipe, &token, 1);
        }

        public void Dispose() => _ = Libc.Close(pipe);
    }
}
