using IommuSim.Search.Fuzz;
using IommuSim.Uapi;

namespace IommuSim.Search.Invariants;

/// <summary>
/// I10 without knowing the call: some errors have one cause only. ENOMEM needs an allocation or a
/// driver that failed, EFAULT an access that did, and a copy that failed is no success.
/// </summary>
internal static class ErrnoRules
{
    public static void Check(PreparedCall made, StepOutcome outcome, SequenceMachine machine, List<Violation> found)
    {
        var errno = outcome.Result.Errno;
        var faulted = machine.MetCopyFault(outcome);
        if (errno == Errno.EFAULT && !faulted && made.Argument is not null && NeedsAccess(made))
            found.Add(new Violation("I10", "EFAULT although every address was good"));
        if (errno == Errno.ENOMEM && !outcome.Injected)
            found.Add(new Violation("I10", "ENOMEM although every allocation succeeded"));
        if (outcome.Result.Succeeded && faulted && !AnswersAnyway(made.Plan!.Verb))
            found.Add(new Violation("I10", "success although user memory could not be accessed"));
        if (made.Plan!.Verb is "IOMMU_HWPT_ALLOC" or "IOMMU_HWPT_INVALIDATE")
            CheckDriverAnswer(machine.Kernel.Machine.DriverAnswer, errno, found);
    }

    /// <summary>What was asked has moved, and the answer tells only where to: a kernel may say OK.</summary>
    private static bool AnswersAnyway(string verb) =>
        verb is "IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE" or "IOMMU_TEST_OP_PASID_REPLACE";

    private static void CheckDriverAnswer(Errno driver, Errno answer, List<Violation> found)
    {
        if (driver == Errno.OK || answer is Errno.EFAULT)
            return;
        if (answer == Errno.OK)
            found.Add(new Violation("I10", "success although the driver refused"));
        else if (answer != driver)
            found.Add(new Violation("I10", "the driver's errno did not reach the caller"));
    }

    /// <summary>Whether nothing but user memory can be at fault; a hardware queue's pages can.</summary>
    private static bool NeedsAccess(PreparedCall made) =>
        made.Plan!.Verb != "IOMMU_HW_QUEUE_ALLOC" && !HasRawPointer(made);

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
