using System.Globalization;
using System.Text;
using IommuSim.Bridge.Host;
using IommuSim.Iommu.Syscalls;
using IommuSim.Machine;
using IommuSim.Machine.Memory;

namespace IommuSim.Bridge;

/// <summary>
/// /proc/PID/status of a program that has called the machine: the host's, with what the machine has pinned of the
/// program in VmPin, and what counts as locked in VmLck.
/// </summary>
// Models fs/proc/task_mmu.c:task_mem(), v7.3.
internal sealed class ProcessStatus : ITextValue
{
    private const string Name = "status";

    private readonly IKernel _kernel;
    private readonly ProcessMemory _memory;
    private readonly string _path;

    private ProcessStatus(IKernel kernel, ProcessMemory memory, string path)
    {
        _kernel = kernel;
        _memory = memory;
        _path = path;
    }

    public string Text
    {
        get
        {
            var (pinned, locked) = _kernel.PagesOf(_memory);
            var text = new StringBuilder();
            foreach (var line in File.ReadLines(_path))
                text.Append(With(With(line, "VmPin:", pinned), "VmLck:", locked)).Append('\n');
            return text.ToString();
        }
    }

    public int MaxWrite => 0;

    public bool IsSeekable => true;

    public ushort Mode => HostConstants.S_IFREG | 0x124;

    public bool IsGone => !File.Exists(_path);

    /// <summary>
    /// What this path names, as this thread sees it; null for other paths, and where the host's is right.
    /// </summary>
    /// <param name="path">Without links.</param>
    public static ProcessStatus? Find(IKernel kernel, ProgramTasks tasks, string path, int process, int tid)
    {
        if (ThreadFiles.ThreadOf(path, Name, process, tid) is not { } thread)
            return null;
        var file = string.Create(CultureInfo.InvariantCulture, $"/proc/{thread}/{Name}");
        return tasks.FindMemory(thread) is { } memory ? new ProcessStatus(kernel, memory, file) : null;
    }

    public Errno Write(string text) => Errno.EINVAL;

    /// <summary>Adds pages to a line of this name, which is in kB.</summary>
    private static string With(string line, string name, ulong pages)
    {
        if (pages == 0 || !line.StartsWith(name, StringComparison.Ordinal))
            return line;
        var words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var sum = ulong.Parse(words[1], CultureInfo.InvariantCulture) + (pages * UserAddressSpace.PageSize / 1024);
        return string.Create(CultureInfo.InvariantCulture, $"{name}\t{sum, 8} kB");
    }
}
