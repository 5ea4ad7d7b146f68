using System.Reflection.Emit;
using IommuSim.Source.Ir;

namespace IommuSim.Source.Translation;

/// <summary>Arithmetic: the widths and wraps of C on the two widths of .NET.</summary>
internal sealed partial class FunctionTranslator
{
    private void Binary(BinaryInstruction binary)
    {
        var scalar = ScalarOf(binary.Type, binary);
        switch (binary.Operator)
        {
            case BinaryOperator.SDiv or BinaryOperator.SRem:
                DivideSigned(binary, scalar);
                break;
            case BinaryOperator.UDiv or BinaryOperator.URem:
                CheckDivisor(binary, scalar);
                PushBoth(binary, scalar, isSigned: false);
                _il.Emit(binary.Operator == BinaryOperator.UDiv ? OpCodes.Div_Un : OpCodes.Rem_Un);
                break;
            case BinaryOperator.Shl or BinaryOperator.LShr or BinaryOperator.AShr:
                Shift(binary, scalar);
                break;
            default:
                PushBoth(binary, scalar, isSigned: false);
                _il.Emit(OpcodeOf(binary.Operator));
                break;
        }

        if (
            binary.Operator
            is not (BinaryOperator.And or BinaryOperator.Or or BinaryOperator.Xor or BinaryOperator.LShr)
        )
            MaskTo(scalar);
        Pop(binary, 0);
        if (IsTracked(binary))
            BinaryUnset(binary, scalar);
    }

    private static OpCode OpcodeOf(BinaryOperator op) =>
        op switch
        {
            BinaryOperator.Add => OpCodes.Add,
            BinaryOperator.Sub => OpCodes.Sub,
            BinaryOperator.Mul => OpCodes.Mul,
            BinaryOperator.And => OpCodes.And,
            BinaryOperator.Or => OpCodes.Or,
            _ => OpCodes.Xor,
        };

    private void PushBoth(BinaryInstruction binary, Scalar scalar, bool isSigned)
    {
        Push(binary.Type, binary.Left, binary);
        if (isSigned)
            ExtendSign(scalar);
        Push(binary.Type, binary.Right, binary);
        if (isSigned)
            ExtendSign(scalar);
    }

    private void DivideSigned(BinaryInstruction binary, Scalar scalar)
    {
        _il.Emit(OpCodes.Ldarg_0);
        PushBoth(binary, scalar, isSigned: true);
        _il.Emit(OpCodes.Ldc_I4, SiteOf(binary));
        _il.Emit(
            OpCodes.Call,
            Members.SignedDivision(isRemainder: binary.Operator == BinaryOperator.SRem, scalar.ClrType)
        );
    }

    private void CheckDivisor(BinaryInstruction binary, Scalar scalar)
    {
        if (binary.Right is IntegerValue { Value: var divisor } && divisor != 0)
            return;
        _il.Emit(OpCodes.Ldarg_0);
        Push(binary.Type, binary.Right, binary);
        if (scalar.Width == Width.Int)
            _il.Emit(OpCodes.Conv_U8);
        _il.Emit(OpCodes.Ldc_I4, SiteOf(binary));
        _il.Emit(OpCodes.Call, Members.CheckDivisor);
    }

    private void Shift(BinaryInstruction binary, Scalar scalar)
    {
        Push(binary.Type, binary.Left, binary);
        if (binary.Operator == BinaryOperator.AShr)
            ExtendSign(scalar);
        PushCount(binary, scalar);
        _il.Emit(
            binary.Operator switch
            {
                BinaryOperator.Shl => OpCodes.Shl,
                BinaryOperator.AShr => OpCodes.Shr,
                _ => OpCodes.Shr_Un,
            }
        );
    }

    /// <summary>How far to shift, as x86 takes it from the register; more than the width has no meaning in C.</summary>
    private void PushCount(BinaryInstruction binary, Scalar scalar)
    {
        Push(binary.Type, binary.Right, binary);
        if (scalar.Width == Width.Long)
            _il.Emit(OpCodes.Conv_I4);
        if (binary.Right is IntegerValue)
            return;
        _il.Emit(OpCodes.Ldc_I4, scalar.Width == Width.Int ? 31 : 63);
        _il.Emit(OpCodes.And);
    }

    /// <summary>Clears the bits above the type's own.</summary>
    private void MaskTo(Scalar scalar)
    {
        if (scalar.FillsWidth)
            return;
        PushConstant(scalar, scalar.Mask);
        _il.Emit(OpCodes.And);
    }

    /// <summary>Copies the sign of the number on the stack into the bits above the type's own.</summary>
    private void ExtendSign(Scalar scalar)
    {
        if (scalar.FillsWidth)
            return;
        var distance = (scalar.Width == Width.Int ? 32 : 64) - scalar.Bits;
        _il.Emit(OpCodes.Ldc_I4, distance);
        _il.Emit(OpCodes.Shl);
        _il.Emit(OpCodes.Ldc_I4, distance);
        _il.Emit(OpCodes.Shr);
    }

    private void BinaryUnset(BinaryInstruction binary, Scalar scalar)
    {
        switch (binary.Operator)
        {
            case BinaryOperator.And or BinaryOperator.Or:
                PushWide(binary.Type, binary.Left, binary);
                PushUnset(binary.Left);
                PushWide(binary.Type, binary.Right, binary);
                PushUnset(binary.Right);
                _il.Emit(OpCodes.Call, binary.Operator == BinaryOperator.And ? Members.UnsetAnd : Members.UnsetOr);
                break;
            case BinaryOperator.Xor:
                PushUnset(binary.Left);
                PushUnset(binary.Right);
                _il.Emit(OpCodes.Or);
                break;
            case BinaryOperator.AShr when binary.Right is IntegerValue count:
                PushUnset(binary.Left);
                _il.Emit(OpCodes.Ldc_I4, scalar.Bits);
                _il.Emit(OpCodes.Ldc_I8, -1L);
                _il.Emit(OpCodes.Call, Members.UnsetExtend);
                _il.Emit(OpCodes.Ldc_I4, (int)UInt128.Min(count.Value, 63));
                _il.Emit(OpCodes.Shr);
                _il.Emit(OpCodes.Ldc_I8, (long)scalar.Mask);
                _il.Emit(OpCodes.And);
                break;
            case BinaryOperator.Shl or BinaryOperator.LShr when binary.Right is IntegerValue count:
                PushUnset(binary.Left);
                _il.Emit(OpCodes.Ldc_I8, (long)(ulong)count.Value);
                _il.Emit(OpCodes.Ldc_I4, binary.Operator == BinaryOperator.Shl ? 1 : 0);
                _il.Emit(OpCodes.Ldc_I8, (long)scalar.Mask);
                _il.Emit(OpCodes.Call, Members.UnsetShift);
                break;
            default:
                PushUnset(binary.Left);
                PushUnset(binary.Right);
                _il.Emit(OpCodes.Ldc_I8, (long)scalar.Mask);
                _il.Emit(OpCodes.Call, Members.UnsetAll);
                break;
        }

        PopUnset(binary);
    }

    /// <summary>Pushes a number as 64 bits without a sign.</summary>
    private void PushWide(IrType type, IrValue value, Instruction at)
    {
        Push(type, value, at);
        if (ScalarOf(type, at).Width == Width.Int)
            _il.Emit(OpCodes.Conv_U8);
    }

    private void Compare(CompareInstruction compare)
    {
        var scalar = ScalarOf(compare.Type, compare);
        var isSigned = compare.Comparison >= Comparison.Sgt;
        Push(compare.Type, compare.Left, compare);
        if (isSigned)
            ExtendSign(scalar);
        Push(compare.Type, compare.Right, compare);
        if (isSigned)
            ExtendSign(scalar);
        EmitComparison(compare.Comparison);
        Pop(compare, 0);
        if (IsTracked(compare))
            CompareUnset(compare, scalar);
    }

    private void EmitComparison(Comparison comparison)
    {
        var (opcode, isNegated) = comparison switch
        {
            Comparison.Eq => (OpCodes.Ceq, false),
            Comparison.Ne => (OpCodes.Ceq, true),
            Comparison.Ugt => (OpCodes.Cgt_Un, false),
            Comparison.Ule => (OpCodes.Cgt_Un, true),
            Comparison.Ult => (OpCodes.Clt_Un, false),
            Comparison.Uge => (OpCodes.Clt_Un, true),
            Comparison.Sgt => (OpCodes.Cgt, false),
            Comparison.Sle => (OpCodes.Cgt, true),
            Comparison.Slt => (OpCodes.Clt, false),
            _ => (OpCodes.Clt, true),
        };
        _il.Emit(opcode);
        if (!isNegated)
            return;
        _il.Emit(OpCodes.Ldc_I4_0);
        _il.Emit(OpCodes.Ceq);
    }

    private void CompareUnset(CompareInstruction compare, Scalar scalar)
    {
        if (compare.Comparison is Comparison.Eq or Comparison.Ne)
        {
            PushWide(compare.Type, compare.Left, compare);
            PushUnset(compare.Left);
            PushWide(compare.Type, compare.Right, compare);
            PushUnset(compare.Right);
            _il.Emit(OpCodes.Call, Members.UnsetEqual);
            PopUnset(compare);
            return;
        }

        PushUnset(compare.Left);
        if (UnsetValues.IsTestOfSign(compare))
        {
            _il.Emit(OpCodes.Ldc_I8, (long)(1UL << (scalar.Bits - 1)));
            _il.Emit(OpCodes.And);
        }

        PushUnset(compare.Right);
        _il.Emit(OpCodes.Ldc_I8, 1L);
        _il.Emit(OpCodes.Call, Members.UnsetAll);
        PopUnset(compare);
    }

    private void Convert(ConvertInstruction convert)
    {
        var from = ScalarOf(convert.Value.Type, convert);
        var to = ScalarOf(convert.To, convert);
        Push(convert.Value, convert);
        if (convert.Conversion == Conversion.SExt)
            ExtendSign(from);
        if (from.Width != to.Width)
            _il.Emit(ConversionOf(convert.Conversion, to));
        if (convert.Conversion == Conversion.SExt || to.Bits < from.Bits)
            MaskTo(to);
        Pop(convert, 0);
        if (IsTracked(convert))
            ConvertUnset(convert, from, to);
    }

    private static OpCode ConversionOf(Conversion conversion, Scalar to) =>
        to.Width == Width.Int ? OpCodes.Conv_I4
        : conversion == Conversion.SExt ? OpCodes.Conv_I8
        : OpCodes.Conv_U8;

    private void ConvertUnset(ConvertInstruction convert, Scalar from, Scalar to)
    {
        PushUnset(convert.Value.Value);
        _il.Emit(OpCodes.Ldc_I4, convert.Conversion == Conversion.SExt ? from.Bits : 64);
        _il.Emit(OpCodes.Ldc_I8, (long)to.Mask);
        _il.Emit(OpCodes.Call, Members.UnsetExtend);
        PopUnset(convert);
    }

    private void Select(SelectInstruction select)
    {
        var scalars = Scalar.Of(_module, select.Then.Type, select.Line);
        var isElse = _il.DefineLabel();
        var end = _il.DefineLabel();
        if (IsTracked(select))
            SelectUnset(select, scalars[0]);
        else
            Judge(select.Condition, select);
        Push(new IntegerType(1), select.Condition, select);
        _il.Emit(OpCodes.Brfalse, isElse);
        for (var part = 0; part < scalars.Length; part++)
            PushPart(select.Then.Type, select.Then.Value, part, select);
        for (var part = scalars.Length - 1; part >= 0; part--)
            Pop(select, part);
        _il.Emit(OpCodes.Br, end);
        _il.MarkLabel(isElse);
        for (var part = 0; part < scalars.Length; part++)
            PushPart(select.Then.Type, select.Else, part, select);
        for (var part = scalars.Length - 1; part >= 0; part--)
            Pop(select, part);
        _il.MarkLabel(end);
    }

    private void SelectUnset(SelectInstruction select, Scalar scalar)
    {
        Push(new IntegerType(1), select.Condition, select);
        PushUnset(select.Condition);
        PushUnset(select.Then.Value);
        PushUnset(select.Else);
        _il.Emit(OpCodes.Ldc_I8, (long)scalar.Mask);
        _il.Emit(OpCodes.Call, Members.UnsetSelect);
        PopUnset(select);
    }
}
