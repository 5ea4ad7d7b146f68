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
    /// <summary>A field of the request has this value.</summary>
    public Cause(string name, Errno errno, string field, ulong value)
        : this(name, errno, field, s => s.Set(field, value)) { }

    /// <summary>A field of the request has a value that depends on the situation.</summary>
    public Cause(string name, Errno errno, string field, Func<Situation, ulong> value)
        : this(name, errno, field, s => s.Set(field, value(s))) { }

    /// <summary>The titles of what the kernel reports.</summary>
    public string[] Reports { get; init; } = [];

    /// <summary>The task does not come back, and there is no errno.</summary>
    public bool Dies { get; init; }

    /// <summary>The kernel fails and yet has changed something.</summary>
    public bool LeavesChanges { get; init; }

    /// <summary>The same cause where the kernel returns another errno.</summary>
    public Cause As(Errno errno) => this with { Errno = errno };

    public bool IsCompatibleWith(Cause other) =>
        !Slots.Split(' ').Intersect(other.Slots.Split(' '), StringComparer.Ordinal).Any();
}
