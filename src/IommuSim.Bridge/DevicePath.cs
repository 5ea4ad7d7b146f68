using IommuSim.Bridge.Host;
using IommuSim.Machine.Memory;
using static IommuSim.Bridge.Host.HostConstants;

namespace IommuSim.Bridge;

/// <summary>Reads the path of an open, and tells whether it names one of our device nodes.</summary>
internal static class DevicePath
{
    public const string Iommu = "/dev/iommu";
    public const string Container = "/dev/vfio/vfio";

    /// <summary>Longer paths than this are not ours.</summary>
    private const int MostBytes = 256;

    /// <summary>
    /// The node that the path names, or null. A relative path counts from the folder's descriptor; links
    /// are not followed.
    /// </summary>
    public static string? Find(IUserMemory memory, int tid, int folder, ulong address)
    {
        Span<byte> bytes = stackalloc byte[MostBytes];
        var length = ReadString(memory, address, bytes);
        if (length <= 0)
            return null;
        var path = bytes[..length];
        if (!path.EndsWith("iommu"u8) && !path.EndsWith("vfio"u8))
            return null;
        var text = System.Text.Encoding.UTF8.GetString(path);
        if (!Path.IsPathRooted(text))
        {
            var place = folder == AT_FDCWD ? $"/proc/{tid}/cwd" : $"/proc/{tid}/fd/{folder}";
            if (File.ResolveLinkTarget(place, returnFinalTarget: false) is not { } target)
                return null;
            text = Path.Combine(target.FullName, text);
        }

        return Path.GetFullPath(text) switch
        {
            Iommu => Iommu,
            Container => Container,
            _ => null,
        };
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
