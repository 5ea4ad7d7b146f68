using IommuSim.Source.Ir;

namespace IommuSim.Source.Tests.Translation;

/// <summary>What cannot be translated is an error that names file, line and text.</summary>
public sealed class TranslationErrorTests
{
    [Theory]
    [InlineData("%x = add i128 1, 2", "integers of 128 bits are not translated")]
    [InlineData("%x = zext i64 %a to i65", "integers of 65 bits are not translated")]
    [InlineData("%x = load i72, ptr %p", "integers of 72 bits are not translated")]
    [InlineData("%x = call i64 @llvm.sqrt.i64(i64 %a)", "the intrinsic llvm.sqrt.i64 is not translated")]
    [InlineData("call void @llvm.eh.return.i64(i64 %a, ptr %p)", "the intrinsic llvm.eh.return.i64 is not translated")]
    [InlineData("call void @llvm.bogus()", "the intrinsic llvm.bogus is not translated")]
    [InlineData(
        "%x = call i1 @llvm.is.fpclass.i64(i64 %a, i32 3)",
        "the intrinsic llvm.is.fpclass.i64 is not translated"
    )]
    [InlineData("%x = atomicrmw uinc_wrap ptr %p, i32 1 seq_cst", "atomicrmw uinc_wrap is not translated")]
    [InlineData("%x = atomicrmw add ptr %p, i24 1 seq_cst", "an atomic access of 24 bits is not translated")]
    [InlineData("%x = alloca i8, i64 %a", "a variable whose size is known at run time only is not translated")]
    [InlineData("call void asm \"ud2\", \"\"()", "the assembly \"ud2\", \"\" is not translated")]
    [InlineData(
        "%x = call i64 asm \"movq %gs:$1, $0\", \"=r,i\"(i64 %a)",
        "the assembly \"movq %gs:$1, $0\", \"=r,i\" is not translated"
    )]
    [InlineData(
        "%x = call i64 asm \"incl $0\", \"=r,0\"(i64 %a)",
        "the assembly \"incl $0\", \"=r,0\" is not translated"
    )]
    [InlineData(
        "%x = call i32 asm \"lock xaddl $0, $1\", \"=r,=r,0,1\"(i32 1, i32 2)",
        "the assembly \"lock xaddl $0, $1\", \"=r,=r,0,1\" is not translated"
    )]
    [InlineData(
        "%x = call i8 asm \"btq $2,$1\", \"={@ccc},r,Ir\"(i64 %a, i64 3)",
        "the assembly \"btq $2,$1\", \"={@ccc},r,Ir\" is not translated"
    )]
    [InlineData("%x = add i64 %gone, 1", "%gone, which has no definition, is not translated")]
    [InlineData("%x = load i8, ptr @gone", "@gone is not defined anywhere")]
    [InlineData("%x = load %opaque, ptr %p", "the type %opaque has no fields")]
    public void Translate_InstructionNotKnown_NamesFileLineAndText(string text, string problem)
    {
        var ir = $"%opaque = type opaque\ndefine void @f(i64 %a, ptr %p) {{\n  {text}\n  ret void\n}}";
        var error = Assert.Throws<IrException>(() => TranslatedCode.Of(ir));
        Assert.Equal($"test.ll:3: {problem}", error.Message);
    }

    [Theory]
    [InlineData("br label %gone", "the block %gone, which has no definition, is not translated")]
    [InlineData("br i1 %c, label %f, label %gone", "the block %gone, which has no definition, is not translated")]
    public void Translate_JumpToNowhere_NamesIt(string text, string problem)
    {
        var error = Assert.Throws<IrException>(() =>
            TranslatedCode.Of($"define void @f(i1 %c) {{\n  {text}\nf:\n  ret void\n}}")
        );
        Assert.Equal($"test.ll:2: {problem}", error.Message);
    }

    [Theory]
    [InlineData("%a = type %b\n%b = type %a\n@x = global %a zeroinitializer")]
    [InlineData("%a = type { i32, %a }\n@x = global %a zeroinitializer")]
    [InlineData("%a = type { [2 x %b] }\n%b = type { %a }\ndefine void @f(%a %x) {\n  ret void\n}")]
    [InlineData("@x = global [9223372036854775807 x i64] zeroinitializer")]
    [InlineData("@x = global [4294967296 x [4294967296 x i64]] zeroinitializer")]
    [InlineData("define void @f() {\n  %x = alloca [4294967296 x i64]\n  ret void\n}")]
    [InlineData("@x = global [2 x i8] c\"abc\"")]
    [InlineData("@x = global { i8 } { i8 1, i64 2 }")]
    [InlineData("@x = global i72 1\n@y = global i8 2\n@z = global ptr getelementptr ({ i8 }, ptr @y, i32 0, i32 7)")]
    [InlineData("@a = alias i8, ptr @b\n@b = alias i8, ptr @a")]
    [InlineData("define void @f() {\n  ret void\n}\ndefine void @f() {\n  ret void\n}")]
    [InlineData("define void @f(i32 %x, i32 %x) {\n  ret void\n}")]
    [InlineData("define void @f() {\na:\n  ret void\na:\n  ret void\n}")]
    [InlineData("define i64 @f(i32 %x) {\n  %y = add i64 %x, 1\n  ret i64 %y\n}")]
    [InlineData("define i64 @f(i32 %x) {\n  ret i32 %x\n}")]
    [InlineData("define void @f([8 x [8 x [8 x [8 x [8 x [8 x i8]]]]]] %x) {\n  ret void\n}")]
    [InlineData("define void @f({ i8, i8 } %x) {\n  %y = extractvalue { i8, i8 } %x, 7\n  ret void\n}")]
    [InlineData("define i8 @f(ptr %p) {\n  %q = getelementptr { i8 }, ptr %p, i32 0, i32 5\n  ret i8 0\n}")]
    public void Translate_WrongProgram_IsAnErrorOfTheIr(string text)
    {
        var error = Record.Exception(() => TranslatedCode.Of(text));
        Assert.True(error is null or IrException, error?.ToString());
    }
}
