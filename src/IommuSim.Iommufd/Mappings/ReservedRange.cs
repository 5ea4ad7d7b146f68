namespace IommuSim.Iommufd.Mappings;

/// <summary>Who reserved one range of an IOAS.</summary>
public sealed class ReservedRange
{
    /// <summary>Domains that do not translate it; which ones they know themselves.</summary>
    public int Domains { get; internal set; }

    /// <summary>Devices, each as often as it was attached, and null for the selftest.</summary>
    internal List<object?> Owners { get; } = [];

    internal bool IsUnused => Domains == 0 && Owners.Count == 0;
}
