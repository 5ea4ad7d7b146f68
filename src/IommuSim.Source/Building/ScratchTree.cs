using System.Text;

namespace IommuSim.Source.Building;

/// <summary>
/// A farm of symbolic links to a tree. Real are only the folders in which a link is left out or a file is edited:
/// what a build inside the tree has made would be mistaken for what ours makes.
/// </summary>
/// <param name="edits">Changes to copies of files.</param>
internal sealed class ScratchTree(KernelTree tree, string root, IReadOnlyList<TreeEdit> edits)
{
    /// <summary>Real with all below.</summary>
    private static readonly string[] s_deep = ["arch/um", "arch/x86", "drivers/iommu", "scripts"];

    /// <summary>Real, with links to the folders below.</summary>
    private static readonly string[] s_shallow =
    [
        "arch",
        "drivers",
        "include",
        "include/linux",
        "include/uapi",
        "kernel",
        "kernel/time",
        "lib",
    ];

    /// <summary>Where the farm lies.</summary>
    public string Root => root;

    /// <summary>Makes the farm, or brings it in line with what has come, gone or changed in the tree.</summary>
    public void Synchronize()
    {
        Folder("");
        foreach (
            var ofFile in edits.Where(edit => tree.Has(edit.File)).GroupBy(edit => edit.File, StringComparer.Ordinal)
        )
            Copy(ofFile.Key, ofFile);
    }

    private void Folder(string folder)
    {
        var from = new DirectoryInfo(Path.Combine(tree.Path, folder));
        var to = new DirectoryInfo(Path.Combine(root, folder));
        if (to.LinkTarget is not null)
            to.Delete();
        to.Create();
        var there = to.EnumerateFileSystemInfos().ToDictionary(entry => entry.Name, StringComparer.Ordinal);
        foreach (var entry in Wanted(folder, from))
        {
            var path = folder.Length == 0 ? entry.Name : $"{folder}/{entry.Name}";
            there.Remove(entry.Name, out var old);
            if (entry is DirectoryInfo { LinkTarget: null } && IsReal(path))
                Folder(path);
            else if (!IsEdited(path) && old is null or { LinkTarget: null })
                Link(entry, Path.Combine(root, path), old);
        }

        foreach (var gone in there.Values)
            Remove(gone);
    }

    /// <summary>A folder's entries without what a build or git left there.</summary>
    private static IEnumerable<FileSystemInfo> Wanted(string folder, DirectoryInfo from)
    {
        var entries = from.EnumerateFileSystemInfos().ToList();
        var names = entries.Select(entry => entry.Name).ToHashSet(StringComparer.Ordinal);
        return entries.Where(entry =>
            entry.Name is not (".git" or ".config" or ".config.old" or "generated")
            && !(entry.Name == "config" && folder == "include")
            && !(entry.Name.StartsWith('.') && Path.GetExtension(entry.Name) is ".cmd" or ".d")
            && !names.Contains($".{entry.Name}.cmd")
        );
    }

    private static bool IsReal(string path) =>
        s_shallow.Contains(path, StringComparer.Ordinal)
        || s_deep.Any(deep => path == deep || path.StartsWith(deep + "/", StringComparison.Ordinal));

    private bool IsEdited(string path) => edits.Any(edit => edit.File == path);

    private static void Link(FileSystemInfo entry, string path, FileSystemInfo? old)
    {
        if (old is not null)
            Remove(old);
        File.CreateSymbolicLink(path, entry.FullName);
    }

    private static void Remove(FileSystemInfo entry)
    {
        if (entry is DirectoryInfo { LinkTarget: null } folder)
            folder.Delete(recursive: true);
        else
            entry.Delete();
    }

    /// <summary>The edited copy; it is written only when it differs, so that its age tells of a change.</summary>
    private void Copy(string file, IEnumerable<TreeEdit> ofFile)
    {
        var path = Path.Combine(root, file);
        var text = File.ReadAllText(Path.Combine(tree.Path, file), Encoding.Latin1);
        foreach (var edit in ofFile)
            text = edit.Apply(text);
        var old = new FileInfo(path);
        if (old.Exists && old.LinkTarget is null && File.ReadAllText(path, Encoding.Latin1) == text)
            return;
        var fresh = path + ".new";
        File.WriteAllText(fresh, text, Encoding.Latin1);
        File.Move(fresh, path, overwrite: true);
    }
}
