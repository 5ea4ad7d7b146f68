namespace IommuSim.Iommufd.Mappings;

/// <summary>The owners of one reserved range of an IOAS.</summary>
internal sealed class ReservedRange
{
    /// <summary>How many apertures of domains leave it out.</summary>
    internal int Apertures { get; set; }

    /// <summary>Devices, each as often as it was attached, and null for the selftest.</summary>
    internal List<object?> Owners { get; } = [];

    internal bool IsUnused => Apertures == 0 && Owners.Count == 0;
}
