/* Calls for which the files have no operation. */
#include "queue.h"
#include <sys/sendfile.h>

enum { PAGE = 4096 };

static char byte[64];

static void *map(int file, int access, int flags, off_t offset)
{
    return mmap(0, PAGE, access, flags, file, offset);
}

/* What a pipe, a file in memory and a terminal take. */
static void controls(int file)
{
    int on = 1, off = 0, flags = fcntl(file, F_GETFL);
    FAILS(EINVAL, fcntl(file, F_SETFL, O_DIRECT));
    FAILS(EBADF, fcntl(file, F_GETPIPE_SZ));
    FAILS(EINVAL, fcntl(file, F_GET_SEALS));
    FAILS(EINVAL, fcntl(file, F_SETLEASE, F_RDLCK));
    FAILS(ENOTTY, ioctl(file, FIOASYNC, &on));
    FAILS(EFAULT, ioctl(file, FIOASYNC, 16));
    CHECK(ioctl(file, FIOASYNC, &off) == 0 && ioctl(file, FIONBIO, &on) == 0);
    CHECK(fcntl(file, F_GETFL) == (flags | O_NONBLOCK) && fcntl(file, F_SETFL, O_ASYNC) == 0);
    CHECK((fcntl(file, F_GETFL) & (O_ASYNC | O_NONBLOCK | O_ACCMODE)) == O_RDWR);
}

static void device(const char *path)
{
    int regular = open("/proc/self/exe", O_RDONLY);
    struct ioas_alloc cmd = {.size = sizeof(cmd)};
    struct iovec vector = {byte, sizeof(byte)}, *volatile nowhere = (struct iovec *)16;
    int file = open(path, O_RDWR), reader = open(path, O_RDONLY), writer = open(path, O_WRONLY);
    CHECK(file >= 0 && reader >= 0 && writer >= 0);
    FAILS(EINVAL, read(file, byte, 1));
    FAILS(EINVAL, read(file, (char *)nowhere, 1));
    FAILS(EINVAL, read(reader, byte, 0));
    FAILS(EBADF, read(writer, byte, 1));
    FAILS(EINVAL, write(file, byte, 1));
    FAILS(EBADF, write(reader, byte, 1));
    FAILS(EINVAL, pread(file, byte, 1, 0));
    FAILS(EINVAL, pread(file, byte, 1, -1));
    FAILS(EBADF, pread(writer, byte, 1, 0));
    FAILS(EINVAL, pwrite(file, byte, 1, 1 << 20));
    FAILS(EINVAL, readv(file, &vector, 1));
    FAILS(EINVAL, writev(file, nowhere, 1));
    FAILS(EBADF, preadv(writer, &vector, 1, 0));
    FAILS(EINVAL, pwritev2(file, &vector, 1, -1, 0));
    FAILS(ESPIPE, lseek(file, 0, SEEK_SET));
    FAILS(ESPIPE, lseek(reader, 8, SEEK_END));
    FAILS(ESPIPE, lseek(file, 0, SEEK_DATA));
    FAILS(EINVAL, lseek(file, 0, 5));
    FAILS(EINVAL, ftruncate(file, 4096));
    FAILS(EINVAL, ftruncate(file, -1));
    FAILS(EINVAL, fsync(file));
    FAILS(EINVAL, fdatasync(file));
    FAILS(ENODEV, fallocate(file, 0, 0, 1));
    FAILS(EBADF, fallocate(reader, 0, 0, 1));
    FAILS(EINVAL, fallocate(file, 0, 0, 0));
    FAILS(EOPNOTSUPP, fallocate(reader, 2, 0, 1));
    FAILS(ENODEV, fallocate(file, 3, 0, 1));
    FAILS(EINVAL, truncate(path, 0));
    FAILS(EINVAL, readahead(file, 0, 1));
    FAILS(EBADF, readahead(writer, 0, 1));
    FAILS(ESPIPE, sync_file_range(file, 0, 1, 0));
    CHECK(posix_fadvise(file, 0, 0, 0) == 0 && posix_fadvise(file, 0, 0, 99) == EINVAL);
    CHECK(sendfile(file, regular, 0, 0) == 0);
    controls(file);
    FAILS(ENOTTY, ioctl(file, 0x80086601, byte));

    /* Opened for neither, it is good for ioctls alone. */
    int neither = open(path, O_ACCMODE);
    CHECK(neither >= 0 && (fcntl(neither, F_GETFL) & O_ACCMODE) == O_ACCMODE && ioctl(neither, IOAS_ALLOC, &cmd) == 0);
    FAILS(EBADF, read(neither, byte, 1));
    FAILS(EBADF, write(neither, byte, 1));
    FAILS(EBADF, fallocate(neither, 0, 0, 1));
    FAILS(EBADF, sendfile(neither, regular, 0, 1));
    FAILS(EACCES, (long)map(neither, PROT_NONE, MAP_SHARED, 0));
    CHECK(close(neither) == 0);
    FAILS(ENOTTY, ioctl(file, 0x541b, byte));
    CHECK(events(file, 0) == (POLLIN | POLLOUT));

    /* Nothing lies there to be mapped; the host's core looks first. */
    FAILS(ENXIO, (long)map(file, PROT_READ | PROT_WRITE, MAP_SHARED, 0));
    FAILS(ENXIO, (long)map(file, PROT_READ, MAP_SHARED, 16 * PAGE));
    FAILS(EINVAL, (long)map(file, PROT_READ, MAP_PRIVATE, 0));
    FAILS(EINVAL, (long)map(file, PROT_READ, MAP_SHARED, 1));
    FAILS(EINVAL, (long)mmap(0, 0, PROT_READ, MAP_SHARED, file, 0));
    FAILS(EPERM, (long)map(file, PROT_READ | PROT_EXEC, MAP_SHARED, 0));
    FAILS(EINVAL, (long)map(file, PROT_READ, 0, 0));
    FAILS(EINVAL, (long)map(file, PROT_READ, MAP_SHARED | MAP_HUGETLB, 0));
    FAILS(EINVAL, (long)map(reader, PROT_READ, MAP_SHARED, 0));
    FAILS(EACCES, (long)map(reader, PROT_READ | PROT_WRITE, MAP_SHARED, 0));
    FAILS(EACCES, (long)map(writer, PROT_READ, MAP_SHARED, 0));
    FAILS(EACCES, (long)map(writer, PROT_WRITE, MAP_PRIVATE, 0));
    CHECK(close(file) == 0 && close(reader) == 0 && close(writer) == 0);
}

static void queue(int file)
{
    FAILS(ENODEV, (long)map(file, PROT_READ | PROT_WRITE, MAP_SHARED, 0));
    FAILS(ENODEV, (long)map(file, PROT_READ, MAP_PRIVATE, 0));
    FAILS(EPERM, (long)map(file, PROT_READ | PROT_EXEC, MAP_SHARED, 0));
    CHECK(posix_fadvise(file, 0, 0, 0) == 0);
    controls(file);
    FAILS(EINVAL, ftruncate(file, 0));
    FAILS(EINVAL, fsync(file));
    FAILS(ENODEV, fallocate(file, 0, 0, 1));
    FAILS(ENOTTY, ioctl(file, 0x541b, byte));
    FAILS(ENOTTY, destroy(file, 1));
}

/* A file that is none of ours is read, written and mapped as ever. */
static void others(const char *self)
{
    char text[4];
    int file = open(self, O_RDONLY), ends[2];
    struct iovec vector = {text, sizeof(text)};
    CHECK(read(file, text, 4) == 4 && memcmp(text, "\177ELF", 4) == 0 && lseek(file, 0, SEEK_CUR) == 4);
    CHECK(preadv(file, &vector, 1, 1) == 4 && text[0] == 'E' && map(file, PROT_READ, MAP_SHARED, 0) != MAP_FAILED);
    CHECK(pipe(ends) == 0 && writev(ends[1], &vector, 1) == 4 && readv(ends[0], &vector, 1) == 4);
    FAILS(EBADF, read(1023, text, 4));
    FAILS(ESPIPE, lseek(ends[0], 0, SEEK_CUR));
}

int main(int argc, char **argv)
{
    device("/dev/iommu");
    device("/dev/vfio/vfio");
    fd = open_iommu();
    queue(queue_of_faults(mock()));
    if (argc > 1)
        queue(queue_of_events(mock()));
    others(argv[0]);
    return 0;
}
