using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommu.Tests;

/// <summary>Groups: who owns them, and what a refusing driver leaves behind.</summary>
public sealed class IommuGroupTests
{
    private readonly KernelMachine _machine = new(BuildSwitches.Default, KernelBugs.SetOf(Bug.N1, Bug.T2));
    private readonly List<string> _attached = [];
    private string _refusing = "";

    public IommuGroupTests() => _machine.Enter(new KernelTask("P0", new UserAddressSpace()));

    [Fact]
    public void ClaimDmaOwner_SameOwnerTwice_CountsAndBlocks()
    {
        var group = Group("a");
        var owner = new object();
        Assert.Equal(Errno.OK, group.ClaimDmaOwner(owner));
        Assert.Equal(Errno.OK, group.ClaimDmaOwner(owner));
        Assert.Equal(Errno.EPERM, group.ClaimDmaOwner(new object()));
        Assert.Same(group.BlockingDomain, group.Domain);
        group.ReleaseDmaOwner();
        Assert.Equal(Errno.EPERM, group.ClaimDmaOwner(new object()));
        group.ReleaseDmaOwner();
        Assert.Null(group.Domain);
        Assert.Equal(Errno.OK, group.ClaimDmaOwner(new object()));
        Assert.Empty(_machine.Reports);
    }

    [Fact]
    public void ClaimDmaOwner_DriverWithoutAnyDomain_Invalid()
    {
        var group = new IommuGroup(_machine, "g", new GroupRules(ChecksOwner: false, RevertsFailedDevice: true));
        group.Add(new IommuDevice(_machine, new IommuOps("none"), new DeviceOptions("a", "g")));
        Assert.Equal(Errno.EINVAL, group.ClaimDmaOwner(this));
        Assert.Null(group.Domain);
        Assert.Empty(_machine.Reports);
    }

    [Fact]
    public void Attach_Twice_Busy()
    {
        var group = Group("a");
        group.ClaimDmaOwner(this);
        var domain = Domain("one");
        Assert.Equal(Errno.OK, group.Attach(domain));
        Assert.Equal(Errno.EBUSY, group.Attach(domain));
        Assert.Equal(Errno.EBUSY, group.Attach(Domain("two")));
        group.Detach();
        Assert.Same(group.BlockingDomain, group.Domain);
        Assert.Equal(Errno.OK, group.Attach(domain));
        Assert.Empty(_machine.Reports);
    }

    [Theory]
    [InlineData("a", "old>a")]
    [InlineData("b", "new>a old>a old>b")]
    [InlineData("c", "new>a new>b old>a old>b old>c")]
    public void Replace_OneDeviceRefuses_AllUpToItAreRevertedInOrder(string refusing, string calls)
    {
        var group = Group("a", "b", "c");
        group.ClaimDmaOwner(this);
        var old = Domain("old");
        group.Attach(old);
        _attached.Clear();
        _refusing = "new>" + refusing;

        Assert.Equal(Errno.EINVAL, group.Replace(Domain("new")));

        Assert.Equal(calls, string.Join(' ', _attached));
        Assert.Same(old, group.Domain);
        Assert.All(group.Devices, d => Assert.Same(old, d.Attached));
        Assert.Empty(_machine.Reports);
    }

    [Fact]
    public void Replace_OldDomainRefusedToo_Warns()
    {
        var group = Group("a");
        group.ClaimDmaOwner(this);
        group.Attach(Domain("old"));
        _refusing = "new>a old>a";
        Assert.Equal(Errno.EINVAL, group.Replace(Domain("new")));
        Assert.Equal(["WARNING in __iommu_group_set_domain_internal"], [.. _machine.Reports.Select(r => r.Title)]);
    }

    [Fact]
    public void Replace_SameDomain_DriverIsNotAsked()
    {
        var group = Group("a");
        group.ClaimDmaOwner(this);
        var domain = Domain("one");
        group.Attach(domain);
        _attached.Clear();
        Assert.Equal(Errno.OK, group.Replace(domain));
        Assert.Empty(_attached);
        Assert.Empty(_machine.Reports);
    }

    [Theory]
    [InlineData(false, Errno.OK)]
    [InlineData(true, Errno.EINVAL)]
    public void Attach_ForeignDomain_RefusedOnlyWhereOwnersAreChecked(bool checksOwner, Errno errno)
    {
        var group = new IommuGroup(_machine, "g", new GroupRules(checksOwner, RevertsFailedDevice: true));
        group.Add(Device("a"));
        group.ClaimDmaOwner(this);
        var foreign = Domain("foreign");
        foreign.Owner = new IommuOps("other");
        Assert.Equal(errno, group.Attach(foreign));
        Assert.Equal(Errno.OK, group.Replace(foreign));
        Assert.Empty(_machine.Reports);
    }

    [Fact]
    public void Remove_LastDevice_FreesWhatBlockedTheGroup()
    {
        var group = Group("a", "b");
        group.ClaimDmaOwner(this);
        group.ReleaseDmaOwner();
        Assert.Equal(1, _machine.Heap.LiveCount);
        group.Remove(group.Devices[0]);
        Assert.Equal(1, _machine.Heap.LiveCount);
        group.Remove(group.Devices[0]);
        Assert.Equal(0, _machine.Heap.LiveCount);
        Assert.Empty(_machine.Reports);
    }

    private IommuGroup Group(params string[] devices)
    {
        var group = new IommuGroup(_machine, "g", new GroupRules(ChecksOwner: false, RevertsFailedDevice: true));
        foreach (var name in devices)
            group.Add(Device(name));
        return group;
    }

    private IommuDevice Device(string name)
    {
        var ops = new IommuOps("ops") { DomainAlloc = (_, type) => Domain("blocking", type) };
        return new IommuDevice(_machine, ops, new DeviceOptions(name, "g"));
    }

    private IommuDomain Domain(string name, DomainType type = DomainType.Unmanaged) =>
        _machine.Heap.Track(new IommuDomain(new DomainKind(type, new DomainOps(name) { AttachDev = Attach })), "test");

    private Errno Attach(IommuDomain domain, IommuDevice device)
    {
        var call = $"{domain.Ops.Name}>{device.Name}";
        if (_refusing.Split(' ').Contains(call, StringComparer.Ordinal))
            return Errno.EINVAL;
        _attached.Add(call);
        return Errno.OK;
    }
}
