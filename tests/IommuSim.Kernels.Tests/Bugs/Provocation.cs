using IommuSim.Testing;

namespace IommuSim.Kernels.Tests.Bugs;

/// <summary>Calls that a bug node answers unlike the fixed kernel it was made from.</summary>
/// <param name="Id">The bug, followed by -in-v1 where its node is on v1.</param>
/// <param name="Run">Makes the calls and says what came of them.</param>
/// <param name="OnFixed">What the fixed kernel says; it reports nothing.</param>
/// <param name="OnBug">What the bug node says, and the titles of its reports.</param>
internal sealed record Provocation(string Id, Func<UserProgram, string> Run, string OnFixed, string OnBug);
