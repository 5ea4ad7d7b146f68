using IommuSim.Iommu;
using IommuSim.Search.Fuzz;
using IommuSim.Uapi;

namespace IommuSim.Search.LifeCycle;

/// <summary>
/// What holds for the data of any driver: one without the op takes none, a struct must be there
/// whole, and what a driver does not understand it refuses.
/// </summary>
internal sealed class DataContract(FuzzTarget target)
{
    /// <summary>No driver has given these bits of its flags a meaning.</summary>
    private const ulong UnknownFlags = 0xffff_ff00;

    /// <summary>The commands that SMMUv3 takes from a guest.</summary>
    private static readonly byte[] s_commands = [0x05, 0x06, 0x10, 0x11, 0x12, 0x13, 0x40];

    public bool TakesData(ModelObject device) =>
        target.Spec.Drivers.FirstOrDefault(d => d.Name == device.Driver) is not { Ops.DomainAllocUser: null };

    /// <summary>The data of a type that the device's driver has.</summary>
    public Expectation ExpectLength(ModelObject device, uint type, uint length)
    {
        var driver = target.Spec.Drivers.FirstOrDefault(d => d.Name == device.Driver);
        foreach (var row in driver?.Ops.HwptTypes ?? [])
        {
            if (row.Type == type && length < Shortest(row))
                return Expectation.Failure("the data of the type is longer");
        }

        return Expectation.None;
    }

    /// <summary>What a struct had when it was first released is enough for ever.</summary>
    private uint Shortest(HwptTypeRow row) =>
        target.HasViommus && row.Type == HwptType.IOMMU_HWPT_DATA_SELFTEST ? sizeof(uint) : (uint)row.AllocSize;

    /// <summary>Invalidation as merged: an array.</summary>
    public Expectation ExpectEntries(PreparedCall made, uint count) =>
        count > 0 ? ExpectUnderstood(made) : Expectation.None;

    /// <summary>Invalidation before it was an array: one request of a type.</summary>
    public Expectation ExpectEarlyInvalidation(PreparedCall made, ArgumentReader reader, ModelContext context)
    {
        var known = 0u;
        foreach (var row in target.Spec.Drivers.SelectMany(d => d.Ops.HwptTypes))
            known = row.Type == reader.Field("data_type") ? (uint)row.InvalidateSize : known;
        if (reader.Field("data_len") < known)
            return Expectation.Failure("the request of the type is longer");
        return context.Find(reader.Field("hwpt_id")) is not { Kind: ModelKind.Nested }
            ? Expectation.Failure("there is no such nested hwpt")
            : ExpectUnderstood(made);
    }

    private static Expectation ExpectUnderstood(PreparedCall made)
    {
        foreach (var (_, _, memory) in made.Passed!)
        {
            if (memory.Layout is null || memory.Entries.IsEmpty)
                continue;
            foreach (var (name, value) in memory.Entries[0])
            {
                var isReserved = name.StartsWith("__", StringComparison.Ordinal) || name == "padding";
                if (isReserved && value.Number != 0)
                    return Expectation.Failure("a reserved field of the data is set");
                if (name == "opcode" && !s_commands.Contains((byte)value.Number))
                    return Expectation.Failure("the data names no command");
                if (name == "flags" && (value.Number & UnknownFlags) != 0)
                    return Expectation.Failure("the data has flags that nobody knows");
            }
        }

        return Expectation.None;
    }
}
