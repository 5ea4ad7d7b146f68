using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using IommuSim.Cli.Review;

namespace IommuSim.Cli.Tests.Reviews;

/// <summary>What a commit changes in the header that programs are built against.</summary>
public sealed partial class UapiHeaderTests
{
    private const string Variable = "IOMMUSIM_TREE_73";
    private const string Breaks = ": this breaks programs that were built before";

    private const string Header = """
        /* The number of IOMMU_OLD */
        #define IOMMU_OLD 1
        enum {
        	IOMMUFD_CMD_A = 0x80,
        };
        struct iommu_a {
        	__u32 size;
        	__u32 flags;
        	__u32 __reserved;
        	__u32 id;
        };
        """;

    [Theory]
    [InlineData("", "", "")]
    [InlineData("IOMMUFD_CMD_A = 0x80,", "IOMMUFD_CMD_A = 0x80,\n\tIOMMUFD_CMD_B,", "IOMMUFD_CMD_B is new")]
    [InlineData("#define IOMMU_OLD 1", "", "IOMMU_OLD is gone")]
    [InlineData("The number of IOMMU_OLD", "The number of IOMMU_NEW", "")]
    [InlineData(
        "__u32 id;",
        "__u32 id;\n\t__aligned_u64 more;",
        "struct iommu_a grows at its end: __aligned_u64 more at 16; 16 bytes before, 24 now"
    )]
    [InlineData(
        "__u32 __reserved;",
        "__u16 type;\n\t__u16 __reserved;",
        "struct iommu_a has __u16 type at 8; 16 bytes as before"
    )]
    public void ChangesTo_EditedHeader_TellsWhatProgramsSee(string old, string now, string change)
    {
        var changes = ChangesTo(old, now);
        Assert.Equal(change.Length == 0 ? [] : [change], changes.Select(c => c.Text));
        Assert.DoesNotContain(changes, c => c.Breaks);
    }

    [Theory]
    [InlineData("\t__u32 id;\n", "", "struct iommu_a: id at 12 is gone; 16 bytes before, 12 now")]
    [InlineData(
        "__u32 flags;",
        "__u32 more;\n\t__u32 flags;",
        "struct iommu_a: flags moves from 4 to 8, id moves from 12 to 16; 16 bytes before, 20 now"
    )]
    [InlineData(
        "__u32 flags;",
        "__aligned_u64 flags;",
        "struct iommu_a: flags moves from 4 to 8, id moves from 12 to 20; 16 bytes before, 24 now"
    )]
    [InlineData(
        "__u32 id;",
        "__u16 id;\n\t__u16 type;",
        "struct iommu_a: id at 12 had 4 bytes and has 2; 16 bytes as before"
    )]
    public void ChangesTo_FieldInTheMiddle_IsAFinding(string old, string now, string change) =>
        Assert.Equal([new UapiChange(change + Breaks, Breaks: true)], ChangesTo(old, now));

    [Fact]
    public void ChangesTo_LayoutThatIsNotUnderstood_SaysSo()
    {
        var change = Assert.Single(ChangesTo("__u32 id;", "__u32 id : 4;"));
        Assert.Equal(new UapiChange("struct iommu_a has other fields; its layout is not understood here"), change);
    }

    /// <summary>A compiler lays out every struct of the header as we do, member by member.</summary>
    [Fact]
    public void Structs_OfLinux_LieAsACompilerLaysThemOut()
    {
        var tree = Environment.GetEnvironmentVariable(Variable);
        Assert.SkipUnless(Directory.Exists(tree), $"{Variable} names no source tree of Linux 7.3");
        Assert.SkipUnless(File.Exists("/usr/bin/gcc"), "there is no gcc");
        var text = File.ReadAllText(Path.Combine(tree!, UapiHeader.File));
        var layout = new UapiLayout(Comment().Replace(text, ""));
        var names = Struct().Matches(text).Select(m => m.Groups["name"].Value);

        Assert.Equal(names.Order(StringComparer.Ordinal), layout.Structs.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("", Compile(text, layout));
    }

    private static UapiChange[] ChangesTo(string old, string now)
    {
        var edited = old.Length == 0 ? Header : Header.Replace(old, now, StringComparison.Ordinal);
        return [.. new UapiHeader(Header).ChangesTo(new UapiHeader(edited))];
    }

    /// <summary>What gcc says of a claim on every size and offset; nothing where all hold.</summary>
    private static string Compile(string header, UapiLayout layout)
    {
        const string Types = """
            typedef unsigned char __u8; typedef unsigned short __u16; typedef unsigned int __u32; typedef int __s32;
            typedef unsigned long long __u64; typedef long long __s64;
            #define __aligned_u64 __u64 __attribute__((aligned(8)))
            #define __aligned_le64 __aligned_u64
            #define __counted_by(x)
            #define __user

            """;
        var claims = layout.Structs.SelectMany(s =>
            s.Value.Fields.Select(f => Claim($"__builtin_offsetof(struct {s.Key}, {f.Name})", f.Offset))
                .Append(Claim($"sizeof(struct {s.Key})", s.Value.Size))
        );
        var program = Types + Include().Replace(header, "") + string.Concat(claims);
        var start = new ProcessStartInfo("/usr/bin/gcc", ["-fsyntax-only", "-w", "-x", "c", "-"])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using var gcc = Process.Start(start)!;
        gcc.StandardInput.Write(program);
        gcc.StandardInput.Close();
        var said = gcc.StandardError.ReadToEnd();
        gcc.WaitForExit();
        return said;
    }

    private static string Claim(string expression, ulong value) =>
        string.Create(CultureInfo.InvariantCulture, $"_Static_assert({expression} == {value}, \"\");\n");

    [GeneratedRegex(@"/\*.*?\*/", RegexOptions.Singleline, 1000)]
    private static partial Regex Comment();

    [GeneratedRegex(@"^struct (?<name>\w+) \{", RegexOptions.Multiline, 1000)]
    private static partial Regex Struct();

    [GeneratedRegex(@"^#\s*include.*$", RegexOptions.Multiline, 1000)]
    private static partial Regex Include();
}
