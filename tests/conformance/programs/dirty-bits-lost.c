/*
 * I10: IOMMU_HWPT_GET_DIRTY_BITMAP answers OK, not EFAULT: the bitmap is where no memory is
 * Two areas are dirty. Their bits are asked for into no memory, then into a bitmap of which the second half is no
 * memory, and each time once more as it should be. A bit that could not be written is gone all the same. Then a hole
 * between two areas ends the search for bits, without a word: those behind it are only found when asked for.
 *
 *   iommusim confirm tests/conformance/programs/dirty-bits-lost.c --tree TREE
 *
 * The kernel needs CONFIG_IOMMUFD_TEST.
 * Shows: into nothing: OK, 2 dirty areas, then 0; into half: OK, 2 dirty areas, 1 written, then 0; over a hole: OK, 1 of 2
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
#include <unistd.h>

#define NUMBER(n) (0x3b00UL | (n))
#define PAGE 4096UL
#define BIT_PAGE 2048UL /* a page of the mock's table, which a bit stands for */
#define AREA (64 * BIT_PAGE) /* eight bytes of bits */
#define BASE 0x1000000UL /* where the mock's aperture begins */
#define NO_CLEAR 1

struct ioas_alloc { uint32_t size, flags, ioas; };
struct hwpt_alloc { uint32_t size, flags, dev, pt, hwpt, reserved, type, len; uint64_t data; uint32_t fault, reserved2; };
struct ioas_map { uint32_t size, flags, ioas, reserved; uint64_t va, length, iova; };
struct set_tracking { uint32_t size, flags, hwpt, reserved; };
struct get_dirty { uint32_t size, hwpt, flags, reserved; uint64_t iova, length, page, data; };
struct test_cmd { uint32_t size, op, id, reserved; union { uint32_t word[12]; uint64_t wide[7]; }; };

static int iommu;

static int call(unsigned int number, void *argument)
{
	return ioctl(iommu, NUMBER(number), argument) < 0 ? errno : 0;
}

static void must(int error, const char *what)
{
	if (!error)
		return;
	printf("%s: %s\n", what, strerror(error));
	exit(1);
}

/* The errno of the call. */
static int get_range(uint32_t hwpt, uint64_t iova, uint64_t length, uint32_t flags, void *bitmap)
{
	struct get_dirty cmd = { sizeof(cmd), hwpt, flags, 0, iova, length, BIT_PAGE, (uintptr_t)bitmap };

	return call(0x8c, &cmd);
}

/* The same of both areas. */
static int get(uint32_t hwpt, uint32_t flags, void *bitmap)
{
	return get_range(hwpt, BASE, 2 * AREA, flags, bitmap);
}

/* How many of the two areas have a bit; each has eight bytes of them. */
static unsigned int dirty_in(const uint64_t *bitmap)
{
	return (bitmap[0] != 0) + (bitmap[1] != 0);
}

/* So many areas are dirty, by a call that leaves them so. */
static unsigned int dirty(uint32_t hwpt)
{
	uint64_t bitmap[2] = { 0, 0 };

	must(get(hwpt, NO_CLEAR, bitmap), "GET_DIRTY_BITMAP");
	return dirty_in(bitmap);
}

/* So many areas are dirty, by a call that reads them as a program would. */
static unsigned int read_dirty(uint32_t hwpt)
{
	uint64_t bitmap[2] = { 0, 0 };

	must(get(hwpt, 0, bitmap), "GET_DIRTY_BITMAP");
	return dirty_in(bitmap);
}

static void set_dirty(uint32_t hwpt, uint64_t iova)
{
	static uint64_t bit = 1;
	struct test_cmd cmd = { .size = sizeof(cmd), .op = 13, .id = hwpt };

	/* flags, then iova, length, page size, bitmap */
	cmd.wide[1] = iova;
	cmd.wide[2] = BIT_PAGE;
	cmd.wide[3] = BIT_PAGE;
	cmd.wide[4] = (uintptr_t)&bit;
	must(call(0xa0, &cmd), "DIRTY");
}

static void set_both_dirty(uint32_t hwpt)
{
	set_dirty(hwpt, BASE);
	set_dirty(hwpt, BASE + AREA);
}

static void map_area(uint32_t ioas, uint64_t iova)
{
	struct ioas_map map = { sizeof(map), 7, ioas };

	map.length = AREA;
	map.iova = iova;
	map.va = (uintptr_t)mmap(NULL, AREA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(call(0x85, &map), "IOAS_MAP");
}

/* A hwpt that tracks what is dirty in two areas. */
static uint32_t tracked(uint32_t *ioas)
{
	struct ioas_alloc space = { sizeof(space) };
	struct test_cmd device = { .size = sizeof(device), .op = 2 };
	struct hwpt_alloc hwpt = { sizeof(hwpt), 2 };
	struct set_tracking on = { sizeof(on), 1 };

	must(call(0x81, &space), "IOAS_ALLOC");
	device.id = space.ioas;
	must(call(0xa0, &device), "MOCK_DOMAIN");
	hwpt.dev = device.word[2];
	hwpt.pt = space.ioas;
	must(call(0x89, &hwpt), "HWPT_ALLOC");
	map_area(space.ioas, BASE);
	map_area(space.ioas, BASE + AREA);
	*ioas = space.ioas;
	on.hwpt = hwpt.hwpt;
	must(call(0x8b, &on), "SET_DIRTY_TRACKING");
	return hwpt.hwpt;
}

int main(void)
{
	uint8_t *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t *half = (uint64_t *)(pages + PAGE) - 1;
	unsigned int before, after;
	uint64_t bitmap[4] = { 0 };
	uint32_t hwpt, ioas;
	int error;

	setvbuf(stdout, NULL, _IONBF, 0);
	iommu = open("/dev/iommu", O_RDWR);
	if (iommu < 0 || pages == MAP_FAILED) {
		perror("/dev/iommu");
		return 1;
	}
	munmap(pages + PAGE, PAGE);
	hwpt = tracked(&ioas);

	set_both_dirty(hwpt);
	before = dirty(hwpt);
	error = get(hwpt, 0, NULL);
	after = read_dirty(hwpt);
	printf("=> into nothing: %s, %u dirty areas, then %u; ", error ? strerror(error) : "OK", before, after);

	set_both_dirty(hwpt);
	before = dirty(hwpt);
	error = get(hwpt, 0, half);
	after = read_dirty(hwpt);
	printf("into half: %s, %u dirty areas, %u written, then %u; ", error ? strerror(error) : "OK", before, *half != 0, after);

	map_area(ioas, BASE + 3 * AREA);
	set_dirty(hwpt, BASE);
	set_dirty(hwpt, BASE + 3 * AREA);
	error = get_range(hwpt, BASE, 4 * AREA, 0, bitmap);
	before = (bitmap[0] != 0) + (bitmap[3] != 0);
	must(get_range(hwpt, BASE + 3 * AREA, AREA, 0, &bitmap[1]), "GET_DIRTY_BITMAP");
	printf("over a hole: %s, %u of %u\n", error ? strerror(error) : "OK", before, before + (bitmap[1] != 0));
	return 0;
}
