namespace IommuSim.Source.Tests.Translation;

/// <summary>Small functions of IR and what they return.</summary>
public sealed class IrExecutionTests
{
    [Theory]
    [InlineData("add i8 %a, %b", 200, 100, 44)]
    [InlineData("sub i8 %a, %b", 1, 2, 255)]
    [InlineData("mul i8 %a, %b", 16, 17, 16)]
    [InlineData("sdiv i8 %a, %b", 0x80, 3, 0xd6)]
    [InlineData("srem i8 %a, %b", 0x81, 4, 0xfd)]
    [InlineData("udiv i8 %a, %b", 0x80, 3, 42)]
    [InlineData("urem i8 %a, %b", 0xff, 16, 15)]
    [InlineData("shl i8 %a, %b", 0xff, 4, 0xf0)]
    [InlineData("lshr i8 %a, %b", 0xf0, 4, 0x0f)]
    [InlineData("ashr i8 %a, %b", 0xf0, 4, 0xff)]
    [InlineData("and i8 %a, %b", 0xcc, 0xaa, 0x88)]
    [InlineData("or disjoint i8 %a, %b", 0xc0, 0x0a, 0xca)]
    [InlineData("xor i8 %a, -1", 0xcc, 0, 0x33)]
    [InlineData("call i8 @llvm.uadd.sat.i8(i8 %a, i8 %b)", 200, 100, 255)]
    [InlineData("call i8 @llvm.usub.sat.i8(i8 %a, i8 %b)", 100, 200, 0)]
    [InlineData("call i8 @llvm.sadd.sat.i8(i8 %a, i8 %b)", 100, 100, 127)]
    [InlineData("call i8 @llvm.ssub.sat.i8(i8 %a, i8 %b)", 0x80, 1, 0x80)]
    [InlineData("call i8 @llvm.scmp.i8.i8(i8 %a, i8 %b)", 0x80, 1, 255)]
    [InlineData("call i8 @llvm.ucmp.i8.i8(i8 %a, i8 %b)", 0x80, 1, 1)]
    [InlineData("call i8 @llvm.fshl.i8(i8 %a, i8 %b, i8 3)", 0x81, 0xe0, 0x0f)]
    [InlineData("call i8 @llvm.fshr.i8(i8 %a, i8 %b, i8 11)", 0x07, 0x81, 0xf0)]
    [InlineData("call i8 @llvm.abs.i8(i8 %a, i1 false)", 0x80, 0, 0x80)]
    [InlineData("call i8 @llvm.smax.i8(i8 %a, i8 %b)", 0x80, 1, 1)]
    [InlineData("call i8 @llvm.ctlz.i8(i8 %a, i1 false)", 0, 0, 8)]
    [InlineData("call i8 @llvm.cttz.i8(i8 %a, i1 false)", 0, 0, 8)]
    [InlineData("call i8 @llvm.bitreverse.i8(i8 %a)", 0x13, 0, 0xc8)]
    [InlineData("select i1 true, i8 %a, i8 %b", 7, 8, 7)]
    [InlineData("freeze i8 %b", 7, 8, 8)]
    [InlineData("freeze i8 undef", 7, 8, 0)]
    [InlineData("trunc i64 ptrtoint (ptr inttoptr (i64 511 to ptr) to i64) to i8", 0, 0, 255)]
    public void Call_OneInstruction_ReturnsItsResult(string instruction, byte a, byte b, byte expected)
    {
        var code = TranslatedCode.Of($"define i8 @f(i8 %a, i8 %b) {{\n  %x = {instruction}\n  ret i8 %x\n}}");
        Assert.Equal(expected, code.Call("f", a, b));
    }

    [Fact]
    public void Call_PhisThatDependOnEachOther_TakeTheirValuesAtOnce()
    {
        var code = TranslatedCode.Of(
            """
            define i32 @f(i32 %n) {
            entry:
              br label %loop
            loop:
              %a = phi i32 [ 1, %entry ], [ %b, %loop ]
              %b = phi i32 [ 2, %entry ], [ %c, %loop ]
              %c = phi i32 [ 3, %entry ], [ %a, %loop ]
              %i = phi i32 [ 0, %entry ], [ %next, %loop ]
              %next = add i32 %i, 1
              %more = icmp ult i32 %i, %n
              br i1 %more, label %loop, label %done
            done:
              %ten = mul i32 %a, 10
              %two = add i32 %ten, %b
              ret i32 %two
            }
            """
        );
        Assert.Equal([12UL, 23, 31, 12], Enumerable.Range(0, 4).Select(n => code.Call("f", (ulong)n)));
    }

    [Fact]
    public void Call_CallBranch_FallsThroughWithItsResult()
    {
        var code = TranslatedCode.Of(
            """
            define i64 @f(i64 %x) {
              %y = callbr i64 asm "", "=r,0,!i"(i64 %x) to label %next [label %other]
            next:
              %z = phi i64 [ %y, %0 ]
              ret i64 %z
            other:
              ret i64 7
            }
            """
        );
        Assert.Equal(42UL, code.Call("f", 42));
    }

    [Fact]
    public void Call_StructsInRegisters_KeepTheirParts()
    {
        var code = TranslatedCode.Of(
            """
            %s = type { i8, [2 x i16], { i32, i1 } }
            @g = global %s { i8 1, [2 x i16] [i16 2, i16 3], { i32, i1 } { i32 4, i1 true } }
            @h = global %s zeroinitializer
            define i64 @f(i16 %x) {
              %s = load %s, ptr @g
              %t = insertvalue %s %s, i16 %x, 1, 1
              store %s %t, ptr @h
              %p = getelementptr %s, ptr @h, i64 0, i32 1, i64 1
              %q = load i16, ptr %p
              %r = getelementptr %s, ptr @h, i64 0, i32 2, i32 1
              %u = load i1, ptr %r
              %v = extractvalue %s %t, 2, 0
              %w = zext i16 %q to i64
              %y = select i1 %u, i64 1000, i64 0
              %z = zext i32 %v to i64
              %1 = add i64 %w, %y
              %2 = add i64 %1, %z
              ret i64 %2
            }
            """
        );
        Assert.Equal(1081UL, code.Call("f", 77));
    }

    [Fact]
    public void Link_WeakFunctionBeforeStrongOne_TakesTheStrongOne()
    {
        var weak = Reading.IrText.Module("@v = weak global i32 1\ndefine weak i32 @f() {\n  ret i32 1\n}");
        var strong = Reading.IrText.Module("@v = global i32 2\ndefine i32 @f() {\n  ret i32 2\n}");
        var user = Reading.IrText.Module(
            """
            @v = external global i32
            declare i32 @f()
            define i32 @g() {
              %x = call i32 @f()
              %y = load i32, ptr @v
              %z = add i32 %x, %y
              ret i32 %z
            }
            """
        );
        Assert.Equal(4UL, TranslatedCode.Of(weak, strong, user).Call("g"));
        Assert.Equal(4UL, TranslatedCode.Of(user, strong, weak).Call("g"));
    }

    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "KASAN: global-out-of-bounds in f")]
    [InlineData(7, "KASAN: global-out-of-bounds in f")]
    [InlineData(-8, "KASAN: global-out-of-bounds in f")]
    public void Call_AccessBesideTheOnlyVariable_IsReported(int index, string title)
    {
        var code = TranslatedCode.Of(
            """
            @x = global i32 5
            define i32 @f(i64 %i) {
              %p = getelementptr i32, ptr @x, i64 %i
              %y = load i32, ptr %p
              ret i32 %y
            }
            """
        );
        code.TryCall("f", (ulong)(long)index);
        Assert.Equal(title, string.Concat(code.Reports.Select(report => report.Title)));
    }

    [Fact]
    public void Call_AliasOfAlias_IsTheFunction()
    {
        var code = TranslatedCode.Of(
            """
            @a = alias i32 (), ptr @b
            @b = alias i32 (), ptr @f
            define i32 @f() {
              ret i32 9
            }
            define i32 @g() {
              %x = call i32 @a()
              ret i32 %x
            }
            """
        );
        Assert.Equal(9UL, code.Call("g"));
    }

    [Fact]
    public void Call_WhatIsNotProvided_EndsTheRunWithItsName()
    {
        var code = TranslatedCode.Of(
            "declare i32 @gone(i32)\ndefine i32 @f() {\n  %x = call i32 @gone(i32 1)\n  ret i32 %x\n}"
        );
        var error = Assert.Throws<Execution.NotProvidedException>(() => code.Call("f"));
        Assert.StartsWith("not provided: gone(), called by f at ", error.Message);
    }
}
