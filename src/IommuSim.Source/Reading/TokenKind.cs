namespace IommuSim.Source.Reading;

internal enum TokenKind
{
    End,

    /// <summary>A keyword, type, flag, or <c>...</c>.</summary>
    Word,

    /// <summary>Decimal digits, perhaps with a minus.</summary>
    Integer,

    /// <summary>The name before a colon.</summary>
    Label,

    /// <summary><c>%name</c>, <c>%"name"</c> or <c>%7</c>.</summary>
    Local,

    /// <summary><c>@name</c>.</summary>
    Global,

    /// <summary><c>$name</c>.</summary>
    Comdat,

    /// <summary><c>"..."</c>.</summary>
    Text,

    /// <summary><c>c"..."</c>.</summary>
    Bytes,

    /// <summary><c>!7</c>, <c>!name</c>, or <c>!</c> before a string or a brace.</summary>
    Metadata,

    /// <summary><c>#7</c>.</summary>
    Attributes,

    /// <summary><c>#dbg_value</c> and its kind.</summary>
    DebugRecord,

    /// <summary><c>^7</c>.</summary>
    Summary,

    /// <summary>One character.</summary>
    Punctuation,
}
