using IommuSim.Scenarios.Language;
using IommuSim.Scenarios.Running;

namespace IommuSim.Scenarios.Binding;

/// <summary>The names of one scenario: its devices, and the results bound so far.</summary>
internal sealed class NameScope
{
    /// <summary>The descriptor that is open from the start.</summary>
    public const string FirstDescriptor = "fd";

    private readonly DiagnosticSink _sink;
    private readonly Dictionary<string, BoundName> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _lines = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _devices = new(StringComparer.Ordinal);
    private readonly IReadOnlyList<Step> _steps;

    public NameScope(Scenario scenario, DiagnosticSink sink)
    {
        _sink = sink;
        _steps = scenario.Steps;
        foreach (var device in scenario.Devices)
            _devices.TryAdd(device.Name.Text, _devices.Count);
        foreach (var step in scenario.Steps)
        {
            if (step.Result is { } result)
                _lines.TryAdd(result.Text, result.Span.Line);
        }

        Define(FirstDescriptor, NameKind.Descriptor, "open", step: -1);
    }

    /// <summary>Names that this step or a later one binds are not there yet.</summary>
    public int Horizon { get; set; } = int.MaxValue;

    /// <summary>What one task binds, no other task sees.</summary>
    public int Block { get; set; } = StepBlock.Setup;

    /// <summary>How many numbers a run keeps.</summary>
    public int SlotCount { get; private set; }

    public IEnumerable<string> Names => _names.Values.Where(IsVisible).Select(name => name.Text);

    public IEnumerable<string> DeviceNames => _devices.Keys;

    /// <summary>Binds the result of a step; a name has one meaning in a scenario.</summary>
    public BoundName Bind(Identifier name, NameKind kind, string verb, int step)
    {
        var shown = Token.Shorten(name.Text);
        string? error = null;
        if (_devices.ContainsKey(name.Text))
            error = $"'{shown}' is a device; name the result differently";
        else if (name.Text == FirstDescriptor)
            error = "'fd' is open from the start; name the result differently";
        else if (_names.ContainsKey(name.Text))
            error = $"'{shown}' is bound twice; first on line {_lines[name.Text]}";
        if (error is null)
            return Define(name.Text, kind, verb, step);
        _sink.Error(name.Span, error);
        return new BoundName(name.Text, kind, SlotCount++, verb, step);
    }

    /// <summary>Binds a second number of a step, as in <c>stdev.hwpt</c>.</summary>
    public BoundName BindMember(BoundName name, string member, NameKind kind = NameKind.Id) =>
        Define($"{name.Text}.{member}", kind, name.Verb, name.Step);

    public BoundName? Find(string name) => _names.TryGetValue(name, out var found) && IsVisible(found) ? found : null;

    /// <summary>The index of the device, or -1.</summary>
    public int FindDevice(string name) => _devices.GetValueOrDefault(name, -1);

    /// <summary>The line on which a name that is not bound yet will be, or null.</summary>
    public int? BoundLater(string name) => Find(name) is null && _lines.TryGetValue(name, out var line) ? line : null;

    /// <summary>The task that keeps the name to itself, or null.</summary>
    public string? OwnerOf(string name) =>
        _names.TryGetValue(name, out var found) && !IsShared(found) ? StepBlock.NameOf(_steps[found.Step].Block) : null;

    private bool IsVisible(BoundName name) => name.Step < Horizon && IsShared(name);

    private bool IsShared(BoundName name) =>
        name.Step < 0 || _steps[name.Step].Block is var block && (block == StepBlock.Setup || block == Block);

    private BoundName Define(string text, NameKind kind, string verb, int step)
    {
        var name = new BoundName(text, kind, SlotCount++, verb, step);
        _names[text] = name;
        return name;
    }
}

/// <summary>What a name of a scenario stands for.</summary>
internal enum NameKind
{
    /// <summary>A number that a step returned.</summary>
    Id,

    /// <summary>A device that a step bound; as a number, its id.</summary>
    BoundDevice,

    /// <summary>An open file, of /dev/iommu or of a queue; -1 when there is none.</summary>
    Descriptor,

    /// <summary>The address of memory of the program's own.</summary>
    Address,

    /// <summary>The descriptor of a file that is memory.</summary>
    MemoryFile,

    /// <summary>A child, which can make steps.</summary>
    Process,

    /// <summary>A step without a number to return; its memory can be read.</summary>
    NoNumber,
}

/// <summary>A name that a step bound.</summary>
/// <param name="Slot">Where the run keeps its number.</param>
/// <param name="Verb">The verb of the step, for the reader of an error.</param>
/// <param name="Step">The index of the step; -1 for what is there from the start.</param>
internal sealed record BoundName(string Text, NameKind Kind, int Slot, string Verb, int Step);
