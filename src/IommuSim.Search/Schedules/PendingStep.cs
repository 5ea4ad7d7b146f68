using IommuSim.Machine;

namespace IommuSim.Search.Schedules;

/// <summary>What a task touches when it runs next; null before its first step.</summary>
public readonly record struct PendingStep(object? Resource, Touch Touch, string Site)
{
    /// <summary>Whether the order of the two steps can matter.</summary>
    public bool DependsOn(in PendingStep other) =>
        Resource is not null
        && ReferenceEquals(Resource, other.Resource)
        && (Touch == Touch.Write || other.Touch == Touch.Write);
}
