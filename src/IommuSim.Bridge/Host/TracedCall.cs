using System.Runtime.InteropServices;
using static IommuSim.Bridge.Host.HostConstants;

namespace IommuSim.Bridge.Host;

/// <summary>
/// What a filter cannot do with a call: see what came of it, and change its arguments. The thread is traced for this
/// one call, where the host allows that; see ptrace(2).
/// </summary>
/// <param name="child">The program whose end is waited for elsewhere.</param>
internal sealed unsafe class TracedCall(NotificationListener listener, int child)
{
    /// <summary>The length of the instruction syscall.</summary>
    private const ulong InstructionLength = 2;

    public int Child => child;

    /// <summary>
    /// Lets the call run to its end; false where the host does not tell what came of it, and then it runs too.
    /// </summary>
    /// <param name="result">As the program gets it: an errno is a negative number.</param>
    public bool TryFinish(in SeccompNotification call, out long result)
    {
        result = 0;
        var isTraced = TrySeize(call.Tid);
        listener.Continue(call.Id);
        if (!isTraced || !TryWait(call.Tid))
            return false;
        Registers registers;
        var isRead = Trace(PTRACE_GETREGS, call.Tid, &registers) == 0;
        _ = Trace(PTRACE_DETACH, call.Tid, null);
        result = isRead ? (long)registers.Rax : 0;
        return isRead;
    }

    /// <summary>
    /// Makes the thread call again with other arguments; false, and nothing is done, where the host forbids it.
    /// </summary>
    public bool TryRestart(in SeccompNotification call, CallArguments arguments)
    {
        if (!TrySeize(call.Tid))
            return false;
        listener.Refuse(call.Id, EINTR);
        if (!TryWait(call.Tid))
            return true;
        Registers registers;
        if (Trace(PTRACE_GETREGS, call.Tid, &registers) == 0)
        {
            registers.Rip -= InstructionLength;
            registers.Rax = (ulong)call.Number;
            registers.OriginalRax = ulong.MaxValue;
            registers.Rdi = arguments[0];
            registers.Rsi = arguments[1];
            registers.Rdx = arguments[2];
            registers.R10 = arguments[3];
            registers.R8 = arguments[4];
            registers.R9 = arguments[5];
            _ = Trace(PTRACE_SETREGS, call.Tid, &registers);
        }

        _ = Trace(PTRACE_DETACH, call.Tid, null);
        return true;
    }

    /// <summary>The thread stops when its call is over.</summary>
    private static bool TrySeize(int tid) =>
        Trace(PTRACE_SEIZE, tid, null) == 0 && Trace(PTRACE_INTERRUPT, tid, null) == 0;

    /// <summary>Waits until the thread has stopped; false when it has ended.</summary>
    private bool TryWait(int tid)
    {
        SignalInformation information;
        while (
            Libc.WaitId(P_PID, tid, &information, WEXITED | WSTOPPED | __WALL | WNOWAIT) != 0 && Libc.LastError == EINTR
        ) { }

        if (information.Code is CLD_TRAPPED or CLD_STOPPED)
            return true;
        // Its parent is told once we have taken note.
        if (tid != child)
            _ = Libc.WaitPid(tid, null, __WALL);
        return false;
    }

    private static long Trace(long request, int tid, void* data) => Libc.Ptrace(request, tid, null, data);

    /// <summary>C's struct user_regs_struct.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 27 * sizeof(ulong))]
    private struct Registers
    {
        [FieldOffset(56)]
        public ulong R10;

        [FieldOffset(64)]
        public ulong R9;

        [FieldOffset(72)]
        public ulong R8;

        [FieldOffset(80)]
        public ulong Rax;

        [FieldOffset(96)]
        public ulong Rdx;

        [FieldOffset(104)]
        public ulong Rsi;

        [FieldOffset(112)]
        public ulong Rdi;

        [FieldOffset(120)]
        public ulong OriginalRax;

        [FieldOffset(128)]
        public ulong Rip;
    }

    /// <summary>The start of C's siginfo_t.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    internal struct SignalInformation
    {
        [FieldOffset(8)]
        public int Code;
    }
}
