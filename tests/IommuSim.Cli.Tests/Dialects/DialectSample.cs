using IommuSim.Cli.Dialects;

namespace IommuSim.Cli.Tests.Dialects;

/// <summary>A report with all that a dialect may have to escape, and with every kind of case.</summary>
internal static class DialectSample
{
    /// <summary>A percent sign, what XML and JSON escape, a control character, and a letter outside ASCII.</summary>
    public const string Odd = "100% <of> \"a&b\" ]]> \u0001 é 💥";

    public static DialectReport Report { get; } =
        new(
            "sample",
            [
                new DialectSuite(
                    "mixed",
                    [
                        new DialectCase("linux-7.3", DialectOutcome.Pass),
                        new DialectCase("v1/12,gcc=O0: #2", DialectOutcome.Fail)
                        {
                            Rule = new DialectRule("scenario/outcome", "A step does something else."),
                            Message = $"not as stated: {Odd}",
                            Detail = $"ok 1 this is no result\r\n\r\n  {Odd}\n",
                            File = "folder, with: odd #names/100%.scenario",
                            Line = 7,
                            Replay = "g:1,2",
                        },
                        new DialectCase("linux-6.8", DialectOutcome.Skip)
                        {
                            Message = "the kernel has no driver 'x'",
                            File = "plain.scenario",
                        },
                    ]
                ),
                new DialectSuite(
                    "findings",
                    [
                        new DialectCase("KASAN: slab-use-after-free in iommufd_fops_read", DialectOutcome.Fail)
                        {
                            Rule = DialectRule.OfTitle("KASAN: slab-use-after-free in iommufd_fops_read"),
                            Message = "read of 4 bytes",
                            File = "/src/linux/drivers/iommu/iommufd/eventq.c",
                            Line = 40,
                        },
                        new DialectCase("somewhere", DialectOutcome.Fail)
                        {
                            Rule = new DialectRule("scenario/outcome", "A step does something else."),
                            Message = "no file",
                        },
                    ]
                ),
                new DialectSuite(
                    "skipped",
                    [new DialectCase("linux-6.8", DialectOutcome.Skip) { Message = "not asked" }]
                ),
            ]
        );

    public static string In(Format format) => In(format, Report);

    public static string In(Format format, DialectReport report)
    {
        var text = new StringWriter();
        Dialect.Write(format, report, text);
        return text.ToString();
    }
}
