using FsCheck;
using FsCheck.Fluent;
using IommuSim.Source.Ir;
using IommuSim.Testing;

namespace IommuSim.Source.Tests.Reading;

/// <summary>Whatever the text, it is read or refused with an <see cref="IrException"/>.</summary>
public sealed class MalformedTests
{
    private static readonly string[] _pieces =
    [
        "define ",
        "declare ",
        "void ",
        "@f",
        "(",
        ")",
        "{\n",
        "}\n",
        "[",
        "]",
        "<",
        ">",
        "%x",
        " = ",
        "!7",
        "!dbg !7",
        ", ",
        "!{!7, !7}",
        "i32 ",
        "ptr ",
        "metadata ",
        "5 ",
        "-1 ",
        "c\"a\\0\"",
        "\"",
        "label ",
        "ret ",
        "call ",
        "asm ",
        "phi ",
        "switch ",
        "load ",
        "getelementptr ",
        "to ",
        "a:\n",
        "...",
        "#0",
        "#dbg_value",
        "\n",
        "type ",
        "global ",
        "alias ",
        "distinct ",
        "!DILocation(line: 1, scope: !7)",
        "!DICompositeType(tag: DW_TAG_structure_type, name: \"s\", elements: !7)",
        "\\",
        ";",
        "\0",
        "x ",
        "align ",
        "section ",
        "$",
        "^0",
        "inrange",
        "sub ",
        "undef ",
    ];

    [Fact]
    public void Read_CutAnywhere_ThrowsOnlyIrException()
    {
        for (var length = 0; length < SampleText.Everything.Length; length++)
            ReadOrRefuse(SampleText.Everything[..length]);
    }

    [Fact]
    public void Read_AnyCharacterLeftOut_ThrowsOnlyIrException()
    {
        for (var at = 0; at < SampleText.Everything.Length; at++)
            ReadOrRefuse(SampleText.Everything.Remove(at, 1));
    }

    [Fact]
    public void Read_AnyCharactersChanged_ThrowsOnlyIrException() =>
        RandomRun.ForAll(
            RandomRun.Operations(1, 8),
            changes =>
            {
                var text = SampleText.Everything.ToCharArray();
                foreach (var change in changes)
                    text[change % text.Length] = (char)(change / text.Length % 256);
                ReadOrRefuse(new string(text));
            },
            runs: 500
        );

    [Fact]
    public void Read_AnyPieces_ThrowsOnlyIrException() =>
        RandomRun.ForAll(
            RandomRun.Operations(1, 60),
            choices => ReadOrRefuse(string.Concat(choices.Select(choice => _pieces[choice % _pieces.Length]))),
            runs: 2000
        );

    [Fact]
    public void Read_AnyBytes_ThrowsOnlyIrException() =>
        RandomRun.ForAll(
            RandomRun.Operations(1, 200),
            choices => ReadOrRefuse(string.Concat(choices.Select(choice => (char)(choice % 256)))),
            runs: 500
        );

    [Fact]
    public void Read_WholeSample_IsRead() => Assert.Equal(2, IrText.Module(SampleText.Everything).Functions.Length);

    private static void ReadOrRefuse(string text)
    {
        try
        {
            IrText.Module(text);
        }
        catch (IrException)
        {
            // Refused as it should be.
        }
    }
}
