using System.Globalization;
using YamlDotNet.Core;

namespace IommuSim.Scenarios.Drivers;

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
