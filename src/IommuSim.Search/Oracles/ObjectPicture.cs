namespace IommuSim.Search.Oracles;

/// <summary>The objects of a kernel between two calls, and what holds what.</summary>
public sealed record ObjectPicture(IReadOnlyList<PicturedObject> Objects, IReadOnlyList<PicturedHold> Holds);

/// <summary>One object.</summary>
/// <param name="Name">What it is, with its article.</param>
public sealed record PicturedObject(uint Id, string Name, uint Users);

/// <summary>A reference, by the places of both objects in their picture.</summary>
public readonly record struct PicturedHold(int Holder, int Held);
