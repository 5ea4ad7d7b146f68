/* Ends as it is told: with a status, by a signal, or by the first signal that somebody sends. */
#include "iommu.h"

int main(int argc, char **argv)
{
    alloc(open_iommu());
    if (argc == 3 && strcmp(argv[1], "status") == 0)
        return atoi(argv[2]);
    if (argc == 3)
        kill(getpid(), atoi(argv[2]));
    printf("ready\n");
    fflush(stdout);
    for (;;)
        pause();
}
