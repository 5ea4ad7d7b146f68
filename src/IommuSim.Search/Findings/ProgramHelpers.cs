namespace IommuSim.Search.Findings;

/// <summary>The C functions that every program has.</summary>
internal static class ProgramHelpers
{
    public const string Includes = """
        #define _GNU_SOURCE
        #include <errno.h>
        #include <fcntl.h>
        #include <poll.h>
        #include <stdint.h>
        #include <stdio.h>
        #include <string.h>
        #include <sys/ioctl.h>
        #include <sys/mman.h>
        #include <unistd.h>

        """;

    public const string Functions = """
        #define UNUSED __attribute__((unused))
        #define PAGE 4096UL
        #define VFIO_BIND 0x3b76UL   /* VFIO_DEVICE_BIND_IOMMUFD */
        #define VFIO_ATTACH 0x3b77UL /* VFIO_DEVICE_ATTACH_IOMMUFD_PT */
        #define VFIO_DETACH 0x3b78UL /* VFIO_DEVICE_DETACH_IOMMUFD_PT */

        /* Whole pages with a page behind them that faults. */
        UNUSED static uint8_t *map(size_t length, int fill)
        {
            size_t pages = length ? (length + PAGE - 1) / PAGE : 1;
            int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
            uint8_t *at = mmap(NULL, (pages + 1) * PAGE, PROT_READ | PROT_WRITE, flags, -1, 0);

            if (at == MAP_FAILED) {
                perror("mmap");
                _exit(2);
            }
            mprotect(at + pages * PAGE, PAGE, PROT_NONE);
            if (fill)
                memset(at, fill, pages * PAGE);
            return at;
        }

        UNUSED static void put(uint8_t *at, unsigned int size, uint64_t value)
        {
            memcpy(at, &value, size);
        }

        UNUSED static uint32_t get(const uint8_t *at)
        {
            uint32_t value;

            memcpy(&value, at, sizeof(value));
            return value;
        }

        /* What the call before returned, a failure as a negative number. */
        static long outcome;

        UNUSED static void tell(const char *name, long rc)
        {
            outcome = rc < 0 ? -errno : rc;
            STOP_FAILING(outcome);
            printf("%s: %s\n", name, outcome < 0 ? strerror(-outcome) : "OK");
        }

        /* The last call once more, with what it returned. */
        UNUSED static void show(const char *name, const uint8_t *bytes, long count)
        {
            long i;

            printf("=> ");
            SHOW_FAILED();
            printf("%s: %ld%s", name, outcome, outcome >= 0 && count > 0 ? " " : "");
            for (i = 0; outcome >= 0 && i < count; i++)
                printf("%02x", bytes[i]);
            printf("\n");
        }

        /* In faults, the number of the id in place of the id of a device. */
        UNUSED static void name_device(uint8_t *fault, const uint32_t *id, const int *devices, int count)
        {
            uint32_t named = 0;
            int i;

            for (i = 0; i < count; i++)
                named = get(fault + 4) == id[devices[i]] ? 0x80000000U | devices[i] : named;
            put(fault + 4, 4, named);
        }

        UNUSED static int call(int fd, const char *name, unsigned long request, void *argument)
        {
            tell(name, ioctl(fd, request, argument));
            return outcome < 0 ? (int)outcome : 0;
        }

        """;

    /// <summary>For memory files, files that a call does not tell, a child that makes a call, and limits.</summary>
    public const string Files = """
        #include <stdlib.h>
        #include <sys/resource.h>
        #include <sys/syscall.h>
        #include <sys/wait.h>

        /* A file that is memory. */
        UNUSED static uint32_t memory_file(size_t length, int fill)
        {
            int fd = memfd_create("memory", 0);
            uint8_t *at;

            if (fd < 0 || ftruncate(fd, length) < 0) {
                perror("memfd");
                _exit(2);
            }
            at = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
            if (fill && length && at != MAP_FAILED)
                memset(at, fill, length);
            return fd;
        }

        /* The descriptor that the next file gets. */
        UNUSED static int next_file(void)
        {
            int fd = dup(0);

            close(fd);
            return fd;
        }

        UNUSED static int in_child(int fd, const char *name, unsigned long request, void *argument)
        {
            int status = 0;
            pid_t child;

            fflush(stdout);
            child = fork();
            if (child == 0)
                _exit(ioctl(fd, request, argument) < 0 ? errno : 0);
            waitpid(child, &status, 0);
            errno = WEXITSTATUS(status);
            tell(name, errno ? -1 : 0);
            return outcome < 0 ? (int)outcome : 0;
        }

        /* RLIMIT_MEMLOCK, without CAP_IPC_LOCK. */
        UNUSED static void limit_memory(unsigned long bytes)
        {
            struct rlimit limit = { bytes, bytes };
            struct { uint32_t version; int pid; } head = { 0x20080522, 0 };
            struct { uint32_t effective, permitted, inheritable; } data[2];

            setrlimit(RLIMIT_MEMLOCK, &limit);
            if (syscall(SYS_capget, &head, data) == 0) {
                data[0].effective &= ~(1U << 14);
                syscall(SYS_capset, &head, data);
            }
        }

        """;
}
