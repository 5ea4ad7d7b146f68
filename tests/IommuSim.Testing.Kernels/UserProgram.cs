using System.Runtime.InteropServices;
using IommuSim.Iommu;
using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd;
using IommuSim.Kernels;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Testing.Kernels;

/// <summary>
/// A user program on a freshly booted kernel, with one open file and ioctls by C name.
/// </summary>
internal sealed class UserProgram
{
    /// <summary>Objects on the heap before the file was opened.</summary>
    private readonly int _liveAtBoot;
    private int _devices;

    public UserProgram(string kernel, BuildSwitches? build = null)
        : this(NodeOf(kernel), null, build) { }

    /// <param name="target">
    /// Another kernel with the same uAPI, which gets the calls; the modelled one only says what requests look like.
    /// </param>
    public UserProgram(KernelNode node, IommufdSpec? spec = null, BuildSwitches? build = null, IKernel? target = null)
    {
        Node = node;
        Kernel = new IommufdKernel(spec ?? node.Spec, build ?? node.Build);
        Target = target ?? Kernel;
        Traits = new KernelTraits(Kernel.Spec);
        Memory = new UserAddressSpace();
        Task = new KernelTask("P0", Memory);
        _liveAtBoot = Machine.Heap.LiveCount;
        Fd = Open();
        Place = Memory.Map(UserAddressSpace.PageSize);
        DataPlace = Memory.Map(UserAddressSpace.PageSize);
    }

    public KernelNode Node { get; }

    public IommufdKernel Kernel { get; }

    /// <summary>The kernel that gets the calls; <see cref="Kernel"/> where nothing else was said.</summary>
    public IKernel Target { get; }

    public KernelMachine Machine => Target.Machine;

    public KernelTraits Traits { get; }

    public UserAddressSpace Memory { get; }

    public KernelTask Task { get; private set; }

    public int Fd { get; set; }

    /// <summary>Where requests are put, and where their data is.</summary>
    public ulong Place { get; set; }

    public ulong DataPlace { get; }

    public IommufdContext Context => Kernel.FileOf(Fd)!;

    public static KernelNode NodeOf(string name) =>
        KernelTree.Find(name) ?? throw new ArgumentException($"no kernel {name}", nameof(name));

    public int Open()
    {
        Assert.Equal(Errno.OK, Target.Open(Task, out var fd).Errno);
        return fd;
    }

    /// <summary>
    /// A request for the ioctl of this name; GET_HW_INFO has its earlier names too.
    /// </summary>
    public Request New(string ioctl)
    {
        var row = RowOf(ioctl);
        return new Request(row, row.Struct!);
    }

    public IoctlRow RowOf(string ioctl) =>
        Kernel.Spec.Ioctls.First(row =>
            row.Name == "IOMMU_" + ioctl
            || (ioctl == "GET_HW_INFO" && row.Name.StartsWith("IOMMU_DEVICE_GET", StringComparison.Ordinal))
        );

    /// <summary>A request for an operation of IOMMU_TEST_CMD.</summary>
    public Request NewTest(string op)
    {
        var row = Kernel.Spec.TestOps.First(r => r.Name == "IOMMU_TEST_OP_" + op);
        return new Request(RowOf("TEST_CMD"), row.Struct).With("op", row.Op);
    }

    /// <summary>Puts the request into user memory, calls, and reads it back.</summary>
    public SyscallResult Call(Request request)
    {
        Memory.Write(Place, request.Bytes);
        return CallAt(request, Place);
    }

    /// <summary>
    /// As <see cref="Call"/> with the request where the caller has put it, or nowhere.
    /// </summary>
    public SyscallResult CallAt(Request request, ulong address)
    {
        if (Task.Dead)
            Task = new KernelTask("P1", Memory);
        var result = Target.Ioctl(Task, Fd, IoctlNumber.Request(request.Nr), address);
        Memory.Read(address, request.Bytes);
        return result;
    }

    /// <summary>A call that has to succeed; returns the id in this field.</summary>
    public uint Must(Request request, string field)
    {
        Assert.Equal("OK", Call(request).ToString());
        return request.Id(field);
    }

    public void Expect(Errno errno, Request request) => Assert.Equal(errno.ToString(), Call(request).ToString());

    /// <summary>The address of the value in user memory.</summary>
    public ulong Put<T>(T value)
        where T : unmanaged
    {
        Memory.Write(DataPlace, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));
        return DataPlace;
    }

    public T Get<T>(ulong address)
        where T : unmanaged
    {
        T value = default;
        Assert.Equal(0, Memory.Read(address, MemoryMarshal.AsBytes(new Span<T>(ref value))));
        return value;
    }

    /// <summary>
    /// Plugs in and binds a device of a driver, as VFIO does; settings as in a scenario.
    /// </summary>
    public IommufdDevice Bind(
        string driver = "mock",
        string? group = null,
        ReservedRegion[]? reserved = null,
        params (string Name, string Value)[] settings
    )
    {
        var options = new DeviceOptions($"dev{_devices}", group ?? $"group{_devices}")
        {
            Reserved = [.. reserved ?? []],
            Settings = System.Collections.Immutable.ImmutableDictionary.CreateRange(
                StringComparer.Ordinal,
                settings.Select(s => KeyValuePair.Create(s.Name, s.Value))
            ),
        };
        _devices++;
        var spec = Kernel.FindDriver(driver) ?? throw new ArgumentException($"no driver {driver}", nameof(driver));
        return BindDevice(Kernel.AddDevice(spec, options));
    }

    public IommufdDevice BindDevice(IommuDevice device)
    {
        IommufdDevice bound = null!;
        Assert.Equal(Errno.OK, Run(() => DeviceBind.Bind(Context, device, out bound)).Errno);
        return bound;
    }

    public SyscallResult Run(Func<Errno> function)
    {
        if (Task.Dead)
            Task = new KernelTask("P1", Memory);
        return Kernel.Run(Task, "", function, static f => f());
    }

    public SyscallResult Attach(IommufdDevice idev, ref uint ptId) => Change(idev, ref ptId, replaces: false);

    public SyscallResult Replace(IommufdDevice idev, ref uint ptId) => Change(idev, ref ptId, replaces: true);

    public SyscallResult Attach(IommufdDevice idev, uint ptId) => Attach(idev, ref ptId);

    public SyscallResult Replace(IommufdDevice idev, uint ptId) => Replace(idev, ref ptId);

    public void Detach(IommufdDevice idev) =>
        Assert.Equal(Errno.OK, Run(() => Done(() => DeviceAttach.Detach(idev, DeviceAttach.NoPasid))).Errno);

    public void Unbind(IommufdDevice idev) =>
        Assert.Equal(Errno.OK, Run(() => Done(() => DeviceBind.Unbind(idev))).Errno);

    public void Close() => Assert.Equal(Errno.OK, Target.Close(Task, Fd).Errno);

    /// <summary>Reads from a descriptor into memory that the program has, if not elsewhere.</summary>
    public (Errno Errno, ulong Done) ReadFrom(int fd, ulong count, ulong? address = null)
    {
        var result = Target.Read(Task, fd, address ?? DataPlace, count, out var done);
        return (result.Errno, done);
    }

    public (Errno Errno, ulong Done) WriteTo(int fd, ulong address, ulong count)
    {
        var result = Target.Write(Task, fd, address, count, out var done);
        return (result.Errno, done);
    }

    public uint Poll(int fd)
    {
        Target.Poll(Task, fd, out var mask);
        return mask;
    }

    /// <summary>
    /// Ends a test: closes these descriptors and the file; nothing is left, and nothing was reported.
    /// </summary>
    public void Finish(params ReadOnlySpan<int> descriptors)
    {
        foreach (var fd in descriptors)
            Assert.Equal(Errno.OK, Target.Close(Task, fd).Errno);
        Close();
        Assert.Equal(_liveAtBoot, Machine.Heap.LiveCount);
        AssertNoReports();
    }

    /// <summary>Nothing was reported.</summary>
    public void AssertNoReports() => Assert.Equal([], Titles());

    public string[] Titles() => [.. Machine.Reports.Select(r => r.Title)];

    private SyscallResult Change(IommufdDevice idev, ref uint ptId, bool replaces)
    {
        var id = ptId;
        var result = Run(() =>
            replaces
                ? DeviceAttach.Replace(idev, DeviceAttach.NoPasid, ref id)
                : DeviceAttach.Attach(idev, DeviceAttach.NoPasid, ref id)
        );
        ptId = id;
        return result;
    }

    private static Errno Done(Action action)
    {
        action();
        return Errno.OK;
    }
}
