namespace IommuSim.Source.Translation;

/// <summary>Methods that the translator finds by the names that LLVM or the width of an access gives them.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
internal sealed class FoundByNameAttribute : Attribute;
