using System.Text.RegularExpressions;

namespace IommuSim.Source.Building;

/// <summary>
/// A change to the copy of one file, without which the test driver does not run in a kernel that is a process.
/// No edit changes the number of lines: reports keep the lines of the tree.
/// </summary>
/// <param name="File">From the top of the tree.</param>
/// <param name="What">Names the edit in messages.</param>
/// <param name="Section">The part of the file that is searched; a version without it needs no edit.</param>
/// <param name="Find">What is replaced in the section, once.</param>
/// <param name="Put">What is put there.</param>
/// <param name="Done">Stands in a section that needs no edit.</param>
internal sealed record TreeEdit(string File, string What, Regex Section, Regex Find, string Put, Regex Done)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(5);

    public static readonly IReadOnlyList<TreeEdit> All =
    [
        // The prompt is there for COMPILE_TEST only, which um cannot have.
        new(
            "drivers/iommu/generic_pt/Kconfig",
            "the prompt of GENERIC_PT without a condition",
            Option("GENERIC_PT"),
            Pattern("""(?<=^\tbool "[^"\n]*") if [^\n]*$"""),
            "",
            Pattern("""^\tbool "[^"\n]*"$""")
        ),
        // No driver of um selects page faults, and the option has no prompt.
        new(
            "drivers/iommu/Kconfig",
            "IOMMU_IOPF on",
            Option("IOMMU_IOPF"),
            Pattern(@"^\tbool\b[^\n]*$"),
            "\tdef_bool y",
            Pattern(@"^\tdef_bool y$")
        ),
        // Without CONFIG_IOMMU_DMA each group would be an identity domain, which the mock driver refuses.
        new(
            "drivers/iommu/iommu.c",
            "default domains without CONFIG_IOMMU_DMA",
            Pattern(@"^static int iommu_get_default_domain_type\([^;{]*\{\n.*?^\}"),
            Pattern(@"(?<=^\tif \()!IS_ENABLED\(CONFIG_IOMMU_DMA\)(?=\) \{)"),
            "0",
            Pattern(@"^\tif \(0\) \{")
        ),
        // um has no transparent huge pages, to which x86-64 aligns automatic iovas; its huge pages have 2 MiB.
        new(
            "drivers/iommu/iommufd/io_pagetable.c",
            "automatic iovas aligned as with transparent huge pages",
            Pattern(@"^#ifdef CONFIG_TRANSPARENT_HUGEPAGE\n\t\w+ = HPAGE_SIZE;$|^#if 1\n\t\w+ = 2097152;$"),
            Pattern(@"^#ifdef CONFIG_TRANSPARENT_HUGEPAGE\n(\t\w+) = HPAGE_SIZE;$"),
            "#if 1\n\tmax_alignment = 2097152;",
            Pattern(@"^#if 1$")
        ),
    ];

    /// <summary>
    /// Assertions that a lock is held, for a build without lockdep: a prefetch of the lock, which clang keeps, and
    /// which changes nothing around it. <see cref="Translation.LockAssertion"/> makes a check of it.
    /// </summary>
    public static readonly IReadOnlyList<TreeEdit> LockAssertions =
    [
        LockAssertion("held", isWrite: false, locality: 1),
        LockAssertion("held_write", isWrite: true, locality: 1),
        LockAssertion("held_read", isWrite: false, locality: 2),
        .. new[] { "head", "entry", "parent" }.Select(name => new TreeEdit(
            "include/linux/xarray.h",
            $"the lock of an xarray checked in xa_{name}_locked",
            Pattern($@"^static inline [\w ]+\*xa_{name}_locked\([^{{]*\{{\n.*?^\}}"),
            Pattern(@"(?<=^\treturn )(?=rcu_dereference_protected\()"),
            "__builtin_prefetch(&xa->xa_lock, 0, 1), ",
            Pattern("__builtin_prefetch")
        )),
        // Here clang compiles what is around it in another way, and with it mutants that a seed draws.
        NoAssertion("iopt_area_fill_domains", @"&area->iopt->domains_rwsem"),
        NoAssertion("iopt_pages_fill_xarray", @"&pages->mutex"),
    ];

    /// <summary>All mock devices in one group, which no selftest has.</summary>
    public static readonly TreeEdit SharedGroup = new(
        "drivers/iommu/iommufd/selftest.c",
        "all mock devices in one group",
        Pattern(@"^static const struct iommu_ops mock_ops = \{\n.*?^\}"),
        Pattern(@"(?<=^\t\.device_group = )generic_device_group(?=,$)"),
        "generic_single_device_group",
        Pattern(@"^\t\.device_group = generic_single_device_group,$")
    );

    /// <summary>The text after the edit; the text itself where this version needs none.</summary>
    public string Apply(string text)
    {
        var section = Section.Match(text);
        if (!section.Success)
            return text;
        var found = Find.Match(section.Value);
        if (found.Success)
        {
            var at = section.Index + found.Index;
            return string.Concat(text.AsSpan(0, at), Put, text.AsSpan(at + found.Length));
        }

        return Done.IsMatch(section.Value)
            ? text
            : throw new SourceBuildException(
                $"{File}: the edit '{What}' finds nothing to change; this version of the file is not known"
            );
    }

    private static TreeEdit LockAssertion(string word, bool isWrite, int locality) =>
        new(
            "include/linux/lockdep.h",
            $"lockdep_assert_{word} without lockdep",
            Pattern(@"^#else /\* !CONFIG_LOCKDEP \*/$.*?^#endif /\* !LOCKDEP \*/$"),
            Pattern($@"(?<=^#define lockdep_assert_{word}\(l\)\t+)(?!__builtin)[^\n]*$"),
            $"__builtin_prefetch((const void *)(l), {(isWrite ? 1 : 0)}, {locality})",
            Pattern($@"^#define lockdep_assert_{word}\(l\)\t+__builtin_prefetch")
        );

    private static TreeEdit NoAssertion(string function, string held) =>
        new(
            "drivers/iommu/iommufd/pages.c",
            $"no assertion in {function}",
            Pattern($@"^int {function}\([^;{{]*\{{\n.*?^\}}"),
            Pattern($@"(?<=^\t)lockdep_assert_held\({held}\)(?=;$)"),
            "(void)0",
            Pattern(@"^\}")
        );

    private static Regex Option(string name) => Pattern($@"^(?:menu)?config {name}\n.*?(?=^(?:menu)?config |^if |\z)");

    private static Regex Pattern(string pattern) =>
        new(pattern, RegexOptions.Multiline | RegexOptions.Singleline, s_limit);
}
