using System.Text;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Source.Execution;

namespace IommuSim.Source.Provided;

/// <summary>
/// Tasks as the C sees them: a struct task_struct each, found by the number of the processor. Every task has a
/// processor of its own. Tasks with the same memory are threads of one process; all are of one user.
/// </summary>
internal sealed class TaskTable
{
    /// <summary>Room in the variable cpu_tasks.</summary>
    public const int MaxTasks = 1024;

    private const int MaxName = 15;

    /// <summary>RLIMIT_MEMLOCK.</summary>
    private const ulong LockedMemory = 8;
    private const ulong UserId = 1000;

    /// <summary>The reference that a process or task itself has: the C must never put the last one.</summary>
    private const int OwnReferences = 1;

    private readonly List<Process> _processes = [];
    private readonly Dictionary<Cpu, Process> _borrowed = [];
    private readonly ulong _taskSize;
    private ulong _cred;
    private ulong _user;

    internal TaskTable(SourceMachine machine) =>
        _taskSize = machine.Image.HasStruct("task_struct") ? machine.Image.SizeOf("task_struct") : 64;

    private TaskTable(TaskTable from)
    {
        _taskSize = from._taskSize;
        _cred = from._cred;
        _user = from._user;
    }

    /// <summary>The copy has the user; its tasks and processes are new ones.</summary>
    internal TaskTable Copy(SourceMachine machine) => new(this);

    /// <summary>The memory of the program that this struct mm_struct stands for; null for none.</summary>
    public IUserMemory? MemoryOf(ulong mm) => _processes.Find(process => process.Mm == mm)?.Memory;

    /// <summary>The user memory that the task reaches now: its own, or what it borrowed by kthread_use_mm.</summary>
    public IUserMemory MemoryOf(Cpu cpu) =>
        _borrowed.Count != 0 && _borrowed.TryGetValue(cpu, out var process) ? process.Memory : cpu.Task.Memory;

    internal Cpu CreateCpu(SourceMachine machine, KernelTask task, int number)
    {
        if (number >= MaxTasks)
            throw new NotProvidedException($"not provided: more than {MaxTasks} tasks in one run");
        var address = machine.Heap.AllocateFixed(_taskSize);
        if (machine.Image.HasStruct("task_struct"))
            Fill(new StructWriter(machine, "task_struct", address), machine, task, number);
        if (machine.Image.Has("cpu_tasks"))
            machine.Memory.Store64(machine.Image.AddressOf("cpu_tasks") + ((ulong)number * 8), (long)address, site: 0);
        return new Cpu(machine, task, number, address);
    }

    /// <summary>
    /// What older kernels have at the start of a stack, which says whose it is. The bytes that it takes, a multiple of
    /// the stack's alignment.
    /// </summary>
    internal static ulong WriteThreadInfo(SourceMachine machine, ulong stack, ulong task)
    {
        const ulong Alignment = 64;
        if (!machine.Image.HasMember("thread_info", "task"))
            return 0;
        var size = machine.Image.SizeOf("thread_info");
        machine.Memory.Open(stack, size, isSet: true);
        new StructWriter(machine, "thread_info", stack).Set("task", task);
        return (size + Alignment - 1) & ~(Alignment - 1);
    }

    /// <summary>
    /// Programs that have ended give up the reference to their memory, which the C finds out when it wants more of it.
    /// </summary>
    internal void NoteEnded(Cpu cpu)
    {
        if (_processes.Count < 2)
            return;
        foreach (var process in _processes)
        {
            if (process.HasEnded || ReferenceEquals(process.Memory, cpu.Task.Memory) || !process.Memory.IsGone)
                continue;
            process.HasEnded = true;
            var users = cpu.Load32(process.Mm, "mm_struct", "mm_users");
            cpu.Store32(process.Mm, "mm_struct", "mm_users", users - OwnReferences);
        }
    }

    /// <summary>
    /// A program has another limit of locked memory than at its last call, or gave up its right to have none.
    /// </summary>
    internal void NoteLimit(Cpu cpu)
    {
        if (cpu.Task.LockedMemoryLimit is not { } limit || cpu.LimitNoted == limit)
            return;
        cpu.LimitNoted = limit;
        var process = ProcessOf(cpu.Task.Memory);
        if (process is { Signal: not 0 })
            cpu.Memory.Store64(LimitsOf(cpu, process.Signal) + (LockedMemory * 16), (long)limit, site: 0);
    }

    /// <summary>
    /// The functions whose effect is not undone when nothing is open: references to tasks, users and memory beside
    /// their own, and pages that are still counted.
    /// </summary>
    internal IEnumerable<(string Function, string What)> Remains(SourceMachine machine)
    {
        foreach (var process in _processes)
        {
            if (IsOff(machine, process.Leader, "task_struct", "usage", OwnReferences))
                yield return ("get_task_struct", "a reference to a task");
            if (IsOff(machine, process.Mm, "mm_struct", "mm_count", OwnReferences))
                yield return ("mmgrab", "a reference to a struct mm_struct");
            if (IsOff(machine, process.Mm, "mm_struct", "mm_users", process.HasEnded ? 0 : OwnReferences))
                yield return ("mmget_not_zero", "a reference to the memory of a program");
            if (IsOff(machine, process.Mm, "mm_struct", "pinned_vm", 0))
                yield return ("iopt_pages_update_pinned", "pages that are counted as pinned");
            if (IsOff(machine, process.Mm, "mm_struct", "locked_vm", 0))
                yield return ("__account_locked_vm", "pages that are counted as locked");
        }

        if (IsOff(machine, _user, "user_struct", "__count", OwnReferences))
            yield return ("get_uid", "a reference to a user");
        if (IsOff(machine, _user, "user_struct", "locked_vm", 0))
            yield return ("incr_user_locked_vm", "pages that are counted as the user's");
    }

    /// <summary>
    /// The pages of a program that are pinned, and that count as locked; none of one that never called.
    /// </summary>
    internal (ulong Pinned, ulong Locked) PagesOf(SourceMachine machine, IUserMemory memory)
    {
        var mm = ProcessOf(memory)?.Mm ?? 0;
        return mm == 0 ? default : (Count("pinned_vm"), Count("locked_vm"));

        ulong Count(string member) =>
            machine.Image.HasMember("mm_struct", member)
                ? (ulong)machine.Memory.Load64(mm + machine.Image.OffsetOf("mm_struct", member), site: 0)
                : 0;
    }

    private static bool IsOff(SourceMachine machine, ulong address, string tag, string member, int expected) =>
        address != 0
        && machine.Image.HasMember(tag, member)
        && machine.Memory.Load32(address + machine.Image.OffsetOf(tag, member), site: 0) != expected;

    private Process? ProcessOf(IUserMemory memory) =>
        _processes.Find(process => ReferenceEquals(process.Memory, memory));

    internal bool TryBorrow(Cpu cpu, ulong mm)
    {
        var process = _processes.Find(p => p.Mm == mm);
        if (process is null)
            return false;
        _borrowed[cpu] = process;
        return true;
    }

    internal void GiveBack(Cpu cpu) => _borrowed.Remove(cpu);

    private void Fill(StructWriter at, SourceMachine machine, KernelTask task, int number)
    {
        var process = ProcessOf(task.Memory);
        if (process is null)
            _processes.Add(
                process = new Process(task.Memory, CreateMm(machine), at.Address, CreateSignal(machine, task))
            );
        if (_cred == 0)
            CreateCred(machine);
        at.Set("mm", process.Mm);
        at.Set("active_mm", process.Mm);
        at.Set("group_leader", process.Leader);
        at.Set("signal", process.Signal);
        at.Set("cred", _cred);
        at.Set("real_cred", _cred);
        at.Set("pid", (ulong)number + 1, size: 4);
        at.Set("tgid", (ulong)_processes.IndexOf(process) + 1, size: 4);
        at.Set("usage", OwnReferences, size: 4);
        var name = Encoding.ASCII.GetBytes(task.Name);
        for (var i = 0; i < Math.Min(name.Length, MaxName); i++)
            at.Set("comm", name[i], size: 1, skip: (ulong)i);
    }

    private static ulong CreateMm(SourceMachine machine)
    {
        if (!machine.Image.HasStruct("mm_struct"))
            return machine.Heap.AllocateFixed(64);
        var mm = StructWriter.Create(machine, "mm_struct");
        mm.Set("mm_users", OwnReferences, size: 4);
        mm.Set("mm_count", OwnReferences, size: 4);
        if (machine.Image.HasMember("mm_struct", "mmap_lock"))
        {
            var address = mm.Address + machine.Image.OffsetOf("mm_struct", "mmap_lock");
            machine.Provided.Locks.Initialise(address, "&mm->mmap_lock");
        }

        return mm.Address;
    }

    /// <summary>The limits, of which only that of locked memory may limit.</summary>
    private static ulong CreateSignal(SourceMachine machine, KernelTask task)
    {
        const int Limits = 16;
        if (!machine.Image.HasMember("signal_struct", "rlim"))
            return 0;
        var signal = StructWriter.Create(machine, "signal_struct");
        for (ulong i = 0; i < Limits * 2; i++)
            signal.Set("rlim", LimitAt(i / 2, task), size: 8, skip: i * 8);
        return signal.Address;
    }

    private static ulong LimitAt(ulong number, KernelTask task) =>
        number == LockedMemory ? task.LockedMemoryLimit ?? ulong.MaxValue : ulong.MaxValue;

    /// <summary>The limit of locked memory that a struct task_struct has, in pages.</summary>
    internal static ulong LockedPagesOf(Cpu cpu, ulong task)
    {
        if (!cpu.Machine.Image.HasMember("signal_struct", "rlim"))
            return ulong.MaxValue;
        var signal = cpu.Load(task, "task_struct", "signal");
        return (ulong)cpu.Memory.Load64(LimitsOf(cpu, signal) + (LockedMemory * 16), cpu.Site) / MemoryMap.PageSize;
    }

    private static ulong LimitsOf(Cpu cpu, ulong signal) => cpu.AddressOf(signal, "signal_struct", "rlim");

    private void CreateCred(SourceMachine machine)
    {
        if (!machine.Image.HasStruct("cred") || !machine.Image.HasStruct("user_struct"))
            return;
        var user = StructWriter.Create(machine, "user_struct");
        user.Set("__count", OwnReferences, size: 4);
        user.Set("uid", UserId, size: 4);
        _user = user.Address;
        var cred = StructWriter.Create(machine, "cred");
        cred.Set("usage", OwnReferences);
        cred.Set("user", _user);
        cred.Set("uid", UserId, size: 4);
        cred.Set("euid", UserId, size: 4);
        _cred = cred.Address;
    }

    private sealed record Process(IUserMemory Memory, ulong Mm, ulong Leader, ulong Signal)
    {
        /// <summary>Its memory has lost the reference that was its own.</summary>
        public bool HasEnded { get; set; }
    }
}

/// <summary>
/// Sets members of a struct of the kernel's own; one that this release does not have is nobody's to read.
/// </summary>
internal readonly struct StructWriter(SourceMachine machine, string tag, ulong address)
{
    public ulong Address { get; } = address;

    /// <summary>A zeroed struct that is never freed.</summary>
    public static StructWriter Create(SourceMachine machine, string tag) =>
        new(machine, tag, machine.Heap.AllocateFixed(machine.Image.SizeOf(tag)));

    public void Set(string member, ulong value, int size = 8, ulong skip = 0)
    {
        if (machine.Image.HasMember(tag, member))
            machine.Memory.StoreTracked(Address + machine.Image.OffsetOf(tag, member) + skip, value, size, 0, site: 0);
    }
}
