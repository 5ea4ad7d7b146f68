using IommuSim.Machine;
using Xunit;

namespace IommuSim.Testing;

/// <summary>What every test that used a machine says at its end.</summary>
public static class MachineAssertions
{
    /// <summary>
    /// The machine reported exactly these titles, in this order; none at all by default.
    /// </summary>
    public static void NoUnexpectedReports(this KernelMachine machine, params string[] expected) =>
        Assert.Equal(string.Join('\n', expected), string.Join('\n', machine.Reports.Select(report => report.Title)));
}
