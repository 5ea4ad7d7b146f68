namespace IommuSim.Scenarios.Language;

/// <summary>Reads everything up to and including the line "steps:".</summary>
internal sealed class HeaderSection(SourceText source, DiagnosticSink sink)
{
    private const string Form = "expected a header, as in 'name: ...' or 'device NAME: DRIVER'";

    private readonly Dictionary<string, int> _firstLines = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Prose> _texts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _deviceLines = new(StringComparer.Ordinal);
    private readonly List<DeviceDeclaration> _devices = [];
    private readonly List<Setting> _config = [];
    private readonly List<KernelSelector> _kernels = [];
    private ulong? _lockedMemoryLimit;

    /// <summary>
    /// Required headers that are there but misspelt: they are not missing as well.
    /// </summary>
    private readonly HashSet<string> _misspelt = new(StringComparer.Ordinal);

    /// <summary>Returns the number of the line behind "steps:".</summary>
    public int Read()
    {
        HeaderBlock? block = null;
        var anyHeader = false;
        for (int number = 1; number <= source.Lines.Count; number++)
        {
            var line = source.Line(number);
            if (ScenarioParser.IsEmpty(line))
                continue;
            if (LineTokenizer.IsBlank(line[0]))
            {
                block?.Continue(number);
                if (!anyHeader)
                    sink.Error(FirstWord(number), "this indented line has no header to continue");
                continue;
            }

            Close(block);
            block = Open(number);
            anyHeader = true;
            if (block?.Keyword.Text == HeaderKeywords.Steps)
            {
                CheckNothingFollows(block);
                return number + 1;
            }
        }

        Close(block);
        return source.Lines.Count + 1;
    }

    /// <summary>The scenario, unless this or an earlier pass over the file found errors.</summary>
    public Scenario? Finish(List<Step> steps)
    {
        foreach (string keyword in HeaderKeywords.Required)
        {
            if (!_firstLines.ContainsKey(keyword) && !_misspelt.Contains(keyword))
                sink.Error(new SourceSpan(1, 1, 0), $"the header '{keyword}:' is missing");
        }

        if (sink.Count > 0)
            return null;
        return new Scenario(
            _texts[HeaderKeywords.Name],
            _texts[HeaderKeywords.Question],
            _texts[HeaderKeywords.Why],
            _texts[HeaderKeywords.Source],
            _kernels,
            _config,
            _texts.GetValueOrDefault(HeaderKeywords.Choices),
            _devices,
            steps
        )
        {
            LockedMemoryLimit = _lockedMemoryLimit,
        };
    }

    /// <summary>Null, with the error reported, if the line is no header.</summary>
    private HeaderBlock? Open(int number)
    {
        var line = source.Line(number);
        var length = 0;
        while (length < line.Length && LineTokenizer.IsWordPart(line[length]))
            length++;
        var keyword = new Identifier(line[..length], new SourceSpan(number, 1, length));
        var shown = Token.Shorten(keyword.Text);
        var isWord = length > 0 && LineTokenizer.IsWordStart(line[0]);
        var colon = line.AsSpan(length).TrimStart(" \t").StartsWith(":");
        if (isWord && !HeaderKeywords.Contains(keyword.Text) && (colon || LooksLikeDevice(line)))
        {
            string? nearest = NearestWord.Find(keyword.Text, HeaderKeywords.All);
            _misspelt.Add(nearest ?? string.Empty);
            var all = string.Join(", ", HeaderKeywords.All);
            sink.Error(keyword.Span, $"unknown header '{shown}'; the headers are {all}", nearest);
            return null;
        }

        if (keyword.Text == HeaderKeywords.Device)
            return new HeaderBlock(source, keyword, number);
        if (!isWord || !colon)
        {
            sink.Error(FirstWord(number), Form);
            return null;
        }

        if (!_firstLines.TryAdd(keyword.Text, number))
        {
            var first = _firstLines[keyword.Text];
            sink.Error(keyword.Span, $"duplicate header '{shown}'; the first is on line {first}");
        }

        return new HeaderBlock(source, keyword, number);
    }

    /// <summary>WORD WORD: can only be meant as a device declaration.</summary>
    private static bool LooksLikeDevice(string line)
    {
        var tokens = new List<Token>();
        LineTokenizer.Tokenize(line, 1, tokens);
        return tokens.Count > 2 && tokens[1].Kind == TokenKind.Word && tokens[2].Kind == TokenKind.Colon;
    }

    private SourceSpan FirstWord(int number)
    {
        var line = source.Line(number);
        var start = 0;
        while (LineTokenizer.IsBlank(line[start]))
            start++;
        var length = line.AsSpan(start).IndexOfAny(' ', '\t');
        return new SourceSpan(number, start + 1, length < 0 ? line.Length - start : length);
    }

    private void Close(HeaderBlock? block)
    {
        switch (block?.Keyword.Text)
        {
            case null:
                break;
            case HeaderKeywords.Kernels:
                ReadKernels(block);
                break;
            case HeaderKeywords.Config:
                ReadConfig(block);
                break;
            case HeaderKeywords.MemLock:
                ReadMemLock(block);
                break;
            case HeaderKeywords.Device:
                ReadDevice(block);
                break;
            default:
                ReadText(block);
                break;
        }
    }

    private void ReadText(HeaderBlock block)
    {
        if (block.Keyword.Text == HeaderKeywords.Choices && block.Continuation is { } more)
            sink.Error(more, "'choices' stands on one line");
        if (block.Text() is { } text)
            _texts[block.Keyword.Text] = text;
        else
            sink.Error(block.Keyword.Span, $"the header '{block.Keyword}:' has no text");
    }

    private void ReadKernels(HeaderBlock block)
    {
        var cursor = AfterColon(block);
        if (KernelSelectorParser.ParseAll(cursor, sink) is not { } kernels)
            return;
        if (!cursor.AtEnd || kernels.Count == 0)
            sink.Expected("a kernel, NAME or NAME+", cursor.Current);
        _kernels.AddRange(kernels);
    }

    private void ReadConfig(HeaderBlock block)
    {
        var cursor = AfterColon(block);
        if (cursor.AtEnd)
            sink.Expected("a build switch, KEY=VALUE", cursor.Current);
        ReadSettings(cursor, "a build switch, KEY=VALUE", _config);
    }

    private void ReadMemLock(HeaderBlock block)
    {
        const string What = "RLIMIT_MEMLOCK in bytes, as in 'memlock: 0x4000'";
        var cursor = AfterColon(block);
        if (cursor.Current.Kind != TokenKind.Number)
        {
            sink.Expected(What, cursor.Current);
            return;
        }

        if (new ValueParser(cursor, sink).Parse() is not { } value)
            return;
        if (value is NumberValue { Bits: var limit } && cursor.AtEnd)
            _lockedMemoryLimit = limit;
        else
            sink.Error(value.Span, $"expected {What}");
    }

    private void ReadDevice(HeaderBlock block)
    {
        var cursor = block.Tokens();
        var first = cursor.Take();
        var values = new ValueParser(cursor, sink);
        if (values.Name("the name of the device, as in 'device NAME: DRIVER'") is not { } name)
            return;
        if (!cursor.TakeIf(TokenKind.Colon))
        {
            sink.Expected("':' and a driver", cursor.Current);
            return;
        }

        if (values.Name("a driver") is not { } driver)
            return;
        if (!_deviceLines.TryAdd(name.Text, name.Span.Line))
        {
            var line = _deviceLines[name.Text];
            var shown = Token.Shorten(name.Text);
            sink.Error(name.Span, $"duplicate device '{shown}'; the first is on line {line}");
        }

        var settings = new List<Setting>();
        ReadSettings(cursor, "a property, key=value", settings);
        _devices.Add(new DeviceDeclaration(name, driver, settings, cursor.Since(first)));
    }

    private void ReadSettings(TokenCursor cursor, string what, List<Setting> settings)
    {
        var values = new ValueParser(cursor, sink);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (!cursor.AtEnd)
        {
            if (values.Assignment(what, seen, (k, v, s) => new Setting(k, v, s)) is not { } next)
                return;
            settings.Add(next);
        }
    }

    private void CheckNothingFollows(HeaderBlock block)
    {
        var cursor = AfterColon(block);
        if (!cursor.AtEnd)
            sink.Expected("the end of the line after 'steps:'", cursor.Current);
    }

    private static TokenCursor AfterColon(HeaderBlock block)
    {
        var cursor = block.Tokens();
        cursor.Take();
        cursor.Take();
        return cursor;
    }
}

/// <summary>A header's line and the indented lines that continue it.</summary>
internal sealed class HeaderBlock(SourceText source, Identifier keyword, int firstLine)
{
    private readonly List<int> _lines = [firstLine];

    public Identifier Keyword { get; } = keyword;

    /// <summary>Where the header goes on, if it has more than one line.</summary>
    public SourceSpan? Continuation =>
        _lines.Count > 1 ? new SourceSpan(_lines[1], 1, source.Line(_lines[1]).Length) : null;

    public void Continue(int line) => _lines.Add(line);

    /// <summary>All tokens, the keyword included.</summary>
    public TokenCursor Tokens()
    {
        var tokens = new List<Token>();
        foreach (int line in _lines)
            LineTokenizer.Tokenize(source.Line(line), line, tokens);
        return new TokenCursor(tokens, Keyword.Span);
    }

    /// <summary>What stands behind the colon, as text; null if nothing does.</summary>
    public Prose? Text()
    {
        var parts = new List<string>();
        SourceSpan? span = null;
        foreach (int number in _lines)
        {
            var line = source.Line(number);
            var from = number == firstLine ? line.IndexOf(':', StringComparison.Ordinal) + 1 : 0;
            var end = line.IndexOf('#', StringComparison.Ordinal);
            end = end < 0 ? line.Length : end;
            var part = line[from..end].Trim(' ', '\t');
            if (part.Length > 0)
            {
                var start = line.IndexOf(part, from, StringComparison.Ordinal);
                span ??= new SourceSpan(number, start + 1, part.Length);
                parts.Add(part);
            }
        }

        return span is { } known ? new Prose(string.Join(' ', parts), known) : null;
    }
}

/// <summary>The words a header can begin with.</summary>
internal static class HeaderKeywords
{
    public const string Name = "name";
    public const string Question = "question";
    public const string Why = "why";
    public const string Source = "source";
    public const string Kernels = "kernels";
    public const string Config = "config";
    public const string Choices = "choices";
    public const string MemLock = "memlock";
    public const string Device = "device";
    public const string Steps = "steps";

    public static readonly IReadOnlyList<string> All =
    [
        Name,
        Question,
        Why,
        Source,
        Kernels,
        Config,
        Choices,
        MemLock,
        Device,
        Steps,
    ];

    public static readonly IReadOnlyList<string> Required = [Name, Question, Why, Source, Kernels];

    public static bool Contains(string word) => All.Contains(word, StringComparer.Ordinal);
}
