namespace IommuSim.Bridge.Host;

/// <summary>Numbers of the host's kernel on x86-64, under their C names.</summary>
internal static class HostConstants
{
    public const int __NR_read = 0;
    public const int __NR_write = 1;
    public const int __NR_open = 2;
    public const int __NR_stat = 4;
    public const int __NR_fstat = 5;
    public const int __NR_lstat = 6;
    public const int __NR_lseek = 8;
    public const int __NR_mmap = 9;
    public const int __NR_munmap = 11;
    public const int __NR_brk = 12;
    public const int __NR_ioctl = 16;
    public const int __NR_pread64 = 17;
    public const int __NR_pwrite64 = 18;
    public const int __NR_readv = 19;
    public const int __NR_writev = 20;
    public const int __NR_access = 21;
    public const int __NR_mremap = 25;
    public const int __NR_madvise = 28;
    public const int __NR_sendfile = 40;
    public const int __NR_execve = 59;
    public const int __NR_fcntl = 72;
    public const int __NR_fsync = 74;
    public const int __NR_fdatasync = 75;
    public const int __NR_truncate = 76;
    public const int __NR_ftruncate = 77;
    public const int __NR_creat = 85;
    public const int __NR_readlink = 89;
    public const int __NR_capget = 125;
    public const int __NR_readahead = 187;
    public const int __NR_fadvise64 = 221;
    public const int __NR_exit_group = 231;
    public const int __NR_openat = 257;
    public const int __NR_newfstatat = 262;
    public const int __NR_readlinkat = 267;
    public const int __NR_faccessat = 269;
    public const int __NR_splice = 275;
    public const int __NR_tee = 276;
    public const int __NR_sync_file_range = 277;
    public const int __NR_vmsplice = 278;
    public const int __NR_fallocate = 285;
    public const int __NR_preadv = 295;
    public const int __NR_pwritev = 296;
    public const int __NR_seccomp = 317;
    public const int __NR_memfd_create = 319;
    public const int __NR_execveat = 322;
    public const int __NR_copy_file_range = 326;
    public const int __NR_preadv2 = 327;
    public const int __NR_pwritev2 = 328;
    public const int __NR_statx = 332;
    public const int __NR_pidfd_open = 434;
    public const int __NR_openat2 = 437;
    public const int __NR_pidfd_getfd = 438;
    public const int __NR_faccessat2 = 439;

    public const int EPERM = 1;
    public const int ENOENT = 2;
    public const int EINTR = 4;
    public const int ENXIO = 6;
    public const int EBADF = 9;
    public const int EACCES = 13;
    public const int EEXIST = 17;
    public const int ENODEV = 19;
    public const int ENOTDIR = 20;
    public const int EINVAL = 22;
    public const int ENFILE = 23;
    public const int EMFILE = 24;

    public const int O_ACCMODE = 3;
    public const int O_RDONLY = 0;
    public const int O_WRONLY = 1;
    public const int O_RDWR = 2;
    public const int O_CREAT = 0x40;
    public const int O_EXCL = 0x80;
    public const int O_TRUNC = 0x200;
    public const int O_NONBLOCK = 0x800;
    public const int O_ASYNC = 0x2000;
    public const int O_DIRECT = 0x4000;
    public const int O_LARGEFILE = 0x8000;
    public const int O_DIRECTORY = 0x10000;
    public const int O_NOFOLLOW = 0x20000;
    public const int O_CLOEXEC = 0x80000;
    public const int O_PATH = 0x200000;
    public const int O_TMPFILE = 0x400000 | O_DIRECTORY;

    public const int SEEK_CUR = 1;
    public const int SEEK_END = 2;
    public const int SEEK_MAX = 4;

    public const uint MAP_PRIVATE = 0x2;
    public const uint MAP_TYPE = 0xf;
    public const uint MAP_SHARED_VALIDATE = 0x3;
    public const uint MAP_FIXED = 0x10;
    public const uint MAP_ANONYMOUS = 0x20;
    public const uint MAP_HUGETLB = 0x40000;
    public const uint MAP_SYNC = 0x80000;
    public const ulong MREMAP_FIXED = 0x2;
    public const ulong MADV_DONTNEED = 4;
    public const ulong MADV_REMOVE = 9;
    public const ulong MADV_DONTNEED_LOCKED = 24;
    public const ulong MADV_GUARD_INSTALL = 102;
    public const ulong FALLOC_FL_PUNCH_HOLE = 0x2;
    public const ulong PROT_WRITE = 0x2;
    public const ulong PROT_EXEC = 0x4;

    public const int AT_FDCWD = -100;
    public const uint AT_SYMLINK_NOFOLLOW = 0x100;
    public const uint AT_EACCESS = 0x200;
    public const uint AT_NO_AUTOMOUNT = 0x800;
    public const uint AT_EMPTY_PATH = 0x1000;
    public const uint AT_STATX_SYNC_TYPE = 0x6000;

    public const int FD_CLOEXEC = 1;
    public const int F_SETFD = 2;
    public const int F_GETFL = 3;
    public const int F_SETFL = 4;
    public const int F_SETLEASE = 1024;
    public const int F_SETPIPE_SZ = 1031;
    public const int F_GETPIPE_SZ = 1032;
    public const int F_ADD_SEALS = 1033;
    public const int F_GET_SEALS = 1034;
    public const int F_SEAL_WRITE = 0x8;
    public const uint MFD_CLOEXEC = 0x1;
    public const uint MFD_ALLOW_SEALING = 0x2;
    public const uint MFD_HUGETLB = 0x4;
    public const int X_OK = 1;
    public const int W_OK = 2;
    public const int R_OK = 4;

    public const uint FIBMAP = 0x1;
    public const uint FIONREAD = 0x541b;
    public const uint FIOASYNC = 0x5452;
    public const uint FIOQSIZE = 0x5460;
    public const uint FS_IOC_GETFLAGS = 0x80086601;
    public const uint FS_IOC_FSGETXATTR = 0x801c581f;

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
    public const uint STATX_BASIC_STATS = 0x7ff;
    public const ushort S_IFMT = 0xf000;
    public const ushort S_IFCHR = 0x2000;
    public const ushort S_IFDIR = 0x4000;
    public const ushort S_IFREG = 0x8000;

    public const int PR_SET_PDEATHSIG = 1;
    public const int PR_SET_CHILD_SUBREAPER = 36;
    public const int PR_SET_NO_NEW_PRIVS = 38;
    public const int _LINUX_CAPABILITY_VERSION_3 = 0x20080522;
    public const int RLIMIT_NOFILE = 7;
    public const int RLIMIT_MEMLOCK = 8;

    /// <summary>Of statfs(2): file systems whose files are memory alone.</summary>
    public const long TMPFS_MAGIC = 0x01021994;
    public const long HUGETLBFS_MAGIC = 0x958458f6;
    public const int RLIMIT_CORE = 4;

    public const long PTRACE_GETREGS = 12;
    public const long PTRACE_SETREGS = 13;
    public const long PTRACE_DETACH = 17;
    public const long PTRACE_SEIZE = 0x4206;
    public const long PTRACE_INTERRUPT = 0x4207;

    public const int P_PID = 1;
    public const int WSTOPPED = 2;
    public const int WEXITED = 4;
    public const int WNOWAIT = 0x1000000;
    public const int __WALL = 0x40000000;
    public const int CLD_TRAPPED = 4;
    public const int CLD_STOPPED = 5;

    public const int SIGHUP = 1;
    public const int SIGINT = 2;
    public const int SIGQUIT = 3;
    public const int SIGKILL = 9;
    public const int SIGPIPE = 13;
    public const int SIGTERM = 15;
}
