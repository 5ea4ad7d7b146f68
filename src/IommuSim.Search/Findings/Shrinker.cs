using System.Collections.Immutable;
using IommuSim.Iommu;
using IommuSim.Machine.Memory;
using IommuSim.Search.Programs;

namespace IommuSim.Search.Findings;

/// <summary>
/// Makes a sequence smaller as long as it finds the same: drops calls and devices, then whatever
/// a call says beyond what it must.
/// </summary>
internal sealed class Shrinker
{
    private const int MaxRuns = 4000;

    /// <summary>More entries than any kernel should go through, and few enough to run.</summary>
    private const ulong ManyEntries = 0x110000;

    private const string Device = "idev";

    private readonly Func<CallSequence, string?> _titleOf;
    private readonly string _title;
    private CallSequence _best;
    private int _runs;

    private Shrinker(CallSequence sequence, string title, Func<CallSequence, string?> titleOf)
    {
        _best = sequence;
        _title = title;
        _titleOf = titleOf;
    }

    /// <summary>
    /// The smallest sequence found that <paramref name="titleOf"/> still gives
    /// <paramref name="title"/>; the sequence itself when it is not reproducible.
    /// </summary>
    public static CallSequence Shrink(CallSequence sequence, string title, Func<CallSequence, string?> titleOf)
    {
        var shrinker = new Shrinker(sequence, title, titleOf);
        if (titleOf(sequence) != title)
            return sequence;
        while (shrinker.Pass())
        {
            // Every pass makes room for the others.
        }

        return shrinker.Numbered();
    }

    /// <summary>Every sequence that is smaller by one step, those that lack most first.</summary>
    public static IReadOnlyList<CallSequence> Smaller(CallSequence sequence)
    {
        var tried = new List<CallSequence>();
        new Shrinker(sequence, "", Refuse).Pass();
        return tried;

        string? Refuse(CallSequence candidate)
        {
            tried.Add(candidate);
            return null;
        }
    }

    private bool Pass()
    {
        var before = _best;
        if (_best.LockedPages is not null)
            Try(_best with { LockedPages = null });
        DropCalls();
        DropDevices();
        SimplifyDevices();
        UseOtherDevices();
        BindInOrder();
        for (var i = _best.Calls.Length - 1; i >= 0; i--)
            SimplifyCall(i);
        return !ReferenceEquals(before, _best) && _runs < MaxRuns;
    }

    private bool Try(CallSequence candidate)
    {
        if (_runs >= MaxRuns)
            return false;
        _runs++;
        if (_titleOf(candidate) != _title)
            return false;
        _best = candidate;
        return true;
    }

    private void DropCalls()
    {
        for (var chunk = Math.Max(1, _best.Calls.Length / 2); chunk >= 1; chunk /= 2)
        {
            for (var at = _best.Calls.Length - chunk; at >= 0; at--)
            {
                if (at + chunk <= _best.Calls.Length)
                    Try(_best with { Calls = _best.Calls.RemoveRange(at, chunk) });
            }
        }
    }

    private void DropDevices()
    {
        for (var i = _best.Devices.Length - 1; i >= 0; i--)
        {
            var index = i;
            var calls = _best
                .Calls.Where(c => c.Kind != CallKind.Bind || c.Device != index)
                .Select(c => c.Kind == CallKind.Bind && c.Device > index ? c with { Device = c.Device - 1 } : c);
            Try(_best with { Devices = _best.Devices.RemoveAt(i), Calls = [.. calls] });
        }
    }

    private void SimplifyDevices()
    {
        for (var i = 0; i < _best.Devices.Length; i++)
        {
            TryOptions(i, o => o with { Reserved = [] });
            foreach (var region in _best.Devices[i].Options.Reserved)
                TryOptions(i, o => o with { Reserved = o.Reserved.Remove(region) });
            foreach (var name in _best.Devices[i].Options.Settings.Keys)
                TryOptions(i, o => o with { Settings = o.Settings.Remove(name) });
            TryOptions(i, o => o with { Group = o.Name });
        }

        // Mock devices of Linux are alone in their groups, or all in one.
        if (
            _best.Devices.Select(d => d.Options.Group).Distinct(StringComparer.Ordinal).Count()
            is not (var groups and > 1)
        )
            return;
        if (groups < _best.Devices.Length)
            Try(_best with { Devices = [.. _best.Devices.Select(d => WithGroup(d, _best.Devices[0].Options.Name))] });
    }

    /// <summary>
    /// A mock device of Linux is there from its bind on: a group has its devices in the order of those.
    /// </summary>
    private void BindInOrder()
    {
        var binds = _best.Calls.Where(c => c.Kind == CallKind.Bind).ToList();
        var ordered = binds.OrderBy(c => c.Device).ToList();
        if (binds.Exists(c => c.File != 0) || ordered.Select(c => c.Device).Distinct().Count() < ordered.Count)
            return;
        if (!binds.SequenceEqual(ordered))
            Try(_best with { Calls = [.. ordered, .. _best.Calls.Where(c => c.Kind != CallKind.Bind)] });
    }

    private static DeviceDeclared WithGroup(DeviceDeclared device, string group) =>
        device with
        {
            Options = device.Options with { Group = group },
        };

    /// <summary>
    /// Names a device by its id instead of another one, so that the other may go: one that VFIO binds, or an earlier
    /// one.
    /// </summary>
    private void UseOtherDevices()
    {
        var used = _best
            .Calls.SelectMany(c => c.Fields)
            .Where(f => f.Value.Member == Device)
            .Select(f => f.Value.Label);
        foreach (var label in used.Distinct().ToList())
        {
            var rank = RankOf(label);
            foreach (var other in _best.Calls.Where(c => RankOf(c.Label) < rank).Select(c => c.Label).ToList())
            {
                if (Try(_best with { Calls = [.. _best.Calls.Select(c => WithDevice(c, label, other))] }))
                    break;
            }
        }
    }

    /// <summary>Of a call that returns the id of a device: the lower the better. Others have none.</summary>
    private int? RankOf(int label)
    {
        var at = -1;
        for (var i = 0; i < _best.Calls.Length; i++)
            at = _best.Calls[i].Label == label ? i : at;
        if (at < 0)
            return null;
        return _best.Calls[at] switch
        {
            { Kind: CallKind.Bind } => at,
            { IsTestOp: true, Verb: var verb } when MockDevices.IsPlug(verb) => _best.Calls.Length + at,
            _ => null,
        };
    }

    private static Call WithDevice(Call call, int label, int other) =>
        call with
        {
            Fields =
            [
                .. call.Fields.Select(f =>
                    f.Value.Label == label && f.Value.Member == Device
                        ? f with
                        {
                            Value = CallValue.Result(other, Device),
                        }
                        : f
                ),
            ],
        };

    private void TryOptions(int index, Func<DeviceOptions, DeviceOptions> change)
    {
        var device = _best.Devices[index];
        var changed = change(device.Options);
        if (changed != device.Options)
            Try(_best with { Devices = _best.Devices.SetItem(index, device with { Options = changed }) });
    }

    private void SimplifyCall(int index)
    {
        TryCall(index, c => c with { InjectNth = 0 });
        TryCall(index, c => c.InjectNth > 1 ? c with { InjectNth = 1 } : c);
        TryCall(index, c => c with { Size = null });
        TryCall(index, c => c with { Tail = null });
        TryCall(index, c => c with { Place = StructPlace.Good });
        TryCall(index, c => c with { IsOfChild = false });
        TryCall(index, c => c with { File = 0 });
        for (var i = _best.Calls[index].Fields.Length - 1; i >= 0; i--)
        {
            var at = i;
            TryCall(
                index,
                c => at < c.Fields.Length && c.Kind == CallKind.Ioctl ? c with { Fields = c.Fields.RemoveAt(at) } : c
            );
        }

        for (var i = 0; i < _best.Calls[index].Fields.Length; i++)
            SimplifyField(index, i);
    }

    private void SimplifyField(int index, int field)
    {
        foreach (var simpler in Simpler(_best.Calls[index].Fields[field].Value))
        {
            TryCall(
                index,
                c => c with { Fields = c.Fields.SetItem(field, new FieldSetting(c.Fields[field].Name, simpler)) }
            );
        }
    }

    private static IEnumerable<CallValue> Simpler(CallValue value)
    {
        if (value.Memory is not { } memory)
        {
            if (value.Label == 0 && value.Number > 1)
                yield return CallValue.Of(1);
            if (value.Label == 0 && value.Number > ManyEntries)
                yield return CallValue.Of(ManyEntries);
            yield break;
        }

        if (memory.Layout is null)
        {
            if (memory.Length > 64)
                yield return CallValue.At(memory with { Length = 64 });
            if (memory.Fill != 0)
                yield return CallValue.At(memory with { Fill = 0 });
            if (memory.Access != PageAccess.ReadWrite)
                yield return CallValue.At(memory with { Access = PageAccess.ReadWrite });
            yield break;
        }

        for (var i = memory.Entries[0].Length - 1; i >= 0; i--)
            yield return CallValue.At(memory with { Entries = [memory.Entries[0].RemoveAt(i)] });
    }

    private void TryCall(int index, Func<Call, Call> change)
    {
        if (index >= _best.Calls.Length)
            return;
        var call = _best.Calls[index];
        var changed = change(call);
        if (changed != call)
            Try(_best with { Calls = _best.Calls.SetItem(index, changed) });
    }

    /// <summary>The calls with labels from 1 in their order; references to nothing become 0.</summary>
    private CallSequence Numbered()
    {
        var labels = new Dictionary<int, int> { [0] = 0 };
        foreach (var call in _best.Calls)
            labels[call.Label] = labels.Count;
        return _best with { Calls = [.. _best.Calls.Select(c => Relabel(c, labels))] };
    }

    private static Call Relabel(Call call, Dictionary<int, int> labels) =>
        call with
        {
            Label = labels[call.Label],
            Bound = labels.GetValueOrDefault(call.Bound),
            File = labels.GetValueOrDefault(call.File),
            Fields =
            [
                .. call.Fields.Select(f =>
                    f with
                    {
                        Value = f.Value with { Label = labels.GetValueOrDefault(f.Value.Label) },
                    }
                ),
            ],
        };
}
