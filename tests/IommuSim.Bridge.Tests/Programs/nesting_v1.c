/*
 * What the series of March 2023 asserts of its mock driver, with the layouts that it had then: hw_pagetables
 * below an IOAS and below one another, their invalidation, and who may be destroyed when.
 */
#include "iommu.h"

enum {
    OP_MOCK_DOMAIN = 2,
    OP_REPLACE = 10,
    OP_CHECK_IOTLB = 12,
    SELFTEST_TYPE = 0xbadbeef,
    IOTLB = 0xbadbeef,
};

struct hw_info {
    uint32_t size, flags, dev_id, data_len;
    uint64_t data_ptr;
    uint32_t out_data_type, reserved;
    uint64_t out_hwpt_type_bitmap;
};

struct hwpt_alloc {
    uint32_t size, flags, dev_id, pt_id, out_hwpt_id, reserved, data_type, data_len;
    uint64_t data_uptr;
};

struct hwpt_invalidate {
    uint32_t size, hwpt_id, data_type, data_len;
    uint64_t data_uptr;
};

struct test {
    uint32_t size, op, id, reserved;
    uint32_t words[10];
};

struct nested {
    uint64_t flags, test_config;
};

static int fd;
static uint32_t stdev, device, made;

static int test(uint32_t op, uint32_t id, uint32_t word)
{
    struct test cmd = {.size = sizeof(cmd), .op = op, .id = id, .words = {word}};
    int rc = ioctl(fd, TEST, &cmd);
    if (op == OP_MOCK_DOMAIN) {
        stdev = cmd.words[0];
        device = cmd.words[2];
    }
    return rc;
}

static int alloc_hwpt(uint32_t dev, uint32_t pt, struct nested *data)
{
    struct hwpt_alloc cmd = {.size = sizeof(cmd), .dev_id = dev, .pt_id = pt};
    if (data) {
        cmd.data_type = SELFTEST_TYPE;
        cmd.data_len = sizeof(*data);
        cmd.data_uptr = (uintptr_t)data;
    }
    int rc = ioctl(fd, HWPT_ALLOC, &cmd);
    made = cmd.out_hwpt_id;
    return rc;
}

static int invalidate(uint32_t hwpt)
{
    uint64_t all = 1;
    struct hwpt_invalidate cmd = {.size = sizeof(cmd), .hwpt_id = hwpt, .data_type = SELFTEST_TYPE,
                                  .data_len = sizeof(all), .data_uptr = (uintptr_t)&all};
    return ioctl(fd, HWPT_INVALIDATE, &cmd);
}

static int replace(uint32_t pt)
{
    return test(OP_REPLACE, stdev, pt);
}

static void check_length(unsigned request, size_t size)
{
    union {
        uint32_t size;
        unsigned char bytes[64];
    } cmd;
    int rc, error;
    memset(&cmd, 0, sizeof(cmd));
    cmd.size = size - 1;
    FAILS(EINVAL, ioctl(fd, request, &cmd));
    cmd.size = size;
    errno = 0;
    rc = ioctl(fd, request, &cmd);
    error = errno;
    cmd.size = size + 1;
    cmd.bytes[size] = 0xff;
    FAILS(E2BIG, ioctl(fd, request, &cmd));
    cmd.bytes[size] = 0;
    errno = 0;
    CHECK(ioctl(fd, request, &cmd) == rc && errno == error);
}

static void with_device(uint32_t ioas)
{
    struct nested data = {.flags = 1, .test_config = IOTLB};
    struct {
        uint32_t flags, test_reg;
    } info = {0};
    uint32_t plain, parent, one, two;
    struct hw_info cmd = {.size = sizeof(cmd), .dev_id = device, .data_len = sizeof(info),
                          .data_ptr = (uintptr_t)&info};
    CHECK(ioctl(fd, GET_HW_INFO, &cmd) == 0 && info.test_reg == 0xdeadbeef);

    CHECK(alloc_hwpt(device, ioas, 0) == 0);
    plain = made;
    CHECK(replace(plain) == 0);
    FAILS(EBUSY, destroy(fd, plain));
    CHECK(replace(ioas) == 0);
    CHECK(destroy(fd, plain) == 0);

    FAILS(ENOENT, alloc_hwpt(ioas, device, 0));
    FAILS(EINVAL, alloc_hwpt(device, device, 0));
    CHECK(alloc_hwpt(device, ioas, 0) == 0);
    parent = made;
    CHECK(alloc_hwpt(device, parent, &data) == 0);
    one = made;
    CHECK(alloc_hwpt(device, parent, &data) == 0);
    two = made;
    CHECK(test(OP_CHECK_IOTLB, one, IOTLB) == 0 && test(OP_CHECK_IOTLB, two, IOTLB) == 0);
    FAILS(EINVAL, alloc_hwpt(device, one, &data));
    FAILS(EBUSY, destroy(fd, parent));

    FAILS(EINVAL, invalidate(parent));
    CHECK(invalidate(one) == 0 && test(OP_CHECK_IOTLB, one, 0) == 0);
    CHECK(invalidate(two) == 0 && test(OP_CHECK_IOTLB, two, 0) == 0);

    CHECK(replace(one) == 0);
    FAILS(EBUSY, destroy(fd, one));
    CHECK(replace(two) == 0);
    FAILS(EBUSY, destroy(fd, two));
    CHECK(destroy(fd, one) == 0);
    CHECK(replace(parent) == 0);
    CHECK(destroy(fd, two) == 0);
    CHECK(replace(ioas) == 0);
    CHECK(destroy(fd, parent) == 0);
}

int main(void)
{
    struct nested data = {.flags = 1, .test_config = IOTLB};
    struct hw_info none = {.size = sizeof(none), .data_len = 8, .data_ptr = (uintptr_t)&data};
    fd = open_iommu();
    uint32_t ioas = alloc(fd);
    check_length(HWPT_ALLOC, sizeof(struct hwpt_alloc));
    check_length(GET_HW_INFO, sizeof(struct hw_info));
    check_length(HWPT_INVALIDATE, sizeof(struct hwpt_invalidate));

    FAILS(ENOENT, ioctl(fd, GET_HW_INFO, &none));
    FAILS(ENOENT, alloc_hwpt(0, ioas, 0));
    FAILS(ENOENT, alloc_hwpt(0, ioas, &data));
    FAILS(ENOENT, test(OP_REPLACE, 0, 0));

    CHECK(test(OP_MOCK_DOMAIN, ioas, 0) == 0);
    with_device(ioas);
    CHECK(destroy(fd, stdev) == 0);
    CHECK(destroy(fd, ioas) == 0);
    return 0;
}
