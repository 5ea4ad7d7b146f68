using IommuSim.Source.Ir;

namespace IommuSim.Source.Mutations;

/// <summary>Calls that are left out, locks that are moved, stores that are swapped.</summary>
internal sealed partial class MutationSites
{
    private static readonly HashSet<string> s_locks = new(StringComparer.Ordinal)
    {
        "mutex_lock",
        "mutex_unlock",
        "mutex_lock_nested",
        "down_read",
        "down_write",
        "down_write_nested",
        "up_read",
        "up_write",
        "_raw_spin_lock",
        "_raw_spin_unlock",
        "_raw_spin_lock_irqsave",
        "_raw_spin_unlock_irqrestore",
        "ww_mutex_unlock",
    };

    private void Call(CallInstruction call, int block, int index)
    {
        if (NameOf(call) is not { } name || (PlaceOf(call) ?? LockCaller(call, name)) is not { } place)
            return;
        if (!IsUsed(call))
            Add(
                MutationKind.CallDropped,
                place,
                $"the call of {name} is dropped",
                block,
                index,
                f => FunctionEdit.Remove(f, block, index)
            );
        else if (call.ReturnType is IntegerType { Bits: 32 })
            Add(
                MutationKind.CallDropped,
                place,
                $"the call of {name} is dropped, as if it returned 0",
                block,
                index,
                f => FunctionEdit.Replace(f, block, index, Zero(call))
            );
        if (call.Callee is GlobalValue { Name: var callee } && s_locks.Contains(callee))
            Lock(call, name, place, block, index);
    }

    /// <summary>Spinlocks are taken by a call in a header.</summary>
    private SourceLocation? LockCaller(CallInstruction call, string name) =>
        s_locks.Contains(name.TrimEnd(')', '(')) ? CallerOf(call) : null;

    /// <summary>The function as a reader knows it; null for one that changes nothing.</summary>
    private static string? NameOf(CallInstruction call) =>
        call.Callee switch
        {
            GlobalValue { Name: var name } => IsIntrinsic(name) || s_silent.Contains(name) ? null : name + "()",
            _ => "an op",
        };

    /// <summary>What stands for a call that returned 0.</summary>
    private static BinaryInstruction Zero(CallInstruction call) =>
        new(BinaryOperator.Add, call.ReturnType, new IntegerValue(0), new IntegerValue(0))
        {
            Result = call.Result,
            Location = call.Location,
            Line = call.Line,
        };

    /// <summary>A reference count, an atomic addition by assembly: its value is read and not changed.</summary>
    private void Count(AssemblyInstruction assembly, int block, int index)
    {
        if (
            assembly
                is not { FallThrough: null, ReturnType: IntegerType type, Arguments: [{ Type: PointerType } at, ..] }
            || !assembly.Template.Contains("xadd", StringComparison.Ordinal)
            || CallerOf(assembly) is not { } place
        )
            return;
        var load = new LoadInstruction(type, at.Value, IsVolatile: true)
        {
            Result = assembly.Result,
            Location = assembly.Location,
            Line = assembly.Line,
        };
        Add(
            MutationKind.CallDropped,
            place,
            $"the count of {CounterOf(assembly)}() is not changed",
            block,
            index,
            f => FunctionEdit.Replace(f, block, index, load)
        );
    }

    /// <summary>The function of a header that the C calls, such as refcount_inc.</summary>
    private string CounterOf(AssemblyInstruction assembly)
    {
        var location = _module.Debug.Locations[assembly.Location];
        while (location.InlinedAt is { } outer && _scope.PlaceOf(outer) is null)
            location = outer;
        return location.Function;
    }

    /// <summary>
    /// Taken later or released earlier, so that one call less is under it. One call more would change nothing that can
    /// be seen, and neither does the order in which two locks are released.
    /// </summary>
    private void Lock(CallInstruction call, string name, SourceLocation place, int block, int index)
    {
        var instructions = _function.Blocks[block].Instructions;
        var releases = Releases(call);
        var step = releases ? -1 : 1;
        for (var i = index + step; i >= 0 && i < instructions.Length; i += step)
        {
            if (releases && LocalsOf(call).Contains(instructions[i].Result, StringComparer.Ordinal))
                return;
            if (instructions[i] is not CallInstruction other || NameOf(other) is not { } passed)
                continue;
            if (releases && Releases(other))
                return;
            var to = i;
            Add(
                MutationKind.LockMoved,
                place,
                $"{name} comes {(releases ? "before" : "after")} the call of {passed}",
                block,
                Math.Min(index, to),
                f => FunctionEdit.Move(f, block, index, to)
            );
            return;
        }
    }

    private static bool Releases(CallInstruction call) =>
        call.Callee is GlobalValue { Name: var name }
        && s_locks.Contains(name)
        && (name.Contains("unlock", StringComparison.Ordinal) || name.StartsWith("up_", StringComparison.Ordinal));

    private static IEnumerable<string?> LocalsOf(CallInstruction call) =>
        call.Arguments.Select(a => (a.Value as LocalValue)?.Name).Where(n => n is not null);

    /// <summary>This store and the next one of the block, unless a call stands between them.</summary>
    private void Stores(StoreInstruction store, int block, int index)
    {
        if (PlaceOf(store) is not { } place)
            return;
        var instructions = _function.Blocks[block].Instructions;
        for (var i = index + 1; i < instructions.Length; i++)
        {
            if (instructions[i] is CallInstruction { Callee: GlobalValue { Name: var name } } && IsIntrinsic(name))
                continue;
            if (instructions[i] is CallInstruction or AssemblyInstruction)
                return;
            if (instructions[i] is not StoreInstruction other)
                continue;
            if (
                PlaceOf(other) is null
                || other.Value.Type != store.Value.Type
                || other.Value.Value == store.Value.Value
            )
                return;
            var second = i;
            Add(
                MutationKind.StoresSwapped,
                place,
                "this store and the next one write each other's value",
                block,
                index,
                f =>
                    FunctionEdit.Change(
                        f,
                        block,
                        old =>
                            old.SetItem(second, other with { Value = store.Value })
                                .Insert(second, store with { Value = other.Value })
                                .RemoveAt(index)
                    )
            );
            return;
        }
    }
}
