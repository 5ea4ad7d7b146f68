using System.Reflection;
using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Kernels;
using IommuSim.Machine;

namespace IommuSim.Scenarios.Comparison;

/// <summary>
/// Reads a patch back from the tables: what a kernel has that its parent has not.
/// </summary>
public static class KernelDelta
{
    /// <summary>
    /// The rows that differ from the parent's; for the root, every row that it has.
    /// </summary>
    public static IReadOnlyList<DeltaRow> Of(KernelNode node)
    {
        var after = node.Spec;
        var before = node.Parent?.Spec;
        var rows = new List<DeltaRow>();
        Compare(rows, "ioctl", before?.Ioctls ?? [], after.Ioctls, r => r.Name, Describe);
        Compare(rows, "test op", before?.TestOps ?? [], after.TestOps, r => r.Name, Describe);
        Compare(rows, "driver", before?.Drivers ?? [], after.Drivers, d => d.Name, DriverText.Describe);
        Add(rows, "lifetime", "objects", before?.Lifetime.Name, after.Lifetime.Name);
        Add(rows, "attach", "rules", before?.Attach.Name, after.Attach.Name);
        Add(rows, "types", "policy", PolicyOf(node.Parent), PolicyOf(node));
        Add(rows, "types", "user data", before?.UserData.ToString(), after.UserData.ToString());
        AddRules(rows, "group", before?.Groups, after.Groups);
        Add(rows, "stack", "ioctl buffer", BytesOf(before), BytesOf(after));
        Add(rows, "build", "switches", Describe(node.Parent?.Build), Describe(node.Build));
        return rows;
    }

    /// <summary>Who knows the types in this kernel, in its own words.</summary>
    public static string PolicyOf(KernelNode? node) =>
        node switch
        {
            null => "",
            { Spec.HwptTypes: { } make } => make(node.Spec).Description,
            _ => "nobody asks",
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
            old.Remove(name(row), out var was);
            if (ReferenceEquals(was, row))
                continue;
            var (then, now) = (was is null ? "" : describe(was), describe(row));
            rows.Add(new DeltaRow(table, name(row), then, now == then ? "another function" : now));
        }

        foreach (var (key, gone) in old)
            rows.Add(new DeltaRow(table, key, describe(gone), ""));
    }

    private static void Add(List<DeltaRow> rows, string table, string row, string? before, string? after)
    {
        if (before != after)
            rows.Add(new DeltaRow(table, row, before ?? "", after ?? ""));
    }

    /// <summary>A row for each rule that differs, named as its property.</summary>
    private static void AddRules<T>(List<DeltaRow> rows, string table, T? before, T after)
        where T : class
    {
        var rules = typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance);
        foreach (var rule in rules)
        {
            var was = before is null ? null : rule.GetValue(before)?.ToString();
            Add(rows, table, rule.Name, was, rule.GetValue(after)?.ToString());
        }
    }

    private static string Describe(IoctlRow row)
    {
        var text = $"0x{row.Nr:x2}, {row.Size} bytes, at least {row.MinSize}";
        if (row.Handler is null)
            return $"0x{row.Nr:x2}, not modelled";
        return $"{text}, {FunctionText.Of(row.Handler)}";
    }

    private static string Describe(TestOpRow row) => $"op {row.Op}, {FunctionText.Of(row.Handler)}";

    private static string? Describe(BuildSwitches? build) =>
        build is null
            ? null
            : $"CONFIG_IOMMUFD_TEST={(build.IommufdTest ? 'y' : 'n')}"
                + $" stack={(build.ZeroedStack ? "zero" : "garbage")}"
                + $" gcc={(build.Optimized ? "O2" : "O0")}";

    private static string? BytesOf(IommufdSpec? spec) =>
        spec is null ? null : $"{Math.Max(spec.ExtraUnionSize, spec.Ioctls.Max(r => r.Size))} bytes";
}

/// <summary>One row of a kernel's tables that differs from its parent's.</summary>
/// <param name="Table">Which table.</param>
/// <param name="Row">The row's name.</param>
/// <param name="Before">What the parent has; empty where the row is new.</param>
/// <param name="After">What the kernel has; empty where the row is gone.</param>
public sealed record DeltaRow(string Table, string Row, string Before, string After);

/// <summary>Names the function that a row of a table calls.</summary>
public static class FunctionText
{
    /// <summary>Class and method, without what the compiler adds to the names of lambdas.</summary>
    public static string Of(Delegate function)
    {
        var type = function.Method.DeclaringType;
        while (type is { Name: ['<', ..] })
            type = type.DeclaringType;
        var method = function.Method.Name;
        return method.StartsWith('<') ? $"{type?.Name}" : $"{type?.Name}.{method}";
    }
}

/// <summary>A driver's ops table in words.</summary>
public static class DriverText
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
