namespace IommuSim.Scenarios.Drivers;

/// <summary>
/// The YAML library recurses once for every level of a file and would end the process on a hostile
/// one.
/// </summary>
internal static class DriverNesting
{
    /// <summary>A driver file needs three levels.</summary>
    public const int Deepest = 64;

    /// <summary>
    /// Counts the brackets that are open, and the levels that indentation and dashes can open on a
    /// line. Brackets in quotes count too: no driver file has that many.
    /// </summary>
    public static bool TooDeep(string text)
    {
        var open = 0;
        var indents = 0;
        var atStart = true;
        foreach (var c in text)
        {
            switch (c)
            {
                case '\n' or '\r':
                    atStart = true;
                    indents = 0;
                    break;
                case '[' or '{':
                    open++;
                    break;
                case ']' or '}':
                    open = Math.Max(0, open - 1);
                    break;
            }

            atStart = atStart && c is ' ' or '-' or '?' or ':' or '\n' or '\r';
            indents += atStart && c is not ('\n' or '\r') ? 1 : 0;
            if (open > Deepest || indents > Deepest * 2)
                return true;
        }

        return false;
    }
}
