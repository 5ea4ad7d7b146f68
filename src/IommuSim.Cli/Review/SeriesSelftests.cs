using System.Text.RegularExpressions;
using IommuSim.Cli.Commands;

namespace IommuSim.Cli.Review;

/// <summary>What became of Linux's own selftests of iommufd on a kernel.</summary>
/// <param name="Passed">By test; a test that was skipped is not in it.</param>
/// <param name="WhyNot">Why they were not run; null where they were.</param>
internal sealed record SelftestResults(IReadOnlyDictionary<string, bool> Passed, string? WhyNot = null)
{
    public static SelftestResults NotRun(string why) => new(new Dictionary<string, bool>(StringComparer.Ordinal), why);
}

/// <summary>From the selftests of one commit to those of the next.</summary>
/// <param name="Passed">How many pass.</param>
/// <param name="Failed">How many do not.</param>
/// <param name="Passing">Those that pass, and did not before or were not there.</param>
/// <param name="Failing">Those that do not pass, and did before.</param>
internal sealed record SelftestStep(
    int Passed,
    int Failed,
    IReadOnlyList<string> Passing,
    IReadOnlyList<string> Failing
)
{
    public static SelftestStep Between(SelftestResults before, SelftestResults now)
    {
        var passed = now.Passed.Where(t => t.Value).Select(t => t.Key).Order(StringComparer.Ordinal).ToArray();
        var failed = now.Passed.Where(t => !t.Value).Select(t => t.Key).Order(StringComparer.Ordinal).ToArray();
        return new SelftestStep(
            passed.Length,
            failed.Length,
            [.. passed.Where(test => !before.Passed.GetValueOrDefault(test))],
            [.. failed.Where(test => before.Passed.GetValueOrDefault(test))]
        );
    }
}

/// <summary>
/// Compiles tools/testing/selftests/iommu of a tree, and runs it under <c>exec</c> on the tree's kernel. The two
/// headers that matter come from the tree, as its headers_install would leave them.
/// </summary>
internal sealed partial class SeriesSelftests(string scratch)
{
    private const string Folder = "tools/testing/selftests/iommu";
    private const string ShimResource = "capability.h";

    private static readonly string[] s_programs = ["iommufd", "iommufd_fail_nth"];
    private static readonly string[] s_compilers = ["gcc", "clang", "cc"];

    /// <summary>Runs them; or one sentence on why not.</summary>
    public SelftestResults Run(string tree, string kernel, CancellationToken interrupt)
    {
        var folder = Path.Combine(tree, Folder);
        if (!File.Exists(Path.Combine(folder, "iommufd.c")))
            return SelftestResults.NotRun($"the tree has no {Folder}");
        if (
            Array.Find(
                s_compilers,
                name => OtherProgram.Run(name, scratch, ["--version"], null, interrupt) is { Status: 0 }
            )
            is not { } compiler
        )
            return SelftestResults.NotRun("there is no C compiler for them: apt-get install gcc");
        WriteHeaders(tree);
        var passed = new Dictionary<string, bool>(StringComparer.Ordinal);
        foreach (var program in s_programs)
        {
            var path = Path.Combine(scratch, program);
            if (Compile(compiler, folder, program, path, interrupt) is { } error)
                return SelftestResults.NotRun($"{program}.c does not compile: {error}");
            string[] words = [.. ExecCommand.SelfCommand(), "exec", "--kernel", kernel, "--", path];
            var output = OtherProgram.Run(words[0], scratch, words[1..], null, interrupt)!.Value.Output;
            foreach (Match outcome in Outcome().Matches(output))
                passed[outcome.Groups["test"].Value] = outcome.Groups["not"].Length == 0;
        }

        return passed.Count > 0 ? new SelftestResults(passed) : SelftestResults.NotRun("they printed no result");
    }

    private void WriteHeaders(string tree)
    {
        var include = Directory.CreateDirectory(Path.Combine(scratch, "include", "linux")).FullName;
        foreach (var header in new[] { "iommufd.h", "vfio.h" })
        {
            var text = File.ReadAllText(Path.Combine(tree, "include/uapi/linux", header));
            File.WriteAllText(
                Path.Combine(include, header),
                Guard().Replace(KernelOnly().Replace(text, ""), "#${word} ")
            );
        }

        // For a host without the headers of libcap.
        var shim = Directory.CreateDirectory(Path.Combine(scratch, "include", "sys")).FullName;
        using var source = typeof(SeriesSelftests).Assembly.GetManifestResourceStream(ShimResource)!;
        using var file = File.Create(Path.Combine(shim, "capability.h"));
        source.CopyTo(file);
    }

    /// <summary>The first error of the compiler, or null.</summary>
    private string? Compile(string compiler, string folder, string program, string path, CancellationToken interrupt)
    {
        string[] arguments =
        [
            .. new[] { "-O2", "-D_GNU_SOURCE=", "-w", "-I..", $"-I{Path.Combine(scratch, "include")}", "-o", path },
            program + ".c",
        ];
        var (status, _, error) = OtherProgram.Run(compiler, folder, arguments, null, interrupt)!.Value;
        if (status == 0)
            return null;
        var lines = error.Split('\n');
        return Array.Find(lines, line => line.Contains("error:", StringComparison.Ordinal)) ?? lines[0];
    }

    [GeneratedRegex(
        @"\b__user\b|__counted_by\([^)]*\)|^#include <linux/compiler(?:_types)?\.h>",
        RegexOptions.Multiline,
        1000
    )]
    private static partial Regex KernelOnly();

    [GeneratedRegex(@"^#(?<word>ifndef|define|endif.*) _UAPI", RegexOptions.Multiline, 1000)]
    private static partial Regex Guard();

    [GeneratedRegex(@"^(?<not>not )?ok \d+ (?<test>\S+)(?! *# *SKIP)", RegexOptions.Multiline, 1000)]
    private static partial Regex Outcome();
}
