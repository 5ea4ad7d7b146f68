using System.IO.Compression;
using System.Runtime.Loader;
using IommuSim.Source.Execution;
using IommuSim.Source.Ir;
using IommuSim.Source.Linking;
using IommuSim.Source.Translation;

namespace IommuSim.Source.Files;

/// <summary>
/// A kernel on disk, <c>NAME.kernel</c>: all that a boot needs in one file. A zip archive of the assembly, the
/// variables as they are before the first instruction, and what names places, symbols and members.
/// </summary>
public static class KernelFile
{
    /// <summary>Files of another version were made by another build of IommuSim, and are made again.</summary>
    private const int Version = 3;

    private const string HeadEntry = "head";
    private const string AssemblyEntry = "kernel.dll";
    private const string MemoryEntry = "memory";
    private const string NamesEntry = "names";

    /// <summary>Links and translates modules into a file.</summary>
    /// <param name="release">For example <c>7.3.4</c>.</param>
    internal static KernelSummary Write(
        Stream file,
        string release,
        IReadOnlyList<IrModule> modules,
        IProvided provided
    ) => Write(file, release, ProgramLinker.Link(modules, provided));

    /// <summary>Translates a program into a file.</summary>
    /// <param name="mutants">Changed forms of functions, to be chosen when a machine boots; null for none.</param>
    internal static KernelSummary Write(
        Stream file,
        string release,
        LinkedProgram program,
        IReadOnlyList<TranslatedMutant>? mutants = null
    )
    {
        using var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true);
        TranslatedKernel translated;
        using (var assembly = new MemoryStream())
        {
            translated = KernelTranslator.Translate(program, assembly, mutants);
            using var entry = zip.CreateEntry(AssemblyEntry).Open();
            assembly.WriteTo(entry);
        }

        var notProvided = program.NotProvided.ToArray();
        var functions = program.Functions.Count(f => f.Body is not null);
        var instructions = program
            .Functions.Where(f => f.Body is not null)
            .Sum(f => f.Body!.Blocks.Sum(b => b.Instructions.Length));
        WriteEntry(
            zip,
            HeadEntry,
            writer =>
            {
                writer.Write(Version);
                writer.Write(Contract.Current);
                writer.Write(release);
                writer.Write(functions);
                writer.Write(instructions);
                writer.WriteStrings(notProvided);
            }
        );
        WriteEntry(zip, MemoryEntry, writer => ImageWriter.WriteMemory(writer, program));
        WriteEntry(zip, NamesEntry, writer => ImageWriter.WriteNames(writer, program, translated));
        return new KernelSummary(release, functions, instructions, notProvided);
    }

    /// <summary>What a file says of itself; null for one that is no kernel, or of another version.</summary>
    public static KernelSummary? ReadSummary(Stream file)
    {
        try
        {
            using var zip = new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: true);
            if (zip.GetEntry(HeadEntry) is not { } entry)
                return null;
            using var reader = new BinaryReader(entry.Open());
            if (reader.ReadInt32() != Version || reader.ReadString() != Contract.Current)
                return null;
            var release = reader.ReadString();
            var functions = reader.ReadInt32();
            var instructions = reader.ReadInt32();
            return new KernelSummary(release, functions, instructions, reader.ReadStrings());
        }
        catch (InvalidDataException)
        {
            return null;
        }
        catch (EndOfStreamException)
        {
            return null;
        }
    }

    /// <summary>Loads a kernel; null for a file that is none, or of another version.</summary>
    internal static KernelImage? Load(Stream file)
    {
        if (ReadSummary(file) is not { } summary)
            return null;
        using var zip = new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: true);
        using var memory = new BinaryReader(zip.GetEntry(MemoryEntry)!.Open());
        using var names = new BinaryReader(zip.GetEntry(NamesEntry)!.Open());
        using var assembly = new MemoryStream();
        using (var entry = zip.GetEntry(AssemblyEntry)!.Open())
            entry.CopyTo(assembly);
        assembly.Position = 0;
        return ImageReader.Read(summary.Release, memory, names, LoadClass(assembly));
    }

    private static Type LoadClass(Stream assembly)
    {
        var context = new AssemblyLoadContext("kernel");
        context.Resolving += (_, name) =>
            AppDomain.CurrentDomain.GetAssemblies().FirstOrDefault(a => a.GetName().Name == name.Name);
        return context.LoadFromStream(assembly).GetType(KernelTranslator.ClassName, throwOnError: true)!;
    }

    private static void WriteEntry(ZipArchive zip, string name, Action<BinaryWriter> write)
    {
        using var writer = new BinaryWriter(zip.CreateEntry(name, CompressionLevel.Fastest).Open());
        write(writer);
    }

    internal static void WriteStrings(this BinaryWriter writer, IReadOnlyCollection<string> strings)
    {
        writer.Write(strings.Count);
        foreach (var text in strings)
            writer.Write(text);
    }

    internal static string[] ReadStrings(this BinaryReader reader)
    {
        var strings = new string[reader.ReadInt32()];
        for (var i = 0; i < strings.Length; i++)
            strings[i] = reader.ReadString();
        return strings;
    }
}

/// <summary>What was translated.</summary>
/// <param name="Functions">Compiled functions.</param>
/// <param name="Instructions">Of LLVM IR.</param>
/// <param name="NotProvided">Functions that nothing stands behind; calling one ends a run.</param>
public sealed record KernelSummary(string Release, int Functions, int Instructions, IReadOnlyList<string> NotProvided);
