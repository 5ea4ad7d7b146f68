/* A fault queue is a descriptor: it polls as readable while a page fault waits, is read and is answered. */
#include "queue.h"

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
    struct mock device = mock();
    struct fault_queue queue = fault_queue();
    int file = queue.out_fd;
    CHECK(fcntl(file, F_GETFD) == FD_CLOEXEC);
    CHECK(events(file, 0) == POLLOUT);
    CHECK(read(file, &fault, sizeof(fault)) == 0);
    FAILS(ENOTTY, destroy(file, 1));

    uint32_t hwpt = nested(device.device, parent(device.device, device.ioas), queue.out_id);
    replace(device.stdev, hwpt);
    FAILS(EBUSY, destroy(fd, queue.out_id));

    pthread_t waiter;
    CHECK(pthread_create(&waiter, 0, wait_for_fault, &file) == 0);
    trigger(device.device);
    CHECK(pthread_join(waiter, 0) == 0);
    CHECK(events(file, 0) == (POLLIN | POLLOUT));
    FAILS(EFAULT, read(file, nowhere, sizeof(fault)));
    CHECK(events(file, 0) == (POLLIN | POLLOUT));
    CHECK(read(file, &fault, sizeof(fault)) == sizeof(fault));
    CHECK(fault.addr == ADDRESS && fault.dev_id == device.device);
    CHECK(events(file, 0) == POLLOUT);

    struct response answer = {.cookie = fault.cookie};
    FAILS(EFAULT, write(file, nowhere, sizeof(answer)));
    CHECK(write(file, &answer, sizeof(answer)) == sizeof(answer));
    FAILS(EINVAL, write(file, &answer, sizeof(answer)));

    /* The file pins the queue, whoever holds it. */
    replace(device.stdev, device.ioas);
    CHECK(destroy(fd, hwpt) == 0);
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
