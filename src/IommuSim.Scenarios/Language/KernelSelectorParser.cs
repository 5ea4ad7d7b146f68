namespace IommuSim.Scenarios.Language;

/// <summary>Reads NAME and NAME+, in the kernels header and in front of an outcome.</summary>
internal static class KernelSelectorParser
{
    /// <summary>
    /// Selectors up to the first token that is none; null, with the error reported, if one is
    /// malformed.
    /// </summary>
    public static List<KernelSelector>? ParseAll(TokenCursor cursor, DiagnosticSink sink)
    {
        var selectors = new List<KernelSelector>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (cursor.Current.Kind == TokenKind.Word)
        {
            Token name = cursor.Take();
            bool plus = cursor.Current.Kind == TokenKind.Plus;
            if (plus && !name.Touches(cursor.Current))
            {
                sink.Error(cursor.Current.Span, "'+' must follow its kernel without a blank");
                return null;
            }

            cursor.TakeIf(TokenKind.Plus);
            if (!seen.Add(name.Text))
            {
                string shown = Token.Shorten(name.Text);
                sink.Error(name.Span, $"kernel '{shown}' is listed twice");
            }

            selectors.Add(new KernelSelector(name.Text, plus, cursor.Since(name)));
        }

        return selectors;
    }
}
