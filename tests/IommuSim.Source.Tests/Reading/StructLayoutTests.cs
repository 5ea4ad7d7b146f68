using IommuSim.Source.Ir;

namespace IommuSim.Source.Tests.Reading;

public sealed class StructLayoutTests
{
    private const string Types = """
        !50 = !DIBasicType(name: "int", size: 32, encoding: DW_ATE_signed)
        !51 = !DIDerivedType(tag: DW_TAG_pointer_type, baseType: !60, size: 64)
        !52 = !DIDerivedType(tag: DW_TAG_typedef, name: "other_t", file: !1, line: 1, baseType: !53)
        !53 = !DIDerivedType(tag: DW_TAG_const_type, baseType: !60)
        !54 = !DICompositeType(tag: DW_TAG_array_type, baseType: !52, size: 256, elements: !55)
        !55 = !{!56}
        !56 = !DISubrange(count: 4)
        !60 = distinct !DICompositeType(tag: DW_TAG_structure_type, name: "other", size: 64, elements: !61)
        !61 = !{!62, !63}
        !62 = !DIDerivedType(tag: DW_TAG_member, name: "a", scope: !60, baseType: !50, size: 32)
        !63 = !DIDerivedType(tag: DW_TAG_member, name: "b", scope: !60, baseType: !50, size: 32, offset: 32)
        """;

    [Fact]
    public void Read_Struct_HasSizeAndMembers() =>
        Assert.Equal(
            "StructLayout(other, 8, [StructMember(a, 0, 4, -), StructMember(b, 4, 4, -)])",
            IrPrinter.Print(IrText.Module(Types).Debug.Structs["other"])
        );

    [Fact]
    public void Read_Union_HasMembers()
    {
        const string Union = """
            !1 = !DICompositeType(tag: DW_TAG_union_type, name: "u", size: 64, elements: !2)
            !2 = !{!62}
            """;
        Assert.Equal(
            "StructLayout(u, 8, [StructMember(a, 0, 4, -)])",
            IrPrinter.Print(IrText.Module($"{Union}\n{Types}").Debug.Structs["u"])
        );
    }

    [Theory]
    [InlineData("name: \"m\", baseType: !50, size: 32, offset: 64", "m, 8, 4, -")]
    [InlineData("name: \"m\", baseType: !60, size: 64, offset: 64", "m, 8, 8, other")]
    [InlineData("name: \"m\", baseType: !52, size: 64, offset: 64", "m, 8, 8, other")]
    [InlineData("name: \"m\", baseType: !54, size: 256, offset: 64", "m, 8, 32, other")]
    [InlineData("name: \"m\", baseType: !51, size: 64, offset: 64", "m, 8, 8, -")]
    [InlineData("name: \"m\", baseType: !54, offset: 64", "m, 8, 0, other")]
    [InlineData(
        "name: \"m\", baseType: !50, size: 3, offset: 77, flags: DIFlagBitField, extraData: i64 64",
        "m, 9, 0, -"
    )]
    public void Read_Member_HasOffsetSizeAndTag(string fields, string expected) =>
        Assert.Equal($"StructMember({expected})", IrPrinter.Print(Members(fields)["m"]));

    [Fact]
    public void Read_UnnamedMember_GivesItsMembersToTheStructAround() =>
        Assert.Equal(
            ["StructMember(a, 16, 4, -)", "StructMember(b, 20, 4, -)"],
            Members("baseType: !60, size: 64, offset: 128").Values.Select(IrPrinter.Print)
        );

    [Fact]
    public void Read_UnnamedInUnnamed_AddsTheOffsets()
    {
        var members = Members(
            "baseType: !5, offset: 64",
            "!5 = !DICompositeType(tag: DW_TAG_union_type, elements: !6)\n!6 = !{!7}\n"
                + "!7 = !DIDerivedType(tag: DW_TAG_member, baseType: !60, size: 64, offset: 32)"
        );
        Assert.Equal(16ul, members["b"].Offset);
    }

    [Theory]
    [InlineData("!1 = !DICompositeType(tag: DW_TAG_structure_type, name: \"s\", flags: DIFlagFwdDecl)")]
    [InlineData("!1 = !DICompositeType(tag: DW_TAG_structure_type, name: \"s\", elements: !2)\n!2 = !{}")]
    [InlineData("!1 = !DICompositeType(tag: DW_TAG_structure_type, elements: !2)\n!2 = !{!62}")]
    [InlineData("!1 = !DICompositeType(tag: DW_TAG_enumeration_type, name: \"s\", elements: !2)\n!2 = !{!62}")]
    public void Read_TypeWithoutTagOrMembers_IsLeftOut(string metadata) =>
        Assert.Equal(["other"], IrText.Module($"{metadata}\n{Types}").Debug.Structs.Keys);

    [Fact]
    public void Read_DeclaredAndDefined_HasTheDefinition() =>
        Assert.Equal(
            2,
            IrText
                .Module($"!1 = !DICompositeType(tag: DW_TAG_structure_type, name: \"other\")\n{Types}")
                .Debug.Structs["other"]
                .Members.Count
        );

    [Fact]
    public void Read_UnnamedStructInItself_IsAnError() =>
        Assert.StartsWith(
            "test.ll:4: nested too deep: !5 = ",
            Assert
                .Throws<IrException>(() =>
                    Members(
                        "baseType: !5",
                        "!5 = !DICompositeType(tag: DW_TAG_union_type, elements: !6)\n!6 = !{!7}\n"
                            + "!7 = !DIDerivedType(tag: DW_TAG_member, baseType: !5)"
                    )
                )
                .Message
        );

    [Fact]
    public void Read_TypedefOfItself_IsAnError() =>
        Assert.StartsWith(
            "test.ll:4: nested too deep: !5 = ",
            Assert
                .Throws<IrException>(() =>
                    Members("name: \"m\", baseType: !5", "!5 = !DIDerivedType(tag: DW_TAG_typedef, baseType: !5)")
                )
                .Message
        );

    private static IReadOnlyDictionary<string, StructMember> Members(string fields, string more = "") =>
        IrText
            .Module(
                $"""
                !1 = distinct !DICompositeType(tag: DW_TAG_structure_type, name: "s", size: 512, elements: !2)
                !2 = !{"{"}!3{"}"}
                !3 = !DIDerivedType(tag: DW_TAG_member, {fields})
                {more}
                {Types}
                """
            )
            .Debug.Structs["s"]
            .Members;
}
