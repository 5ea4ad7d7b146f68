using System.Reflection;
using IommuSim.Source.Execution;
using IommuSim.Source.Ir;

namespace IommuSim.Source.Linking;

/// <summary>Makes one program of the modules of a kernel.</summary>
public sealed class ProgramLinker
{
    private const ulong RedZone = 32;
    private const ulong Alignment = 32;

    private readonly IReadOnlyList<LinkedModule> _modules;
    private readonly IProvided _provided;
    private readonly Dictionary<(IrModule? Scope, string Name), ulong> _addresses = [];
    private readonly Dictionary<(IrModule? Scope, string Name), LinkedFunction> _functionsByName = [];
    private readonly List<LinkedFunction> _functions = [];
    private readonly List<LinkedVariable> _variables = [];
    private ulong _next = MemoryMap.Image;

    private ProgramLinker(IReadOnlyList<LinkedModule> modules, IProvided provided)
    {
        _modules = modules;
        _provided = provided;
    }

    /// <param name="provided">What stands behind functions and variables that no module defines.</param>
    public static LinkedProgram Link(IEnumerable<IrModule> modules, IProvided provided)
    {
        var linked = modules.Select(m => new LinkedModule(m, new TypeLayout(m))).ToArray();
        return new ProgramLinker(linked, provided).Link();
    }

    private LinkedProgram Link()
    {
        DefineFunctions();
        DefineVariables();
        DeclareFunctions();
        foreach (var method in _provided.Ours)
            AddFunction(null, _modules[0], Declaration(method.Key), body: null, method.Value);
        DeclareVariables();
        var program = new LinkedProgram(_modules, _functions, _variables, _addresses, _functionsByName);
        DefineAliases(program);
        return program;
    }

    private void DefineFunctions()
    {
        foreach (var module in _modules)
        {
            foreach (var function in module.Module.Functions.Where(f => !f.Blocks.IsEmpty))
            {
                var scope = function.IsLocal ? module.Module : null;
                if (_functionsByName.TryGetValue((scope, function.Name), out var other))
                {
                    if (function.IsWeak || other.Body!.IsWeak)
                        continue;
                    throw new IrException(
                        module.Module.Path,
                        function.Line,
                        $"{function.Name} is defined in {other.Module.Module.Path} too"
                    );
                }

                AddFunction(scope, module, function, function, provided: null);
            }
        }
    }

    private void DeclareFunctions()
    {
        foreach (var module in _modules)
        {
            foreach (var function in module.Module.Functions.Where(f => f.Blocks.IsEmpty))
            {
                if (IsIntrinsic(function.Name) || _functionsByName.ContainsKey((null, function.Name)))
                    continue;
                var parameters = function.Parameters.Length + (function.IsVariadic ? 1 : 0);
                AddFunction(null, module, function, body: null, _provided.Find(function.Name, parameters));
            }
        }
    }

    private void AddFunction(
        IrModule? scope,
        LinkedModule module,
        IrFunction declaration,
        IrFunction? body,
        MethodInfo? provided
    )
    {
        var function = new LinkedFunction(declaration.Name, module, declaration, body, provided, _functions.Count);
        _functions.Add(function);
        _functionsByName.Add((scope, declaration.Name), function);
        _addresses.Add((scope, declaration.Name), function.Address);
    }

    private void DefineVariables()
    {
        foreach (var module in _modules)
        {
            foreach (var variable in module.Module.Variables.Where(v => v.Initializer is not null))
            {
                var scope = variable.IsLocal ? module.Module : null;
                if (_addresses.ContainsKey((scope, variable.Name)))
                    continue;
                AddVariable(scope, module, variable, module.Layout.SizeOf(variable.Type));
            }
        }
    }

    private void DeclareVariables()
    {
        foreach (var module in _modules)
        {
            foreach (var variable in module.Module.Variables.Where(v => v.Initializer is null))
            {
                if (_addresses.ContainsKey((null, variable.Name)) || IsIntrinsic(variable.Name))
                    continue;
                var size = Math.Max(_provided.SizeOfVariable(variable.Name), module.Layout.SizeOf(variable.Type));
                AddVariable(null, module, variable, size);
            }
        }
    }

    private void AddVariable(IrModule? scope, LinkedModule module, IrVariable variable, ulong size)
    {
        var alignment = Math.Max(Alignment, variable.Alignment);
        var address = (_next + RedZone + alignment - 1) & ~(alignment - 1);
        _next = address + Math.Max(size, 1);
        _addresses.Add((scope, variable.Name), address);
        _variables.Add(
            new LinkedVariable(
                variable.Name,
                module,
                variable.Type,
                variable.Initializer,
                variable.IsLocal,
                address,
                size
            )
        );
    }

    private void DefineAliases(LinkedProgram program)
    {
        var constants = new Constants(program);
        foreach (var module in _modules)
        {
            foreach (var alias in module.Module.Aliases)
            {
                var scope = alias.IsLocal ? module.Module : null;
                _addresses.TryAdd((scope, alias.Name), constants.Evaluate(module, IrType.Pointer, alias.Target));
                if (alias.Target is GlobalValue target && program.FunctionOf(module, target.Name) is { } function)
                    _functionsByName.TryAdd((scope, alias.Name), function);
            }
        }
    }

    /// <summary>Of a provided function that the C only gets by its address.</summary>
    private static IrFunction Declaration(string name) =>
        new(name, IrType.Void, [], IsVariadic: false, IsLocal: false, IsWeak: false, Section: null, [], Line: 0);

    private static bool IsIntrinsic(string name) => name.StartsWith("llvm.", StringComparison.Ordinal);
}
