using IommuSim.Machine.State;
using IommuSim.Source.Ir;

namespace IommuSim.Source.Execution;

/// <summary>A kernel as it was translated: its variables, its functions, and what names them.</summary>
[Stateless]
internal sealed class KernelImage
{
    private readonly Dictionary<string, ulong> _symbols;
    private readonly Dictionary<string, StructLayout> _structs;
    private readonly NameCache _addresses = new();
    private readonly NameCache _offsets = new();
    private readonly NameCache _members = new();

    /// <param name="release">For example <c>7.3.4</c>.</param>
    /// <param name="memory">The variables as they are before the first instruction.</param>
    /// <param name="end">The first address after the variables.</param>
    /// <param name="symbols">The addresses of variables and functions by name, local ones too where they are
    /// unique.</param>
    /// <param name="structs">Layouts by tag.</param>
    /// <param name="functions">What function an address is.</param>
    public KernelImage(
        string release,
        KernelMemory memory,
        ulong end,
        IReadOnlyDictionary<string, ulong> symbols,
        IReadOnlyDictionary<string, StructLayout> structs,
        SiteTable sites,
        FunctionTable functions
    )
    {
        Release = release;
        Memory = memory;
        End = end;
        Sites = sites;
        Functions = functions;
        _symbols = new Dictionary<string, ulong>(symbols, StringComparer.Ordinal);
        _structs = new Dictionary<string, StructLayout>(structs, StringComparer.Ordinal);
    }

    private KernelImage(KernelImage whole, int mutant, bool[] visited)
    {
        Release = whole.Release;
        Memory = whole.Memory;
        End = whole.End;
        Sites = whole.Sites;
        Functions = whole.Functions;
        _symbols = whole._symbols;
        _structs = whole._structs;
        Mutant = mutant;
        Visited = visited;
    }

    public string Release { get; }

    /// <summary>The changed form of a function that runs in the original's place; 0 for the kernel as it is.</summary>
    public int Mutant { get; }

    /// <summary>
    /// By the numbers of mutants: whether the kernel as it is came to where the mutant is another program, since the
    /// caller last cleared it. Empty in a kernel that holds none.
    /// </summary>
    public bool[] Visited { get; } = [];

    /// <summary>The same kernel with a mutant in it, which boots for itself.</summary>
    public KernelImage With(int mutant) => new(this, mutant, new bool[Visited.Length]);

    /// <summary>The same kernel, ready to note what a run comes to.</summary>
    /// <param name="count">How many mutants its code holds.</param>
    internal KernelImage ForMutants(int count) => new(this, 0, new bool[count + 1]);

    public KernelMemory Memory { get; }

    public ulong End { get; }

    public SiteTable Sites { get; }

    public FunctionTable Functions { get; }

    public bool Has(string symbol) => _symbols.ContainsKey(symbol);

    /// <summary>The address of a variable or function.</summary>
    public ulong AddressOf(string symbol) =>
        _addresses.Get(
            this,
            symbol,
            "",
            static (image, symbol, _) =>
                image._symbols.TryGetValue(symbol, out var address)
                    ? address
                    : throw new NotProvidedException($"not provided: this kernel has no {symbol}")
        );

    /// <summary>Where in the struct a member is. Members may be nested: <c>f_path.dentry</c>.</summary>
    public ulong OffsetOf(string tag, string member) =>
        _offsets.Get(this, tag, member, static (image, tag, member) => image.MemberOf(tag, member).Offset);

    /// <summary>Bytes.</summary>
    public ulong SizeOf(string tag) => LayoutOf(tag).Size;

    /// <summary>Bytes of a member, which may be nested.</summary>
    public ulong MemberSize(string tag, string member) => MemberOf(tag, member).Size;

    public bool HasStruct(string tag) => _structs.ContainsKey(tag);

    internal StructLayout? FindStruct(string tag) => _structs.GetValueOrDefault(tag);

    internal IEnumerable<StructLayout> StructsOfSize(ulong size) =>
        _structs.Values.Where(layout => layout.Size == size);

    public bool HasMember(string tag, string member) =>
        _members.Get(
            this,
            tag,
            member,
            static (image, tag, member) =>
                image._structs.TryGetValue(tag, out var layout) && layout.Members.ContainsKey(member) ? 1UL : 0
        ) != 0;

    /// <summary>The name of the variable that has this address, with the offset in it; or of the function.</summary>
    public string Describe(ulong address)
    {
        string? best = null;
        ulong start = 0;
        foreach (var (name, at) in _symbols)
        {
            if (at <= address && (best is null || at > start))
                (best, start) = (name, at);
        }

        if (best is null)
            return $"{address:x16}";
        return address == start ? best : $"{best}+0x{address - start:x}";
    }

    /// <summary>A member, which may be nested; null where this kernel does not have it.</summary>
    internal StructMember? FindMember(string tag, string member)
    {
        if (!_structs.TryGetValue(tag, out var layout))
            return null;
        if (layout.Members.TryGetValue(member, out var direct))
            return direct;
        ulong offset = 0;
        StructMember? found = null;
        foreach (var name in member.Split('.'))
        {
            if (found is not null && !_structs.TryGetValue(found.Struct ?? "", out layout))
                return null;
            if (!layout!.Members.TryGetValue(name, out found))
                return null;
            offset += found.Offset;
        }

        return found! with
        {
            Offset = offset,
        };
    }

    private StructMember MemberOf(string tag, string member) =>
        FindMember(tag, member)
        ?? throw new NotProvidedException($"not provided: struct {LayoutOf(tag).Name} has no member {member}");

    private StructLayout LayoutOf(string tag) =>
        _structs.TryGetValue(tag, out var layout)
            ? layout
            : throw new NotProvidedException($"not provided: this kernel has no struct {tag}");
}
