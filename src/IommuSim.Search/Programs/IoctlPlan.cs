using System.Collections.Frozen;
using System.Collections.Immutable;
using IommuSim.Iommufd;
using IommuSim.Machine;
using IommuSim.Machine.State;
using IommuSim.Uapi;

namespace IommuSim.Search.Programs;

/// <summary>How one ioctl or test operation is called on one kernel.</summary>
[Stateless]
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

    /// <summary>
    /// The ids that it returns; of a hwpt the kind is <see cref="ObjectKind.Paging"/>, also if it is nested.
    /// </summary>
    public required ImmutableArray<ReturnedId> Ids { get; init; }

    /// <summary>Where it returns a descriptor; null where it does not.</summary>
    public required StructField? DescriptorField { get; init; }

    /// <summary>How far it is modelled; a kernel made of C has all of it.</summary>
    public required Support Support { get; init; }

    /// <summary>False for an ioctl of which only the size is checked, by the model or by a kernel without it.</summary>
    public bool IsModelled => Support is Support.Full or Support.Partial;

    /// <summary>What the file behind the descriptor that it returns is, where it is no queue; null for none.</summary>
    public ObjectKind? FileKind { get; init; }

    /// <summary>A call of VFIO's containers, whose structs have no tail that is checked.</summary>
    public bool IsOfContainer => Request < IoctlNumber.Request(IoctlNumber.IOMMUFD_CMD_BASE);

    public bool IsTestOp => Op is not null;

    /// <summary>Bytes of the shortest struct that the kernel takes.</summary>
    public int MinSize => IsTestOp ? Size - sizeof(uint) : Layout.MinSize;

    /// <summary>Every ioctl that the kernel has, by name.</summary>
    /// <param name="isSource">The kernel is made of C, and has what its model lacks.</param>
    public static FrozenDictionary<string, IoctlPlan> AllOf(
        IommufdSpec spec,
        BuildSwitches build,
        bool isSource = false
    )
    {
        var plans = new Dictionary<string, IoctlPlan>(StringComparer.Ordinal);
        var test = spec.Ioctls.FirstOrDefault(r => r.Nr == IoctlNumber.IOMMU_TEST_CMD);
        foreach (var row in spec.Calls)
        {
            if (row is { Handler: not null, Struct: not null } && row.Nr != test?.Nr)
                Add(row.Name, row.Nr, row.Struct, row.Size, null, row.Support);
        }

        if (!build.IommufdTest || test is null)
            return plans.ToFrozenDictionary(StringComparer.Ordinal);
        foreach (var op in spec.TestOps)
            Add(op.Name, test.Nr, op.Struct, test.Size, op.Op, Support.Full);
        return plans.ToFrozenDictionary(StringComparer.Ordinal);

        void Add(string name, uint nr, Type type, int size, uint? op, Support support) =>
            plans[name] = Make(name, nr, type, size, op, isSource || IsBuiltIn(support) ? Support.Full : support);

        bool IsBuiltIn(Support support) => support == Support.Stub && build.IommufdNoiommu;
    }

    private static IoctlPlan Make(string name, uint nr, Type type, int size, uint? op, Support support)
    {
        var layout = StructLayoutTable.Of(type);
        return new IoctlPlan
        {
            Verb = name,
            Request = IoctlNumber.Request(nr),
            Layout = layout,
            Size = Math.Max(size, layout.Size),
            Op = op,
            Support = support,
            FileKind =
                type == typeof(TestCreateAccess) ? ObjectKind.AccessFile
                : type == typeof(TestDmabufGet) ? ObjectKind.DmaBuf
                : null,
            Fields = layout.Fields.ToFrozenDictionary(f => f.CName, StringComparer.Ordinal),
            Ids = [.. Outputs(layout, "_id").Select(f => new ReturnedId(f.CName["out_".Length..^"_id".Length], f))],
            DescriptorField = Outputs(layout, "_fd").FirstOrDefault(),
        };
    }

    private static IEnumerable<StructField> Outputs(StructLayoutTable layout, string ending) =>
        layout.Fields.Where(f =>
            f.CName.StartsWith("out_", StringComparison.Ordinal) && f.CName.EndsWith(ending, StringComparison.Ordinal)
        );
}

/// <summary>An id that an ioctl returns.</summary>
/// <param name="Member">As results are called: <c>ioas</c> of <c>out_ioas_id</c>.</param>
internal readonly record struct ReturnedId(string Member, StructField Field)
{
    /// <summary>What the id is of.</summary>
    public ObjectKind Kind { get; } =
        Member switch
        {
            "ioas" => ObjectKind.Ioas,
            "idev" => ObjectKind.Device,
            "stdev" => ObjectKind.Stdev,
            "fault" => ObjectKind.FaultQueue,
            "viommu" => ObjectKind.Viommu,
            "vdevice" => ObjectKind.Vdevice,
            "veventq" => ObjectKind.Veventq,
            "hw_queue" => ObjectKind.HwQueue,
            "access_pages" => ObjectKind.AccessPages,
            _ => ObjectKind.Paging,
        };
}
