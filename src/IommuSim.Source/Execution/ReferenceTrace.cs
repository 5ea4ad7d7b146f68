using IommuSim.Source.Races;

namespace IommuSim.Source.Execution;

/// <summary>
/// Follows the reference counts of iommufd's objects through the calls of one run, to tell which call kept a reference
/// and where the C took it. Every access is looked at, so it is for a run that is known to lose one.
/// </summary>
/// <remarks>
/// A call that fails gives back what it took. One that succeeds may keep users of what it refers to, and no short-term
/// hold, but that of a vDEVICE on its device: such a hold is told when nothing is open any more.
/// </remarks>
internal sealed class ReferenceTrace(SourceMachine machine) : IAccessWatch
{
    private const string ObjectStruct = "iommufd_object";
    private const string Allocator = "_iommufd_object_alloc";

    /// <summary>
    /// What keeps an object from being destroyed while a call works on it, in newer kernels and in older.
    /// </summary>
    private static readonly string[] s_holds = ["wait_cnt", "shortterm_users"];

    private readonly ulong _users = machine.Image.OffsetOf(ObjectStruct, "users");
    private readonly ulong _hold = machine.Image.OffsetOf(
        ObjectStruct,
        Array.Find(s_holds, name => machine.Image.HasMember(ObjectStruct, name)) ?? "users"
    );

    /// <summary>What the running call did to each counter, by address.</summary>
    private readonly SortedDictionary<ulong, Counter> _call = [];

    /// <summary>Holds that calls which succeeded did not give back so far.</summary>
    private readonly SortedDictionary<ulong, List<string>> _held = [];
    private readonly List<string> _kept = [];

    /// <summary>A line for each reference that a call took and did not give back.</summary>
    /// <param name="isOver">Nothing is open any more, so that nothing is held.</param>
    public IReadOnlyList<string> Kept(bool isOver) =>
        isOver ? [.. _kept, .. _held.Values.SelectMany(takes => takes)] : [.. _kept];

    public void Access(ulong address, int size, bool isWrite, int site)
    {
        if (!isWrite || size != sizeof(uint) || !IsCounter(address))
            return;
        if (!_call.TryGetValue(address, out var counter))
            _call.Add(address, counter = new Counter(Value(address)));
        counter.Settle(Value(address));
        counter.Place = Describe(site);
    }

    public void Copy(ulong address, ulong length, bool isWrite, int site) { }

    /// <summary>A call returns.</summary>
    /// <param name="call">Its name.</param>
    /// <param name="returned">Of the C: a negative errno for a failure.</param>
    public void EndCall(string call, long returned)
    {
        foreach (var (address, counter) in _call)
        {
            if (!IsCounter(address))
            {
                _held.Remove(address);
                continue;
            }

            counter.Settle(Value(address));
            if (returned < 0)
                _kept.AddRange(counter.Takes.Select(take => Text($"{call} failed", address, take)));
            else if (IsHold(address))
                Note(call, address, counter);
        }

        _call.Clear();
    }

    private void Note(string call, ulong address, Counter counter)
    {
        if (!_held.TryGetValue(address, out var held))
            _held.Add(address, held = []);
        held.RemoveRange(held.Count - Math.Min(held.Count, counter.Returned), Math.Min(held.Count, counter.Returned));
        held.AddRange(counter.Takes.Select(take => Text($"{call} succeeded", address, take)));
    }

    private string Text(string what, ulong address, string place) =>
        $"{what} and keeps a reference, {machine.Points.NameOf(address)}, taken in {place}";

    private uint Value(ulong address) => BitConverter.ToUInt32(machine.Memory.Span(address, sizeof(uint)));

    /// <summary>Of an object that lives.</summary>
    private bool IsCounter(ulong address) =>
        IsObject(address - _users) || (_hold != _users && IsObject(address - _hold));

    private bool IsHold(ulong address) => _hold != _users && IsObject(address - _hold);

    private bool IsObject(ulong address) =>
        machine.Heap.FindLive(address) is { } block && machine.Image.Sites.FunctionAt(block.Site) == Allocator;

    /// <summary>The functions of the C with file and line, without those of headers.</summary>
    private string Describe(int site)
    {
        var sites = machine.Image.Sites;
        var callers = machine.Running.Callers().Reverse().Where(caller => caller != 0);
        return string.Join(", called by ", callers.Prepend(site).Select(sites.Brief));
    }

    /// <summary>One reference count in one call.</summary>
    private sealed class Counter(uint value)
    {
        private uint _value = value;

        /// <summary>Where the C is about to change it.</summary>
        public string Place { get; set; } = "";

        /// <summary>Where those were taken that were not given back.</summary>
        public List<string> Takes { get; } = [];

        /// <summary>References given back that the call did not take.</summary>
        public int Returned { get; private set; }

        /// <summary>The counter has this value now, by what was done at <see cref="Place"/>.</summary>
        public void Settle(uint value)
        {
            // The first reference is the object's own.
            for (var at = Math.Max(_value, 1); at < value && Place.Length > 0; at++)
                Takes.Add(Place);
            for (var at = value; at < _value; at++)
            {
                if (Takes.Count > 0)
                    Takes.RemoveAt(Takes.Count - 1);
                else
                    Returned++;
            }

            _value = value;
        }
    }
}
