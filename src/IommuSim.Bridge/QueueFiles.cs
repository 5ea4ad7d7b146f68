using IommuSim.Bridge.Host;
using IommuSim.Iommu.Syscalls;
using IommuSim.Machine;
using IommuSim.Uapi;
using static IommuSim.Bridge.Host.HostConstants;

namespace IommuSim.Bridge;

/// <summary>
/// The descriptors that programs get for event queues. A program reads and writes them through us and polls
/// them on its own: each is a pipe, which holds a byte exactly while the queue has something to read.
/// </summary>
internal sealed unsafe class QueueFiles(NotificationListener listener, OpenFiles files)
    : IDescriptorAllocator,
        IDisposable
{
    private readonly Dictionary<int, Queue> _queues = [];

    /// <summary>The call that is being answered, whose program gets the next descriptor.</summary>
    public SeccompNotification Call { get; set; }

    public Errno Reserve(KernelTask task, int file, out int number) =>
        ServedNumbers.TryFindFree(Call.Tid, out number) ? Errno.OK : Errno.EMFILE;

    public void Cancel(int file, int number) { }

    public void Install(int file, int number)
    {
        var (theirs, ours) = files.CreateQueue(file);
        _queues[file] = new Queue(ours);
        _ = listener.GiveDescriptor(Call.Id, theirs, number, closeOnExec: true);

        // Where the program is gone meanwhile, this is the last close of its end.
        _ = Libc.Close(theirs);
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

    public void Closed(int file)
    {
        if (_queues.Remove(file, out var queue))
            queue.Dispose();
    }

    public void Dispose()
    {
        foreach (var queue in _queues.Values)
            queue.Dispose();
    }

    private sealed class Queue(int fd) : IDisposable
    {
        private bool _readable;

        public void SetReadable(bool readable)
        {
            if (readable == _readable)
                return;
            _readable = readable;
            byte token = 0;
            _ = readable ? Libc.Write(fd, &token, 1) : Libc.Read(fd, &token, 1);
        }

        public void Dispose() => _ = Libc.Close(fd);
    }
}
