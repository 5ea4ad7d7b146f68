/* The two kinds of queues of a mock device, and what puts something into them. */
#pragma once
#include "iommu.h"
#include <sys/stat.h>
#include <sys/uio.h>

enum {
    FAULT_QUEUE_ALLOC = 0x3b8e,
    VIOMMU_ALLOC = 0x3b90,
    VDEVICE_ALLOC = 0x3b91,
    VEVENTQ_ALLOC = 0x3b93,
    OP_MOCK_DOMAIN = 2,
    OP_REPLACE = 10,
    OP_TRIGGER_IOPF = 15,
    OP_TRIGGER_VEVENT = 17,
    NEST_PARENT = 1,
    FAULT_ID_VALID = 4,
    SELFTEST_DATA = 0xdead,
    SELFTEST_VIOMMU = 0xdeadbeef,
    SELFTEST_VEVENT = 0xbeefbeef,
    IOTLB = 0xbadbeef,
    ADDRESS = 0x7000,
    VIRTUAL_ID = 0x99,
};

struct fault_queue {
    uint32_t size, flags, out_id, out_fd;
};

struct viommu_alloc {
    uint32_t size, flags, type, dev_id, hwpt_id, out_id, data_len, reserved;
    uint64_t data_uptr;
};

struct vdevice_alloc {
    uint32_t size, viommu_id, dev_id, out_id;
    uint64_t virt_id;
};

struct veventq_alloc {
    uint32_t size, flags, viommu_id, type, depth, out_id, out_fd, reserved;
};

struct hwpt_alloc {
    uint32_t size, flags, dev_id, pt_id, out_hwpt_id, reserved, data_type, data_len;
    uint64_t data_uptr;
    uint32_t fault_id, reserved2;
};

struct test {
    uint32_t size, op, id, reserved;
    uint32_t words[14];
};

struct page_fault {
    uint32_t flags, dev_id, pasid, grpid, perm, reserved;
    uint64_t addr;
    uint32_t length, cookie;
};

struct response {
    uint32_t cookie, code;
};

struct vevent {
    uint32_t flags, sequence, virt_id;
};

struct mock {
    uint32_t ioas, stdev, device;
};

static int fd;

static inline int events(int queue, int wait)
{
    struct pollfd entry = {.fd = queue, .events = POLLIN | POLLOUT};
    CHECK(poll(&entry, 1, wait) >= 0);
    return entry.revents;
}

static inline struct mock mock(void)
{
    uint32_t ioas = alloc(fd);
    struct test cmd = {.size = sizeof(cmd), .op = OP_MOCK_DOMAIN, .id = ioas};
    CHECK(ioctl(fd, TEST, &cmd) == 0);
    return (struct mock){ioas, cmd.words[0], cmd.words[2]};
}

static inline uint32_t parent(uint32_t device, uint32_t ioas)
{
    struct hwpt_alloc cmd = {.size = sizeof(cmd), .flags = NEST_PARENT, .dev_id = device, .pt_id = ioas};
    CHECK(ioctl(fd, HWPT_ALLOC, &cmd) == 0);
    return cmd.out_hwpt_id;
}

/* With a fault queue where one is given. */
static inline uint32_t nested(uint32_t device, uint32_t pt, uint32_t fault)
{
    uint32_t iotlb = IOTLB;
    struct hwpt_alloc cmd = {.size = sizeof(cmd), .dev_id = device, .pt_id = pt, .data_type = SELFTEST_DATA,
                             .data_len = sizeof(iotlb), .data_uptr = (uintptr_t)&iotlb, .fault_id = fault,
                             .flags = fault ? FAULT_ID_VALID : 0};
    CHECK(ioctl(fd, HWPT_ALLOC, &cmd) == 0);
    return cmd.out_hwpt_id;
}

static inline void replace(uint32_t stdev, uint32_t pt)
{
    struct test cmd = {.size = sizeof(cmd), .op = OP_REPLACE, .id = stdev, .words = {pt}};
    CHECK(ioctl(fd, TEST, &cmd) == 0);
}

static inline void trigger(uint32_t device)
{
    struct test cmd = {.size = sizeof(cmd), .op = OP_TRIGGER_IOPF, .words = {device, 0, 2, 1, ADDRESS}};
    CHECK(ioctl(fd, TEST, &cmd) == 0);
}

static inline void trigger_vevent(uint32_t device)
{
    struct test cmd = {.size = sizeof(cmd), .op = OP_TRIGGER_VEVENT, .words = {device}};
    CHECK(ioctl(fd, TEST, &cmd) == 0);
}

static inline struct fault_queue fault_queue(void)
{
    struct fault_queue queue = {.size = sizeof(queue)};
    CHECK(ioctl(fd, FAULT_QUEUE_ALLOC, &queue) == 0);
    return queue;
}

/* The descriptor of a queue into which page faults of the device go. */
static inline int queue_of_faults(struct mock mock)
{
    struct fault_queue queue = fault_queue();
    replace(mock.stdev, nested(mock.device, parent(mock.device, mock.ioas), queue.out_id));
    return queue.out_fd;
}

/* The descriptor of a queue into which events of the device go. */
static inline int queue_of_events(struct mock mock)
{
    struct viommu_alloc viommu = {.size = sizeof(viommu), .type = SELFTEST_VIOMMU, .dev_id = mock.device,
                                  .hwpt_id = parent(mock.device, mock.ioas)};
    CHECK(ioctl(fd, VIOMMU_ALLOC, &viommu) == 0);
    struct vdevice_alloc vdevice = {.size = sizeof(vdevice), .viommu_id = viommu.out_id, .dev_id = mock.device,
                                    .virt_id = VIRTUAL_ID};
    CHECK(ioctl(fd, VDEVICE_ALLOC, &vdevice) == 0);
    struct veventq_alloc queue = {.size = sizeof(queue), .viommu_id = viommu.out_id, .type = SELFTEST_VEVENT,
                                  .depth = 8};
    CHECK(ioctl(fd, VEVENTQ_ALLOC, &queue) == 0);
    replace(mock.stdev, nested(mock.device, viommu.out_id, 0));
    return queue.out_fd;
}
