namespace IommuSim.Source.Tests.Reading;

/// <summary>What stands beside functions: types, variables, aliases, and what is passed over.</summary>
public sealed class ModuleTests
{
    [Theory]
    [InlineData("%struct.s = type { i32, ptr }", "struct.s", "{i32, ptr}")]
    [InlineData("%struct.p = type <{ i8, i64 }>", "struct.p", "<{i8, i64}>")]
    [InlineData("%struct.e = type {}", "struct.e", "{}")]
    [InlineData("%struct.o = type opaque", "struct.o", "-")]
    [InlineData("%\"odd name\" = type { [4 x %struct.s], { i1, i128 } }", "odd name", "{[4 x %struct.s], {i1, i128}}")]
    [InlineData("%0 = type { i8 }", "0", "{i8}")]
    public void Read_NamedType_HasFields(string text, string name, string expected) =>
        Assert.Equal(expected, IrPrinter.Print(IrText.Module(text).Types[name]));

    [Theory]
    [InlineData("@x = global i32 5", "IrVariable(x, i32, False, False, False, 5, 0, -)")]
    [InlineData("@x = constant i32 5, align 4", "IrVariable(x, i32, False, True, False, 5, 4, -)")]
    [InlineData("@x = external global [2 x ptr], align 16", "IrVariable(x, [2 x ptr], False, False, False, -, 16, -)")]
    [InlineData("@x = extern_weak dso_local global i8", "IrVariable(x, i8, False, False, True, -, 0, -)")]
    [InlineData("@x = weak dso_local global i8 0", "IrVariable(x, i8, False, False, True, 0, 0, -)")]
    [InlineData("@x = common global i8 0", "IrVariable(x, i8, False, False, True, 0, 0, -)")]
    [InlineData(
        "@x = appending global [1 x ptr] [ptr @f], section \"llvm.metadata\"",
        "IrVariable(x, [1 x ptr], True, False, False, AggregateValue([ptr @f]), 0, llvm.metadata)"
    )]
    [InlineData(
        "@x = internal unnamed_addr global i1 false, section \".data..once\", align 1, !dbg !0",
        "IrVariable(x, i1, True, False, False, 0, 1, .data..once)"
    )]
    [InlineData(
        "@.str = private unnamed_addr constant [2 x i8] c\"a\\00\", align 1",
        "IrVariable(.str, [2 x i8], True, True, False, BytesValue([97, 0]), 1, -)"
    )]
    [InlineData(
        "@x = hidden thread_local(initialexec) local_unnamed_addr global i32 1, comdat, align 4",
        "IrVariable(x, i32, False, False, False, 1, 4, -)"
    )]
    [InlineData(
        "@x = dso_local externally_initialized global i32 1, code_model \"large\", partition \"p\" #3",
        "IrVariable(x, i32, False, False, False, 1, 0, -)"
    )]
    public void Read_Variable_HasAllOfIt(string text, string expected) =>
        Assert.Equal(expected, IrPrinter.Print(IrText.Variable(text)));

    [Theory]
    [InlineData("@a = alias i32, ptr @x", "IrAlias(a, False, @x)")]
    [InlineData("@a = internal unnamed_addr alias i32 (ptr, ...), ptr @f", "IrAlias(a, True, @f)")]
    [InlineData(
        "@a = weak alias i8, ptr getelementptr (i8, ptr @x, i64 4), partition \"p\"",
        "IrAlias(a, False, AddressOfElement(i8, @x, [i64 4]))"
    )]
    public void Read_Alias_HasTarget(string text, string expected) =>
        Assert.Equal(expected, IrPrinter.Print(Assert.Single(IrText.Module(text).Aliases)));

    [Fact]
    public void Read_SourceFileName_HasIt() =>
        Assert.Equal("/tree/\"a.c", IrText.Module("source_filename = \"/tree/\\22a.c\"").SourceFile);

    [Fact]
    public void Read_Reader_HasThePathItWasGiven() =>
        Assert.Equal("a.ll", Source.Reading.IrReader.Read("a.ll", new StringReader("")).Path);

    [Theory]
    [InlineData("; a comment with \"quotes")]
    [InlineData("target datalayout = \"e-m:e\"")]
    [InlineData("target triple = \"x86_64-unknown-linux-gnu\"")]
    [InlineData("module asm \".section \\22.export_symbol\\22 ; \"")]
    [InlineData("$x = comdat any")]
    [InlineData("attributes #0 = { nounwind memory(argmem: readwrite) \"a\"=\"b\" }")]
    [InlineData("!llvm.dbg.cu = !{!2}")]
    [InlineData("!3 = distinct !{!3, !4, !\"text\"}")]
    [InlineData("^0 = module: (path: \"a\", hash: (0, 0, 0, 0, 0))")]
    [InlineData("uselistorder ptr @x, { 1, 0 }")]
    public void Read_WhatHasNoCode_IsSkipped(string text) =>
        Assert.Single(IrText.Module($"{text}\r\n@x = global i32 0\n{text}").Variables);
}
