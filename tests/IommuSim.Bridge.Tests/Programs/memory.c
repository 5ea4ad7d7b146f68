/* What is pinned is a page, whichever address shows it; and who may pin how much. */
#include "iommu.h"
#include <sys/resource.h>
#include <sys/syscall.h>

enum { OPTION = 0x3b87, IOAS_MAP = 0x3b85, IOAS_UNMAP = 0x3b86, API_VERSION = 0x3b64 };
enum { READABLE = 4, WRITEABLE = 2, FIXED = 1, BOTH = 7 };
enum { MOCK_DOMAIN = 2, CHECK_MAP = 3, CREATE_ACCESS = 5, ACCESS_RW = 8, SLOW_PATH = 4 };

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

static uint32_t access_of_ioas;

enum { AT = PAGE - 8 };

/*
 * What is in the pages that are pinned, whatever the addresses show by now: a read of one page alone goes by its
 * address.
 */
static int pinned_has(const char *text)
{
    char bytes[16] = "";
    struct test cmd = { sizeof(cmd), ACCESS_RW, access_of_ioas, 0, { IOVA + AT, 16, (uintptr_t)bytes, SLOW_PATH } };
    CHECK(ioctl(fd, TEST, &cmd) == 0);
    return strcmp(bytes, text) == 0;
}

static char *filled(unsigned long pages, const char *text)
{
    char *memory = mmap(0, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    strcpy(memory + AT, text);
    return memory;
}

static int is_mapped_at(char *memory, unsigned long pages, int flags)
{
    return mmap(memory, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0) == memory;
}

/* A page that is pinned stays when other memory is mapped over its address, or none. */
static void replaced(void)
{
    char *memory = filled(2, "old");
    CHECK(map(memory, 2 * PAGE, BOTH) == 0 && pinned_has("old"));
    CHECK(madvise(memory, PAGE, MADV_DONTNEED) == 0);
    CHECK(memory[AT] == 0 && pinned_has("old"));
    strcpy(memory + AT, "new");
    FAILS(EINVAL, shows(memory));
    CHECK(pinned_has("old") && unmap() == 0);
    CHECK(map(memory, 2 * PAGE, BOTH) == 0 && shows(memory) == 0 && pinned_has("new"));

    CHECK(is_mapped_at(memory, 1, MAP_FIXED));
    strcpy(memory + AT, "newer");
    FAILS(EINVAL, shows(memory));
    CHECK(pinned_has("new"));

    /* A call that fails changes nothing. */
    CHECK(unmap() == 0 && map(memory, 2 * PAGE, BOTH) == 0);
    CHECK(mmap(memory, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, 9999, 0) == MAP_FAILED && errno == EBADF);
    FAILS(EINVAL, munmap(memory + 1, PAGE));
    CHECK(shows(memory) == 0 && pinned_has("newer"));

    CHECK(munmap(memory, PAGE) == 0);
    FAILS(EFAULT, shows(memory));
    CHECK(pinned_has("newer"));
    CHECK(is_mapped_at(memory, 1, MAP_FIXED_NOREPLACE));
    FAILS(EINVAL, shows(memory));
    CHECK(pinned_has("newer") && unmap() == 0);
}

/* mremap moves the address and not the page. */
static void moved(void)
{
    char *first = filled(2, "first"), *place = filled(4, "");
    CHECK(map(first, 2 * PAGE, BOTH) == 0);
    char *second = mremap(first, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, place + PAGE);
    CHECK(second == place + PAGE && shows(second) == 0);
    FAILS(EFAULT, shows(first));
    strcpy(second + AT, "written");
    CHECK(pinned_has("written"));
    CHECK(is_mapped_at(first, 1, MAP_FIXED_NOREPLACE));
    FAILS(EINVAL, shows(first));

    /* A mapping that grows goes where there is room, one that shrinks loses its end. */
    char *third = mremap(second, 2 * PAGE, 64 * PAGE, MREMAP_MAYMOVE);
    CHECK(third != MAP_FAILED && shows(third) == 0);
    CHECK(mremap(third, 64 * PAGE, PAGE, 0) == third && shows(third) == 0);
    strcpy(third + AT, "last");
    CHECK(pinned_has("last") && munmap(third, PAGE) == 0 && pinned_has("last") && unmap() == 0);
}

/* A hole in a file, and its end, take pages away that nobody has pinned, and others lie there by now. */
static void files_change(void)
{
    for (int way = 0; way < 3; way++) {
        int file = memfd_create("changes", 0);
        CHECK(file >= 0 && ftruncate(file, 2 * PAGE) == 0);
        char *memory = mmap(0, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        strcpy(memory + AT, "before");
        CHECK(map(memory, 2 * PAGE, BOTH) == 0 && shows(memory) == 0);
        if (way == 0)
            CHECK(fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGE) == 0);
        else if (way == 1)
            CHECK(ftruncate(file, 0) == 0 && ftruncate(file, 2 * PAGE) == 0);
        else
            CHECK(madvise(memory, PAGE, MADV_REMOVE) == 0);
        CHECK(memory[AT] == 0);
        strcpy(memory + AT, "after");
        FAILS(EINVAL, shows(memory));
        CHECK(pinned_has("before") && unmap() == 0);
        CHECK(map(memory, 2 * PAGE, BOTH) == 0 && shows(memory) == 0 && pinned_has("after"));
        CHECK(unmap() == 0);
    }
}

/* The heap ends before the page. */
static void heap_shrinks(void)
{
    char *end = sbrk(0);
    char *memory = (char *)(((uintptr_t)end + PAGE - 1) & ~(PAGE - 1));
    CHECK(brk(memory + 2 * PAGE) == 0);
    strcpy(memory + AT, "heap");
    CHECK(map(memory, 2 * PAGE, BOTH) == 0 && shows(memory) == 0);
    CHECK(brk(end) == 0 && brk(memory + 2 * PAGE) == 0);
    memory[0] = 1;
    FAILS(EINVAL, shows(memory));
    CHECK(pinned_has("heap") && unmap() == 0 && brk(end) == 0);
}

/* What is pinned of a program that has ended, or became another, stays. */
static void of_others(char *self)
{
    for (int becomes = 0; becomes < 2; becomes++) {
        const char *text = becomes ? "exec" : "child";
        char *memory = filled(2, "parent");
        if (fork() == 0) {
            strcpy(memory + AT, text);
            CHECK(map(memory, 2 * PAGE, BOTH) == 0 && pinned_has(text));
            if (becomes)
                execl(self, self, "nothing", NULL);
            exit(becomes);
        }
        int status;
        CHECK(wait(&status) > 0 && status == 0);
        CHECK(pinned_has(text));
        FAILS(EINVAL, shows(memory));
        CHECK(unmap() == 0);
    }
}

static unsigned long kilobytes(const char *name)
{
    char line[256];
    unsigned long value = 0;
    FILE *file = fopen("/proc/self/status", "r");
    CHECK(file);
    while (fgets(line, sizeof(line), file))
        if (strncmp(line, name, strlen(name)) == 0)
            value = strtoul(line + strlen(name), NULL, 10);
    fclose(file);
    return value;
}

/* What is pinned of a program is seen in /proc. */
static void counts(void)
{
    unsigned long before = kilobytes("VmPin:");
    char *memory = filled(3, "");
    CHECK(map(memory, 3 * PAGE, BOTH) == 0 && kilobytes("VmPin:") == before + 12);
    CHECK(kilobytes("Pid:") == getpid() && kilobytes("VmLck:") == 0);
    CHECK(unmap() == 0 && kilobytes("VmPin:") == before);
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
        /* They are looked at in each call. */
        CHECK(unmap() == 0);
        drop(14);
        CHECK(!(capabilities() >> 14 & 1));
        FAILS(ENOMEM, map(memory, 4 * PAGE, BOTH));
        CHECK(map(memory, 3 * PAGE, BOTH) == 0 && unmap() == 0);
        limit.rlim_cur = 2 * PAGE;
        CHECK(setrlimit(RLIMIT_MEMLOCK, &limit) == 0);
        FAILS(ENOMEM, map(memory, 3 * PAGE, BOTH));
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

int main(int count, char **words)
{
    if (count > 1)
        return 0;
    fd = open_iommu();
    CHECK(ioctl(fd, API_VERSION, 0) == 0);
    struct ioas_alloc alloc = { sizeof(alloc) };
    CHECK(ioctl(fd, IOAS_ALLOC, &alloc) == 0);
    ioas = alloc.out_id;
    struct test plug = { sizeof(plug), MOCK_DOMAIN, ioas };
    CHECK(ioctl(fd, TEST, &plug) == 0);
    hwpt = plug.words[0] >> 32;
    struct test access = { sizeof(access), CREATE_ACCESS, ioas };
    CHECK(ioctl(fd, TEST, &access) == 0);
    access_of_ioas = (uint32_t)access.words[0];
    pins_of_files();
    replaced();
    moved();
    files_change();
    counts();
    heap_shrinks();
    of_others(words[0]);
    long_structs();
    rights();
    return 0;
}
