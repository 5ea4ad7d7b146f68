using System.Xml.Linq;

namespace IommuSim.Cli.Tests.Dialects;

/// <summary>JUnit XML by Python's junitparser (Debian's python3-junitparser), and by .NET's own XML.</summary>
public sealed class JunitReaderTests
{
    internal const string JunitParser = """
        import sys, junitparser
        for suite in junitparser.JUnitXml.fromfile(sys.argv[1]):
            print(suite.name, suite.tests, suite.failures, suite.errors, suite.skipped)
            for case in suite:
                assert case.classname == suite.name
                print('-', case.name)
                for result in case.result:
                    print(' ', type(result).__name__, result.type, result.message)
        """;

    /// <summary>The system's own, for which Debian's package is made.</summary>
    internal const string Python = "/usr/bin/python3";

    [Fact]
    public void JunitParser_ReadsTheSample_EveryVerdict()
    {
        Reader.Require($"{Python} has no junitparser", Python, "-c", "import junitparser");
        const string Expected = """
            mixed 3 1 0 1
            - linux-7.3
            - v1/12,gcc=O0: #2
              Failure scenario/outcome not as stated: 100% <of> "a&b" ]]> ? é 💥
            - linux-6.8
              Skipped None the kernel has no driver 'x'
            findings 2 2 0 0
            - KASAN: slab-use-after-free in iommufd_fops_read
              Failure report/kasan-slab-use-after-free read of 4 bytes
            - somewhere
              Failure scenario/outcome no file
            skipped 1 0 0 1
            - linux-6.8
              Skipped None not asked
            """;
        Assert.Equal(Expected, Reader.Run(DialectSample.In(Format.Junit), Python, "-c", JunitParser));
    }

    [Fact]
    public void Xml_OfTheSample_HasTheDetailWithItsLines()
    {
        var root = XDocument.Parse(DialectSample.In(Format.Junit)).Root!;
        var detail = root.Descendants("failure").First().Value.Split('\n');

        Assert.Equal("6 3 0 2", string.Join(' ', Attributes(root, "tests", "failures", "errors", "skipped")));
        Assert.StartsWith(
            "folder, with: odd #names/100%.scenario:7: not as stated: ",
            detail[0],
            StringComparison.Ordinal
        );
        Assert.Equal(["ok 1 this is no result", ""], detail[1..3]);
        Assert.Equal("  100% <of> \"a&b\" ]]> ? é 💥", detail[3]);
        Assert.Equal("replay: g:1,2", detail[4]);
    }

    [Fact]
    public void Xml_OfAllScenarios_HasASuiteForEachFile()
    {
        var root = XDocument.Parse(Cli.Run("run", "scenarios", "--format", "junit").Output).Root!;
        var files = root.Elements("testsuite")
            .Select(s => s.Elements("testcase").Select(c => c.Attribute("file")!.Value));
        var scenarios = Directory.GetFiles("scenarios", "*.scenario", SearchOption.AllDirectories);

        Assert.Equal(
            scenarios.Order(StringComparer.Ordinal),
            files.Select(f => Assert.Single(f.Distinct())).Order(StringComparer.Ordinal)
        );
    }

    private static IEnumerable<string> Attributes(XElement element, params string[] names) =>
        names.Select(name => element.Attribute(name)!.Value);
}
