/*
 * A signal can break a call off before the bridge has taken it, and not later. A handler with SA_RESTART is never
 * noticed; another one is told EINTR, and nothing was done.
 */
#include "queue.h"
#include <sys/time.h>

enum { CALLS = 4000, MICROSECONDS = 150 };

static volatile int signals;

static void count(int signal)
{
    (void)signal;
    signals++;
}

static void beat(int flags, int microseconds)
{
    struct sigaction action = {.sa_handler = count, .sa_flags = flags};
    struct itimerval timer = {{0, microseconds}, {0, microseconds}};
    CHECK(sigaction(SIGALRM, &action, 0) == 0 && setitimer(ITIMER_REAL, &timer, 0) == 0);
}

static int allocated(uint32_t *ids)
{
    int broken = 0;
    for (int i = 0; i < CALLS; i++) {
        struct ioas_alloc cmd = {.size = sizeof(cmd)};
        while (ioctl(fd, IOAS_ALLOC, &cmd) == -1) {
            CHECK(errno == EINTR && cmd.out_id == 0);
            broken++;
        }
        ids[i] = cmd.out_id;
    }
    return broken;
}

int main(void)
{
    static uint32_t first[CALLS], second[CALLS];
    struct page_fault fault;
    fd = open_iommu();
    int queue = queue_of_faults(mock());

    /* The place of the hwpt that the device had before. */
    alloc(fd);
    beat(SA_RESTART, MICROSECONDS);
    CHECK(allocated(first) == 0 && signals > 0);
    for (int i = 0; i < CALLS; i++)
        CHECK(read(queue, &fault, sizeof(fault)) == 0);

    beat(0, MICROSECONDS);
    signals = 0;
    int broken = allocated(second);
    CHECK(signals > 0 && broken <= signals);
    beat(0, 0);

    /* One object for each call that said so: the ids are those of calls in a row. */
    for (int i = 1; i < CALLS; i++)
        CHECK(first[i] == first[0] + i && second[i] == second[0] + i);
    CHECK(second[0] == first[CALLS - 1] + 1);
    return 0;
}
