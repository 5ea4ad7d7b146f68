using System.Runtime.InteropServices;
using System.Text;

namespace IommuSim.Bridge.Host;

/// <summary>
/// The system calls that the bridge makes. Each returns -1 and leaves the reason in
/// <see cref="Marshal.GetLastPInvokeError"/>, unless it says otherwise.
/// </summary>
internal static unsafe partial class Libc
{
    private const string Library = "libc";

    [LibraryImport(Library, EntryPoint = "lseek", SetLastError = true)]
    public static partial long Seek(int fd, long offset, int whence);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    public static partial long Syscall(long number, long a, long b, long c);

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Ioctl(int fd, ulong request, void* argument);

    [LibraryImport(Library, EntryPoint = "prctl", SetLastError = true)]
    public static partial int Prctl(int option, ulong a, ulong b, ulong c, ulong d);

    [LibraryImport(Library, EntryPoint = "prlimit", SetLastError = true)]
    public static partial int Prlimit(int pid, int resource, ResourceLimit* set, ResourceLimit* get);

    [LibraryImport(Library, EntryPoint = "fstatfs", SetLastError = true)]
    private static partial int FStatFs(int fd, long* status);

    /// <summary>The number of the file system that the file is on; 0 where the host does not say.</summary>
    public static long FileSystemOf(int fd)
    {
        const int Words = 16;
        var status = stackalloc long[Words];
        return FStatFs(fd, status) == 0 ? status[0] : 0;
    }

    /// <summary>The effective capabilities of a thread, a bit each; none of one that is gone.</summary>
    public static uint CapabilitiesOf(int tid)
    {
        // C's struct __user_cap_header_struct, and two of __user_cap_data_struct: the lower and the upper 32.
        var header = stackalloc int[2] { HostConstants._LINUX_CAPABILITY_VERSION_3, tid };
        var data = stackalloc uint[6];
        return Syscall(HostConstants.__NR_capget, (long)header, (long)data, 0) == 0 ? data[0] : 0;
    }

    [LibraryImport(Library, EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollEntry* entries, ulong count, int timeout);

    [LibraryImport(Library, EntryPoint = "read", SetLastError = true)]
    public static partial long Read(int fd, void* buffer, ulong count);

    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    public static partial long Write(int fd, void* buffer, ulong count);

    [LibraryImport(Library, EntryPoint = "send", SetLastError = true)]
    public static partial long Send(int fd, void* buffer, ulong count, int flags);

    [LibraryImport(Library, EntryPoint = "recv", SetLastError = true)]
    public static partial long Receive(int fd, void* buffer, ulong count, int flags);

    [LibraryImport(Library, EntryPoint = "pread", SetLastError = true)]
    public static partial long PRead(int fd, void* buffer, ulong count, long offset);

    [LibraryImport(Library, EntryPoint = "pwrite", SetLastError = true)]
    public static partial long PWrite(int fd, void* buffer, ulong count, long offset);

    [LibraryImport(Library, EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int fd);

    [LibraryImport(Library, EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Fcntl(int fd, int command, int argument);

    [LibraryImport(Library, EntryPoint = "socketpair", SetLastError = true)]
    public static partial int SocketPair(int domain, int type, int protocol, int* ends);

    [LibraryImport(Library, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, uint mode);

    [LibraryImport(
        Library,
        EntryPoint = "memfd_create",
        SetLastError = true,
        StringMarshalling = StringMarshalling.Utf8
    )]
    public static partial int CreateMemoryFile(string name, uint flags);

    [LibraryImport(Library, EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Access(string path, int mode);

    [LibraryImport(Library, EntryPoint = "mkfifo", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int MakeFifo(string path, uint mode);

    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true)]
    public static partial int Statx(int folder, byte* path, int flags, uint mask, byte* result);

    [LibraryImport(Library, EntryPoint = "readlink", SetLastError = true)]
    public static partial long ReadLink(byte* path, byte* buffer, ulong size);

    [LibraryImport(Library, EntryPoint = "inotify_init1", SetLastError = true)]
    public static partial int InotifyInit(int flags);

    [LibraryImport(
        Library,
        EntryPoint = "inotify_add_watch",
        SetLastError = true,
        StringMarshalling = StringMarshalling.Utf8
    )]
    public static partial int InotifyAddWatch(int fd, string path, uint mask);

    [LibraryImport(Library, EntryPoint = "inotify_rm_watch", SetLastError = true)]
    public static partial int InotifyRemoveWatch(int fd, int watch);

    [LibraryImport(Library, EntryPoint = "process_vm_readv", SetLastError = true)]
    public static partial long ProcessVmRead(
        int pid,
        IoVector* local,
        ulong localCount,
        IoVector* remote,
        ulong remoteCount,
        ulong flags
    );

    [LibraryImport(Library, EntryPoint = "process_vm_writev", SetLastError = true)]
    public static partial long ProcessVmWrite(
        int pid,
        IoVector* local,
        ulong localCount,
        IoVector* remote,
        ulong remoteCount,
        ulong flags
    );

    [LibraryImport(Library, EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int pid, int signal);

    /// <summary>Returns the handler that was there before.</summary>
    [LibraryImport(Library, EntryPoint = "signal", SetLastError = true)]
    public static partial nint Signal(int signal, nint handler);

    [LibraryImport(Library, EntryPoint = "waitpid", SetLastError = true)]
    public static partial int WaitPid(int pid, int* status, int options);

    /// <summary>Of the C library: what PTRACE_PEEK* read is not its result, so those are not for this.</summary>
    [LibraryImport(Library, EntryPoint = "ptrace", SetLastError = true)]
    public static partial long Ptrace(long request, int tid, void* address, void* data);

    [LibraryImport(Library, EntryPoint = "waitid", SetLastError = true)]
    public static partial int WaitId(int kind, int id, void* information, int options);

    [LibraryImport(Library, EntryPoint = "getpid")]
    public static partial int GetPid();

    [LibraryImport(Library, EntryPoint = "getppid")]
    public static partial int GetParentPid();

    [LibraryImport(Library, EntryPoint = "getpgrp")]
    public static partial int GetProcessGroup();

    [LibraryImport(Library, EntryPoint = "tcgetpgrp", SetLastError = true)]
    public static partial int TerminalProcessGroup(int fd);

    [LibraryImport(Library, EntryPoint = "execve", SetLastError = true)]
    public static partial int Execve(byte* path, byte** arguments, byte** environment);

    [LibraryImport(Library, EntryPoint = "_exit")]
    public static partial void Exit(int status);

    /// <summary>Returns an errno, 0 for success.</summary>
    [LibraryImport(Library, EntryPoint = "posix_spawn")]
    public static partial int Spawn(
        int* pid,
        byte* path,
        void* actions,
        void* attributes,
        byte** arguments,
        byte** environment
    );

    /// <summary>The reason of the last call that failed.</summary>
    public static int LastError => Marshal.GetLastPInvokeError();

    /// <summary>As strerror prints it.</summary>
    public static string Describe(int error) => Marshal.GetPInvokeErrorMessage(error);
}

[StructLayout(LayoutKind.Sequential)]
internal struct ResourceLimit
{
    public ulong Soft;
    public ulong Hard;
}

[StructLayout(LayoutKind.Sequential)]
internal struct PollEntry
{
    public int Fd;
    public short Events;
    public short Returned;
}

[StructLayout(LayoutKind.Sequential)]
internal struct IoVector
{
    public ulong Address;
    public ulong Length;
}

/// <summary>An argv or an environment for the host: strings that end with 0, and a null behind the last.</summary>
internal sealed unsafe class NativeStrings : IDisposable
{
    private readonly int _owned;

    /// <param name="strings">Copied.</param>
    /// <param name="borrowed">Pointers that live longer than this, taken over as they are.</param>
    public NativeStrings(IReadOnlyList<string> strings, IReadOnlyList<nint>? borrowed = null)
    {
        borrowed ??= [];
        _owned = strings.Count;
        var all = strings.Count + borrowed.Count;
        Pointer = (byte**)NativeMemory.AllocZeroed((nuint)(all + 1), (nuint)sizeof(byte*));
        for (var i = 0; i < strings.Count; i++)
            Pointer[i] = (byte*)Marshal.StringToCoTaskMemUTF8(strings[i]);
        for (var i = 0; i < borrowed.Count; i++)
            Pointer[strings.Count + i] = (byte*)borrowed[i];
    }

    public byte** Pointer { get; }

    /// <summary>
    /// The environment of this process as the host has it, byte for byte, but for the variable of this name
    /// where one is given.
    /// </summary>
    public static IReadOnlyList<nint> EnvironmentWithout(string? name)
    {
        var libc = NativeLibrary.Load("libc.so.6");
        var entries = *(byte***)NativeLibrary.GetExport(libc, "environ");
        var dropped = Encoding.UTF8.GetBytes(name + "=");
        var kept = new List<nint>();
        for (; entries is not null && *entries is not null; entries++)
        {
            var entry = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(*entries);
            if (name is null || !entry.StartsWith(dropped))
                kept.Add((nint)(*entries));
        }

        return kept;
    }

    public void Dispose()
    {
        for (var i = 0; i < _owned; i++)
            Marshal.FreeCoTaskMem((nint)Pointer[i]);
        NativeMemory.Free(Pointer);
    }
}
