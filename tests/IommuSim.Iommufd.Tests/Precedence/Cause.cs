using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests.Precedence;

/// <summary>
/// One reason for which a request fails, and how to make a well-formed one fail for it.
/// </summary>
/// <param name="Name">As the name of the test shows it.</param>
/// <param name="Errno">What user space sees.</param>
/// <param name="Slots">
/// The parts of the request that it spoils, separated by blanks; two causes that spoil the same part
/// cannot be given at once.
/// </param>
/// <param name="Provoke">Spoils the request.</param>
internal sealed record Cause(string Name, Errno Errno, string Slots, Action<Situation> Provoke)
{
    /// <summary>The titles of what the kernel reports.</summary>
    public string[] Reports { get; init; } = [];

    /// <summary>The task does not come back, and there is no errno.</summary>
    public bool Dies { get; init; }

    /// <summary>The kernel fails and yet has changed something.</summary>
    public bool LeavesChanges { get; init; }

    public bool IsCompatibleWith(Cause other) =>
        !Slots.Split(' ').Intersect(other.Slots.Split(' '), StringComparer.Ordinal).Any();
}
