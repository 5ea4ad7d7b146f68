/* A fault queue is a descriptor: it polls as readable while a page fault waits, is read and is answered. */
#include "iommu.h"

enum {
    FAULT_QUEUE_ALLOC = 0x3b8e,
    OP_MOCK_DOMAIN = 2,
    OP_REPLACE = 10,
    OP_TRIGGER_IOPF = 15,
    NEST_PARENT = 1,
    FAULT_ID_VALID = 4,
    SELFTEST_DATA = 0xdead,
    IOTLB = 0xbadbeef,
    ADDRESS = 0x7000,
};

struct fault_queue {
    uint32_t size, flags, out_id, out_fd;
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

static int fd;

static int events(int queue, int wait)
{
    struct pollfd entry = {.fd = queue, .events = POLLIN | POLLOUT};
    CHECK(poll(&entry, 1, wait) >= 0);
    return entry.revents & (POLLIN | POLLOUT);
}

static uint32_t hwpt(uint32_t device, uint32_t pt, uint32_t fault)
{
    uint32_t iotlb = IOTLB;
    struct hwpt_alloc cmd = {.size = sizeof(cmd), .dev_id = device, .pt_id = pt};
    if (fault) {
        cmd.flags = FAULT_ID_VALID;
        cmd.fault_id = fault;
        cmd.data_type = SELFTEST_DATA;
        cmd.data_len = sizeof(iotlb);
        cmd.data_uptr = (uintptr_t)&iotlb;
    } else {
        cmd.flags = NEST_PARENT;
    }
    CHECK(ioctl(fd, HWPT_ALLOC, &cmd) == 0);
    return cmd.out_hwpt_id;
}

static void replace(uint32_t stdev, uint32_t pt)
{
    struct test cmd = {.size = sizeof(cmd), .op = OP_REPLACE, .id = stdev, .words = {pt}};
    CHECK(ioctl(fd, TEST, &cmd) == 0);
}

static void trigger(uint32_t device)
{
    struct test cmd = {.size = sizeof(cmd), .op = OP_TRIGGER_IOPF,
                       .words = {device, 0, 2, 1, ADDRESS}};
    CHECK(ioctl(fd, TEST, &cmd) == 0);
}

static void *wait_for_fault(void *queue)
{
    while (!(events(*(int *)queue, -1) & POLLIN)) {
    }
    return 0;
}

int main(void)
{
    struct page_fault fault, *volatile nowhere = (void *)16;
    fd = open_iommu();
    uint32_t ioas = alloc(fd);
    struct test mock = {.size = sizeof(mock), .op = OP_MOCK_DOMAIN, .id = ioas};
    CHECK(ioctl(fd, TEST, &mock) == 0);
    uint32_t stdev = mock.words[0], device = mock.words[2];

    struct fault_queue queue = {.size = sizeof(queue)};
    CHECK(ioctl(fd, FAULT_QUEUE_ALLOC, &queue) == 0);
    int file = queue.out_fd;
    CHECK(fcntl(file, F_GETFD) == FD_CLOEXEC);
    CHECK(events(file, 0) == POLLOUT);
    CHECK(read(file, &fault, sizeof(fault)) == 0);
    FAILS(ENOTTY, destroy(file, 1));

    uint32_t parent = hwpt(device, ioas, 0), nested = hwpt(device, parent, queue.out_id);
    replace(stdev, nested);
    FAILS(EBUSY, destroy(fd, queue.out_id));

    pthread_t waiter;
    CHECK(pthread_create(&waiter, 0, wait_for_fault, &file) == 0);
    trigger(device);
    CHECK(pthread_join(waiter, 0) == 0);
    CHECK(events(file, 0) == (POLLIN | POLLOUT));
    FAILS(EFAULT, read(file, nowhere, sizeof(fault)));
    CHECK(events(file, 0) == (POLLIN | POLLOUT));
    CHECK(read(file, &fault, sizeof(fault)) == sizeof(fault));
    CHECK(fault.addr == ADDRESS && fault.dev_id == device);
    CHECK(events(file, 0) == POLLOUT);

    struct response answer = {.cookie = fault.cookie};
    FAILS(EFAULT, write(file, nowhere, sizeof(answer)));
    CHECK(write(file, &answer, sizeof(answer)) == sizeof(answer));
    FAILS(EINVAL, write(file, &answer, sizeof(answer)));

    /* The file pins the queue, whoever holds it. */
    replace(stdev, ioas);
    CHECK(destroy(fd, nested) == 0);
    FAILS(EBUSY, destroy(fd, queue.out_id));
    if (fork() == 0) {
        CHECK(read(file, &fault, sizeof(fault)) == 0);
        exit(0);
    }
    int status;
    CHECK(wait(&status) > 0 && status == 0);
    CHECK(close(file) == 0);
    CHECK(destroy(fd, queue.out_id) == 0);
    return 0;
}
