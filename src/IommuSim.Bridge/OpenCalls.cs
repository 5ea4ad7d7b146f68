using IommuSim.Bridge.Host;
using IommuSim.Iommu.Syscalls;
using IommuSim.Machine;
using static IommuSim.Bridge.Host.HostConstants;

namespace IommuSim.Bridge;

/// <summary>open(2) in all its forms.</summary>
internal sealed unsafe class OpenCalls(
    IKernel kernel,
    IBridgeObserver observer,
    NotificationListener listener,
    OpenFiles files,
    FaultFiles faults,
    ProgramPlaces places
)
{
    public void Serve(in SeccompNotification call, KernelTask task)
    {
        switch (call.Number)
        {
            case __NR_open:
                Open(call, task, AT_FDCWD, call.Arguments[0], call.Arguments[1]);
                break;
            case __NR_creat:
                Open(call, task, AT_FDCWD, call.Arguments[0], O_CREAT | O_WRONLY | O_TRUNC);
                break;
            case __NR_openat:
                Open(call, task, (int)call.Arguments[0], call.Arguments[1], call.Arguments[2]);
                break;
            default:
                // C's struct open_how begins with the flags; the host judges one that it cannot read.
                ulong flags;
                if (task.Memory.Read(call.Arguments[2], new Span<byte>(&flags, sizeof(ulong))) > 0)
                    listener.Continue(call.Id);
                else
                    Open(call, task, (int)call.Arguments[0], call.Arguments[1], flags);
                break;
        }
    }

    // Models fs/namei.c:path_openat() as far as it looks at the flags, v7.3.
    private void Open(in SeccompNotification call, KernelTask task, int folder, ulong address, ulong bits)
    {
        const int NewFolder = O_CREAT | O_DIRECTORY;
        var flags = (int)bits;
        if ((flags & (NewFolder | O_PATH)) == NewFolder)
        {
            // The host refuses it, whatever the path.
            listener.Continue(call.Id);
            return;
        }

        var isNew = (flags & (O_CREAT | O_EXCL | O_PATH)) == (O_CREAT | O_EXCL);
        var follows = (flags & O_NOFOLLOW) == 0 && !isNew;
        switch (places.Find(call, task, new PathArgument(folder, address, follows) { Opens = true }))
        {
            case null:
                listener.Continue(call.Id);
                break;
            case ProgramPlace.NoFolder:
                listener.Refuse(call.Id, ENOTDIR);
                break;
            case ProgramPlace.Fault { Place: FaultPlace.Value value } place when (flags & O_PATH) != 0:
                OpenPath(call, value.Path, places.StatusOf(place), flags);
                break;
            case ProgramPlace.Fault fault:
                faults.Open(call, fault.Place, flags);
                break;
            case ProgramPlace.Node node:
                OpenNode(call, task, node.Device, flags, isNew);
                break;
            case ProgramPlace.Descriptor { File: var file }:
                OpenAgain(call, task, file, flags);
                break;
        }
    }

    /// <summary>A descriptor in /proc is opened: the device anew, but nothing that has no place of its own.</summary>
    private void OpenAgain(in SeccompNotification call, KernelTask task, ProgramFile file, int flags)
    {
        if (places.Node(file.Link) is { } node)
            OpenNode(call, task, node, flags, isNew: false);
        else if ((flags & O_PATH) != 0)
            OpenPath(call, file.Link, file.Status, flags);
        else if (file is TextFile fault)
            faults.Open(call, new FaultPlace.Value(fault.Link, fault.Value), flags);
        else
            listener.Refuse(call.Id, (flags & O_DIRECTORY) != 0 ? ENOTDIR : ENXIO);
    }

    private void OpenPath(in SeccompNotification call, string link, FileStatus status, int flags)
    {
        if ((flags & O_DIRECTORY) != 0)
            listener.Refuse(call.Id, ENOTDIR);
        else
            listener.AnswerWithFile(call.Id, files.OpenPath(link, status), flags);
    }

    private void OpenNode(in SeccompNotification call, KernelTask task, DeviceNode node, int flags, bool isNew)
    {
        if ((flags & O_PATH) != 0)
            OpenPath(call, node.Path, node.Status, flags);
        else if (isNew)
            listener.Refuse(call.Id, EEXIST);
        else if ((flags & O_DIRECTORY) != 0)
            listener.Refuse(call.Id, ENOTDIR);
        else if ((flags & O_DIRECT) != 0)
            listener.Refuse(call.Id, EINVAL);
        else if (!OpenFiles.HasRoom())
            listener.Refuse(call.Id, ENFILE);
        else
            OpenDevice(call, task, node, flags);
    }

    private void OpenDevice(in SeccompNotification call, KernelTask task, DeviceNode node, int flags)
    {
        var isContainer = node.Path == DeviceNode.Container;
        var result = isContainer ? kernel.OpenContainer(task, out var fd) : kernel.Open(task, out fd);
        if (!result.Succeeded)
        {
            observer.Opened(task, node.Path, result, -1);
            listener.Answer(call, result);
            return;
        }

        // Where the program could not have it, ours was the last descriptor, and this closes the file.
        var number = listener.AnswerWithFile(call.Id, files.Create(fd, node, flags), flags);
        if (number >= 0)
            observer.Opened(task, node.Path, result, number);
    }
}
