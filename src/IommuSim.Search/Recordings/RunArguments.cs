using System.Text;
using IommuSim.Machine.Memory;
using IommuSim.Search.Programs;

namespace IommuSim.Search.Recordings;

/// <summary>Where a value of a call is, and what it is, while the call is made.</summary>
/// <param name="Field">The field that has its address.</param>
/// <param name="Start">The address.</param>
/// <param name="Layout">Of the structs there; null for plain bytes.</param>
/// <param name="Before">What was there before the call; empty for what no call can change.</param>
internal sealed record PlacedMemory(string Field, ulong Start, CallLayout? Layout, byte[] Before);

/// <summary>The argument of an ioctl in memory, with all that it points to.</summary>
/// <param name="Start">Its address; 0 for none.</param>
/// <param name="File">The label of the file that is called.</param>
internal sealed record PlacedCall(ulong Start, int File, byte[] Before, IReadOnlyList<PlacedMemory> Passed)
{
    /// <summary>What the call has changed: fields of the argument, and bytes of what it points to.</summary>
    public string Changes(IUserMemory memory, CallLayout layout)
    {
        var text = new StringBuilder();
        foreach (var field in Before.Length == 0 ? [] : layout.Fields)
        {
            var after = new byte[field.Size];
            memory.Read(Start + (ulong)field.Offset, after);
            if (after.AsSpan().SequenceEqual(Before.AsSpan(field.Offset, field.Size)))
                continue;
            var isDescriptor = field.Name.EndsWith("_fd", StringComparison.Ordinal);
            text.Append(' ').Append(field.Name).Append('=');
            text.Append(isDescriptor ? "fd" : RunNumbers.Text(PlayedResults.NumberOf(after)));
        }

        foreach (var passed in Passed)
        {
            var after = new byte[passed.Before.Length];
            memory.Read(passed.Start, after);
            var first = after.AsSpan().CommonPrefixLength(passed.Before);
            if (first == after.Length)
                continue;
            var last = after.Length - 1;
            while (after[last] == passed.Before[last])
                last--;
            var bytes = HexText.Of(after.AsSpan(first, last - first + 1));
            text.Append(" *").Append(passed.Field).Append('=').Append(RunNumbers.Text((ulong)first));
            text.Append(':').Append(bytes);
        }

        return text.ToString();
    }
}

/// <summary>Reads the words of calls and puts their memory in place.</summary>
internal sealed class RunArguments(RecordedFile file, UserAddressSpace memory, PlayedResults results)
{
    private const string Plain = "mem(";

    /// <summary>The number that a word stands for; of a call with fewer words 0.</summary>
    public ulong Number(RecordedCall call, int word) =>
        word < call.Words.Length
            ? results.Number(call.Words[word]) ?? throw Wrong(call, call.Words[word], "a number or a result")
            : throw Wrong(call, call.Verb, "more words");

    /// <summary>Memory with nothing behind its last byte, as read and write get it.</summary>
    public PlacedMemory PlaceAtEnd(RecordedCall call, int word) =>
        word < call.Words.Length && IsMemory(call.Words[word])
            ? Place(call, Call.Buffer, call.Words[word], atEnd: true)
            : throw Wrong(call, call.Verb, "memory");

    /// <summary>Puts the argument in place, and what it points to behind it.</summary>
    public PlacedCall Prepare(RecordedCall call, CallLayout layout)
    {
        var (on, tail, size, place) = (0, (ulong?)null, (ulong?)null, PageAccess.ReadWrite);
        var hasNone = false;
        var fields = new List<(LayoutField Field, string Value)>();
        foreach (var word in call.Words)
        {
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            var value = word[(equals + 1)..];
            switch (equals < 0 ? word : word[..equals])
            {
                case "!null":
                    hasNone = true;
                    break;
                case "!ro":
                    place = PageAccess.ReadOnly;
                    break;
                case "!none":
                    place = PageAccess.Absent;
                    break;
                case "!size":
                    size = results.Number(value);
                    break;
                case "!tail":
                    tail = results.Number(value);
                    break;
                case "on":
                    on = (int)(results.Number(value) ?? throw Wrong(call, word, "the label of a file"));
                    break;
                case var name:
                    var field = layout.Find(name) ?? throw Wrong(call, word, $"a field of {layout.Name}");
                    fields.Add((field, value));
                    break;
            }
        }

        if (hasNone)
            return new PlacedCall(0, on, [], []);
        var least = (ulong)(layout.Size + (tail is null ? 0 : 1));
        var told = size ?? least;
        var bytes = new byte[Math.Max(told, least)];
        var start = memory.Map((ulong)bytes.Length, fill: 0);
        if (layout.Op is { } op)
            Put(bytes, CallLayout.OpOffset, sizeof(uint), op);
        var passed = new List<PlacedMemory>();
        foreach (var (field, value) in fields)
            Put(bytes, field.Offset, field.Size, ValueOf(call, field.Name, value, passed));
        if (tail is { } last)
            bytes[layout.Size] = (byte)last;
        Put(bytes, 0, sizeof(uint), told);
        memory.Write(start, bytes);
        memory.Protect(start, place);
        return new PlacedCall(start, on, place == PageAccess.ReadWrite ? bytes : [], passed);
    }

    private static bool IsMemory(string word) =>
        word.StartsWith(Plain, StringComparison.Ordinal) || word.Contains('{', StringComparison.Ordinal);

    private ulong ValueOf(RecordedCall call, string field, string word, List<PlacedMemory> passed)
    {
        if (!IsMemory(word))
            return results.Number(word) ?? throw Wrong(call, word, "a number, a result, an address or memory");
        passed.Add(Place(call, field, word, atEnd: false));
        return passed[^1].Start;
    }

    private PlacedMemory Place(RecordedCall call, string field, string word, bool atEnd)
    {
        var (layout, bytes, fill, access) = word.StartsWith(Plain, StringComparison.Ordinal)
            ? PlainBytes(call, word)
            : Structs(call, word);
        var first = memory.Map((ulong)bytes.Length, fill: fill);
        var room = Math.Max(1, (bytes.Length + PageSize - 1) / PageSize) * PageSize;
        var start = atEnd ? first + (ulong)(room - bytes.Length) : first;
        memory.Write(start, bytes);
        memory.Protect(first, access);
        if (atEnd || access != PageAccess.ReadWrite)
            return new PlacedMemory(field, start, layout, []);
        var before = new byte[room];
        memory.Read(start, before);
        return new PlacedMemory(field, start, layout, before);
    }

    private const int PageSize = (int)UserAddressSpace.PageSize;

    /// <summary><c>mem(LENGTH,FILL,ACCESS)</c>.</summary>
    private (CallLayout? Layout, byte[] Bytes, byte Fill, PageAccess Access) PlainBytes(RecordedCall call, string word)
    {
        var parts = word[Plain.Length..].TrimEnd(')').Split(',');
        if (results.Number(parts[0]) is not { } length || length > int.MaxValue / 2)
            throw Wrong(call, word, "mem(LENGTH,FILL,ACCESS)");
        var fill = (byte)(parts.Length > 1 ? results.Number(parts[1]) ?? 0 : 0);
        var bytes = new byte[length];
        bytes.AsSpan().Fill(fill);
        return (null, bytes, fill, AccessOf(parts));
    }

    private static PageAccess AccessOf(string[] parts) =>
        parts is not [_, _, var access] ? PageAccess.ReadWrite
        : access == "none" ? PageAccess.Absent
        : PageAccess.ReadOnly;

    /// <summary><c>NAME{FIELD=VALUE,...}{...}</c>, and <c>,ACCESS</c> behind the last.</summary>
    private (CallLayout? Layout, byte[] Bytes, byte Fill, PageAccess Access) Structs(RecordedCall call, string word)
    {
        var parts = word.Split('{');
        var layout = file.Find(parts[0]) ?? throw Wrong(call, word, "a struct of which the file has the layout");
        var bytes = new byte[layout.Size * (parts.Length - 1)];
        var access = PageAccess.ReadWrite;
        for (var i = 1; i < parts.Length; i++)
        {
            var end = parts[i].IndexOf('}', StringComparison.Ordinal);
            if (end < 0)
                throw Wrong(call, word, "NAME{FIELD=VALUE,...}");
            access = AccessOf(["", "", .. parts[i][(end + 1)..].Split(',').Where(s => s.Length > 0)]);
            foreach (var setting in parts[i][..end].Split(',').Where(s => s.Length > 0))
            {
                var equals = setting.IndexOf('=', StringComparison.Ordinal);
                if (equals < 0 || layout.Find(setting[..equals]) is not { } field)
                    throw Wrong(call, setting, $"a field of {layout.Name}");
                var value = results.Number(setting[(equals + 1)..]) ?? throw Wrong(call, setting, "a number");
                Put(bytes, ((i - 1) * layout.Size) + field.Offset, field.Size, value);
            }
        }

        return (layout, bytes, 0, access);
    }

    private static void Put(byte[] bytes, int offset, int size, ulong value)
    {
        for (var i = 0; i < size; i++)
            bytes[offset + i] = (byte)(value >> (8 * i));
    }

    private RecordedFileException Wrong(RecordedCall call, string word, string right) =>
        new($"{file.Name}:{call.Line}: '{word}' is wrong: expected {right}");
}
