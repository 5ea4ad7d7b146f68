using System.Runtime.InteropServices;
using static IommuSim.Bridge.Host.HostConstants;
using static IommuSim.Bridge.Host.Seccomp;

namespace IommuSim.Bridge.Host;

/// <summary>The user notification of seccomp, under its C names; see seccomp_unotify(2).</summary>
internal static class Seccomp
{
    public const int SECCOMP_SET_MODE_FILTER = 1;
    public const uint SECCOMP_FILTER_FLAG_NEW_LISTENER = 1 << 3;

    /// <summary>Once its call is being answered, a thread heeds fatal signals only.</summary>
    public const uint SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV = 1 << 5;

    public const uint SECCOMP_RET_ALLOW = 0x7fff0000;
    public const uint SECCOMP_RET_USER_NOTIF = 0x7fc00000;

    public const ulong SECCOMP_IOCTL_NOTIF_RECV = 0xc0502100;
    public const ulong SECCOMP_IOCTL_NOTIF_SEND = 0xc0182101;
    public const ulong SECCOMP_IOCTL_NOTIF_ID_VALID = 0x40082102;
    public const ulong SECCOMP_IOCTL_NOTIF_ADDFD = 0x40182103;
    public const ulong SECCOMP_IOCTL_NOTIF_SET_FLAGS = 0x40082104;

    public const ulong SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP = 1;
    public const uint SECCOMP_USER_NOTIF_FLAG_CONTINUE = 1;
    public const uint SECCOMP_ADDFD_FLAG_SETFD = 1;
    public const uint SECCOMP_ADDFD_FLAG_SEND = 2;

    public const uint AUDIT_ARCH_X86_64 = 0xc000003e;
}

/// <summary>C's struct seccomp_notif: a call that waits for an answer.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SeccompNotification
{
    public ulong Id;

    /// <summary>The thread that called.</summary>
    public int Tid;
    public uint Flags;
    public int Number;
    public uint Architecture;
    public ulong InstructionPointer;
    public fixed ulong Arguments[6];
}

/// <summary>C's struct seccomp_notif_resp.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SeccompResponse
{
    public ulong Id;
    public long Value;

    /// <summary>0, or an errno as a negative number.</summary>
    public int Error;
    public uint Flags;
}

/// <summary>C's struct seccomp_notif_addfd.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SeccompAddDescriptor
{
    public ulong Id;
    public uint Flags;
    public int Source;
    public int Number;
    public uint NumberFlags;
}

/// <summary>
/// The program in classic BPF that picks the calls to ask the bridge about: opens, ioctls of iommufd's and
/// VFIO's type, shared mappings of files, and reads and writes of the descriptors that are kept for us to serve.
/// A filter cannot look at paths or files, so what is not ours is sent back untouched.
/// </summary>
internal static unsafe class SeccompFilter
{
    /// <summary>';', which iommufd shares with VFIO.</summary>
    private const uint IoctlType = 0x3b;

    private const ushort LoadWord = 0x20;
    private const ushort JumpIfEqual = 0x15;
    private const ushort JumpIfGreaterOrEqual = 0x35;
    private const ushort And = 0x54;
    private const ushort ShiftRight = 0x74;
    private const ushort Return = 0x06;

    private const uint NumberOffset = 0;
    private const uint ArchitectureOffset = 4;

    /// <summary>The filter, in the order in which the host's kernel reads it.</summary>
    public static Instruction[] Make()
    {
        var program = new List<Instruction>
        {
            new(LoadWord, ArchitectureOffset),
            new(JumpIfEqual, AUDIT_ARCH_X86_64) { IfTrue = 1 },
            new(Return, SECCOMP_RET_ALLOW),
        };
        Ask(program, __NR_openat);
        Ask(program, __NR_openat2);
        Ask(program, __NR_open);
        Ask(
            program,
            __NR_ioctl,
            [
                new(LoadWord, LowWordOf(1)),
                new(ShiftRight, 8),
                new(And, 0xff),
                new(JumpIfEqual, IoctlType) { IfFalse = 1 },
            ]
        );
        Ask(
            program,
            __NR_mmap,
            [
                new(LoadWord, LowWordOf(3)),
                new(And, MAP_SHARED | MAP_ANONYMOUS),
                new(JumpIfEqual, MAP_SHARED) { IfFalse = 1 },
            ]
        );
        foreach (var call in (ReadOnlySpan<uint>)[__NR_read, __NR_write, __NR_pread64, __NR_pwrite64])
        {
            Ask(
                program,
                call,
                [
                    new(LoadWord, LowWordOf(0)),
                    new(JumpIfGreaterOrEqual, (uint)ServedNumbers.First) { IfFalse = 2 },
                    new(JumpIfGreaterOrEqual, (uint)ServedNumbers.End) { IfTrue = 1 },
                ]
            );
        }

        program.Add(new Instruction(Return, SECCOMP_RET_ALLOW));
        return [.. program];
    }

    /// <summary>
    /// Asks about this call where the conditions hold. The last condition jumps over one instruction where
    /// it does not, which leads to a return; the rest of the program then reads the number anew.
    /// </summary>
    private static void Ask(List<Instruction> program, uint call, ReadOnlySpan<Instruction> conditions = default)
    {
        var rest = conditions.Length + (conditions.IsEmpty ? 1 : 2);
        program.Add(new Instruction(LoadWord, NumberOffset));
        program.Add(new Instruction(JumpIfEqual, call) { IfFalse = (byte)rest });
        program.AddRange(conditions);
        program.Add(new Instruction(Return, SECCOMP_RET_USER_NOTIF));
        if (!conditions.IsEmpty)
            program.Add(new Instruction(Return, SECCOMP_RET_ALLOW));
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
