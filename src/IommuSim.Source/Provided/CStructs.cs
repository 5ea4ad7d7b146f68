using System.Text;
using IommuSim.Source.Execution;

namespace IommuSim.Source.Provided;

/// <summary>Members of the C's structs by name, for functions that stand behind the C. Each access is judged.</summary>
internal static class CStructs
{
    /// <summary>The last 4095 numbers are errors where C returns a pointer.</summary>
    private const ulong FirstError = unchecked((ulong)-4095);

    /// <summary>C's ERR_PTR().</summary>
    public static ulong ErrorPointer(int errno) => unchecked((ulong)-errno);

    /// <summary>C's IS_ERR().</summary>
    public static bool IsError(ulong pointer) => pointer >= FirstError;

    /// <summary>C's container_of() the other way round: the address of a member.</summary>
    public static ulong AddressOf(this Cpu cpu, ulong at, string tag, string member) =>
        at + cpu.Machine.Image.OffsetOf(tag, member);

    public static ulong Load(this Cpu cpu, ulong at, string tag, string member) =>
        (ulong)cpu.Memory.Load64(cpu.AddressOf(at, tag, member), cpu.Site);

    public static void Store(this Cpu cpu, ulong at, string tag, string member, ulong value) =>
        cpu.Memory.Store64(cpu.AddressOf(at, tag, member), (long)value, cpu.Site);

    public static int Load32(this Cpu cpu, ulong at, string tag, string member) =>
        cpu.Memory.Load32(cpu.AddressOf(at, tag, member), cpu.Site);

    public static void Store32(this Cpu cpu, ulong at, string tag, string member, int value) =>
        cpu.Memory.Store32(cpu.AddressOf(at, tag, member), value, cpu.Site);

    /// <summary>Stores where this kernel has such a member.</summary>
    public static void StoreIfThere(this Cpu cpu, ulong at, string tag, string member, ulong value)
    {
        if (cpu.Machine.Image.HasMember(tag, member))
            cpu.Store(at, tag, member, value);
    }

    /// <summary>C's INIT_LIST_HEAD().</summary>
    public static void InitList(this Cpu cpu, ulong list)
    {
        cpu.Memory.Store64(list, (long)list, cpu.Site);
        cpu.Memory.Store64(list + sizeof(ulong), (long)list, cpu.Site);
    }

    /// <summary>C's list_add_tail(), of an entry that is on no list.</summary>
    public static void AddToTail(this Cpu cpu, ulong entry, ulong list)
    {
        var last = (ulong)cpu.Memory.Load64(list + sizeof(ulong), cpu.Site);
        cpu.Memory.Store64(entry, (long)list, cpu.Site);
        cpu.Memory.Store64(entry + sizeof(ulong), (long)last, cpu.Site);
        cpu.Memory.Store64(last, (long)entry, cpu.Site);
        cpu.Memory.Store64(list + sizeof(ulong), (long)entry, cpu.Site);
    }

    /// <summary>A copy of the string on the heap; 0 without memory.</summary>
    public static ulong AllocateText(this Cpu cpu, string text)
    {
        var length = (ulong)text.Length + 1;
        var address = cpu.Machine.Heap.Allocate(cpu, length, isZeroed: true);
        if (address != 0)
            Encoding.Latin1.GetBytes(text, cpu.Memory.Span(address, length));
        return address;
    }
}
