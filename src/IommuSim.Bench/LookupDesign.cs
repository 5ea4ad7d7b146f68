namespace IommuSim.Bench;

/// <summary>One of the designs, to be timed.</summary>
public sealed unsafe class LookupDesign
{
    private readonly delegate* <in LookupCall, bool> _supports;

    private LookupDesign(string name, string method, delegate* <in LookupCall, bool> supports)
    {
        Name = name;
        Method = method;
        _supports = supports;
    }

    /// <summary>In the order of tables.</summary>
    public static IReadOnlyList<LookupDesign> All { get; } =
    [
        new("array, unchecked", nameof(LookupDesigns.ArrayUnchecked), &LookupDesigns.ArrayUnchecked)
        {
            BytesOf = ArrayBytes,
            WhyNot = LookupLimits.OfArray,
        },
        new("array, checked", nameof(LookupDesigns.ArrayChecked), &LookupDesigns.ArrayChecked)
        {
            BytesOf = ArrayBytes,
            WhyNot = LookupLimits.OfCheckedArray,
        },
        new("BIT_ULL(driver_type)", nameof(LookupDesigns.BitUll), &LookupDesigns.BitUll)
        {
            WhyNot = LookupLimits.OfBitUll,
        },
        new("ops->hwpt_type", nameof(LookupDesigns.OpsHwptType), &LookupDesigns.OpsHwptType)
        {
            BytesOf = static table => sizeof(uint) * (long)table.Drivers.Length,
            WhyNot = LookupLimits.OfOneType,
        },
        new("ops->hwpt_types", nameof(LookupDesigns.OpsHwptTypes), &LookupDesigns.OpsHwptTypes)
        {
            BytesOf = static table => sizeof(ulong) * (long)table.Drivers.Length,
            WhyNot = static (_, driver) => LookupLimits.OfBitmap(driver),
        },
        new("length op (v2)", nameof(LookupDesigns.LengthOp), &LookupDesigns.LengthOp)
        {
            BytesOf = static table => sizeof(ulong) * (long)table.Drivers.Length,
        },
        new("type to driver (v3+)", nameof(LookupDesigns.TypeToDriver), &LookupDesigns.TypeToDriver),
    ];

    /// <summary>As tables print it.</summary>
    public string Name { get; }

    /// <summary>The function of <see cref="LookupDesigns"/>.</summary>
    public string Method { get; }

    /// <summary>Bytes that it adds for these drivers: entries of the array, fields and pointers; no code.</summary>
    public Func<LookupTable, long> BytesOf { get; private init; } = static _ => 0;

    /// <summary>Why it cannot say what this driver of the table says; null where it can.</summary>
    public Func<LookupTable, LookupDriver, string?> WhyNot { get; private init; } = static (_, _) => null;

    /// <summary>Whether it can say what every driver of the table says.</summary>
    public bool CanExpress(LookupTable table) => table.Drivers.All(driver => WhyNot(table, driver) is null);

    /// <summary>Whether it can be asked at all: an unchecked array has no entry 0xfeedbeef.</summary>
    public bool Has(LookupWorkload workload) =>
        workload != LookupWorkload.Sparse || Method != nameof(LookupDesigns.ArrayUnchecked);

    /// <summary>Makes one lookup.</summary>
    public bool Supports(in LookupCall call) => _supports(call);

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static long ArrayBytes(LookupTable table) => sizeof(ulong) * (long)table.Entries;
}
