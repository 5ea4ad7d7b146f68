using IommuSim.Source.Execution;
using IommuSim.Source.Files;
using IommuSim.Source.Ir;
using IommuSim.Source.Linking;
using IommuSim.Source.Translation;

namespace IommuSim.Source.Mutations;

/// <summary>
/// A kernel and mutants of it in one assembly: all that they have in common is translated and compiled once. Which one
/// runs is decided where a machine boots.
/// </summary>
internal sealed class MutantKernel
{
    private MutantKernel(KernelImage original, KernelSummary summary)
    {
        Original = original;
        Summary = summary;
    }

    /// <summary>The kernel as it is; it notes which mutants a run would have met.</summary>
    public KernelImage Original { get; }

    public KernelSummary Summary { get; }

    /// <summary>The kernel with the mutation of this number, from 1, in it.</summary>
    public KernelImage this[int mutant] => Original.With(mutant);

    /// <param name="release">For example <c>7.3.4</c>.</param>
    /// <param name="mutations">Of functions of these modules; the first has number 1.</param>
    public static MutantKernel Make(
        string release,
        IReadOnlyList<IrModule> modules,
        IReadOnlyList<Mutation> mutations,
        IProvided provided
    )
    {
        var program = ProgramLinker.Link(modules, provided);
        var mutants = mutations.Select((m, i) => Translated(program, m, i + 1)).ToArray();
        using var file = new MemoryStream();
        var summary = KernelFile.Write(file, release, program, mutants);
        file.Position = 0;
        var image = KernelFile.Load(file)!;
        return new MutantKernel(image.ForMutants(mutations.Count), summary);
    }

    /// <summary>Writes a kernel that has one mutation and is a kernel like any other.</summary>
    public static KernelSummary Write(
        Stream file,
        string release,
        IReadOnlyList<IrModule> modules,
        Mutation mutation,
        IProvided provided
    )
    {
        var changed = mutation.Module with
        {
            Functions = mutation.Module.Functions.Replace(mutation.Function, mutation.Apply()),
        };
        return KernelFile.Write(
            file,
            release,
            [.. modules.Select(m => ReferenceEquals(m, mutation.Module) ? changed : m)],
            provided
        );
    }

    private static TranslatedMutant Translated(LinkedProgram program, Mutation mutation, int number)
    {
        var module = program.Modules.Single(m => ReferenceEquals(m.Module, mutation.Module));
        var function = program.FunctionOf(module, mutation.Function.Name)!;
        return new TranslatedMutant(function, mutation.Apply(), number, mutation.Block, mutation.Instruction);
    }
}
