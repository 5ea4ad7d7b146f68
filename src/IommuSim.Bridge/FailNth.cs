using IommuSim.Machine;

namespace IommuSim.Bridge;

/// <summary>
/// Which of the next fault points of each thread fails: C's task_struct.fail_nth. Points are allocations, copies and
/// the kernel's own fault attributes, counted together; each point of the thread counts down, and the one that gets to
/// 0 fails.
/// </summary>
internal sealed class FailNth(Decisions decisions)
{
    private const int NoThread = 0;

    private static readonly DecisionKind[] s_all =
    [
        DecisionKind.Allocation,
        DecisionKind.Copy,
        DecisionKind.FaultAttribute,
    ];

    /// <summary>Threads without an entry have 0.</summary>
    private readonly Dictionary<int, uint> _left = [];
    private int _running;

    /// <summary>Whether allocations are points too; see <see cref="FaultSettings.AllocationsFail"/>.</summary>
    public bool CountsAllocations { get; set; }

    /// <summary>What a thread has left: 0 where its point has failed, and where none is to fail.</summary>
    public uint this[int tid]
    {
        get
        {
            var left = _left.GetValueOrDefault(tid);
            return tid == _running ? left - Math.Min(left, (uint)decisions.PointsPassed) : left;
        }
        set
        {
            if (value == 0)
                _left.Remove(tid);
            else
                _left[tid] = value;
            if (tid == _running)
                Inject(value);
        }
    }

    /// <summary>This thread's call runs now.</summary>
    public void Begin(int tid)
    {
        if (_left.Count == 0)
            return;
        _running = tid;
        Inject(_left.GetValueOrDefault(tid));
    }

    /// <summary>The call has run.</summary>
    public void End()
    {
        if (_running == NoThread)
            return;
        var left = this[_running];
        var tid = _running;
        _running = NoThread;
        this[tid] = left;
        Inject(0);
    }

    private void Inject(uint nth) =>
        decisions.InjectAny(CountsAllocations ? s_all : s_all.AsSpan(1), (int)Math.Min(nth, int.MaxValue));
}
