using IommuSim.Source.Ir;
using IommuSim.Source.Translation;

namespace IommuSim.Source.Mutations;

/// <summary>
/// All mutations of a module, in the order of its text. Left out is what cannot matter or matters always: checks that
/// the kernel makes of itself (WARN_ON and what they ask), points that fail on demand, the module's init and exit.
/// </summary>
internal sealed partial class MutationSites
{
    /// <summary>Calls that inform, check or yield, and change nothing that a program could see.</summary>
    private static readonly HashSet<string> s_silent = new(StringComparer.Ordinal)
    {
        "warn_slowpath_fmt",
        "__warn_printk",
        "_printk",
        "refcount_warn_saturate",
        "__cond_resched",
        "__might_sleep",
        "__might_fault",
        "uml_curr_cpu",
        "should_fail_usercopy",
        "iommufd_should_fail",
        "__list_add_valid_or_report",
        "__list_del_entry_valid_or_report",
        "mutex_init_generic",
        "__mutex_init",
        "__init_rwsem",
        "init_wait_entry",
        "memset",
        "memcpy",
        "memmove",
    };

    private readonly IrModule _module;
    private readonly MutationScope _scope;
    private readonly List<Mutation> _found = [];
    private readonly Dictionary<string, List<Instruction>> _uses = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Instruction> _definitions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _blocks = new(StringComparer.Ordinal);
    private IrFunction _function = null!;

    private MutationSites(IrModule module, MutationScope scope)
    {
        _module = module;
        _scope = scope;
    }

    /// <summary>Every mutation of the functions that are defined in the module.</summary>
    public static IReadOnlyList<Mutation> Of(IrModule module, MutationScope scope)
    {
        var sites = new MutationSites(module, scope);
        foreach (var function in module.Functions.Where(f => !f.Blocks.IsEmpty && !IsOfModule(f)))
            sites.Look(function);
        return sites._found;
    }

    /// <summary>Init and exit of the module: they run before and after all that is searched.</summary>
    private static bool IsOfModule(IrFunction function) =>
        function.Section is { } section
        && (
            section.StartsWith(".init", StringComparison.Ordinal)
            || section.StartsWith(".exit", StringComparison.Ordinal)
        );

    private void Look(IrFunction function)
    {
        _function = function;
        _uses.Clear();
        _definitions.Clear();
        _blocks.Clear();
        for (var b = 0; b < function.Blocks.Length; b++)
        {
            _blocks.Add(function.Blocks[b].Label, b);
            foreach (var instruction in function.Blocks[b].Instructions)
                Note(instruction);
        }

        for (var b = 0; b < function.Blocks.Length; b++)
        {
            var instructions = function.Blocks[b].Instructions;
            for (var i = 0; i < instructions.Length; i++)
                Look(instructions[i], b, i);
        }
    }

    private void Note(Instruction instruction)
    {
        if (instruction.Result is { } name)
            _definitions.TryAdd(name, instruction);
        foreach (var operand in UnsetValues.OperandsOf(instruction).OfType<LocalValue>())
        {
            if (!_uses.TryGetValue(operand.Name, out var uses))
                _uses.Add(operand.Name, uses = []);
            uses.Add(instruction);
        }
    }

    private void Look(Instruction instruction, int block, int index)
    {
        switch (instruction)
        {
            case CallInstruction call:
                Call(call, block, index);
                break;
            case AssemblyInstruction assembly:
                Count(assembly, block, index);
                break;
            case BranchInstruction { Condition: not null } branch:
                Branch(branch, block, index);
                break;
            case StoreInstruction store:
                Stores(store, block, index);
                break;
        }

        Constants(instruction, block, index);
    }

    private bool IsUsed(Instruction instruction) => instruction.Result is { } name && _uses.ContainsKey(name);

    /// <summary>The line of C, for an instruction whose own text is in scope.</summary>
    private SourceLocation? PlaceOf(Instruction instruction) =>
        _module.Debug.Locations.TryGetValue(instruction.Location, out var location) ? _scope.PlaceOf(location) : null;

    private SourceLocation? CallerOf(Instruction instruction) =>
        _module.Debug.Locations.TryGetValue(instruction.Location, out var location) ? _scope.CallerOf(location) : null;

    private void Add(
        MutationKind kind,
        SourceLocation place,
        string text,
        int block,
        int index,
        Func<IrFunction, IrFunction> apply
    )
    {
        var function = _function;
        _found.Add(new Mutation(kind, place, text, _module, function, block, index) { Apply = () => apply(function) });
    }

    private static bool IsIntrinsic(string name) => name.StartsWith("llvm.", StringComparison.Ordinal);
}
