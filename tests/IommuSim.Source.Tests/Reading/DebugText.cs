namespace IommuSim.Source.Tests.Reading;

/// <summary>The least metadata that makes a location.</summary>
internal static class DebugText
{
    public static string Line(int number) =>
        $"""
            !{number} = !DILocation(line: 12, column: 3, scope: !90)
            !90 = distinct !DISubprogram(name: "f", scope: !91, file: !91, line: 1)
            !91 = !DIFile(filename: "f.c", directory: "/d")
            """;
}
