using IommuSim.Machine;
using IommuSim.Machine.Reports;

namespace IommuSim.Iommufd;

/// <summary>C's intrusive list of the hw_pagetables of an IOAS.</summary>
internal sealed class HwptList
{
    private HwPagetable? _last;

    public HwPagetable? First { get; private set; }

    /// <summary>
    /// A node that is on a list already corrupts it; list debugging would refuse, and so does the model.
    /// </summary>
    public void Add(KernelMachine machine, HwPagetable hwpt, string function)
    {
        if (hwpt.IsOnIoasList)
        {
            machine.Report(ReportKind.ListCorruption, function, "list_add of a hwpt that is on a list already");
            return;
        }

        hwpt.IsOnIoasList = true;
        hwpt.PreviousInIoas = _last;
        if (_last is null)
            First = hwpt;
        else
            _last.NextInIoas = hwpt;
        _last = hwpt;
    }

    public void Remove(HwPagetable hwpt)
    {
        hwpt.IsOnIoasList = false;
        if (hwpt.PreviousInIoas is null)
            First = hwpt.NextInIoas;
        else
            hwpt.PreviousInIoas.NextInIoas = hwpt.NextInIoas;
        if (hwpt.NextInIoas is null)
            _last = hwpt.PreviousInIoas;
        else
            hwpt.NextInIoas.PreviousInIoas = hwpt.PreviousInIoas;
        hwpt.PreviousInIoas = hwpt.NextInIoas = null;
    }
}
