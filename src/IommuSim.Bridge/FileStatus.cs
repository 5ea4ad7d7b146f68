using System.Buffers.Binary;
using System.Runtime.InteropServices;
using IommuSim.Bridge.Host;
using static IommuSim.Bridge.Host.HostConstants;

namespace IommuSim.Bridge;

/// <summary>
/// What stat(2) and statx(2) show of a file: a C struct statx, kept as the host made it but for a few fields.
/// </summary>
internal sealed unsafe class FileStatus
{
    /// <summary>Of C's struct stat on x86-64.</summary>
    public const int StatSize = 144;

    private const int StatxSize = 256;

    private readonly byte[] _statx = new byte[StatxSize];

    private FileStatus() { }

    /// <summary>As C's struct statx.</summary>
    public ReadOnlySpan<byte> Statx => _statx;

    public ushort Mode => BinaryPrimitives.ReadUInt16LittleEndian(_statx.AsSpan(StatxOffset.Mode));

    /// <summary>Of a file that this process has open.</summary>
    public static FileStatus Of(int fd)
    {
        var status = new FileStatus();
        byte empty = 0;
        fixed (byte* place = status._statx)
        {
            if (Libc.Statx(fd, &empty, (int)AT_EMPTY_PATH, STATX_BASIC_STATS, place) != 0)
                throw new HostRefusesException($"the host forbids statx: {Libc.Describe(Libc.LastError)}");
        }

        return status;
    }

    /// <summary>The same file with another type and other rights, and nothing in it.</summary>
    /// <param name="minor">Of a device of misc's major number, for that type.</param>
    public FileStatus With(ushort mode, uint minor = 0)
    {
        const uint MiscMajor = 10;
        var other = new FileStatus();
        _statx.CopyTo(other._statx, 0);
        var bytes = other._statx.AsSpan();
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[StatxOffset.Mode..], mode);
        bytes.Slice(StatxOffset.Size, 2 * sizeof(ulong)).Clear();
        if ((mode & S_IFMT) == S_IFCHR)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes[StatxOffset.RdevMajor..], MiscMajor);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes[(StatxOffset.RdevMajor + 4)..], minor);
        }

        // An unnamed file has no links; a node has one.
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[StatxOffset.Links..], 1);
        return other;
    }

    /// <summary>As C's struct stat.</summary>
    // Models fs/stat.c:cp_new_stat(), v7.3.
    public void WriteStat(Span<byte> stat)
    {
        stat.Clear();
        var words = MemoryMarshal.Cast<byte, ulong>(stat);
        words[0] = Device(StatxOffset.DevMajor);
        words[1] = Word(StatxOffset.Inode);
        words[2] = Half(StatxOffset.Links);
        words[3] = Mode | ((ulong)Half(StatxOffset.Uid) << 32);
        words[4] = Half(StatxOffset.Uid + 4);
        words[5] = Device(StatxOffset.RdevMajor);
        words[6] = Word(StatxOffset.Size);
        words[7] = Half(StatxOffset.BlockSize);
        words[8] = Word(StatxOffset.Size + 8);
        ReadOnlySpan<int> times = [StatxOffset.AccessTime, StatxOffset.ModifyTime, StatxOffset.ChangeTime];
        for (var i = 0; i < times.Length; i++)
        {
            words[9 + (2 * i)] = Word(times[i]);
            words[10 + (2 * i)] = Half(times[i] + 8);
        }
    }

    // Models include/linux/kdev_t.h:new_encode_dev(), v7.3.
    private ulong Device(int offset)
    {
        var (major, minor) = (Half(offset), Half(offset + 4));
        return (minor & 0xff) | (major << 8) | ((minor & ~0xffu) << 12);
    }

    private uint Half(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(_statx.AsSpan(offset));

    private ulong Word(int offset) => BinaryPrimitives.ReadUInt64LittleEndian(_statx.AsSpan(offset));

    /// <summary>Of C's struct statx.</summary>
    private static class StatxOffset
    {
        public const int BlockSize = 4;
        public const int Links = 16;
        public const int Uid = 20;
        public const int Mode = 28;
        public const int Inode = 32;
        public const int Size = 40;
        public const int AccessTime = 64;
        public const int ChangeTime = 96;
        public const int ModifyTime = 112;
        public const int RdevMajor = 128;
        public const int DevMajor = 136;
    }
}
