using System.Globalization;
using System.Text;
using IommuSim.Machine.Memory;
using static IommuSim.Bridge.Host.HostConstants;

namespace IommuSim.Bridge;

/// <summary>The paths that programs pass, where they may lead to a file of ours.</summary>
internal static class ProgramPaths
{
    /// <summary>Longer paths than this are not ours.</summary>
    private const int MostBytes = 256;

    /// <summary>As many as the kernel follows in one path.</summary>
    private const int MostLinks = 40;

    /// <summary>
    /// The whole path as the thread sees it, without links up to the first node of ours in it; null for one that is
    /// surely not ours.
    /// </summary>
    /// <param name="folder">The descriptor that a relative path counts from.</param>
    /// <param name="follows">Whether the last name is followed, where it is a link.</param>
    public static string? Read(IUserMemory memory, int process, int tid, int folder, ulong address, bool follows)
    {
        Span<byte> bytes = stackalloc byte[MostBytes];
        var length = ReadString(memory, address, bytes);
        if (length <= 0)
            return null;
        var start = folder == AT_FDCWD ? $"/proc/{tid}/cwd" : $"/proc/{tid}/fd/{folder}";
        var text = Encoding.UTF8.GetString(bytes[..length]);
        if (!Path.IsPathRooted(text))
            text = $"{start}/{text}";
        return MayBeOurs(bytes[..length], folder) || SymbolicLink.Read(text) is not null
            ? Follow(text, process, tid, follows)
            : null;
    }

    /// <summary>Whether the path is "", which stands for the folder's descriptor where a call allows it.</summary>
    public static bool IsEmpty(IUserMemory memory, ulong address)
    {
        Span<byte> bytes = stackalloc byte[1];
        return address == 0 || (memory.Read(address, bytes) == 0 && bytes[0] == 0);
    }

    /// <summary>The descriptor that a path in /proc names.</summary>
    public static bool IsDescriptor(string path, out int tid, out int fd)
    {
        (tid, fd) = (0, 0);
        return path.Split('/') is ["", "proc", .. [] or [_, "task"], var owner, "fd", var number]
            && int.TryParse(owner, NumberStyles.None, CultureInfo.InvariantCulture, out tid)
            && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out fd);
    }

    /// <summary>A first look: most paths are of other files. Links with other names are looked up.</summary>
    private static bool MayBeOurs(ReadOnlySpan<byte> path, int folder) =>
        path.IndexOf("iommu"u8) >= 0
        || path.IndexOf("vfio"u8) >= 0
        || path.EndsWith("fail-nth"u8)
        || path.EndsWith("/status"u8)
        || path.StartsWith("/sys/kernel/debug"u8)
        || path.IndexOf("/fd/"u8) >= 0
        || path.StartsWith("/dev/std"u8)
        || (path[0] != '/' && (folder != AT_FDCWD || path.IndexOf("fail"u8) >= 0));

    // Models fs/namei.c:link_path_walk(), v7.3, as far as names go; a name that is not there stays as it is.
    private static string? Follow(string text, int process, int tid, bool follows)
    {
        var rest = new Stack<string>();
        Push(rest, text);
        var path = "";
        var links = 0;
        while (rest.TryPop(out var word))
        {
            if (word is "" or ".")
                continue;
            if (word == "..")
            {
                path = path[..Math.Max(0, path.LastIndexOf('/'))];
                continue;
            }

            path = $"{path}/{word}" switch
            {
                "/proc/self" => $"/proc/{process}",
                "/proc/thread-self" => $"/proc/{process}/task/{tid}",
                var plain => plain,
            };
            if (path is DeviceNode.Iommu or DeviceNode.Container && rest.Count > 0)
                return path + "/";

            // A descriptor in /proc leads to the file itself, whose name may be nowhere.
            if (rest.Count == 0 && (!follows || IsDescriptor(path, out _, out _)))
                break;
            if (SymbolicLink.Read(path) is not { } target)
                continue;
            if (++links > MostLinks)
                return null;
            if (target.StartsWith('/'))
                path = "";
            else
                path = path[..path.LastIndexOf('/')];
            Push(rest, target);
        }

        return path.Length == 0 ? "/" : path;
    }

    private static void Push(Stack<string> rest, string path)
    {
        foreach (var word in path.Split('/').Reverse())
            rest.Push(word);
    }

    /// <summary>The bytes before the 0, or -1 when there is none within reach.</summary>
    private static int ReadString(IUserMemory memory, ulong address, Span<byte> bytes)
    {
        const int PageSize = 4096;
        var done = 0;
        while (done < bytes.Length)
        {
            var inPage = PageSize - (int)((address + (ulong)done) % PageSize);
            var chunk = bytes.Slice(done, Math.Min(inPage, bytes.Length - done));
            if (memory.Read(address + (ulong)done, chunk) > 0)
                return -1;
            var end = chunk.IndexOf((byte)0);
            if (end >= 0)
                return done + end;
            done += chunk.Length;
        }

        return -1;
    }
}
