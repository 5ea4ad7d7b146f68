namespace IommuSim.Iommufd.Mappings;

/// <summary>The owners of one reserved range of an IOAS.</summary>
public sealed class ReservedRange
{
    /// <summary>The number of domains that do not translate it.</summary>
    public int Domains { get; internal set; }

    /// <summary>Devices, each as often as it was attached, and null for the selftest.</summary>
    internal List<object?> Owners { get; } = [];

    internal bool IsUnused => Domains == 0 && Owners.Count == 0;
}
