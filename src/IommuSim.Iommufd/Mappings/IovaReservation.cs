namespace IommuSim.Iommufd.Mappings;

/// <summary>An inclusive range of an IOAS that cannot be mapped, and its owner; null is the selftest.</summary>
internal readonly record struct IovaReservation(ulong Start, ulong Last, object? Owner);
