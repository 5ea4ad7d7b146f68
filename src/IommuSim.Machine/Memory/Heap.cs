using IommuSim.Machine.Reports;

namespace IommuSim.Machine.Memory;

/// <summary>
/// The kernel heap: allocation points that may fail, use after free, double free, leaks. Objects are not
/// reused after they are freed, so that a stale pointer is always seen.
/// </summary>
internal sealed class Heap(KernelMachine machine)
{
    private const int FirstSlots = 16;

    /// <summary>The objects in the order of their allocation, with holes where some were freed.</summary>
    private Entry[] _entries = [];

    /// <summary>Entries in use, holes included; the last one is no hole.</summary>
    private int _count;

    /// <summary>Objects allocated and not freed.</summary>
    public int LiveCount { get; private set; }

    /// <summary>Whether an allocation at this point succeeds; the caller then creates the object.</summary>
    public bool CanAllocate(string function) => !machine.Decisions.Fails(DecisionKind.Allocation, function);

    /// <summary>Puts the object on the heap and returns it, so that a call can be wrapped around new.</summary>
    public T Track<T>(T obj, string function)
        where T : HeapObject
    {
        Add(obj, function);
        return obj;
    }

    /// <summary>Puts the object on the heap.</summary>
    public void Add(HeapObject obj, string function)
    {
        if (_count == _entries.Length)
            MakeRoom();
        obj.NoteAllocated(function, _count);
        _entries[_count++].Object = obj;
        LiveCount++;
    }

    public void Free(HeapObject obj, string function)
    {
        if (obj.Freed)
        {
            machine.Report(ReportKind.DoubleFree, function, $"{NameOf(obj)} was freed before{obj.History}");
            return;
        }

        var slot = obj.Slot;
        obj.NoteFreed(machine.Current);
        LiveCount--;
        if (slot < 0)
            return;
        _entries[slot].Object = null;
        while (_count > 0 && _entries[_count - 1].Object is null)
            _count--;
    }

    /// <summary>
    /// Reports a touch of freed memory, and who allocated and freed it by which call; the stale content is then
    /// what is read.
    /// </summary>
    public void Touch(HeapObject obj, string function)
    {
        if (obj.Freed)
            ReportUse(obj, function);
    }

    /// <summary>Follows a pointer: NULL is fatal, freed memory is reported.</summary>
    public T Deref<T>(T? obj, string function, string pointer)
        where T : HeapObject
    {
        if (obj is null)
            throw Null(function, pointer);
        Touch(obj, function);
        return obj;
    }

    /// <summary>The objects of a type that are allocated and not freed, the youngest first.</summary>
    public IEnumerable<T> LiveOf<T>()
        where T : HeapObject
    {
        for (var i = _count - 1; i >= 0; i--)
        {
            if (_entries[i].Object is T wanted)
                yield return wanted;
        }
    }

    /// <summary>Reports every object that <paramref name="expectFreed"/> claims and that still lives.</summary>
    public void ReportLeaks(Func<HeapObject, bool> expectFreed)
    {
        for (var i = _count - 1; i >= 0; i--)
        {
            if (_entries[i].Object is { } obj && expectFreed(obj))
                machine.Report(ReportKind.MemoryLeak, obj.AllocatedBy, $"{NameOf(obj)} was never freed");
        }
    }

    private void ReportUse(HeapObject obj, string function) =>
        machine.Report(ReportKind.UseAfterFree, function, $"{NameOf(obj)} was freed before{obj.History}");

    private TaskDiedException Null(string function, string pointer) =>
        machine.Oops(ReportKind.NullDereference, function, $"{pointer} is NULL");

    /// <summary>Closes the holes; where there are few, grows.</summary>
    private void MakeRoom()
    {
        if (LiveCount > _entries.Length / 2)
            Array.Resize(ref _entries, _entries.Length * 2);
        else if (_entries.Length == 0)
            _entries = new Entry[FirstSlots];
        var count = 0;
        for (var i = 0; i < _count; i++)
        {
            if (_entries[i].Object is not { } obj)
                continue;
            _entries[i].Object = null;
            _entries[count].Object = obj;
            obj.Slot = count++;
        }

        _count = count;
    }

    private static string NameOf(HeapObject obj) => obj.ToString() ?? obj.GetType().Name;

    /// <summary>To set an element of an array of classes checks its type; to set one of structs does not.</summary>
    private struct Entry
    {
        public HeapObject? Object;
    }
}
