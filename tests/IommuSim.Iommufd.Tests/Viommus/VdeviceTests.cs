using IommuSim.Iommu;
using IommuSim.Iommu.Viommus;
using IommuSim.Iommufd.Viommus;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests.Viommus;

/// <summary>vDEVICEs from the guest's number to the tombstone.</summary>
public sealed class VdeviceTests
{
    [Fact]
    public void Attach_GuestHasNoNumber_IsRefusedUntilItHas()
    {
        var rig = new GuestRig();
        var nested = rig.Program.Must(rig.NestedAlloc(), "out_hwpt_id");
        rig.Program.Expect(Errno.ENOENT, rig.Replace(nested));
        var vdevice = rig.Program.Must(rig.VdeviceAlloc(0x99), "out_vdevice_id");
        rig.Program.Expect(Errno.OK, rig.Replace(nested));
        rig.Program.Expect(Errno.EEXIST, rig.VdeviceAlloc(0x98));
        rig.Program.Expect(Errno.OK, rig.Replace(rig.Ioas));
        rig.Program.Expect(Errno.OK, rig.Program.Destroy(vdevice));
        rig.Program.Expect(Errno.OK, rig.VdeviceAlloc(0x98));
        rig.Program.Finish();
    }

    [Fact]
    public void Alloc_NumberTaken_Exists()
    {
        var rig = new GuestRig();
        rig.Program.Must(rig.VdeviceAlloc(ulong.MaxValue), "out_vdevice_id");
        var second = rig.Program.NewTest("MOCK_DOMAIN").With("id", rig.Ioas);
        rig.Program.Must(second, "out_stdev_id");
        var before = KernelState.Of(rig.Program);
        rig.Program.Expect(Errno.EEXIST, rig.VdeviceAlloc(ulong.MaxValue).With("dev_id", second.Id("out_idev_id")));
        Assert.Equal(before, KernelState.Of(rig.Program));
        rig.Program.Finish();
    }

    [Fact]
    public void Unbind_VdeviceAlive_LeavesATombstone()
    {
        var rig = new GuestRig();
        var vdevice = rig.Program.Must(rig.VdeviceAlloc(0x99), "out_vdevice_id");
        rig.Program.Expect(Errno.OK, rig.Program.Destroy(rig.Stdev));
        rig.Program.Expect(Errno.ENOENT, rig.Program.Destroy(vdevice));
        Assert.Empty(rig.Viommu.Vdevices);
        Assert.Null(rig.Program.Context.Objects.Find(rig.Idev));
        for (var i = 0; i < 4; i++)
            Assert.NotEqual(vdevice, rig.Program.Must(rig.Program.New("IOAS_ALLOC"), "out_ioas_id"));
        rig.Program.Expect(Errno.OK, rig.Program.Destroy(rig.ViommuId));
        rig.Program.Finish();
    }

    [Fact]
    public void Unbind_ForgetsTheVdevice_WaitsForEver()
    {
        var rig = new GuestRig(Bug.A28);
        rig.Program.Must(rig.VdeviceAlloc(0x99), "out_vdevice_id");
        rig.Program.Call(rig.Program.Destroy(rig.Stdev));
        Assert.Equal(["INFO: task hung in iommufd_object_dec_wait_shortterm"], rig.Program.Titles());
    }

    [Theory]
    [InlineData(DecisionKind.Allocation, 1, Errno.ENOMEM)]
    [InlineData(DecisionKind.Allocation, 2, Errno.ENOMEM)]
    [InlineData(DecisionKind.Allocation, 3, Errno.ENOMEM)]
    [InlineData(DecisionKind.DriverOp, 1, Errno.ENOMEM)]
    [InlineData(DecisionKind.Copy, 3, Errno.EFAULT)]
    public void Alloc_NthPointFails_NothingIsLeftBehind(DecisionKind kind, int nth, Errno errno)
    {
        var rig = new GuestRig(change: spec => WithVdevices(spec, ViommuOps.CoreVdeviceSize));
        var before = KernelState.Of(rig.Program);
        rig.Program.Machine.Decisions.Inject(kind, nth);
        rig.Program.Expect(errno, rig.VdeviceAlloc(0x99));
        rig.Program.Machine.Decisions.Inject(kind, 0);
        Assert.Equal(before, KernelState.Of(rig.Program));
        Assert.Empty(rig.Viommu.Vdevices);
        rig.Program.Must(rig.VdeviceAlloc(0x99), "out_vdevice_id");
        rig.Program.Finish();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Alloc_DriversVdeviceIsTooSmall_WarnsAndUnlocks(bool unlocks)
    {
        var rig = new GuestRig(
            unlocks ? null : Bug.A32,
            change: spec => WithVdevices(spec, ViommuOps.CoreVdeviceSize - 1)
        );
        rig.Program.Expect(Errno.EOPNOTSUPP, rig.VdeviceAlloc(0x99));
        const string Warning = "WARNING in iommufd_vdevice_alloc_ioctl";
        string[] expected = unlocks
            ? [Warning]
            : [Warning, "lock held when returning to user space in iommufd_vdevice_alloc_ioctl"];
        Assert.Equal(expected, rig.Program.Titles());
    }

    [Fact]
    public void Abort_TakesTheLockAgain_Hangs()
    {
        var rig = new GuestRig(Bug.A30, change: spec => WithVdevices(spec, ViommuOps.CoreVdeviceSize));
        rig.Program.Machine.Decisions.Inject(DecisionKind.DriverOp, 1);
        rig.Program.Call(rig.VdeviceAlloc(0x99));
        Assert.Equal(
            [
                "possible recursive locking detected in iommufd_vdevice_destroy",
                "INFO: task hung in iommufd_vdevice_destroy",
            ],
            rig.Program.Titles()
        );
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Alloc_DriverLooksUpItsNumberWhileItSetsUp_FindsNothing(bool publishesLate)
    {
        var found = true;
        var rig = new GuestRig(
            publishesLate ? null : Bug.A31,
            change: spec =>
                WithVdevices(
                    spec,
                    ViommuOps.CoreVdeviceSize,
                    vdevice =>
                    {
                        var viommu = vdevice.Viommu;
                        viommu.VdevicesLock.Lock("test");
                        found = viommu.FindDevice(vdevice.VirtualId) is not null;
                        viommu.VdevicesLock.Unlock("test");
                        return Errno.OK;
                    }
                )
        );
        rig.Program.Must(rig.VdeviceAlloc(0x99), "out_vdevice_id");
        Assert.Equal(!publishesLate, found);
        string[] expected = publishesLate ? [] : ["KMSAN: uninit-value in iommufd_viommu_find_dev"];
        Assert.Equal(expected, rig.Program.Titles());
    }

    /// <summary>The kernel's mock has no vDEVICE of its own; this one has.</summary>
    private static IommufdSpec WithVdevices(IommufdSpec spec, int size, Func<IVdevice, Errno>? init = null)
    {
        var mock = spec.Drivers.First(d => d.Name == "mock");
        var inner = mock.Ops.ViommuInit!;
        var ops = mock.Ops with
        {
            ViommuInit = (IViommu viommu, Iommu.IommuDomain parent, in Iommu.UserData data) =>
            {
                var rc = inner(viommu, parent, in data);
                if (rc == Errno.OK)
                    viommu.Ops = viommu.Ops! with { VdeviceSize = size, VdeviceInit = init ?? (static _ => Errno.OK) };
                return rc;
            },
        };
        return spec.WithDriver(mock with { Ops = ops });
    }
}
