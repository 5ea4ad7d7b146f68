/*
 * Where a program sees the host behind a file of ours. Each is a difference from Linux that the README of the bridge
 * lists; one that goes away goes from here too.
 */
#include "queue.h"
#include <dirent.h>
#include <linux/aio_abi.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/syscall.h>

static struct mock device;

/* Asynchronous reads are not asked about: this one takes the byte that makes the queue readable. Linux: EINVAL. */
static void asynchronous(int queue)
{
    aio_context_t context = 0;
    struct io_event event;
    struct page_fault fault;
    struct iocb read_one = {.aio_lio_opcode = IOCB_CMD_PREAD, .aio_fildes = queue, .aio_buf = (uintptr_t)&fault,
                            .aio_nbytes = 1}, *list[] = {&read_one};
    CHECK(syscall(SYS_io_setup, 1, &context) == 0);
    trigger(device.device);
    CHECK(events(queue, 0) & POLLIN);
    CHECK(syscall(SYS_io_submit, context, 1, list) == 1);
    CHECK(syscall(SYS_io_getevents, context, 1, 1, &event, 0) == 1 && event.res == 1);
    CHECK(!(events(queue, 0) & POLLIN) && read(queue, &fault, sizeof(fault)) == sizeof(fault));
    CHECK(syscall(SYS_io_destroy, context) == 0);
}

/* An edge is the change from empty to readable; Linux: each new fault is one. A pipe takes normal data as well. */
static void polled(int queue)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLET}, out;
    struct pollfd entry = {.fd = queue, .events = POLLWRNORM};
    struct page_fault faults[2];
    int set = epoll_create1(0);
    CHECK(set >= 0 && epoll_ctl(set, EPOLL_CTL_ADD, queue, &event) == 0);
    trigger(device.device);
    CHECK(epoll_wait(set, &out, 1, 0) == 1);
    trigger(device.device);
    CHECK(epoll_wait(set, &out, 1, 0) == 0);
    CHECK(read(queue, faults, sizeof(faults)) == sizeof(faults));
    CHECK(poll(&entry, 1, 0) == 1 && entry.revents == POLLWRNORM && close(set) == 0);
}

static int lists(const char *path, const char *name)
{
    DIR *folder = opendir(path);
    struct dirent *entry;
    int found = 0;
    while (folder && (entry = readdir(folder)))
        found |= strcmp(entry->d_name, name) == 0;
    if (folder)
        closedir(folder);
    return found;
}

/* Where the host has no such node, its folder does not list it, and calls that change or watch a path do not see it. */
static void unlisted(void)
{
    if (lists("/dev", "iommu"))
        return;
    FAILS(ENOENT, chmod("/dev/iommu", 0660));
    FAILS(ENOENT, unlink("/dev/iommu"));
}

static int shows(const char *path, const char *text)
{
    char line[256];
    FILE *file = fopen(path, "r");
    int found = 0;
    CHECK(file);
    while (fgets(line, sizeof(line), file))
        found |= strstr(line, text) != 0;
    fclose(file);
    return found;
}

/* fdinfo tells of the file that stands for the device: Linux knows no inode of such a number. */
static void described(void)
{
    struct stat status;
    char path[64], inode[64];
    CHECK(fstat(fd, &status) == 0);
    snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
    snprintf(inode, sizeof(inode), "ino:\t%lu\n", (unsigned long)status.st_ino);
    CHECK(shows(path, "ino:") && !shows(path, inode));
}

/* Calls on an inode reach the host's; Linux: the node's, or EOPNOTSUPP. O_PATH opens a file; Linux: EBADF, POLLNVAL. */
static void inodes(int queue)
{
    struct stat status;
    int place = open("/dev/iommu", O_PATH);
    CHECK(fchmod(queue, 0640) == 0 && fstat(queue, &status) == 0 && status.st_mode == 0600);
    CHECK(place >= 0 && flock(place, LOCK_SH | LOCK_NB) == 0 && events(place, 0) == (POLLIN | POLLOUT));
    CHECK(close(place) == 0);
}

int main(void)
{
    fd = open_iommu();
    device = mock();
    int queue = queue_of_faults(device);
    polled(queue);
    asynchronous(queue);
    unlisted();
    inodes(queue);
    described();
    return 0;
}
