using IommuSim.Machine;
using IommuSim.Machine.Reports;
using IommuSim.Source.Execution;

namespace IommuSim.Source.Provided;

/// <summary>
/// Memory that a driver exports as a file: the C of exporter and importer, and what connects them. Fences and mappings
/// of the processor are not provided.
/// </summary>
internal static class DmaBufs
{
    private const string Tag = "dma_buf";
    private const string Attachment = "dma_buf_attachment";
    private const string Info = "dma_buf_export_info";

    // Models drivers/dma-buf/dma-buf.c:dma_buf_export(), v7.3, for an exporter without a reservation of its own.
    [Provides("dma_buf_export")]
    public static ulong Export(Cpu cpu, ulong info)
    {
        if (cpu.Load(info, Info, "resv") != 0)
            throw cpu.NotProvided("dma_buf_export with a reservation", cpu.Site);
        var operations = OperationsOf(cpu);
        var file = FileCalls.CreateAnonymous(cpu, 0, operations, 0, (uint)cpu.Load32(info, Info, "flags"));
        if (CStructs.IsError(file))
            return file;
        var size = cpu.Machine.Image.SizeOf(Tag);
        var buffer = cpu.Machine.Heap.Allocate(cpu, size + cpu.Machine.Image.SizeOf("dma_resv"), isZeroed: true);
        if (buffer == 0)
        {
            FileCalls.Put(cpu, file);
            return CStructs.ErrorPointer((int)Errno.ENOMEM);
        }

        foreach (var member in (string[])["priv", "ops", "size", "exp_name", "owner"])
            cpu.Store(buffer, Tag, member, cpu.Load(info, Info, member));
        cpu.InitList(cpu.AddressOf(buffer, Tag, "attachments"));
        cpu.Store(buffer, Tag, "resv", buffer + size);
        cpu.Machine.Provided.Locks.Initialise(buffer + size, "reservation_ww_class_mutex");
        cpu.Store(buffer, Tag, "file", file);
        cpu.Store(file, "file", "private_data", buffer);
        return buffer;
    }

    /// <summary>A descriptor for the buffer, or a negative errno.</summary>
    // Models drivers/dma-buf/dma-buf.c:dma_buf_fd(), v7.3.
    [Provides("dma_buf_fd")]
    public static int Descriptor(Cpu cpu, ulong buffer, int flags)
    {
        var number = FileCalls.ReserveDescriptor(cpu, (uint)flags);
        if (number >= 0)
            FileCalls.InstallDescriptor(cpu, number, cpu.Load(buffer, Tag, "file"));
        return number;
    }

    /// <summary>-EBADF for no file, -EINVAL for one that is no buffer.</summary>
    // Models drivers/dma-buf/dma-buf.c:dma_buf_get(), v7.3.
    [Provides("dma_buf_get")]
    public static ulong Get(Cpu cpu, int number)
    {
        var file = FileCalls.Get(cpu, number);
        if (file == 0)
            return CStructs.ErrorPointer((int)Errno.EBADF);
        if (cpu.Load(file, "file", "f_op") == OperationsOf(cpu))
            return cpu.Load(file, "file", "private_data");
        FileCalls.Put(cpu, file);
        return CStructs.ErrorPointer((int)Errno.EINVAL);
    }

    [Provides("dma_buf_put")]
    public static void Put(Cpu cpu, ulong buffer) => FileCalls.Put(cpu, cpu.Load(buffer, Tag, "file"));

    /// <summary>The importer's device is not looked at: here it has no struct device.</summary>
    // Models drivers/dma-buf/dma-buf.c:dma_buf_dynamic_attach(), v7.3.
    [Provides("dma_buf_dynamic_attach")]
    public static ulong Attach(Cpu cpu, ulong buffer, ulong device, ulong importer, ulong importerData)
    {
        var made = cpu.Machine.Heap.Allocate(cpu, cpu.Machine.Image.SizeOf(Attachment), isZeroed: true);
        if (made == 0)
            return CStructs.ErrorPointer((int)Errno.ENOMEM);
        cpu.Store(made, Attachment, "dev", device);
        cpu.Store(made, Attachment, "dmabuf", buffer);
        cpu.Store(made, Attachment, "importer_ops", importer);
        cpu.Store(made, Attachment, "importer_priv", importerData);
        var rc = (int)CallExporter(cpu, buffer, "attach", buffer, made);
        if (rc != 0)
        {
            cpu.Machine.Heap.Free(cpu, made);
            return CStructs.ErrorPointer(-rc);
        }

        var list = cpu.AddressOf(buffer, Tag, "attachments");
        Lock(cpu, buffer);
        // At the head: the youngest is told first.
        cpu.AddToTail(cpu.AddressOf(made, Attachment, "node"), (ulong)cpu.Memory.Load64(list, cpu.Site));
        Unlock(cpu, buffer);
        return made;
    }

    // Models drivers/dma-buf/dma-buf.c:dma_buf_detach(), v7.3.
    [Provides("dma_buf_detach")]
    public static void Detach(Cpu cpu, ulong buffer, ulong attachment)
    {
        Lock(cpu, buffer);
        var node = cpu.AddressOf(attachment, Attachment, "node");
        var next = cpu.Memory.Load64(node, cpu.Site);
        var previous = cpu.Memory.Load64(node + sizeof(ulong), cpu.Site);
        cpu.Memory.Store64((ulong)previous, next, cpu.Site);
        cpu.Memory.Store64((ulong)next + sizeof(ulong), previous, cpu.Site);
        Unlock(cpu, buffer);
        CallExporter(cpu, buffer, "detach", buffer, attachment);
        cpu.Machine.Heap.Free(cpu, attachment);
    }

    [Provides("dma_buf_pin")]
    public static int Pin(Cpu cpu, ulong attachment) =>
        (int)CallExporter(cpu, cpu.Load(attachment, Attachment, "dmabuf"), "pin", attachment);

    [Provides("dma_buf_unpin")]
    public static void Unpin(Cpu cpu, ulong attachment) =>
        CallExporter(cpu, cpu.Load(attachment, Attachment, "dmabuf"), "unpin", attachment);

    /// <summary>Tells every importer that its mappings end.</summary>
    // Models drivers/dma-buf/dma-buf.c:dma_buf_invalidate_mappings(), v7.3.
    [Provides("dma_buf_invalidate_mappings")]
    public static void Invalidate(Cpu cpu, ulong buffer)
    {
        var list = cpu.AddressOf(buffer, Tag, "attachments");
        var offset = cpu.Machine.Image.OffsetOf(Attachment, "node");
        for (var at = (ulong)cpu.Memory.Load64(list, cpu.Site); at != list; )
        {
            var importer = cpu.Load(at - offset, Attachment, "importer_ops");
            if (importer != 0 && cpu.Load(importer, "dma_buf_attach_ops", "invalidate_mappings") is not 0 and var told)
                cpu.Call(told, at - offset);
            at = (ulong)cpu.Memory.Load64(at, cpu.Site);
        }
    }

    /// <summary>The last reference of the file is gone.</summary>
    // Models drivers/dma-buf/dma-buf.c:dma_buf_release(), v7.3.
    [Provides("iommusim_dma_buf_release")]
    public static int Release(Cpu cpu, ulong inode, ulong file)
    {
        var buffer = cpu.Load(file, "file", "private_data");
        if (buffer == 0)
            return 0;
        var list = cpu.AddressOf(buffer, Tag, "attachments");
        if ((ulong)cpu.Memory.Load64(list, cpu.Site) != list)
            cpu.Machine.Reporter.Report(ReportKind.Warning, cpu.Site, "a buffer with attachments is released");
        CallExporter(cpu, buffer, "release", buffer);
        cpu.Machine.Heap.Free(cpu, buffer);
        return 0;
    }

    /// <summary>What the exporter returns; 0 for an operation that it does not have.</summary>
    private static ulong CallExporter(Cpu cpu, ulong buffer, string operation, params ReadOnlySpan<ulong> arguments)
    {
        var function = cpu.Load(cpu.Load(buffer, Tag, "ops"), "dma_buf_ops", operation);
        return function == 0 ? 0 : cpu.Call(function, arguments);
    }

    private static void Lock(Cpu cpu, ulong buffer) => Locks.LockWoundWait(cpu, cpu.Load(buffer, Tag, "resv"), 0);

    private static void Unlock(Cpu cpu, ulong buffer) => Locks.UnlockWoundWait(cpu, cpu.Load(buffer, Tag, "resv"));

    private static ulong OperationsOf(Cpu cpu) => cpu.Machine.Provided.DmaBufs.OperationsOf(cpu);
}

/// <summary>By what the files of dma-bufs are known.</summary>
internal sealed class DmaBufTable
{
    private ulong _operations;

    internal DmaBufTable Copy() => new() { _operations = _operations };

    /// <summary>The file operations of all dma-bufs; made when the first is asked for.</summary>
    internal ulong OperationsOf(Cpu cpu)
    {
        if (_operations != 0)
            return _operations;
        _operations = cpu.Machine.Heap.AllocateFixed(cpu.Machine.Image.SizeOf("file_operations"));
        cpu.Store(_operations, "file_operations", "release", cpu.Machine.Image.AddressOf("iommusim_dma_buf_release"));
        return _operations;
    }
}
