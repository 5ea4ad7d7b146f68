using System.Runtime.InteropServices;
using IommuSim.Source.Execution;
using IommuSim.Source.Ir;
using IommuSim.Source.Linking;
using IommuSim.Source.Translation;

namespace IommuSim.Source.Files;

/// <summary>Writes the variables of a program, and the names of what is in it.</summary>
internal static class ImageWriter
{
    public static void WriteMemory(BinaryWriter writer, LinkedProgram program)
    {
        var end = program.Variables.Select(v => v.Address + v.Size).DefaultIfEmpty(MemoryMap.Image).Max();
        var constants = new Constants(program);
        var bytes = new byte[end - MemoryMap.Image];
        foreach (var variable in program.Variables.Where(v => v.Initializer is not null))
        {
            var place = bytes.AsSpan((int)(variable.Address - MemoryMap.Image), (int)variable.Size);
            constants.Write(variable.Module, variable.Type, variable.Initializer!, place);
        }

        writer.Write(end);
        writer.Write(program.Variables.Count);
        foreach (var variable in program.Variables)
        {
            writer.Write(variable.Address);
            writer.Write(variable.Size);
        }

        writer.Write(bytes);
    }

    public static void WriteNames(BinaryWriter writer, LinkedProgram program, TranslatedKernel translated)
    {
        var symbols = Symbols(program);
        writer.Write(symbols.Count);
        foreach (var (name, address) in symbols)
        {
            writer.Write(name);
            writer.Write(address);
        }

        writer.WriteStrings(program.Functions.Select(f => f.Name).ToArray());
        writer.Write(MemoryMarshal.AsBytes<int>(translated.Shapes));
        writer.WriteStrings(translated.Sites.Strings);
        writer.Write(translated.Sites.Places.Length);
        writer.Write(MemoryMarshal.AsBytes<SitePlace>(translated.Sites.Places));
        WriteStructs(writer, program);
    }

    /// <summary>Names of one meaning in all modules.</summary>
    private static Dictionary<string, ulong> Symbols(LinkedProgram program)
    {
        var all = program
            .Functions.Select(f => (f.Name, f.Address, IsLocal: f.Body?.IsLocal ?? false))
            .Concat(program.Variables.Select(v => (v.Name, v.Address, v.IsLocal)));
        var symbols = new Dictionary<string, ulong>(StringComparer.Ordinal);
        foreach (var name in all.GroupBy(s => s.Name, StringComparer.Ordinal))
        {
            var meanings = name.ToArray();
            var known = meanings.Where(m => !m.IsLocal).ToArray();
            if (known.Length == 1 || meanings.Length == 1)
                symbols.Add(name.Key, known.Length == 1 ? known[0].Address : meanings[0].Address);
        }

        return symbols;
    }

    private static void WriteStructs(BinaryWriter writer, LinkedProgram program)
    {
        var structs = new Dictionary<string, StructLayout>(StringComparer.Ordinal);
        foreach (var layout in program.Modules.SelectMany(m => m.Module.Debug.Structs))
            structs.TryAdd(layout.Key, layout.Value);
        writer.Write(structs.Count);
        foreach (var layout in structs.Values)
        {
            writer.Write(layout.Name);
            writer.Write(layout.Size);
            writer.Write(layout.Members.Count);
            foreach (var member in layout.Members.Values)
            {
                writer.Write(member.Name);
                writer.Write(member.Offset);
                writer.Write(member.Size);
                writer.Write(member.Struct ?? "");
            }
        }
    }
}
