using System.Text.RegularExpressions;

namespace IommuSim.Source.Building;

/// <summary>A folder with the source of Linux. Nothing in it is ever written to.</summary>
/// <param name="Path">Absolute, links resolved.</param>
/// <param name="Version">As the kernel calls itself: 7.3.4, or 7.4.0-rc1.</param>
internal sealed partial record KernelTree(string Path, string Version)
{
    private const string Iommufd = "drivers/iommu/iommufd";

    public static KernelTree Open(string path)
    {
        if (!Directory.Exists(path))
            throw new SourceBuildException($"there is no folder '{path}'");
        var full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        full = Directory.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full;
        var makefile = System.IO.Path.Combine(full, "Makefile");
        if (!File.Exists(makefile) || ReadVersion(File.ReadLines(makefile)) is not { } version)
            throw new SourceBuildException($"'{path}' is no kernel tree: its top has no Makefile with a VERSION");
        if (!File.Exists(System.IO.Path.Combine(full, "Kconfig")))
            throw new SourceBuildException($"'{path}' is no kernel tree: its top has no Kconfig");
        if (!File.Exists(System.IO.Path.Combine(full, Iommufd, "main.c")))
            throw new SourceBuildException(
                $"Linux {version} in '{path}' has no {Iommufd}: iommufd came with Linux 6.2"
            );
        return new KernelTree(full, version);
    }

    public bool Has(string file) => File.Exists(System.IO.Path.Combine(Path, file));

    /// <summary>The version that a kernel's Makefile sets in its first lines; null where it sets none.</summary>
    public static string? ReadVersion(IEnumerable<string> makefile)
    {
        var parts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in makefile.Take(20))
        {
            if (VersionPart().Match(line) is { Success: true } part)
                parts[part.Groups["name"].Value] = part.Groups["value"].Value;
        }

        return parts.TryGetValue("VERSION", out var version) && parts.TryGetValue("PATCHLEVEL", out var patchLevel)
            ? $"{version}.{patchLevel}.{parts.GetValueOrDefault("SUBLEVEL", "0")}"
                + parts.GetValueOrDefault("EXTRAVERSION", "")
            : null;
    }

    [GeneratedRegex(
        @"^(?<name>VERSION|PATCHLEVEL|SUBLEVEL|EXTRAVERSION) *= *(?<value>\S*)\s*$",
        RegexOptions.None,
        1000
    )]
    private static partial Regex VersionPart();
}
