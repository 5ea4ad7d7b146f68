using System.Collections.Immutable;
using System.Globalization;
using IommuSim.Source.Ir;

namespace IommuSim.Source.Mutations;

/// <summary>Numbers and errnos.</summary>
internal sealed partial class MutationSites
{
    /// <summary>A small negative number there is no errno.</summary>
    private const string OfCalculation = "in the ";

    /// <summary>The errnos of iommufd by their numbers on x86-64; each is replaced by one after it.</summary>
    private static readonly (int Number, string Name)[] s_errnos =
    [
        (2, "ENOENT"),
        (11, "EAGAIN"),
        (12, "ENOMEM"),
        (14, "EFAULT"),
        (16, "EBUSY"),
        (17, "EEXIST"),
        (19, "ENODEV"),
        (22, "EINVAL"),
        (25, "ENOTTY"),
        (28, "ENOSPC"),
        (75, "EOVERFLOW"),
        (95, "EOPNOTSUPP"),
        (7, "E2BIG"),
        (5, "EIO"),
        (3, "ESRCH"),
        (4, "EINTR"),
        (98, "EADDRINUSE"),
        (99, "EADDRNOTAVAIL"),
        (110, "ETIMEDOUT"),
    ];

    private void Constants(Instruction instruction, int block, int index)
    {
        if (instruction is PhiInstruction phi)
        {
            Incoming(phi, block, index);
            return;
        }

        if (PlaceOf(instruction) is not { } place || IsOnlyForWarnings(instruction))
            return;
        foreach (var (type, value, put, what) in ConstantsOf(instruction))
            Vary(type, value, place, block, index, what, f => c => FunctionEdit.Replace(f, block, index, put(c)));
    }

    /// <summary>Of the places where a value joins: each constant belongs to the block that it comes from.</summary>
    private void Incoming(PhiInstruction phi, int block, int index)
    {
        for (var i = 0; i < phi.Incoming.Length; i++)
        {
            var (value, from) = phi.Incoming[i];
            if (!_blocks.TryGetValue(from, out var source))
                continue;
            var last = _function.Blocks[source].Instructions.Length - 1;
            if (PlaceOf(_function.Blocks[source].Instructions[last]) is not { } place)
                continue;
            var at = i;
            Vary(
                phi.Type,
                value,
                place,
                source,
                last,
                "that goes on from here",
                f =>
                    c =>
                        FunctionEdit.Replace(
                            f,
                            block,
                            index,
                            phi with
                            {
                                Incoming = phi.Incoming.SetItem(at, (c, from)),
                            }
                        )
            );
        }
    }

    private static IEnumerable<(IrType Type, IrValue Value, Func<IrValue, Instruction> Put, string What)> ConstantsOf(
        Instruction instruction
    )
    {
        switch (instruction)
        {
            case CompareInstruction i:
                yield return (i.Type, i.Right, c => i with { Right = c }, "of the comparison");
                break;
            case BinaryInstruction
            {
                Operator: not (BinaryOperator.Shl or BinaryOperator.LShr or BinaryOperator.AShr)
            } i:
                yield return (i.Type, i.Right, c => i with { Right = c }, $"{OfCalculation}{Word(i.Operator)}");
                break;
            case StoreInstruction i:
                yield return (
                    i.Value.Type,
                    i.Value.Value,
                    c => i with { Value = i.Value with { Value = c } },
                    "stored"
                );
                break;
            case SelectInstruction i:
                yield return (i.Then.Type, i.Then.Value, c => i with { Then = i.Then with { Value = c } }, "selected");
                yield return (i.Then.Type, i.Else, c => i with { Else = c }, "selected otherwise");
                break;
            case ReturnInstruction { Value: { } returned } i:
                yield return (
                    returned.Type,
                    returned.Value,
                    c => i with { Value = returned with { Value = c } },
                    "returned"
                );
                break;
            // How many sleepers of which kind are woken is all the same to the provided wait queues.
            case CallInstruction { Callee: GlobalValue { Name: not "__wake_up" and var name } } i
                when NameOf(i) is not null:
                for (var a = 0; a < i.Arguments.Length; a++)
                {
                    var (argument, at) = (i.Arguments[a], a);
                    yield return (
                        argument.Type,
                        argument.Value,
                        c => i with { Arguments = i.Arguments.SetItem(at, argument with { Value = c }) },
                        string.Create(CultureInfo.InvariantCulture, $"for argument {a + 1} of {name}()")
                    );
                }

                break;
        }
    }

    private static string Word(BinaryOperator operation) =>
        operation switch
        {
            BinaryOperator.Add => "addition",
            BinaryOperator.Sub => "subtraction",
            BinaryOperator.And => "mask",
            _ => "calculation",
        };

    /// <param name="put">The function with another constant in the place.</param>
    private void Vary(
        IrType type,
        IrValue value,
        SourceLocation place,
        int block,
        int index,
        string what,
        Func<IrFunction, Func<IrValue, IrFunction>> put
    )
    {
        if (!what.StartsWith(OfCalculation, StringComparison.Ordinal) && ErrnoOf(type, value) is { } errno)
        {
            // Which one it becomes depends on the place, so that all pairs come about.
            var other = s_errnos[(errno + 1 + (_found.Count % 7)) % s_errnos.Length];
            var instead = WithNumber(type, value, unchecked((UInt128)(Int128)(-other.Number)));
            Add(
                MutationKind.ErrnoReplaced,
                place,
                $"{s_errnos[errno].Name} {what} becomes {other.Name}",
                block,
                index,
                f => put(f)(instead)
            );
            return;
        }

        if (type is not IntegerType { Bits: <= 64 } integer || value is not (IntegerValue or ZeroValue))
            return;
        var mask = (UInt128.One << integer.Bits) - 1;
        var number = (value is IntegerValue known ? known.Value : 0) & mask;
        if (IsForm(number, integer))
            return;
        UInt128[] others = integer.Bits == 1 ? [number ^ 1] : [(number + 1) & mask, (number - 1) & mask];
        foreach (var other in others)
        {
            Add(
                MutationKind.ConstantChanged,
                place,
                $"{Show(number, integer)} {what} becomes {Show(other, integer)}",
                block,
                index,
                f => put(f)(new IntegerValue(other))
            );
        }
    }

    /// <summary>
    /// Flags of an allocation, GFP_KERNEL and its like, and the first of the addresses that are errnos: what is one off
    /// them is the same to this kernel.
    /// </summary>
    private static bool IsForm(UInt128 number, IntegerType type) =>
        type.Bits == 64
            ? number == unchecked((ulong)-4096L) || number == unchecked((ulong)-4095L)
            : type.Bits == 32 && ((ulong)number & ~0x400100ul) is 0xcc0 or 0x800 or 0x820;

    /// <summary>The place of an errno in the table; null for a number that is none.</summary>
    private static int? ErrnoOf(IrType type, IrValue value)
    {
        var (bits, number) = (type, value) switch
        {
            (IntegerType { Bits: 32 or 64 } i, IntegerValue v) => (i.Bits, v.Value),
            (PointerType, ConvertedValue { Conversion: Conversion.IntToPtr, Value.Value: IntegerValue v }) => (
                64,
                v.Value
            ),
            _ => (0, UInt128.Zero),
        };
        if (bits == 0)
            return null;
        var signed = bits == 32 ? (int)(uint)(number & uint.MaxValue) : (long)(ulong)(number & ulong.MaxValue);
        var place = Array.FindIndex(s_errnos, e => e.Number == -signed);
        return place < 0 ? null : place;
    }

    private static IrValue WithNumber(IrType type, IrValue value, UInt128 number)
    {
        if (value is ConvertedValue converted)
            return converted with
            {
                Value = converted.Value with { Value = new IntegerValue(number & ulong.MaxValue) },
            };
        var mask = (UInt128.One << ((IntegerType)type).Bits) - 1;
        return new IntegerValue(number & mask);
    }

    private static string Show(UInt128 number, IntegerType type)
    {
        var sign = UInt128.One << (type.Bits - 1);
        var text = type.Bits > 1 && (number & sign) != 0 ? (Int128)number - ((Int128)sign * 2) : (Int128)number;
        return text.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>What is computed decides on a warning and on nothing else.</summary>
    private bool IsOnlyForWarnings(Instruction instruction) =>
        instruction.Result is { } name
        && _uses.TryGetValue(name, out var uses)
        && uses.TrueForAll(use =>
            use is BranchInstruction branch
                ? IsCheckOfItself(branch)
                : use is CompareInstruction or BinaryInstruction && IsOnlyForWarnings(use)
        );
}
