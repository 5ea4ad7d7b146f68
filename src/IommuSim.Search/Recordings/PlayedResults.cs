using System.Globalization;
using IommuSim.Machine.Memory;

namespace IommuSim.Search.Recordings;

/// <summary>What the calls of a run returned, for the words of later calls.</summary>
internal sealed class PlayedResults
{
    private readonly Dictionary<int, int> _descriptors = [];
    private readonly Dictionary<(int Label, string Name), ulong> _numbers = [];
    private readonly Dictionary<(int Label, string Field), ulong> _memory = [];

    /// <summary>The descriptor that a call returned; -1 for none.</summary>
    public int DescriptorOf(int label) => _descriptors.GetValueOrDefault(label, -1);

    /// <summary>The descriptors of files of the kernel, in the order of the calls.</summary>
    public IEnumerable<int> Descriptors => _descriptors.OrderBy(pair => pair.Key).Select(pair => pair.Value).Distinct();

    /// <summary>Keeps a descriptor.</summary>
    public void Keep(int label, int descriptor)
    {
        _descriptors[label] = descriptor;
        KeepNumber(label, descriptor);
    }

    /// <summary>Keeps the descriptor of a file that is none of the kernel's.</summary>
    public void KeepNumber(int label, int descriptor) => _numbers[(label, "fd")] = (uint)descriptor;

    /// <summary>A call may be made again.</summary>
    public void Forget(int label)
    {
        _descriptors.Remove(label);
        foreach (var key in _numbers.Keys.Where(key => key.Label == label).ToArray())
            _numbers.Remove(key);
    }

    /// <summary>
    /// Keeps where the memory of an ioctl is, and, where it succeeded, the fields of its argument, what its memory
    /// holds by the fields of its first struct, and a descriptor.
    /// </summary>
    public void Keep(int label, CallLayout layout, PlacedCall made, IUserMemory memory, bool succeeded)
    {
        foreach (var passed in made.Passed)
            _memory[(label, passed.Field)] = passed.Start;
        if (!succeeded || made.Start == 0)
            return;
        KeepFields(label, "", made.Start, layout, memory);
        foreach (var passed in made.Passed.Where(passed => passed.Layout is not null))
            KeepFields(label, passed.Field + ".", passed.Start, passed.Layout!, memory);
        foreach (var field in layout.Fields.Where(IsDescriptor))
            _descriptors[label] = (int)_numbers[(label, field.Name)];
    }

    /// <summary>
    /// A number, the result of a call (<c>3.ioas</c> is its field <c>out_ioas_id</c>; 0 where it failed), or the
    /// address of the memory that a field of a call had (<c>@3.user_va+4096</c>); null for another word.
    /// </summary>
    public ulong? Number(string word)
    {
        if (RunNumbers.TryParse(word, out var number))
            return number;
        var isAddress = word.StartsWith('@');
        var dot = word.IndexOf('.', StringComparison.Ordinal);
        var start = isAddress ? 1 : 0;
        if (
            dot < start
            || !int.TryParse(word[start..dot], NumberStyles.None, CultureInfo.InvariantCulture, out var label)
        )
            return null;
        if (!isAddress)
            return Result(label, word[(dot + 1)..]);
        var plus = word.IndexOf('+', StringComparison.Ordinal);
        var field = plus < 0 ? word[(dot + 1)..] : word[(dot + 1)..plus];
        ulong offset = 0;
        if (plus >= 0 && !RunNumbers.TryParse(word[(plus + 1)..], out offset))
            return null;
        return _memory.GetValueOrDefault((label, field)) + offset;
    }

    public static ulong NumberOf(ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (var i = 0; i < bytes.Length; i++)
            value |= (ulong)bytes[i] << (8 * i);
        return value;
    }

    private static bool IsDescriptor(LayoutField field) =>
        field.Name.StartsWith("out_", StringComparison.Ordinal) && field.Name.EndsWith("_fd", StringComparison.Ordinal);

    private ulong Result(int label, string name)
    {
        if (
            _numbers.TryGetValue((label, name), out var number)
            || _numbers.TryGetValue((label, $"out_{name}_id"), out number)
        )
            return number;
        return _numbers.GetValueOrDefault((label, $"out_{name}_fd"));
    }

    private void KeepFields(int label, string prefix, ulong start, CallLayout layout, IUserMemory memory)
    {
        foreach (var field in layout.Fields)
        {
            var bytes = new byte[field.Size];
            memory.Read(start + (ulong)field.Offset, bytes);
            _numbers[(label, prefix + field.Name)] = NumberOf(bytes);
        }
    }
}
