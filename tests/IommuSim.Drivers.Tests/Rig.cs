using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Drivers.Tests;

/// <summary>
/// A machine with a running task, and what a core would hand to a driver. Drivers have every bug that they are
/// released or posted with.
/// </summary>
internal sealed class Rig
{
    private int _devices;

    public Rig()
        : this(Enum.GetValues<Bug>()) { }

    public Rig(Bug[] bugs)
    {
        Machine = new KernelMachine(BuildSwitches.Default, KernelBugs.SetOf(bugs));
        Machine.Enter(new KernelTask("P0", Memory));
    }

    public KernelMachine Machine { get; }

    public UserAddressSpace Memory { get; } = new();

    /// <summary>A device with settings written as in a scenario: <c>nest=no sc=no</c>.</summary>
    public IommuDevice Device(DriverSpec driver, string settings = "")
    {
        var name = $"dev{_devices++}";
        var options = new DeviceOptions(name, name) { Settings = Parse(settings) };
        return driver.CreateDevice(Machine, driver, options);
    }

    /// <summary>A domain of the classic op, which must succeed.</summary>
    public static IommuDomain Paging(IommuDevice device)
    {
        var domain = device.Ops.DomainAlloc!(device, DomainType.Unmanaged);
        Assert.NotNull(domain);
        return domain;
    }

    /// <summary>Hardware information of whatever type the driver has by default.</summary>
    public static Errno HwInfo(IommuDevice device, Span<byte> data, out int length)
    {
        var type = HwInfoType.IOMMU_HW_INFO_TYPE_DEFAULT;
        return device.Ops.HwInfo!(device, data, out length, ref type);
    }

    public static Errno Alloc(IommuDevice device, IommuDomain? parent, UserData data, out IommuDomain? domain) =>
        device.Ops.DomainAllocUser!(device, 0, parent, data, out domain);

    public static IommuDomain MustAlloc(IommuDevice device, IommuDomain? parent, UserData data, uint flags = 0)
    {
        Assert.Equal(Errno.OK, device.Ops.DomainAllocUser!(device, flags, parent, data, out var domain));
        Assert.NotNull(domain);
        return domain;
    }

    /// <summary>What the driver says; the core's part of attaching is done here.</summary>
    public static Errno Attach(IommuDomain domain, IommuDevice device)
    {
        var rc = domain.Ops.AttachDev!(domain, device);
        if (rc == Errno.OK)
            device.Attached = domain;
        return rc;
    }

    /// <summary>Data as the core copies it, v1 to v3.</summary>
    public static UserData Copied<T>(T value, uint type)
        where T : unmanaged => UserData.OfCopy(type, Buffer(value));

    public static KernelBuffer Buffer<T>(T value)
        where T : unmanaged
    {
        var buffer = new KernelBuffer(Unsafe.SizeOf<T>(), BufferPlace.Heap);
        buffer.Zero();
        buffer.As<T>() = value;
        return buffer;
    }

    /// <summary>Data in user memory, v4 on.</summary>
    public UserData InUser<T>(T value, uint type)
        where T : unmanaged => UserData.OfUser(type, Put(value), (uint)Unsafe.SizeOf<T>());

    /// <summary>
    /// Puts values one after the other into fresh user memory; answers the address.
    /// </summary>
    public ulong Put<T>(params ReadOnlySpan<T> values)
        where T : unmanaged
    {
        var bytes = System.Runtime.InteropServices.MemoryMarshal.AsBytes(values);
        var address = Memory.Map((ulong)bytes.Length);
        Assert.Equal(0, Memory.Write(address, bytes));
        return address;
    }

    public uint ReadWord(ulong address)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        Assert.Equal(0, Memory.Read(address, bytes));
        return BitConverter.ToUInt32(bytes);
    }

    /// <summary>From now on the nth allocation fails; 0 none.</summary>
    public void FailAllocation(int nth) => Machine.Decisions.Inject(DecisionKind.Allocation, nth);

    public void FailCopy(int nth) => Machine.Decisions.Inject(DecisionKind.Copy, nth);

    public void AssertNoReports() => Assert.Empty(Machine.Reports);

    /// <summary>Exactly these titles, in this order.</summary>
    public void AssertReports(params string[] titles) =>
        Assert.Equal(titles, [.. Machine.Reports.Select(r => r.Title)], StringComparer.Ordinal);

    private static ImmutableDictionary<string, string> Parse(string settings)
    {
        var parsed = ImmutableDictionary.Create<string, string>(StringComparer.Ordinal);
        foreach (var setting in settings.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = setting.Split('=');
            parsed = parsed.Add(parts[0], parts[1]);
        }

        return parsed;
    }
}
