namespace IommuSim.Source.Tests.Reading;

public sealed class MemoryTests
{
    [Theory]
    [InlineData("load i32, ptr %p, align 4", "Load(i32, %p, False)")]
    [InlineData("load i32, ptr %p", "Load(i32, %p, False)")]
    [InlineData("load volatile i8, ptr @g, align 1, !tbaa !3", "Load(i8, @g, True)")]
    [InlineData("load atomic i64, ptr %p acquire, align 8", "Load(i64, %p, True)")]
    [InlineData(
        "load atomic volatile i64, ptr %p syncscope(\"singlethread\") monotonic, align 8",
        "Load(i64, %p, True)"
    )]
    public void Read_Load_HasTypeAndAddress(string text, string expected) =>
        Assert.Equal(expected, IrText.Instruction($"%x = {text}"));

    [Theory]
    [InlineData("store i32 -1, ptr %p, align 4, !DIAssignID !3", "Store(i32 4294967295, %p, False)")]
    [InlineData("store volatile ptr null, ptr %p", "Store(ptr zero, %p, True)")]
    [InlineData("store atomic i64 %a, ptr %p release, align 8", "Store(i64 %a, %p, True)")]
    [InlineData("store %struct.s zeroinitializer, ptr %p", "Store(%struct.s zero, %p, False)")]
    public void Read_Store_HasValueAndAddress(string text, string expected) =>
        Assert.Equal(expected, IrText.Instruction(text));

    [Theory]
    [InlineData("getelementptr i8, ptr %p, i64 40", "Element(i8, %p, [i64 40])")]
    [InlineData("getelementptr inbounds nuw %struct.s, ptr %p, i32 0, i32 1", "Element(%struct.s, %p, [i32 0, i32 1])")]
    [InlineData("getelementptr nusw i8, ptr %p, i64 %a, !dbg !1", "Element(i8, %p, [i64 %a])")]
    public void Read_Element_HasIndices(string text, string expected)
    {
        var module = IrText.Module($"define void @f() {{\n  %x = {text}\n  ret void\n}}\n{DebugText.Line(1)}");
        Assert.Equal(expected, IrPrinter.Print(module.Functions[0].Blocks[0].Instructions[0]));
    }

    [Theory]
    [InlineData("alloca i64, align 8", "Alloca(i64, -, 8)")]
    [InlineData("alloca [4 x i8]", "Alloca([4 x i8], -, 0)")]
    [InlineData("alloca i32, i64 %n, align 16, !DIAssignID !2", "Alloca(i32, i64 %n, 16)")]
    public void Read_Alloca_HasCountAndAlignment(string text, string expected) =>
        Assert.Equal(expected, IrText.Instruction($"%x = {text}"));

    [Theory]
    [InlineData("atomicrmw add ptr %p, i32 1 seq_cst, align 4", "AtomicUpdate(add, %p, i32 1)")]
    [InlineData("atomicrmw volatile xchg ptr %p, ptr %q acq_rel", "AtomicUpdate(xchg, %p, ptr %q)")]
    [InlineData("atomicrmw umax ptr %p, i32 1 syncscope(\"agent\") monotonic", "AtomicUpdate(umax, %p, i32 1)")]
    public void Read_AtomicUpdate_HasOperation(string text, string expected) =>
        Assert.Equal(expected, IrText.Instruction($"%x = {text}"));

    [Theory]
    [InlineData("cmpxchg ptr %p, i32 %a, i32 1 seq_cst monotonic, align 4", "CompareExchange(%p, i32 %a, 1)")]
    [InlineData("cmpxchg weak volatile ptr %p, ptr null, ptr %q acquire acquire", "CompareExchange(%p, ptr zero, %q)")]
    public void Read_CompareExchange_HasBothValues(string text, string expected) =>
        Assert.Equal(expected, IrText.Instruction($"%x = {text}"));

    [Theory]
    [InlineData("fence seq_cst")]
    [InlineData("fence syncscope(\"singlethread\") acquire")]
    public void Read_Fence_HasNoResult(string text) => Assert.Equal("Fence()", IrText.Instruction(text));
}
