/* Calls for which the files have no operation. */
#include "queue.h"

enum { PAGE = 4096 };

static char byte[64];

static void *map(int file, int access, int flags, off_t offset)
{
    return mmap(0, PAGE, access, flags, file, offset);
}

static void device(const char *path)
{
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
    FAILS(ENOTTY, ioctl(file, 0x541b, byte));
    CHECK(events(file, 0) == (POLLIN | POLLOUT));

    /* Nothing lies there to be mapped; the host's core looks first. */
    FAILS(ENXIO, (long)map(file, PROT_READ | PROT_WRITE, MAP_SHARED, 0));
    FAILS(ENXIO, (long)map(file, PROT_READ, MAP_SHARED, 16 * PAGE));
    FAILS(EINVAL, (long)map(file, PROT_READ, MAP_PRIVATE, 0));
    FAILS(EINVAL, (long)map(file, PROT_READ, MAP_SHARED, 1));
    FAILS(EINVAL, (long)mmap(0, 0, PROT_READ, MAP_SHARED, file, 0));
    FAILS(EPERM, (long)map(file, PROT_READ | PROT_EXEC, MAP_SHARED, 0));
    FAILS(EACCES, (long)map(reader, PROT_READ | PROT_WRITE, MAP_SHARED, 0));
    FAILS(EACCES, (long)map(writer, PROT_READ, MAP_SHARED, 0));
    FAILS(EACCES, (long)map(writer, PROT_WRITE, MAP_PRIVATE, 0));
    CHECK(close(file) == 0 && close(reader) == 0 && close(writer) == 0);
}

static void queue(int file)
{
    FAILS(ENODEV, (long)map(file, PROT_READ | PROT_WRITE, MAP_SHARED, 0));
    FAILS(ENODEV, (long)map(file, PROT_READ, MAP_PRIVATE, 0));
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
