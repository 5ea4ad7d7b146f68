using IommuSim.Machine;
using IommuSim.Search.Programs;

namespace IommuSim.Search.Oracles;

/// <summary>
/// I10 without knowing the call: some errors have one cause only. ENOMEM needs an allocation or a
/// driver that failed, EFAULT an access that did, and a copy that failed is no success.
/// </summary>
internal static class ErrnoRules
{
    /// <summary>
    /// The one cause that the errno of a failed call has, where the call met it; null where it met none of them.
    /// </summary>
    public static string? CauseOf(IoctlContract contract, in StepOutcome outcome, SequenceMachine by) =>
        outcome.Result.Errno switch
        {
            Errno.EFAULT when by.MetCopyFault(outcome) => "user memory cannot be accessed",
            Errno.ENOMEM when outcome is { Injected: true, InjectedKind: DecisionKind.Allocation } =>
                "an allocation fails",
            var errno when contract.ReturnsDriverErrno && by.Running.Machine.DriverAnswer == errno =>
                "the driver refuses",
            _ => null,
        };

    public static void Check(
        PreparedCall made,
        IoctlContract contract,
        StepOutcome outcome,
        SequenceMachine machine,
        List<Violation> found
    )
    {
        var errno = outcome.Result.Errno;
        var faulted = machine.MetCopyFault(outcome);
        if (
            errno == Errno.EFAULT
            && !faulted
            && made.Argument is not null
            && !contract.ReadsMapped
            && !HasRawPointer(made)
        )
            found.Add("I10", "EFAULT although every address was good");
        if (errno == Errno.ENOMEM && !outcome.Injected && !contract.FeignsNoMemory && machine.LockedPages is null)
            found.Add("I10", "ENOMEM although every allocation succeeded");
        if (outcome.Result.Succeeded && faulted && !contract.SucceedsUntold)
            found.Add("I10", "success although user memory could not be accessed");
        if (contract.ReturnsDriverErrno)
            CheckDriverAnswer(machine.Running.Machine.DriverAnswer, errno, found);
    }

    private static void CheckDriverAnswer(Errno driver, Errno answer, List<Violation> found)
    {
        if (driver == Errno.OK || answer is Errno.EFAULT)
            return;
        if (answer == Errno.OK)
            found.Add("I10", "success although the driver refused");
        else if (answer != driver)
            found.Add("I10", "the driver's errno did not reach the caller");
    }

    /// <summary>A pointer that is given as a number leads nowhere.</summary>
    private static bool HasRawPointer(PreparedCall made)
    {
        foreach (var (name, field) in made.Plan!.Fields)
        {
            if (field.Size != sizeof(ulong) || !IsPointer(name))
                continue;
            if (!made.Passed!.Exists(p => p.Field == name))
                return true;
        }

        return false;
    }

    private static bool IsPointer(string field) =>
        field.Contains("ptr", StringComparison.Ordinal) || field == "allowed_iovas";
}
