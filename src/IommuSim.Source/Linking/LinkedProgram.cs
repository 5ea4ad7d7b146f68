using System.Reflection;
using IommuSim.Source.Execution;
using IommuSim.Source.Ir;

namespace IommuSim.Source.Linking;

/// <summary>All modules of a kernel as one program: every name is an address.</summary>
internal sealed class LinkedProgram
{
    private readonly Dictionary<(IrModule? Scope, string Name), ulong> _addresses;
    private readonly Dictionary<(IrModule? Scope, string Name), LinkedFunction> _functions;

    internal LinkedProgram(
        IReadOnlyList<LinkedModule> modules,
        IReadOnlyList<LinkedFunction> functions,
        IReadOnlyList<LinkedVariable> variables,
        Dictionary<(IrModule? Scope, string Name), ulong> addresses,
        Dictionary<(IrModule? Scope, string Name), LinkedFunction> byName
    )
    {
        Modules = modules;
        Functions = functions;
        Variables = variables;
        _addresses = addresses;
        _functions = byName;
    }

    public IReadOnlyList<LinkedModule> Modules { get; }

    /// <summary>By their numbers in the function table.</summary>
    public IReadOnlyList<LinkedFunction> Functions { get; }

    public IReadOnlyList<LinkedVariable> Variables { get; }

    /// <summary>The functions that are called or pointed to and that nothing stands behind, by name.</summary>
    public IEnumerable<string> NotProvided =>
        Functions.Where(f => f.Body is null && f.Provided is null).Select(f => f.Name).Order(StringComparer.Ordinal);

    /// <summary>The address that a name means in a module.</summary>
    public ulong AddressOf(LinkedModule module, string name)
    {
        if (_addresses.TryGetValue((module.Module, name), out var local))
            return local;
        return _addresses.TryGetValue((null, name), out var address)
            ? address
            : throw new IrException(module.Module.Path, 0, $"@{name} is not defined anywhere");
    }

    /// <summary>The function that a name means in a module; null for a variable or an alias.</summary>
    public LinkedFunction? FunctionOf(LinkedModule module, string name) =>
        _functions.GetValueOrDefault((module.Module, name)) ?? _functions.GetValueOrDefault((null, name));
}

/// <summary>A module with what its constants and types are.</summary>
internal sealed record LinkedModule(IrModule Module, TypeLayout Layout);

/// <summary>A function of the kernel.</summary>
/// <param name="Name">As C names it.</param>
/// <param name="Module">Where it is defined, or first declared.</param>
/// <param name="Body">Null for one that is not compiled.</param>
/// <param name="Provided">What stands behind one that is not compiled; null for nothing.</param>
/// <param name="Number">In the function table.</param>
internal sealed record LinkedFunction(
    string Name,
    LinkedModule Module,
    IrFunction Declaration,
    IrFunction? Body,
    MethodInfo? Provided,
    int Number
)
{
    public ulong Address => MemoryMap.Functions + (ulong)Number * MemoryMap.FunctionSize;
}

/// <param name="Initializer">Null for one that no module defines: all 0.</param>
internal sealed record LinkedVariable(
    string Name,
    LinkedModule Module,
    IrType Type,
    IrValue? Initializer,
    bool IsLocal,
    ulong Address,
    ulong Size
);
