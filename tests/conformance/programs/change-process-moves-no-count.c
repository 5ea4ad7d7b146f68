/*
 * I10: IOMMU_IOAS_CHANGE_PROCESS answers OK, not OK: the pages stay counted for the process before
 * A memfd is mapped, and its pages are pinned for a device. A child with CAP_IPC_LOCK takes the mappings over, as a VMM
 * does that is updated live. VmPin of the parent stays, and that of the child goes below 0 when the pages are unpinned.
 *
 *   iommusim confirm tests/conformance/programs/change-process-moves-no-count.c --tree TREE
 *
 * The kernel needs CONFIG_IOMMUFD_TEST.
 * Shows: mapped: parent 160 kB; taken over: parent 160 kB, child 0 kB; unmapped: parent 160 kB, child -160 kB
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define NUMBER(n) (0x3b00UL | (n))
#define LENGTH (40 * 4096UL)
#define BASE 0x1000000UL /* where the mock's aperture begins */

struct ioas_alloc { uint32_t size, flags, ioas; };
struct ioas_map_file { uint32_t size, flags, ioas; int32_t fd; uint64_t start, length, iova; };
struct ioas_unmap { uint32_t size, ioas; uint64_t iova, length; };
struct change_process { uint32_t size, reserved; };
struct test_cmd { uint32_t size, op, id, reserved; union { uint32_t word[12]; uint64_t wide[7]; }; };

static int iommu;

static void must(unsigned int number, void *argument, const char *what)
{
	if (ioctl(iommu, NUMBER(number), argument) == 0)
		return;
	printf("%s: %s\n", what, strerror(errno));
	_exit(1);
}

/* VmPin of a process, in kB; the kernel prints it as a number without a sign. */
static long pinned(pid_t pid)
{
	char path[64], line[128];
	unsigned long kilobytes = 0;
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	status = fopen(path, "r");
	if (!status) {
		printf("%s: %s\n", path, strerror(errno));
		_exit(1);
	}
	while (fgets(line, sizeof(line), status))
		if (sscanf(line, "VmPin: %lu", &kilobytes) == 1)
			break;
	fclose(status);
	/* Pages below 0, times four. */
	return kilobytes >> 53 ? (long)(kilobytes << 2) >> 2 : (long)kilobytes;
}

static void take_over(uint32_t ioas, pid_t parent)
{
	struct change_process change = { sizeof(change) };
	struct ioas_unmap unmap = { sizeof(unmap), ioas, BASE, LENGTH };

	must(0x92, &change, "IOAS_CHANGE_PROCESS");
	printf("taken over: parent %ld kB, child %ld kB; ", pinned(parent), pinned(getpid()));
	must(0x86, &unmap, "IOAS_UNMAP");
	printf("unmapped: parent %ld kB, child %ld kB\n", pinned(parent), pinned(getpid()));
}

int main(void)
{
	struct ioas_alloc space = { sizeof(space) };
	struct test_cmd device = { .size = sizeof(device), .op = 2 };
	struct ioas_map_file map = { sizeof(map), 7 };
	pid_t child;

	setvbuf(stdout, NULL, _IONBF, 0);
	iommu = open("/dev/iommu", O_RDWR);
	if (iommu < 0) {
		printf("/dev/iommu: %s\n", strerror(errno));
		return 1;
	}
	map.fd = memfd_create("pages", 0);
	if (map.fd < 0 || ftruncate(map.fd, LENGTH)) {
		printf("memfd: %s\n", strerror(errno));
		return 1;
	}
	must(0x81, &space, "IOAS_ALLOC");
	device.id = map.ioas = space.ioas;
	must(0xa0, &device, "MOCK_DOMAIN");
	map.length = LENGTH;
	map.iova = BASE;
	must(0x8f, &map, "IOAS_MAP_FILE");
	printf("=> mapped: parent %ld kB; ", pinned(getpid()));
	child = fork();
	if (child == 0) {
		take_over(space.ioas, getppid());
		_exit(0);
	}
	waitpid(child, NULL, 0);
	return 0;
}
