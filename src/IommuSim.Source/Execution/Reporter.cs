using System.Diagnostics.CodeAnalysis;
using System.Text;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Machine.Reports;

namespace IommuSim.Source.Execution;

/// <summary>
/// Makes kernel reports of what the C does wrong: with its function, file and line, and a call trace.
/// </summary>
internal sealed class Reporter(SourceMachine machine) : IMemoryJudge
{
    /// <summary>What was reported of memory in the current call: the same fault again is no news.</summary>
    private readonly HashSet<(ReportKind Kind, string Function)> _told = [];

    /// <summary>A task makes another call.</summary>
    public void BeginCall() => _told.Clear();

    /// <summary>Records a fault that the hardware would survive.</summary>
    public void Report(ReportKind kind, int site, string detail) =>
        machine.Machine.Report(
            kind,
            machine.Image.Sites.FunctionAt(site),
            machine.Image.Sites.InlinedAt(site),
            WithTrace(site, detail)
        );

    /// <summary>Records a fault that ends the task, and ends it.</summary>
    public TaskDiedException Oops(ReportKind kind, int site, string detail) =>
        machine.Machine.Oops(
            kind,
            machine.Image.Sites.FunctionAt(site),
            machine.Image.Sites.InlinedAt(site),
            WithTrace(site, detail)
        );

    public void UseUnset(int site) =>
        ReportOnce(ReportKind.UninitializedValue, site, static () => "a value that was never set is used");

    /// <summary>A lock that the C says is held is not.</summary>
    public void NotHeld(int site, ulong address) =>
        ReportOnce(
            ReportKind.Warning,
            site,
            () => $"the lock at {machine.Image.Describe(address)} is not held as lockdep_assert_held says"
        );

    public bool Touch(ulong address, ulong length, bool isWrite, int site)
    {
        var isOurs = machine.Memory.IsOurs(address, length);
        return (!isOurs && (IsPhysical(address) || PageStructs.IsIn(address)))
            || Refuse(address, length, isWrite, isOurs, site);
    }

    private bool Refuse(ulong address, ulong length, bool isWrite, bool isOurs, int site)
    {
        var access = $"{(isWrite ? "write" : "read")} of {length} bytes at {address:x16}";
        if (address < MemoryMap.PageSize)
            throw Oops(ReportKind.NullDereference, site, access);
        if (address < MemoryMap.UserEnd)
            throw Oops(ReportKind.PageFault, site, $"{access}, user memory without a copy function");
        if (!isOurs)
            throw Oops(ReportKind.PageFault, site, access);

        var at = address;
        while (machine.Memory.PoisonAt(at) == Poison.None)
            at++;
        if (machine.Memory.PoisonAt(at) == Poison.Wild)
            throw Oops(ReportKind.PageFault, site, access);
        ReportOnce(KindOf(machine.Memory.PoisonAt(at)), site, () => Explain(access, at));
        return true;
    }

    public ulong LoadForeign(ulong address, int size, int site)
    {
        if (PageStructs.IsIn(address))
            return machine.PageStructs.Load(address, size);
        Span<byte> bytes = stackalloc byte[8];
        bytes.Clear();
        ReadForeign(address, bytes[..size], site);
        return BitConverter.ToUInt64(bytes);
    }

    public void StoreForeign(ulong address, ulong value, int size, int site)
    {
        if (PageStructs.IsIn(address))
        {
            machine.PageStructs.Store(address, value, size);
            return;
        }

        Span<byte> bytes = stackalloc byte[8];
        BitConverter.TryWriteBytes(bytes, value);
        WriteForeign(address, bytes[..size], site);
    }

    public void ReadForeign(ulong address, Span<byte> destination, int site)
    {
        if (!TryFindUser(address, out var space, out var offset) || space.ReadPinned(offset, destination) != 0)
            throw Oops(ReportKind.PageFault, site, $"read of {destination.Length} bytes at {address:x16}");
    }

    public void WriteForeign(ulong address, ReadOnlySpan<byte> source, int site)
    {
        if (!TryFindUser(address, out var space, out var offset) || space.WritePinned(offset, source) != 0)
            throw Oops(ReportKind.PageFault, site, $"write of {source.Length} bytes at {address:x16}");
    }

    /// <summary>A function that goes on after a bad access often makes more of them.</summary>
    private void ReportOnce(ReportKind kind, int site, Func<string> explain)
    {
        if (_told.Add((kind, machine.Image.Sites.FunctionAt(site))))
            Report(kind, site, explain());
    }

    private bool TryFindUser(ulong address, [NotNullWhen(true)] out IUserMemory? space, out ulong offset) =>
        machine.Machine.PhysicalMemory.TryFind(address - MemoryMap.Physical, out space, out offset);

    private static bool IsPhysical(ulong address) => address is >= MemoryMap.Physical and < MemoryMap.PhysicalEnd;

    private static ReportKind KindOf(Poison poison) =>
        poison switch
        {
            Poison.StackRedZone or Poison.OutOfScope => ReportKind.StackOutOfBounds,
            Poison.GlobalRedZone => ReportKind.GlobalOutOfBounds,
            Poison.Freed => ReportKind.UseAfterFree,
            _ => ReportKind.SlabOutOfBounds,
        };

    private string Explain(string access, ulong address)
    {
        switch (machine.Memory.PoisonAt(address))
        {
            case Poison.OutOfScope:
                return $"{access}, a variable that has ended";
            case Poison.StackRedZone:
                return $"{access}, next to a variable of the stack";
            case Poison.GlobalRedZone:
                return $"{access}, near {machine.Image.Describe(address)}";
        }

        var block = machine.Heap.Find(address);
        if (block is null)
            return access;
        var place =
            address < block.Address ? $"{block.Address - address} bytes before"
            : address < block.Address + block.Size ? $"at byte {address - block.Address} of"
            : $"{address - block.Address - block.Size} bytes after";
        return $"{access}, {place} a block of {block.Describe()}";
    }

    private string WithTrace(int site, string detail)
    {
        var text = new StringBuilder(detail);
        site = SiteTable.PlaceOf(site);
        if (site != 0)
            text.Append("\nin ").Append(machine.Image.Sites.Describe(site));
        foreach (var caller in machine.Running.Trace().SkipWhile(s => SiteTable.PlaceOf(s) == site))
            text.Append("\ncalled by ").Append(machine.Image.Sites.Describe(caller));
        return text.ToString();
    }
}
