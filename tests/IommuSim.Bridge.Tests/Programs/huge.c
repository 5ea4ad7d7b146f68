/* Huge pages, also on a host that has none: memory at places of huge pages, private, shared, of a file. */
#include "iommu.h"

enum { IOAS_MAP = 0x3b85, HUGE = 2 << 20, RIGHTS = PROT_READ | PROT_WRITE };

struct map {
    uint32_t size, flags, ioas_id, reserved;
    uint64_t user_va, length, iova;
};

static int fd;
static uint32_t ioas;

static void use(char *memory, unsigned long length)
{
    CHECK(memory != MAP_FAILED && (uintptr_t)memory % HUGE == 0);
    memory[0] = memory[length - 1] = 1;
    struct map cmd = { sizeof(cmd), 6, ioas, 0, (uintptr_t)memory, length, 0 };
    CHECK(ioctl(fd, IOAS_MAP, &cmd) == 0);
}

/* A host that has huge pages may have too few of them. */
static int host_has_some(void)
{
    char first = '0';
    int file = open("/proc/sys/vm/nr_hugepages", O_RDONLY);
    return file >= 0 && read(file, &first, 1) == 1 && first != '0';
}

int main(void)
{
    if (host_has_some())
        return 0;
    fd = open_iommu();
    struct ioas_alloc alloc = { sizeof(alloc) };
    CHECK(ioctl(fd, IOAS_ALLOC, &alloc) == 0);
    ioas = alloc.out_id;

    /* What is asked for ends in the middle of a page, and all of it is there. */
    char *own = mmap(0, HUGE + 1, RIGHTS, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_POPULATE, -1, 0);
    use(own, 2 * HUGE);
    int flags = MAP_SHARED | MAP_ANONYMOUS | MAP_HUGETLB | MAP_FIXED;
    CHECK(mmap(own, HUGE, RIGHTS, flags, -1, 0) == own && own[0] == 0);
    use(own, HUGE);
    CHECK(mmap(own + 4096, HUGE, RIGHTS, flags, -1, 0) == MAP_FAILED);

    int file = memfd_create("huge", MFD_HUGETLB | MFD_CLOEXEC);
    CHECK(file >= 0 && fcntl(file, F_GETFD) == FD_CLOEXEC && ftruncate(file, HUGE) == 0);
    char *one = mmap(0, HUGE, RIGHTS, MAP_SHARED | MAP_HUGETLB, file, 0);
    char *other = mmap(0, HUGE, RIGHTS, MAP_SHARED, file, 0);
    use(one, HUGE);
    CHECK(other != MAP_FAILED && other[HUGE - 1] == 1);

    /* Pages of another size are the host's to refuse. */
    CHECK(mmap(0, HUGE, RIGHTS, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | 30 << 26, -1, 0) == MAP_FAILED);
    return 0;
}
