using IommuSim.Bridge.Host;
using IommuSim.Machine.Memory;
using static IommuSim.Bridge.Host.HostConstants;

namespace IommuSim.Bridge;

/// <summary>Reads the path of an open, where it may name a file of ours.</summary>
internal static class ProgramPaths
{
    public const string Iommu = "/dev/iommu";
    public const string Container = "/dev/vfio/vfio";

    /// <summary>Longer paths than this are not ours.</summary>
    private const int MostBytes = 256;

    /// <summary>
    /// The whole path; null for one that is surely not ours. A relative path counts from the folder's descriptor; links
    /// are not followed.
    /// </summary>
    public static string? Read(IUserMemory memory, int tid, int folder, ulong address)
    {
        Span<byte> bytes = stackalloc byte[MostBytes];
        var length = ReadString(memory, address, bytes);
        if (length <= 0 || !MayBeOurs(bytes[..length], folder))
            return null;
        var text = System.Text.Encoding.UTF8.GetString(bytes[..length]);
        if (!Path.IsPathRooted(text))
        {
            var place = folder == AT_FDCWD ? $"/proc/{tid}/cwd" : $"/proc/{tid}/fd/{folder}";
            if (File.ResolveLinkTarget(place, returnFinalTarget: false) is not { } target)
                return null;
            text = Path.Combine(target.FullName, text);
        }

        return Path.TrimEndingDirectorySeparator(Path.GetFullPath(text));
    }

    /// <summary>A first look that costs nothing: most opens are of other files.</summary>
    private static bool MayBeOurs(ReadOnlySpan<byte> path, int folder) =>
        path.EndsWith("iommu"u8)
        || path.EndsWith("vfio"u8)
        || path.EndsWith("fail-nth"u8)
        || path.StartsWith("/sys/kernel/debug"u8)
        || (path[0] != '/' && (folder != AT_FDCWD || path.IndexOf("fail"u8) >= 0));

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
