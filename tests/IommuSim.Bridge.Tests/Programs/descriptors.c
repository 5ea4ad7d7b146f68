/* One open file, whichever number and process holds it; a file of its own for each open. */
#include "sockets.h"

int main(void)
{
    int status, ends[2], lowest = dup(0);
    close(lowest);
    int fd = open_iommu();
    CHECK(fd == lowest);
    uint32_t id = alloc(fd);
    CHECK(id == 1);

    int other = open_iommu();
    CHECK(alloc(other) == 1);
    CHECK(alloc(other) == 2);

    int copy = dup(fd);
    CHECK(close(fd) == 0);
    FAILS(EBADF, destroy(fd, id));
    CHECK(alloc(copy) == 2);

    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    if (fork() == 0) {
        int received = receive(ends[1]);
        CHECK(destroy(received, 2) == 0);
        exit(0);
    }
    pass(ends[0], copy);
    CHECK(wait(&status) > 0 && status == 0);
    FAILS(ENOENT, destroy(copy, 2));
    CHECK(destroy(copy, 1) == 0);

    /* Not ours: a file of the host answers as ever. */
    int null = open("/dev/null", O_RDWR);
    FAILS(ENOTTY, destroy(null, 1));
    FAILS(ENOTTY, ioctl(copy, 0x3b7f, 0));
    FAILS(ENOTTY, ioctl(copy, 0x3bff, 0));
    int vfio = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
    CHECK(vfio >= 0 && fcntl(vfio, F_GETFD) == FD_CLOEXEC);
    FAILS(ENOTTY, ioctl(vfio, 0x3b7f, 0));
    FAILS(EEXIST, open("/dev/iommu", O_RDWR | O_CREAT | O_EXCL, 0600));
    FAILS(ENOTDIR, open("/dev/iommu", O_RDONLY | O_DIRECTORY));
    CHECK(chdir("/dev") == 0);
    CHECK(open("../dev//iommu", O_RDONLY) >= 0);
    int folder = open("/dev", O_PATH);
    CHECK(openat(folder, "iommu", O_WRONLY) >= 0);
    FAILS(ENOENT, open("iommu_", O_RDWR));
    FAILS(EFAULT, open((char *)16, O_RDWR));
    return 0;
}
