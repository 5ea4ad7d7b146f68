namespace IommuSim.Benchmarks.Lookup;

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

    public static IReadOnlyList<LookupDesign> All { get; } =
    [
        new("array, unchecked", nameof(LookupDesigns.ArrayUnchecked), &LookupDesigns.ArrayUnchecked),
        new("array, checked", nameof(LookupDesigns.ArrayChecked), &LookupDesigns.ArrayChecked),
        new("BIT_ULL(driver_type)", nameof(LookupDesigns.BitUll), &LookupDesigns.BitUll),
        new("ops->hwpt_type", nameof(LookupDesigns.OpsHwptType), &LookupDesigns.OpsHwptType),
        new("ops->hwpt_types", nameof(LookupDesigns.OpsHwptTypes), &LookupDesigns.OpsHwptTypes),
        new("length op (v2)", nameof(LookupDesigns.LengthOp), &LookupDesigns.LengthOp),
        new("type to driver (v3+)", nameof(LookupDesigns.TypeToDriver), &LookupDesigns.TypeToDriver),
    ];

    /// <summary>As tables print it.</summary>
    public string Name { get; }

    /// <summary>The function of <see cref="LookupDesigns"/>.</summary>
    public string Method { get; }

    /// <summary>Whether it can be asked at all: an unchecked array has no entry 0xfeedbeef.</summary>
    public bool Has(LookupWorkload workload) =>
        workload != LookupWorkload.Sparse || Method != nameof(LookupDesigns.ArrayUnchecked);

    public bool Supports(in LookupCall call) => _supports(call);

    public override string ToString() => Name;
}
