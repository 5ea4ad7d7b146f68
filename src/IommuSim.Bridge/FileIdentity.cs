using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Unicode;
using IommuSim.Bridge.Host;
using static IommuSim.Bridge.Host.HostConstants;

namespace IommuSim.Bridge;

/// <summary>Which file of the host it is, however it was opened.</summary>
/// <param name="Device">The minor number in the upper half, the major in the lower.</param>
internal readonly record struct FileIdentity(ulong Device, ulong Inode)
{
    private const int StatxSize = 256;
    private const int InodeOffset = 32;
    private const int DeviceOffset = 136;

    /// <summary>Of an open descriptor; false for one that is not open.</summary>
    public static unsafe bool TryOf(int tid, int fd, out FileIdentity identity)
    {
        Span<byte> path = stackalloc byte[64];
        Utf8.TryWrite(path, CultureInfo.InvariantCulture, $"/proc/{tid}/fd/{fd}\0", out _);
        var stat = stackalloc byte[StatxSize];
        fixed (byte* start = &MemoryMarshal.GetReference(path))
        {
            if (Libc.Statx(AT_FDCWD, start, 0, STATX_INO, stat) != 0)
            {
                identity = default;
                return false;
            }
        }

        var bytes = new ReadOnlySpan<byte>(stat, StatxSize);
        identity = new FileIdentity(
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[DeviceOffset..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[InodeOffset..])
        );
        return true;
    }
}
