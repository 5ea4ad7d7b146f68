using System.Globalization;
using System.Text;
using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Search.Programs;
using IommuSim.Search.Topics;

namespace IommuSim.Search.Findings;

/// <summary>Writes a sequence as a scenario that <c>iommusim run --trace</c> makes again.</summary>
internal static class ScenarioWriter
{
    private const string Child = "child";

    /// <summary>
    /// The text of the file. <paramref name="outcomes"/> are the lines below the steps, by their
    /// index: what a reader should see; the other steps have no line.
    /// </summary>
    public static string Write(
        SearchTarget target,
        CallSequence sequence,
        string name,
        string title,
        string source,
        IReadOnlyList<string> outcomes
    )
    {
        sequence = WithoutFilesOfFailures(sequence, outcomes);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"name: {name}\n");
        text.Append("question: Which state and which report do these calls leave?\n");
        text.Append(CultureInfo.InvariantCulture, $"why: {title}\n");
        text.Append(CultureInfo.InvariantCulture, $"source: {source}\n");
        text.Append(CultureInfo.InvariantCulture, $"kernels: {target.Node.Name}\n");
        if (string.Join(' ', target.Switches) is { Length: > 0 } switches)
            text.Append(CultureInfo.InvariantCulture, $"config: {switches}\n");
        if (sequence.LockedPages * UserAddressSpace.PageSize is { } limit)
            text.Append(CultureInfo.InvariantCulture, $"memlock: 0x{limit:x}\n");
        foreach (var (driver, options) in sequence.Devices)
            text.Append(Device(driver, options));
        text.Append("\nsteps:\n");
        for (var i = 0; i < sequence.Calls.Length; i++)
        {
            text.Append(Step(sequence.Calls[i], sequence)).Append('\n');
            if (i < outcomes.Count && outcomes[i].Length > 0)
                text.Append(CultureInfo.InvariantCulture, $"  {outcomes[i]}\n");
        }

        return text.ToString();
    }

    /// <summary>A file of a call that failed is none that later calls pass.</summary>
    private static CallSequence WithoutFilesOfFailures(CallSequence sequence, IReadOnlyList<string> outcomes)
    {
        var failed = new HashSet<int>();
        for (var i = 0; i < Math.Min(outcomes.Count, sequence.Calls.Length); i++)
        {
            if (outcomes[i].Length > 0 && !outcomes[i].StartsWith("OK", StringComparison.Ordinal))
                failed.Add(sequence.Calls[i].Label);
        }

        var calls = sequence.Calls.Select(call =>
            call with
            {
                Fields = [.. call.Fields.Select(f => IsFileOf(f.Value) ? f with { Value = CallValue.Of(0) } : f)],
            }
        );
        return failed.Count == 0 ? sequence : sequence with { Calls = [.. calls] };

        bool IsFileOf(CallValue value) => value.Member == SequenceMachine.FileMember && failed.Contains(value.Label);
    }

    private static string Device(string driver, DeviceOptions options)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"device {options.Name}: {driver}");
        if (options.Group != options.Name)
            text.Append(CultureInfo.InvariantCulture, $" group={options.Group}");
        foreach (var (key, value) in options.Settings.OrderBy(s => s.Key, StringComparer.Ordinal))
            text.Append(CultureInfo.InvariantCulture, $" {key}={value}");
        if (options.Reserved.Length > 0)
        {
            var regions = options.Reserved.Select(Region).ToArray();
            var list = regions.Length == 1 ? regions[0] : $"[{string.Join(", ", regions)}]";
            text.Append(CultureInfo.InvariantCulture, $" reserved={list}");
        }

        return text.Append('\n').ToString();
    }

    private static string Region(ReservedRegion region)
    {
        var range = string.Create(CultureInfo.InvariantCulture, $"0x{region.Start:x}-0x{region.Last:x}");
        return region.Kind switch
        {
            ReservedKind.Direct => $"direct({range})",
            ReservedKind.DirectRelaxable => $"relaxable({range})",
            ReservedKind.Msi => $"msi({range})",
            ReservedKind.SoftwareMsi => $"sw_msi({range})",
            _ => range,
        };
    }

    /// <summary>One call as a step, and those before it that make its files and the child that it is of.</summary>
    internal static string Step(Call call, CallSequence sequence)
    {
        var text = new StringBuilder();
        if (call.IsOfChild && sequence.Calls.First(c => c.IsOfChild) == call)
            text.Append(CultureInfo.InvariantCulture, $"{Child} = fork\n");
        if (FileOf(call) is { } file)
            text.Append(
                CultureInfo.InvariantCulture,
                $"file{call.Label} = memfd_create length={Number(file.Length)} fill={file.Fill}\n"
            );
        return text.Append(OwnStep(call, sequence)).ToString();
    }

    private static string OwnStep(Call call, CallSequence sequence)
    {
        var words = new List<string>();
        var returns = call.Kind is CallKind.Open or CallKind.Bind || IsUsed(call, sequence);
        if (returns)
            words.Add($"r{call.Label} =");
        words.Add(
            call.Kind switch
            {
                CallKind.Ioctl => call.Verb,
                CallKind.Bind => $"bind {sequence.Devices[call.Device].Options.Name}",
                CallKind.Close => call.File == 0 ? "close" : $"close {Descriptor(call.File, sequence)}",
                CallKind.Read or CallKind.Write or CallKind.Poll => $"{call.Verb} {Descriptor(call.File, sequence)}",
                CallKind.Open => "open",
                _ => $"{call.Kind.ToString().ToLowerInvariant()} r{call.Bound}",
            }
        );
        foreach (var (name, value) in call.Fields)
            words.Add(
                value.Memory is { IsFile: true } ? $"{name}=file{call.Label}" : $"{name}={Value(value, sequence)}"
            );
        AddPlacement(call, words);
        if (call.File != 0 && call.Kind is CallKind.Ioctl or CallKind.Bind)
            words.Add($"{(call.Verb == FileTopics.Map ? "on" : "fd")}=r{call.File}");
        if (call.IsOfChild)
            words.Add($"by={Child}");
        if (call.InjectNth > 0)
            words.Add($"{InjectWord(call.Injected)}={call.InjectNth}");
        return string.Join(' ', words);
    }

    private static void AddPlacement(Call call, List<string> words)
    {
        var sizeWord = call.Verb.StartsWith("VFIO_", StringComparison.Ordinal) ? "argsz" : "size";
        if (call.Size is { } size)
            words.Add(string.Create(CultureInfo.InvariantCulture, $"{sizeWord}={size}"));
        if (call.Tail is { } tail)
            words.Add(string.Create(CultureInfo.InvariantCulture, $"tail={tail}"));
        if (call.Place != StructPlace.Good)
            words.Add($"place={call.Place.ToString().ToLowerInvariant()}");
    }

    /// <summary>The file that is made for the call; null for none.</summary>
    private static MemorySpec? FileOf(Call call)
    {
        foreach (var field in call.Fields)
        {
            if (field.Value.Memory is { IsFile: true } file)
                return file;
        }

        return null;
    }

    private static bool IsUsed(Call call, CallSequence sequence) =>
        sequence.Calls.Any(c =>
            c.Fields.Any(f => f.Value.Label == call.Label) || (c.File == call.Label && call.Kind == CallKind.Ioctl)
        );

    /// <summary>What an open returned, or an ioctl beside its id.</summary>
    private static string Descriptor(int label, CallSequence sequence) =>
        label == 0 ? "fd"
        : sequence.Calls.Any(c => c.Label == label && c.Kind == CallKind.Open) ? $"r{label}"
        : $"r{label}.fd";

    private static string Value(CallValue value, CallSequence sequence)
    {
        if (value.Memory is { } memory)
            return Memory(memory, sequence);
        if (value.Label == 0)
            return Number(value.Number);
        var call = sequence.Calls.FirstOrDefault(c => c.Label == value.Label);
        if (call is null)
            return "0";
        if (value.Member == SequenceMachine.FileMember)
            return FileOf(call) is null ? $"r{value.Label}.fd" : $"file{value.Label}";
        var first = value.Member is "pt" or "ioas" || call.Kind == CallKind.Bind || !call.IsTestOp;
        return first ? $"r{value.Label}" : $"r{value.Label}.{value.Member}";
    }

    private static string Memory(MemorySpec memory, CallSequence sequence)
    {
        if (memory.Layout is { } layout)
        {
            var structs = memory.Entries.Select(fields =>
                layout.CName + "{" + string.Join(", ", fields.Select(f => $"{f.Name}={Value(f.Value, sequence)}")) + "}"
            );
            return memory.Entries.Length == 1 ? structs.First() : $"[{string.Join(", ", structs)}]";
        }

        var length = memory.Length.ToString(CultureInfo.InvariantCulture);
        return memory.Access switch
        {
            PageAccess.Absent => $"unmapped({length})",
            PageAccess.ReadOnly => $"readonly({length}, {memory.Fill})",
            _ => $"buffer({length}, {memory.Fill})",
        };
    }

    private static string Number(ulong number) =>
        number < 4096
            ? number.ToString(CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"0x{number:x}");

    /// <summary>The argument of a step that makes a point fail.</summary>
    internal static string InjectWord(DecisionKind kind) =>
        kind switch
        {
            DecisionKind.Allocation => "fail_alloc",
            DecisionKind.Copy => "fail_copy",
            _ => "fail_driver",
        };
}
