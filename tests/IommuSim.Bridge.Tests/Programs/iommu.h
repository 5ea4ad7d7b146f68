/* What the programs of these tests know of iommufd: layouts of their own, so that no header is needed. */
#pragma once
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    DESTROY = 0x3b80,
    IOAS_ALLOC = 0x3b81,
    HWPT_ALLOC = 0x3b89,
    GET_HW_INFO = 0x3b8a,
    HWPT_INVALIDATE = 0x3b8b,
    TEST = 0x3ba0,
};

struct destroy {
    uint32_t size, id;
};

struct ioas_alloc {
    uint32_t size, flags, out_id;
};

/* Says where, and ends the program. */
#define CHECK(condition)                                                       \
    do {                                                                       \
        if (!(condition)) {                                                    \
            fprintf(stderr, "%s:%d: %s (errno %d)\n", __FILE__, __LINE__,      \
                    #condition, errno);                                        \
            exit(1);                                                           \
        }                                                                      \
    } while (0)

#define FAILS(error, call)                                                     \
    do {                                                                       \
        errno = 0;                                                             \
        CHECK((call) == -1 && errno == (error));                               \
    } while (0)

static inline int open_iommu(void)
{
    int fd = open("/dev/iommu", O_RDWR);
    CHECK(fd >= 0);
    return fd;
}

static inline int destroy(int fd, uint32_t id)
{
    struct destroy cmd = {.size = sizeof(cmd), .id = id};
    return ioctl(fd, DESTROY, &cmd);
}

static inline uint32_t alloc(int fd)
{
    struct ioas_alloc cmd = {.size = sizeof(cmd)};
    CHECK(ioctl(fd, IOAS_ALLOC, &cmd) == 0);
    return cmd.out_id;
}
