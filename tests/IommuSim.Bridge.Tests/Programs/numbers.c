/* A queue gets the lowest free number, and there are as many as the limit of open files allows. */
#include "queue.h"
#include <sys/resource.h>

enum { QUEUES = 200, LOW_LIMIT = 256, RACES = 2000 };

static int lowest(void)
{
    int number = dup(0);
    CHECK(number >= 0 && close(number) == 0);
    return number;
}

static void many(void)
{
    struct fault_queue queues[QUEUES];
    for (int i = 0; i < QUEUES; i++) {
        int next = lowest();
        queues[i] = fault_queue();
        CHECK((int)queues[i].out_fd == next);
        CHECK(read(next, 0, 0) == 0 && events(next, 0) == POLLOUT);
    }

    /* A gap is filled first. */
    CHECK(close(queues[17].out_fd) == 0 && destroy(fd, queues[17].out_id) == 0);
    struct fault_queue again = fault_queue();
    CHECK(again.out_fd == queues[17].out_fd);
    queues[17] = again;
    for (int i = 0; i < QUEUES; i++) {
        FAILS(EBUSY, destroy(fd, queues[i].out_id));
        CHECK(close(queues[i].out_fd) == 0);
        CHECK(destroy(fd, queues[i].out_id) == 0);
    }
}

static void beside_others(void)
{
    for (int number = 900; number < 1000; number++)
        CHECK(dup2(1, number) == number);
    int next = lowest();
    struct fault_queue queue = fault_queue();
    CHECK((int)queue.out_fd == next && close(next) == 0 && destroy(fd, queue.out_id) == 0);
    for (int number = 900; number < 1000; number++)
        CHECK(close(number) == 0);
}

static void up_to_the_limit(void)
{
    struct rlimit old, low;
    struct fault_queue cmd = {.size = sizeof(cmd)}, last = cmd;
    CHECK(getrlimit(RLIMIT_NOFILE, &old) == 0);
    low = old;
    low.rlim_cur = LOW_LIMIT;
    CHECK(setrlimit(RLIMIT_NOFILE, &low) == 0);
    uint32_t first = 0;
    while (ioctl(fd, FAULT_QUEUE_ALLOC, &cmd) == 0) {
        last = cmd;
        first = first ? first : cmd.out_fd;
    }
    CHECK(errno == EMFILE && last.out_fd == LOW_LIMIT - 1);
    FAILS(EMFILE, dup(0));

    /* The refused one left nothing behind. */
    CHECK(close(first) == 0 && ioctl(fd, FAULT_QUEUE_ALLOC, &cmd) == 0 && cmd.out_fd == first);
    CHECK(setrlimit(RLIMIT_NOFILE, &old) == 0);
    for (uint32_t number = first; number < LOW_LIMIT; number++)
        CHECK(close(number) == 0);
}

static volatile int stop;

static void *takes_numbers(void *unused)
{
    while (!stop)
        close(dup(0));
    return unused;
}

/* Another thread takes numbers at the same time: each has its own file all the same. */
static void against_a_thread(void)
{
    pthread_t thread;
    CHECK(pthread_create(&thread, 0, takes_numbers, 0) == 0);
    for (int i = 0; i < RACES; i++) {
        struct page_fault fault;
        struct fault_queue queue = fault_queue();
        CHECK(fcntl(queue.out_fd, F_GETFL) == O_RDWR);
        CHECK(read(queue.out_fd, &fault, sizeof(fault)) == 0);
        CHECK(close(queue.out_fd) == 0 && destroy(fd, queue.out_id) == 0);
    }
    stop = 1;
    CHECK(pthread_join(thread, 0) == 0);
}

/* How many there are is the host's to say; the last one that was refused did no harm. */
static void until_it_fails(void)
{
    struct fault_queue first = fault_queue(), cmd = first;
    while (ioctl(fd, FAULT_QUEUE_ALLOC, &cmd) == 0)
        CHECK(cmd.out_fd < LOW_LIMIT);
    CHECK(errno == EMFILE);
    CHECK(open("/dev/iommu", O_RDWR) == -1 && (errno == EMFILE || errno == ENFILE));
    CHECK(close(first.out_fd) == 0 && ioctl(fd, FAULT_QUEUE_ALLOC, &cmd) == 0 && cmd.out_fd == first.out_fd);
}

int main(int argc, char **argv)
{
    fd = open_iommu();
    if (argc > 1) {
        until_it_fails();
        return 0;
    }
    many();
    beside_others();
    up_to_the_limit();
    against_a_thread();
    return 0;
}
