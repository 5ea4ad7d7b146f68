using IommuSim.Bridge.Host;
using IommuSim.Iommu.Syscalls;
using IommuSim.Machine;
using static IommuSim.Bridge.Host.HostConstants;

namespace IommuSim.Bridge;

/// <summary>What a path of a program leads to, where that is ours.</summary>
internal abstract record ProgramPlace
{
    public sealed record Node(DeviceNode Device) : ProgramPlace;

    /// <summary>A file that a program has open, by its descriptor in /proc or by that alone.</summary>
    public sealed record Descriptor(ProgramFile File) : ProgramPlace;

    public sealed record Fault(FaultPlace Place) : ProgramPlace;

    /// <summary>The path goes on behind a file.</summary>
    public sealed record NoFolder : ProgramPlace;
}

/// <summary>Finds what paths lead to.</summary>
internal sealed class ProgramPlaces(IKernel kernel, OpenFiles files, FaultFiles faults, ProgramTasks tasks)
{
    private readonly DeviceNode[] _nodes = DeviceNode.MakeAll();

    public DeviceNode? Node(string path) => Array.Find(_nodes, node => node.Path == path);

    /// <summary>null for what the host has.</summary>
    public ProgramPlace? Find(in SeccompNotification call, KernelTask task, in PathArgument argument)
    {
        var (folder, address) = (argument.Folder, argument.Address);
        if (argument.MayBeEmpty && ProgramPaths.IsEmpty(task.Memory, address))
            return files.TryFind(call.Tid, folder, out var itself) ? new ProgramPlace.Descriptor(itself) : null;
        var process = ((ProcessMemory)task.Memory).Process;
        var path = ProgramPaths.Read(task.Memory, process, call.Tid, folder, address, argument.Follows);
        if (path is null)
            return null;
        if (ProgramPaths.IsDescriptor(path, out var tid, out var fd))
        {
            var isMeant = argument.Follows || argument.IsLink;
            return isMeant && files.TryFind(tid, fd, out var file) ? new ProgramPlace.Descriptor(file) : null;
        }

        if (Node(path) is { } node)
            return new ProgramPlace.Node(node);
        if (path.EndsWith('/') && path.Length > 1)
            return new ProgramPlace.NoFolder();
        if (argument.Opens && ProcessStatus.Find(kernel, tasks, path, process, call.Tid) is { } status)
            return new ProgramPlace.Fault(new FaultPlace.Value(path, status));
        return faults.Find(path, process, call.Tid) is { } place ? new ProgramPlace.Fault(place) : null;
    }

    public FileStatus StatusOf(ProgramPlace place) =>
        place switch
        {
            ProgramPlace.Node node => node.Device.Status,
            ProgramPlace.Descriptor descriptor => descriptor.File.Status,
            ProgramPlace.Fault fault => faults.StatusOf(fault.Place),
            _ => throw new ArgumentException($"{place} is none", nameof(place)),
        };
}

/// <summary>A path among the arguments of a call.</summary>
/// <param name="Folder">The descriptor that a relative path counts from.</param>
/// <param name="Follows">Whether the last name is followed, where it is a link.</param>
internal readonly record struct PathArgument(int Folder, ulong Address, bool Follows = true)
{
    /// <summary>"" stands for the folder's descriptor itself.</summary>
    public bool MayBeEmpty { get; init; }

    /// <summary>The call opens what it finds.</summary>
    public bool Opens { get; init; }

    /// <summary>The call is about the link itself.</summary>
    public bool IsLink { get; init; }

    /// <param name="flags">Of the kind AT_.</param>
    public static PathArgument At(ulong folder, ulong address, ulong flags) =>
        new((int)folder, address, (flags & AT_SYMLINK_NOFOLLOW) == 0) { MayBeEmpty = (flags & AT_EMPTY_PATH) != 0 };
}
