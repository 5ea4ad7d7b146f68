using IommuSim.Uapi;

namespace IommuSim.Search.LifeCycle;

/// <summary>What the contract says of a call: one answer, a failure of any kind, or nothing.</summary>
/// <param name="Errno">The answer; null where only <paramref name="MustFail"/> is known.</param>
/// <param name="Why">The rule, in words that findings are titled with.</param>
internal readonly record struct Expectation(Errno? Errno, bool MustFail, string Why)
{
    public static Expectation None => default;

    public static Expectation Of(Errno errno, string why) => new(errno, false, why);

    public static Expectation Failure(string why) => new(null, true, why);

    public bool Holds(Errno answer) => Errno is { } one ? answer == one : !MustFail || answer != Machine.Errno.OK;
}
