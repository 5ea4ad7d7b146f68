using System.Runtime.InteropServices;
using IommuSim.Source.Execution;
using IommuSim.Source.Ir;
using IommuSim.Source.Translation;

namespace IommuSim.Source.Files;

/// <summary>Reads what <see cref="ImageWriter"/> wrote.</summary>
internal static class ImageReader
{
    /// <summary>After the last variable; the others have one between them.</summary>
    private const ulong RedZone = 32;

    public static KernelImage Read(string release, BinaryReader memory, BinaryReader names, Type @class)
    {
        var variables = ReadMemory(memory, out var end);
        var symbols = new Dictionary<string, ulong>(StringComparer.Ordinal);
        for (var count = names.ReadInt32(); count > 0; count--)
            symbols.Add(names.ReadString(), names.ReadUInt64());
        var functions = ReadFunctions(names, @class);
        var strings = names.ReadStrings();
        var places = new SitePlace[names.ReadInt32()];
        names.BaseStream.ReadExactly(MemoryMarshal.AsBytes(places.AsSpan()));
        return new KernelImage(
            release,
            variables,
            end,
            symbols,
            ReadStructs(names),
            new SiteTable(strings, places),
            functions
        );
    }

    /// <summary>The variables, with red zones between them.</summary>
    private static KernelMemory ReadMemory(BinaryReader reader, out ulong end)
    {
        end = reader.ReadUInt64();
        var variables = new (ulong Address, ulong Size)[reader.ReadInt32()];
        for (var i = 0; i < variables.Length; i++)
            variables[i] = (reader.ReadUInt64(), reader.ReadUInt64());
        var size = end - MemoryMap.Image;
        var memory = new KernelMemory(1 << 20);
        memory.Close(MemoryMap.Image, size + RedZone, Poison.GlobalRedZone);
        foreach (var (address, length) in variables)
            memory.Open(address, length, isSet: true);
        reader.BaseStream.ReadExactly(memory.Span(MemoryMap.Image, size));
        return memory;
    }

    private static FunctionTable ReadFunctions(BinaryReader names, Type @class)
    {
        var functions = names.ReadStrings();
        var shapes = new int[functions.Length];
        names.BaseStream.ReadExactly(MemoryMarshal.AsBytes(shapes.AsSpan()));
        var entries = new nint[functions.Length];
        var invokers = new nint[functions.Length];
        @class.GetMethod(KernelTranslator.TableMethod)!.CreateDelegate<Action<nint[], nint[]>>()(entries, invokers);
        return new FunctionTable(entries, shapes, invokers, functions);
    }

    private static Dictionary<string, StructLayout> ReadStructs(BinaryReader reader)
    {
        var structs = new Dictionary<string, StructLayout>(StringComparer.Ordinal);
        for (var count = reader.ReadInt32(); count > 0; count--)
        {
            var name = reader.ReadString();
            var size = reader.ReadUInt64();
            var members = new Dictionary<string, StructMember>(StringComparer.Ordinal);
            for (var left = reader.ReadInt32(); left > 0; left--)
            {
                var member = reader.ReadString();
                var offset = reader.ReadUInt64();
                var bytes = reader.ReadUInt64();
                var tag = reader.ReadString();
                members.Add(member, new StructMember(member, offset, bytes, tag.Length == 0 ? null : tag));
            }

            structs.Add(name, new StructLayout(name, size, members));
        }

        return structs;
    }
}
