using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

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
    public const uint SECCOMP_ADDFD_FLAG_SEND = 2;

    public const uint AUDIT_ARCH_X86_64 = 0xc000003e;
}

/// <summary>C's struct seccomp_notif: a call that waits for an answer.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SeccompNotification
{
    public ulong Id;

    /// <summary>The thread that called.</summary>
    public int Tid;
    public uint Flags;
    public int Number;
    public uint Architecture;
    public ulong InstructionPointer;
    public CallArguments Arguments;
}

/// <summary>The six of a call, by their places.</summary>
[InlineArray(6)]
internal struct CallArguments
{
    private ulong _first;
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
