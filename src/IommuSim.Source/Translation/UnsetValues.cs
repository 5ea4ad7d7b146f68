using System.Collections.Immutable;
using IommuSim.Source.Ir;

namespace IommuSim.Source.Translation;

/// <summary>
/// Finds the values of a function of which the code must know whether they were ever set: those that come from a load
/// and that may end in a store, or are used on some ways only. All others are judged where they are loaded.
/// </summary>
internal sealed class UnsetValues
{
    private readonly Dictionary<string, List<(Instruction Use, IrBlock Block)>> _uses = new(StringComparer.Ordinal);
    private readonly Dictionary<string, bool> _judged = new(StringComparer.Ordinal);
    private readonly HashSet<string> _tracked = new(StringComparer.Ordinal);

    private readonly bool _returnsWhole;

    public UnsetValues(IrFunction function)
    {
        _returnsWhole = function.ReturnsWhole;
        foreach (var block in function.Blocks)
        {
            foreach (var instruction in block.Instructions)
                NoteUses(instruction, block);
        }

        FindTracked(function);
    }

    public bool IsTracked(string? name) => name is not null && _tracked.Contains(name);

    public bool IsTracked(IrValue value) => value is LocalValue local && _tracked.Contains(local.Name);

    private void FindTracked(IrFunction function)
    {
        foreach (var block in function.Blocks)
        {
            foreach (var load in block.Instructions.OfType<LoadInstruction>())
            {
                if (load.Result is { } name && _uses.ContainsKey(name) && !IsSurelyJudged(name, block))
                    _tracked.Add(name);
            }
        }

        for (var changed = _tracked.Count > 0; changed; )
        {
            changed = false;
            foreach (var instruction in function.Blocks.SelectMany(b => b.Instructions))
            {
                if (
                    instruction.Result is { } name
                    && CarriesUnset(instruction)
                    && OperandsOf(instruction).Any(IsTracked)
                )
                    changed |= _tracked.Add(name);
            }
        }
    }

    /// <summary>
    /// Whether something in its own block needs all of the value: an address, a branch, an argument, or a number made
    /// of it for which that is so.
    /// </summary>
    private bool IsSurelyJudged(string name, IrBlock block)
    {
        if (_judged.TryGetValue(name, out var known))
            return known;
        _judged.Add(name, false);
        var judged = _uses
            .GetValueOrDefault(name, [])
            .Where(use => ReferenceEquals(use.Block, block))
            .Any(use => NeedsAllOf(use.Use, name, block));
        return _judged[name] = judged;
    }

    private bool NeedsAllOf(Instruction use, string name, IrBlock block) =>
        use switch
        {
            LoadInstruction load => Is(load.Address, name),
            StoreInstruction store => Is(store.Address, name),
            BranchInstruction or SwitchInstruction or AssemblyInstruction => true,
            ReturnInstruction => _returnsWhole,
            CallInstruction call => Is(call.Callee, name)
                || call.Arguments.Any(argument => Is(argument.Value, name) && IsJudged(call, argument)),
            AtomicUpdateInstruction or CompareExchangeInstruction => true,
            BinaryInstruction binary => UsesAllBits(binary.Operator) && IsPassedOn(use, block),
            CompareInstruction compare => !IsTestOfSign(compare) && IsPassedOn(use, block),
            ElementInstruction => IsPassedOn(use, block),
            ConvertInstruction { Conversion: not Conversion.Trunc } => IsPassedOn(use, block),
            SelectInstruction select => Is(select.Condition, name) && IsPassedOn(use, block),
            _ => false,
        };

    /// <summary>Whether the argument must be set when the call begins, as what LLVM's own functions take.</summary>
    public static bool IsJudged(CallInstruction call, TypedValue argument) =>
        argument.IsWhole
        || call.Callee is GlobalValue { Name: var name } && name.StartsWith("llvm.", StringComparison.Ordinal);

    /// <summary>Only the first bit counts in a comparison with 0 or -1.</summary>
    public static bool IsTestOfSign(CompareInstruction compare) =>
        compare switch
        {
            { Comparison: Comparison.Slt or Comparison.Sge, Right: ZeroValue } => true,
            { Comparison: Comparison.Slt or Comparison.Sge, Right: IntegerValue { Value: var zero } } => zero == 0,
            { Comparison: Comparison.Sgt or Comparison.Sle, Right: IntegerValue value, Type: IntegerType type } => (
                ~value.Value << (128 - type.Bits)
            ) == 0,
            _ => false,
        };

    /// <summary>The others leave bits out: masks and shifts take bit fields from a word.</summary>
    private static bool UsesAllBits(BinaryOperator operation) =>
        operation
            is not (
                BinaryOperator.And
                or BinaryOperator.Or
                or BinaryOperator.Shl
                or BinaryOperator.LShr
                or BinaryOperator.AShr
            );

    private bool IsPassedOn(Instruction use, IrBlock block) => use.Result is { } next && IsSurelyJudged(next, block);

    private void NoteUses(Instruction instruction, IrBlock block)
    {
        foreach (var operand in OperandsOf(instruction).OfType<LocalValue>())
        {
            if (!_uses.TryGetValue(operand.Name, out var uses))
                _uses.Add(operand.Name, uses = []);
            uses.Add((instruction, block));
        }
    }

    /// <summary>Whether what it makes is unset where its operands are; others judge their operands.</summary>
    private static bool CarriesUnset(Instruction instruction) =>
        instruction
            is BinaryInstruction
                or CompareInstruction
                or ConvertInstruction
                or ElementInstruction
                or SelectInstruction
                or PhiInstruction
                or FreezeInstruction;

    /// <summary>The values that an instruction works on.</summary>
    internal static ImmutableArray<IrValue> OperandsOf(Instruction instruction) =>
        instruction switch
        {
            BinaryInstruction i => [i.Left, i.Right],
            CompareInstruction i => [i.Left, i.Right],
            ConvertInstruction i => [i.Value.Value],
            LoadInstruction i => [i.Address],
            StoreInstruction i => [i.Value.Value, i.Address],
            ElementInstruction i => [i.Base, .. i.Indices.Select(x => x.Value)],
            SelectInstruction i => [i.Condition, i.Then.Value, i.Else],
            FreezeInstruction i => [i.Value.Value],
            PhiInstruction i => [.. i.Incoming.Select(x => x.Value)],
            ExtractInstruction i => [i.Aggregate.Value],
            InsertInstruction i => [i.Aggregate.Value, i.Element.Value],
            CallInstruction i => [i.Callee, .. i.Arguments.Select(x => x.Value)],
            AssemblyInstruction i => [.. i.Arguments.Select(x => x.Value)],
            AtomicUpdateInstruction i => [i.Address, i.Value.Value],
            CompareExchangeInstruction i => [i.Address, i.Expected.Value, i.Replacement],
            BranchInstruction { Condition: { } condition } => [condition],
            SwitchInstruction i => [i.Value.Value],
            ReturnInstruction { Value: { } value } => [value.Value],
            _ => [],
        };

    private static bool Is(IrValue value, string name) => value is LocalValue local && local.Name == name;
}
