using IommuSim.Source.Ir;

namespace IommuSim.Source.Mutations;

/// <summary>Branches that go the other way, or the same way always.</summary>
internal sealed partial class MutationSites
{
    private void Branch(BranchInstruction branch, int block, int index)
    {
        if (
            branch.Then == branch.Else
            || branch.Condition is not LocalValue
            || PlaceOf(branch) is not { } place
            || IsCheckOfItself(branch)
            || FailsOnDemand(branch.Condition)
        )
            return;
        Add(
            MutationKind.BranchInverted,
            place,
            "the branch is inverted",
            block,
            index,
            f => FunctionEdit.Replace(f, block, index, branch with { Then = branch.Else!, Else = branch.Then })
        );
        foreach (var isTaken in new[] { true, false })
        {
            var target = isTaken ? branch.Then : branch.Else!;
            Add(
                MutationKind.ConditionDropped,
                place,
                $"the condition is dropped, the branch always goes to {LineOf(target)}",
                block,
                index,
                f => FunctionEdit.Replace(f, block, index, branch with { Condition = null, Then = target, Else = null })
            );
        }
    }

    /// <summary>One side warns: WARN_ON and the like.</summary>
    private bool IsCheckOfItself(BranchInstruction branch) => Warns(branch.Then) || Warns(branch.Else!);

    private bool Warns(string label) =>
        _function
            .Blocks[_blocks[label]]
            .Instructions.OfType<CallInstruction>()
            .Any(call =>
                call.Callee is GlobalValue { Name: "warn_slowpath_fmt" or "__warn_printk" or "refcount_warn_saturate" }
            );

    /// <summary>The condition is a point that a test makes fail.</summary>
    private bool FailsOnDemand(IrValue condition) =>
        condition is LocalValue { Name: var name }
        && _definitions.GetValueOrDefault(name) is CallInstruction { Callee: GlobalValue { Name: var callee } }
        && callee.Contains("should_fail", StringComparison.Ordinal);

    /// <summary>The first line of the block that is in scope.</summary>
    private string LineOf(string label)
    {
        var block = _function.Blocks[_blocks[label]];
        var place = block
            .Instructions.Where(i => i is not PhiInstruction)
            .Select(PlaceOf)
            .FirstOrDefault(p => p is { Line: > 0 });
        return place is null
            ? $"block {label}"
            : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"line {place.Line}");
    }
}
