/* The device nodes and the files behind descriptors, as programs look at them before they open or trust them. */
#include "queue.h"
#include <sys/syscall.h>
#include <sys/sysmacros.h>

enum { IOMMU_MODE = S_IFCHR | 0660, CONTAINER_MODE = S_IFCHR | 0666, VFIO_MINOR = 196 };

static char text[256];

static const char *link_of(int number)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", number);
    ssize_t length = readlink(path, text, sizeof(text) - 1);
    CHECK(length > 0);
    text[length] = 0;
    return text;
}

static int node(const struct stat *status, unsigned mode)
{
    return status->st_mode == mode && major(status->st_rdev) == 10 && status->st_size == 0 && status->st_nlink == 1 &&
           status->st_uid == getuid();
}

static int same(const struct stat *one, const struct stat *two)
{
    return one->st_dev == two->st_dev && one->st_ino == two->st_ino && one->st_rdev == two->st_rdev &&
           one->st_mode == two->st_mode;
}

static void paths(void)
{
    struct stat iommu, vfio, other, *nowhere = (struct stat *)16;
    struct statx extended;
    CHECK(stat("/dev/iommu", &iommu) == 0 && node(&iommu, IOMMU_MODE));
    CHECK(stat("/dev/vfio/vfio", &vfio) == 0 && node(&vfio, CONTAINER_MODE));
    CHECK(minor(vfio.st_rdev) == VFIO_MINOR && minor(iommu.st_rdev) != VFIO_MINOR && iommu.st_ino != vfio.st_ino);
    CHECK(lstat("/dev/iommu", &other) == 0 && same(&iommu, &other));
    CHECK(syscall(SYS_stat, "/dev/iommu", &other) == 0 && same(&iommu, &other));
    CHECK(syscall(SYS_lstat, "/dev/iommu", &other) == 0 && same(&iommu, &other));
    CHECK(statx(AT_FDCWD, "/dev/iommu", AT_STATX_DONT_SYNC, STATX_ALL, &extended) == 0);
    CHECK(extended.stx_mode == IOMMU_MODE && extended.stx_rdev_major == 10 && extended.stx_ino == iommu.st_ino);
    CHECK(extended.stx_rdev_minor == minor(iommu.st_rdev));
    CHECK((extended.stx_mask & STATX_BASIC_STATS) == STATX_BASIC_STATS);
    FAILS(EFAULT, syscall(SYS_stat, "/dev/iommu", nowhere));
    FAILS(EINVAL, statx(AT_FDCWD, "/dev/iommu", 0x80000, STATX_ALL, &extended));

    CHECK(access("/dev/iommu", F_OK) == 0 && access("/dev/iommu", R_OK | W_OK) == 0);
    FAILS(EACCES, access("/dev/iommu", X_OK));
    FAILS(EINVAL, access("/dev/iommu", 8));
    CHECK(faccessat(AT_FDCWD, "/dev/vfio/vfio", R_OK | W_OK, AT_EACCESS) == 0);
    FAILS(EINVAL, readlink("/dev/iommu", text, sizeof(text)));
    FAILS(ENOTDIR, access("/dev/iommu/", F_OK));
    FAILS(ENOTDIR, stat("/dev/iommu/x", &other));
    FAILS(ENOTDIR, open("/dev/iommu/x", O_RDWR));
    FAILS(ENOENT, access("/dev/iommux", F_OK));
    FAILS(EEXIST, open("/dev/iommu", O_RDWR | O_CREAT | O_EXCL, 0600));
    FAILS(EINVAL, open("/dev/iommu", O_RDWR | O_DIRECT));
    CHECK(close(creat("/dev/iommu", 0600)) == 0);
}

/* Links lead to the nodes as folders do. */
static void ways(const char *scratch)
{
    struct stat direct, other;
    char path[300], up[300];
    int folder = open("/dev", O_PATH), there;
    CHECK(stat("/dev/iommu", &direct) == 0);
    CHECK(fstatat(folder, "iommu", &other, 0) == 0 && same(&direct, &other));
    CHECK(stat("/proc/self/root/dev/iommu", &other) == 0 && same(&direct, &other));
    CHECK((there = open("/proc/self/root/dev/iommu", O_RDWR)) >= 0 && alloc(there) == 1 && close(there) == 0);
    CHECK((there = open("/proc/thread-self/root/../dev/./iommu", O_RDWR)) >= 0 && close(there) == 0);
    CHECK(stat("/proc/1/../../dev/iommu", &other) == 0 && same(&direct, &other));

    snprintf(path, sizeof(path), "%s/device", scratch);
    snprintf(up, sizeof(up), "%s/again", scratch);
    CHECK(symlink("/dev/iommu", path) == 0 && symlink("device", up) == 0);
    CHECK(stat(up, &other) == 0 && same(&direct, &other) && lstat(up, &other) == 0 && S_ISLNK(other.st_mode));
    CHECK((there = open(up, O_RDWR)) >= 0 && alloc(there) == 1 && close(there) == 0);
    FAILS(ELOOP, open(up, O_RDWR | O_NOFOLLOW));
    CHECK(readlink(up, text, sizeof(text)) == 6 && memcmp(text, "device", 6) == 0);
    CHECK(chdir(scratch) == 0 && access("again", R_OK) == 0 && (there = open("device", O_RDWR)) >= 0);
    CHECK(close(there) == 0 && unlink("again") == 0 && unlink("device") == 0);
}

static void open_files(void)
{
    struct stat direct, other;
    struct statx extended;
    int file = open_iommu(), copy = dup(file), vfio = open("/dev/vfio/vfio", O_RDONLY);
    CHECK(stat("/dev/iommu", &direct) == 0);
    CHECK(fstat(copy, &other) == 0 && same(&direct, &other));
    CHECK(syscall(SYS_fstat, copy, &other) == 0 && same(&direct, &other));
    CHECK(fstatat(file, "", &other, AT_EMPTY_PATH) == 0 && same(&direct, &other));
    CHECK(statx(file, "", AT_EMPTY_PATH, STATX_ALL, &extended) == 0 && extended.stx_mode == IOMMU_MODE);
    CHECK(fstat(vfio, &other) == 0 && node(&other, CONTAINER_MODE));
    CHECK(strcmp(link_of(copy), "/dev/iommu") == 0 && strcmp(link_of(vfio), "/dev/vfio/vfio") == 0);
    FAILS(EINVAL, readlink("/proc/self/fd/0", text, 0));
    FAILS(ENOENT, readlinkat(copy, "", text, sizeof(text)));
    CHECK((fcntl(file, F_GETFL) & O_ACCMODE) == O_RDWR && (fcntl(vfio, F_GETFL) & O_ACCMODE) == O_RDONLY);

    /* What a descriptor in /proc leads to is the device: to open it is to open it anew. */
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
    CHECK(alloc(file) == 1 && stat(path, &other) == 0 && same(&direct, &other) && access(path, R_OK | W_OK) == 0);
    CHECK(lstat(path, &other) == 0 && S_ISLNK(other.st_mode));
    CHECK(readlink(path, text, 4) == 4 && memcmp(text, "/dev", 4) == 0);
    int anew = open(path, O_RDWR);
    CHECK(anew >= 0 && alloc(anew) == 1 && alloc(file) == 2);
    snprintf(path, sizeof(path), "/dev/fd/%d", file);
    CHECK(stat(path, &other) == 0 && same(&direct, &other));

    /* O_PATH is a place and no file. */
    int place = open("/dev/iommu", O_PATH | O_CLOEXEC);
    CHECK(place >= 0 && fcntl(place, F_GETFD) == FD_CLOEXEC && fcntl(place, F_GETFL) == O_PATH);
    CHECK(fstat(place, &other) == 0 && same(&direct, &other) && strcmp(link_of(place), "/dev/iommu") == 0);
    FAILS(EBADF, read(place, text, 1));
    FAILS(EBADF, ioctl(place, IOAS_ALLOC, text));
    FAILS(EBADF, lseek(place, 0, SEEK_SET));
    FAILS(EBADF, (long)mmap(0, 4096, PROT_READ, MAP_SHARED, place, 0));
    FAILS(ENOTDIR, open("/dev/iommu", O_PATH | O_DIRECTORY));
    snprintf(path, sizeof(path), "/proc/self/fd/%d", place);
    anew = open(path, O_RDWR);
    CHECK(anew >= 0 && alloc(anew) == 1);
}

static void queues(int events)
{
    struct stat one, two;
    struct statx extended;
    char path[64];
    fd = open_iommu();
    int faults = queue_of_faults(mock()), number = faults;
    CHECK(strcmp(link_of(faults), "anon_inode:[iommufd-pgfault]") == 0);
    CHECK(fstat(faults, &one) == 0 && one.st_mode == 0600 && one.st_rdev == 0 && one.st_size == 0);
    CHECK(statx(faults, "", AT_EMPTY_PATH, STATX_ALL, &extended) == 0 && extended.stx_ino == one.st_ino);
    CHECK(fcntl(faults, F_GETFL) == O_RDWR);
    CHECK(fcntl(faults, F_SETFL, O_NONBLOCK) == 0 && fcntl(faults, F_GETFL) == (O_RDWR | O_NONBLOCK));
    if (events) {
        number = queue_of_events(mock());
        CHECK(strcmp(link_of(number), "anon_inode:[iommufd-viommu-event]") == 0);
        CHECK(fcntl(number, F_GETFL) == O_RDWR);
        CHECK(fstat(number, &two) == 0 && same(&one, &two));
    }

    snprintf(path, sizeof(path), "/proc/%d/fd/%d", getpid(), number);
    CHECK(stat(path, &two) == 0 && same(&one, &two) && access(path, R_OK) == 0);
    FAILS(EACCES, access(path, X_OK));
    FAILS(ENXIO, open(path, O_RDONLY));
    FAILS(ENXIO, open(path, O_RDWR | O_NONBLOCK));
    int place = open(path, O_PATH);
    CHECK(place >= 0 && fstat(place, &two) == 0 && same(&one, &two));
    FAILS(EBADF, read(place, text, 40));
    FAILS(EBADF, splice(place, 0, 1, 0, 1, 0));
    FAILS(EBADF, fcntl(number, F_GETPIPE_SZ));
    FAILS(EBADF, fcntl(number, F_SETPIPE_SZ, 4096));
    FAILS(ENOTTY, ioctl(number, 0x541b, text));

    /* Seen from another process. */
    if (fork() == 0) {
        snprintf(path, sizeof(path), "/proc/%d/fd/%d", getppid(), faults);
        ssize_t length = readlink(path, text, sizeof(text));
        exit(length == 28 && memcmp(text, "anon_inode:[iommufd-pgfault]", 28) == 0 ? 0 : 1);
    }
    int status;
    CHECK(wait(&status) > 0 && status == 0);
}

/* The host's own files are what they are. */
static void others(void)
{
    struct stat status;
    int ends[2];
    CHECK(stat("/dev/null", &status) == 0 && S_ISCHR(status.st_mode) && major(status.st_rdev) == 1);
    CHECK(pipe(ends) == 0 && fstat(ends[0], &status) == 0 && S_ISFIFO(status.st_mode));
    CHECK(strncmp(link_of(ends[0]), "pipe:", 5) == 0 && fcntl(ends[0], F_GETPIPE_SZ) >= 4096);
    FAILS(ENOENT, access("/dev/none", F_OK));
    FAILS(EFAULT, access((char *)16, F_OK));
    FAILS(EBADF, fstat(1023, &status));
}

int main(int argc, char **argv)
{
    char scratch[] = "/tmp/nodes-XXXXXX";
    paths();
    open_files();
    queues(argc > 1);
    others();
    CHECK(mkdtemp(scratch));
    ways(scratch);
    CHECK(rmdir(scratch) == 0);
    return 0;
}
