using System.Globalization;
using IommuSim.Iommu.Syscalls;
using IommuSim.Machine;

namespace IommuSim.Bridge;

/// <summary>
/// What programs have mapped of our files. The host maps the file that stands for /dev/iommu, which holds at
/// this offset what the machine lends; it does not tell when a mapping goes, so that is looked up before the
/// machine is asked anything.
/// </summary>
internal sealed class ProgramMappings(IKernel kernel)
{
    private readonly List<Mapping> _mappings = [];

    /// <summary>The thread is about to map it.</summary>
    public void Add(int tid, ProcessMemory memory, ulong inode, IMappedMemory range) =>
        _mappings.Add(new Mapping(tid, memory, inode, range));

    /// <summary>Gives up, for this task, what its program has mapped no more.</summary>
    /// <param name="tid">The thread that calls, whose own mmap is thus behind it; 0 for none.</param>
    /// <param name="task">Who the machine sees.</param>
    public void Refresh(int tid, Func<KernelTask> task)
    {
        for (var i = _mappings.Count - 1; i >= 0; i--)
        {
            var mapping = _mappings[i];
            if (mapping.IsThere(tid))
                continue;
            _mappings.RemoveAt(i);
            kernel.Munmap(task(), mapping.Range);
        }
    }

    private sealed class Mapping(int tid, ProcessMemory memory, ulong inode, IMappedMemory range)
    {
        private bool _isMade;

        public IMappedMemory Range { get; } = range;

        /// <summary>Whether the program still has it, wherever it lies, or is only now making it.</summary>
        public bool IsThere(int caller)
        {
            if (!memory.IsAlive)
                return false;
            _isMade |= caller == tid;
            return !_isMade || IsMapped();
        }

        private bool IsMapped()
        {
            var offset = Range.Offset.ToString("x8", CultureInfo.InvariantCulture);
            var number = inode.ToString(CultureInfo.InvariantCulture);
            return File.ReadLines($"/proc/{memory.Process}/maps")
                .Select(line => line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries))
                .Any(words => words[2] == offset && words[4] == number);
        }
    }
}
