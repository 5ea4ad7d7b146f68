using IommuSim.Source.Ir;
using IommuSim.Source.Reading;

namespace IommuSim.Source.Tests.Reading;

/// <summary>Reads pieces of IR inside the least that has to stand around them.</summary>
internal static class IrText
{
    public static IrModule Module(string text) => IrReader.Read("test.ll", text);

    public static IrFunction Function(string text) => Assert.Single(Module(text).Functions);

    public static IrVariable Variable(string text) => Assert.Single(Module(text).Variables);

    /// <summary>The first instruction of a function of one block, printed.</summary>
    public static string Instruction(string text) => IrPrinter.Print(Instructions(text)[0]);

    public static IReadOnlyList<Instruction> Instructions(string text) =>
        Assert.Single(Function($"define void @f() {{\n  {text}\n  ret void\n}}").Blocks).Instructions;

    /// <summary>The last instruction of the first block, printed.</summary>
    public static string Terminator(string text) =>
        IrPrinter.Print(Function($"define void @f() {{\n  {text}\n}}").Blocks[0].Instructions[^1]);

    public static string Constant(string typeAndValue) =>
        IrPrinter.Print(Variable($"@x = global {typeAndValue}").Initializer);

    public static string Error(string text) => Assert.Throws<IrException>(() => Module(text)).Message;

    public static string InstructionError(string text) => Assert.Throws<IrException>(() => Instructions(text)).Message;
}
