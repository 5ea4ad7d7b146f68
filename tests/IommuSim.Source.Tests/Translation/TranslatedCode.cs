using IommuSim.Machine;
using IommuSim.Machine.Reports;
using IommuSim.Source.Execution;
using IommuSim.Source.Files;
using IommuSim.Source.Ir;
using IommuSim.Source.Linking;
using IommuSim.Source.Reading;

namespace IommuSim.Source.Tests.Translation;

/// <summary>IR text that was read, linked, translated and loaded: its functions can be called.</summary>
internal sealed class TranslatedCode
{
    private readonly SourceMachine _machine;

    private TranslatedCode(IrModule module, KernelImage image)
    {
        Module = module;
        _machine = new SourceMachine(image, new KernelMachine(BuildSwitches.Default));
    }

    public IrModule Module { get; }

    public SourceMachine Machine => _machine;

    public IReadOnlyList<KernelReport> Reports => _machine.Machine.Reports;

    public static TranslatedCode Of(string text, string path = "test.ll") => Of(IrReader.Read(path, text));

    public static TranslatedCode Of(params IrModule[] modules) => Of(new TestProvided(), modules);

    public static TranslatedCode Of(IProvided provided, params IrModule[] modules)
    {
        using var file = new MemoryStream();
        KernelFile.Write(file, "1.0", modules, provided);
        file.Position = 0;
        return new TranslatedCode(modules[0], KernelFile.Load(file)!);
    }

    /// <summary>A machine of its own with the same code; memory as before the first instruction.</summary>
    public TranslatedCode Fresh() => new(Module, _machine.Image);

    /// <summary>Calls a function with numbers or addresses; of a narrow result the bits above it are 0.</summary>
    public ulong Call(string function, params ulong[] arguments) => _machine.Running.Call(function, arguments);

    /// <summary>Calls a function that may die of an oops; null when it does.</summary>
    public ulong? TryCall(string function, params ulong[] arguments)
    {
        try
        {
            return Call(function, arguments);
        }
        catch (TaskDiedException)
        {
            return null;
        }
    }
}
