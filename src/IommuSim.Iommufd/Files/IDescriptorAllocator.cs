using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Files;

/// <summary>
/// Says which number a program is told for a file that an ioctl makes. The machine has numbers of its own;
/// whoever runs real programs on it has the programs' to give.
/// </summary>
public interface IDescriptorAllocator
{
    /// <summary>C's get_unused_fd_flags: EMFILE, or the number that <paramref name="file"/> will have.</summary>
    /// <param name="task">Whose program asks.</param>
    /// <param name="file">The machine's own number, good for its read, write, poll and close.</param>
    /// <param name="number">What the program is told.</param>
    Errno Reserve(KernelTask task, int file, out int number);

    /// <summary>C's put_unused_fd: the number came to nothing.</summary>
    void Cancel(int file, int number);

    /// <summary>C's fd_install: from now on the number is the file.</summary>
    void Install(int file, int number);
}
