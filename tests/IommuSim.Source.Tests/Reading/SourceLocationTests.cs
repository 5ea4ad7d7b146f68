using IommuSim.Source.Ir;
using IommuSim.Source.Reading;

namespace IommuSim.Source.Tests.Reading;

public sealed class SourceLocationTests
{
    private const string Scopes = """
        !20 = distinct !DISubprogram(name: "outer", linkageName: "x", scope: !30, file: !30, line: 1)
        !21 = distinct !DISubprogram(name: "inner", scope: !31, file: !31, line: 1)
        !22 = distinct !DILexicalBlock(scope: !20, file: !30, line: 3)
        !23 = !DILexicalBlockFile(scope: !22, file: !31, discriminator: 2)
        !24 = distinct !DILexicalBlock(scope: !23, line: 3)
        !30 = !DIFile(filename: "/tree/a.c", directory: "/tree/obj")
        !31 = !DIFile(filename: "../include/b, (c).h", directory: "/tree/obj", checksumkind: CSK_MD5, checksum: "0")
        """;

    [Fact]
    public void Read_InstructionWithALocation_KeepsItsNumber()
    {
        var module = Read("!7 = !DILocation(line: 5, column: 9, scope: !20)");
        Assert.Equal(7, module.Functions[0].Blocks[0].Instructions[0].Location);
    }

    [Fact]
    public void Read_InstructionWithoutLocation_HasNone() =>
        Assert.Equal(-1, IrText.Instructions("fence seq_cst, !srcloc !7")[0].Location);

    [Fact]
    public void Read_LocationBetweenOtherMetadata_IsFound() =>
        Assert.Equal(
            3,
            IrText
                .Module($"define void @f() {{\n  ret void, !prof !1, !dbg !3, !srcloc !2\n}}\n{DebugText.Line(3)}")
                .Functions[0]
                .Blocks[0]
                .Instructions[0]
                .Location
        );

    [Theory]
    [InlineData(20, "a.c", "outer")]
    [InlineData(21, "include/b, (c).h", "inner")]
    [InlineData(22, "a.c", "outer")]
    [InlineData(23, "include/b, (c).h", "outer")]
    [InlineData(24, "include/b, (c).h", "outer")]
    public void Read_Scope_GivesFileAndFunction(int scope, string file, string function)
    {
        var module = Read($"!7 = !DILocation(line: 5, column: 9, scope: !{scope})");
        Assert.Equal(new SourceLocation(file, 5, function, InlinedAt: null), module.Debug.Locations[7]);
    }

    [Fact]
    public void Read_InlinedCode_HasTheCall()
    {
        var module = Read(
            "!7 = !DILocation(line: 5, scope: !21, inlinedAt: !8)\n!8 = distinct !DILocation(line: 2, scope: !22)"
        );
        var call = new SourceLocation("a.c", 2, "outer", InlinedAt: null);
        Assert.Equal(new SourceLocation("include/b, (c).h", 5, "inner", call), module.Debug.Locations[7]);
    }

    [Fact]
    public void Read_LocationThatNoInstructionHas_IsLeftOut() =>
        Assert.Equal(
            [7],
            Read("!7 = !DILocation(line: 5, scope: !21)\n!8 = !DILocation(line: 2, scope: !22)").Debug.Locations.Keys
        );

    [Fact]
    public void Read_CompilerMadeCode_HasLineZero() =>
        Assert.Equal(0, Read("!7 = !DILocation(line: 0, scope: !20)").Debug.Locations[7].Line);

    [Theory]
    [InlineData("/tree", "/tree/drivers/a.c", "/any", "drivers/a.c")]
    [InlineData("/tree/", "/tree/drivers/a.c", "/any", "drivers/a.c")]
    [InlineData("/tree", "/treehouse/a.c", "/any", "/treehouse/a.c")]
    [InlineData("/tree", "a.c", "/tree/drivers", "drivers/a.c")]
    [InlineData("/tree", "./a.c", "/tree/", "a.c")]
    [InlineData("/tree", "../../tree/a.c", "/x/obj", "a.c")]
    [InlineData("/tree", "../a.c", "/x/obj", "a.c")]
    [InlineData("/tree", "../../../a.c", "/", "a.c")]
    [InlineData(null, "/tree/a.c", "/tree", "/tree/a.c")]
    [InlineData(null, "./.././include/a.h", "/tree", "include/a.h")]
    public void Read_FileName_IsRelativeToTheTree(string? root, string name, string directory, string expected)
    {
        var text = $"""
            define void @f() {"{"}
              ret void, !dbg !7
            {"}"}
            !7 = !DILocation(line: 1, scope: !8)
            !8 = distinct !DISubprogram(name: "f", file: !9)
            !9 = !DIFile(filename: "{name}", directory: "{directory}")
            """;
        Assert.Equal(expected, IrReader.Read("test.ll", text, root).Debug.Locations[7].File);
    }

    [Theory]
    [InlineData("", "test.ll:2: metadata !7 is not defined: ret void, !dbg !7")]
    [InlineData("!7 = !{}", "test.ll:4: DILocation expected: !7 = !{}")]
    [InlineData("!7 = !DILocation(line: 1)", "test.ll:4: scope expected: !7 = !DILocation(line: 1)")]
    [InlineData("!7 = !DILocation(scope: !99)", "test.ll:4: metadata !99 is not defined: !7 = !DILocation(scope: !99)")]
    [InlineData(
        "!7 = !DILocation(scope: !30)",
        "test.ll:10: scope of a function expected: !30 = !DIFile(filename: \"/tree/a.c\", directory: \"/tree/obj\")"
    )]
    [InlineData(
        "!7 = !DILocation(scope: !20, inlinedAt: !7)",
        "test.ll:4: inlined too deep: !7 = !DILocation(scope: !20, inlinedAt: !7)"
    )]
    [InlineData(
        "!7 = !DILocation(scope: !8)\n!8 = !DILexicalBlock(scope: !8)",
        "test.ll:5: nested too deep: !8 = !DILexicalBlock(scope: !8)"
    )]
    [InlineData(
        "!7 = !DILocation(scope: !8)\n!8 = !DISubprogram(file: !24)",
        "test.ll:10: DIFile expected: !24 = distinct !DILexicalBlock(scope: !23, line: 3)"
    )]
    public void Read_MetadataThatIsWrong_IsAnError(string metadata, string expected) =>
        Assert.Equal(expected, Assert.Throws<IrException>(() => Read(metadata)).Message);

    private static IrModule Read(string metadata) =>
        IrReader.Read("test.ll", $"define void @f() {{\n  ret void, !dbg !7\n}}\n{metadata}\n{Scopes}", "/tree");
}
