using System.Collections.Immutable;
using IommuSim.Search.Schedules;

namespace IommuSim.Search.Fuzz;

/// <summary>The fields of an ioctl while they are drawn; a field that the struct lacks is left out.</summary>
internal sealed class FieldDraft(IoctlPlan plan, int file, ResourceTable known)
{
    private readonly ImmutableArray<FieldSetting>.Builder _fields = ImmutableArray.CreateBuilder<FieldSetting>();

    public IoctlPlan Plan { get; } = plan;

    public ResourceTable Known { get; } = known;

    public ImmutableArray<FieldSetting> Fields => _fields.ToImmutable();

    public bool Has(string name) => Plan.Fields.ContainsKey(name);

    public void Set(string name, ulong number) => Set(name, CallValue.Of(number));

    public void Set(string name, CallValue value)
    {
        if (Has(name))
            _fields.Add(new FieldSetting(name, value));
    }

    /// <summary>The first of the names that the struct has.</summary>
    public void SetFirst(CallValue value, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (!Has(name))
                continue;
            _fields.Add(new FieldSetting(name, value));
            return;
        }
    }

    /// <summary>Gives a field another value, or its first.</summary>
    public void Overwrite(string name, CallValue value)
    {
        for (var i = 0; i < _fields.Count; i++)
        {
            if (_fields[i].Name != name)
                continue;
            _fields[i] = new FieldSetting(name, value);
            return;
        }

        _fields.Add(new FieldSetting(name, value));
    }

    /// <summary>Changes every value that <paramref name="change"/> has another for.</summary>
    public void Change(Func<FieldSetting, CallValue?> change)
    {
        for (var i = 0; i < _fields.Count; i++)
        {
            if (change(_fields[i]) is { } value)
                _fields[i] = _fields[i] with { Value = value };
        }
    }

    /// <summary>A live object of the kind, or null.</summary>
    public Resource? Pick(ResourceKind kind, ref SplitMix random) => Known.Pick(kind, file, ref random);

    /// <summary>As <see cref="Pick(ResourceKind, ref SplitMix)"/>, one that fits if there is one.</summary>
    public Resource? Pick(ResourceKind kind, Func<Resource, bool> fits, ref SplitMix random) =>
        Known.Pick(kind, file, fits, ref random) ?? Pick(kind, ref random);

    /// <summary>An id of the kind, with the odds of a wrong one.</summary>
    public CallValue Id(ResourceKind kind, ref SplitMix random) => Known.Id(kind, file, ref random);

    /// <summary>As <see cref="Id(ResourceKind, ref SplitMix)"/>, mostly of an object that fits.</summary>
    public CallValue Id(ResourceKind kind, Func<Resource, bool> fits, ref SplitMix random) =>
        !Numbers.OneIn(12, ref random) && Known.Pick(kind, file, fits, ref random) is { } found
            ? found.Value
            : Id(kind, ref random);
}
