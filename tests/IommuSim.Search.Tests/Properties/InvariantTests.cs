using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Iommufd.Mappings;
using IommuSim.Search.Oracles;

namespace IommuSim.Search.Tests.Properties;

/// <summary>Every invariant notices the state that it forbids, made by hand.</summary>
public sealed class InvariantTests
{
    private readonly UserProgram _program = new("linux-6.8");
    private readonly IommufdDevice _device;
    private readonly Ioas _ioas;
    private readonly HwPagetable _hwpt;

    public InvariantTests()
    {
        _device = _program.Bind(reserved: [new ReservedRegion(0x8000000, 0x80fffff, ReservedKind.Reserved)]);
        var ioas = _program.Ioas();
        var hwpt = _program.Paging(_device.Id, ioas);
        Assert.Equal(Errno.OK, _program.Attach(_device, hwpt).Errno);
        _ioas = (Ioas)_program.Context.Objects.Find(ioas)!;
        _hwpt = (HwPagetable)_program.Context.Objects.Find(hwpt)!;
    }

    [Fact]
    public void Check_StateOfAKernel_FindsNothing() => Assert.Equal([], Violations());

    [Fact]
    public void Check_ReferenceTooMany_FindsI1()
    {
        _ioas.Users.Inc(_program.Machine, "test");
        AssertFound("I1: an IOAS has more users than referrers");
    }

    [Fact]
    public void Check_ReferenceTooFew_FindsI1()
    {
        _hwpt.Users.Set(_hwpt.Users.Value - 1);
        AssertFound("I1: a paging hwpt has fewer users than referrers");
    }

    [Fact]
    public void Check_ShortHoldOutsideOfACall_FindsI1()
    {
        _ioas.ShorttermUsers.Inc(_program.Machine, "test");
        AssertFound("I1: a short hold of an IOAS is left");
    }

    [Fact]
    public void Check_FreedObjectWithId_FindsI2()
    {
        _program.Machine.Heap.Free(_hwpt, "test");
        AssertFound("I2: an id resolves to freed memory");
    }

    [Fact]
    public void Check_AutomaticHwptWithoutUsers_FindsI4()
    {
        _program.Detach(_device);
        _hwpt.AutoDomain = true;
        AssertFound("I4: an automatic hwpt outlived its last device");
    }

    [Fact]
    public void Check_HwptWithoutDomain_FindsI5()
    {
        _hwpt.Domain = null;
        AssertFound("I5: a hwpt has no domain");
    }

    [Fact]
    public void Check_GroupOnAHwptWithoutId_FindsI5()
    {
        _program.Context.Objects.Erase(_hwpt.Id);
        AssertFound("I5: a group's hwpt has no id");
    }

    [Fact]
    public void Check_RangesOfAnAttachedDeviceDropped_FindsI6()
    {
        Run(() => _ioas.Iopt.RemoveReserved(_device.Device));
        AssertFound("I6: attached device without its reserved ranges");
    }

    [Fact]
    public void Check_RangesReservedTwice_FindsI6()
    {
        Reserve();
        AssertFound("I6: attached device with its ranges reserved twice");
    }

    [Fact]
    public void Check_RangesOfADetachedDeviceReserved_FindsI6()
    {
        _program.Detach(_device);
        Assert.Equal([], Violations());
        Reserve();
        AssertFound("I6: reserved range without an attached device");
    }

    [Fact]
    public void Check_AttachedDeviceWithoutHwpt_FindsI7()
    {
        _device.Group.Hwpt = null;
        AssertFound("I7: attached devices share no hwpt");
    }

    [Fact]
    public void Check_HwptWithoutAttachedDevice_FindsI7()
    {
        _device.Group.Devices.Clear();
        AssertFound("I7: a group without attached devices has a hwpt");
    }

    [Fact]
    public void Check_HardwareOnAnotherDomain_FindsI7()
    {
        _device.Device.Attached = null;
        AssertFound("I7: a device does not have the domain of its group");
    }

    [Fact]
    public void CheckReplaced_DetachedDevice_FindsI7()
    {
        _program.Detach(_device);
        var found = new List<Violation>();
        InvariantChecker.CheckReplaced(_device, found);
        Assert.Equal(["I7: a replace succeeded for a device that is not attached"], found.Select(v => v.Title));
    }

    [Fact]
    public void Check_DeviceListedTwice_FindsI9()
    {
        _device.Group.Devices.Add(_device);
        AssertFound("I9: a device is on its group's list twice");
    }

    [Fact]
    public void Check_AccessByTheNumberOfAnother_FindsI9()
    {
        Assert.Equal(Errno.OK, IommufdAccess.Create(_program.Context, ops: null, out var access));
        Assert.Equal(Errno.OK, access.AttachTo(_ioas));
        access.ListId++;
        Assert.Contains("I9: an access is not in its IOAS by the number that it has", Violations());
    }

    [Fact]
    public void Check_HwptOffTheListOfItsIoas_FindsI9()
    {
        Run(() =>
        {
            _ioas.Mutex.Lock("test");
            _ioas.Hwpts.Remove(_hwpt);
            _ioas.Mutex.Unlock("test");
        });
        AssertFound("I9: a paging hwpt is not on the list of its IOAS");
        AssertFound("I9: an IOAS has a domain without a listed hwpt");
    }

    [Fact]
    public void CheckAnyCall_CoherencyChanged_FindsI12()
    {
        var before = InvariantChecker.Snapshot(_program.Kernel);
        _hwpt.EnforcesCacheCoherency = !_hwpt.EnforcesCacheCoherency;
        var found = new List<Violation>();
        InvariantChecker.CheckAnyCall(before, InvariantChecker.Snapshot(_program.Kernel), found);
        Assert.Equal(["I12: the cache coherency of a hwpt changed in its life"], found.Select(v => v.Title));
    }

    [Fact]
    public void CheckFailedCall_NothingChanged_FindsNothing() => AssertChange(null, () => { });

    [Fact]
    public void CheckFailedCall_ObjectMade_FindsI3() => AssertChange("which objects there are", () => _program.Ioas());

    [Fact]
    public void CheckFailedCall_UserTaken_FindsI3() =>
        AssertChange("the users of an object", () => _ioas.Users.Inc(_program.Machine, "test"));

    [Fact]
    public void CheckFailedCall_RangesDropped_FindsI3() =>
        AssertChange("the reserved ranges of an IOAS", () => Run(() => _ioas.Iopt.RemoveReserved(_device.Device)));

    [Fact]
    public void CheckFailedCall_GroupMoved_FindsI3() =>
        AssertChange("the attachment of a group", () => _device.Group.Devices.Clear());

    [Fact]
    public void CheckFailedCall_HardwareMoved_FindsI3() =>
        AssertChange("the domain of a device", () => _device.Device.Attached = null);

    private void AssertChange(string? what, Action change)
    {
        var before = InvariantChecker.Snapshot(_program.Kernel);
        change();
        var found = new List<Violation>();
        InvariantChecker.CheckFailedCall(before, _program.Kernel, found);
        string[] expected = what is null ? [] : [$"I3: a failed call changed {what}"];
        Assert.Equal(expected, found.Select(v => v.Title));
    }

    private void Reserve() =>
        Run(() =>
        {
            ulong start = 0;
            Assert.Equal(Errno.OK, _ioas.Iopt.EnforceReservedRegions(_device.Device, ref start));
        });

    private void Run(Action action) =>
        Assert.Equal(
            Errno.OK,
            _program
                .Run(() =>
                {
                    action();
                    return Errno.OK;
                })
                .Errno
        );

    private string[] Violations()
    {
        var found = new List<Violation>();
        InvariantChecker.Check(_program.Kernel, found);
        return [.. found.Select(v => v.Title)];
    }

    private void AssertFound(string title) => Assert.Contains(title, Violations());
}
