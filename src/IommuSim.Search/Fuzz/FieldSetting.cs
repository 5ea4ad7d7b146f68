namespace IommuSim.Search.Fuzz;

/// <summary>A field by its C name, and what it is given.</summary>
public readonly record struct FieldSetting(string Name, CallValue Value);
