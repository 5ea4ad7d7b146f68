/* Children share the file of their parent and have memory of their own; some run another program. */
#include "iommu.h"

enum { CHILDREN = 8, CALLS = 50 };

int main(int argc, char **argv)
{
    if (argc == 2) {
        CHECK(alloc(atoi(argv[1])) > 0);
        return 0;
    }

    int fd = open_iommu();
    for (int i = 0; i < CHILDREN; i++) {
        if (fork() == 0) {
            for (int n = 0; n < CALLS; n++)
                CHECK(destroy(fd, alloc(fd)) == 0);
            if (i % 2)
                _exit(0);
            char number[16];
            snprintf(number, sizeof(number), "%d", fd);
            execl(argv[0], argv[0], number, (char *)0);
            _exit(1);
        }
    }

    for (int i = 0; i < CHILDREN; i++) {
        int status;
        CHECK(wait(&status) > 0 && status == 0);
    }

    /* Half of them left an object behind; which numbers they got is nobody's to say. */
    int left = 0;
    for (uint32_t id = 1; id <= CHILDREN * CALLS * 2; id++)
        left += destroy(fd, id) == 0;
    CHECK(left == CHILDREN / 2);

    /* One that outlives its parent is still served. */
    int pipes[2];
    CHECK(pipe(pipes) == 0);
    if (fork() == 0) {
        char byte;
        close(pipes[1]);
        CHECK(read(pipes[0], &byte, 1) == 0);
        CHECK(destroy(fd, alloc(fd)) == 0);
    }
    return 0;
}
