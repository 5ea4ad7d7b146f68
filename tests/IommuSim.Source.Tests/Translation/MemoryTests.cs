using System.Collections.Concurrent;

namespace IommuSim.Source.Tests.Translation;

/// <summary>Wrong accesses of C are reported with their kind and function, right ones never.</summary>
public sealed class MemoryTests
{
    private const string File = "memory.c";

    private const string Null = "BUG: kernel NULL pointer dereference";
    private const string Fault = "BUG: unable to handle page fault";
    private const string Divide = "divide error";
    private const string Stack = "KASAN: stack-out-of-bounds";
    private const string Global = "KASAN: global-out-of-bounds";
    private const string Slab = "KASAN: slab-out-of-bounds";
    private const string Freed = "KASAN: slab-use-after-free";
    private const string Unset = "KMSAN: uninit-value";

    private static readonly (string Case, string Title)[] s_wrong =
    [
        ("stack_after", Stack),
        ("stack_before", Stack),
        ("stack_past_last_bytes", Stack),
        ("global_after", Global),
        ("global_before", Global),
        ("heap_after", Slab),
        ("heap_before", Slab),
        ("heap_freed", Freed),
        ("heap_freed_twice", "KASAN: double-free"),
        ("heap_not_from_start", "KASAN: invalid-free"),
        ("copied_too_much", Slab),
        ("filled_too_much", Stack),
        ("null_read", Null),
        ("null_member", Null),
        ("null_write", Null),
        ("null_called", Null),
        ("user_read", Fault),
        ("user_write", Fault),
        ("user_filled", Fault),
        ("wild_read", Fault),
        ("wild_called", Fault),
        ("data_called", Fault),
        ("other_type_called", Fault),
        ("code_read", Fault),
        ("divided_by_zero", Divide),
        ("remainder_of_zero", Divide),
        ("function_ended", Stack),
        ("scope_ended", Stack),
        ("unset_branch", Unset),
        ("unset_switch", Unset),
        ("unset_index", Unset),
        ("unset_address", Unset),
        ("unset_argument", Unset),
        ("unset_returned", Unset),
        ("unset_member", Unset),
        ("unset_heap", Unset),
        ("unset_field", Unset),
        ("unset_moved", Unset),
    ];

    private static readonly string[] s_levels = ["-O0", "-O1", "-O2"];

    private static readonly ConcurrentDictionary<string, TranslatedCode> s_code = new(StringComparer.Ordinal);

    public static TheoryData<string, string, string> Wrong() =>
        new(
            s_wrong.SelectMany(w =>
                s_levels
                    // Without optimisation clang does not say where the scopes of variables end.
                    .Where(level => level != "-O0" || w.Case != "scope_ended")
                    .Select(level => new TheoryDataRow<string, string, string>(w.Case, level, w.Title))
            )
        );

    public static TheoryData<string> Levels() => new(s_levels);

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Call_WrongAccess_IsReportedInItsFunction(string name, string level, string title)
    {
        var code = CodeOf(level);
        code.TryCall(name, 5, 0x1000, 1);
        Assert.NotEmpty(code.Reports);
        Assert.Equal($"{title} in {name}", code.Reports[0].Title);
        Assert.Contains("memory.c:", code.Reports[0].Detail);
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Call_RightAccesses_MakeNoReport(string level)
    {
        var code = CodeOf(level);
        var cases = code.Module.Functions.Where(f => f.Name.StartsWith("right_", StringComparison.Ordinal)).ToArray();
        Assert.True(cases.Length >= 10);
        foreach (var function in cases)
        {
            code.Call(function.Name, 5, 0x1000, 1);
            Assert.True(
                code.Reports.Count == 0,
                $"{function.Name} at {level}: {code.Reports.FirstOrDefault()?.Render()}"
            );
        }
    }

    private static TranslatedCode CodeOf(string level)
    {
        Clang.Require();
        return s_code.GetOrAdd(level, _ => TranslatedCode.Of(Clang.Compile(File, level))).Fresh();
    }

    [Fact]
    public void WrongCases_AreAllInTheFile()
    {
        Clang.Require();
        var names = Clang
            .Compile(File, "-O0")
            .Functions.Where(f => !f.IsLocal && !f.Blocks.IsEmpty)
            .Select(f => f.Name);
        Assert.Equal(
            names.Where(name => !name.StartsWith("right_", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
            s_wrong.Select(w => w.Case).Order(StringComparer.Ordinal)
        );
    }
}
