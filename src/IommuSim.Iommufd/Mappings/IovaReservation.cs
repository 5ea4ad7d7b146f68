namespace IommuSim.Iommufd.Mappings;

/// <summary>An inclusive range of an IOAS that cannot be mapped, and who reserved it; null is the selftest.</summary>
public readonly record struct IovaReservation(ulong Start, ulong Last, object? Owner);
