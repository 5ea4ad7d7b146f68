using System.Text;
using FsCheck;
using FsCheck.Fluent;
using IommuSim.Scenarios.Language;

namespace IommuSim.Scenarios.Tests.Language;

/// <summary>
/// Whatever the text, the parser answers: with a scenario, or with errors that point into it. A
/// failing run prints the seed that repeats it.
/// </summary>
public sealed class ScenarioFuzzTests
{
    private const string Alphabet = "aE_OKv0x9~-+|=:,.{}[]()\"\\# \t\r\n\0\u00a0\ud83d\ude00";

    private static readonly Config _config = Config.QuickThrowOnFailure.WithMaxTest(1000);

    /// <summary>
    /// One edit: what to do, where (scaled to the text) and with which character.
    /// </summary>
    private sealed record Edit(int Kind, int Place, char Char);

    [Fact]
    public void Parse_ArbitraryText_AnswersInsideTheText()
    {
        Check.One(
            _config,
            Prop.ForAll(
                ArbMap.Default.ArbFor<string?>(),
                text => Answers(text ?? string.Empty) && Answers(ScenarioSample.WithSteps("run " + text))
            )
        );
    }

    [Fact]
    public void Parse_TextOfTheLanguagesCharacters_AnswersInsideTheText()
    {
        Arbitrary<char[]> text = Gen.Elements(Alphabet.ToCharArray()).ArrayOf().ToArbitrary();
        Check.One(
            _config,
            Prop.ForAll(
                text,
                chars =>
                    Answers(new string(chars))
                    && Answers(ScenarioSample.WithHeaders(new string(chars)))
                    && Answers(ScenarioSample.WithSteps(new string(chars)))
            )
        );
    }

    [Fact]
    public void Parse_MutatedScenario_AnswersInsideTheText()
    {
        Gen<Edit> edit =
            from kind in Gen.Choose(0, 5)
            from place in Gen.Choose(0, 1_000_000)
            from c in Gen.Elements(Alphabet.ToCharArray())
            select new Edit(kind, place, c);
        Check.One(
            _config,
            Prop.ForAll(
                edit.NonEmptyListOf().ToArbitrary(),
                edits => Answers(edits.Aggregate(ScenarioSample.Full, Apply))
            )
        );
    }

    [Fact]
    public void Parse_EveryPrefixOfAScenario_AnswersInsideTheText()
    {
        for (int length = 0; length <= ScenarioSample.Full.Length; length++)
        {
            Assert.True(Answers(ScenarioSample.Full[..length]));
        }
    }

    [Fact]
    public void Parse_EverySingleCharacterRemoved_AnswersInsideTheText()
    {
        for (int at = 0; at < ScenarioSample.Full.Length; at++)
        {
            Assert.True(Answers(ScenarioSample.Full.Remove(at, 1)));
        }
    }

    [Fact]
    public void Parse_HugeLineOfOneCharacter_AnswersInsideTheText()
    {
        foreach (char c in Alphabet)
        {
            string line = new(c, 99_999);
            Assert.True(Answers(line));
            Assert.True(Answers(ScenarioSample.WithSteps("run " + line + "\n  OK " + line)));
        }
    }

    private static string Apply(string text, Edit edit)
    {
        if (text.Length == 0)
        {
            return edit.Char.ToString();
        }

        int at = edit.Place % text.Length;
        if (edit.Kind < 3)
        {
            var changed = new StringBuilder(text);
            _ = edit.Kind switch
            {
                0 => changed.Remove(at, 1),
                1 => changed.Insert(at, text[at]),
                _ => changed.Replace(text[at], edit.Char, at, 1),
            };
            return changed.ToString();
        }

        List<string> lines = [.. text.Split('\n')];
        int line = edit.Place % lines.Count;
        switch (edit.Kind)
        {
            case 3:
                lines.RemoveAt(line);
                break;
            case 4:
                lines.Insert(line, lines[line]);
                break;
            default:
                lines[line] = lines[edit.Place / 7 % lines.Count];
                break;
        }

        return string.Join('\n', lines);
    }

    private static bool Answers(string text)
    {
        ScenarioParseResult result = ScenarioParser.Parse("fuzz.scenario", text);
        foreach (Diagnostic error in result.Diagnostics)
        {
            SourceSpan span = error.Span;
            Assert.InRange(span.Line, 1, result.Source.Lines.Count);
            int length = result.Source.Line(span.Line).Length;
            Assert.InRange(span.Column, 1, length + 1);
            Assert.InRange(span.Length, 0, length + 1 - span.Column);
            Assert.NotEmpty(error.Render(result.Source.Line(span.Line)));
        }

        return (result.Scenario is null) == (result.Diagnostics.Count > 0);
    }
}
