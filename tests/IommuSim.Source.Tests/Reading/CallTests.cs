namespace IommuSim.Source.Tests.Reading;

public sealed class CallTests
{
    [Theory]
    [InlineData("call i32 @g(ptr %p, i64 5)", "Call(i32, @g, [ptr %p, i64 5], False, 2, False)")]
    [InlineData("call ptr %f()", "Call(ptr, %f, [], False, 0, False)")]
    [InlineData(
        "call ptr inttoptr (i64 8 to ptr)()",
        "Call(ptr, ConvertedValue(IntToPtr, i64 8, ptr), [], False, 0, False)"
    )]
    [InlineData("tail call i32 @g()", "Call(i32, @g, [], False, 0, True)")]
    [InlineData("musttail call i32 @g()", "Call(i32, @g, [], False, 0, True)")]
    [InlineData("notail call i32 @g()", "Call(i32, @g, [], False, 0, False)")]
    [InlineData("call fastcc zeroext i1 @g()", "Call(i1, @g, [], False, 0, False)")]
    [InlineData("call cc 10 noalias align 8 dereferenceable(16) ptr @g()", "Call(ptr, @g, [], False, 0, False)")]
    [InlineData("call range(i32 0, 33) i32 @g() #5, !srcloc !9", "Call(i32, @g, [], False, 0, False)")]
    [InlineData("call i32 @g() nounwind \"a\"=\"b\" #3", "Call(i32, @g, [], False, 0, False)")]
    [InlineData("call i32 @g() [ \"kcfi\"(i32 5), \"x\"() ]", "Call(i32, @g, [], False, 0, False)")]
    [InlineData("call i32 (ptr) @g(ptr %p)", "Call(i32, @g, [ptr %p], False, 1, False)")]
    [InlineData("call i32 (ptr, ...) @g(ptr %p, i32 1)", "Call(i32, @g, [ptr %p, i32 1], True, 1, False)")]
    [InlineData("call i32 (...) @g()", "Call(i32, @g, [], True, 0, False)")]
    public void Read_Call_HasCalleeAndArguments(string text, string expected) =>
        Assert.Equal(expected, IrText.Instruction($"%x = {text}"));

    [Theory]
    [InlineData("ptr noundef nonnull align 8 dereferenceable(16) %p", "ptr %p")]
    [InlineData("ptr captures(none) initializes((0, 8)) @g", "ptr @g")]
    [InlineData("ptr sret(%struct.s) align 8 %p", "ptr %p")]
    [InlineData("i32 range(i32 0, 5) -1", "i32 4294967295")]
    [InlineData("i1 noundef zeroext true", "i1 1")]
    [InlineData("ptr noundef getelementptr (i8, ptr @g, i64 4)", "ptr AddressOfElement(i8, @g, [i64 4])")]
    [InlineData("ptr \"name\"=\"value\" null", "ptr zero")]
    [InlineData("metadata !7", "metadata metadata")]
    [InlineData("metadata !\"text\"", "metadata metadata")]
    [InlineData("metadata !{ptr null, !3}", "metadata metadata")]
    [InlineData("metadata !DIExpression(DW_OP_deref)", "metadata metadata")]
    [InlineData("metadata ptr %p", "metadata metadata")]
    public void Read_Argument_HasNoAttributes(string text, string expected) =>
        Assert.Equal($"Call(void, @g, [{expected}], False, 1, False)", IrText.Instruction($"call void @g({text})"));

    [Theory]
    [InlineData("call void @llvm.dbg.value(metadata i32 %a, metadata !3, metadata !DIExpression()), !dbg !9")]
    [InlineData("tail call void @llvm.dbg.declare(metadata ptr %a, metadata !3, metadata !DIExpression())")]
    [InlineData("#dbg_value(ptr %0, !24, !DIExpression(), !31)")]
    [InlineData("  #dbg_assign(i1 poison, !1, !DIExpression(), !2, ptr %a, !DIExpression(), !3)")]
    [InlineData("#dbg_declare(ptr %a, !1, !DIExpression(), !2)")]
    [InlineData("#dbg_value(!DIArgList(i64 %a, i64 %b), !1, !DIExpression(DW_OP_LLVM_arg, 0), !2)")]
    public void Read_WordsToADebugger_AreDropped(string text) =>
        Assert.Equal(["Return(-)"], IrText.Instructions(text).Select(IrPrinter.Print));

    [Fact]
    public void Read_Assembly_HasTemplateAndConstraints() =>
        Assert.Equal(
            "Assembly(i32, lock xaddl $0, $1\n\t, =r,=*m,0, [ptr %p, i32 1], -, [])",
            IrText.Instruction(
                "%x = call i32 asm sideeffect inteldialect \"lock xaddl $0, $1\\0A\\09\", \"=r,=*m,0\""
                    + "(ptr elementtype(i32) %p, i32 1) #5, !srcloc !6"
            )
        );

    [Fact]
    public void Read_AssemblyWithoutResult_HasNone() =>
        Assert.Null(IrText.Instructions("call void asm sideeffect \"\", \"~{memory}\"()")[0].Result);

    [Fact]
    public void Read_CallBranch_HasTargetsAndEndsTheBlock() =>
        Assert.Equal(
            "Assembly(void, jmp ${1:l}, i,!i,!i, [i32 3], next, [yes, 7])",
            IrText.Terminator(
                "callbr void asm sideeffect \"jmp ${1:l}\", \"i,!i,!i\"(i32 3) #5\n"
                    + "          to label %next [label %yes, label %7], !srcloc !6"
            )
        );

    [Fact]
    public void Read_CallBranchWithResult_HasIt()
    {
        var function = IrText.Function(
            "define void @f() {\n  %r = callbr i32 asm \"\", \"=r,!i\"() to label %a [label %b]\na:\n  ret void\n}"
        );
        Assert.Equal("r", function.Blocks[0].Instructions[0].Result);
    }
}
