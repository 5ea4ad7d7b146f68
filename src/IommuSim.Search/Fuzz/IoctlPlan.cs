using System.Collections.Frozen;
using System.Collections.Immutable;
using IommuSim.Iommufd;
using IommuSim.Uapi;

namespace IommuSim.Search.Fuzz;

/// <summary>How one ioctl or test operation is called on one kernel.</summary>
internal sealed class IoctlPlan
{
    public required string Verb { get; init; }

    /// <summary>The request argument of ioctl(2).</summary>
    public required uint Request { get; init; }

    public required StructLayoutTable Layout { get; init; }

    /// <summary>Bytes of the argument; more than the layout's for short test operations.</summary>
    public required int Size { get; init; }

    /// <summary>The operation of IOMMU_TEST_CMD, if it is one.</summary>
    public required uint? Op { get; init; }

    public required FrozenDictionary<string, StructField> Fields { get; init; }

    /// <summary>The ids that it returns, as results are called: <c>ioas</c>, <c>hwpt</c>.</summary>
    public required ImmutableArray<(string Member, StructField Field)> Ids { get; init; }

    public bool IsTestOp => Op is not null;

    /// <summary>Whether the field returns a descriptor.</summary>
    public static bool IsDescriptor(StructField field) => field.CName is "out_fault_fd" or "out_veventq_fd";

    /// <summary>Every ioctl that the kernel models, by name.</summary>
    public static FrozenDictionary<string, IoctlPlan> AllOf(IommufdSpec spec, bool hasTest)
    {
        var plans = new Dictionary<string, IoctlPlan>(StringComparer.Ordinal);
        var test = spec.Ioctls.FirstOrDefault(r => r.Nr == IoctlNumber.IOMMU_TEST_CMD);
        foreach (var row in spec.Ioctls)
        {
            if (row is { Handler: not null, Struct: not null } && row.Nr != test?.Nr)
                plans[row.Name] = Make(row.Name, row.Nr, row.Struct, row.Size, null);
        }

        if (!hasTest || test is null)
            return plans.ToFrozenDictionary(StringComparer.Ordinal);
        foreach (var op in spec.TestOps)
            plans[op.Name] = Make(op.Name, test.Nr, op.Struct, test.Size, op.Op);
        return plans.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static IoctlPlan Make(string name, uint nr, Type type, int size, uint? op)
    {
        var layout = StructLayoutTable.Of(type);
        return new IoctlPlan
        {
            Verb = name,
            Request = IoctlNumber.Request(nr),
            Layout = layout,
            Size = Math.Max(size, layout.Size),
            Op = op,
            Fields = layout.Fields.ToFrozenDictionary(f => f.CName, StringComparer.Ordinal),
            Ids =
            [
                .. layout
                    .Fields.Where(f => f.CName.StartsWith("out_", StringComparison.Ordinal))
                    .Where(f => f.CName.EndsWith("_id", StringComparison.Ordinal))
                    .Select(f => (f.CName["out_".Length..^"_id".Length], f)),
            ],
        };
    }
}
