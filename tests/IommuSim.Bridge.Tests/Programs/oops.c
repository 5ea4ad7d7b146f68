/* Asks a device of the mock for its hardware information, which kills the caller on v1/08. */
#include "iommu.h"

struct test {
    uint32_t size, op, id, reserved;
    uint32_t words[10];
};

struct hw_info {
    uint32_t size, flags, dev_id, data_len;
    uint64_t data_ptr;
    uint32_t out_data_type, reserved;
    uint64_t out_hwpt_type_bitmap;
};

int main(void)
{
    uint64_t data;
    int fd = open_iommu();
    struct test mock = {.size = sizeof(mock), .op = 2, .id = alloc(fd)};
    CHECK(ioctl(fd, TEST, &mock) == 0);
    struct hw_info info = {.size = sizeof(info), .dev_id = mock.words[2], .data_len = sizeof(data),
                           .data_ptr = (uintptr_t)&data};
    return ioctl(fd, GET_HW_INFO, &info) == 0 ? 0 : 3;
}
