namespace IommuSim.Source.Tests.Reading;

/// <summary>Arithmetic and what moves values about.</summary>
public sealed class InstructionTests
{
    [Theory]
    [InlineData("add", "Add")]
    [InlineData("sub", "Sub")]
    [InlineData("mul", "Mul")]
    [InlineData("udiv", "UDiv")]
    [InlineData("sdiv", "SDiv")]
    [InlineData("urem", "URem")]
    [InlineData("srem", "SRem")]
    [InlineData("shl", "Shl")]
    [InlineData("lshr", "LShr")]
    [InlineData("ashr", "AShr")]
    [InlineData("and", "And")]
    [InlineData("or", "Or")]
    [InlineData("xor", "Xor")]
    public void Read_BinaryInstruction_HasOperator(string word, string name) =>
        Assert.Equal($"Binary({name}, i32, %a, 7)", IrText.Instruction($"%x = {word} i32 %a, 7"));

    [Theory]
    [InlineData("add nuw nsw")]
    [InlineData("add nsw")]
    [InlineData("add nuw")]
    public void Read_FlagsOfOverflow_AreSkipped(string words) =>
        Assert.Equal("Binary(Add, i64, %a, %b)", IrText.Instruction($"%x = {words} i64 %a, %b"));

    [Fact]
    public void Read_ExactShift_IsAShift() =>
        Assert.Equal("Binary(AShr, i64, %a, 3)", IrText.Instruction("%x = ashr exact i64 %a, 3"));

    [Fact]
    public void Read_DisjointOr_IsAnOr() =>
        Assert.Equal("Binary(Or, i8, %a, 3)", IrText.Instruction("%x = or disjoint i8 %a, 3"));

    [Theory]
    [InlineData("eq", "Eq")]
    [InlineData("ne", "Ne")]
    [InlineData("ugt", "Ugt")]
    [InlineData("uge", "Uge")]
    [InlineData("ult", "Ult")]
    [InlineData("ule", "Ule")]
    [InlineData("sgt", "Sgt")]
    [InlineData("sge", "Sge")]
    [InlineData("slt", "Slt")]
    [InlineData("sle", "Sle")]
    public void Read_Compare_HasComparison(string word, string name) =>
        Assert.Equal($"Compare({name}, ptr, %p, zero)", IrText.Instruction($"%x = icmp {word} ptr %p, null"));

    [Fact]
    public void Read_CompareOfTheSameSign_IsACompare() =>
        Assert.Equal("Compare(Ult, i32, %a, %b)", IrText.Instruction("%x = icmp samesign ult i32 %a, %b"));

    [Theory]
    [InlineData("trunc i64 %a to i32", "Convert(Trunc, i64 %a, i32)")]
    [InlineData("trunc nuw nsw i64 %a to i1", "Convert(Trunc, i64 %a, i1)")]
    [InlineData("zext i8 %a to i32", "Convert(ZExt, i8 %a, i32)")]
    [InlineData("zext nneg i32 %a to i64", "Convert(ZExt, i32 %a, i64)")]
    [InlineData("sext i8 %a to i128", "Convert(SExt, i8 %a, i128)")]
    [InlineData("ptrtoint ptr %p to i64", "Convert(PtrToInt, ptr %p, i64)")]
    [InlineData("ptrtoaddr ptr %p to i64", "Convert(PtrToInt, ptr %p, i64)")]
    [InlineData("inttoptr i64 %a to ptr", "Convert(IntToPtr, i64 %a, ptr)")]
    [InlineData("bitcast i64 %a to i64", "Convert(BitCast, i64 %a, i64)")]
    public void Read_Conversion_HasBothTypes(string text, string expected) =>
        Assert.Equal(expected, IrText.Instruction($"%x = {text}"));

    [Fact]
    public void Read_Select_HasConditionAndBothValues() =>
        Assert.Equal("Select(%c, i32 1, %b)", IrText.Instruction("%x = select i1 %c, i32 1, i32 %b"));

    [Fact]
    public void Read_Freeze_HasValue() => Assert.Equal("Freeze(i32 %a)", IrText.Instruction("%x = freeze i32 %a"));

    [Fact]
    public void Read_Phi_HasAValueForEachBlock() =>
        Assert.Equal(
            "Phi(i32, [(%a, left), (5, right.1), (undefined, 7)])",
            IrText.Instruction("%x = phi i32 [ %a, %left ], [ 5, %right.1 ], [ poison, %7 ], !range !3")
        );

    [Fact]
    public void Read_ExtractValue_HasPath() =>
        Assert.Equal(
            "Extract({i32, {i8, i1}} %s, [1, 0])",
            IrText.Instruction("%x = extractvalue { i32, { i8, i1 } } %s, 1, 0")
        );

    [Fact]
    public void Read_InsertValue_HasElementAndPath() =>
        Assert.Equal(
            "Insert({i64, i64} undefined, i64 %a, [1])",
            IrText.Instruction("%x = insertvalue { i64, i64 } poison, i64 %a, 1")
        );

    [Fact]
    public void Read_Jump_HasOneTarget() => Assert.Equal("Branch(-, end, -)", IrText.Terminator("br label %end"));

    [Fact]
    public void Read_Branch_HasConditionAndTwoTargets() =>
        Assert.Equal("Branch(%c, yes, 5)", IrText.Terminator("br i1 %c, label %yes, label %5, !prof !4"));

    [Fact]
    public void Read_SwitchOverSeveralLines_HasCasesWithinTheType() =>
        Assert.Equal(
            "Switch(i8 %a, other, [(1, one), (254, minus)])",
            IrText.Terminator(
                "switch i8 %a, label %other [\n    i8 1, label %one\n    i8 -2, label %minus\n  ], !prof !3"
            )
        );

    [Fact]
    public void Read_SwitchWithoutCases_HasNone() =>
        Assert.Equal("Switch(i32 %a, other, [])", IrText.Terminator("switch i32 %a, label %other [\n  ]"));

    [Fact]
    public void Read_ReturnOfAValue_HasIt() => Assert.Equal("Return(i32 5)", IrText.Terminator("ret i32 5"));

    [Fact]
    public void Read_ReturnOfNothing_HasNull() => Assert.Equal("Return(-)", IrText.Terminator("ret void"));

    [Fact]
    public void Read_Unreachable_EndsTheBlock() => Assert.Equal("Unreachable()", IrText.Terminator("unreachable"));
}
