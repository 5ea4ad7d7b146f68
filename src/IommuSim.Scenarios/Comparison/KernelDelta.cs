using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Kernels;
using IommuSim.Kernels.Bugs;
using IommuSim.Machine;

namespace IommuSim.Scenarios.Comparison;

/// <summary>One row or member of a kernel's tables that differs from its parent's.</summary>
/// <param name="Table">Which table.</param>
/// <param name="Row">The row's name, with the member that differs: <c>IOMMU_HWPT_ALLOC.Size</c>.</param>
/// <param name="Before">What the parent has; empty where the row is new.</param>
/// <param name="After">What the kernel has; empty where the row is gone.</param>
internal sealed record DeltaRow(string Table, string Row, string Before, string After);

/// <summary>A bug that a kernel has and its parent has not, or the other way round.</summary>
/// <param name="Change">added, fixed; or present, in a kernel without a parent.</param>
internal sealed record BugRow(string Change, KernelBug Bug);

/// <summary>Reads a patch back from the tables: what a kernel has that its parent has not.</summary>
internal static class KernelDelta
{
    /// <summary>The bugs that differ from the parent's; for the root, every bug that it has.</summary>
    public static IReadOnlyList<BugRow> BugsOf(KernelNode node)
    {
        var before = node.Parent?.Bugs ?? [];
        var added = node.Parent is null ? "present" : "added";
        return
        [
            .. node.Bugs.Except(before).Select(bug => new BugRow(added, BugCatalog.Of(bug))),
            .. before.Except(node.Bugs).Select(bug => new BugRow("fixed", BugCatalog.Of(bug))),
        ];
    }

    /// <summary>
    /// The rows that differ from the parent's, by member; for the root, every row that it has.
    /// </summary>
    public static IReadOnlyList<DeltaRow> Of(KernelNode node)
    {
        var after = node.Spec;
        var before = node.Parent?.Spec;
        var rows = new List<DeltaRow>();
        Compare(rows, "ioctl", before?.Calls ?? [], after.Calls, r => r.Name, Describe);
        Compare(rows, "test op", before?.TestOps ?? [], after.TestOps, r => r.Name, Describe);
        Compare(rows, "driver", before?.Drivers ?? [], after.Drivers, d => d.Name, DriverText.Describe);
        Add(rows, "lifetime", "objects", before?.Lifetime.Name, after.Lifetime.Name);
        new MemberDelta(rows, "lifetime").Compare("", before?.Lifetime, after.Lifetime);
        Add(rows, "attach", "rules", before?.Attach.Name, after.Attach.Name);
        new MemberDelta(rows, "attach").Compare("", before?.Attach, after.Attach);
        Add(rows, "types", "policy", PolicyOf(node.Parent), PolicyOf(node));
        Add(rows, "types", "user data", before?.UserData.ToString(), after.UserData.ToString());
        new MemberDelta(rows, "group").Compare("", before?.Groups, after.Groups);
        Add(rows, "stack", "ioctl buffer", BytesOf(before), BytesOf(after));
        Add(rows, "build", "switches", Describe(node.Parent?.Build), Describe(node.Build));
        return rows;
    }

    /// <summary>Where this kernel has its list of hwpt types, in its own words.</summary>
    public static string PolicyOf(KernelNode? node) =>
        node switch
        {
            null => "",
            { Spec.HwptTypes: { } make } => make(node.Spec).Description,
            _ => "no list; the driver takes the type or refuses it",
        };

    private static void Compare<T>(
        List<DeltaRow> rows,
        string table,
        IEnumerable<T> before,
        IEnumerable<T> after,
        Func<T, string> name,
        Func<T, string> describe
    )
        where T : class
    {
        var old = before.ToDictionary(name, StringComparer.Ordinal);
        foreach (var row in after)
        {
            if (!old.Remove(name(row), out var was))
                rows.Add(new DeltaRow(table, name(row), "", describe(row)));
            else if (was is IoctlRow { Handler: null } || row is IoctlRow { Handler: null })
                Add(rows, table, name(row), describe(was), describe(row));
            else
                new MemberDelta(rows, table).Compare(name(row), was, row);
        }

        foreach (var (key, gone) in old)
            rows.Add(new DeltaRow(table, key, describe(gone), ""));
    }

    private static void Add(List<DeltaRow> rows, string table, string row, string? before, string? after)
    {
        if (before != after)
            rows.Add(new DeltaRow(table, row, before ?? "", after ?? ""));
    }

    private static string Describe(IoctlRow row)
    {
        var text = $"0x{row.Nr:x2}, {row.Size} bytes, at least {row.MinSize}";
        if (row.Handler is null)
            return $"0x{row.Nr:x2}, not modelled";
        return $"{text}, {MemberDelta.TextOf(row.Handler)}";
    }

    private static string Describe(TestOpRow row) => $"op {row.Op}, {MemberDelta.TextOf(row.Handler)}";

    private static string? Describe(BuildSwitches? build) =>
        build is null
            ? null
            : $"CONFIG_IOMMUFD_TEST={(build.IommufdTest ? 'y' : 'n')}"
                + (build.IommufdNoiommu ? " CONFIG_IOMMUFD_NOIOMMU=y" : "")
                + $" stack={(build.ZeroedStack ? "zero" : "garbage")}"
                + $" gcc={(build.Optimized ? "O2" : "O0")}";

    private static string? BytesOf(IommufdSpec? spec) =>
        spec is null ? null : $"{Math.Max(spec.ExtraUnionSize, spec.Ioctls.Max(r => r.Size))} bytes";
}

/// <summary>A driver's ops table in words.</summary>
internal static class DriverText
{
    /// <summary>The ops that it has, and its types.</summary>
    public static string Describe(DriverSpec driver)
    {
        var ops = Ops(driver.Ops);
        var types = Types(driver.Ops);
        return types.Length == 0 ? ops : $"{ops}; types {types}";
    }

    /// <summary>The C names of the ops that are not NULL.</summary>
    public static string Ops(IommuOps ops)
    {
        var names = new List<string>();
        if (ops.HwInfo is not null)
            names.Add("hw_info");
        if (ops.DomainAlloc is not null)
            names.Add("domain_alloc");
        if (ops.DomainAllocUser is not null)
            names.Add("domain_alloc_user");
        if (ops.DomainAllocUserDataLen is not null)
            names.Add("domain_alloc_user_data_len");
        return names.Count == 0 ? "no ops" : string.Join(", ", names);
    }

    /// <summary>The types, <c>1 (32 bytes)</c>.</summary>
    public static string Types(IommuOps ops) =>
        string.Join(", ", ops.HwptTypes.Select(t => $"{Number(t.Type)} ({t.AllocSize} bytes)"));

    /// <summary>
    /// Decimal where a person would count, hexadecimal where a person would read digits.
    /// </summary>
    public static string Number(uint type) => type < 1024 ? $"{type}" : $"0x{type:x}";
}
