namespace IommuSim.Search.Oracles;

/// <summary>The objects of a kernel between two calls, and what holds what.</summary>
/// <param name="Holds">Places in <paramref name="Objects"/>: the first has a reference to the second.</param>
internal sealed record ObjectPicture(
    IReadOnlyList<PicturedObject> Objects,
    IReadOnlyList<(int Holder, int Held)> Holds
);

/// <summary>One object.</summary>
/// <param name="Name">What it is, with its article.</param>
internal sealed record PicturedObject(uint Id, string Name, uint Users);
