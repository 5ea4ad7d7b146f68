namespace IommuSim.Drivers.ArmSmmuV3;

/// <summary>The stage whose tables a domain holds; a nested one is of the first stage with a parent.</summary>
internal enum SmmuV3Stage
{
    First,
    Second,
}
