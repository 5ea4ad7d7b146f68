using IommuSim.Machine;
using IommuSim.Scenarios.Language;
using IommuSim.Scenarios.Running;

namespace IommuSim.Scenarios.Binding;

/// <summary>
/// The arguments of a step while they are being bound; what is left over is an error.
/// </summary>
internal sealed class StepArguments
{
    private const string FailAlloc = "fail_alloc";
    private const string FailCopy = "fail_copy";
    private const string FailDriver = "fail_driver";

    private static readonly (string Name, DecisionKind Kind)[] s_faults =
    [
        (FailAlloc, DecisionKind.Allocation),
        (FailCopy, DecisionKind.Copy),
        (FailDriver, DecisionKind.DriverOp),
    ];

    private readonly BindContext _context;
    private readonly Step _step;
    private readonly List<Argument> _left;
    private readonly List<string> _known = [];

    public StepArguments(Step step, BindContext context)
    {
        _step = step;
        _context = context;
        _left = [.. step.Arguments];
    }

    /// <summary>The named arguments that are left, in order.</summary>
    public IEnumerable<Argument> Left => _left.Where(argument => argument.Name is not null);

    /// <summary>The next argument without a name, or null.</summary>
    public Argument? TakePositional()
    {
        var argument = _left.Find(a => a.Name is null);
        if (argument is not null)
            _left.Remove(argument);
        return argument;
    }

    public Argument? Take(string name)
    {
        _known.Add(name);
        var argument = _left.Find(a => a.Name?.Text == name);
        if (argument is not null)
            _left.Remove(argument);
        return argument;
    }

    /// <summary>As <see cref="Take"/>, and an error when it is not there.</summary>
    public Argument? Require(string name, string form)
    {
        var argument = Take(name);
        if (argument is null && !_left.Exists(a => IsMisspelt(a, name)))
            _context.Sink.Error(_step.Verb.Span, $"'{_step.Verb}' needs {name}=; write {form}");
        return argument;
    }

    public void TakeAllNamed() => _left.RemoveAll(a => a.Name is not null);

    /// <summary>The descriptor and the fault that any call may have.</summary>
    /// <param name="word">What the argument with the descriptor is called.</param>
    public StepOptions TakeOptions(bool hasDescriptor = true, string word = NameScope.FirstDescriptor)
    {
        var slot = _context.Names.Find(NameScope.FirstDescriptor)!.Slot;
        if (hasDescriptor && Take(word) is { } fd)
            slot = DescriptorName(fd.Value)?.Slot ?? slot;
        var (kind, nth) = TakeFault();
        return new StepOptions(slot, kind, nth);
    }

    /// <summary>The descriptor of this name, or null with an error.</summary>
    public BoundName? DescriptorName(Value value)
    {
        var word = (value as WordValue)?.Text;
        if (word is not null && _context.Names.Find(word) is { Kind: NameKind.Descriptor } name)
            return name;
        var known = _context.Names.Names.Where(n => _context.Names.Find(n)!.Kind == NameKind.Descriptor);
        _context.Sink.Error(
            value.Span,
            "expected a descriptor: 'fd', the result of 'open', or QUEUE.fd of a queue",
            word is null ? null : NearestDescriptor(word, [.. known])
        );
        return null;
    }

    /// <summary>The name of a queue stands for its descriptor.</summary>
    private static string? NearestDescriptor(string word, string[] known) =>
        Array.Find(known, name => name == $"{word}.{NameScope.FirstDescriptor}") ?? NearestWord.Find(word, known);

    /// <summary>Reports what is left over.</summary>
    public void Finish(string form)
    {
        foreach (var argument in _left)
        {
            var name = argument.Name is { } n ? Token.Shorten(n.Text) : null;
            _context.Sink.Error(
                argument.Name?.Span ?? argument.Span,
                name is null
                    ? $"'{_step.Verb}' takes no such argument; write {form}"
                    : $"'{_step.Verb}' has no argument '{name}'; write {form}",
                name is null ? null : NearestWord.Find(name, _known)
            );
        }
    }

    /// <summary>Then <see cref="Finish"/> says all there is to say.</summary>
    private static bool IsMisspelt(Argument argument, string name) =>
        argument.Name is { } written && NearestWord.Find(written.Text, [name]) is not null;

    private (DecisionKind Kind, int Nth) TakeFault()
    {
        var fault = (Kind: DecisionKind.Allocation, Nth: 0);
        string? first = null;
        foreach (var (name, kind) in s_faults)
        {
            if (Take(name) is not { } argument)
                continue;
            if (first is not null)
            {
                _context.Sink.Error(
                    argument.Span,
                    $"one step injects one kind of fault, and this one has {first}= already"
                );
                continue;
            }

            first = name;
            var nth = _context.Values.Constant(argument.Value, sizeof(uint), name);
            if (nth is 0 or > int.MaxValue)
                _context.Sink.Error(argument.Value.Span, $"{name}=N counts from 1");
            else if (nth is { } known)
                fault = (kind, (int)known);
        }

        return fault;
    }
}
