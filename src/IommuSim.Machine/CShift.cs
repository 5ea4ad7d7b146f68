using IommuSim.Machine.Reports;

namespace IommuSim.Machine;

/// <summary>
/// C's left shift with the behaviour of x86: a count outside the type's width is undefined, reported, and
/// executed with the count masked.
/// </summary>
internal static class CShift
{
    /// <summary><c>(1 &lt;&lt; count)</c> of type int, sign-extended to 64 bits as a mask against a u64 is.</summary>
    public static ulong OneAsInt(KernelMachine machine, uint count, string function)
    {
        if (count > 31)
        {
            machine.Report(
                ReportKind.ShiftOutOfBounds,
                function,
                $"shift exponent {count} is too large for 32-bit type 'int'"
            );
        }

        return (ulong)(long)(1 << (int)count);
    }

    /// <summary><c>BIT_ULL(count)</c>.</summary>
    public static ulong BitUll(KernelMachine machine, uint count, string function)
    {
        if (count > 63)
        {
            machine.Report(
                ReportKind.ShiftOutOfBounds,
                function,
                $"shift exponent {count} is too large for 64-bit type 'unsigned long long'"
            );
        }

        return 1UL << (int)count;
    }
}
