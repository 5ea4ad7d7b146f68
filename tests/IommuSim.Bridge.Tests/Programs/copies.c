/* A copy of a queue's descriptor is the queue, whichever number and process it has and however it came there. */
#include "queue.h"
#include "sockets.h"
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>

static struct mock device;

/* Nothing there; then a fault is triggered, seen by poll, read and answered through this descriptor. */
static void serves(int queue)
{
    struct page_fault fault;
    struct response answer = {0};
    struct iovec vector = {&fault, sizeof(fault)};
    CHECK(events(queue, 0) == POLLOUT);
    CHECK(read(queue, &fault, sizeof(fault)) == 0);
    trigger(device.device);
    CHECK(events(queue, 0) == (POLLIN | POLLOUT));
    CHECK(readv(queue, &vector, 1) == sizeof(fault) && fault.addr == ADDRESS);
    answer.cookie = fault.cookie;
    CHECK(write(queue, &answer, sizeof(answer)) == sizeof(answer));
    FAILS(EINVAL, write(queue, &answer, sizeof(answer)));
}

static void in_child(void (*function)(int), int argument)
{
    int status;
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        function(argument);
        exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

static void receives(int socket)
{
    int queue = receive(socket);
    serves(queue);
    serves(dup(queue));
}

/* Other ways to learn that there is something to read. */
static void waits(int queue)
{
    struct page_fault fault;
    struct epoll_event event = {.events = EPOLLIN}, out[2];
    struct timeval none = {0};
    fd_set in, more;
    int set = epoll_create1(0), copy = dup(queue);
    CHECK(set >= 0 && epoll_ctl(set, EPOLL_CTL_ADD, queue, &event) == 0 && epoll_wait(set, out, 2, 0) == 0);
    FD_ZERO(&in);
    FD_SET(queue, &in);
    more = in;
    CHECK(select(queue + 1, &in, &more, 0, &none) == 1 && !FD_ISSET(queue, &in) && FD_ISSET(queue, &more));
    trigger(device.device);
    CHECK(epoll_wait(set, out, 2, -1) == 1 && out[0].events == EPOLLIN);
    FD_SET(queue, &in);
    CHECK(select(queue + 1, &in, 0, 0, 0) == 1);
    CHECK(read(copy, &fault, sizeof(fault)) == sizeof(fault));
    CHECK(epoll_wait(set, out, 2, 0) == 0);
    CHECK(close(set) == 0 && close(copy) == 0);
}

int main(void)
{
    int ends[2];
    fd = open_iommu();
    device = mock();
    int queue = queue_of_faults(device), copy = dup(queue);
    CHECK(copy == queue + 1);
    serves(queue);
    serves(copy);
    waits(queue);

    /* Each time the last number goes, so that nothing but the file says what it is. */
    CHECK(close(queue) == 0 && dup2(copy, 950) == 950 && close(copy) == 0);
    serves(950);
    CHECK(dup3(950, 3 + queue, O_CLOEXEC) == 3 + queue && close(950) == 0);
    FAILS(EBADF, read(950, ends, 0));
    serves(copy = fcntl(3 + queue, F_DUPFD, 500));
    CHECK(copy == 500 && fcntl(copy, F_GETFD) == 0 && close(3 + queue) == 0);
    CHECK(dup2(copy, 0) == 0 && close(copy) == 0);
    serves(0);
    in_child(serves, 0);

    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    pass(ends[0], 0);
    CHECK(close(0) == 0);
    in_child(receives, ends[1]);
    pass(ends[0], fd);

    /* In the socket alone it lives on; behind the last close the queue may go. */
    pid_t self = getpid();
    int pidfd = syscall(SYS_pidfd_open, self, 0);
    if (pidfd >= 0 && (queue = fault_queue().out_fd) >= 0) {
        copy = syscall(SYS_pidfd_getfd, pidfd, queue, 0);
        CHECK(copy >= 0 && events(copy, 0) == POLLOUT && read(copy, ends, 0) == 0);
        CHECK(close(copy) == 0 && close(pidfd) == 0 && close(queue) == 0);
    }
    return 0;
}
