using System.Reflection;
using IommuSim.Source.Execution;
using IommuSim.Source.Ir;

namespace IommuSim.Source.Linking;

/// <summary>Makes one program of the modules of a kernel.</summary>
internal sealed class ProgramLinker
{
    private const ulong RedZone = 32;
    private const ulong Alignment = 32;
    private const ulong MaxImage = 1 << 29;

    private readonly IReadOnlyList<LinkedModule> _modules;
    private readonly IProvided _provided;
    private readonly Dictionary<(IrModule? Scope, string Name), ulong> _addresses = [];
    private readonly Dictionary<(IrModule? Scope, string Name), LinkedFunction> _functionsByName = [];
    private readonly List<LinkedFunction> _functions = [];
    private readonly List<LinkedVariable> _variables = [];
    private HashSet<string>? _strong;
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
                    if (!function.IsWeak && other.Body!.IsWeak)
                        ReplaceFunction(scope, module, function, other);
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

    /// <summary>The weak definition of another file came first.</summary>
    private void ReplaceFunction(IrModule? scope, LinkedModule module, IrFunction function, LinkedFunction weak)
    {
        var strong = weak with { Module = module, Declaration = function, Body = function };
        _functions[weak.Number] = strong;
        _functionsByName[(scope, function.Name)] = strong;
    }

    private void AddFunction(
        IrModule? scope,
        LinkedModule module,
        IrFunction declaration,
        IrFunction? body,
        MethodInfo? provided
    )
    {
        if (_addresses.ContainsKey((scope, declaration.Name)))
            throw Twice(module, declaration.Name, declaration.Line);
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
                if (variable.IsWeak && HasStrong(variable.Name) || _addresses.ContainsKey((scope, variable.Name)))
                    continue;
                AddVariable(scope, module, variable, module.Layout.SizeOf(variable.Type));
            }
        }
    }

    /// <summary>A definition that counts, whatever others say.</summary>
    private bool HasStrong(string variable)
    {
        _strong ??= _modules
            .SelectMany(m => m.Module.Variables)
            .Where(v => v is { IsLocal: false, IsWeak: false, Initializer: not null })
            .Select(v => v.Name)
            .ToHashSet(StringComparer.Ordinal);
        return _strong.Contains(variable);
    }

    private static IrException Twice(LinkedModule module, string name, int line) =>
        new(module.Module.Path, line, $"@{name} is defined twice");

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
        if (_next - MemoryMap.Image > MaxImage)
            throw new IrException(module.Module.Path, 0, "the variables are too large");
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
            foreach (var alias in InOrder(module.Module))
            {
                var scope = alias.IsLocal ? module.Module : null;
                _addresses.TryAdd((scope, alias.Name), constants.Evaluate(module, IrType.Pointer, alias.Target));
                if (alias.Target is GlobalValue target && program.FunctionOf(module, target.Name) is { } function)
                    _functionsByName.TryAdd((scope, alias.Name), function);
            }
        }
    }

    /// <summary>Those that are aliases of another one after it; a circle has no end and is not defined.</summary>
    private static IEnumerable<IrAlias> InOrder(IrModule module)
    {
        var waiting = module.Aliases.ToList();
        while (waiting.Count > 0)
        {
            var ready = waiting.FindAll(a => a.Target is not GlobalValue g || !waiting.Exists(w => w.Name == g.Name));
            if (ready.Count == 0)
                ready = waiting;
            foreach (var alias in ready.ToArray())
            {
                waiting.Remove(alias);
                yield return alias;
            }
        }
    }

    /// <summary>Of a provided function that the C only gets by its address.</summary>
    private static IrFunction Declaration(string name) =>
        new(name, IrType.Void, [], IsVariadic: false, IsLocal: false, IsWeak: false, Section: null, [], Line: 0);

    private static bool IsIntrinsic(string name) => name.StartsWith("llvm.", StringComparison.Ordinal);
}
