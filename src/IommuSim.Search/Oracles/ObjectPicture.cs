namespace IommuSim.Search.Oracles;

/// <summary>The objects of a kernel between two calls, and what holds what.</summary>
internal sealed record ObjectPicture(IReadOnlyList<PicturedObject> Objects, IReadOnlyList<PicturedHold> Holds);

/// <summary>One object.</summary>
/// <param name="Name">What it is, with its article.</param>
internal sealed record PicturedObject(uint Id, string Name, uint Users);

/// <summary>A reference, by the places of both objects in their picture.</summary>
internal readonly record struct PicturedHold(int Holder, int Held);
