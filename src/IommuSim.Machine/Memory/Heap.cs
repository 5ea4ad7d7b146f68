using IommuSim.Machine.Reports;

namespace IommuSim.Machine.Memory;

/// <summary>
/// The kernel heap: allocation points that may fail, use after free, double free, leaks. Objects are not
/// reused after they are freed, so that a stale pointer is always seen.
/// </summary>
public sealed class Heap(KernelMachine machine)
{
    private HeapObject? _first;

    /// <summary>Objects allocated and not freed.</summary>
    public int LiveCount { get; private set; }

    /// <summary>Whether an allocation at this point succeeds; the caller then creates the object.</summary>
    public bool CanAllocate(string function) => !machine.Decisions.Fails(DecisionKind.Allocation, function);

    /// <summary>Puts the object on the heap and returns it, so that a call can be wrapped around new.</summary>
    public T Track<T>(T obj, string function)
        where T : HeapObject
    {
        obj.AllocatedBy = function;
        obj.Next = _first;
        if (_first is not null)
            _first.Previous = obj;
        _first = obj;
        LiveCount++;
        return obj;
    }

    public void Free(HeapObject obj, string function)
    {
        if (obj.Freed)
        {
            machine.Report(ReportKind.DoubleFree, function, $"{NameOf(obj)} was freed before{obj.History}");
            return;
        }

        obj.NoteFreed(machine.Current);
        LiveCount--;
        if (obj.Previous is null)
            _first = obj.Next;
        else
            obj.Previous.Next = obj.Next;
        if (obj.Next is not null)
            obj.Next.Previous = obj.Previous;
        obj.Previous = obj.Next = null;
    }

    /// <summary>
    /// Reports a touch of freed memory, and who allocated and freed it by which call; the stale content is then
    /// what is read.
    /// </summary>
    public void Touch(HeapObject obj, string function)
    {
        if (obj.Freed)
            machine.Report(ReportKind.UseAfterFree, function, $"{NameOf(obj)} was freed before{obj.History}");
    }

    /// <summary>Follows a pointer: NULL is fatal, freed memory is reported.</summary>
    public T Deref<T>(T? obj, string function, string pointer)
        where T : HeapObject
    {
        if (obj is null)
            throw machine.Oops(ReportKind.NullDereference, function, $"{pointer} is NULL");
        Touch(obj, function);
        return obj;
    }

    /// <summary>The objects of a type that are allocated and not freed, the youngest first.</summary>
    public IEnumerable<T> LiveOf<T>()
        where T : HeapObject
    {
        for (var obj = _first; obj is not null; obj = obj.Next)
        {
            if (obj is T wanted)
                yield return wanted;
        }
    }

    /// <summary>Reports every object that <paramref name="expectFreed"/> claims and that still lives.</summary>
    public void ReportLeaks(Func<HeapObject, bool> expectFreed)
    {
        for (var obj = _first; obj is not null; obj = obj.Next)
        {
            if (expectFreed(obj))
                machine.Report(ReportKind.MemoryLeak, obj.AllocatedBy, $"{NameOf(obj)} was never freed");
        }
    }

    private static string NameOf(HeapObject obj) => obj.ToString() ?? obj.GetType().Name;
}
