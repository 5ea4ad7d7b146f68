namespace IommuSim.Bridge.Host;

/// <summary>Numbers of the host's kernel on x86-64, under their C names.</summary>
internal static class HostConstants
{
    public const int __NR_read = 0;
    public const int __NR_write = 1;
    public const int __NR_open = 2;
    public const int __NR_mmap = 9;
    public const int __NR_ioctl = 16;
    public const int __NR_pread64 = 17;
    public const int __NR_pwrite64 = 18;
    public const int __NR_openat = 257;
    public const int __NR_seccomp = 317;
    public const int __NR_pidfd_open = 434;
    public const int __NR_openat2 = 437;
    public const int __NR_pidfd_getfd = 438;

    public const int EPERM = 1;
    public const int ENOENT = 2;
    public const int EINTR = 4;
    public const int EAGAIN = 11;
    public const int EACCES = 13;
    public const int EEXIST = 17;
    public const int ENOTDIR = 20;
    public const int EINVAL = 22;
    public const int EMFILE = 24;

    public const int O_ACCMODE = 3;
    public const int O_RDONLY = 0;
    public const int O_WRONLY = 1;
    public const int O_RDWR = 2;
    public const int O_CREAT = 0x40;
    public const int O_EXCL = 0x80;
    public const int O_NONBLOCK = 0x800;
    public const int O_DIRECTORY = 0x10000;
    public const int O_CLOEXEC = 0x80000;
    public const int SEEK_END = 2;
    public const int O_PATH = 0x200000;
    public const int O_TMPFILE = 0x400000 | O_DIRECTORY;

    public const uint MAP_SHARED = 0x1;
    public const uint MAP_ANONYMOUS = 0x20;
    public const ulong PROT_EXEC = 0x4;

    public const int AT_FDCWD = -100;
    public const int FD_CLOEXEC = 1;
    public const int F_SETFD = 2;
    public const int F_ADD_SEALS = 1033;
    public const int F_SEAL_WRITE = 0x8;
    public const uint MFD_CLOEXEC = 0x1;
    public const uint MFD_ALLOW_SEALING = 0x2;
    public const int X_OK = 1;

    public const int AF_UNIX = 1;
    public const int SOCK_STREAM = 1;
    public const int SOCK_CLOEXEC = 0x80000;

    public const short POLLIN = 1;
    public const short POLLHUP = 0x10;

    public const uint IN_CLOSE_WRITE = 0x8;
    public const uint IN_CLOSE_NOWRITE = 0x10;
    public const int IN_NONBLOCK = 0x800;
    public const int IN_CLOEXEC = 0x80000;

    public const uint STATX_INO = 0x100;

    public const int PR_SET_PDEATHSIG = 1;
    public const int PR_SET_CHILD_SUBREAPER = 36;
    public const int PR_SET_NO_NEW_PRIVS = 38;
    public const int RLIMIT_NOFILE = 7;
    public const int RLIMIT_CORE = 4;

    public const int SIGHUP = 1;
    public const int SIGINT = 2;
    public const int SIGQUIT = 3;
    public const int SIGKILL = 9;
    public const int SIGPIPE = 13;
    public const int SIGTERM = 15;
}
