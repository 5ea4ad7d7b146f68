using IommuSim.Testing;

namespace IommuSim.Machine.Tests;

/// <summary>Refcount against an unbounded integer and a flag that says it is broken.</summary>
public sealed class RefcountModelTests
{
    private const string Site = "f";
    private static readonly int[] _starts = [0, 1, 2, 3, int.MaxValue - 1, int.MaxValue];

    private readonly List<string> _titles = [];
    private long _count;
    private bool _saturated;

    [Fact]
    public void Refcount_AnyOperations_CountsAndReportsAsTheModel() =>
        RandomRun.ForAll(RandomRun.Operations(0, 60), operations => new RefcountModelTests().Run(operations));

    private void Run(int[] operations)
    {
        var machine = new KernelMachine(BuildSwitches.Default);
        var count = new Refcount(1);
        _count = 1;
        foreach (var operation in operations)
        {
            Assert.Equal(Model(operation), Apply(ref count, machine, operation));
            Assert.Equal(_saturated ? Refcount.Saturated : _count, count.Value);
        }

        machine.NoUnexpectedReports([.. _titles]);
    }

    private static bool Apply(ref Refcount count, KernelMachine machine, int operation)
    {
        switch (operation % 12)
        {
            case 0:
                count.Set(Start(operation));
                return false;
            case < 4:
                count.Inc(machine, Site);
                return false;
            case < 6:
                return count.IncNotZero(machine, Site);
            case < 8:
                return count.DecAndTest(machine, Site);
            case < 10:
                count.Dec(machine, Site);
                return false;
            default:
                return count.DecIfOne();
        }
    }

    private bool Model(int operation)
    {
        switch (operation % 12)
        {
            case 0:
                _count = Start(operation);
                _saturated = false;
                return false;
            case < 4:
                Get();
                return false;
            case < 6:
                if (!_saturated && _count == 0)
                    return false;
                Get();
                return true;
            case < 8:
                if (_saturated || _count == 0)
                {
                    Break("underflow; use-after-free");
                    return false;
                }

                return --_count == 0;
            case < 10:
                if (_saturated || _count <= 1)
                    Break("decrement hit 0; leaking memory");
                else
                    _count--;
                return false;
            default:
                if (_saturated || _count != 1)
                    return false;
                _count = 0;
                return true;
        }
    }

    private void Get()
    {
        if (!_saturated && _count == 0)
            Break("addition on 0; use-after-free");
        else if (_saturated || _count == int.MaxValue)
            Break("saturated; leaking memory");
        else
            _count++;
    }

    private void Break(string what)
    {
        _titles.Add($"refcount_t: {what} in {Site}");
        _saturated = true;
    }

    private static int Start(int operation) => _starts[operation / 12 % _starts.Length];
}
