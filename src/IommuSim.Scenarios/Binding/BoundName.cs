using IommuSim.Scenarios.Language;

namespace IommuSim.Scenarios.Binding;

/// <summary>What a name of a scenario stands for.</summary>
internal enum NameKind
{
    /// <summary>A number that a step returned.</summary>
    Id,

    /// <summary>A device that a step bound; as a number, its id.</summary>
    BoundDevice,

    /// <summary>An open file, of /dev/iommu or of a queue; -1 when there is none.</summary>
    Descriptor,

    /// <summary>A step without a number to return; its memory can be read.</summary>
    NoNumber,
}

/// <summary>A name that a step bound.</summary>
/// <param name="Slot">Where the run keeps its number.</param>
/// <param name="Verb">The verb of the step, for the reader of an error.</param>
/// <param name="Step">The index of the step; -1 for what is there from the start.</param>
internal sealed record BoundName(string Text, NameKind Kind, int Slot, string Verb, int Step);
