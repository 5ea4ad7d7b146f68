/* Threads that allocate and destroy on one file, each its own objects. */
#include "iommu.h"

enum { THREADS = 8, CALLS = 200 };

static int fd;

static void *work(void *unused)
{
    for (int n = 0; n < CALLS; n++)
        CHECK(destroy(fd, alloc(fd)) == 0);
    return unused;
}

int main(void)
{
    pthread_t threads[THREADS];
    fd = open_iommu();
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], 0, work, 0) == 0);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], 0) == 0);
    FAILS(ENOENT, destroy(fd, 1));
    return 0;
}
