using System.Globalization;
using IommuSim.Drivers.Table;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace IommuSim.Scenarios.Drivers;

/// <summary>
/// Reads drivers from YAML files: one driver, or a list of them, each name, driver_type, hw_info,
/// hwpt_types and types. See <see cref="TableDriverDefinition"/> for what they mean.
/// </summary>
public static class DriverFile
{
    /// <summary>
    /// The drivers of a file; one with an error is left out. Errors are whole sentences that begin
    /// with FILE:LINE:COLUMN.
    /// </summary>
    public static DriverFileLoad Load(string path)
    {
        try
        {
            return LoadText(path, File.ReadAllText(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new DriverFileLoad([], [$"{path}: cannot be read: {e.Message}"]);
        }
    }

    /// <summary>
    /// As <see cref="Load"/>, for text; <paramref name="fileName"/> is what errors call it.
    /// </summary>
    public static DriverFileLoad LoadText(string fileName, string text)
    {
        var errors = new DriverFileErrors(fileName);
        var drivers = new List<TableDriverDefinition>();
        foreach (var node in RootsOf(text, errors))
        {
            if (DriverNode.Read(node, errors) is { } driver)
                Add(driver, node, drivers, errors);
        }

        return new DriverFileLoad(drivers, errors.Sentences);
    }

    private static void Add(
        TableDriverDefinition driver,
        YamlNode node,
        List<TableDriverDefinition> drivers,
        DriverFileErrors errors
    )
    {
        if (drivers.Exists(d => d.Name == driver.Name))
            errors.Add(node.Start, $"the driver '{driver.Name}' is described twice");
        else
            drivers.Add(driver);
    }

    private static IEnumerable<YamlNode> RootsOf(string text, DriverFileErrors errors)
    {
        if (DriverNesting.TooDeep(text))
        {
            errors.Add(Mark.Empty, $"a driver file nests {DriverNesting.Deepest} deep at most");
            return [];
        }

        var yaml = new YamlStream();
        try
        {
            yaml.Load(new StringReader(text));
        }
        catch (YamlException e)
        {
            errors.Add(e.Start, $"this is no YAML: {e.Message}");
            return [];
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The library throws exceptions of any type for some broken texts.
            errors.Add(Mark.Empty, $"this is no YAML: {e.Message}");
            return [];
        }

        if (yaml.Documents.Count == 0)
        {
            errors.Add(Mark.Empty, "the file is empty; write 'name: NAME' and 'driver_type: NUMBER'");
            return [];
        }

        return yaml.Documents.SelectMany(d => d.RootNode is YamlSequenceNode list ? list.Children : [d.RootNode]);
    }
}

/// <summary>What became of a driver file.</summary>
public sealed record DriverFileLoad(IReadOnlyList<TableDriverDefinition> Drivers, IReadOnlyList<string> Errors);

/// <summary>
/// The YAML library recurses once for every level of a file and would end the process on a hostile
/// one.
/// </summary>
internal static class DriverNesting
{
    /// <summary>A driver file needs three levels.</summary>
    public const int Deepest = 64;

    /// <summary>
    /// Counts the brackets that are open, and the levels that indentation and dashes can open on a
    /// line. Brackets in quotes count too: no driver file has that many.
    /// </summary>
    public static bool TooDeep(string text)
    {
        var open = 0;
        var indents = 0;
        var atStart = true;
        foreach (var c in text)
        {
            switch (c)
            {
                case '\n' or '\r':
                    atStart = true;
                    indents = 0;
                    break;
                case '[' or '{':
                    open++;
                    break;
                case ']' or '}':
                    open = Math.Max(0, open - 1);
                    break;
            }

            atStart = atStart && c is ' ' or '-' or '?' or ':' or '\n' or '\r';
            indents += atStart && c is not ('\n' or '\r') ? 1 : 0;
            if (open > Deepest || indents > Deepest * 2)
                return true;
        }

        return false;
    }
}

/// <summary>Collects the errors of one driver file.</summary>
internal sealed class DriverFileErrors(string fileName)
{
    private readonly List<string> _sentences = [];

    public IReadOnlyList<string> Sentences => _sentences;

    public void Add(Mark place, string message) =>
        _sentences.Add(
            string.Create(CultureInfo.InvariantCulture, $"{fileName}:{place.Line}:{place.Column}: error: {message}")
        );
}
