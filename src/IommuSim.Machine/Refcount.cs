using IommuSim.Machine.Reports;

namespace IommuSim.Machine;

/// <summary>
/// The kernel's refcount_t: it saturates instead of wrapping and reports misuse in fixed wording; it never
/// throws. Models include/linux/refcount.h.
/// </summary>
internal struct Refcount
{
    /// <summary>The value of a saturated count, far from both 0 and the maximum.</summary>
    public const int Saturated = int.MinValue / 2;

    private int _value;

    public Refcount(int value) => _value = value;

    public readonly int Value => _value;

    public void Set(int value) => _value = value;

    public void Inc(KernelMachine machine, string function)
    {
        if (_value is > 0 and < int.MaxValue)
            _value++;
        else
            Saturate(machine, _value == 0 ? ReportKind.RefcountAdditionOnZero : ReportKind.RefcountSaturated, function);
    }

    /// <summary>False, and nothing changed, when the count is 0.</summary>
    public bool IncNotZero(KernelMachine machine, string function)
    {
        var old = _value;
        if (old is > 0 and < int.MaxValue)
            _value = old + 1;
        else if (old == 0)
            return false;
        else
            Saturate(machine, ReportKind.RefcountSaturated, function);
        return true;
    }

    /// <summary>True when this put was the last.</summary>
    public bool DecAndTest(KernelMachine machine, string function)
    {
        var old = _value;
        if (old <= 0)
        {
            Saturate(machine, ReportKind.RefcountUnderflow, function);
            return false;
        }

        _value = old - 1;
        return old == 1;
    }

    /// <summary>A put that must not be the last; at 0 and below it is worded as if it had been.</summary>
    public void Dec(KernelMachine machine, string function)
    {
        var old = _value;
        if (old <= 1)
        {
            Saturate(machine, ReportKind.RefcountDecrementHitZero, function);
            return;
        }

        _value = old - 1;
    }

    /// <summary>Takes the last reference if there is exactly one.</summary>
    public bool DecIfOne()
    {
        if (_value != 1)
            return false;
        _value = 0;
        return true;
    }

    private void Saturate(KernelMachine machine, ReportKind kind, string function)
    {
        machine.Report(kind, function, $"the count was {(_value == Saturated ? "saturated" : "misused")}");
        _value = Saturated;
    }
}
