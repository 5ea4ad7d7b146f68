/* Dirty bitmaps that begin anywhere in a page and cross pages: what was written to is reported, all else stays. */
#include "iommu.h"

enum { OPTION = 0x3b87, IOAS_MAP = 0x3b85, SET_DIRTY_TRACKING = 0x3b8b, GET_DIRTY_BITMAP = 0x3b8c };
enum { MOCK_DOMAIN = 2, DIRTY = 13, TRACK = 2, NO_CLEAR = 1, PAGES = 64 };

#define PAGE 4096ul
#define IOVA 0x1000000ul

struct map {
    uint32_t size, flags, ioas_id, reserved;
    uint64_t user_va, length, iova;
};

struct option {
    uint32_t size, option_id;
    uint16_t op, reserved;
    uint32_t object_id;
    uint64_t val64;
};

struct hwpt_alloc {
    uint32_t size, flags, dev_id, pt_id, out_hwpt_id, reserved, data_type, data_len;
    uint64_t data_uptr;
    uint32_t fault_id, reserved2;
};

struct tracking {
    uint32_t size, flags, hwpt_id, reserved;
};

struct bitmap {
    uint32_t size, hwpt_id, flags, reserved;
    uint64_t iova, length, page_size, data;
};

struct test {
    uint32_t size, op, id, reserved;
    uint64_t words[7];
};

static int fd;
static uint32_t hwpt;
static unsigned char *room;

static int is_dirty(unsigned long page)
{
    return page % 3 == 0 || page % 7 == 2 || page == PAGES - 1;
}

static int get(unsigned long at, unsigned long first, unsigned long count, unsigned long size)
{
    uint64_t iova = IOVA + first * PAGE, data = (uintptr_t)room + at;
    struct bitmap cmd = { sizeof(cmd), hwpt, NO_CLEAR, 0, iova, count * PAGE, size, data };
    return ioctl(fd, GET_DIRTY_BITMAP, &cmd);
}

/* A page in front of the bitmap and one behind it must stay as they are. */
static void compare(unsigned long at, unsigned long first, unsigned long count, unsigned long size)
{
    static unsigned char expected[4 * PAGE];
    memset(expected, 0, sizeof(expected));
    memset(room, 0, sizeof(expected));
    for (unsigned long byte = first * PAGE; byte < (first + count) * PAGE; byte += 2048) {
        unsigned long bit = (byte - first * PAGE) / size;
        if (is_dirty(byte / PAGE))
            expected[at + bit / 8] |= 1 << bit % 8;
    }
    CHECK(get(at, first, count, size) == 0);
    for (unsigned long i = 0; i < sizeof(expected); i++) {
        if (room[i] == expected[i])
            continue;
        fprintf(stderr, "bitmap at %lu of %lu pages from %lu, %lu each: byte %ld is %02x, not %02x\n", at % PAGE, count,
                first, size, (long)(i - at), room[i], expected[i]);
        exit(1);
    }
}

static void track(void)
{
    struct ioas_alloc alloc = { sizeof(alloc) };
    CHECK(ioctl(fd, IOAS_ALLOC, &alloc) == 0);
    struct option small = { sizeof(small), 1, 0, 0, alloc.out_id, 0 };
    CHECK(ioctl(fd, OPTION, &small) == 0);
    struct test mock = { sizeof(mock), MOCK_DOMAIN, alloc.out_id };
    CHECK(ioctl(fd, TEST, &mock) == 0);
    struct hwpt_alloc tracked = { sizeof(tracked), TRACK, mock.words[1], alloc.out_id };
    CHECK(ioctl(fd, HWPT_ALLOC, &tracked) == 0);
    hwpt = tracked.out_hwpt_id;
    void *memory = mmap(0, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct map map = { sizeof(map), 7, alloc.out_id, 0, (uintptr_t)memory, PAGES * PAGE, IOVA };
    CHECK(memory != MAP_FAILED && ioctl(fd, IOAS_MAP, &map) == 0);
    struct tracking on = { sizeof(on), 1, hwpt };
    CHECK(ioctl(fd, SET_DIRTY_TRACKING, &on) == 0);

    uint64_t written = 0;
    for (unsigned long page = 0; page < PAGES; page++)
        written |= (uint64_t)is_dirty(page) << page;
    struct test dirty = { sizeof(dirty), DIRTY, hwpt, 0, { 0, IOVA, PAGES * PAGE, PAGE, (uintptr_t)&written } };
    CHECK(ioctl(fd, TEST, &dirty) == 0);
}

int main(void)
{
    static const unsigned long places[] = { 0, 1, 6, 2044, 4080, 4088, 4089, 4091, 4094, 4095 };
    static const unsigned long starts[] = { 0, 2, 8, 10, 46 };
    static const unsigned long counts[] = { 2, 8, 10, 16, 18 };
    static const unsigned long sizes[] = { 2048, 4096, 8192 };
    fd = open_iommu();
    track();
    room = mmap(0, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(room != MAP_FAILED);
    for (unsigned i = 0; i < 10 * 5 * 5 * 3; i++)
        compare(PAGE + places[i % 10], starts[i / 10 % 5], counts[i / 50 % 5], sizes[i / 250]);

    /* Where the second page is not there, what the first has room for is reported: Linux says no errno. */
    CHECK(munmap(room + 2 * PAGE, PAGE) == 0);
    memset(room, 0, 2 * PAGE);
    CHECK(get(2 * PAGE - 1, 0, 16, PAGE) == 0);
    CHECK(room[2 * PAGE - 1] == (1 << 0 | 1 << 2 | 1 << 3 | 1 << 6));
    return 0;
}
