using System.Globalization;
using IommuSim.Source.Execution;

namespace IommuSim.Source.Provided;

/// <summary>The few formats that names of devices have.</summary>
internal static class TextFormat
{
    public static string Format(Cpu cpu, ulong format, ulong[] arguments)
    {
        var text = cpu.ReadText(format);
        foreach (var argument in arguments)
        {
            var at = text.IndexOf('%', StringComparison.Ordinal);
            var value =
                text[at + 1] == 's' ? cpu.ReadText(argument) : ((int)argument).ToString(CultureInfo.InvariantCulture);
            text = text[..at] + value + text[(at + 2)..];
        }

        return text;
    }
}
