using IommuSim.Machine.Reports;

namespace IommuSim.Source.Execution;

/// <summary>The functions of a kernel by address: its own, then the provided ones.</summary>
/// <param name="entries">Managed function pointers.</param>
/// <param name="signatures">A number for each combination of result and parameters.</param>
/// <param name="invokers">The same with arguments as 64 bits: <c>delegate*&lt;Cpu, ulong*, ulong&gt;</c>.</param>
/// <param name="names">As C names them.</param>
internal sealed unsafe class FunctionTable(nint[] entries, int[] signatures, nint[] invokers, string[] names)
{
    /// <summary>The most that a function can take which is called by a provided one.</summary>
    internal const int MaxParameters = 16;

    /// <summary>The function at this address, for a call that passes arguments so. A wild pointer is an oops.</summary>
    public nint Resolve(Cpu cpu, ulong address, int signature, int site)
    {
        var index = (address - MemoryMap.Functions) / MemoryMap.FunctionSize;
        if (index < (ulong)entries.Length && address % MemoryMap.FunctionSize == 0)
        {
            if (signatures[index] == signature)
                return entries[index];
            throw cpu.Machine.Reporter.Oops(
                ReportKind.PageFault,
                site,
                $"{names[index]} is called through a pointer to a function of another type"
            );
        }

        throw cpu.Machine.Reporter.Oops(
            address < MemoryMap.PageSize ? ReportKind.NullDereference : ReportKind.PageFault,
            site,
            $"call of {address:x16}, which is no function"
        );
    }

    /// <summary>Calls the function at this address for a provided function.</summary>
    public ulong Invoke(Cpu cpu, ulong address, ReadOnlySpan<ulong> arguments)
    {
        var index = (address - MemoryMap.Functions) / MemoryMap.FunctionSize;
        if (index >= (ulong)entries.Length || address % MemoryMap.FunctionSize != 0)
        {
            throw cpu.Machine.Reporter.Oops(
                address < MemoryMap.PageSize ? ReportKind.NullDereference : ReportKind.PageFault,
                cpu.Site,
                $"call of {address:x16}, which is no function"
            );
        }

        // A pointer may point to a function that takes more or fewer arguments than it is given, as C's ABI lets it.
        Span<ulong> padded = stackalloc ulong[MaxParameters];
        padded.Clear();
        arguments.CopyTo(padded);
        var depth = cpu.Depth;
        fixed (ulong* first = padded)
        {
            var result = ((delegate* <Cpu, ulong*, ulong>)invokers[index])(cpu, first);
            cpu.Leave(depth);
            return result;
        }
    }

    /// <summary>Whether two functions take and return the same, so that one can stand where the other did.</summary>
    public bool HaveSameType(ulong left, ulong right)
    {
        var first = (left - MemoryMap.Functions) / MemoryMap.FunctionSize;
        var second = (right - MemoryMap.Functions) / MemoryMap.FunctionSize;
        return Math.Max(first, second) < (ulong)signatures.Length && signatures[first] == signatures[second];
    }
}
