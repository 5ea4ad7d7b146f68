/* Every request with every kind of bad pointer as its argument, and as every pointer within. */
#include "iommu.h"

enum { PAGE = 4096, SIZES = 128 };

static char *map(int access)
{
    char *page = mmap(0, PAGE, access, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(page != MAP_FAILED);
    return page;
}

int main(void)
{
    int fd = open_iommu();
    char *gone = map(PROT_READ);
    CHECK(munmap(gone, PAGE) == 0);
    char *two = mmap(0, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(munmap(two + PAGE, PAGE) == 0);
    char *none = map(PROT_NONE), *readable = map(PROT_READ);
    char *bad[] = {0, (char *)1, gone, none, two + PAGE - 2, (char *)0x7ffffffff000,
                   (char *)0xffff800000000000, (char *)-1, (char *)-4096};
    const int count = sizeof(bad) / sizeof(*bad);

    for (unsigned request = 0x3b80; request < 0x3bb0; request++) {
        for (int i = 0; i < count; i++)
            CHECK(ioctl(fd, request, bad[i]) == -1 && (errno == EFAULT || errno == ENOTTY));
    }
    for (int i = 0; i < count; i++) {
        FAILS(EFAULT, ioctl(fd, IOAS_ALLOC, bad[i]));
        FAILS(EFAULT, ioctl(fd, DESTROY, bad[i]));
    }

    /* The head is there and the rest is not. */
    struct ioas_alloc *cut = (void *)(two + PAGE - 4);
    cut->size = sizeof(*cut);
    FAILS(EFAULT, ioctl(fd, IOAS_ALLOC, cut));

    /* Everything can be read; the answer cannot be written, and the object does not stay. */
    struct ioas_alloc *constant = (void *)readable;
    CHECK(mprotect(readable, PAGE, PROT_READ | PROT_WRITE) == 0);
    constant->size = sizeof(*constant);
    CHECK(mprotect(readable, PAGE, PROT_READ) == 0);
    FAILS(EFAULT, ioctl(fd, IOAS_ALLOC, constant));
    FAILS(ENOENT, destroy(fd, 1));

    /* Longer than the kernel knows: what lies behind must be there, and 0. */
    struct {
        struct ioas_alloc cmd;
        uint32_t tail;
    } longer = {.cmd.size = sizeof(longer)};
    CHECK(ioctl(fd, IOAS_ALLOC, &longer) == 0);
    longer.tail = 1;
    FAILS(E2BIG, ioctl(fd, IOAS_ALLOC, &longer));
    cut = (void *)(two + PAGE - sizeof(*cut));
    memset(cut, 0, sizeof(*cut));
    cut->size = sizeof(*cut) + 4;
    FAILS(EFAULT, ioctl(fd, IOAS_ALLOC, cut));

    /* Each aligned word of a request in turn is a bad pointer; whatever is answered, the program lives on. */
    for (unsigned request = 0x3b80; request < 0x3bb0; request++) {
        for (unsigned size = 8; size <= SIZES; size += 8) {
            for (int i = 0; i < count; i++) {
                uint64_t words[SIZES / 8] = {size};
                for (unsigned at = 1; at < size / 8; at++)
                    words[at] = (uint64_t)bad[i];
                ioctl(fd, request, words);
            }
        }
    }
    return 0;
}
