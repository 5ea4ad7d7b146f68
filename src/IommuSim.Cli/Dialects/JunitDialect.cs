using System.Globalization;
using System.Xml;

namespace IommuSim.Cli.Dialects;

/// <summary>
/// The XML of Ant's JUnit task, with what Jenkins and GitLab read of it. Times are left out: verdicts are made on all
/// processors at once.
/// </summary>
internal static class JunitDialect
{
    public static void Write(DialectReport report, TextWriter output)
    {
        // XmlWriter would name the encoding of the writer, which for one in memory is UTF-16.
        output.Write("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        var settings = new XmlWriterSettings
        {
            OmitXmlDeclaration = true,
            Indent = true,
            NewLineChars = "\n",
        };
        using (var xml = XmlWriter.Create(output, settings))
        {
            xml.WriteStartElement("testsuites");
            xml.WriteAttributeString("name", $"iommusim {report.Command}");
            WriteCounts([.. report.Cases], xml);
            foreach (var suite in report.Suites)
                WriteSuite(suite, xml);
            xml.WriteEndElement();
        }

        output.Write("\n");
    }

    private static void WriteSuite(DialectSuite suite, XmlWriter xml)
    {
        xml.WriteStartElement("testsuite");
        xml.WriteAttributeString("name", Characters(suite.Name));
        WriteCounts(suite.Cases, xml);
        foreach (var @case in suite.Cases)
            WriteCase(suite, @case, xml);
        xml.WriteEndElement();
    }

    private static void WriteCounts(IReadOnlyCollection<DialectCase> cases, XmlWriter xml)
    {
        WriteNumber("tests", cases.Count);
        WriteNumber("failures", cases.Count(c => c.Outcome == DialectOutcome.Fail));
        WriteNumber("errors", 0);
        WriteNumber("skipped", cases.Count(c => c.Outcome == DialectOutcome.Skip));

        void WriteNumber(string name, int number) =>
            xml.WriteAttributeString(name, number.ToString(CultureInfo.InvariantCulture));
    }

    private static void WriteCase(DialectSuite suite, DialectCase @case, XmlWriter xml)
    {
        xml.WriteStartElement("testcase");
        xml.WriteAttributeString("classname", Characters(suite.Name));
        xml.WriteAttributeString("name", Characters(@case.Name));
        if (@case.File is { } file)
            xml.WriteAttributeString("file", Characters(file));
        if (@case.Line is { } line)
            xml.WriteAttributeString("line", line.ToString(CultureInfo.InvariantCulture));
        switch (@case.Outcome)
        {
            case DialectOutcome.Fail:
                xml.WriteStartElement("failure");
                xml.WriteAttributeString("message", Characters(@case.Message));
                xml.WriteAttributeString("type", @case.Rule?.Id);
                xml.WriteString(Lines(@case.Explanation.Prepend(@case.Headline)));
                xml.WriteEndElement();
                break;
            case DialectOutcome.Skip:
                xml.WriteStartElement("skipped");
                xml.WriteAttributeString("message", Characters(@case.Message));
                xml.WriteEndElement();
                break;
            default:
                if (@case.Explanation.Any())
                    xml.WriteElementString("system-out", Lines(@case.Explanation));
                break;
        }

        xml.WriteEndElement();
    }

    private static string Lines(IEnumerable<string> lines) => Characters(string.Join('\n', lines));

    /// <summary>XML cannot write most control characters, not even as numbers; they become question marks.</summary>
    private static string Characters(string text)
    {
        if (text.All(XmlConvert.IsXmlChar))
            return text;
        var characters = text.ToCharArray();
        for (var i = 0; i < characters.Length; i++)
        {
            if (i + 1 < characters.Length && XmlConvert.IsXmlSurrogatePair(characters[i + 1], characters[i]))
                i++;
            else if (!XmlConvert.IsXmlChar(characters[i]))
                characters[i] = '?';
        }

        return new string(characters);
    }
}
