using IommuSim.Iommu.Syscalls;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Machine.Reports;
using IommuSim.Source.Execution;

namespace IommuSim.Source.Provided;

/// <summary>
/// Files: the struct file of each, the descriptors behind which they are, and the devices that can be opened. All
/// programs share the descriptors. A descriptor is never given out twice, as in the models.
/// </summary>
internal sealed class FileTable
{
    private const int Enodev = -(int)Errno.ENODEV;
    private const int Emfile = -(int)Errno.EMFILE;
    private const int Ebusy = -(int)Errno.EBUSY;
    private const ulong ReadWrite = 3;

    /// <summary>FMODE_OPENED, FMODE_CAN_WRITE and FMODE_CAN_READ.</summary>
    private const ulong ModeOpened = 0xe0000;

    private readonly SourceMachine _machine;

    /// <summary>By the kernel's own number; 0 is reserved for a file to come.</summary>
    private readonly Dictionary<int, ulong> _open = [];

    /// <summary>The kernel's own number by that of the program, for files that an ioctl created.</summary>
    private readonly Dictionary<int, int> _ownNumbers = [];

    /// <summary>Files of programs that the C got by their descriptors, by the struct file that it has.</summary>
    private readonly Dictionary<ulong, IUserFile> _foreign = [];

    /// <summary>Misc devices by name.</summary>
    private readonly Dictionary<string, ulong> _devices = new(StringComparer.Ordinal);
    private FileLayout? _layout;
    private int _next;
    private ulong _inode;

    internal FileTable(SourceMachine machine) => _machine = machine;

    /// <summary>
    /// Chooses the program's descriptor of a file that an ioctl creates; null for the kernel's own number.
    /// </summary>
    public IDescriptorAllocator? Descriptors { get; set; }

    /// <summary>Descriptors behind which a file is open.</summary>
    public int OpenCount => _open.Count(static entry => entry.Value != 0);

    private FileLayout Layout => _layout ??= new FileLayout(_machine.Image);

    internal FileTable Copy(SourceMachine machine)
    {
        var copy = new FileTable(machine)
        {
            _layout = _layout,
            _next = _next,
            _inode = _inode,
        };
        foreach (var (fd, file) in _open)
            copy._open.Add(fd, file);
        foreach (var (name, device) in _devices)
            copy._devices.Add(name, device);
        return copy;
    }

    /// <summary>open("/dev/NAME"): 0, or a negative errno.</summary>
    // Models drivers/char/misc.c:misc_open(), v7.3.
    public int Open(Cpu cpu, string name, out int fd)
    {
        fd = -1;
        if (!_devices.TryGetValue(name, out var device))
            return Enodev;
        var operations = Word(cpu, device + _machine.Image.OffsetOf("miscdevice", "fops"));
        var file = Create(cpu, operations, device, flags: 2);
        var open = Operation(cpu, file, "open");
        var rc = open == 0 ? 0 : (int)cpu.Call(open, _inode, file);
        if (rc != 0)
        {
            _machine.Heap.Free(cpu, file);
            return rc;
        }

        fd = _next++;
        _open.Add(fd, file);
        _machine.Races?.Clocks.Table(cpu, fd, isWrite: true);
        return 0;
    }

    /// <summary>close(fd): false for a descriptor behind which nothing is open.</summary>
    // Models fs/open.c:close(), v7.3.
    public bool Close(Cpu cpu, int fd)
    {
        Reach(cpu, this, Touch.Write, "close_fd");
        if (!TryFind(fd, out var file))
            return false;
        _machine.Races?.Clocks.Table(cpu, fd, isWrite: true);
        _open.Remove(fd);
        PutNow(cpu, file);
        return true;
    }

    /// <summary>The file behind a descriptor; the caller has no reference of its own.</summary>
    public bool TryFind(int fd, out ulong file) => _open.TryGetValue(fd, out file) && file != 0;

    /// <summary>The file behind a descriptor, with a reference that a <see cref="Put"/> gives up.</summary>
    // Models fs/file.c:fdget(), v7.3.
    public bool TryGet(Cpu cpu, int fd, out ulong file)
    {
        Reach(cpu, this, Touch.Read, "fdget");
        if (!TryFind(fd, out file))
            return false;
        _machine.Races?.Clocks.Table(cpu, fd, isWrite: false);
        Get(cpu, file);
        return true;
    }

    /// <summary>The same by the program's number, also of a file that is none of the kernel's own.</summary>
    internal bool TryGetByNumber(Cpu cpu, int number, out ulong file)
    {
        var own = number;
        var isOurs = Descriptors?.TryFind(cpu.Task, number, out own) ?? true;
        if (isOurs && TryGet(cpu, own, out file))
            return true;
        file = 0;
        if (cpu.Task.Memory.FindFile(number) is not { } foreign)
            return false;
        file = Create(cpu, operations: 0, privateData: 0, flags: 0);
        _foreign.Add(file, foreign);
        return true;
    }

    /// <summary>The program's own file behind a struct file; null for one of the kernel.</summary>
    internal IUserFile? ForeignAt(ulong file) => _foreign.GetValueOrDefault(file);

    /// <summary>
    /// The address of one of a file's operations, such as <c>unlocked_ioctl</c>; 0 where it has none.
    /// </summary>
    public ulong Operation(Cpu cpu, ulong file, string name)
    {
        var operations = Word(cpu, file + Layout.Operations);
        return operations == 0 ? 0 : Word(cpu, operations + _machine.Image.OffsetOf("file_operations", name));
    }

    public ulong PrivateDataOf(Cpu cpu, ulong file) => Word(cpu, file + Layout.PrivateData);

    public void Get(Cpu cpu, ulong file) => AddReferences(cpu, file, 1);

    /// <summary>The last reference releases the file when the task returns to user space.</summary>
    // Models fs/file_table.c:fput(), v7.3.
    public void Put(Cpu cpu, ulong file)
    {
        if (IsLastPut(cpu, file))
            _machine.Provided.Deferred.ReleaseFile(cpu, file);
    }

    /// <summary>The last reference releases the file at once.</summary>
    // Models fs/file_table.c:__fput_sync(), v7.3.
    public void PutNow(Cpu cpu, ulong file)
    {
        if (IsLastPut(cpu, file))
            Release(cpu, file);
    }

    /// <summary>A new file with one reference. Its allocation was decided before.</summary>
    public ulong Create(Cpu cpu, ulong operations, ulong privateData, uint flags)
    {
        var layout = Layout;
        if (_inode == 0 && _machine.Image.HasStruct("inode"))
            _inode = _machine.Heap.AllocateFixed(_machine.Image.SizeOf("inode"));
        var file = _machine.Heap.AllocateSurely(cpu, layout.Size, isZeroed: true);
        var at = new StructWriter(_machine, "file", file);
        at.Set("f_op", operations);
        at.Set("private_data", privateData);
        at.Set("f_inode", _inode);
        at.Set("f_flags", flags, size: 4);
        // The mode of open(2) is one less than the bits that say what may be done.
        at.Set("f_mode", ((flags + 1) & ReadWrite) | ModeOpened, size: 4);
        _machine.Memory.Store64(file + layout.References, layout.OneReference, cpu.Site);
        return file;
    }

    /// <summary>The program's number, reserved for a file to come; or a negative errno.</summary>
    // Models fs/file.c:get_unused_fd_flags(), v7.3.
    internal int Reserve()
    {
        var machine = _machine.Machine;
        if (!machine.Heap.CanAllocate("get_unused_fd_flags"))
            return Emfile;
        var number = _next;
        if (Descriptors is { } descriptors)
        {
            var rc = descriptors.Reserve(machine.Current, _next, out number);
            if (rc != Errno.OK)
                return -(int)rc;
        }

        _open.Add(_next, 0);
        _ownNumbers[number] = _next++;
        return number;
    }

    internal void Cancel(int number)
    {
        if (!_ownNumbers.Remove(number, out var own))
            return;
        _open.Remove(own);
        Descriptors?.Cancel(own, number);
    }

    internal void Install(int number, ulong file)
    {
        Reach(_machine.Running, this, Touch.Write, "fd_install");
        var own = _ownNumbers[number];
        _open[own] = file;
        _machine.Races?.Clocks.Table(_machine.Running, own, isWrite: true);
        Descriptors?.Install(own, number);
    }

    internal int AddDevice(string name, ulong device) => _devices.TryAdd(name, device) ? 0 : Ebusy;

    internal void RemoveDevice(string name) => _devices.Remove(name);

    // Models fs/file_table.c:__fput(), v7.3.
    internal void Release(Cpu cpu, ulong file)
    {
        Atomic.MightSleep(cpu, "__fput");
        var release = Operation(cpu, file, "release");
        if (release != 0)
            cpu.Call(release, Word(cpu, file + Layout.Inode), file);
        _foreign.Remove(file);
        _machine.Heap.Free(cpu, file);
    }

    /// <summary>
    /// Tasks may change over now: a spinlock that the C has released is another's to take, and no longer this task's.
    /// </summary>
    private void Reach(Cpu cpu, object resource, Touch touch, string site)
    {
        if (cpu.SpinLocks.Count != 0)
            SpinLocks.ForgetReleased(cpu);
        _machine.Machine.Reach(resource, touch, site);
    }

    private bool IsLastPut(Cpu cpu, ulong file)
    {
        // Only a scheduler asks what tasks contend for, and there are many places.
        object place = _machine.Machine.Scheduler is null ? this : _machine.Points.PlaceOf(file + Layout.References);
        Reach(cpu, place, Touch.Write, "fput");
        _machine.Races?.Clocks.Exchange(cpu, file + Layout.References);
        var left = AddReferences(cpu, file, -1) - Layout.OneReference;
        if (left < -1)
            cpu.Machine.Reporter.Report(ReportKind.Warning, cpu.Site, "a file was put more often than it was got");
        return left == -1;
    }

    private long AddReferences(Cpu cpu, ulong file, long change)
    {
        var at = file + Layout.References;
        var count = cpu.Memory.Load64(at, cpu.Site) + change;
        cpu.Memory.Store64(at, count, cpu.Site);
        return count;
    }

    private static ulong Word(Cpu cpu, ulong address) => (ulong)cpu.Memory.Load64(address, cpu.Site);

    /// <summary>Where in a struct file things are.</summary>
    private sealed class FileLayout(KernelImage image)
    {
        public ulong Size { get; } = image.SizeOf("file");

        public ulong Operations { get; } = image.OffsetOf("file", "f_op");

        public ulong PrivateData { get; } = image.OffsetOf("file", "private_data");

        public ulong Inode { get; } = image.OffsetOf("file", "f_inode");

        public ulong References { get; } =
            image.OffsetOf("file", image.HasMember("file", "f_ref") ? "f_ref" : "f_count");

        /// <summary>Newer kernels count from 0, so that putting the last one makes it negative.</summary>
        public long OneReference { get; } = image.HasMember("file", "f_ref") ? 0 : 1;
    }
}
