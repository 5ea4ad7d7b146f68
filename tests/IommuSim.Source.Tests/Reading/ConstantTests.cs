namespace IommuSim.Source.Tests.Reading;

public sealed class ConstantTests
{
    [Theory]
    [InlineData("i32 5", "5")]
    [InlineData("i8 -1", "255")]
    [InlineData("i64 -9223372036854775808", "9223372036854775808")]
    [InlineData("i128 -1", "340282366920938463463374607431768211455")]
    [InlineData("i128 340282366920938463463374607431768211455", "340282366920938463463374607431768211455")]
    [InlineData("i1 true", "1")]
    [InlineData("i1 false", "0")]
    [InlineData("ptr null", "zero")]
    [InlineData("%struct.s zeroinitializer", "zero")]
    [InlineData("i32 undef", "undefined")]
    [InlineData("i32 poison", "undefined")]
    [InlineData("ptr @other", "@other")]
    [InlineData("ptr @\"a b\\22\"", "@a b\"")]
    [InlineData("ptr dso_local_equivalent @g", "@g")]
    [InlineData("ptr no_cfi @g", "@g")]
    public void Read_Scalar_HasValue(string text, string expected) => Assert.Equal(expected, IrText.Constant(text));

    [Theory]
    [InlineData("[3 x i8] c\"a\\00\\FF\"", "BytesValue([97, 0, 255])")]
    [InlineData("[3 x i8] c\"\\\\\\22;\"", "BytesValue([92, 34, 59])")]
    [InlineData("[0 x i8] c\"\"", "BytesValue([])")]
    public void Read_Bytes_ResolvesEscapes(string text, string expected) =>
        Assert.Equal(expected, IrText.Constant(text));

    [Theory]
    [InlineData("[2 x i32] [i32 1, i32 2]", "AggregateValue([i32 1, i32 2])")]
    [InlineData("{ i32, ptr } { i32 1, ptr null }", "AggregateValue([i32 1, ptr zero])")]
    [InlineData("<{ i8, i64 }> <{ i8 1, i64 2 }>", "AggregateValue([i8 1, i64 2])")]
    [InlineData("[1 x { i8 }] [{ i8 } { i8 4 }]", "AggregateValue([{i8} AggregateValue([i8 4])])")]
    [InlineData("{} {}", "AggregateValue([])")]
    [InlineData("[0 x ptr] []", "AggregateValue([])")]
    public void Read_Aggregate_HasElements(string text, string expected) =>
        Assert.Equal(expected, IrText.Constant(text));

    [Theory]
    [InlineData("getelementptr (i8, ptr @g, i64 4)")]
    [InlineData("getelementptr inbounds (i8, ptr @g, i64 4)")]
    [InlineData("getelementptr inbounds nuw (i8, ptr @g, i64 4)")]
    [InlineData("getelementptr nusw (i8, ptr @g, i64 4)")]
    [InlineData("getelementptr inbounds inrange(-16, 8) (i8, ptr @g, i64 4)")]
    [InlineData("getelementptr inrange(0, 8) nuw (i8, ptr @g, i64 4)")]
    [InlineData("getelementptr inbounds (i8, ptr @g, inrange i64 4)")]
    public void Read_AddressOfElement_HasNoFlags(string text) =>
        Assert.Equal("AddressOfElement(i8, @g, [i64 4])", IrText.Constant($"ptr {text}"));

    [Theory]
    [InlineData("i64 ptrtoint (ptr @g to i64)", "ConvertedValue(PtrToInt, ptr @g, i64)")]
    [InlineData("ptr inttoptr (i64 -4096 to ptr)", "ConvertedValue(IntToPtr, i64 18446744073709547520, ptr)")]
    [InlineData(
        "i32 trunc (i64 ptrtoint (ptr @g to i64) to i32)",
        "ConvertedValue(Trunc, i64 ConvertedValue(PtrToInt, ptr @g, i64), i32)"
    )]
    [InlineData("ptr bitcast (ptr @g to ptr)", "ConvertedValue(BitCast, ptr @g, ptr)")]
    public void Read_ConvertedConstant_HasBothTypes(string text, string expected) =>
        Assert.Equal(expected, IrText.Constant(text));

    [Theory]
    [InlineData(
        "i64 sub (i64 8, i64 ptrtoint (ptr @g to i64))",
        "ComputedValue(Sub, i64, 8, ConvertedValue(PtrToInt, ptr @g, i64))"
    )]
    [InlineData("i64 add nuw nsw (i64 1, i64 2)", "ComputedValue(Add, i64, 1, 2)")]
    [InlineData("i64 shl (i64 1, i64 2)", "ComputedValue(Shl, i64, 1, 2)")]
    public void Read_ComputedConstant_HasOperands(string text, string expected) =>
        Assert.Equal(expected, IrText.Constant(text));
}
