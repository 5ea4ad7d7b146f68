// Directed tests of iommufd for what scenarios cannot say: accesses, files, mmap, dirty bitmaps.
//
//   directed -l        names the tests
//   directed -r NAME   runs one, and prints TAP
//
// It needs the mock driver of the kernel's selftest, and its header beside linux/iommufd.h.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/vfio.h>

#include "iommufd_test.h"

#define PAGE 4096ul
#define BASE 0x1000000ul // where the mock's aperture begins

static int fd;
static char why[256];

// The call succeeds, or fails with this errno; else the test ends.
#define WANT(expected, call)                                                                          \
	do {                                                                                          \
		errno = 0;                                                                            \
		int got = (call) < 0 ? errno : 0;                                                     \
		if (got != (expected)) {                                                              \
			snprintf(why, sizeof(why), "line %d: errno %d, not %d: %s", __LINE__, got,    \
				 (expected), #call);                                                  \
			return 1;                                                                     \
		}                                                                                     \
	} while (0)

#define OK(call) WANT(0, call)

#define HOLDS(condition)                                                                              \
	do {                                                                                          \
		if (!(condition)) {                                                                   \
			snprintf(why, sizeof(why), "line %d: %s", __LINE__, #condition);              \
			return 1;                                                                     \
		}                                                                                     \
	} while (0)

static int op(struct iommu_test_cmd *cmd, unsigned int number)
{
	cmd->size = sizeof(*cmd);
	cmd->op = number;
	return ioctl(fd, IOMMU_TEST_CMD, cmd);
}

static int ioas_alloc(uint32_t *id)
{
	struct iommu_ioas_alloc cmd = { .size = sizeof(cmd) };
	int rc = ioctl(fd, IOMMU_IOAS_ALLOC, &cmd);

	*id = cmd.out_ioas_id;
	return rc;
}

static int destroy(uint32_t id)
{
	struct iommu_destroy cmd = { .size = sizeof(cmd), .id = id };

	return ioctl(fd, IOMMU_DESTROY, &cmd);
}

static int map(uint32_t ioas, void *memory, uint64_t length, uint64_t iova, unsigned int flags)
{
	struct iommu_ioas_map cmd = {
		.size = sizeof(cmd),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | flags,
		.ioas_id = ioas,
		.user_va = (uintptr_t)memory,
		.length = length,
		.iova = iova,
	};

	return ioctl(fd, IOMMU_IOAS_MAP, &cmd);
}

#define READ IOMMU_IOAS_MAP_READABLE
#define WRITE IOMMU_IOAS_MAP_WRITEABLE

static int map_file(uint32_t ioas, int file, uint64_t start, uint64_t length, uint64_t *iova, unsigned int flags)
{
	struct iommu_ioas_map_file cmd = {
		.size = sizeof(cmd),
		.flags = flags,
		.ioas_id = ioas,
		.fd = file,
		.start = start,
		.length = length,
		.iova = *iova,
	};
	int rc = ioctl(fd, IOMMU_IOAS_MAP_FILE, &cmd);

	*iova = cmd.iova;
	return rc;
}

static uint64_t unmapped;

static int unmap(uint32_t ioas, uint64_t iova, uint64_t length)
{
	struct iommu_ioas_unmap cmd = { .size = sizeof(cmd), .ioas_id = ioas, .iova = iova, .length = length };
	int rc = ioctl(fd, IOMMU_IOAS_UNMAP, &cmd);

	unmapped = cmd.length;
	return rc;
}

static int copy(uint32_t to, uint64_t to_iova, uint32_t from, uint64_t from_iova, uint64_t length, unsigned int flags)
{
	struct iommu_ioas_copy cmd = {
		.size = sizeof(cmd),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | flags,
		.dst_ioas_id = to,
		.src_ioas_id = from,
		.length = length,
		.dst_iova = to_iova,
		.src_iova = from_iova,
	};

	return ioctl(fd, IOMMU_IOAS_COPY, &cmd);
}

struct device {
	uint32_t stdev, hwpt, idev;
};

static int plug(uint32_t ioas, struct device *device)
{
	struct iommu_test_cmd cmd = { .id = ioas };
	int rc = op(&cmd, IOMMU_TEST_OP_MOCK_DOMAIN);

	*device = (struct device){ cmd.mock_domain.out_stdev_id, cmd.mock_domain.out_hwpt_id,
				   cmd.mock_domain.out_idev_id };
	return rc;
}

static int hwpt_alloc(uint32_t device, uint32_t parent, unsigned int flags, uint32_t *id)
{
	struct iommu_hwpt_alloc cmd = { .size = sizeof(cmd), .flags = flags, .dev_id = device, .pt_id = parent };
	int rc = ioctl(fd, IOMMU_HWPT_ALLOC, &cmd);

	*id = cmd.out_hwpt_id;
	return rc;
}

static int check_map(uint32_t hwpt, uint64_t iova, void *memory, uint64_t length)
{
	struct iommu_test_cmd cmd = {
		.id = hwpt,
		.check_map = { .iova = iova, .length = length, .uptr = (uintptr_t)memory },
	};

	return op(&cmd, IOMMU_TEST_OP_MD_CHECK_MAP);
}

static int check_refs(void *memory, uint64_t length, unsigned int refs)
{
	struct iommu_test_cmd cmd = {
		.check_refs = { .length = length, .uptr = (uintptr_t)memory, .refs = refs },
	};

	return op(&cmd, IOMMU_TEST_OP_MD_CHECK_REFS);
}

static uint32_t access_id;

static int access_create(uint32_t ioas, unsigned int flags, int *access)
{
	struct iommu_test_cmd cmd = { .id = ioas, .create_access = { .flags = flags } };
	int rc = op(&cmd, IOMMU_TEST_OP_CREATE_ACCESS);

	*access = cmd.create_access.out_access_fd;
	return rc;
}

static int access_op(int access, struct iommu_test_cmd *cmd, unsigned int number)
{
	cmd->id = access;
	return op(cmd, number);
}

static int pin(int access, uint64_t iova, uint64_t length, void *memory, unsigned int flags)
{
	struct iommu_test_cmd cmd = {
		.access_pages = { .flags = flags, .iova = iova, .length = length, .uptr = (uintptr_t)memory },
	};
	int rc = access_op(access, &cmd, IOMMU_TEST_OP_ACCESS_PAGES);

	access_id = cmd.access_pages.out_access_pages_id;
	return rc;
}

static int unpin(int access, uint32_t id)
{
	struct iommu_test_cmd cmd = { .destroy_access_pages = { .access_pages_id = id } };

	return access_op(access, &cmd, IOMMU_TEST_OP_DESTROY_ACCESS_PAGES);
}

static int rw(int access, uint64_t iova, void *memory, uint64_t length, unsigned int flags)
{
	struct iommu_test_cmd cmd = {
		.access_rw = { .iova = iova, .length = length, .uptr = (uintptr_t)memory, .flags = flags },
	};

	return access_op(access, &cmd, IOMMU_TEST_OP_ACCESS_RW);
}

static int move_access(int access, uint32_t ioas)
{
	struct iommu_test_cmd cmd = { .access_replace_ioas = { .ioas_id = ioas } };

	return access_op(access, &cmd, IOMMU_TEST_OP_ACCESS_REPLACE_IOAS);
}

static unsigned char *pages(unsigned int count)
{
	unsigned char *memory =
		mmap(NULL, count * PAGE, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);

	for (unsigned int i = 0; i < count * PAGE; i++)
		memory[i] = (unsigned char)(i * 7 + i / PAGE);
	return memory;
}

#define PINS MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES

// Pins through an access, with and without a domain that has pinned the same pages.
static int access_pages(void)
{
	unsigned char *memory = pages(40);
	struct device device = {};
	uint32_t ioas, second, first_id, id;
	int access;

	OK(ioas_alloc(&ioas));
	OK(access_create(ioas, PINS, &access));
	OK(map(ioas, memory, 16 * PAGE, BASE, READ | WRITE));
	OK(map(ioas, memory + 16 * PAGE, 4 * PAGE, BASE + 16 * PAGE, READ));
	for (int with_domain = 0; with_domain < 2; with_domain++) {
		unsigned int held = with_domain;

		if (with_domain)
			OK(plug(ioas, &device));
		WANT(EINVAL, pin(access, BASE, 0, memory, 0));
		WANT(EOVERFLOW, pin(access, ~0ul - PAGE + 1, 2 * PAGE, memory, 0));
		WANT(ENOENT, pin(access, BASE - PAGE, 2 * PAGE, memory, 0));
		WANT(ENOENT, pin(access, BASE + 19 * PAGE, 2 * PAGE, memory + 19 * PAGE, 0));
		WANT(EPERM, pin(access, BASE + 16 * PAGE, PAGE, memory + 16 * PAGE, MOCK_FLAGS_ACCESS_WRITE));
		WANT(EPERM, pin(access, BASE + 15 * PAGE, 2 * PAGE, memory + 15 * PAGE, MOCK_FLAGS_ACCESS_WRITE));
		WANT(EINVAL, pin(access, BASE + 100, PAGE, memory + 100, 0));
		OK(check_refs(memory, 20 * PAGE, held));
		OK(pin(access, BASE, PAGE, memory, MOCK_FLAGS_ACCESS_WRITE));
		first_id = access_id;
		OK(check_refs(memory, PAGE, held + !held));
		OK(check_refs(memory + PAGE, PAGE, held));
		OK(pin(access, BASE, 16 * PAGE, memory, MOCK_FLAGS_ACCESS_WRITE));
		id = access_id;
		OK(pin(access, BASE, 16 * PAGE, memory, 0));
		OK(check_refs(memory, 16 * PAGE, 1));
		OK(unpin(access, access_id));
		OK(check_refs(memory, 16 * PAGE, 1));
		OK(unpin(access, first_id));
		OK(check_refs(memory, 16 * PAGE, 1));
		OK(unpin(access, id));
		OK(check_refs(memory, 16 * PAGE, held));
		WANT(ENOENT, unpin(access, id));
		OK(pin(access, BASE + 14 * PAGE, 4 * PAGE, memory + 14 * PAGE, 0));
		OK(check_refs(memory + 13 * PAGE, PAGE, held));
		OK(check_refs(memory + 14 * PAGE, 4 * PAGE, 1));
		OK(check_refs(memory + 18 * PAGE, 2 * PAGE, held));
		OK(unpin(access, access_id));
		OK(check_refs(memory, 20 * PAGE, held));
		// An unmap asks the holder to unpin.
		OK(map(ioas, memory + 20 * PAGE, 4 * PAGE, BASE + 64 * PAGE, READ));
		OK(pin(access, BASE + 65 * PAGE, 2 * PAGE, memory + 21 * PAGE, 0));
		OK(unmap(ioas, BASE + 64 * PAGE, 4 * PAGE));
		HOLDS(unmapped == 4 * PAGE);
		OK(check_refs(memory + 20 * PAGE, 4 * PAGE, 0));
	}

	// A domain comes and goes while pages are pinned.
	OK(pin(access, BASE + 2 * PAGE, 3 * PAGE, memory + 2 * PAGE, 0));
	id = access_id;
	OK(check_map(device.hwpt, BASE, memory, 16 * PAGE));
	OK(destroy(device.stdev));
	OK(check_refs(memory, 2 * PAGE, 0));
	OK(check_refs(memory + 2 * PAGE, 3 * PAGE, 1));
	OK(plug(ioas, &device));
	OK(check_map(device.hwpt, BASE, memory, 16 * PAGE));
	OK(destroy(device.stdev));
	// A copy has the pages in common.
	OK(ioas_alloc(&second));
	OK(copy(second, BASE + 128 * PAGE, ioas, BASE, 8 * PAGE, READ));
	OK(plug(second, &device));
	OK(check_map(device.hwpt, BASE + 128 * PAGE, memory, 8 * PAGE));
	OK(unpin(access, id));
	OK(unmap(ioas, BASE, 16 * PAGE));
	OK(check_refs(memory, 8 * PAGE, 1));
	OK(check_refs(memory + 8 * PAGE, 8 * PAGE, 0));
	OK(destroy(device.stdev));
	OK(check_refs(memory, 16 * PAGE, 0));
	WANT(EBUSY, destroy(ioas));
	OK(close(access));
	OK(destroy(ioas));
	OK(destroy(second));
	return 0;
}

// An access that moves to another IOAS, and pins there.
static int access_moves(void)
{
	unsigned char *memory = pages(8);
	uint32_t one, two, hwpt;
	struct device device = {};
	int access;

	OK(ioas_alloc(&one));
	OK(ioas_alloc(&two));
	OK(map(one, memory, 4 * PAGE, BASE, READ | WRITE));
	OK(map(two, memory + 4 * PAGE, 4 * PAGE, BASE, READ | WRITE));
	OK(plug(one, &device));
	OK(hwpt_alloc(device.idev, one, 0, &hwpt));
	OK(access_create(one, PINS, &access));
	OK(pin(access, BASE, PAGE, memory, 0));
	WANT(ENOENT, move_access(access, 0xffffff));
	WANT(ENOENT, move_access(access, hwpt));
	OK(move_access(access, two));
	OK(pin(access, BASE, PAGE, memory + 4 * PAGE, 0));
	OK(check_refs(memory + 4 * PAGE, PAGE, 1));
	OK(move_access(access, two));
	OK(move_access(access, one));
	OK(check_refs(memory + 4 * PAGE, PAGE, 0));
	OK(destroy(two));
	WANT(EBUSY, destroy(one));
	OK(close(access));
	OK(destroy(hwpt));
	OK(destroy(device.stdev));
	OK(destroy(one));
	WANT(ENOENT, access_create(0xffffff, 0, &access));
	return 0;
}

static const unsigned int s_ways[] = { 0, MOCK_ACCESS_RW_SLOW_PATH };

static int rw_everywhere(int access, uint64_t iova, unsigned char *memory, unsigned int length)
{
	static const unsigned int starts[] = { 0, 1, 100, 4095, 4096, 8191, 12288 };
	static const unsigned int sizes[] = { 1, 2, 7, 4095, 4096, 4097, 8192, 20000 };
	unsigned char *buffer = malloc(length);
	unsigned char *expected = malloc(length);

	for (unsigned int w = 0; w < 2; w++) {
		for (unsigned int s = 0; s < sizeof(starts) / sizeof(*starts); s++) {
			for (unsigned int l = 0; l < sizeof(sizes) / sizeof(*sizes); l++) {
				if (starts[s] + sizes[l] > length)
					continue;
				memset(buffer, 0x5a, length);
				OK(rw(access, iova + starts[s], buffer, sizes[l], s_ways[w]));
				HOLDS(!memcmp(buffer, memory + starts[s], sizes[l]));
				HOLDS(sizes[l] == length || buffer[sizes[l]] == 0x5a);
				memcpy(expected, memory, length);
				for (unsigned int i = 0; i < sizes[l]; i++)
					buffer[i] = (unsigned char)(i + s * 3 + l * 5 + w);
				memcpy(expected + starts[s], buffer, sizes[l]);
				OK(rw(access, iova + starts[s], buffer, sizes[l], s_ways[w] | MOCK_ACCESS_RW_WRITE));
				HOLDS(!memcmp(expected, memory, length));
			}
		}
	}

	free(buffer);
	free(expected);
	return 0;
}

// Reads and writes through an access, over several areas, with and without a domain.
static int access_rw(void)
{
	unsigned char *memory = pages(24);
	unsigned char buffer[64];
	struct device device = {};
	uint32_t ioas;
	int access;

	OK(ioas_alloc(&ioas));
	OK(access_create(ioas, 0, &access));
	OK(map(ioas, memory, 3 * PAGE, BASE, READ | WRITE));
	OK(map(ioas, memory + 3 * PAGE, PAGE, BASE + 3 * PAGE, READ | WRITE));
	OK(map(ioas, memory + 4 * PAGE, 8 * PAGE, BASE + 4 * PAGE, READ | WRITE));
	OK(map(ioas, memory + 12 * PAGE, PAGE, BASE + 12 * PAGE, READ));
	OK(map(ioas, memory + 14 * PAGE + 2048, 2 * PAGE, BASE + 20 * PAGE + 2048, READ | WRITE));
	for (int with_domain = 0; with_domain < 2; with_domain++) {
		if (with_domain)
			OK(plug(ioas, &device));
		if (rw_everywhere(access, BASE, memory, 12 * PAGE) ||
		    rw_everywhere(access, BASE + 20 * PAGE + 2048, memory + 14 * PAGE + 2048, 2 * PAGE))
			return 1;
		for (unsigned int w = 0; w < 2; w++) {
			WANT(EINVAL, rw(access, BASE, buffer, 0, s_ways[w]));
			WANT(EOVERFLOW, rw(access, ~0ul - 8, buffer, 64, s_ways[w]));
			WANT(ENOENT, rw(access, BASE - 32, buffer, 64, s_ways[w]));
			WANT(ENOENT, rw(access, BASE + 13 * PAGE - 32, buffer, 64, s_ways[w]));
			WANT(EPERM, rw(access, BASE + 12 * PAGE, buffer, 64, s_ways[w] | MOCK_ACCESS_RW_WRITE));
			OK(rw(access, BASE + 12 * PAGE, buffer, 64, s_ways[w]));
			HOLDS(!memcmp(buffer, memory + 12 * PAGE, 64));
		}
		OK(check_refs(memory, 12 * PAGE, with_domain));
	}

	OK(destroy(device.stdev));
	OK(close(access));
	OK(destroy(ioas));
	return 0;
}

static int temporary(unsigned int count)
{
	int file = memfd_create("directed", MFD_CLOEXEC);

	if (file >= 0 && ftruncate(file, count * PAGE))
		return -1;
	return file;
}

// Mappings of a memory file: contents, bounds, what is no such file.
static int files(void)
{
	const unsigned int fixed = IOMMU_IOAS_MAP_FIXED_IOVA | READ | WRITE;
	int file = temporary(24), pipes[2], access;
	unsigned char *memory = mmap(NULL, 24 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	uint64_t iova = BASE, automatic = 0, again = BASE + 64 * PAGE;
	struct device device = {}, other;
	uint32_t ioas, second, id;
	int pins;

	HOLDS(memory != MAP_FAILED);
	for (unsigned int i = 0; i < 24 * PAGE; i++)
		memory[i] = (unsigned char)(i * 3 + i / PAGE);
	OK(pipe(pipes));
	OK(ioas_alloc(&ioas));
	OK(ioas_alloc(&second));
	OK(access_create(ioas, 0, &access));
	WANT(EBADF, map_file(ioas, 999, 0, PAGE, &iova, fixed));
	WANT(EINVAL, map_file(ioas, file, 0, 0, &iova, fixed));
	WANT(EOVERFLOW, map_file(ioas, file, ~0ul - PAGE + 1, 2 * PAGE, &iova, fixed));
	WANT(EOPNOTSUPP, map_file(ioas, file, 0, PAGE, &iova, fixed | 1u << 31));
	WANT(ENOENT, map_file(0xffffff, file, 0, PAGE, &iova, fixed));
	for (int with_domain = 0; with_domain < 2; with_domain++) {
		if (with_domain)
			OK(plug(ioas, &device));
		iova = BASE;
		OK(map_file(ioas, file, 4 * PAGE, 12 * PAGE, &iova, fixed));
		HOLDS(iova == BASE);
		WANT(EEXIST, map_file(ioas, file, 0, PAGE, &iova, fixed));
		OK(map_file(ioas, file, 17 * PAGE + 2048, 2 * PAGE, &again, READ | WRITE));
		OK(map_file(ioas, file, 20 * PAGE, 3 * PAGE, &automatic, READ));
		HOLDS(again != BASE && automatic != 0);
		if (with_domain) {
			iova = BASE + 32 * PAGE;
			WANT(EINVAL, map_file(ioas, pipes[0], 0, PAGE, &iova, fixed));
			WANT(EINVAL, map_file(ioas, file, 24 * PAGE, PAGE, &iova, fixed));
			OK(check_map(device.hwpt, BASE, memory + 4 * PAGE, 12 * PAGE));
			OK(check_map(device.hwpt, again, memory + 17 * PAGE + 2048, 2 * PAGE));
			OK(check_map(device.hwpt, automatic, memory + 20 * PAGE, 3 * PAGE));
		}
		if (rw_everywhere(access, BASE, memory + 4 * PAGE, 12 * PAGE) ||
		    rw_everywhere(access, again, memory + 17 * PAGE + 2048, 2 * PAGE))
			return 1;
		OK(copy(second, BASE, ioas, BASE, 12 * PAGE, READ));
		// A driver pins pages of the file, some of them twice.
		OK(access_create(second, PINS, &pins));
		OK(pin(pins, BASE + PAGE, 8 * PAGE, memory + 5 * PAGE, 0));
		id = access_id;
		OK(check_refs(memory + 4 * PAGE, PAGE, with_domain));
		OK(check_refs(memory + 5 * PAGE, 8 * PAGE, 1));
		OK(pin(pins, BASE + 3 * PAGE, 2 * PAGE, memory + 7 * PAGE, 0));
		OK(unpin(pins, id));
		OK(check_refs(memory + 7 * PAGE, 2 * PAGE, 1));
		OK(check_refs(memory + 9 * PAGE, 4 * PAGE, with_domain));
		OK(unpin(pins, access_id));
		OK(check_refs(memory + 4 * PAGE, 12 * PAGE, with_domain));
		OK(close(pins));
		OK(plug(second, &other));
		OK(check_map(other.hwpt, BASE, memory + 4 * PAGE, 12 * PAGE));
		OK(destroy(other.stdev));
		OK(unmap(second, BASE, 12 * PAGE));
		OK(unmap(ioas, BASE, 12 * PAGE));
		HOLDS(unmapped == 12 * PAGE);
		OK(unmap(ioas, again, 2 * PAGE));
		OK(unmap(ioas, automatic, 3 * PAGE));
		OK(check_refs(memory, 24 * PAGE, 0));
		again = BASE + 64 * PAGE;
		automatic = 0;
	}

	// A domain that comes later pins what was mapped before.
	OK(destroy(device.stdev));
	iova = BASE;
	OK(map_file(ioas, file, 0, 24 * PAGE, &iova, fixed));
	OK(plug(ioas, &device));
	OK(check_map(device.hwpt, BASE, memory, 24 * PAGE));
	OK(destroy(device.stdev));
	OK(unmap(ioas, 0, ~0ul));
	HOLDS(unmapped == 24 * PAGE);
	OK(close(access));
	OK(close(file));
	OK(destroy(ioas));
	OK(destroy(second));
	return 0;
}

static int get_dirty(uint32_t hwpt, uint64_t iova, uint64_t length, uint64_t page, void *bitmap, unsigned int flags)
{
	struct iommu_hwpt_get_dirty_bitmap cmd = {
		.size = sizeof(cmd),
		.hwpt_id = hwpt,
		.flags = flags,
		.iova = iova,
		.length = length,
		.page_size = page,
		.data = (uintptr_t)bitmap,
	};

	return ioctl(fd, IOMMU_HWPT_GET_DIRTY_BITMAP, &cmd);
}

static int track(uint32_t hwpt, unsigned int flags)
{
	struct iommu_hwpt_set_dirty_tracking cmd = { .size = sizeof(cmd), .flags = flags, .hwpt_id = hwpt };

	return ioctl(fd, IOMMU_HWPT_SET_DIRTY_TRACKING, &cmd);
}

static uint64_t marked;

static int mark(uint32_t hwpt, uint64_t iova, uint64_t length, uint64_t page, void *bitmap)
{
	struct iommu_test_cmd cmd = {
		.id = hwpt,
		.dirty = { .iova = iova, .length = length, .page_size = page, .uptr = (uintptr_t)bitmap },
	};
	int rc = op(&cmd, IOMMU_TEST_OP_DIRTY);

	marked = cmd.dirty.out_nr_dirty;
	return rc;
}

// What was written to is told once, of the addresses that were asked for.
static int dirty(void)
{
	const unsigned int count = 256; // pages of the mock, 2 KiB each, in 8 areas: one entry may stand for many pages
	const uint64_t length = count * MOCK_PAGE_SIZE;
	unsigned char *memory = pages(count / 2);
	uint8_t set[256 / 8], seen[256 / 8 + 8];
	struct device device = {};
	uint32_t ioas, hwpt;

	OK(ioas_alloc(&ioas));
	OK(plug(ioas, &device));
	OK(hwpt_alloc(device.idev, ioas, IOMMU_HWPT_ALLOC_DIRTY_TRACKING, &hwpt));
	for (unsigned int i = 0; i < 8; i++)
		OK(map(ioas, memory + i * (length / 8), length / 8, BASE + i * (length / 8), READ | WRITE));
	WANT(EOPNOTSUPP, track(hwpt, 2));
	OK(track(hwpt, IOMMU_HWPT_DIRTY_TRACKING_ENABLE));
	WANT(EOPNOTSUPP, get_dirty(device.hwpt, BASE, length, MOCK_PAGE_SIZE, seen, 0));
	WANT(EOPNOTSUPP, get_dirty(hwpt, BASE, length, MOCK_PAGE_SIZE, seen, 8));
	WANT(ENOENT, get_dirty(ioas, BASE, length, MOCK_PAGE_SIZE, seen, 0));
	WANT(EINVAL, get_dirty(hwpt, BASE, length, 0, seen, 0));
	WANT(EINVAL, get_dirty(hwpt, BASE, 0, MOCK_PAGE_SIZE, seen, 0));
	WANT(EINVAL, get_dirty(hwpt, BASE + 1, length, MOCK_PAGE_SIZE, seen, 0));
	WANT(EINVAL, get_dirty(hwpt, BASE, length - 1, MOCK_PAGE_SIZE, seen, 0));
	WANT(EOVERFLOW, get_dirty(hwpt, ~0ul - MOCK_PAGE_SIZE + 1, 2 * MOCK_PAGE_SIZE, MOCK_PAGE_SIZE, seen, 0));
	for (unsigned int round = 0; round < 4; round++) {
		for (unsigned int i = 0; i < sizeof(set); i++)
			set[i] = 0xa5 >> round >> (i / (sizeof(set) / 8)) & 1 ? 0xff : 0;
		OK(mark(hwpt, BASE, length, MOCK_PAGE_SIZE, set));
		// Half of it without forgetting, then with.
		memset(seen, 0, sizeof(seen));
		OK(get_dirty(hwpt, BASE + length / 2, length / 2, MOCK_PAGE_SIZE, seen,
			     IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR));
		HOLDS(!memcmp(seen, set + sizeof(set) / 2, sizeof(set) / 2));
		HOLDS(seen[sizeof(set) / 2] == 0);
		memset(seen, 0, sizeof(seen));
		OK(get_dirty(hwpt, BASE, length, MOCK_PAGE_SIZE, seen, 0));
		HOLDS(!memcmp(seen, set, sizeof(set)));
		HOLDS(seen[sizeof(set)] == 0);
		memset(seen, 0, sizeof(seen));
		OK(get_dirty(hwpt, BASE, length, MOCK_PAGE_SIZE, seen, 0));
		for (unsigned int i = 0; i < sizeof(set); i++)
			HOLDS(seen[i] == 0);
	}

	// Two areas, of which the second begins within a byte of the bitmap; a bit for two of the mock's pages.
	OK(unmap(ioas, BASE, length));
	OK(map(ioas, memory, 3 * PAGE, BASE, READ | WRITE));
	OK(map(ioas, memory + 8 * PAGE, 5 * PAGE, BASE + 3 * PAGE, READ | WRITE));
	memset(set, 0xff, sizeof(set));
	OK(mark(hwpt, BASE, 8 * PAGE, MOCK_PAGE_SIZE, set));
	HOLDS(marked == 16);
	memset(seen, 0, sizeof(seen));
	OK(get_dirty(hwpt, BASE, 8 * PAGE, PAGE, seen, IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR));
	HOLDS(seen[0] == 0xff && seen[1] == 0);
	// Tracking that begins anew has forgotten what was before.
	OK(track(hwpt, 0));
	OK(track(hwpt, IOMMU_HWPT_DIRTY_TRACKING_ENABLE));
	memset(seen, 0, sizeof(seen));
	OK(get_dirty(hwpt, BASE, 8 * PAGE, PAGE, seen, 0));
	HOLDS(seen[0] == 0);
	OK(destroy(hwpt));
	OK(destroy(device.stdev));
	OK(destroy(ioas));
	return 0;
}

// A page of a vIOMMU in the memory of the program; what holds it back.
static int pages_of_a_viommu(void)
{
	struct iommu_viommu_selftest data = { .in_data = 0x1234 };
	struct iommu_viommu_alloc alloc = {
		.size = sizeof(alloc),
		.type = IOMMU_VIOMMU_TYPE_SELFTEST,
		.data_len = sizeof(data),
		.data_uptr = (uintptr_t)&data,
	};
	struct device device = {};
	uint32_t ioas, parent;
	unsigned int *page;

	OK(ioas_alloc(&ioas));
	OK(plug(ioas, &device));
	OK(hwpt_alloc(device.idev, ioas, IOMMU_HWPT_ALLOC_NEST_PARENT, &parent));
	alloc.dev_id = device.idev;
	alloc.hwpt_id = parent;
	OK(ioctl(fd, IOMMU_VIOMMU_ALLOC, &alloc));
	HOLDS(data.out_data == data.in_data);
	HOLDS(data.out_mmap_length == 2 * PAGE);
	HOLDS(mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, (off_t)(data.out_mmap_offset + PAGE)) == MAP_FAILED);
	HOLDS(errno == ENXIO);
	HOLDS(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, (off_t)data.out_mmap_offset) == MAP_FAILED);
	HOLDS(errno == ENXIO);
	page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)data.out_mmap_offset);
	HOLDS(page != MAP_FAILED);
	HOLDS(*page == data.in_data);
	WANT(EBUSY, destroy(alloc.out_viommu_id));
	OK(munmap(page, 2 * PAGE));
	OK(destroy(alloc.out_viommu_id));
	HOLDS(mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, (off_t)data.out_mmap_offset) == MAP_FAILED);
	OK(destroy(parent));
	OK(destroy(device.stdev));
	OK(destroy(ioas));
	return 0;
}

static int change_process(void)
{
	struct iommu_ioas_change_process cmd = { .size = sizeof(cmd) };

	return ioctl(fd, IOMMU_IOAS_CHANGE_PROCESS, &cmd);
}

// Only mappings of files can be handed to another process, and a child that takes them pays for them.
static int processes(void)
{
	int file = temporary(8), status;
	unsigned char *memory = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	unsigned char *private = pages(4);
	uint64_t iova = BASE;
	struct device device = {};
	uint32_t ioas;
	pid_t child;

	OK(ioas_alloc(&ioas));
	OK(plug(ioas, &device));
	OK(change_process());
	OK(map_file(ioas, file, 0, 8 * PAGE, &iova, IOMMU_IOAS_MAP_FIXED_IOVA | READ | WRITE));
	OK(change_process());
	child = fork();
	HOLDS(child >= 0);
	if (!child)
		_exit(change_process() ? 1 : 0);
	HOLDS(waitpid(child, &status, 0) == child && status == 0);
	OK(change_process());
	OK(check_map(device.hwpt, BASE, memory, 8 * PAGE));
	OK(map(ioas, private, 4 * PAGE, BASE + 16 * PAGE, READ));
	child = fork();
	HOLDS(child >= 0);
	if (!child)
		_exit(change_process() < 0 && errno == EINVAL ? 0 : 1);
	HOLDS(waitpid(child, &status, 0) == child && status == 0);
	OK(unmap(ioas, 0, ~0ul));
	HOLDS(unmapped == 12 * PAGE);
	OK(destroy(device.stdev));
	OK(destroy(ioas));
	return 0;
}

static int option(uint32_t ioas, unsigned int number, unsigned int what, uint64_t *value)
{
	struct iommu_option cmd = {
		.size = sizeof(cmd),
		.option_id = number,
		.op = what,
		.object_id = ioas,
		.val64 = *value,
	};
	int rc = ioctl(fd, IOMMU_OPTION, &cmd);

	*value = cmd.val64;
	return rc;
}

// Which values options take, and when.
static int options(void)
{
	unsigned char *memory = pages(4);
	struct device device = {};
	uint64_t value = 7;
	uint32_t ioas;

	OK(ioas_alloc(&ioas));
	OK(plug(ioas, &device));
	OK(option(ioas, IOMMU_OPTION_HUGE_PAGES, IOMMU_OPTION_OP_GET, &value));
	HOLDS(value == 1);
	value = 2;
	WANT(EINVAL, option(ioas, IOMMU_OPTION_HUGE_PAGES, IOMMU_OPTION_OP_SET, &value));
	value = 0;
	WANT(EOPNOTSUPP, option(ioas, IOMMU_OPTION_HUGE_PAGES, 2, &value));
	WANT(EOPNOTSUPP, option(ioas, 99, IOMMU_OPTION_OP_GET, &value));
	WANT(ENOENT, option(0xffffff, IOMMU_OPTION_HUGE_PAGES, IOMMU_OPTION_OP_GET, &value));
	OK(map(ioas, memory, 2 * PAGE, BASE, READ));
	WANT(EINVAL, option(ioas, IOMMU_OPTION_HUGE_PAGES, IOMMU_OPTION_OP_SET, &value));
	OK(unmap(ioas, BASE, 2 * PAGE));
	OK(option(ioas, IOMMU_OPTION_HUGE_PAGES, IOMMU_OPTION_OP_SET, &value));
	OK(map(ioas, memory, 2 * PAGE, BASE, READ));
	value = 7;
	OK(option(ioas, IOMMU_OPTION_HUGE_PAGES, IOMMU_OPTION_OP_GET, &value));
	HOLDS(value == 0);
	WANT(EINVAL, map(ioas, memory, MOCK_PAGE_SIZE, BASE + 8 * PAGE, READ));
	value = 1;
	OK(option(ioas, IOMMU_OPTION_HUGE_PAGES, IOMMU_OPTION_OP_SET, &value));
	OK(map(ioas, memory, MOCK_PAGE_SIZE, BASE + 8 * PAGE, READ));
	value = 0;
	WANT(EINVAL, option(ioas, IOMMU_OPTION_HUGE_PAGES, IOMMU_OPTION_OP_SET, &value));
	value = 0;
	OK(option(0, IOMMU_OPTION_RLIMIT_MODE, IOMMU_OPTION_OP_GET, &value));
	value = 2;
	WANT(EBUSY, option(0, IOMMU_OPTION_RLIMIT_MODE, IOMMU_OPTION_OP_SET, &value));
	value = 0;
	WANT(EOPNOTSUPP, option(ioas, IOMMU_OPTION_RLIMIT_MODE, IOMMU_OPTION_OP_GET, &value));
	OK(destroy(device.stdev));
	OK(destroy(ioas));
	return 0;
}

// The edges of the address space, of each argument of each call.
static int edges(void)
{
	const uint64_t last = ~0ul - PAGE + 1;
	unsigned char *memory = pages(4);
	int file = temporary(2);
	uint64_t iova = last;
	struct device device = {};
	uint32_t ioas, second;

	OK(ioas_alloc(&ioas));
	OK(ioas_alloc(&second));
	OK(map(ioas, memory, PAGE, BASE, READ | WRITE));
	WANT(EINVAL, map(ioas, memory, 0, BASE + PAGE, READ));
	WANT(EINVAL, map(ioas, memory, PAGE, BASE + PAGE, 0));
	WANT(EOPNOTSUPP, map(ioas, memory, PAGE, BASE + PAGE, READ | 8));
	WANT(ENOENT, map(0xffffff, memory, PAGE, BASE + PAGE, READ));
	WANT(EOVERFLOW, map(ioas, memory, 2 * PAGE, last, READ));
	WANT(EOVERFLOW, map(ioas, (void *)last, 2 * PAGE, BASE + PAGE, READ));
	WANT(EOVERFLOW, map_file(ioas, file, 0, 2 * PAGE, &iova, IOMMU_IOAS_MAP_FIXED_IOVA | READ));
	WANT(EINVAL, unmap(ioas, BASE, 0));
	WANT(EOVERFLOW, unmap(ioas, last, 2 * PAGE));
	WANT(ENOENT, unmap(ioas, BASE + PAGE, PAGE));
	WANT(ENOENT, unmap(ioas, BASE, PAGE / 2));
	WANT(ENOENT, unmap(0xffffff, BASE, PAGE));
	WANT(EINVAL, copy(second, BASE, ioas, BASE, 0, READ));
	WANT(EINVAL, copy(second, BASE, ioas, BASE, PAGE, 0));
	WANT(EOPNOTSUPP, copy(second, BASE, ioas, BASE, PAGE, READ | 8));
	WANT(ENOENT, copy(second, last, ioas, BASE, 2 * PAGE, READ));
	WANT(EOVERFLOW, copy(second, BASE, ioas, last, 2 * PAGE, READ));
	WANT(ENOENT, copy(second, BASE, ioas, BASE + PAGE, PAGE, READ));
	WANT(ENOENT, copy(0xffffff, BASE, ioas, BASE, PAGE, READ));
	WANT(ENOENT, copy(second, BASE, 0xffffff, BASE, PAGE, READ));
	WANT(EOVERFLOW, map(ioas, memory, ~0ul, BASE, READ));
	WANT(EOVERFLOW, copy(second, BASE, ioas, BASE, ~0ul, READ));
	WANT(EOVERFLOW, copy(second, ~0ul, ioas, BASE, PAGE, READ));
	WANT(EOVERFLOW, copy(second, BASE, ioas, ~0ul, PAGE, READ));
	WANT(EOVERFLOW, map_file(ioas, file, 0, ~0ul, &iova, IOMMU_IOAS_MAP_FIXED_IOVA | READ));
	iova = ~0ul;
	WANT(EOVERFLOW, map_file(ioas, file, 0, PAGE, &iova, IOMMU_IOAS_MAP_FIXED_IOVA | READ));
	// An id that shares its low bits with one that is there.
	WANT(ENOENT, destroy(ioas + 64));
	WANT(ENOENT, unmap(ioas + 4096, BASE, PAGE));
	OK(copy(second, BASE, ioas, BASE, PAGE, READ));
	WANT(EEXIST, copy(second, BASE, ioas, BASE, PAGE, READ));
	// The last page of the address space can be mapped, until a domain says otherwise.
	OK(map(ioas, memory, PAGE, last, READ));
	WANT(EADDRINUSE, plug(ioas, &device));
	OK(unmap(ioas, last, PAGE));
	HOLDS(unmapped == PAGE);
	OK(plug(ioas, &device));
	WANT(EINVAL, map(ioas, memory, PAGE, last, READ));
	WANT(EINVAL, map(ioas, memory, PAGE, BASE - PAGE, READ));
	OK(map(ioas, memory, PAGE, MOCK_APERTURE_LAST + 1ul - PAGE, READ));
	WANT(EINVAL, map(ioas, memory, PAGE, MOCK_APERTURE_LAST + 1ul, READ));
	OK(unmap(ioas, 0, ~0ul));
	HOLDS(unmapped == 2 * PAGE);
	OK(destroy(device.stdev));
	OK(destroy(ioas));
	OK(destroy(second));
	return 0;
}

// Who opens it as VFIO's container pays as with VFIO: the memory counts, and not the user.
static int processes_of_vfio(void)
{
	const unsigned int fixed = IOMMU_IOAS_MAP_FIXED_IOVA | READ | WRITE;
	int file = temporary(8), other = temporary(4), status;
	uint64_t iova = BASE, value = 0;
	unsigned char *private = pages(4);
	struct device device = {};
	uint32_t ioas, second;
	pid_t child;

	OK(close(fd));
	fd = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	HOLDS(fd >= 0);
	OK(option(0, IOMMU_OPTION_RLIMIT_MODE, IOMMU_OPTION_OP_GET, &value));
	HOLDS(value == 1);
	OK(ioas_alloc(&ioas));
	OK(ioas_alloc(&second));
	OK(plug(ioas, &device));
	OK(map_file(ioas, file, 0, 8 * PAGE, &iova, fixed));
	iova = BASE + 16 * PAGE;
	OK(map_file(ioas, other, 0, 4 * PAGE, &iova, fixed));
	OK(copy(second, BASE, ioas, BASE, 4 * PAGE, READ));
	for (int round = 0; round < 2; round++) {
		child = fork();
		HOLDS(child >= 0);
		if (!child)
			_exit(change_process() ? 1 : 0);
		HOLDS(waitpid(child, &status, 0) == child && status == 0);
		OK(change_process());
	}
	child = fork();
	HOLDS(child >= 0);
	if (!child) {
		// It takes over, maps more, and goes.
		if (change_process() || unmap(ioas, BASE + 16 * PAGE, 4 * PAGE))
			_exit(1);
		iova = BASE + 32 * PAGE;
		_exit(map_file(ioas, other, 0, 4 * PAGE, &iova, fixed) ? 1 : 0);
	}
	HOLDS(waitpid(child, &status, 0) == child && status == 0);
	OK(change_process());
	OK(map(ioas, private, 4 * PAGE, BASE + 64 * PAGE, READ | WRITE));
	OK(unmap(ioas, BASE + 64 * PAGE, 4 * PAGE));
	OK(unmap(ioas, 0, ~0ul));
	HOLDS(unmapped == 12 * PAGE);
	OK(unmap(second, 0, ~0ul));
	OK(destroy(device.stdev));
	OK(destroy(ioas));
	OK(destroy(second));
	return 0;
}

static int vfio_unmap(uint64_t iova, uint64_t length)
{
	struct vfio_iommu_type1_dma_unmap cmd = { .argsz = sizeof(cmd), .iova = iova, .size = length };
	int rc = ioctl(fd, VFIO_IOMMU_UNMAP_DMA, &cmd);

	unmapped = cmd.size;
	return rc;
}

static int compatible(uint32_t ioas)
{
	struct iommu_vfio_ioas cmd = { .size = sizeof(cmd), .ioas_id = ioas, .op = IOMMU_VFIO_IOAS_SET };

	return ioctl(fd, IOMMU_VFIO_IOAS, &cmd);
}

// Unmapping as VFIO does it takes a part of a mapping, and leaves two.
static int splits(void)
{
	unsigned char *memory = pages(16);
	struct device device = {};
	uint64_t value = 0;
	uint32_t ioas;
	int access;

	OK(ioas_alloc(&ioas));
	OK(compatible(ioas));
	OK(option(ioas, IOMMU_OPTION_HUGE_PAGES, IOMMU_OPTION_OP_SET, &value));
	OK(access_create(ioas, PINS, &access));
	for (int with_domain = 0; with_domain < 2; with_domain++) {
		if (with_domain)
			OK(plug(ioas, &device));
		OK(map(ioas, memory, 16 * PAGE, BASE, READ | WRITE));
		WANT(EINVAL, vfio_unmap(BASE + 100, PAGE));
		WANT(EINVAL, vfio_unmap(BASE + PAGE, 2 * PAGE + 1));
		OK(check_refs(memory, 16 * PAGE, with_domain));
		OK(vfio_unmap(BASE + 4 * PAGE, 4 * PAGE));
		HOLDS(unmapped == 4 * PAGE);
		OK(check_refs(memory, 4 * PAGE, with_domain));
		OK(check_refs(memory + 4 * PAGE, 4 * PAGE, 0));
		OK(check_refs(memory + 8 * PAGE, 8 * PAGE, with_domain));
		// What is pinned cannot be split, what is beside it can.
		OK(pin(access, BASE + 12 * PAGE, PAGE, memory + 12 * PAGE, 0));
		WANT(EINVAL, vfio_unmap(BASE + 9 * PAGE, PAGE));
		OK(unpin(access, access_id));
		OK(vfio_unmap(BASE + 9 * PAGE, PAGE));
		HOLDS(unmapped == PAGE);
		OK(pin(access, BASE + 10 * PAGE, 6 * PAGE, memory + 10 * PAGE, 0));
		OK(check_refs(memory + 10 * PAGE, 6 * PAGE, 1));
		OK(unpin(access, access_id));
		OK(vfio_unmap(BASE, PAGE));
		OK(vfio_unmap(BASE + 15 * PAGE, PAGE));
		OK(check_refs(memory + 10 * PAGE, 5 * PAGE, with_domain));
		OK(map(ioas, memory + 4 * PAGE, 4 * PAGE, BASE + 4 * PAGE, READ));
		if (with_domain) {
			OK(check_map(device.hwpt, BASE + PAGE, memory + PAGE, 8 * PAGE));
			OK(check_map(device.hwpt, BASE + 10 * PAGE, memory + 10 * PAGE, 5 * PAGE));
		}
		OK(unmap(ioas, 0, ~0ul));
		HOLDS(unmapped == 13 * PAGE);
		OK(check_refs(memory, 16 * PAGE, 0));
	}

	// A domain that comes behind the split.
	OK(destroy(device.stdev));
	OK(map(ioas, memory, 16 * PAGE, BASE, READ | WRITE));
	OK(vfio_unmap(BASE + 3 * PAGE, PAGE));
	OK(plug(ioas, &device));
	OK(check_map(device.hwpt, BASE, memory, 3 * PAGE));
	OK(check_map(device.hwpt, BASE + 4 * PAGE, memory + 4 * PAGE, 12 * PAGE));
	OK(destroy(device.stdev));
	OK(close(access));
	OK(unmap(ioas, 0, ~0ul));
	OK(destroy(ioas));
	return 0;
}

// Which failure of a call comes next, by the kernel's fault injection; 0 turns it off. 1 where it was met.
static int fail_nth(unsigned int nth)
{
	char text[32];
	int file, rc = 0;

	snprintf(text, sizeof(text), "/proc/self/task/%d/fail-nth", (int)getpid());
	file = open(text, O_RDWR);
	if (file < 0)
		return -1;
	if (!nth) {
		text[0] = 0;
		rc = pread(file, text, sizeof(text), 0) > 1 && text[0] == '0';
	}
	snprintf(text, sizeof(text), "%u", nth);
	// What turns it off copies too, and can be what fails: the call before it did not come that far.
	if (pwrite(file, text, strlen(text), 0) < 0)
		rc = nth || pwrite(file, text, strlen(text), 0) < 0 ? -1 : 0;
	close(file);
	return rc;
}

static int allow_failures(void)
{
	int file = open("/sys/kernel/debug/failslab/ignore-gfp-wait", O_WRONLY);

	if (file < 0 || write(file, "N", 1) != 1)
		return -1;
	return close(file);
}

// No memory, a copy that faults, and what the kernel's own points of failure say.
static int is_failure(int number)
{
	return number == ENOMEM || number == EFAULT || number == ENOENT || number == EINVAL;
}

// The call is made with its first point failed, its second, ...: it succeeds all the same, or says what a failure
// says. It is undone where it succeeds, and made once more without a failure at the end.
#define EVERY_FAILURE(call, undo)                                                                     \
	do {                                                                                          \
		int met = 1;                                                                          \
		for (unsigned int nth = 1; met; nth++) {                                              \
			HOLDS(nth < 200);                                                             \
			OK(fail_nth(nth));                                                            \
			errno = 0;                                                                    \
			int got = (call) < 0 ? errno : 0;                                             \
			met = fail_nth(0);                                                            \
			HOLDS(met >= 0);                                                              \
			if (got && (!met || !is_failure(got))) {                                        \
				snprintf(why, sizeof(why), "line %d: errno %d at %u: %s", __LINE__,   \
					 got, nth, #call);                                            \
				return 1;                                                             \
			}                                                                             \
			/* What was done stays where its answer could not be copied. */                \
			if (got == EFAULT)                                                            \
				(void)!(undo);                                                        \
			else if (!got)                                                                \
				OK(undo);                                                             \
		}                                                                                     \
	} while (0)

// Pages that are neighbours for the program, and not in the machine's memory: of one huge page and of another, of which
// the second was there first.
static int scattered(void)
{
	const uint64_t huge = 2ul << 20;
	unsigned char *area = mmap(NULL, 4 * huge, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);
	unsigned char *border = (unsigned char *)(((uintptr_t)area + 2 * huge) & ~(huge - 1)), *memory = border - 8 * PAGE;
	const unsigned int fixed = IOMMU_IOAS_MAP_FIXED_IOVA | READ | WRITE;
	uint64_t iova = BASE + 192 * PAGE, first = BASE + 256 * PAGE;
	int file = temporary(4 * 512), access, pins;
	struct device device = {}, other = {};
	uint32_t ioas, second;

	OK(allow_failures());
	memset(memory, 5, 24 * PAGE);
	OK(ioas_alloc(&ioas));
	OK(ioas_alloc(&second));
	OK(plug(ioas, &device));
	OK(map(ioas, border, PAGE, BASE + 64 * PAGE, READ));
	OK(access_create(ioas, 0, &access));
	OK(access_create(second, PINS, &pins));
	EVERY_FAILURE(map(ioas, memory, 16 * PAGE, BASE, READ | WRITE), unmap(ioas, BASE, 16 * PAGE));
	OK(map(ioas, memory, 16 * PAGE, BASE, READ | WRITE));
	OK(check_map(device.hwpt, BASE, memory, 16 * PAGE));
	OK(map_file(ioas, file, huge, PAGE, &first, fixed));
	EVERY_FAILURE(map_file(ioas, file, huge - 8 * PAGE, 16 * PAGE, &iova, fixed), unmap(ioas, iova, 16 * PAGE));
	OK(map_file(ioas, file, huge - 8 * PAGE, 16 * PAGE, &iova, fixed));
	OK(check_refs(memory, 8 * PAGE, 1));
	OK(copy(second, BASE, ioas, BASE, 16 * PAGE, READ));
	OK(pin(pins, BASE + 6 * PAGE, 4 * PAGE, memory + 6 * PAGE, 0));
	OK(plug(second, &other));
	OK(check_map(other.hwpt, BASE, memory, 16 * PAGE));
	if (rw_everywhere(access, BASE + 4 * PAGE, memory + 4 * PAGE, 8 * PAGE))
		return 1;
	OK(destroy(device.stdev));
	OK(check_map(other.hwpt, BASE, memory, 16 * PAGE));
	OK(unpin(pins, access_id));
	OK(destroy(other.stdev));
	OK(check_refs(memory, 16 * PAGE, 0));
	OK(map(ioas, border - PAGE, 2 * PAGE, BASE + 128 * PAGE, READ));
	OK(plug(ioas, &device));
	OK(check_map(device.hwpt, BASE + 128 * PAGE, border - PAGE, 2 * PAGE));
	OK(close(access));
	OK(close(pins));
	OK(unmap(ioas, 0, ~0ul));
	OK(unmap(second, 0, ~0ul));
	OK(check_refs(memory, 16 * PAGE, 0));
	OK(destroy(device.stdev));
	OK(destroy(ioas));
	OK(destroy(second));
	return 0;
}

// What calls return in which memory runs out, and that they left nothing behind.
static int failures(void)
{
	unsigned char *memory = pages(24);
	int file = temporary(8), access;
	unsigned char *shared = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	unsigned char buffer[64];
	struct device device = {}, other = {};
	uint64_t iova = BASE + 64 * PAGE, value = 0;
	uint32_t ioas, second, hwpt;

	OK(allow_failures());
	OK(ioas_alloc(&ioas));
	OK(ioas_alloc(&second));
	OK(compatible(ioas));
	OK(option(ioas, IOMMU_OPTION_HUGE_PAGES, IOMMU_OPTION_OP_SET, &value));
	OK(access_create(ioas, PINS, &access));
	for (int with_domain = 0; with_domain < 3; with_domain++) {
		if (with_domain)
			OK(plug(ioas, with_domain == 1 ? &device : &other));
		EVERY_FAILURE(map(ioas, memory, 16 * PAGE, BASE, READ | WRITE), unmap(ioas, BASE, 16 * PAGE));
		OK(check_refs(memory, 16 * PAGE, 0));
		EVERY_FAILURE(map_file(ioas, file, 0, 8 * PAGE, &iova, IOMMU_IOAS_MAP_FIXED_IOVA | READ | WRITE),
			      unmap(ioas, BASE + 64 * PAGE, 8 * PAGE));
		OK(check_refs(shared, 8 * PAGE, 0));
		OK(map(ioas, memory, 16 * PAGE, BASE, READ | WRITE));
		OK(map_file(ioas, file, 0, 8 * PAGE, &iova, IOMMU_IOAS_MAP_FIXED_IOVA | READ | WRITE));
		EVERY_FAILURE(pin(access, BASE + PAGE, 12 * PAGE, memory + PAGE, 0), unpin(access, access_id));
		EVERY_FAILURE(pin(access, BASE + 65 * PAGE, 4 * PAGE, shared + PAGE, 0), unpin(access, access_id));
		EVERY_FAILURE(rw(access, BASE + PAGE - 8, buffer, sizeof(buffer), 0), 0);
		EVERY_FAILURE(rw(access, BASE + PAGE - 8, buffer, sizeof(buffer), MOCK_ACCESS_RW_SLOW_PATH), 0);
		EVERY_FAILURE(rw(access, BASE + 65 * PAGE - 8, buffer, sizeof(buffer), 0), 0);
		EVERY_FAILURE(copy(second, BASE, ioas, BASE, 8 * PAGE, READ), unmap(second, BASE, 8 * PAGE));
		if (with_domain)
			EVERY_FAILURE(hwpt_alloc(device.idev, ioas, 0, &hwpt), destroy(hwpt));
		OK(check_refs(memory, 16 * PAGE, with_domain ? 1 : 0));
		OK(check_refs(shared, 8 * PAGE, with_domain ? 1 : 0));
		EVERY_FAILURE(vfio_unmap(BASE + 4 * PAGE, 4 * PAGE), 0);
		OK(check_refs(memory + 4 * PAGE, 4 * PAGE, 0));
		OK(unmap(ioas, 0, ~0ul));
	}

	OK(destroy(device.stdev));
	OK(destroy(other.stdev));
	OK(close(access));
	OK(destroy(ioas));
	OK(destroy(second));
	return 0;
}

// A child has other memory than what is mapped: its parent's pages are pinned, read and written for it.
static int remote(void)
{
	int file = temporary(8), access, pins, status;
	unsigned char *memory = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned char *shared = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	uint64_t iova = BASE + 16 * PAGE;
	struct device device = {};
	unsigned char buffer[6000];
	uint32_t ioas;
	pid_t child;

	memset(memory, 3, 8 * PAGE);
	memset(shared, 5, 8 * PAGE);
	OK(ioas_alloc(&ioas));
	OK(map(ioas, memory, 8 * PAGE, BASE, READ | WRITE));
	OK(map_file(ioas, file, 0, 8 * PAGE, &iova, IOMMU_IOAS_MAP_FIXED_IOVA | READ | WRITE));
	OK(access_create(ioas, 0, &access));
	OK(access_create(ioas, PINS, &pins));
	child = fork();
	HOLDS(child >= 0);
	if (!child) {
		for (unsigned int round = 0; round < 3; round++) {
			for (unsigned int w = 0; w < 2; w++) {
				if (rw(access, BASE + 100, buffer, 64, s_ways[w]) || buffer[63] != 3 ||
				    rw(access, BASE + 100, buffer, sizeof(buffer), s_ways[w]) || buffer[5999] != 3 ||
				    rw(access, BASE + 16 * PAGE + 100, buffer, sizeof(buffer), s_ways[w]) ||
				    buffer[5999] != 5 ||
				    rw(access, BASE + 18 * PAGE, buffer, 64, s_ways[w] | MOCK_ACCESS_RW_WRITE))
					_exit(2);
			}
			if (plug(ioas, &device) || destroy(device.stdev))
				_exit(3);
		}
		_exit(0);
	}
	HOLDS(waitpid(child, &status, 0) == child);
	HOLDS(status == 0);
	OK(check_refs(memory, 8 * PAGE, 0));
	OK(check_refs(shared, 8 * PAGE, 0));
	// The parent's memory is still there for whoever maps it.
	OK(plug(ioas, &device));
	OK(check_map(device.hwpt, BASE, memory, 8 * PAGE));
	OK(pin(pins, BASE, 4 * PAGE, memory, 0));
	OK(unpin(pins, access_id));
	OK(close(pins));
	OK(close(access));
	OK(destroy(device.stdev));
	OK(unmap(ioas, 0, ~0ul));
	OK(destroy(ioas));
	return 0;
}

// The operation of 7.3.4 returns 0 and not the descriptor: it is the one that was not open before.
static int dmabuf(uint32_t length, int *file)
{
	struct iommu_test_cmd cmd = { .dmabuf_get = { .length = length, .open_flags = O_CLOEXEC } };
	char was_open[1024];
	int rc;

	for (int i = 0; i < 1024; i++)
		was_open[i] = fcntl(i, F_GETFD) >= 0;
	rc = op(&cmd, IOMMU_TEST_OP_DMABUF_GET);
	for (*file = 0; *file < 1024 && (was_open[*file] || fcntl(*file, F_GETFD) < 0);)
		++*file;
	return rc;
}

static int take_back(int file, int is_revoked)
{
	struct iommu_test_cmd cmd = { .dmabuf_revoke = { .dmabuf_fd = file, .revoked = is_revoked } };

	return op(&cmd, IOMMU_TEST_OP_DMABUF_REVOKE);
}

// Mappings of a buffer that a driver exports, and takes back while it is mapped.
static int buffers(void)
{
	const unsigned int fixed = IOMMU_IOAS_MAP_FIXED_IOVA | READ | WRITE;
	unsigned char *memory = pages(1);
	uint64_t iova, second_iova, value = 0;
	struct device device = {}, other = {};
	uint32_t ioas, second, hwpt = 0;
	int file, access, pins;
	char byte;

	OK(allow_failures());
	OK(dmabuf(8 * PAGE, &file));
	OK(ioas_alloc(&ioas));
	OK(ioas_alloc(&second));
	OK(compatible(ioas));
	OK(option(ioas, IOMMU_OPTION_HUGE_PAGES, IOMMU_OPTION_OP_SET, &value));
	OK(access_create(ioas, 0, &access));
	OK(access_create(ioas, PINS, &pins));
	for (int domains = 0; domains < 3; domains++) {
		if (domains)
			OK(plug(ioas, domains == 1 ? &device : &other));
		iova = BASE;
		WANT(EINVAL, map_file(ioas, file, 0, 0, &iova, fixed));
		WANT(EINVAL, map_file(ioas, file, 4 * PAGE, 5 * PAGE, &iova, fixed));
		WANT(EINVAL, map_file(ioas, file, 0, 8 * PAGE + 1, &iova, fixed));
		EVERY_FAILURE(map_file(ioas, file, 0, 8 * PAGE, &iova, fixed), unmap(ioas, BASE, 8 * PAGE));
		OK(map_file(ioas, file, 0, 8 * PAGE, &iova, fixed));
		WANT(EINVAL, rw(access, BASE, &byte, 1, 0));
		WANT(EINVAL, pin(pins, BASE, PAGE, NULL, 0));
		WANT(EOPNOTSUPP, vfio_unmap(BASE + PAGE, PAGE));
		OK(copy(second, BASE, ioas, BASE, 8 * PAGE, READ));
		if (domains)
			OK(hwpt_alloc(device.idev, ioas, 0, &hwpt));
		// Taken back: nothing is mapped, domains come and go, and no one maps it anew.
		OK(take_back(file, 1));
		OK(copy(ioas, BASE + 32 * PAGE, second, BASE, 4 * PAGE, READ));
		if (domains)
			WANT(EINVAL, check_map(hwpt, BASE + 32 * PAGE, memory, PAGE));
		OK(unmap(ioas, BASE + 32 * PAGE, 4 * PAGE));
		second_iova = BASE + 16 * PAGE;
		WANT(ENODEV, map_file(ioas, file, 0, 8 * PAGE, &second_iova, fixed));
		if (domains) {
			WANT(EINVAL, check_map(hwpt, BASE, memory, PAGE));
			OK(destroy(hwpt));
			OK(hwpt_alloc(device.idev, ioas, 0, &hwpt));
			OK(destroy(hwpt));
		}
		OK(take_back(file, 0));
		OK(map_file(ioas, file, PAGE, 4 * PAGE, &second_iova, fixed));
		// Unmapped with several domains, as it is and taken back.
		if (domains)
			OK(hwpt_alloc(device.idev, ioas, 0, &hwpt));
		OK(unmap(ioas, BASE + 16 * PAGE, 4 * PAGE));
		OK(take_back(file, 1));
		OK(unmap(ioas, BASE, 8 * PAGE));
		OK(take_back(file, 0));
		OK(unmap(second, BASE, 8 * PAGE));
		if (domains)
			OK(destroy(hwpt));
	}

	iova = BASE;
	OK(map_file(ioas, file, 0, 8 * PAGE, &iova, fixed));
	OK(close(file));
	OK(destroy(device.stdev));
	OK(destroy(other.stdev));
	OK(close(access));
	OK(close(pins));
	OK(unmap(ioas, 0, ~0ul));
	OK(destroy(ioas));
	OK(destroy(second));
	return 0;
}

// The same with room for one page at a time: everything is read in many steps.
static int in_steps(int (*test)(void))
{
	struct iommu_test_cmd small = { .memory_limit = { .limit = 16 } };
	struct iommu_test_cmd usual = { .memory_limit = { .limit = 65536 } };

	OK(op(&small, IOMMU_TEST_OP_SET_TEMP_MEMORY_LIMIT));
	if (test())
		return 1;
	OK(op(&usual, IOMMU_TEST_OP_SET_TEMP_MEMORY_LIMIT));
	return 0;
}

static int access_pages_in_steps(void)
{
	return in_steps(access_pages);
}

static int access_rw_in_steps(void)
{
	return in_steps(access_rw);
}

static int files_in_steps(void)
{
	return in_steps(files);
}

static int splits_in_steps(void)
{
	return in_steps(splits);
}

static int scattered_in_steps(void)
{
	return in_steps(scattered);
}

static int failures_in_steps(void)
{
	return in_steps(failures);
}

static int remote_in_steps(void)
{
	return in_steps(remote);
}

static const struct {
	const char *name;
	int (*run)(void);
} s_tests[] = {
	{ "directed.access_pages", access_pages },
	{ "directed.access_moves", access_moves },
	{ "directed.access_rw", access_rw },
	{ "directed.files", files },
	{ "directed.dirty", dirty },
	{ "directed.pages_of_a_viommu", pages_of_a_viommu },
	{ "directed.processes", processes },
	{ "directed.edges", edges },
	{ "directed.options", options },
	{ "directed.processes_of_vfio", processes_of_vfio },
	{ "directed.splits", splits },
	{ "directed.scattered", scattered },
	{ "directed.failures", failures },
	{ "directed.remote", remote },
	{ "directed.buffers", buffers },
	{ "directed.access_pages_in_steps", access_pages_in_steps },
	{ "directed.access_rw_in_steps", access_rw_in_steps },
	{ "directed.files_in_steps", files_in_steps },
	{ "directed.splits_in_steps", splits_in_steps },
	{ "directed.scattered_in_steps", scattered_in_steps },
	{ "directed.failures_in_steps", failures_in_steps },
	{ "directed.remote_in_steps", remote_in_steps },
};

int main(int argc, char **argv)
{
	const unsigned int count = sizeof(s_tests) / sizeof(*s_tests);

	for (unsigned int i = 0; i < count; i++) {
		if (argc == 2 && !strcmp(argv[1], "-l"))
			puts(s_tests[i].name);
		if (argc != 3 || strcmp(argv[1], "-r") || strcmp(argv[2], s_tests[i].name))
			continue;
		fd = open("/dev/iommu", O_RDWR | O_CLOEXEC);
		if (fd < 0 || s_tests[i].run()) {
			printf("not ok 1 %s # %s\n", argv[2], fd < 0 ? "no /dev/iommu" : why);
			return 1;
		}
		close(fd);
		printf("ok 1 %s\n", argv[2]);
		return 0;
	}

	return argc == 2 && !strcmp(argv[1], "-l") ? 0 : 2;
}
