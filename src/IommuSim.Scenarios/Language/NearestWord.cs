namespace IommuSim.Scenarios.Language;

/// <summary>Finds the word a misspelt one was probably meant to be.</summary>
internal static class NearestWord
{
    /// <summary>Longer words are no typing errors, and the distance costs their square.</summary>
    private const int LongestWord = 64;

    /// <summary>
    /// The candidate fewest edits away, or null when none is near enough: one edit for every three
    /// letters, three at most. An edit inserts, deletes or replaces a letter or swaps two
    /// neighbours; letter case is free. The first of equally near candidates wins; the word itself
    /// is never an answer.
    /// </summary>
    public static string? Find(string word, IEnumerable<string> candidates)
    {
        ArgumentNullException.ThrowIfNull(word);
        ArgumentNullException.ThrowIfNull(candidates);
        if (word.Length is 0 or > LongestWord)
            return null;
        string? nearest = null;
        var limit = Math.Min(3, (word.Length + 1) / 3);
        foreach (string candidate in candidates)
        {
            if (Math.Abs(candidate.Length - word.Length) > limit || candidate == word)
                continue;
            var distance = Distance(word, candidate);
            if (distance < limit || (distance == limit && nearest is null))
            {
                nearest = candidate;
                limit = distance;
            }
        }

        return nearest;
    }

    /// <summary>Damerau-Levenshtein over three rows; no letter takes part in two edits.</summary>
    private static int Distance(string a, string b)
    {
        int[] beforeLast = new int[b.Length + 1];
        int[] last = new int[b.Length + 1];
        int[] row = new int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++)
            last[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                var replace = last[j - 1] + (Same(a[i - 1], b[j - 1]) ? 0 : 1);
                row[j] = Math.Min(replace, Math.Min(last[j], row[j - 1]) + 1);
                var swapped = i > 1 && j > 1 && Same(a[i - 1], b[j - 2]) && Same(a[i - 2], b[j - 1]);
                if (swapped)
                    row[j] = Math.Min(row[j], beforeLast[j - 2] + 1);
            }

            (beforeLast, last, row) = (last, row, beforeLast);
        }

        return last[b.Length];
    }

    private static bool Same(char a, char b) => char.ToLowerInvariant(a) == char.ToLowerInvariant(b);
}
