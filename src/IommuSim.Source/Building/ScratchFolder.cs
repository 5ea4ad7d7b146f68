using System.Security.Cryptography;
using System.Text;

namespace IommuSim.Source.Building;

/// <summary>Where what is made of a tree is kept.</summary>
internal static class ScratchFolder
{
    /// <summary>A folder for this tree and these options, outside of the tree.</summary>
    /// <param name="kind">The folder in ${XDG_CACHE_HOME:-~/.cache}/iommusim, where no cache is given.</param>
    internal static string Create(KernelTree tree, string kind, string? options, string? cache)
    {
        var key = SHA256.HashData(Encoding.UTF8.GetBytes($"{tree.Path}\n{options}"));
        var scratch = Path.Combine(
            Path.GetFullPath(cache ?? Path.Combine(CacheHome(), "iommusim", kind)),
            Convert.ToHexStringLower(key.AsSpan(0, 8))
        );
        if (scratch.StartsWith(tree.Path + "/", StringComparison.Ordinal))
        {
            throw new SourceBuildException(
                $"the cache '{scratch}' lies in the tree: set XDG_CACHE_HOME to another folder"
            );
        }

        Directory.CreateDirectory(scratch);
        return scratch;
    }

    /// <summary>A folder of its own for what is made of <paramref name="source"/>; it may be there already.</summary>
    /// <param name="kind">The folder in ${XDG_CACHE_HOME:-~/.cache}/iommusim.</param>
    public static string Create(string source, string kind)
    {
        var key = SHA256.HashData(Encoding.UTF8.GetBytes(source));
        var scratch = Path.Combine(CacheHome(), "iommusim", kind, Convert.ToHexStringLower(key.AsSpan(0, 8)));
        Directory.CreateDirectory(scratch);
        return scratch;
    }

    /// <summary>One build at a time.</summary>
    internal static FileStream Lock(string scratch)
    {
        try
        {
            return new FileStream(
                Path.Combine(scratch, "lock"),
                FileMode.OpenOrCreate,
                FileAccess.Write,
                FileShare.None
            );
        }
        catch (IOException)
        {
            throw new SourceBuildException($"another build of this tree is running in '{scratch}'");
        }
    }

    private static string CacheHome()
    {
        var home = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        return string.IsNullOrEmpty(home)
            ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache")
            : home;
    }
}
