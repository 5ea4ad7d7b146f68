using System.Runtime.InteropServices;
using IommuSim.Source.Ir;

namespace IommuSim.Source.Tests.Translation;

/// <summary>C functions return the same number here as when they are compiled natively.</summary>
public sealed unsafe class NativeComparisonTests
{
    private const int Runs = 300;

    /// <summary>A million calls each.</summary>
    private const int RunsOfLongCases = 3;

    public static TheoryData<string, string> Files()
    {
        var files = new TheoryData<string, string>();
        string[] names =
        [
            "arithmetic.c",
            "assembly.c",
            "atomics.c",
            "builtins.c",
            "flow.c",
            "odd_widths.c",
            "structs.c",
            "variadic.c",
        ];
        foreach (var name in names)
        {
            foreach (var level in (string[])["-O0", "-O1", "-O2"])
                files.Add(name, level);
        }

        files.Add("tails.c", "-O2");
        return files;
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Call_DrawnNumbers_ReturnsWhatNativeCodeReturns(string file, string level)
    {
        Clang.Require();
        var code = TranslatedCode.Of(Clang.Compile(file, level));
        var library = Clang.Load(file, level);
        var runs = file == "tails.c" ? RunsOfLongCases : Runs;
        var wrong = CasesOf(code.Module).Select(name => Compare(code, library, name, runs)).OfType<string>().ToArray();
        Assert.True(wrong.Length == 0, string.Join("\n\n", wrong));
        Assert.Empty(code.Reports.Select(report => report.Render()).Take(3));
    }

    private static IEnumerable<string> CasesOf(IrModule module) =>
        module
            .Functions.Where(f => !f.IsLocal && !f.Blocks.IsEmpty)
            .Where(f => f.Parameters.Length == 3 && f.ReturnType is IntegerType { Bits: 64 })
            .Select(f => f.Name);

    /// <returns>What differs; null for nothing.</returns>
    private static string? Compare(TranslatedCode code, nint library, string name, int runs)
    {
        var native = (delegate* unmanaged<ulong, ulong, ulong, ulong>)NativeLibrary.GetExport(library, name);
        try
        {
            Draws.ForAll((a, b, c) => Compare(code, (nint)native, name, a, b, c), runs);
            return null;
        }
        catch (Exception failure)
        {
            return $"{name}: {failure.Message.Split("   at ")[0]}";
        }
    }

    private static void Compare(TranslatedCode code, nint function, string name, ulong a, ulong b, ulong c)
    {
        var native = ((delegate* unmanaged<ulong, ulong, ulong, ulong>)function)(a, b, c);
        var ours = code.Call(name, a, b, c);
        if (ours != native)
            Assert.Fail($"{name}(0x{a:x}, 0x{b:x}, 0x{c:x}) is 0x{ours:x} here, 0x{native:x} in native code");
    }
}
