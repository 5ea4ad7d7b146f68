namespace IommuSim.Cli;

/// <summary>What the process tells its caller.</summary>
public static class ExitCode
{
    /// <summary>Every stated answer holds, or there was nothing to judge.</summary>
    public const int Holds = 0;

    /// <summary>A stated answer does not hold.</summary>
    public const int DoesNotHold = 1;

    /// <summary>The command line or a file that it names is wrong.</summary>
    public const int BadInput = 2;

    /// <summary>The simulator itself is wrong; sysexits.h calls it EX_SOFTWARE.</summary>
    public const int InternalError = 70;
}
