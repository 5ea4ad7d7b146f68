using System.Globalization;
using System.Text.RegularExpressions;

namespace IommuSim.Cli.Review;

/// <summary>A member of a struct that programs pass, with inner structs dissolved.</summary>
/// <param name="Type">As the header has it, with the length of an array.</param>
internal sealed record UapiField(string Name, string Type, ulong Offset, ulong Size);

/// <summary>A struct as a compiler for x86-64 lays it out.</summary>
/// <param name="Fields">In the order of the header.</param>
internal sealed record UapiStruct(ulong Size, ulong Alignment, IReadOnlyList<UapiField> Fields);

/// <summary>
/// Lays out the structs of a uAPI header: types of fixed size, arrays, structs and unions in others. A struct with
/// anything else in it, such as bit fields, is left out.
/// </summary>
internal sealed partial class UapiLayout
{
    private static readonly Dictionary<string, ulong> s_sizes = new(StringComparer.Ordinal)
    {
        ["__u8"] = 1,
        ["__s8"] = 1,
        ["char"] = 1,
        ["__u16"] = 2,
        ["__s16"] = 2,
        ["__u32"] = 4,
        ["__s32"] = 4,
        ["int"] = 4,
        ["enum"] = 4,
        ["__u64"] = 8,
        ["__s64"] = 8,
        ["__aligned_u64"] = 8,
        ["__aligned_le64"] = 8,
        ["__aligned_be64"] = 8,
        ["__le16"] = 2,
        ["__be16"] = 2,
        ["__le32"] = 4,
        ["__be32"] = 4,
        ["__le64"] = 8,
        ["__be64"] = 8,
        ["*"] = 8,
    };

    private readonly Dictionary<string, ulong> _numbers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, UapiStruct> _structs = new(StringComparer.Ordinal);
    private readonly string[] _words;
    private int _at;

    /// <param name="code">A header without comments.</param>
    public UapiLayout(string code)
    {
        foreach (Match number in Number().Matches(code))
            _numbers[number.Groups["name"].Value] = ulong.Parse(
                number.Groups["value"].ValueSpan,
                NumberFormatInfo.InvariantInfo
            );
        _words = [.. Word().Matches(Directive().Replace(code, "")).Select(word => word.Value)];
        while (_at < _words.Length)
        {
            if (_words[_at] is "struct" && _at + 2 < _words.Length && _words[_at + 2] == "{")
                TryRead(_words[_at + 1]);
            else
                _at++;
        }
    }

    /// <summary>By name.</summary>
    public IReadOnlyDictionary<string, UapiStruct> Structs => _structs;

    private void TryRead(string name)
    {
        var start = _at;
        _at += 2;
        try
        {
            _structs[name] = Body(isUnion: false);
        }
        catch (FormatException)
        {
            _at = start + 1;
        }
    }

    /// <summary>From the opening brace to behind the closing one.</summary>
    private UapiStruct Body(bool isUnion)
    {
        Expect("{");
        var fields = new List<UapiField>();
        var (size, alignment) = (0UL, 1UL);
        while (!Take("}"))
        {
            var (type, member, inner) = Member();
            foreach (var (name, count) in Declarators())
            {
                var offset = isUnion ? 0 : Up(size, member.Alignment);
                if (inner)
                    fields.AddRange(
                        member.Fields.Select(f =>
                            f with
                            {
                                Name = name.Length == 0 ? f.Name : $"{name}.{f.Name}",
                                Offset = f.Offset + offset,
                            }
                        )
                    );
                else
                    fields.Add(
                        new UapiField(name, count == 1 ? type : $"{type}[{count}]", offset, member.Size * count)
                    );
                size = Math.Max(size, offset + (member.Size * count));
                alignment = Math.Max(alignment, member.Alignment);
            }
        }

        return new UapiStruct(Up(size, alignment), alignment, fields);
    }

    /// <summary>The type before the names of a declaration; whether its own fields are those of who has it.</summary>
    private (string Type, UapiStruct Layout, bool IsInner) Member()
    {
        var word = Next();
        if (word == "const")
            word = Next();
        if (word is "struct" or "union")
        {
            var tag = Peek() == "{" ? "" : Next();
            if (Peek() == "{")
                return (word, Body(word == "union"), true);
            return _structs.TryGetValue(tag, out var known)
                ? ($"{word} {tag}", known, false)
                : throw new FormatException();
        }

        if (word == "enum")
            _at++;
        if (Take("*"))
            return ("pointer", Scalar("*"), false);
        return s_sizes.ContainsKey(word) ? (word, Scalar(word), false) : throw new FormatException();
    }

    private static UapiStruct Scalar(string type) => new(s_sizes[type], s_sizes[type], []);

    /// <summary>The names up to the semicolon; the empty name for none.</summary>
    private List<(string Name, ulong Count)> Declarators()
    {
        var names = new List<(string, ulong)>();
        if (Take(";"))
            return [("", 1)];
        do
        {
            var name = Next();
            var count = 1UL;
            while (Take("["))
            {
                count *= Peek() == "]" ? 0 : Length(Next());
                Expect("]");
            }

            // What a compiler is told of the array's length.
            if (Peek() is "__counted_by" or "__counted_by_le")
            {
                _at++;
                while (Next() != ")") { }
            }

            names.Add((name, count));
        } while (Take(","));
        Expect(";");
        return names;
    }

    private ulong Length(string word) =>
        ulong.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length
        : _numbers.TryGetValue(word, out var named) ? named
        : throw new FormatException();

    private string Next() => _at < _words.Length ? _words[_at++] : throw new FormatException();

    private string Peek() => _at < _words.Length ? _words[_at] : "";

    private bool Take(string word)
    {
        var isThere = Peek() == word;
        _at += isThere ? 1 : 0;
        return isThere;
    }

    private void Expect(string word)
    {
        if (Next() != word)
            throw new FormatException();
    }

    private static ulong Up(ulong offset, ulong alignment) => (offset + alignment - 1) / alignment * alignment;

    [GeneratedRegex(@"^#define\s+(?<name>\w+)\s+(?<value>\d{1,9})\s*$", RegexOptions.Multiline, 1000)]
    private static partial Regex Number();

    [GeneratedRegex(@"^#.*(?:\\\n.*)*$", RegexOptions.Multiline, 1000)]
    private static partial Regex Directive();

    [GeneratedRegex(@"\w+|[^\s\w]", RegexOptions.None, 1000)]
    private static partial Regex Word();
}
