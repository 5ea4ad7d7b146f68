using System.Runtime.CompilerServices;
using IommuSim.Machine;
using IommuSim.Machine.Reports;
using IommuSim.Source.Provided;
using IommuSim.Source.Races;

namespace IommuSim.Source.Execution;

/// <summary>
/// What a task runs the kernel's C on: its stack and where in the source it is. The first argument of every function.
/// </summary>
internal sealed class Cpu
{
    /// <summary>As deep as the kernel's stack of 16 KiB would let it be, with room.</summary>
    private const int MaxDepth = 256;

    /// <summary>Twice the kernel's own, as with KASAN: red zones take room.</summary>
    private const ulong StackSize = 32768;

    private const ulong FrameAlignment = 32;

    /// <summary>Pages of a large area are counted in it several times; an end is a minute away at most.</summary>
    private const int MaxRepetitions = 4_000_000;

    private readonly int[] _sites = new int[MaxDepth];
    private readonly KernelMachine _kernel;
    private readonly ulong _stackStart;
    private readonly ulong _stackEnd;
    private ulong _stackTop;

    /// <summary>The task's limit of locked memory that its process was given last; null for none.</summary>
    internal ulong? LimitNoted { get; set; }

    /// <summary>The last of <see cref="Callers"/>: most accesses of a function have the same.</summary>
    private int[] _callers = [];

    /// <param name="number">From 0; the kernel finds its current task by it.</param>
    /// <param name="taskStruct">The address of the task's struct task_struct.</param>
    internal Cpu(SourceMachine machine, KernelTask task, int number, ulong taskStruct)
    {
        Machine = machine;
        _kernel = machine.Machine;
        Memory = machine.Memory;
        Task = task;
        Number = number;
        TaskStruct = taskStruct;
        var stack = machine.Heap.AllocateStack(StackSize);
        _stackStart = stack;
        _stackTop = stack + Provided.TaskTable.WriteThreadInfo(machine, stack, taskStruct);
        _stackEnd = stack + StackSize;
    }

    public SourceMachine Machine { get; }

    public KernelMemory Memory { get; }

    public KernelTask Task { get; }

    public int Number { get; }

    public ulong TaskStruct { get; }

    /// <summary>The second half of what a function returned that returns two values.</summary>
    public long Second { get; set; }

    /// <summary>The last node for an xarray was refused to it where it may not sleep: it will ask again.</summary>
    internal bool NodeWasRefused { get; set; }

    /// <summary>
    /// A driver refused something in this call, by decision or for a reason of its own: what follows is the core that
    /// goes back.
    /// </summary>
    internal bool WasRefused { get; set; }

    /// <summary>Functions that run, the provided ones not counted.</summary>
    public int Depth { get; private set; }

    /// <summary>Spinlocks and the like that it holds: more than 0 forbids to sleep.</summary>
    public int AtomicDepth { get; set; }

    /// <summary>
    /// The spinlocks that it took. The C releases them by a store that nothing is told of, so some may be free again;
    /// <see cref="Provided.SpinLocks"/> looks.
    /// </summary>
    internal List<(ulong Address, int Site)> SpinLocks { get; } = [];

    /// <summary>Where the running function calls a provided one, as what that one does.</summary>
    public int Site => Depth == 0 ? 0 : SiteTable.ByProvided(_sites[Depth - 1]);

    /// <summary>The changed form of a function that runs in the kernel's place; 0 for none.</summary>
    public int Mutant => Machine.Image.Mutant;

    /// <summary>
    /// How often a call went back to a block before, in a kernel that holds mutants: some of them never end.
    /// </summary>
    internal int Repetitions { get; set; }

    /// <summary>The address that it last came to a switch point with.</summary>
    internal ulong Reached { get; set; }

    /// <summary>What it knows of other tasks, where races are watched and it did something.</summary>
    internal TaskClock? Clock { get; set; }

    /// <summary>The access that comes next is volatile or atomic, where races are watched.</summary>
    internal AccessMark Mark { get; set; }

    /// <summary>Where the running function was called.</summary>
    internal int OuterSite => Depth < 2 ? 0 : _sites[Depth - 2];

    /// <summary>The function of the C source that called a provided one.</summary>
    public string Caller => Machine.Image.Sites.FunctionAt(Site);

    /// <summary>A function begins; the number of its frame.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Enter()
    {
        var depth = Depth;
        if (depth >= MaxDepth)
            OverflowStack();
        _sites[depth] = 0;
        Depth = depth + 1;
        return depth;
    }

    /// <summary>The function of frame <paramref name="depth"/> ends.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Leave(int depth) => Depth = depth;

    /// <summary>The function of frame <paramref name="depth"/> is about to call another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Calls(int depth, int site) => _sites[depth] = site;

    /// <summary>
    /// A volatile or atomic access comes next: another task may run before it. Nothing in a run without a scheduler.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void ReachMemory(ulong address, bool isWrite, int site)
    {
        if (_kernel.Scheduler is { } scheduler)
            Machine.Points.Reach(this, scheduler, address, isWrite, site);
    }

    /// <summary>A run has come to where this mutant is another program.</summary>
    public void Visit(int mutant) => Machine.Image.Visited[mutant] = true;

    /// <summary>A loop goes on. One that goes on too long is what the watchdog of a real kernel ends.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Repeat(int site)
    {
        if (++Repetitions > MaxRepetitions)
            EndLoop(site);
    }

    /// <summary>The running function is at this place, for those who ask where the task is.</summary>
    internal void IsAt(int site)
    {
        if (Depth > 0)
            _sites[Depth - 1] = SiteTable.PlaceOf(site);
    }

    /// <summary>
    /// Whether the access is the one that <see cref="Mark"/> was set for. One that reads, changes and writes is two.
    /// </summary>
    internal bool TakeMark(int site, bool isWrite)
    {
        var mark = Mark;
        var isMarked = mark.Site == site && (mark.IsWrite || !isWrite);
        if (!isMarked || mark.IsWrite == isWrite)
            Mark = default;
        return isMarked;
    }

    /// <summary>Where the functions that called the running one are, the outermost first.</summary>
    internal int[] Callers()
    {
        var callers = _sites.AsSpan(0, Math.Max(Depth - 1, 0));
        if (!callers.SequenceEqual(_callers))
            _callers = callers.ToArray();
        return _callers;
    }

    /// <summary>Whether the address is that of a variable of this task's functions.</summary>
    internal bool IsOnStack(ulong address) => address >= _stackStart && address < _stackEnd;

    /// <summary>Makes room for a function's variables that have an address; the address of the room.</summary>
    /// <param name="size">Bytes, the red zones around the variables included.</param>
    public ulong EnterFrame(int size)
    {
        var frame = _stackTop;
        if (_stackEnd - frame < (ulong)size)
            OverflowStack();
        Memory.CloseAgain(frame, (ulong)size, Poison.StackRedZone);
        _stackTop = frame + (((ulong)size + FrameAlignment - 1) & ~(FrameAlignment - 1));
        return frame;
    }

    /// <summary>The room is given back; a pointer into it is stale from now on.</summary>
    public void LeaveFrame(ulong frame)
    {
        Memory.CloseAgain(frame, _stackTop - frame, Poison.OutOfScope);
        _stackTop = frame;
    }

    /// <summary>
    /// C's va_start: the further arguments go to the stack, and a va_list of x86-64 says that all of them are there.
    /// </summary>
    public void StartVariableArguments(ulong list, ulong[] arguments, int site)
    {
        const int NoRegisterLeft = 48;
        const int NoFloatRegisterLeft = 176;
        var room = EnterFrame(arguments.Length * sizeof(ulong));
        Memory.Open(room, (ulong)arguments.Length * sizeof(ulong), isSet: true);
        for (var i = 0; i < arguments.Length; i++)
            Memory.Store64(room + ((ulong)i * sizeof(ulong)), (long)arguments[i], site);
        Memory.Store32(list, NoRegisterLeft, site);
        Memory.Store32(list + 4, NoFloatRegisterLeft, site);
        Memory.Store64(list + 8, (long)room, site);
        Memory.Store64(list + 16, 0, site);
    }

    /// <summary>A variable of the frame begins to live; nothing is in it.</summary>
    public void BeginVariable(ulong address, long size) => Memory.OpenAgain(address, (ulong)size);

    /// <summary>A variable of the frame ends.</summary>
    public void EndVariable(ulong address, long size) => Memory.CloseAgain(address, (ulong)size, Poison.OutOfScope);

    /// <summary>
    /// Calls a function of the kernel by its address, as C calls a function pointer. Arguments and result as 64 bits.
    /// </summary>
    public ulong Call(ulong function, params ReadOnlySpan<ulong> arguments) =>
        Machine.Functions.Invoke(this, function, arguments);

    /// <summary>Calls a function of the kernel by its name; it must be there.</summary>
    public ulong Call(string function, params ReadOnlySpan<ulong> arguments) =>
        Machine.Functions.Invoke(this, Machine.Image.AddressOf(function), arguments);

    /// <summary>The function that C calls through a pointer.</summary>
    public nint Resolve(ulong function, int shape, int site) => Machine.Functions.Resolve(this, function, shape, site);

    /// <summary>What the C calls and nothing stands behind: the run ends.</summary>
    public NotProvidedException NotProvided(string function, int site) =>
        new($"not provided: {function}(), called by {Machine.Image.Sites.Describe(site)}");

    /// <summary>A value with bits that were never set decides something.</summary>
    public void UseUnset(int site) => Machine.Reporter.UseUnset(site);

    /// <summary>A point that C promises is never reached.</summary>
    public TaskDiedException Unreachable(int site) =>
        Machine.Reporter.Oops(ReportKind.PageFault, site, "the end of a function that must not end was reached");

    /// <summary>C's lockdep_assert_held: the lock at the address should be held.</summary>
    public void AssertHeld(ulong address, HeldAs held, int site) => LockAssertions.Check(this, address, held, site);

    public int DivideSigned(int left, int right, int site)
    {
        CheckDivisor(right, site);
        return right == -1 ? unchecked(-left) : left / right;
    }

    public long DivideSigned(long left, long right, int site)
    {
        CheckDivisor(right, site);
        return right == -1 ? unchecked(-left) : left / right;
    }

    public int RemainderSigned(int left, int right, int site)
    {
        CheckDivisor(right, site);
        return right == -1 ? 0 : left % right;
    }

    public long RemainderSigned(long left, long right, int site)
    {
        CheckDivisor(right, site);
        return right == -1 ? 0 : left % right;
    }

    /// <summary>Division by zero is an oops.</summary>
    public void CheckDivisor(long divisor, int site)
    {
        if (divisor == 0)
            throw Machine.Reporter.Oops(ReportKind.DivideError, site, "division by 0");
    }

    /// <summary>Where the task is, the innermost call first.</summary>
    internal IEnumerable<int> Trace()
    {
        for (var depth = Depth - 1; depth >= 0; depth--)
        {
            if (_sites[depth] != 0)
                yield return _sites[depth];
        }
    }

    private void EndLoop(int site)
    {
        Repetitions = 0;
        throw Machine.Reporter.Oops(ReportKind.HungTask, site, "a loop that does not end");
    }

    private void OverflowStack() =>
        throw Machine.Reporter.Oops(ReportKind.StackOutOfBounds, Site, "the kernel's stack is full");
}

/// <summary>
/// The kernel's C called a function that IommuSim does not provide. The run ends with this sentence, and with no
/// result.
/// </summary>
internal sealed class NotProvidedException(string message) : Exception(message);
