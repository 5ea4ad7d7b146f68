/* What is pinned is a page, whichever address shows it; and who may pin how much. */
#include "iommu.h"
#include <sys/resource.h>
#include <sys/syscall.h>

enum { OPTION = 0x3b87, IOAS_MAP = 0x3b85, IOAS_UNMAP = 0x3b86, API_VERSION = 0x3b64 };
enum { READABLE = 4, WRITEABLE = 2, FIXED = 1, BOTH = 7 };
enum { MOCK_DOMAIN = 2, CHECK_MAP = 3 };

#define PAGE 4096ul
#define IOVA 0x1000000ul

struct map {
    uint32_t size, flags, ioas_id, reserved;
    uint64_t user_va, length, iova;
};

struct unmap {
    uint32_t size, ioas_id;
    uint64_t iova, length;
};

struct option {
    uint32_t size, option_id;
    uint16_t op, reserved;
    uint32_t object_id;
    uint64_t val64;
};

struct test {
    uint32_t size, op, id, reserved;
    uint64_t words[7];
};

static int fd;
static uint32_t ioas, hwpt;

static int map(void *memory, unsigned long length, uint32_t flags)
{
    struct map cmd = { sizeof(cmd), flags | FIXED, ioas, 0, (uintptr_t)memory, length, IOVA };
    return ioctl(fd, IOAS_MAP, &cmd);
}

static int unmap(void)
{
    struct unmap cmd = { sizeof(cmd), ioas, 0, UINT64_MAX };
    return ioctl(fd, IOAS_UNMAP, &cmd);
}

static int shows(void *memory)
{
    struct test cmd = { sizeof(cmd), CHECK_MAP, hwpt, 0, { IOVA, PAGE, (uintptr_t)memory } };
    return ioctl(fd, TEST, &cmd);
}

static void *mapped(int flags, int file)
{
    void *memory = mmap(0, PAGE, PROT_READ | PROT_WRITE, flags, file, 0);
    CHECK(memory != MAP_FAILED);
    return memory;
}

/* A file that a disk keeps must not change behind it for long; what is private is a copy. */
static void pins_of_files(void)
{
    char name[] = "/var/tmp/iommusim-XXXXXX";
    int disk = mkstemp(name), memory = memfd_create("memory", 0);
    CHECK(disk >= 0 && memory >= 0 && unlink(name) == 0);
    CHECK(ftruncate(disk, PAGE) == 0 && ftruncate(memory, PAGE) == 0);
    FAILS(EFAULT, map(mapped(MAP_SHARED, disk), PAGE, BOTH));
    CHECK(map(mapped(MAP_SHARED, disk), PAGE, READABLE) == 0 && unmap() == 0);
    CHECK(map(mapped(MAP_PRIVATE, disk), PAGE, BOTH) == 0 && unmap() == 0);

    /* Two addresses of one page, also of a child. */
    void *one = mapped(MAP_SHARED, memory), *other = mapped(MAP_SHARED, memory);
    CHECK(map(one, PAGE, BOTH) == 0);
    CHECK(shows(one) == 0 && shows(other) == 0);
    if (fork() == 0) {
        CHECK(shows(other) == 0);
        exit(0);
    }
    int status;
    CHECK(wait(&status) > 0 && status == 0);
    CHECK(unmap() == 0);

    void *own = mapped(MAP_PRIVATE | MAP_ANONYMOUS, -1);
    CHECK(map(own, PAGE, BOTH) == 0 && shows(own) == 0);
    if (fork() == 0) {
        FAILS(EINVAL, shows(own));
        exit(0);
    }
    CHECK(wait(&status) > 0 && status == 0);
    CHECK(unmap() == 0);
}

static uint64_t capabilities(void)
{
    struct { uint32_t version; int pid; } header = { 0x20080522, 0 };
    struct { uint32_t effective, permitted, inheritable; } data[2];
    CHECK(syscall(SYS_capget, &header, data) == 0);
    return data[0].effective | (uint64_t)data[1].effective << 32;
}

static void drop(int capability)
{
    struct { uint32_t version; int pid; } header = { 0x20080522, 0 };
    struct { uint32_t effective, permitted, inheritable; } data[2];
    CHECK(syscall(SYS_capget, &header, data) == 0);
    data[0].effective &= ~(1u << capability);
    CHECK(syscall(SYS_capset, &header, data) == 0);
}

/* Rights, and not the uid, say who may change how memory counts, and for whom it does. */
static void rights(void)
{
    int empty = open_iommu();
    struct option mode = { sizeof(mode), 0, 0, 0, 0, 1 };
    if (capabilities() >> 24 & 1)
        CHECK(ioctl(empty, OPTION, &mode) == 0);
    else
        FAILS(EPERM, ioctl(empty, OPTION, &mode));

    void *memory = mmap(0, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct rlimit limit;
    CHECK(getrlimit(RLIMIT_MEMLOCK, &limit) == 0);
    limit.rlim_cur = 3 * PAGE;
    CHECK(setrlimit(RLIMIT_MEMLOCK, &limit) == 0);
    if (fork() == 0) {
        drop(14);
        CHECK(!(capabilities() >> 14 & 1));
        FAILS(ENOMEM, map(memory, 4 * PAGE, BOTH));
        CHECK(map(memory, 3 * PAGE, BOTH) == 0 && unmap() == 0);
        exit(0);
    }
    int status;
    CHECK(wait(&status) > 0 && status == 0);
    if (capabilities() >> 14 & 1)
        CHECK(map(memory, 4 * PAGE, BOTH) == 0 && unmap() == 0);
}

/* Behind a struct the first byte that is set comes before the first that is not there. */
static void long_structs(void)
{
    char *page = mmap(0, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(munmap(page + PAGE, PAGE) == 0);
    struct ioas_alloc *cmd = (void *)page;
    cmd->size = UINT32_MAX - 3;
    page[PAGE - 1] = 1;
    FAILS(E2BIG, ioctl(fd, IOAS_ALLOC, cmd));
    page[PAGE - 1] = 0;
    FAILS(EFAULT, ioctl(fd, IOAS_ALLOC, cmd));
}

int main(void)
{
    fd = open_iommu();
    CHECK(ioctl(fd, API_VERSION, 0) == 0);
    struct ioas_alloc alloc = { sizeof(alloc) };
    CHECK(ioctl(fd, IOAS_ALLOC, &alloc) == 0);
    ioas = alloc.out_id;
    struct test plug = { sizeof(plug), MOCK_DOMAIN, ioas };
    CHECK(ioctl(fd, TEST, &plug) == 0);
    hwpt = plug.words[0] >> 32;
    pins_of_files();
    long_structs();
    rights();
    return 0;
}
