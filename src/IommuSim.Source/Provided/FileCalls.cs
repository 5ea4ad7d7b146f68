using IommuSim.Machine;
using IommuSim.Source.Execution;

namespace IommuSim.Source.Provided;

/// <summary>Files, descriptors and misc devices as the kernel's C asks for them; see <see cref="FileTable"/>.</summary>
internal static class FileCalls
{
    private const long Enomem = -(long)Errno.ENOMEM;

    /// <summary>FMODE_LSEEK, FMODE_PREAD and FMODE_PWRITE.</summary>
    private const int Seekable = 0x1c;

    // Models fs/anon_inodes.c:anon_inode_getfile(), v7.3.
    [Provides("anon_inode_getfile")]
    public static ulong CreateAnonymous(Cpu cpu, ulong name, ulong operations, ulong privateData, uint flags)
    {
        Atomic.MightSleep(cpu, "anon_inode_getfile");
        if (!cpu.Machine.Machine.Heap.CanAllocate("anon_inode_getfile"))
            return unchecked((ulong)Enomem);
        return cpu.Machine.Provided.Files.Create(cpu, operations, privateData, flags);
    }

    // Models fs/file.c:get_unused_fd_flags(), v7.3.
    [Provides("get_unused_fd_flags")]
    public static int ReserveDescriptor(Cpu cpu, uint flags)
    {
        Atomic.MightSleep(cpu, "get_unused_fd_flags");
        return cpu.Machine.Provided.Files.Reserve();
    }

    // Models fs/file.c:put_unused_fd(), v7.3.
    [Provides("put_unused_fd")]
    public static void CancelDescriptor(Cpu cpu, int number) => cpu.Machine.Provided.Files.Cancel(number);

    // Models fs/file.c:fd_install(), v7.3.
    [Provides("fd_install")]
    public static void InstallDescriptor(Cpu cpu, int number, ulong file) =>
        cpu.Machine.Provided.Files.Install(number, file);

    /// <summary>NULL for a descriptor behind which nothing is open.</summary>
    // Models fs/file.c:fget(), v7.3.
    [Provides("fget")]
    public static ulong Get(Cpu cpu, int number) =>
        cpu.Machine.Provided.Files.TryGetByNumber(cpu, number, out var file) ? file : 0;

    // Models fs/file_table.c:fput(), v7.3.
    [Provides("fput")]
    public static void Put(Cpu cpu, ulong file) => cpu.Machine.Provided.Files.Put(cpu, file);

    // Models fs/file_table.c:__fput_sync(), v7.3.
    [Provides("__fput_sync")]
    public static void PutNow(Cpu cpu, ulong file) => cpu.Machine.Provided.Files.PutNow(cpu, file);

    /// <summary>A device node appears. Its struct device in sysfs does not: nothing here looks for it.</summary>
    // Models drivers/char/misc.c:misc_register(), v7.3.
    [Provides("misc_register")]
    public static int Register(Cpu cpu, ulong device) =>
        cpu.Machine.Provided.Files.AddDevice(NameOf(cpu, device), device);

    // Models drivers/char/misc.c:misc_deregister(), v7.3.
    [Provides("misc_deregister")]
    public static void Deregister(Cpu cpu, ulong device) =>
        cpu.Machine.Provided.Files.RemoveDevice(NameOf(cpu, device));

    // Models fs/open.c:nonseekable_open(), v7.3.
    [Provides("nonseekable_open")]
    public static int OpenNonseekable(Cpu cpu, ulong inode, ulong file)
    {
        var mode = file + cpu.Machine.Image.OffsetOf("file", "f_mode");
        cpu.Memory.Store32(mode, cpu.Memory.Load32(mode, cpu.Site) & ~Seekable, cpu.Site);
        return 0;
    }

    private static string NameOf(Cpu cpu, ulong device)
    {
        var name = device + cpu.Machine.Image.OffsetOf("miscdevice", "name");
        return KernelText.ReadString(cpu, (ulong)cpu.Memory.Load64(name, cpu.Site));
    }
}
