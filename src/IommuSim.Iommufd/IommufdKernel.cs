using IommuSim.Iommu;
using IommuSim.Iommu.Syscalls;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Machine.Reports;
using IommuSim.Uapi;

namespace IommuSim.Iommufd;

/// <summary>
/// A booted kernel: /dev/iommu, the devices, and the functions that VFIO would call. Every call enters on behalf of a
/// task and returns what that task sees.
/// </summary>
internal sealed partial class IommufdKernel : IKernel
{
    private const uint FirstNr = IoctlNumber.IOMMUFD_CMD_BASE;

    private readonly IoctlRow?[] _table;
    private readonly int _unionSize;
    private readonly TestOpRow?[] _testOps;
    private readonly Dictionary<string, IommuGroup> _groups = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IommuInstance> _iommus = new(StringComparer.Ordinal);
    private readonly List<IommuDevice> _devices = [];
    private int _mockNames;

    /// <summary>Contexts that were opened and not released; a bound device keeps one beyond its close.</summary>
    private readonly List<IommufdContext> _contexts = [];

    public IommufdKernel(IommufdSpec spec, BuildSwitches build)
    {
        Spec = spec;
        Machine = new KernelMachine(build, spec.Bugs);
        (_table, _unionSize, _testOps) = DispatchTable.Of(spec, build.IommufdTest);
        HwptTypes = spec.HwptTypes?.Invoke(spec);
    }

    public IommufdSpec Spec { get; }

    public KernelMachine Machine { get; }

    /// <summary>See <see cref="IommufdSpec.HwptTypes"/>.</summary>
    public IHwptTypePolicy? HwptTypes { get; }

    /// <summary>The devices that are plugged in; only the kernel changes the list.</summary>
    public List<IommuDevice> Devices => _devices;

    /// <summary>Contexts that were opened and not released, also those whose descriptor is closed.</summary>
    public List<IommufdContext> Contexts => _contexts;

    /// <summary>The driver of this name, or null.</summary>
    public DriverSpec? FindDriver(string name) => Spec.Drivers.FirstOrDefault(d => d.Name == name);

    /// <summary>Whether the kernel has a handler for the ioctl of this number.</summary>
    public bool HasIoctl(uint nr)
    {
        var index = nr - FirstNr;
        return index < (uint)_table.Length && _table[index] is { Handler: not null };
    }

    /// <summary>The operation of IOMMU_TEST_CMD of this number, or null.</summary>
    internal TestOpRow? FindTestOp(uint op)
    {
        var table = _testOps;
        return op < (uint)table.Length ? table[(int)op] : null;
    }

    /// <summary>No two mock devices of a machine share a name, and so a group.</summary>
    public string NextMockName() => $"mock{++_mockNames}";

    /// <summary>Plugs in a device; devices of the same group name share a group.</summary>
    public IommuDevice AddDevice(DriverSpec driver, DeviceOptions options)
    {
        var device = driver.CreateDevice(Machine, driver, options);
        if (!_groups.TryGetValue(options.Group, out var group))
            _groups[options.Group] = group = new IommuGroup(Machine, options.Group, Spec.Groups);
        var unit = device.Unit.Length == 0 ? driver.Name : $"{driver.Name}/{device.Unit}";
        if (!_iommus.TryGetValue(unit, out var iommu))
            _iommus[unit] = iommu = new IommuInstance(Machine, driver);
        device.Iommu = iommu;
        group.Add(device);
        _devices.Add(device);
        return device;
    }

    public void RemoveDevice(IommuDevice device)
    {
        device.Group.Remove(device);
        if (device.Group.Devices.Length == 0)
            _groups.Remove(device.Group.Name);
        _devices.Remove(device);
        device.IsGone = true;
    }

    /// <summary>
    /// Removes a driver's IOMMU, whose devices are all unbound. False while it has users: the driver then waits for
    /// them.
    /// </summary>
    // Models drivers/iommu/iommufd/selftest.c:iommufd_test_exit(), v7.3.
    public bool UnplugIommu(string driver)
    {
        const string Site = "iommufd_test_exit";
        if (!_iommus.TryGetValue(driver, out var iommu) || iommu.Users.Value != 1)
            return false;
        _iommus.Remove(driver);
        Machine.Current.Call = Site;
        // Hardware is no allocation of a context, so it is on the heap only while it is removed.
        Machine.Heap.Free(Machine.Heap.Track(iommu, Site), Site);
        return true;
    }

    /// <summary>Runs one of the functions that a driver such as VFIO calls for a task.</summary>
    /// <param name="task">The task.</param>
    /// <param name="call">What the driver does for it, as reports name it.</param>
    /// <param name="argument">What the function works on.</param>
    /// <param name="function">The function.</param>
    public SyscallResult Run<T>(KernelTask task, string call, T argument, Func<T, Errno> function)
    {
        Machine.Enter(task, call);
        try
        {
            var rc = function(argument);
            RunDeferredPuts();
            Machine.Leave();
            return SyscallResult.Of(rc);
        }
        catch (TaskDiedException)
        {
            Machine.Bury();
            return SyscallResult.Died;
        }
    }

    /// <summary>
    /// A call whose number is in the table, where it may have no row. The order is the ABI: range of the number, size
    /// word (EFAULT), full request (ENOTTY), minimum size (EINVAL), the struct (EFAULT, E2BIG), then the handler.
    /// </summary>
    // Models drivers/iommu/iommufd/main.c:iommufd_fops_ioctl(), v6.3 to v6.8.
    private Errno Dispatch(IommufdContext context, IoctlRow? row, uint request, ulong argument)
    {
        var task = Machine.Current;
        var held = task.Tlb.HeldFrom(argument);
        if (Machine.CopyFromUser(out uint userSize, argument, held) != Errno.OK)
            return Errno.EFAULT;
        if (row is not { Handler: { } handler } || request != row.Request)
            return Errno.ENOIOCTLCMD;
        if (!row.HasOperations)
            task.Call = row.Name;
        if (userSize < row.MinSize)
            return Errno.EINVAL;
        var ucmd = FrameOf(task);
        var buffer = ucmd.Begin(context, row, argument, userSize);
        if (!buffer.TryWrite(row.Size, out var bytes))
            throw Overflow(row, buffer);
        var rc = Machine.CopyStructFromUser(bytes, argument, userSize, held);
        return rc == Errno.OK ? ucmd.Finish(handler(ucmd)) : rc;
    }

    /// <summary>A call that VFIO's containers have, ENOTTY for another; its handler reads its own argument.</summary>
    // Models drivers/iommu/iommufd/vfio_compat.c:iommufd_vfio_ioctl(), v6.12 and v7.3.
    private SyscallResult CallContainer(IommufdContext context, uint request, ulong argument)
    {
        var rc = Errno.ENOIOCTLCMD;
        long value = 0;
        foreach (var row in Spec.Containers)
        {
            if (row.Request != request)
                continue;
            Machine.Current.Call = row.Name;
            var ucmd = FrameOf(Machine.Current);
            ucmd.Begin(context, row, argument, size: 0).Reset();
            rc = row.Handler!(ucmd);
            value = ucmd.TakeValue();
            break;
        }

        Return(context);
        return SyscallResult.Of(rc) with { Value = value };
    }

    private TaskDiedException Overflow(IoctlRow row, KernelBuffer buffer)
    {
        Machine.Current.Call = row.Name;
        return Machine.Oops(
            ReportKind.StackOutOfBounds,
            "iommufd_fops_ioctl",
            $"copy of {row.Size} bytes into a union of {buffer.Capacity}"
        );
    }

    /// <summary>The task's stack frame for ioctls, allocated once.</summary>
    private Ucmd FrameOf(KernelTask task)
    {
        if (task.Frame is not Ucmd ucmd || !ReferenceEquals(ucmd.Kernel, this))
            task.Frame = ucmd = new Ucmd(this, _unionSize);
        return ucmd;
    }
}
