using System.Collections.Immutable;

namespace IommuSim.Scenarios.Binding;

/// <summary>An ioctl as it is sent to kernels with one layout.</summary>
/// <param name="Argument">The struct, and the memory that it points to.</param>
/// <param name="IsNull">The pointer itself is NULL.</param>
/// <param name="NotSent">Arguments of the step that the layout has no field for.</param>
internal sealed record IoctlPlan(
    IoctlRequest Request,
    MemoryImage Argument,
    bool IsNull,
    ImmutableArray<string> NotSent
)
{
    /// <summary>What the argument is called where memory has a name.</summary>
    public const string ArgumentName = "arg";
}
