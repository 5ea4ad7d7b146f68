using System.Globalization;
using IommuSim.Bridge.Host;
using IommuSim.Machine;
using static IommuSim.Bridge.Host.HostConstants;

namespace IommuSim.Bridge;

/// <summary>
/// The threads of the programs, as tasks of the machine. Threads of one process share one memory; a process
/// that ran execve has another than before.
/// </summary>
internal sealed class ProgramTasks(NotificationListener listener) : IDisposable
{
    private const int CapIpcLock = 14;
    private const int CapSysRawIo = 17;
    private const int CapSysResource = 24;

    private readonly SharedFiles _shared = new();
    private readonly Dictionary<int, ProcessMemory> _memories = [];
    private readonly Dictionary<int, KernelTask> _tasks = [];

    public SharedFiles Files => _shared;

    /// <summary>Whether memory of any program is pinned, or of a file.</summary>
    public bool HavePins
    {
        get
        {
            if (_shared.HavePins)
                return true;
            foreach (var memory in _memories.Values)
            {
                if (memory.Pages.HasPins)
                    return true;
            }

            return false;
        }
    }

    /// <summary>The memory of a thread whose process has called the machine; null for others.</summary>
    public ProcessMemory? FindMemory(int tid) =>
        _memories.GetValueOrDefault(ProcessOf(StatusOf(tid), tid)) is { IsAlive: true } memory ? memory : null;

    /// <summary>A task that died keeps its locks, so its thread may come back only as another.</summary>
    public KernelTask Of(in SeccompNotification notification)
    {
        var tid = notification.Tid;
        if (!_tasks.TryGetValue(tid, out var task) || task.Dead || !((ProcessMemory)task.Memory).IsAlive)
            _tasks[tid] = task = Make(tid);
        ((ProcessMemory)task.Memory).Enter(notification);
        ReadRights(task, tid);
        return task;
    }

    public void Dispose()
    {
        foreach (var memory in _memories.Values)
            memory.Dispose();
        _shared.Dispose();
    }

    private KernelTask Make(int tid)
    {
        var status = StatusOf(tid);
        var process = ProcessOf(status, tid);
        if (!_memories.TryGetValue(process, out var memory) || !memory.IsAlive)
        {
            memory?.Dispose();
            _memories[process] = memory = new ProcessMemory(process, listener, _shared);
        }

        return new KernelTask($"{status.GetValueOrDefault("Name")}/{tid}", memory);
    }

    private static int ProcessOf(Dictionary<string, string> status, int tid) =>
        status.TryGetValue("Tgid", out var leader) ? int.Parse(leader, CultureInfo.InvariantCulture) : tid;

    /// <summary>A thread may give up its capabilities, or get another limit, at any time.</summary>
    private static void ReadRights(KernelTask task, int tid)
    {
        var capabilities = Libc.CapabilitiesOf(tid);
        task.MayChangeLimits = Has(CapSysResource);
        task.MayDoRawIo = Has(CapSysRawIo);
        task.LockedMemoryLimit = Has(CapIpcLock) ? null : LockedMemoryLimitOf(tid);

        bool Has(int capability) => ((capabilities >> capability) & 1) != 0;
    }

    /// <summary>RLIMIT_MEMLOCK in bytes, of a thread without CAP_IPC_LOCK.</summary>
    private static unsafe ulong LockedMemoryLimitOf(int tid)
    {
        ResourceLimit limit;
        return Libc.Prlimit(tid, RLIMIT_MEMLOCK, null, &limit) == 0 ? limit.Soft : 0;
    }

    /// <summary>/proc/TID/status by name; empty for a thread that is gone.</summary>
    private static Dictionary<string, string> StatusOf(int tid)
    {
        var status = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            foreach (var line in File.ReadLines($"/proc/{tid}/status"))
            {
                if (line.Split(':', 2) is [var name, var value])
                    status[name] = value.Trim();
            }
        }
        catch (IOException)
        {
            status.Clear();
        }

        return status;
    }
}
