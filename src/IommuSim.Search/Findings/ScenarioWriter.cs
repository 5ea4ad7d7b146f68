using System.Globalization;
using System.Text;
using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Search.Programs;

namespace IommuSim.Search.Findings;

/// <summary>Writes a sequence as a scenario that <c>iommusim run --trace</c> makes again.</summary>
internal static class ScenarioWriter
{
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
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"name: {name}\n");
        if (Unsayable(target, sequence) is { } what)
            text.Append(
                CultureInfo.InvariantCulture,
                $"# No scenario can be run that has {what}: see the C program.\n"
            );
        text.Append("question: Which state and which report do these calls leave?\n");
        text.Append(CultureInfo.InvariantCulture, $"why: {title}\n");
        text.Append(CultureInfo.InvariantCulture, $"source: {source}\n");
        text.Append(CultureInfo.InvariantCulture, $"kernels: {target.Node.Name}\n");
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

    /// <summary>What of the sequence scenarios have no words for; null for nothing.</summary>
    private static string? Unsayable(SearchTarget target, CallSequence sequence)
    {
        if (sequence.LockedPages is not null)
            return "a limit of locked memory";
        foreach (var call in sequence.Calls)
        {
            if (call.IsOfChild)
                return "a child of the program";
            if (call.Fields.Any(f => f.Value.Memory is { IsFile: true }))
                return "a file";
        }

        return null;
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

    /// <summary>One call as a step.</summary>
    internal static string Step(Call call, CallSequence sequence)
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
            words.Add($"{name}={Value(value, sequence)}");
        AddPlacement(call, words);
        if (call.File != 0 && call.Kind is CallKind.Ioctl or CallKind.Bind)
            words.Add($"fd=r{call.File}");
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
        if (memory.IsFile)
            return $"file({length}, {memory.Fill})";
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
