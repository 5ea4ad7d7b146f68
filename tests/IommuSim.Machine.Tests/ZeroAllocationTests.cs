using IommuSim.Machine.Locks;
using IommuSim.Machine.Memory;
using IommuSim.Machine.Tests.Locks;
using IommuSim.Testing;

namespace IommuSim.Machine.Tests;

/// <summary>The paths that every request takes leave nothing to the garbage collector.</summary>
public sealed class ZeroAllocationTests
{
    private readonly KernelMachine _machine = new(BuildSwitches.Default);

    [Fact]
    public void Refcount_GetAndPut_AllocatesNothing()
    {
        var count = new Refcount(1);
        Allocations.None(() =>
        {
            count.Inc(_machine, "f");
            count.IncNotZero(_machine, "f");
            count.Dec(_machine, "f");
            count.DecAndTest(_machine, "f");
        });
        Assert.Equal(1, count.Value);
        _machine.NoUnexpectedReports();
    }

    [Fact]
    public void IdTable_FindReserveErase_AllocatesNothing()
    {
        var table = new IdTable<string>();
        for (var i = 0; i < 5000; i++)
            table.Publish(table.Reserve(), "object");
        Allocations.None(() =>
        {
            table.Find(4096);
            table.TryFind(uint.MaxValue, out _);
            table.Erase(64);
            table.Publish(table.Reserve(), "object");
        });
        Assert.Equal(5000, table.Count);
    }

    [Fact]
    public void Mutex_NestedLockAndUnlock_AllocatesNothing()
    {
        var outer = new KernelMutex(_machine, LockNames.A);
        var inner = new KernelMutex(_machine, LockNames.B);
        Allocations.None(() =>
        {
            outer.Lock("f");
            inner.Lock("f");
            inner.Unlock("f");
            outer.Unlock("f");
            _machine.Leave();
        });
        _machine.NoUnexpectedReports();
    }

    [Fact]
    public void RwSemaphore_ReadAndWrite_AllocatesNothing()
    {
        var semaphore = new RwSemaphore(_machine, LockNames.C);
        Allocations.None(() =>
        {
            semaphore.DownRead("f");
            semaphore.UpRead("f");
            semaphore.DownWrite("f");
            semaphore.UpWrite("f");
        });
        _machine.NoUnexpectedReports();
    }

    [Theory]
    [InlineData(24)]
    [InlineData(40)]
    [InlineData(4096)]
    public void CopyStructFromUser_ShorterEqualLonger_AllocatesNothing(uint userSize)
    {
        var user = new UserAddressSpace();
        var source = user.Map(userSize);
        _machine.Enter(new KernelTask("P0", user));
        var kernel = new byte[40];
        Allocations.None(() => _machine.CopyStructFromUser(kernel, source, userSize));
        _machine.NoUnexpectedReports();
    }

    [Fact]
    public void CopyStructFromUser_Refused_AllocatesNothing()
    {
        _machine.Enter(new KernelTask("P0", UserAddressSpace.Empty));
        var kernel = new byte[40];
        Allocations.None(() => _machine.CopyStructFromUser(kernel, 0, 48));
        _machine.NoUnexpectedReports();
    }

    [Fact]
    public void CopyToUserAndClearUser_SamePage_AllocatesNothing()
    {
        var user = new UserAddressSpace();
        var destination = user.Map(40);
        _machine.Enter(new KernelTask("P0", user));
        var kernel = new byte[32];
        Allocations.None(() =>
        {
            _machine.CopyToUser(destination, kernel);
            _machine.ClearUser(destination + 32, 8);
        });
        _machine.NoUnexpectedReports();
    }
}
