using IommuSim.Source.Ir;

namespace IommuSim.Source.Tests.Reading;

public sealed class FunctionTests
{
    private const string Unnamed = """
        define i32 @f(i32, ptr %named, i32) {
          add i32 %0, %1
          br label %4
        4:
          call void @g()
          call i32 @h()
          store i32 %5, ptr %named
          ret i32 %5
        }
        """;

    [Theory]
    [InlineData("define void @f() {\n  ret void\n}")]
    [InlineData("define dso_local zeroext i1 @f(ptr noundef %p) local_unnamed_addr #0 !dbg !3 {\n  ret i1 true\n}")]
    [InlineData(
        "define hidden void @f() unnamed_addr nounwind \"a\"=\"b\" align 16 personality ptr @p !t !4 {\n  ret void\n}"
    )]
    [InlineData("define noalias align 8 ptr @f() comdat($x) prefix i32 5 gc \"none\" {\n  ret ptr null\n}")]
    [InlineData("define x86_fastcallcc range(i32 -5, 1) i32 @f() addrspace(0) {\n  ret i32 0\n}")]
    [InlineData("declare !srcloc !7 dso_local void @f(ptr, i32 noundef, ...) #0")]
    public void Read_AnyHeader_HasName(string text) => Assert.Equal("f", IrText.Function(text).Name);

    [Theory]
    [InlineData("internal", true, false)]
    [InlineData("private", true, false)]
    [InlineData("dso_local", false, false)]
    [InlineData("weak", false, true)]
    [InlineData("weak_odr hidden", false, true)]
    [InlineData("linkonce_odr", false, true)]
    [InlineData("available_externally", false, true)]
    public void Read_Linkage_SaysLocalOrWeak(string words, bool isLocal, bool isWeak)
    {
        var function = IrText.Function($"define {words} void @f() {{\n  ret void\n}}");
        Assert.Equal((isLocal, isWeak), (function.IsLocal, function.IsWeak));
    }

    [Fact]
    public void Read_Declaration_HasNoBlocks() => Assert.Empty(IrText.Function("declare void @f()").Blocks);

    [Fact]
    public void Read_WeakDeclaration_IsWeak() => Assert.True(IrText.Function("declare extern_weak void @f()").IsWeak);

    [Fact]
    public void Read_ParametersOfDeclaration_HaveNoNames() =>
        Assert.Equal(
            "[IrParameter(ptr, -), IrParameter(i32, -)]",
            IrPrinter.Print(IrText.Function("declare void @f(ptr nocapture, i32)").Parameters)
        );

    [Fact]
    public void Read_VariadicFunction_SaysSo() =>
        Assert.True(IrText.Function("declare i32 @f(ptr noundef, ...)").IsVariadic);

    [Fact]
    public void Read_SectionOfFunction_HasIt() =>
        Assert.Equal(".init.text", IrText.Function("define void @f() section \".init.text\" {\n  ret void\n}").Section);

    [Fact]
    public void Read_Function_HasLineOfItsText() => Assert.Equal(3, IrText.Function("; one\n\ndeclare void @f()").Line);

    [Fact]
    public void Read_UnnamedParameters_AreCounted() =>
        Assert.Equal(["0", "named", "1"], IrText.Function(Unnamed).Parameters.Select(parameter => parameter.Name));

    [Fact]
    public void Read_UnnamedEntry_CountsAfterTheParameters() =>
        Assert.Equal(["2", "4"], IrText.Function(Unnamed).Blocks.Select(block => block.Label));

    [Fact]
    public void Read_UnnamedResults_CountTogetherWithBlocks() =>
        Assert.Equal(["3", "5"], Results(IrText.Function(Unnamed)));

    [Fact]
    public void Read_WrittenNumbers_MoveTheCountOn()
    {
        var function = IrText.Function(
            "define void @f(i32 %0) {\n  %2 = add i32 %0, 1\n  br label %3\n\n3:\n  add i32 %2, 1\n  ret void\n}"
        );
        Assert.Equal(["1", "3"], function.Blocks.Select(block => block.Label));
        Assert.Equal(["2", "4"], Results(function));
    }

    [Fact]
    public void Read_BlockWithoutLabelAfterATerminator_GetsANumber()
    {
        var function = IrText.Function("define void @f() {\nentry:\n  ret void\n  unreachable\n}");
        Assert.Equal(["entry", "0"], function.Blocks.Select(block => block.Label));
    }

    [Fact]
    public void Read_QuotedAndOddNames_AreResolved()
    {
        var function = IrText.Function(
            "define void @\"f g\"() {\n\"a b\":\n  %\"x\\22y\" = add i32 1, 2\n  br label %-c.d$\n-c.d$:\n  ret void\n}"
        );
        Assert.Equal("f g", function.Name);
        Assert.Equal(["a b", "-c.d$"], function.Blocks.Select(block => block.Label));
        Assert.Equal(["x\"y"], Results(function));
    }

    [Fact]
    public void Read_Instruction_HasLineOfItsText() =>
        Assert.Equal(3, IrText.Function("define void @f() {\nentry:\n  ret void\n}").Blocks[0].Instructions[0].Line);

    [Fact]
    public void Read_UseListOrderInAFunction_IsSkipped() =>
        Assert.Single(
            IrText.Function("define void @f(i32 %a) {\n  ret void\n  uselistorder i32 %a, { 1, 0 }\n}").Blocks
        );

    private static IEnumerable<string> Results(IrFunction function) =>
        function
            .Blocks.SelectMany(block => block.Instructions)
            .Select(instruction => instruction.Result)
            .OfType<string>();
}
