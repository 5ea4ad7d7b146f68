/* A thread says which of its next points fails, in /proc; the kernel's fault attributes are in debugfs. */
#include "iommu.h"
#include <dirent.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

static int fd, nth;
static const char *volatile nowhere = (const char *)8;

static int open_nth(const char *format, int a, int b)
{
    char path[80];
    snprintf(path, sizeof(path), format, a, b);
    return open(path, O_RDWR | O_CLOEXEC);
}

static int put(int file, const char *text)
{
    return pwrite(file, text, strlen(text), 0);
}

static void set(unsigned int n)
{
    char text[20];
    snprintf(text, sizeof(text), "%u", n);
    CHECK(put(nth, text) == (int)strlen(text));
}

static int reads(int file, const char *expected)
{
    char text[40] = "";
    return pread(file, text, sizeof(text), 0) == (int)strlen(expected) && strcmp(text, expected) == 0;
}

static int attribute(int folder, const char *name)
{
    return openat(folder, name, O_RDWR | O_CLOEXEC);
}

static void files(void)
{
    char text[8] = "";
    int tid = syscall(SYS_gettid), low, other;
    FAILS(ENOENT, open_nth("/proc/self/task/%d/fail-nth", 4194305, 0));
    FAILS(ENOENT, open("/proc/none/fail-nth", O_RDONLY));
    FAILS(EEXIST, open("/proc/self/fail-nth", O_RDWR | O_CREAT | O_EXCL));
    FAILS(ENOTDIR, open("/proc/self/fail-nth", O_RDONLY | O_DIRECTORY));
    nth = open_nth("/proc/self/task/%d/fail-nth", tid, 0);
    CHECK(nth >= 0 && reads(nth, "0\n"));
    FAILS(EINVAL, put(nth, ""));
    FAILS(EINVAL, put(nth, "one"));
    FAILS(EINVAL, put(nth, "-1"));
    FAILS(EINVAL, put(nth, "08"));
    FAILS(ERANGE, put(nth, "4294967296"));
    FAILS(EINVAL, pread(nth, text, 1, -1));
    CHECK(reads(nth, "0\n"));
    CHECK(put(nth, "0x10\n") == 5 && reads(nth, "16\n"));

    /* It is one number, whatever name the file was opened by. Looking at it is a copy, which counts. */
    CHECK((other = open_nth("/proc/%d/task/%d/fail-nth", getpid(), tid)) >= 0);
    CHECK(reads(other, "15\n") && close(other) == 0);
    CHECK((other = open("/proc/thread-self/fail-nth", O_RDONLY)) >= 0);
    FAILS(EBADF, write(other, "0", 1));
    CHECK(read(other, text, 1) == 1 && text[0] == '1');
    CHECK(read(other, text, sizeof(text)) == 2 && memcmp(text, "3\n", 2) == 0);
    CHECK(read(other, text, sizeof(text)) == 0 && close(other) == 0);
    set(0);

    /* The copy of the number itself can fail. */
    set(1);
    FAILS(EFAULT, pread(nth, text, sizeof(text), 0));
    CHECK(reads(nth, "0\n"));
    set(1);
    FAILS(EFAULT, put(nth, "0"));
    CHECK(reads(nth, "0\n"));
    FAILS(EFAULT, pwrite(nth, nowhere, 1, 0));

    /* A copy under another number is the same file. */
    CHECK((low = dup(nth)) >= 0 && write(low, "7", 1) == 1 && reads(nth, "7\n"));
    struct iovec halves[] = {{text, 1}, {text + 1, sizeof(text) - 1}};
    CHECK(preadv(low, halves, 2, 0) == 2 && memcmp(text, "6\n", 2) == 0);
    FAILS(ESPIPE, lseek(low, 0, SEEK_SET));
    FAILS(ENODEV, (long)mmap(0, 4096, PROT_READ, MAP_PRIVATE, low, 0));
    CHECK(dup2(low, 1000) == 1000 && close(low) == 0);
    CHECK(put(1000, "0") == 1 && close(1000) == 0);

    /* It is a file of /proc to those who look. */
    struct stat stat1, stat2;
    char path[80], link[80];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", nth);
    CHECK(stat("/proc/self/fail-nth", &stat1) == 0 && fstat(nth, &stat2) == 0);
    CHECK(stat1.st_mode == (S_IFREG | 0644) && stat2.st_mode == stat1.st_mode && stat2.st_size == 0);
    CHECK(access("/proc/self/fail-nth", R_OK | W_OK) == 0);
    FAILS(EACCES, access("/proc/self/fail-nth", X_OK));
    FAILS(ENOENT, access("/proc/none/fail-nth", F_OK));
    int length = readlink(path, link, sizeof(link) - 1);
    snprintf(path, sizeof(path), "/proc/%d/task/%d/fail-nth", getpid(), tid);
    CHECK(length == (int)strlen(path) && memcmp(link, path, length) == 0);
}

static void attributes(void)
{
    DIR *folder = opendir("/sys/kernel/debug/");
    struct dirent *entry;
    char text[8];
    int found = 0, at, file;
    CHECK(folder);
    while ((entry = readdir(folder)))
        found += strncmp(entry->d_name, "fail", 4) == 0;
    CHECK(found == 4);
    at = dirfd(folder);
    FAILS(ENOENT, attribute(at, "failslab/none"));
    FAILS(ENOENT, attribute(at, "none/verbose"));
    FAILS(EACCES, openat(at, "failslab/none", O_RDWR | O_CREAT, 0600));
    FAILS(ENOENT, open("/sys/kernel/debug/fail_usercopy/ignore-gfp-wait", O_RDONLY));
    FAILS(EISDIR, openat(at, "failslab", O_RDWR));
    CHECK((file = attribute(at, "fail_iommufd/verbose")) >= 0);
    FAILS(ESPIPE, pread(file, text, 1, 0));
    FAILS(ESPIPE, put(file, "0"));
    FAILS(EINVAL, write(file, "no", 2));
    CHECK(write(file, "1\n", 2) == 2 && read(file, text, sizeof(text)) == 2 && memcmp(text, "1\n", 2) == 0);
    CHECK(read(file, text, sizeof(text)) == 0 && close(file) == 0);
    CHECK((file = open("/sys/kernel/debug/fail_usercopy/probability", O_RDWR)) >= 0);
    CHECK(write(file, "0", 1) == 1);
    FAILS(EINVAL, write(file, "100", 3));
    CHECK(close(file) == 0);
    CHECK((file = attribute(at, "failslab/ignore-gfp-wait")) >= 0 && reads(file, "Y\n"));
    CHECK(put(file, "off\n") == 4 && reads(file, "N\n"));
    CHECK(put(file, "1") == 1 && reads(file, "Y\n"));
    CHECK(lseek(file, 1, SEEK_SET) == 1 && read(file, text, sizeof(text)) == 1 && text[0] == '\n');
    CHECK(lseek(file, -2, SEEK_CUR) == 0 && close(file) == 0);
    struct stat status;
    CHECK(stat("/sys/kernel/debug/failslab/ignore-gfp-wait", &status) == 0 && status.st_mode == (S_IFREG | 0600));
    CHECK(stat("/sys/kernel/debug/failslab", &status) == 0 && S_ISDIR(status.st_mode));
    CHECK(faccessat(at, "failslab/verbose", R_OK, 0) == 0);
    FAILS(ENOENT, faccessat(at, "failslab/none", F_OK, 0));
    CHECK(closedir(folder) == 0);
}

static void wait_allocations(const char *ignored)
{
    int file = open("/sys/kernel/debug/failslab/ignore-gfp-wait", O_RDWR);
    CHECK(file >= 0);
    FAILS(EINVAL, put(file, "maybe"));
    CHECK(put(file, ignored) == 1 && close(file) == 0);
}

/* Fails each point of an allocation in turn; returns how many had which errno. */
static int sweep(int error)
{
    int failed = 0;
    for (unsigned int n = 1;; n++) {
        struct ioas_alloc cmd = {.size = sizeof(cmd)};
        int rc;
        CHECK(n < 100);
        set(n);
        rc = ioctl(fd, IOAS_ALLOC, &cmd);
        failed += rc == -1 && errno == error;
        CHECK(rc == 0 || errno == ENOMEM || errno == EFAULT);
        if (rc == -1) {
            CHECK(reads(nth, "0\n"));
            continue;
        }
        CHECK(!reads(nth, "0\n"));
        if (put(nth, "0") != 1)
            set(0);
        CHECK(destroy(fd, cmd.out_id) == 0);
        return failed;
    }
}

static void *allocates(void *left)
{
    alloc(fd);
    return left;
}

static void others(void)
{
    pthread_t thread;
    pid_t child;
    int status;
    wait_allocations("N");
    set(1);
    CHECK(pthread_create(&thread, NULL, allocates, NULL) == 0 && pthread_join(thread, NULL) == 0);
    CHECK((child = fork()) >= 0);
    if (child == 0) {
        alloc(fd);
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    FAILS(EFAULT, destroy(fd, 1));
    CHECK(reads(nth, "0\n"));
}

int main(void)
{
    fd = open_iommu();
    files();
    attributes();
    CHECK(sweep(EFAULT) >= 2 && sweep(ENOMEM) == 0);
    wait_allocations("N");
    CHECK(sweep(EFAULT) >= 2 && sweep(ENOMEM) >= 1);
    wait_allocations("Y");
    CHECK(sweep(ENOMEM) == 0);
    others();
    return 0;
}
