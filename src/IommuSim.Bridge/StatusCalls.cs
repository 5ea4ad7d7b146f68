using System.Text;
using IommuSim.Bridge.Host;
using IommuSim.Iommu.Syscalls;
using IommuSim.Machine;
using static IommuSim.Bridge.Host.HostConstants;

namespace IommuSim.Bridge;

/// <summary>
/// Calls that take a path and open nothing: stat, access and readlink in all their forms, and truncate.
/// </summary>
internal sealed class StatusCalls(ProgramPlaces places)
{
    private const uint StatFlags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH;

    /// <summary>Answers the call; false for one that is the host's.</summary>
    public bool TryServe(in SeccompNotification call, KernelTask task, out SyscallResult result)
    {
        var (first, second, third, fourth) = (
            call.Arguments[0],
            call.Arguments[1],
            call.Arguments[2],
            call.Arguments[3]
        );
        switch (call.Number)
        {
            case __NR_stat:
                return TryStat(call, task, new(AT_FDCWD, first), second, out result);
            case __NR_lstat:
                return TryStat(call, task, new(AT_FDCWD, first, Follows: false), second, out result);
            case __NR_newfstatat when (fourth & ~(ulong)StatFlags) == 0:
                return TryStat(call, task, PathArgument.At(first, second, fourth), third, out result);
            case __NR_statx when (third & ~(ulong)(StatFlags | AT_STATX_SYNC_TYPE)) == 0:
                return TryStatx(call, task, PathArgument.At(first, second, third), call.Arguments[4], out result);
            case __NR_access:
                return TryAccess(call, task, new(AT_FDCWD, first), (uint)second, out result);
            case __NR_faccessat:
                return TryAccess(call, task, new((int)first, second), (uint)third, out result);
            case __NR_faccessat2 when (fourth & ~(ulong)(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) == 0:
                return TryAccess(call, task, PathArgument.At(first, second, fourth), (uint)third, out result);
            case __NR_truncate:
                return TryTruncate(call, task, new(AT_FDCWD, first), out result);
            case __NR_readlink:
                return TryReadLink(call, task, new(AT_FDCWD, first, Follows: false), second, third, out result);
            case __NR_readlinkat:
                return TryReadLink(call, task, new((int)first, second, Follows: false), third, fourth, out result);
            default:
                result = default;
                return false;
        }
    }

    // Models fs/stat.c:cp_new_stat(), v7.3.
    public static SyscallResult WriteStat(FileStatus status, KernelTask task, ulong address)
    {
        Span<byte> stat = stackalloc byte[FileStatus.StatSize];
        status.WriteStat(stat);
        return Copied(task, address, stat);
    }

    private bool TryStat(
        in SeccompNotification call,
        KernelTask task,
        PathArgument path,
        ulong address,
        out SyscallResult result
    )
    {
        if (!TryFind(call, task, path, out var place, out result))
            return false;
        if (result.Succeeded)
            result = WriteStat(places.StatusOf(place), task, address);
        return true;
    }

    private bool TryStatx(
        in SeccompNotification call,
        KernelTask task,
        PathArgument path,
        ulong address,
        out SyscallResult result
    )
    {
        if (!TryFind(call, task, path, out var place, out result))
            return false;
        if (result.Succeeded)
            result = Copied(task, address, places.StatusOf(place).Statx);
        return true;
    }

    // Models fs/open.c:do_faccessat(), v7.3. Programs may do with our files what their rights say, whoever runs them.
    private bool TryAccess(
        in SeccompNotification call,
        KernelTask task,
        PathArgument path,
        uint mode,
        out SyscallResult result
    )
    {
        const uint Modes = R_OK | W_OK | X_OK;
        if (!TryFind(call, task, path, out var place, out result))
            return false;
        if ((mode & ~Modes) != 0)
            result = SyscallResult.Of(Errno.EINVAL);
        else if (result.Succeeded && (mode & X_OK) != 0 && (places.StatusOf(place).Mode & S_IFMT) != S_IFDIR)
            result = SyscallResult.Of((Errno)EACCES);
        return true;
    }

    // Models fs/open.c:vfs_truncate(), v7.3.
    private bool TryTruncate(in SeccompNotification call, KernelTask task, PathArgument path, out SyscallResult result)
    {
        var isFound = TryFind(call, task, path, out var place, out result);
        if (result.Succeeded)
            result = SyscallResult.Of(Errno.EINVAL);
        return isFound && place is not (ProgramPlace.Fault or ProgramPlace.Descriptor { File: TextFile });
    }

    // Models fs/stat.c:do_readlinkat(), v7.3.
    private bool TryReadLink(
        in SeccompNotification call,
        KernelTask task,
        PathArgument path,
        ulong address,
        ulong size,
        out SyscallResult result
    )
    {
        if (!TryFind(call, task, path with { IsLink = true }, out var place, out result))
            return false;
        if ((int)size <= 0 || (result.Succeeded && place is not ProgramPlace.Descriptor))
            result = SyscallResult.Of(Errno.EINVAL);
        if (!result.Succeeded)
            return true;
        var text = Encoding.UTF8.GetBytes(((ProgramPlace.Descriptor)place).File.Link);
        var length = Math.Min(text.Length, (int)size);
        result = Copied(task, address, text.AsSpan(0, length)) with { Value = length };
        return true;
    }

    /// <summary>The result says whether the place is there.</summary>
    private bool TryFind(
        in SeccompNotification call,
        KernelTask task,
        PathArgument path,
        out ProgramPlace place,
        out SyscallResult result
    )
    {
        var found = places.Find(call, task, path);
        place = found!;
        result = SyscallResult.Of(
            found switch
            {
                ProgramPlace.NoFolder => (Errno)ENOTDIR,
                ProgramPlace.Fault { Place: FaultPlace.Nothing } => Errno.ENOENT,
                _ => Errno.OK,
            }
        );
        return found is not null;
    }

    private static SyscallResult Copied(KernelTask task, ulong address, ReadOnlySpan<byte> bytes) =>
        SyscallResult.Of(task.Memory.Write(address, bytes) == 0 ? Errno.OK : Errno.EFAULT);
}
