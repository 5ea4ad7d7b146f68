using System.Collections.Immutable;
using IommuSim.Iommu;
using IommuSim.Iommu.Syscalls;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Machine.Reports;
using IommuSim.Source;

namespace IommuSim.TestKit;

/// <summary>
/// A kernel that has booted, and the one program on it. Devices are plugged in before the first file is opened. Made
/// for one thread: the tasks of <see cref="Schedules"/> take turns.
/// </summary>
public sealed class SimulatedKernel : IDisposable
{
    private readonly UserAddressSpace _memory = new();
    private readonly List<IommuFile> _files = [];
    private readonly List<ProgramTask> _tasks = [];
    private readonly ChosenKernel _chosen;
    private ProgramTask _running;
    private int _devices;

    internal SimulatedKernel(ChosenKernel chosen)
    {
        _chosen = chosen;
        Name = chosen.Name;
        Running = chosen.Catalog.Boot(chosen.Node, chosen.Build);
        _running = NewTask();
    }

    /// <summary>As it was asked for.</summary>
    public string Name { get; }

    /// <summary>
    /// What the kernel's checkers printed, the oldest first: KASAN, UBSAN, KMSAN, lockdep, refcount_t, WARN. A test
    /// that expects none asserts that it is empty.
    /// </summary>
    public IReadOnlyList<KernelReport> Reports => Running.Machine.Reports;

    /// <summary>The kernel as VFIO and programs call it, for what has no method here.</summary>
    public IKernel Running { get; }

    /// <summary>The memory of the program: what an ioctl's struct points to is put here.</summary>
    public UserAddressSpace Memory => _memory;

    internal KernelTask Task
    {
        get
        {
            // Who died in the kernel makes no further call; another thread of the program does.
            if (_running.Task.Dead)
                _running = NewTask();
            return _running.Task;
        }
    }

    /// <summary>Where the task puts the struct of an ioctl.</summary>
    internal ulong Place => _running.Place;

    /// <summary>Whether a task died in the kernel: what it held is lost, and nothing is given back.</summary>
    internal bool AnyoneDied => _tasks.Exists(task => task.Task.Dead) || Running is SourceKernel { AnyoneDied: true };

    /// <summary>Boots a kernel.</summary>
    /// <param name="kernel">
    /// A name of <c>iommusim kernels</c>, such as <c>linux-7.3</c> or <c>v1/08</c>, with build switches behind it as in
    /// <c>v1/12,gcc=O0</c>; or the file that <c>iommusim build</c> made of a tree's C.
    /// </param>
    /// <param name="driverFiles">YAML files with drivers that the kernel gets too.</param>
    /// <exception cref="ArgumentException">There is no such kernel, or a file is wrong; one sentence.</exception>
    public static SimulatedKernel Boot(string kernel, params IEnumerable<string> driverFiles) =>
        new(ChosenKernel.Of(kernel, driverFiles));

    /// <summary>Plugs in a device.</summary>
    /// <param name="driver">A name of <c>iommusim drivers</c> that the kernel has.</param>
    /// <param name="group">Devices of one group share a domain; null for a group of its own.</param>
    /// <param name="settings">As in a scenario: <c>("pasid_bits", "4")</c>.</param>
    /// <exception cref="ArgumentException">The kernel has no such driver, or the driver no such setting.</exception>
    public SimulatedDevice AddDevice(
        string driver = "mock",
        string? group = null,
        params IEnumerable<(string Name, string Value)> settings
    )
    {
        var name = $"dev{_devices++}";
        var options = new DeviceOptions(name, group ?? name)
        {
            Settings = settings.ToImmutableDictionary(s => s.Name, s => s.Value, StringComparer.Ordinal),
        };
        return Running.TryAddDevice(driver, options, out var device, out var error)
            ? new SimulatedDevice(device)
            : throw new ArgumentException(error, nameof(driver));
    }

    /// <summary>Opens /dev/iommu.</summary>
    /// <exception cref="InvalidOperationException">The kernel refused: an allocation was made to fail.</exception>
    public IommuFile Open()
    {
        var result = Running.Open(Task, out var descriptor);
        if (!result.Succeeded)
            throw new InvalidOperationException($"open of /dev/iommu: {result}");
        var file = new IommuFile(this, descriptor);
        _files.Add(file);
        return file;
    }

    /// <summary>
    /// The program ends: devices are detached and unbound, and files closed, as far as no task died. What is reported
    /// then is in <see cref="Reports"/> too.
    /// </summary>
    public void Dispose()
    {
        foreach (var file in _files)
            file.Dispose();
        _files.Clear();
        (Running as IDisposable)?.Dispose();
    }

    /// <summary>The C# struct of an ioctl of this kernel, and its number.</summary>
    /// <exception cref="ArgumentException">The kernel's table has no such ioctl.</exception>
    internal Type StructOf(string ioctl, out uint nr)
    {
        foreach (var row in _chosen.Catalog.SpecOf(_chosen.Node).Ioctls)
        {
            if (row.Struct is null || (row.Name != ioctl && !IsHwInfo(ioctl, row.Name)))
                continue;
            nr = row.Nr;
            return row.Struct;
        }

        throw new ArgumentException($"{Name} has no {ioctl}; 'iommusim ioctls' lists what it has", nameof(ioctl));

        // Its name changed within the series.
        static bool IsHwInfo(string asked, string has) =>
            asked == "IOMMU_GET_HW_INFO" && has.StartsWith("IOMMU_DEVICE_GET", StringComparison.Ordinal);
    }

    /// <summary>New memory of the program with these bytes.</summary>
    internal ulong Put(ReadOnlySpan<byte> bytes)
    {
        var address = _memory.Map((ulong)bytes.Length);
        _memory.Write(address, bytes);
        return address;
    }

    /// <summary>The tasks of an exploration, of which the first is the program's own.</summary>
    internal ProgramTask[] NewTasks(int count) => [_running, .. Enumerable.Range(1, count - 1).Select(_ => NewTask())];

    private ProgramTask NewTask()
    {
        var task = new KernelTask($"P{_tasks.Count}", _memory);
        _tasks.Add(new ProgramTask(task, _memory.Map(UserAddressSpace.PageSize)));
        return _tasks[^1];
    }

    internal void GoOnAs(ProgramTask task) => _running = task;
}

/// <summary>A device that was plugged in.</summary>
public sealed class SimulatedDevice
{
    internal SimulatedDevice(IKernelDevice device) => Device = device;

    internal IKernelDevice Device { get; }

    /// <summary>As reports call it.</summary>
    public string Name => Device.Name;
}

/// <summary>A thread of the program, and where it puts the structs of its ioctls.</summary>
internal sealed record ProgramTask(KernelTask Task, ulong Place);
