using IommuSim.Source.Ir;
using IommuSim.Source.Reading;

namespace IommuSim.Source.Tests.Reading;

/// <summary>What is not known names the file, the line and its text.</summary>
public sealed class ErrorTests
{
    [Theory]
    [InlineData("%x = fadd float %a, %b", "instruction not supported")]
    [InlineData("%x = va_arg ptr %a, i32", "instruction not supported")]
    [InlineData("%x = landingpad { ptr, i32 }", "instruction not supported")]
    [InlineData("%x = extractelement <4 x i32> %v, i32 0", "instruction not supported")]
    [InlineData("indirectbr ptr %p, [label %a]", "instruction not supported")]
    [InlineData("invoke void @g() to label %a unwind label %b", "instruction not supported")]
    [InlineData("%x = add <4 x i32> %a, %b", "vectors are not supported")]
    [InlineData("%x = load double, ptr %p", "the type double is not supported")]
    [InlineData("%x = load i129, ptr %p", "integers of 1 to 128 bits are supported")]
    [InlineData("%x = load i0, ptr %p", "integers of 1 to 128 bits are supported")]
    [InlineData("%x = load i32, ptr addrspace(256) %p", "address spaces are not supported")]
    [InlineData("%x = load i32, i64 %p", "pointer expected")]
    [InlineData("%x = load i32 ptr %p", "',' expected")]
    [InlineData("%x = load i32, ptr %p, align", "number expected")]
    [InlineData("%x = add i32 %a", "',' expected")]
    [InlineData("%x = add i32 %a, bogus", "value expected")]
    [InlineData("%x = add i32 %a, ]", "value expected")]
    [InlineData("%x = add bogus %a, %b", "type expected")]
    [InlineData("%x = add ptr 5, %b", "integer of a type without integers")]
    [InlineData("%x = add i128 340282366920938463463374607431768211456, 1", "integer of more than 128 bits")]
    [InlineData("%x = icmp fast i32 %a, %b", "comparison expected")]
    [InlineData("%x = atomicrmw fadd ptr %p, i32 1 seq_cst", "atomic operation not supported")]
    [InlineData("%x = atomicrmw add ptr %p, i32 1", "memory ordering expected")]
    [InlineData("%x = zext i8 %a", "'to' expected")]
    [InlineData("store ptr blockaddress(@f, %a), ptr %p", "the constant blockaddress is not supported")]
    [InlineData("%x = select i1 icmp eq (ptr @g, ptr null), i32 1, i32 2", "the constant icmp is not supported")]
    [InlineData("call void @g(ptr byval(%struct.s) %p)", "byval is not supported")]
    [InlineData("call void (i32, ...) @g()", "more arguments expected")]
    [InlineData("call void asm \"nop\"()", "',' expected")]
    [InlineData("%x = callbr i32 @g() to label %a []", "callbr of a function is not supported")]
    [InlineData("switch i32 %a, label %b [ i32 undef, label %c ]", "case expected")]
    [InlineData("%x = store i32 1, ptr %p", "instruction without a result")]
    [InlineData("%x = ret void", "instruction without a result")]
    [InlineData("br label done", "label expected")]
    [InlineData("call void @\"g()", "'\"' expected")]
    [InlineData("% = add i32 1, 2", "name expected")]
    [InlineData("@x = add i32 1, 2", "instruction expected")]
    public void Read_InstructionNotKnown_NamesFileLineAndText(string text, string problem) =>
        Assert.Equal($"test.ll:2: {problem}: {text}", IrText.InstructionError(text));

    [Fact]
    public void Read_InstructionNotKnown_HasPathAndLine()
    {
        var error = Assert.Throws<IrException>(() => IrText.Instructions("bogus"));
        Assert.Equal(("test.ll", 2), (error.Path, error.Line));
    }

    [Theory]
    [InlineData("bogus line", "test.ll:1: not understood: bogus line")]
    [InlineData("\n  42 \n", "test.ll:2: not understood: 42")]
    [InlineData("@x = global", "test.ll:1: type expected: @x = global")]
    [InlineData("@x = global i32", "test.ll:1: value expected: @x = global i32")]
    [InlineData("@x = dso_local i32 5", "test.ll:1: 'global' or 'constant' expected: @x = dso_local i32 5")]
    [InlineData("@x = ifunc void (), ptr @r", "test.ll:1: 'global' or 'constant' expected: @x = ifunc void (), ptr @r")]
    [InlineData("@x = global i32 0, ]", "test.ll:1: attribute expected: @x = global i32 0, ]")]
    [InlineData("@x = global [9 x i8] c\"\u0416\"", "test.ll:1: byte expected: @x = global [9 x i8] c\"\u0416\"")]
    [InlineData("%s = type { i32", "test.ll:1: '}' expected: %s = type { i32")]
    [InlineData("%s = type {}\n%s = type {}", "test.ll:2: type defined twice: %s = type {}")]
    [InlineData("declare void @f(", "test.ll:1: type expected: declare void @f(")]
    [InlineData("define void @f() {", "test.ll:1: '}' expected: define void @f() {")]
    [InlineData("define void @f() {\n}", "test.ll:2: the block has no end: }")]
    [InlineData("define void @f() {\na:\n}", "test.ll:3: the block has no end: }")]
    [InlineData("define void @f() {\na:\nb:\n}", "test.ll:3: the block before has no end: b:")]
    public void Read_EntryNotKnown_NamesFileLineAndText(string text, string expected) =>
        Assert.Equal(expected, IrText.Error(text));

    [Fact]
    public void Read_LongLine_IsCutTo100Characters()
    {
        var text = new string('x', 150);
        Assert.Equal($"test.ll:1: not understood: {text[..100]}", IrText.Error($"   {text}"));
    }

    [Theory]
    [InlineData("{ ", "%s = type ")]
    [InlineData("[1 x ", "%s = type ")]
    [InlineData("[i32 ", "@x = global i32 ")]
    [InlineData("{ {} ", "@x = global {} ")]
    [InlineData("ptrtoint (i64 ", "@x = global i64 ")]
    [InlineData("add (i64 ", "@x = global i64 ")]
    [InlineData("getelementptr (i8, ptr ", "@x = global ptr ")]
    [InlineData("metadata ", "define void @f() {\n  call void @g(metadata ")]
    public void Read_DeepNesting_IsRefused(string opening, string start)
    {
        var text = start + string.Concat(Enumerable.Repeat(opening, 100_000));
        Assert.Contains(": nested too deep: ", IrText.Error(text));
    }

    [Fact]
    public void Read_ManyOpenBrackets_AreRefused() =>
        Assert.StartsWith(
            "test.ll:1: closing bracket expected: ",
            IrText.Error($"declare align{new string('(', 100_000)}")
        );
}
