/*
 * BUG: kernel NULL pointer dereference in iommufd_object_remove
 * Two devices of one group: one thread replaces the hwpt of the first by that of an IOAS, which is made on the way, the
 * other that of the second by another hwpt. The second puts what the first is still making.
 *
 *   iommusim confirm --smp --shared-group tests/conformance/programs/replaces-of-one-group.c --tree TREE
 *
 * Needs: all mock devices in one group (iommusim confirm --shared-group)
 * The kernel needs CONFIG_IOMMUFD_TEST, and two processors.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define NUMBER(n) (0x3b00UL | (n))
#define SECONDS 45

struct ioas_alloc { uint32_t size, flags, ioas; };
struct hwpt_alloc { uint32_t size, flags, dev, pt, hwpt, reserved, type, len; uint64_t data; uint32_t fault, reserved2; };
struct test_cmd { uint32_t size, op, id, reserved, word[14]; };

struct mover { uint32_t stdev, there, back; unsigned long moves, failures; };

static int iommu;
static time_t until;

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

static uint32_t ioas_alloc(void)
{
	struct ioas_alloc space = { sizeof(space) };

	must(call(0x81, &space), "IOAS_ALLOC");
	return space.ioas;
}

static uint32_t hwpt_alloc(uint32_t idev, uint32_t ioas)
{
	struct hwpt_alloc hwpt = { sizeof(hwpt), 0, idev, ioas };

	must(call(0x89, &hwpt), "HWPT_ALLOC");
	return hwpt.hwpt;
}

static uint32_t plug(uint32_t pt, uint32_t *idev)
{
	struct test_cmd device = { .size = sizeof(device), .op = 2, .id = pt };

	must(call(0xa0, &device), "MOCK_DOMAIN");
	*idev = device.word[2];
	return device.word[0];
}

static int move(uint32_t stdev, uint32_t pt)
{
	struct test_cmd cmd = { .size = sizeof(cmd), .op = 10, .id = stdev, .word = { pt } };

	return call(0xa0, &cmd);
}

static void *mover(void *argument)
{
	struct mover *mover = argument;

	while (time(NULL) < until) {
		mover->failures += move(mover->stdev, mover->there) != 0;
		mover->failures += move(mover->stdev, mover->back) != 0;
		mover->moves += 2;
	}
	return NULL;
}

int main(void)
{
	uint32_t idev, other, ioas, here, there, pt;
	struct mover movers[2] = { { 0 } };
	pthread_t threads[2];
	int i;

	iommu = open("/dev/iommu", O_RDWR);
	if (iommu < 0) {
		perror("/dev/iommu");
		return 1;
	}
	pt = ioas_alloc();
	ioas = ioas_alloc();
	movers[0].stdev = plug(pt, &idev);
	movers[1].stdev = plug(pt, &other);
	here = hwpt_alloc(idev, pt);
	there = hwpt_alloc(idev, pt);
	movers[0].there = ioas;
	movers[0].back = here;
	movers[1].there = there;
	movers[1].back = here;
	until = time(NULL) + SECONDS;
	for (i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, mover, &movers[i]);
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	for (i = 0; i < 2; i++)
		printf("%lu moves of device %d, %lu failed\n", movers[i].moves, i, movers[i].failures);
	return 0;
}
