namespace IommuSim.Scenarios.Comparison;

/// <summary>A row of a comparison: one request to one driver.</summary>
/// <param name="Driver">The driver of the device, by name.</param>
/// <param name="Type">The data_type of the request.</param>
/// <param name="TypeName">Its C name, or what it is in a few words.</param>
/// <param name="Placement">What the request's pt_id names.</param>
public sealed record ComparisonRow(string Driver, uint Type, string TypeName, Placement Placement)
{
    /// <summary>
    /// From here on an int has no bit for the type, and an x86 shift wraps round.
    /// </summary>
    public const uint FirstAlias = 32;

    /// <summary>The type whose bit this one hits when it is shifted in an int.</summary>
    public uint AliasOf => Type % FirstAlias;

    /// <summary>Small enough that a program plays with aliases, not a magic number.</summary>
    public bool IsAlias => Type is >= FirstAlias and < 2 * FirstAlias;
}
