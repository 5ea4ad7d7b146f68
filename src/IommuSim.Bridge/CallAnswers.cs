using IommuSim.Bridge.Host;
using IommuSim.Iommu.Syscalls;
using IommuSim.Machine;
using static IommuSim.Bridge.Host.HostConstants;

namespace IommuSim.Bridge;

/// <summary>Answers calls with what the machine returns.</summary>
internal static class CallAnswers
{
    /// <summary>A program that died in the kernel is killed.</summary>
    public static void Answer(this NotificationListener listener, in SeccompNotification call, SyscallResult result)
    {
        if (result.Killed)
            ChildProgram.Kill(call.Tid, SIGKILL);
        else if (result.Errno == Errno.OK)
            listener.Answer(call.Id, result.Value);
        else
            listener.Refuse(call.Id, (int)result.Errno);
    }
}
