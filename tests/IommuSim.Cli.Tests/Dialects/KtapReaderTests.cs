namespace IommuSim.Cli.Tests.Dialects;

/// <summary>
/// KTAP by two readers: kunit_parser.py of the kernel tree that IOMMUSIM_TREE_73 names, and Perl's TAP::Parser, which
/// <c>prove</c> uses.
/// </summary>
public sealed class KtapReaderTests
{
    private const string Variable = "IOMMUSIM_TREE_73";

    internal const string Kunit = """
        import sys
        sys.path.insert(0, sys.argv[1])
        import kunit_parser, kunit_printer
        with open(sys.argv[2], encoding='utf-8') as file:
            lines = file.read().split('\n')
        test = kunit_parser.parse_run_tests(lines, kunit_printer.Printer(output=sys.stderr))
        for suite in test.subtests:
            print(suite.status.name, suite.name, suite.skip_reason)
            for case in suite.subtests:
                diagnostics = sum(line.strip().startswith('#') for line in case.log)
                print('-', case.status.name, case.name, diagnostics, case.skip_reason)
        print(test.counts, 'errors:', test.counts.errors)
        """;

    /// <summary>It does not read indented subtests: they are given to it by themselves.</summary>
    internal const string TapParser = """
        use strict; use TAP::Parser;
        open my $file, '<', $ARGV[0] or die; my $text = do { local $/; <$file> };
        sub show {
            my ($mark, $tap) = @_;
            my $parser = TAP::Parser->new({ tap => $tap });
            while (my $line = $parser->next) {
                next unless $line->is_test;
                printf "%s%s %s%s\n", $mark, $line->is_ok ? 'ok' : 'not ok', $line->description,
                    $line->has_skip ? ' skipped: ' . $line->explanation : '';
            }
            print "$mark$_\n" for $parser->parse_errors;
            print $mark . "planned " . $parser->tests_planned . ", run " . $parser->tests_run . "\n";
        }
        show('', $text);
        while ($text =~ /((?:^    .*\n)+)/mg) { (my $tap = $1) =~ s/^    //mg; show('- ', $tap); }
        """;

    [Fact]
    public void Kunit_ReadsTheSample_EveryVerdictAndNoError()
    {
        const string Expected = """
            FAILURE mixed
            - SUCCESS linux-7.3 0
            - FAILURE v1/12,gcc=O0: _2 5
            - SKIPPED linux-6.8 0 the kernel has no driver 'x'
            FAILURE findings
            - FAILURE KASAN: slab-use-after-free in iommufd_fops_read 1
            - FAILURE somewhere 1
            SKIPPED skipped no case was run
            - SKIPPED linux-6.8 0 not asked
            Ran 6 tests: passed: 1, failed: 3, skipped: 2 errors: 0
            """;
        var read = Reader.Run(DialectSample.In(Format.Ktap), "python3", "-c", Kunit, KunitFolder());
        Assert.Equal(Expected, read.Replace(" \n", "\n", StringComparison.Ordinal));
    }

    [Fact]
    public void Kunit_ReadsAllScenarios_AsManyVerdictsAsTheTextSays()
    {
        var folder = KunitFolder();
        var verdicts = Cli.Run("run", "scenarios").Output.TrimEnd().Split('\n')[^1].Split(' ')[2];
        var read = Reader.Run(Cli.Run("run", "scenarios", "--format", "ktap").Output, "python3", "-c", Kunit, folder);
        Assert.Equal($"Ran {verdicts} tests: passed: {verdicts} errors: 0", read.Split('\n')[^1]);
    }

    [Fact]
    public void TapParser_ReadsTheSample_EveryVerdictAndNoError()
    {
        Reader.Require("perl has no TAP::Parser", "perl", "-MTAP::Parser", "-e", "1");
        const string Expected = """
            not ok mixed
            not ok findings
            ok skipped skipped: no case was run
            planned 3, run 3
            - ok linux-7.3
            - not ok v1/12,gcc=O0: _2
            - ok linux-6.8 skipped: the kernel has no driver 'x'
            - planned 3, run 3
            - not ok KASAN: slab-use-after-free in iommufd_fops_read
            - not ok somewhere
            - planned 2, run 2
            - ok linux-6.8 skipped: not asked
            - planned 1, run 1
            """;
        var read = Reader.Run(DialectSample.In(Format.Ktap), "perl", "-e", TapParser);
        Assert.Equal(Expected, read);
    }

    internal static string KunitFolder()
    {
        var tree = Environment.GetEnvironmentVariable(Variable);
        Assert.SkipUnless(Directory.Exists(tree), $"{Variable} names no source tree of Linux 7.3");
        return Path.Combine(tree!, "tools/testing/kunit");
    }
}
