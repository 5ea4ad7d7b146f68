using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace IommuSim.Source.Execution;

/// <summary>
/// The places in the C source that a kernel's code names by number: each access to memory and each call. 0 is nowhere.
/// </summary>
/// <param name="Strings">Names of functions and files.</param>
/// <param name="Places">By number.</param>
internal sealed record SiteTable(string[] Strings, SitePlace[] Places)
{
    /// <summary>By site; every allocation, lock and user copy asks.</summary>
    private string[]? _functions;

    /// <summary>Of a site: what is done there is done by a provided function, which the C calls there.</summary>
    private const int Provided = int.MinValue;

    internal static bool IsProvided(int site) => site < 0;

    /// <summary>The same place for what a provided function does there.</summary>
    internal static int ByProvided(int site) => site == 0 ? 0 : site | Provided;

    /// <summary>The number in <see cref="Places"/>.</summary>
    internal static int PlaceOf(int site) => site & ~Provided;

    /// <summary>
    /// The function to name in a report: the one whose code it is, as a symbol table has it. What was inlined in it is
    /// told by <see cref="Describe"/>.
    /// </summary>
    public string FunctionAt(int site) => (_functions ??= NameFunctions())[PlaceOf(site)];

    /// <summary>The functions that were inlined in <see cref="FunctionAt"/>, the innermost first.</summary>
    public ImmutableArray<string> InlinedAt(int site)
    {
        site = PlaceOf(site);
        if (site == 0 || Places[site].InlinedAt == 0)
            return [];
        var functions = ImmutableArray.CreateBuilder<string>();
        for (var at = site; Places[at].InlinedAt != 0; at = Places[at].InlinedAt)
            functions.Add(Strings[Places[at].Function]);
        return functions.ToImmutable();
    }

    /// <summary>The line that belongs to <see cref="FunctionAt"/>.</summary>
    public int LineAt(int site) => PlaceOf(site) == 0 ? 0 : Places[Outermost(site)].Line;

    /// <summary>
    /// The place in one line of a call trace: <c>function at file:line</c>, with those it was inlined in.
    /// </summary>
    public string Describe(int site)
    {
        var text = new StringBuilder();
        for (var at = PlaceOf(site); at != 0; at = Places[at].InlinedAt)
        {
            if (text.Length > 0)
                text.Append(", inlined in ");
            var place = Places[at];
            text.Append(
                CultureInfo.InvariantCulture,
                $"{Strings[place.Function]} at {Strings[place.File]}:{place.Line}"
            );
        }

        return text.Length == 0 ? "the kernel" : text.ToString();
    }

    /// <summary>
    /// The place in as few words as a diagram has room for: <c>function file:line</c>. Of functions that were inlined
    /// the innermost that is not a header's: which of them counts down says less than who does.
    /// </summary>
    public string Brief(int site)
    {
        var at = PlaceOf(site);
        while (Places[at].InlinedAt != 0 && Strings[Places[at].File].EndsWith(".h", StringComparison.Ordinal))
            at = Places[at].InlinedAt;
        var place = Places[at];
        var file = Strings[place.File];
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Strings[place.Function]} {file[(file.LastIndexOf('/') + 1)..]}:{place.Line}"
        );
    }

    private string[] NameFunctions()
    {
        var functions = new string[Places.Length];
        for (var site = 1; site < functions.Length; site++)
            functions[site] = Strings[Places[Outermost(site)].Function];
        functions[0] = "the kernel";
        return functions;
    }

    private int Outermost(int site)
    {
        site = PlaceOf(site);
        while (Places[site].InlinedAt != 0)
            site = Places[site].InlinedAt;
        return site;
    }
}

/// <param name="Function">In <see cref="SiteTable.Strings"/>.</param>
/// <param name="File">In <see cref="SiteTable.Strings"/>.</param>
/// <param name="InlinedAt">The site of the call that was inlined; 0 for none.</param>
internal readonly record struct SitePlace(int Function, int File, int Line, int InlinedAt);
