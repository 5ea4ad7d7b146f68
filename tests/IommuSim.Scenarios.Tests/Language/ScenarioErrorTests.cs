using IommuSim.Scenarios.Language;

namespace IommuSim.Scenarios.Tests.Language;

/// <summary>Every error the parser knows: place, wording and suggestion.</summary>
public sealed class ScenarioErrorTests
{
    private const string HeaderList =
        "the headers are name, question, why, source, kernels, config, choices, memlock, device, steps";

    private const string MemLock = "RLIMIT_MEMLOCK in bytes, as in 'memlock: 0x4000'";

    /// <summary>
    /// Line 5 on, behind the four text headers; "kernels: k" is added at the end.
    /// </summary>
    public static TheoryData<string, string, string, string?> Headers =>
        new()
        {
            { "chioces: g", "5:1+7", $"unknown header 'chioces'; {HeaderList}", "choices" },
            { "Config: a=1", "5:1+6", $"unknown header 'Config'; {HeaderList}", "config" },
            { "foo: bar\n  more", "5:1+3", $"unknown header 'foo'; {HeaderList}", null },
            { "devcie d: mock", "5:1+6", $"unknown header 'devcie'; {HeaderList}", "device" },
            { "name: m", "5:1+4", "duplicate header 'name'; the first is on line 1", null },
            { "bind d", "5:1+4", "expected a header, as in 'name: ...' or 'device NAME: DRIVER'", null },
            { "= x", "5:1+1", "expected a header, as in 'name: ...' or 'device NAME: DRIVER'", null },
            { "choices:", "5:1+7", "the header 'choices:' has no text", null },
            { "choices: a\n  b", "6:1+3", "'choices' stands on one line", null },
            { "config:", "5:8+0", "expected a build switch, KEY=VALUE, found the end of the line", null },
            { "memlock:", "5:9+0", $"expected {MemLock}, found the end of the line", null },
            { "memlock: no", "5:10+2", $"expected {MemLock}, found 'no'", null },
            { "memlock: 0-9", "5:10+3", $"expected {MemLock}", null },
            { "memlock: 1 2", "5:10+1", $"expected {MemLock}", null },
            { "config: a", "5:10+0", "expected '=' after 'a', found the end of the line", null },
            { "config: 1", "5:9+1", "expected a build switch, KEY=VALUE, found '1'", null },
            { "config: a=1 a=2", "5:13+1", "'a' is given twice", null },
            {
                "device: mock",
                "5:7+1",
                "expected the name of the device, as in 'device NAME: DRIVER', found ':'",
                null
            },
            { "device d mock", "5:10+4", "expected ':' and a driver, found 'mock'", null },
            { "device d:", "5:10+0", "expected a driver, found the end of the line", null },
            { "device d: mock x", "5:17+0", "expected '=' after 'x', found the end of the line", null },
            { "device d: mock 7", "5:16+1", "expected a property, key=value, found '7'", null },
            { "device d: m\ndevice d: m", "6:8+1", "duplicate device 'd'; the first is on line 5", null },
            { "device d: m \\\n  a=1", "5:13+1", "a backslash may only end a line of the steps", null },
        };

    /// <summary>Line 7 on, behind "steps:".</summary>
    public static TheoryData<string, string, string, string?> Steps =>
        new()
        {
            { "name: n", "7:1+4", "the header 'name' must stand before 'steps:'", null },
            { "device d: mock", "7:1+6", "the header 'device' must stand before 'steps:'", null },
            { "steps:", "7:1+5", "duplicate header 'steps'", null },
            {
                "  OK",
                "7:3+2",
                "an indented line states an outcome, but no step stands above it; " + "steps begin in column 1",
                null
            },
            { "run\nOK a=1", "8:1+2", "an outcome must be indented under its step", null },
            { "run\nv1 v2+: OK", "8:1+2", "a step has no ':' and an outcome must be indented under its step", null },
            { "5", "7:1+1", "expected a step, [RESULT =] VERB arguments, found '5'", null },
            { "r =", "7:4+0", "expected a step, [RESULT =] VERB arguments, found the end of the line", null },
            { "= run", "7:1+1", "expected a step, [RESULT =] VERB arguments, found '='", null },
            { "1 = run", "7:1+1", "expected a name for the result before '=', found '1'", null },
            { "run a=1 b", "7:9+1", "arguments without a name come before those with one", null },
            { "run a=1 a=2", "7:9+1", "'a' is given twice", null },
            { "run 1=2", "7:5+1", "expected an argument name, found '1'", null },
            { "run a=", "7:7+0", "expected a value, found the end of the line", null },
            { "run )", "7:5+1", "expected a value, found ')'", null },
            { "run a=1: c", "7:8+1", "expected a value, found ':'", null },
            { "run \\", "7:5+1", "the line this backslash continues on is empty", null },
            { "run \\\n\nrun", "7:5+1", "the line this backslash continues on is empty", null },
            { "run \\ a", "7:5+1", "a backslash may only end a line of the steps", null },
            { "run @", "7:5+1", "'@' has no meaning here; expected a value", null },
            { "run \u00a0", "7:5+1", "the character U+00A0 has no meaning here; expected a value", null },
            { "run \ud83d\ude00", "7:5+2", "the character U+1F600 has no meaning here; expected a value", null },
        };

    public static TheoryData<string, string, string, string?> Values =>
        new()
        {
            { "18446744073709551616", "7:5+20", "'18446744073709551616' does not fit in 64 bits", null },
            { "0x10000000000000000", "7:5+19", "'0x10000000000000000' does not fit in 64 bits", null },
            { "17179869184G", "7:5+12", "'17179869184G' does not fit in 64 bits", null },
            { "~18446744073709551616", "7:6+20", "'18446744073709551616' does not fit in 64 bits", null },
            { "-9223372036854775809", "7:5+20", "the number does not fit in 64 bits; the least is -2^63", null },
            { "0-18446744073709551616", "7:7+20", "'18446744073709551616' does not fit in 64 bits", null },
            { "12ab", "7:5+4", NotANumber("12ab"), null },
            { "0x", "7:5+2", NotANumber("0x"), null },
            { "0x1K", "7:5+4", NotANumber("0x1K"), null },
            { "6.2", "7:5+3", NotANumber("6.2"), null },
            { "4k", "7:5+2", NotANumber("4k"), "4K" },
            { "0XfF", "7:5+4", NotANumber("0XfF"), "0xfF" },
            { "~", "7:6+0", "expected a plain number right after '~', found the end of the line", null },
            { "-x", "7:6+1", "expected a plain number right after '-', found 'x'", null },
            { "- 1", "7:7+1", "expected a plain number right after '-', found '1'", null },
            { "1-", "7:6+1", "a range is FIRST-LAST, both plain numbers and no blanks", null },
            { "1- 2", "7:6+1", "a range is FIRST-LAST, both plain numbers and no blanks", null },
            { "1-~2", "7:6+1", "a range is FIRST-LAST, both plain numbers and no blanks", null },
            { "-1-2", "7:5+4", "a range is FIRST-LAST, both plain numbers and no blanks", null },
            { "A|", "7:7+0", "expected a word or a number after '|', found the end of the line", null },
            { "A|[1]", "7:7+1", "expected a word or a number after '|', found '['", null },
            { "A|-", "7:8+0", "expected a plain number right after '-', found the end of the line", null },
            { "A+", "7:7+0", "expected a number after '+', found the end of the line", null },
            { "A+B", "7:7+1", "expected a number after '+', found 'B'", null },
            { "[1]|A", "7:8+1", "'|' joins words and numbers only", null },
            { "1-2|A", "7:8+1", "'|' joins words and numbers only", null },
            { "x{a=1 b=2}", "7:11+1", "expected ',' or '}', found 'b'", null },
            { "x{a=1,}", "7:11+1", "expected a field name, found '}'", null },
            { "x{a}", "7:8+1", "expected '=' after 'a', found '}'", null },
            { "x{a=1, a=2}", "7:12+1", "'a' is given twice", null },
            { "x{a=1", "7:10+0", "expected ',' or '}', found the end of the line", null },
            { "[1", "7:7+0", "expected ',' or ']', found the end of the line", null },
            { "[1,]", "7:8+1", "expected a value, found ']'", null },
            { "x(1]", "7:8+1", "expected ',' or ')', found ']'", null },
            { "x(\"a\" \"b\")", "7:11+3", "expected ',' or ')', found a string", null },
            { "\"abc", "7:5+4", "this string has no closing '\"'", null },
            { "\"abc\\", "7:5+5", "this string has no closing '\"'", null },
            { "\"a\\n\"", "7:7+2", "only \\\" and \\\\ are escapes in a string", null },
            { new string('x', 50) + "{1}", "7:56+1", "expected a field name, found '1'", null },
            {
                "x{" + new string('y', 50) + "}",
                "7:57+1",
                $"expected '=' after '{new string('y', 40)}...', found '}}'",
                null
            },
        };

    /// <summary>Line 8 on, under a step and indented by two.</summary>
    public static TheoryData<string, string, string, string?> Outcomes =>
        new()
        {
            { "Ok", "8:3+2", NotAResult("'Ok'"), "OK" },
            { "kiled", "8:3+5", NotAResult("'kiled'"), "killed" },
            { "EFAUlT", "8:3+6", NotAResult("'EFAUlT'"), "EFAULT" },
            { "efualt", "8:3+6", NotAResult("'efualt'"), "EFAULT" },
            { "maybe", "8:3+5", NotAResult("'maybe'"), null },
            { "v1:", "8:6+0", NotAResult("the end of the line"), null },
            { "v1: 22", "8:7+2", NotAResult("'22'"), null },
            { "v1 v2+ OK", "8:10+2", "expected ':' between the kernels and 'OK'", null },
            { "otherwise EINVAL", "8:13+6", "expected ':' between the kernels and 'EINVAL'", null },
            { ": OK", "8:3+1", "expected a kernel or 'otherwise' before ':', found ':'", null },
            { "v1, v2: OK", "8:5+1", "expected another kernel or ':', found ','", null },
            { "v1 +: OK", "8:6+1", "'+' must follow its kernel without a blank", null },
            { "v1 v1+: OK", "8:6+2", "kernel 'v1' is listed twice", null },
            { "otherwise v1: OK", "8:3+9", "'otherwise' stands alone before its ':'", null },
            { "otherwise+: OK", "8:3+9", "'otherwise' stands alone before its ':'", null },
            { "OK a=1 a=2", "8:10+1", "'a' is given twice", null },
            { "OK a", "8:6+1", "expected field=value or ',', found 'a'", null },
            { "OK a=1 report \"x\"", "8:10+6", "expected ',' before a clause, found 'report'", null },
            { "OK, a=1", "8:7+1", "expected 'report \"title\"' or 'reads NAME{...}', found 'a'", null },
            {
                "OK, repotr \"x\"",
                "8:7+6",
                "expected 'report \"title\"' or 'reads NAME{...}', found 'repotr'",
                "report"
            },
            { "OK,", "8:6+0", "expected 'report \"title\"' or 'reads NAME{...}', found the end of the line", null },
            { "OK, report x", "8:14+1", "expected the title of the report as a \"string\", found 'x'", null },
            { "OK, report \"\"", "8:14+2", "the title of a report is not empty", null },
            { "OK, reads 5", "8:13+1", "expected the name of an argument or a result after 'reads', found '5'", null },
            { "OK, reads x y", "8:15+1", "expected '{' after 'x', found 'y'", null },
            { "OK, reads x{y=1", "8:18+0", "expected ',' or '}', found the end of the line", null },
            { "otherwise: OK\n  otherwise: OK", "9:3+13", "a second 'otherwise' for the same step", null },
            { "OK\n  v1: OK", "9:3+6", Alone, null },
            { "v1: OK\n  EINVAL", "9:3+6", Alone, null },
        };

    private const string Alone =
        "an outcome without selectors is for every kernel and must be the only one of its step; "
        + "write 'otherwise:' for the remaining kernels";

    [Theory]
    [MemberData(nameof(Headers))]
    public void Parse_BadHeader_IsReported(string lines, string place, string message, string? suggestion)
    {
        Check(ScenarioSample.WithHeaders(lines + "\nkernels: k\n"), place, message, suggestion);
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void Parse_BadStep_IsReported(string lines, string place, string message, string? suggestion)
    {
        Check(ScenarioSample.WithSteps(lines), place, message, suggestion);
    }

    [Theory]
    [MemberData(nameof(Values))]
    public void Parse_BadValue_IsReported(string value, string place, string message, string? suggestion)
    {
        Check(ScenarioSample.WithSteps("run " + value), place, message, suggestion);
    }

    [Theory]
    [MemberData(nameof(Outcomes))]
    public void Parse_BadOutcome_IsReported(string lines, string place, string message, string? suggestion)
    {
        Check(ScenarioSample.WithSteps("run\n  " + lines), place, message, suggestion);
    }

    [Theory]
    [InlineData("kernels:", "5:9+0", "expected a kernel, NAME or NAME+, found the end of the line")]
    [InlineData("kernels: v1 6.2", "5:13+3", "expected a kernel, NAME or NAME+, found '6.2'")]
    [InlineData("kernels: v1 +", "5:13+1", "'+' must follow its kernel without a blank")]
    [InlineData("kernels: v1 v1+", "5:13+2", "kernel 'v1' is listed twice")]
    [InlineData("kernels: k\nsteps: run", "6:8+3", "expected the end of the line after 'steps:', found 'run'")]
    [InlineData("", "1:1+0", "the header 'kernels:' is missing")]
    public void Parse_BadKernelsOrStepsLine_IsReported(string lines, string place, string message)
    {
        Check(ScenarioSample.WithHeaders(lines), place, message, null);
    }

    [Fact]
    public void Parse_IndentedFirstLine_IsReported()
    {
        string text = "\t stray words\n" + ScenarioSample.WithHeaders("kernels: k");
        Check(text, "1:3+5", "this indented line has no header to continue", null);
    }

    [Fact]
    public void Parse_EmptyFile_MissesEveryRequiredHeader()
    {
        Words.Equal(
            ["name", "question", "why", "source", "kernels"],
            Parsed.Bad("").Select(d => d.Message.Split('\'')[1].TrimEnd(':'))
        );
    }

    [Fact]
    public void Parse_MisspeltRequiredHeader_IsNotMissingToo()
    {
        Diagnostic error = Assert.Single(Parsed.Bad("nmae: n\nquestion: q\nwhy: w\nsource: s\nkernels: k\n"));
        Assert.Equal("name", error.Suggestion);
    }

    [Fact]
    public void Parse_SeveralErrors_AreAllReportedInOrder()
    {
        string text = ScenarioSample.WithHeaders(
            "knrels: v1\ndevice d mock\nsteps:\n"
                + "run a=0x1g b=99999999999999999999 c=\n  kiled\n  OK report \"x\"\n"
                + "good x=1\n  v1: OK\n  v1 OK\n"
        );
        Words.Equal(
            ["5:1", "6:10", "8:7", "8:14", "8:37", "9:3", "10:6", "13:6"],
            Parsed.Bad(text).Select(d => $"{d.Span.Line}:{d.Span.Column}")
        );
    }

    [Fact]
    public void Parse_ErrorRendered_ShowsLineCaretAndSuggestion()
    {
        string text = ScenarioSample.WithSteps("run\n  v1/07: kiled, report \"x\"\n");
        ScenarioParseResult result = ScenarioParser.Parse("a.scenario", text);
        Assert.Equal(
            "a.scenario:8:10: error: expected OK, killed or an errno name such as EINVAL, "
                + "found 'kiled'\n"
                + "  v1/07: kiled, report \"x\"\n"
                + "         ^^^^^\n"
                + "did you mean 'killed'?\n",
            result.Source.Render(result.Diagnostics)
        );
    }

    private static string NotANumber(string text) =>
        $"'{text}' is not a number; write decimal digits, with K, M or G if needed, " + "or 0x and hex digits";

    private static string NotAResult(string found) =>
        $"expected OK, killed or an errno name such as EINVAL, found {found}";

    private static void Check(string text, string place, string message, string? suggestion)
    {
        Diagnostic error = Assert.Single(Parsed.Bad(text));
        SourceSpan span = error.Span;
        Assert.Equal(message, error.Message);
        Assert.Equal(place, $"{span.Line}:{span.Column}+{span.Length}");
        Assert.Equal(suggestion, error.Suggestion);
        Assert.Equal("t.scenario", error.File);
    }
}
