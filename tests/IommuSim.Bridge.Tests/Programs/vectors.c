/* Reads and writes of a queue in all their forms; what would go past the queue is refused, as Linux refuses it. */
#include "queue.h"
#include <sys/sendfile.h>

enum { HIPRI = 1, NOWAIT = 8 };

static struct iovec *volatile nowhere = (struct iovec *)16;

static int take(int queue, struct page_fault *fault)
{
    struct iovec halves[] = {{0, 0}, {fault, sizeof(*fault)}};
    return readv(queue, halves + 1, 1);
}

/* A queue takes no positions, whatever the rest of the call says. */
static void positions(int queue)
{
    char bytes[40];
    struct iovec vector = {bytes, sizeof(bytes)};
    FAILS(ESPIPE, pread(queue, bytes, sizeof(bytes), 0));
    FAILS(ESPIPE, pwrite(queue, bytes, sizeof(bytes), 1));
    FAILS(EINVAL, pread(queue, bytes, sizeof(bytes), -1));
    FAILS(EINVAL, pwrite(queue, bytes, sizeof(bytes), -1));
    FAILS(ESPIPE, preadv(queue, &vector, 1, 0));
    FAILS(ESPIPE, pwritev(queue, &vector, 1, 0));
    FAILS(ESPIPE, preadv(queue, nowhere, 9, 0));
    FAILS(EINVAL, pwritev(queue, &vector, 1, -1));
    FAILS(ESPIPE, preadv2(queue, &vector, 1, 0, NOWAIT));
    FAILS(ESPIPE, lseek(queue, 0, SEEK_CUR));
    FAILS(ESPIPE, lseek(queue, 0, SEEK_END));
    FAILS(EINVAL, lseek(queue, 0, 99));
}

static void splices(int queue, int other, const char *self)
{
    int ends[2], file = open(self, O_RDONLY);
    char bytes[8] = {0};
    loff_t offset = 0, *at = &offset, *bad = (loff_t *)nowhere;
    struct iovec vector = {bytes, sizeof(bytes)};
    CHECK(pipe(ends) == 0 && write(ends[1], bytes, 8) == 8 && file >= 0);
    FAILS(EINVAL, splice(queue, 0, ends[1], 0, 8, 0));
    FAILS(EINVAL, splice(ends[0], 0, queue, 0, 8, 0));
    FAILS(EINVAL, splice(queue, 0, other, 0, 8, 0));
    FAILS(EINVAL, splice(queue, at, ends[1], 0, 8, 0));
    FAILS(ESPIPE, splice(queue, 0, ends[1], at, 8, 0));
    FAILS(ESPIPE, splice(ends[0], at, queue, 0, 8, 0));
    FAILS(EFAULT, splice(queue, bad, ends[1], 0, 8, 0));
    FAILS(EINVAL, splice(queue, bad, ends[1], 0, 8, 0x10));
    FAILS(EBADF, splice(queue, 0, 1023, 0, 8, 0));
    FAILS(EBADF, splice(queue, 0, ends[0], 0, 8, 0));
    FAILS(EBADF, splice(ends[1], 0, queue, 0, 8, 0));
    CHECK(splice(queue, 0, ends[1], 0, 0, 0) == 0);
    FAILS(EINVAL, tee(queue, ends[1], 8, 0));
    FAILS(EINVAL, tee(ends[0], queue, 8, 0));
    CHECK(tee(queue, ends[1], 0, 0) == 0);
    FAILS(EBADF, vmsplice(queue, &vector, 1, 0));
    FAILS(EINVAL, vmsplice(queue, &vector, 1, 0x10));
    FAILS(EFAULT, vmsplice(queue, nowhere, 1, 0));
    FAILS(EINVAL, sendfile(ends[1], queue, 0, 8));
    FAILS(EINVAL, sendfile(queue, file, 0, 8));
    FAILS(EINVAL, sendfile(other, queue, 0, 8));
    FAILS(ESPIPE, sendfile(ends[1], queue, at, 8));
    FAILS(EFAULT, sendfile(ends[1], queue, bad, 8));
    FAILS(EBADF, sendfile(ends[0], queue, 0, 8));
    FAILS(EBADF, sendfile(queue, 1023, 0, 8));
    FAILS(EINVAL, copy_file_range(queue, 0, file, 0, 8, 0));
    FAILS(EINVAL, copy_file_range(file, 0, queue, 0, 8, 0));
    FAILS(EBADF, copy_file_range(queue, 0, 1023, 0, 8, 0));

    /* What is in the pipe is still there, and no more. */
    CHECK(ioctl(ends[0], 0x541b, bytes) == 0 && bytes[0] == 8);
    CHECK(close(ends[0]) == 0 && close(ends[1]) == 0 && close(file) == 0);
}

static void page_faults(struct mock device, const char *self)
{
    struct page_fault fault = {0}, two[2];
    int queue = queue_of_faults(device), other = fault_queue().out_fd;
    struct iovec whole = {&fault, sizeof(fault)}, half = {&fault, 20}, nothing[] = {{0, 0}, whole};
    struct iovec pair[] = {{&two[0], sizeof(*two)}, {&two[1], sizeof(*two)}};
    static struct iovec many[1025];
    struct iovec negative = {&fault, -1}, far = {(void *)-4096, 40}, missing = {nowhere, 40};

    /* An empty queue has nothing, and does not wait. */
    CHECK(read(queue, &fault, 40) == 0 && take(queue, &fault) == 0 && readv(queue, pair, 2) == 0);
    CHECK(preadv2(queue, &whole, 1, -1, 0) == 0);
    positions(queue);

    trigger(device.device);
    splices(queue, other, self);
    CHECK(readv(queue, pair, 0) == 0);
    FAILS(ESPIPE, readv(queue, &half, 1));
    FAILS(EINVAL, readv(queue, nothing, 2));
    FAILS(EINVAL, readv(queue, many, 1025));
    FAILS(EINVAL, readv(queue, &negative, 1));
    FAILS(EFAULT, readv(queue, nowhere, 1));
    FAILS(EFAULT, readv(queue, &far, 1));
    FAILS(EFAULT, readv(queue, &missing, 1));
    FAILS(EOPNOTSUPP, preadv2(queue, &whole, 1, -1, NOWAIT));
    FAILS(EINVAL, preadv2(queue, &whole, 1, -2, 0));
    CHECK(events(queue, 0) == (POLLIN | POLLOUT));
    CHECK(preadv2(queue, &whole, 1, -1, HIPRI) == 40 && fault.addr == ADDRESS);
    CHECK(events(queue, 0) == POLLOUT);

    /* Each segment is a read of its own, and a short one is the last. */
    trigger(device.device);
    CHECK(readv(queue, pair, 2) == 40 && two[0].addr == ADDRESS && two[0].cookie != fault.cookie);
    trigger(device.device);
    trigger(device.device);
    struct page_fault more[2];
    struct iovec both[] = {{&more[0], 40}, {&more[1], 40}, {&more[1], 20}};
    CHECK(readv(queue, both, 3) == 80 && more[0].cookie != more[1].cookie);

    struct response answers[] = {{.cookie = fault.cookie}, {.cookie = two[0].cookie}, {.cookie = more[0].cookie},
                                 {.cookie = more[1].cookie}};
    struct iovec cut = {answers, 7}, first = {&answers[0], 8}, rest[] = {{&answers[1], 8}, {&answers[2], 16}};
    FAILS(ESPIPE, writev(queue, &cut, 1));
    FAILS(EFAULT, writev(queue, nowhere, 1));
    CHECK(writev(queue, &first, 0) == 0);
    CHECK(writev(queue, &first, 1) == 8);
    FAILS(EINVAL, writev(queue, &first, 1));
    CHECK(writev(queue, rest, 2) == 24);
    FAILS(EINVAL, pwritev2(queue, rest, 2, -1, 0));
}

static void vevents(struct mock device)
{
    struct vevent event = {0};
    int queue = queue_of_events(device);
    struct iovec whole = {&event, 12}, parts[] = {{&event, 8}, {&event.virt_id, 4}};
    CHECK(read(queue, &event, 12) == 0 && readv(queue, &whole, 1) == 0);
    FAILS(EINVAL, read(queue, &event, 7));
    positions(queue);

    /* It takes no responses: poll says so, and a write does before it looks at anything else. */
    CHECK(events(queue, 0) == 0);
    FAILS(EINVAL, write(queue, &event, 8));
    FAILS(EINVAL, write(queue, nowhere, 8));
    FAILS(EINVAL, writev(queue, nowhere, 9));
    trigger_vevent(device.device);
    CHECK(events(queue, 0) == POLLIN);
    FAILS(EINVAL, readv(queue, parts, 2));
    CHECK(readv(queue, &whole, 1) == 12 && event.virt_id == VIRTUAL_ID);
    CHECK(events(queue, 0) == 0);
}

int main(int argc, char **argv)
{
    fd = open_iommu();
    page_faults(mock(), argv[0]);
    if (argc > 1)
        vevents(mock());
    return 0;
}
