using System.Runtime.InteropServices;
using static IommuSim.Bridge.Host.HostConstants;
using static IommuSim.Bridge.Host.Seccomp;

namespace IommuSim.Bridge.Host;

/// <summary>
/// The program in classic BPF that picks the calls to ask the bridge about: those that take a path or a descriptor
/// which may be one of ours, and those that change what lies behind an address. A filter cannot look at paths, files or
/// pins, so what is not ours is sent back untouched.
/// </summary>
internal static unsafe class SeccompFilter
{
    /// <summary>';', which iommufd shares with VFIO.</summary>
    private const uint IoctlType = 0x3b;

    private const ushort LoadWord = 0x20;
    private const ushort JumpIfEqual = 0x15;
    private const ushort JumpIfAnyBit = 0x45;
    private const ushort And = 0x54;
    private const ushort ShiftRight = 0x74;
    private const ushort Return = 0x06;

    private const uint NumberOffset = 0;
    private const uint ArchitectureOffset = 4;

    /// <summary>Whatever their arguments; those that programs make most come first.</summary>
    private static ReadOnlySpan<uint> Always =>
        [
            __NR_read,
            __NR_write,
            __NR_readv,
            __NR_writev,
            __NR_lseek,
            __NR_pread64,
            __NR_pwrite64,
            __NR_openat,
            __NR_fstat,
            __NR_newfstatat,
            __NR_statx,
            __NR_stat,
            __NR_lstat,
            __NR_access,
            __NR_faccessat,
            __NR_faccessat2,
            __NR_readlink,
            __NR_readlinkat,
            __NR_open,
            __NR_openat2,
            __NR_creat,
            __NR_preadv,
            __NR_pwritev,
            __NR_preadv2,
            __NR_pwritev2,
            __NR_sendfile,
            __NR_splice,
            __NR_tee,
            __NR_vmsplice,
            __NR_copy_file_range,
            __NR_fsync,
            __NR_fdatasync,
            __NR_truncate,
            __NR_ftruncate,
            __NR_fallocate,
            __NR_readahead,
            __NR_fadvise64,
            __NR_sync_file_range,
            __NR_munmap,
            __NR_mremap,
            __NR_brk,
            __NR_execve,
            __NR_execveat,
            __NR_exit_group,
        ];

    /// <summary>ioctls of the VFS that a file of ours answers otherwise than the one that stands for it.</summary>
    public static ReadOnlySpan<uint> CoreIoctls =>
        [FIONREAD, FIOASYNC, FIOQSIZE, FIBMAP, FS_IOC_GETFLAGS, FS_IOC_FSGETXATTR];

    private static ReadOnlySpan<uint> FileControls =>
        [F_GETFL, F_SETFL, F_SETLEASE, F_GETPIPE_SZ, F_SETPIPE_SZ, F_GET_SEALS];

    private static ReadOnlySpan<uint> ReplacingAdvice =>
        [(uint)MADV_DONTNEED, (uint)MADV_REMOVE, (uint)MADV_DONTNEED_LOCKED, (uint)MADV_GUARD_INSTALL];

    /// <summary>The filter, in the order in which the host's kernel reads it.</summary>
    public static Instruction[] Make()
    {
        var program = new List<Instruction>
        {
            new(LoadWord, ArchitectureOffset),
            new(JumpIfEqual, AUDIT_ARCH_X86_64) { IfTrue = 1 },
            new(Return, SECCOMP_RET_ALLOW),
        };
        Ask(
            program,
            __NR_ioctl,
            [
                new(LoadWord, LowWordOf(1)),
                .. AnyOf(CoreIoctls, behind: 3),
                new(ShiftRight, 8),
                new(And, 0xff),
                new(JumpIfEqual, IoctlType) { IfFalse = 1 },
            ]
        );
        Ask(program, __NR_fcntl, [new(LoadWord, LowWordOf(1)), .. AnyOf(FileControls, behind: 0, last: true)]);
        Ask(
            program,
            __NR_mmap,
            [
                new(LoadWord, LowWordOf(3)),
                new(JumpIfAnyBit, MAP_FIXED | MAP_HUGETLB) { IfTrue = 1 },
                new(JumpIfAnyBit, MAP_ANONYMOUS) { IfTrue = 1 },
            ]
        );
        Ask(program, __NR_madvise, [new(LoadWord, LowWordOf(2)), .. AnyOf(ReplacingAdvice, behind: 0, last: true)]);
        Ask(program, __NR_memfd_create, [new(LoadWord, LowWordOf(1)), new(JumpIfAnyBit, MFD_HUGETLB) { IfFalse = 1 }]);
        program.Add(new Instruction(LoadWord, NumberOffset));
        program.AddRange(AnyOf(Always, behind: 1));
        program.Add(new Instruction(Return, SECCOMP_RET_ALLOW));
        program.Add(new Instruction(Return, SECCOMP_RET_USER_NOTIF));
        return [.. program];
    }

    /// <summary>
    /// Asks about this call where the conditions hold. The last condition jumps over one instruction where
    /// it does not, which leads to a return; the rest of the program then reads the number anew.
    /// </summary>
    private static void Ask(List<Instruction> program, uint call, ReadOnlySpan<Instruction> conditions)
    {
        program.Add(new Instruction(LoadWord, NumberOffset));
        program.Add(new Instruction(JumpIfEqual, call) { IfFalse = (byte)(conditions.Length + 2) });
        program.AddRange(conditions);
        program.Add(new Instruction(Return, SECCOMP_RET_USER_NOTIF));
        program.Add(new Instruction(Return, SECCOMP_RET_ALLOW));
    }

    /// <summary>
    /// Jumps over the instructions behind these where the word is one of the values.
    /// </summary>
    /// <param name="last">Where it is none, one more is jumped over.</param>
    private static Instruction[] AnyOf(ReadOnlySpan<uint> values, int behind, bool last = false)
    {
        var jumps = new Instruction[values.Length];
        for (var i = 0; i < values.Length; i++)
            jumps[i] = new Instruction(JumpIfEqual, values[i]) { IfTrue = (byte)(values.Length - 1 - i + behind) };
        if (last)
            jumps[^1].IfFalse = 1;
        return jumps;
    }

    /// <summary>Where a filter reads the low 32 bits of an argument.</summary>
    private static uint LowWordOf(uint argument) => 16 + (8 * argument);

    /// <summary>C's struct sock_filter.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Instruction(ushort code, uint operand)
    {
        public ushort Code = code;
        public byte IfTrue;
        public byte IfFalse;
        public uint Operand = operand;
    }

    /// <summary>C's struct sock_fprog.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Program
    {
        public ushort Length;
        public Instruction* Instructions;
    }
}
