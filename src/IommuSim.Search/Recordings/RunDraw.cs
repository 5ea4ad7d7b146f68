using IommuSim.Machine;
using IommuSim.Search.Draw;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Schedules;
using IommuSim.Search.Topics;

namespace IommuSim.Search.Recordings;

/// <summary>
/// Draws runs that a program can make on Linux with the selftest's devices alone: no device of VFIO, no failure that
/// is injected, nothing that the model reports as a bug, little memory. A run goes from one ioctl to the next, to each
/// by what it needs, the first in its turn; in between it makes any call.
/// </summary>
internal sealed class RunDraw
{
    private const int FewestCalls = 10;
    private const uint MoreCalls = 18;

    /// <summary>How often an ioctl is drawn until it succeeds.</summary>
    private const int Tries = 4;

    /// <summary>One of so many calls is any call, and has nothing to do with the way.</summary>
    private const uint Strays = 5;

    /// <summary>One of so many further descriptors is opened: nothing of one can be used on another.</summary>
    private const uint Opens = 8;

    /// <summary>Bytes that a call may pass.</summary>
    private const ulong MostMemory = 1 << 16;

    /// <summary>What SET_TEMP_MEMORY_LIMIT is at boot; other runs have to find it so.</summary>
    private const ulong MemoryLimit = 1 << 16;

    private readonly CallGenerator _calls;
    private readonly SequenceExecutor _executor;
    private readonly RunWriter _writer;
    private readonly string[] _verbs;

    /// <summary>Draws on a modelled kernel.</summary>
    public RunDraw(SearchTarget target)
    {
        _calls = new CallGenerator(target, IoctlTopics.Draws);
        _executor = new SequenceExecutor(target, IoctlTopics.Contracts);
        _writer = new RunWriter(target);
        _verbs =
        [
            .. target
                .Plans.Values.Where(plan => plan.IsModelled)
                .Select(plan => plan.Verb)
                .Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>The run of this number; the same on every machine.</summary>
    public RecordedRun Draw(ulong seed, int number)
    {
        var random = new SplitMix(new SplitMix(seed + ((ulong)number << 20)).Next());
        var verb = _verbs[number % _verbs.Length];
        var length = FewestCalls + (int)random.Below(MoreCalls);
        var made = new List<Call>();
        _executor.Start([]);
        _calls.Start(random, []);
        var (wanted, tries, onTheWay) = (verb, Tries, false);
        for (var label = 1; label <= length; label++)
        {
            var call = label == 1 ? _calls.Ioctls.Of(IoctlTopics.Draws.First, label, 0) : Next(label);
            // A model's part of a run ends at a call that it does not model.
            if (call.InjectNth > 0 || IsLarge(call) || (label < length && !IsModelled(call)))
                continue;
            var outcome = _executor.Step(call);
            if (!outcome.Made)
                continue;
            // The model knows bugs of Linux, and what such a run does on Linux depends on what lies in freed memory.
            if (outcome.Title is not null)
                break;
            made.Add(call);
            _calls.State.Note(call, outcome, _executor.Machine);
            if (call.Verb == wanted && label > 1)
                tries = outcome.Result.Succeeded ? 0 : tries - 1;
        }

        Detach(made);
        var calls = _writer.Write(new CallSequence([], [.. made]));
        return new RecordedRun(verb, 0, [.. calls, .. Restores(made)]);

        Call Next(int label)
        {
            if (random.OneIn(Strays) || _calls.State.Files is not [var file, ..])
                return Stray(label, random);
            if (onTheWay && _calls.Onward(label) is { } step)
                return step;
            if (tries <= 0)
                (wanted, tries) = (random.Pick(_verbs), Tries);
            onTheWay = true;
            return _calls.Toward(wanted, label, file);
        }
    }

    private Call Stray(int label, SplitMix random)
    {
        var call = _calls.Next(label);
        while (call.Kind == CallKind.Open && _calls.State.Files.Count > 0 && !random.OneIn(Opens))
            call = _calls.Next(label);
        return call;
    }

    /// <summary>Linux warns of a PASID that is attached when the last descriptor is closed.</summary>
    private void Detach(List<Call> made)
    {
        foreach (var (stdev, pasid, _) in _calls.State.Pasids)
        {
            var detach = new Call(made[^1].Label + 1, CallKind.Ioctl, PasidTopics.Detach)
            {
                File = _calls.State.Find(stdev)?.File ?? 0,
                Fields = [new FieldSetting("id", stdev), new FieldSetting("pasid", CallValue.Of(pasid))],
            };
            if (_executor.Step(detach).Made)
                made.Add(detach);
        }
    }

    private static IEnumerable<RecordedCall> Restores(List<Call> made) =>
        made.Where(call => call.Verb == SelftestTopics.MemoryLimit)
            .Take(1)
            .Select(call => new RecordedCall(0, made[^1].Label + 1, call.Verb, [$"limit={MemoryLimit}"], ""));

    private bool IsModelled(Call call) =>
        call.Kind != CallKind.Ioctl || _verbs.Contains(call.Verb, StringComparer.Ordinal);

    private static bool IsLarge(Call call) =>
        call.Size > MostMemory || call.Fields.Any(field => field.Value.Memory is { Size: > MostMemory });
}
