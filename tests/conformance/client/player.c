/*
 * Plays recorded runs on the /dev/iommu of the kernel that it runs on, and prints them with what that kernel did.
 *
 *     player [FILE]            without a file: runs.txt
 *
 * The format is that of tests/conformance/recorded. Requests, sizes and offsets are in the file, so that no kernel
 * header is needed. Each line is flushed: of a kernel that dies all calls but the last are printed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096ULL
/* Addresses are congruent to those of the players in C#, which begin at 0x10000. */
#define FIRST_ADDRESS 0x100010000ULL

#define MOST_LAYOUTS 256
#define MOST_FIELDS 32
#define MOST_LABELS 256
#define MOST_WORDS 64
#define MOST_PASSED 16
#define MOST_REGIONS 4096
#define LEAST_EQUAL 8
#define BYTES_OF_MAPPING 16

struct field {
	char name[40];
	unsigned int offset, size;
};

struct layout {
	char name[64];
	unsigned long request;
	uint64_t size;
	int has_op;
	uint32_t op;
	int count;
	struct field fields[MOST_FIELDS];
};

/* Memory that a field of a call has the address of. */
struct passed {
	char field[40];
	uint8_t *start;
	const struct layout *layout;
	uint8_t *before; /* NULL for what no call can change */
	size_t room;
};

/* What a call returned, for later ones. */
struct result {
	int fd;
	int succeeded;
	const struct layout *layout;
	uint8_t *argument;
	struct passed passed[MOST_PASSED];
	int count;
	uint8_t *mapping;
	size_t mapped;
};

static struct layout layouts[MOST_LAYOUTS];
static int layout_count;
static struct result results[MOST_LABELS];
static struct {
	uint8_t *start;
	size_t length;
} regions[MOST_REGIONS];
static int region_count;
static uint64_t next_address;
static int line_number;

static void fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fflush(stdout);
	fprintf(stderr, "player: line %d: ", line_number);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
	exit(2);
}

static uint64_t number_of(const uint8_t *at, unsigned int size)
{
	uint64_t value = 0;

	memcpy(&value, at, size);
	return value;
}

static void print_number(uint64_t number)
{
	printf(number <= 4096 ? "%llu" : "0x%llx", (unsigned long long)number);
}

static void print_bytes(const uint8_t *bytes, size_t length)
{
	size_t i = 0, equal, j;

	while (i < length) {
		for (equal = 1; i + equal < length && bytes[i + equal] == bytes[i]; equal++)
			;
		if (equal >= LEAST_EQUAL)
			printf("(%02x*%zu)", bytes[i], equal);
		else
			for (j = 0; j < equal; j++)
				printf("%02x", bytes[i]);
		i += equal;
	}
}

static const struct layout *find_layout(const char *name, size_t length)
{
	int i;

	for (i = 0; i < layout_count; i++)
		if (strlen(layouts[i].name) == length && !strncmp(layouts[i].name, name, length))
			return &layouts[i];
	return NULL;
}

static const struct field *find_field(const struct layout *layout, const char *name, size_t length)
{
	int i;

	for (i = 0; i < layout->count; i++)
		if (strlen(layout->fields[i].name) == length && !strncmp(layout->fields[i].name, name, length))
			return &layout->fields[i];
	return NULL;
}

static void copy_name(char *to, size_t room, const char *from, size_t length)
{
	if (length >= room)
		fail("'%.*s' is too long", (int)length, from);
	memcpy(to, from, length);
	to[length] = 0;
}

/* "ioctl NAME REQUEST SIZE [op=N] FIELD:OFFSET:SIZE..." or "struct NAME SIZE FIELD..." */
static void read_layout(char **words, int count)
{
	int at = 2, is_ioctl = !strcmp(words[0], "ioctl");
	struct layout *layout;
	struct field *field;
	char *colon;

	if (count < (is_ioctl ? 4 : 3))
		fail("a layout with too few words");
	layout = (struct layout *)find_layout(words[1], strlen(words[1]));
	if (!layout) {
		if (layout_count == MOST_LAYOUTS)
			fail("too many layouts");
		layout = &layouts[layout_count++];
	}
	memset(layout, 0, sizeof(*layout));
	copy_name(layout->name, sizeof(layout->name), words[1], strlen(words[1]));
	if (is_ioctl)
		layout->request = strtoull(words[at++], NULL, 0);
	layout->size = strtoull(words[at++], NULL, 0);
	if (at < count && !strncmp(words[at], "op=", 3)) {
		layout->has_op = 1;
		layout->op = strtoull(words[at++] + 3, NULL, 0);
	}
	for (; at < count; at++) {
		if (layout->count == MOST_FIELDS || !(colon = strchr(words[at], ':')))
			fail("'%s' is no field", words[at]);
		field = &layout->fields[layout->count++];
		copy_name(field->name, sizeof(field->name), words[at], colon - words[at]);
		if (sscanf(colon, ":%u:%u", &field->offset, &field->size) != 2 || field->size > 8)
			fail("'%s' is no field", words[at]);
	}
}

/* Whole pages, with none behind them. */
static uint8_t *map(uint64_t length, int fill, size_t *room)
{
	uint64_t pages = length ? (length + PAGE - 1) / PAGE : 1;
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
	uint8_t *at = mmap((void *)next_address, pages * PAGE, PROT_READ | PROT_WRITE, flags, -1, 0);

	if (at != (uint8_t *)next_address || region_count == MOST_REGIONS)
		fail("no memory at %llx: %s", (unsigned long long)next_address, strerror(errno));
	/* Each page is written, so that none of them is the kernel's page of zeroes. */
	memset(at, fill, pages * PAGE);
	regions[region_count].start = at;
	regions[region_count++].length = pages * PAGE;
	next_address += (pages + 1) * PAGE;
	*room = pages * PAGE;
	return at;
}

/* What is absent is unmapped: User-Mode Linux copies from a page that is there and has no access. */
static void protect(uint8_t *first, size_t room, char access)
{
	if (access == 'n')
		munmap(first, room);
	else if (access == 'r')
		mprotect(first, room, PROT_READ);
}

static struct result *result_of(unsigned long label)
{
	if (label >= MOST_LABELS)
		fail("label %lu is too large", label);
	return &results[label];
}

/* A field of a call that succeeded, by its name or as "out_NAME_id" or "out_NAME_fd"; 0 for none. */
static uint64_t field_of(unsigned long label, const char *name)
{
	struct result *result = result_of(label);
	const struct layout *layout = result->layout;
	const uint8_t *at = result->argument;
	const char *dot = strchr(name, '.');
	const struct field *field;
	char long_name[64];
	int i;

	if (!strcmp(name, "fd"))
		return result->fd < 0 ? 0 : (uint32_t)result->fd;
	if (!result->succeeded || !layout || !at)
		return 0;
	if (dot) {
		for (i = 0; i < result->count; i++)
			if (strlen(result->passed[i].field) == (size_t)(dot - name) &&
			    !strncmp(result->passed[i].field, name, dot - name))
				break;
		if (i == result->count || !result->passed[i].layout)
			return 0;
		layout = result->passed[i].layout;
		at = result->passed[i].start;
		name = dot + 1;
	}
	field = find_field(layout, name, strlen(name));
	if (!field) {
		snprintf(long_name, sizeof(long_name), "out_%s_id", name);
		field = find_field(layout, long_name, strlen(long_name));
	}
	if (!field) {
		snprintf(long_name, sizeof(long_name), "out_%s_fd", name);
		field = find_field(layout, long_name, strlen(long_name));
	}
	return field ? number_of(at + field->offset, field->size) : 0;
}

/* A number, "LABEL.FIELD", or "@LABEL.FIELD+OFFSET". */
static uint64_t value_of(const char *word)
{
	struct result *result;
	unsigned long label;
	uint64_t number;
	char *end;
	int i;

	if (*word == '@') {
		label = strtoul(word + 1, &end, 10);
		if (*end++ != '.')
			fail("'%s' is no address", word);
		result = result_of(label);
		number = 0;
		for (i = 0; i < result->count; i++) {
			size_t length = strlen(result->passed[i].field);

			if (!strncmp(end, result->passed[i].field, length) && (!end[length] || end[length] == '+'))
				number = (uint64_t)result->passed[i].start;
		}
		end = strchr(end, '+');
		return number + (end ? strtoull(end + 1, NULL, 0) : 0);
	}
	number = strtoull(word, &end, 0);
	if (end == word)
		fail("'%s' is no number", word);
	if (*end == '.')
		return field_of(number, end + 1);
	if (*end)
		fail("'%s' is no number", word);
	return number;
}

static int is_memory(const char *word)
{
	return !strncmp(word, "mem(", 4) || strchr(word, '{');
}

/* Fills in the structs of "NAME{FIELD=VALUE,...}{...}"; returns what stands behind them. */
static char *fill_structs(const struct layout *layout, char *word, uint8_t *at)
{
	const struct field *field;
	char *end, *equals, *next;
	uint64_t value;

	for (word = strchr(word, '{'); word && *word == '{'; word = end + 1, at += layout->size) {
		end = strchr(word, '}');
		if (!end)
			fail("a struct without an end");
		*end = 0;
		for (word++; *word; word = next) {
			next = strchr(word, ',');
			if (next)
				*next++ = 0;
			else
				next = word + strlen(word);
			equals = strchr(word, '=');
			field = equals ? find_field(layout, word, equals - word) : NULL;
			if (!field)
				fail("'%s' is no field of %s", word, layout->name);
			value = value_of(equals + 1);
			memcpy(at + field->offset, &value, field->size);
		}
	}
	return word;
}

static void place(struct passed *passed, char *word, int at_end)
{
	uint64_t length, fill = 0;
	char access = 'w', *behind;
	uint8_t *first;
	int count;

	memset(passed, 0, sizeof(*passed));
	if (!strncmp(word, "mem(", 4)) {
		length = strtoull(word + 4, &behind, 0);
		if (*behind == ',')
			fill = strtoull(behind + 1, &behind, 0);
		if (*behind == ',')
			access = behind[1];
		first = map(length, (int)fill, &passed->room);
		passed->start = at_end ? first + passed->room - length : first;
	} else {
		behind = strchr(word, '{');
		passed->layout = find_layout(word, behind - word);
		if (!passed->layout)
			fail("no layout of '%s'", word);
		for (count = 0; (behind = strchr(behind, '{')); behind++)
			count++;
		length = passed->layout->size * count;
		first = map(length, 0, &passed->room);
		passed->start = at_end ? first + passed->room - length : first;
		behind = fill_structs(passed->layout, word, passed->start);
		if (behind && *behind == ',')
			access = behind[1];
	}
	access = access == 'n' ? 'n' : access == 'r' ? 'r' : 'w';
	if (access == 'w' && !at_end) {
		passed->before = malloc(passed->room);
		memcpy(passed->before, passed->start, passed->room);
	}
	protect(first, passed->room, access);
}

static void print_changes(const struct layout *layout, const uint8_t *before, const struct result *result)
{
	const struct passed *passed;
	size_t first, last;
	int i;

	for (i = 0; before && i < layout->count; i++) {
		const struct field *field = &layout->fields[i];
		const uint8_t *now = result->argument + field->offset;
		size_t length = strlen(field->name);

		if (!memcmp(now, before + field->offset, field->size))
			continue;
		printf(" %s=", field->name);
		if (length > 3 && !strcmp(field->name + length - 3, "_fd"))
			printf("fd");
		else
			print_number(number_of(now, field->size));
	}
	for (i = 0; i < result->count; i++) {
		passed = &result->passed[i];
		if (!passed->before || !memcmp(passed->before, passed->start, passed->room))
			continue;
		for (first = 0; passed->before[first] == passed->start[first]; first++)
			;
		for (last = passed->room - 1; passed->before[last] == passed->start[last]; last--)
			;
		printf(" *%s=", passed->field);
		print_number(first);
		putchar(':');
		print_bytes(passed->start + first, last - first + 1);
	}
}

static void print_errno(void)
{
	const char *name = strerrorname_np(errno);

	if (name)
		printf("%s", name);
	else
		printf("errno %d", errno);
}

/* Prints OK or the errno; whether it is OK. */
static int tell(long rc)
{
	if (rc < 0)
		print_errno();
	else
		printf("OK");
	return rc >= 0;
}

static void play_ioctl(struct result *result, const struct layout *layout, char **words, int count)
{
	int i, on = 0, has_none = 0, has_size = 0, has_tail = 0;
	uint64_t size = 0, tail = 0, told, least, value;
	uint8_t *before = NULL;
	const struct field *field;
	char access = 'w', *equals;
	size_t room = 0;
	long rc;

	/* What is placed depends on the words behind, and addresses on what is placed. */
	for (i = 0; i < count; i++) {
		if (!strcmp(words[i], "!null"))
			has_none = 1;
		else if (!strcmp(words[i], "!ro"))
			access = 'r';
		else if (!strcmp(words[i], "!none"))
			access = 'n';
		else if (!strncmp(words[i], "!size=", 6))
			has_size = 1, size = value_of(words[i] + 6);
		else if (!strncmp(words[i], "!tail=", 6))
			has_tail = 1, tail = value_of(words[i] + 6);
		else if (!strncmp(words[i], "on=", 3))
			on = (int)value_of(words[i] + 3);
	}
	result->layout = layout;
	if (!has_none) {
		least = layout->size + has_tail;
		told = has_size ? size : least;
		result->argument = map(told > least ? told : least, 0, &room);
		if (layout->has_op)
			memcpy(result->argument + 4, &layout->op, 4);
		for (i = 0; i < count; i++) {
			if (words[i][0] == '!' || !strncmp(words[i], "on=", 3))
				continue;
			equals = strchr(words[i], '=');
			field = equals ? find_field(layout, words[i], equals - words[i]) : NULL;
			if (!field)
				fail("'%s' is no field of %s", words[i], layout->name);
			if (is_memory(equals + 1)) {
				struct passed *passed = &result->passed[result->count];

				if (result->count == MOST_PASSED)
					fail("too many fields with memory");
				place(passed, equals + 1, 0);
				copy_name(passed->field, sizeof(passed->field), words[i], equals - words[i]);
				result->count++;
				value = (uint64_t)passed->start;
			} else {
				value = value_of(equals + 1);
			}
			memcpy(result->argument + field->offset, &value, field->size);
		}
		if (has_tail)
			result->argument[layout->size] = tail;
		memcpy(result->argument, &told, 4);
		if (access == 'w') {
			before = malloc(room);
			memcpy(before, result->argument, room);
		}
		protect(result->argument, room, access);
	}
	rc = ioctl(results[on].fd, layout->request, result->argument);
	result->succeeded = tell(rc);
	if (rc > 0) {
		putchar(':');
		print_number(rc);
	}
	print_changes(layout, before, result);
	free(before);
	for (i = 0; result->succeeded && result->argument && i < layout->count; i++) {
		size_t length = strlen(layout->fields[i].name);

		if (length > 7 && !strncmp(layout->fields[i].name, "out_", 4) &&
		    !strcmp(layout->fields[i].name + length - 3, "_fd"))
			result->fd = (int)number_of(result->argument + layout->fields[i].offset, 4);
	}
}

static void play_transfer(int is_read, int fd, char *memory, uint64_t count)
{
	struct passed passed;
	ssize_t done;

	if (!is_memory(memory))
		fail("'%s' is no memory", memory);
	place(&passed, memory, 1);
	done = is_read ? read(fd, passed.start, count) : write(fd, passed.start, count);
	if (done < 0) {
		print_errno();
		return;
	}
	print_number(done);
	if (is_read && done > 0) {
		putchar(' ');
		print_bytes(passed.start, done);
	}
}

static void play_poll(int fd)
{
	struct pollfd queue = {
		.fd = fd,
		.events = POLLIN | POLLOUT | POLLRDNORM,
	};

	if (poll(&queue, 1, 0) < 0)
		print_errno();
	else
		printf("0x%x", (unsigned short)queue.revents);
}

static void play_mmap(struct result *result, int fd, uint64_t offset, uint64_t length)
{
	uint8_t *at = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);

	if (at == MAP_FAILED) {
		print_errno();
		return;
	}
	result->mapping = at;
	result->mapped = length;
	printf("OK ");
	print_bytes(at, length < BYTES_OF_MAPPING ? length : BYTES_OF_MAPPING);
}

static void play_peek(uint64_t address, uint64_t length)
{
	int i;

	for (i = 0; i < region_count; i++) {
		uint64_t start = (uint64_t)regions[i].start;

		if (address >= start && address + length <= start + regions[i].length) {
			print_bytes((uint8_t *)address, length);
			return;
		}
	}
	printf("EFAULT");
}

static void play(char **words, int count)
{
	unsigned long label = strtoul(words[0], NULL, 10);
	struct result *result = result_of(label), *other;
	const char *verb = words[1];
	const struct layout *layout;
	int fd;

	words += 2;
	count -= 2;
	memset(result, 0, sizeof(*result));
	result->fd = -1;
	if (!strcmp(verb, "open")) {
		result->fd = open("/dev/iommu", O_RDWR | O_CLOEXEC);
		tell(result->fd);
		return;
	}
	layout = find_layout(verb, strlen(verb));
	if (layout) {
		play_ioctl(result, layout, words, count);
		return;
	}
	if (count < 1)
		fail("'%s' with too few words", verb);
	if (count == 2 && !strcmp(verb, "peek")) {
		play_peek(value_of(words[0]), value_of(words[1]));
		return;
	}
	if (!strcmp(verb, "memfd")) {
		result->fd = memfd_create("run", MFD_CLOEXEC);
		tell(ftruncate(result->fd, value_of(words[0])));
		return;
	}
	other = result_of(value_of(words[0]));
	fd = other->fd;
	if (!strcmp(verb, "close")) {
		tell(close(fd));
		other->fd = fd < 0 ? fd : -1;
	} else if (!strcmp(verb, "poll")) {
		play_poll(fd);
	} else if (!strcmp(verb, "munmap")) {
		errno = EINVAL;
		tell(other->mapping ? munmap(other->mapping, other->mapped) : -1);
		other->mapping = NULL;
	} else if (count == 3 && (!strcmp(verb, "read") || !strcmp(verb, "write"))) {
		play_transfer(verb[0] == 'r', fd, words[1], value_of(words[2]));
	} else if (count == 3 && !strcmp(verb, "mmap")) {
		play_mmap(result, fd, value_of(words[1]), value_of(words[2]));
	} else {
		fail("'%s' is no call", verb);
	}
}

/* Gives back all that a run has, and opens the first file of the next. */
static void begin_run(void)
{
	int i, j;

	for (i = 0; i < MOST_LABELS; i++) {
		if (results[i].mapping)
			munmap(results[i].mapping, results[i].mapped);
		/* The files that ioctls returned go before the first one. */
		if (i > 0 && results[i].fd > 2)
			close(results[i].fd);
		for (j = 0; j < results[i].count; j++)
			free(results[i].passed[j].before);
	}
	if (results[0].fd > 2)
		close(results[0].fd);
	memset(results, 0, sizeof(results));
	for (i = 0; i < MOST_LABELS; i++)
		results[i].fd = -1;
	for (i = 0; i < region_count; i++)
		munmap(regions[i].start, regions[i].length);
	region_count = 0;
	next_address = FIRST_ADDRESS;
	results[0].fd = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	if (results[0].fd < 0)
		fail("/dev/iommu: %s", strerror(errno));
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "runs.txt";
	FILE *file = fopen(name, "re");
	char *line = NULL, *words[MOST_WORDS], *end;
	FILE *log = fopen("/dev/kmsg", "we");
	size_t room = 0;
	ssize_t length;
	int count;

	if (!file) {
		fprintf(stderr, "player: %s: %s\n", name, strerror(errno));
		return 2;
	}
	while ((length = getline(&line, &room, file)) > 0) {
		line_number++;
		if (line[length - 1] == '\n')
			line[length - 1] = 0;
		end = strstr(line, " => ");
		if (end)
			*end = 0;
		printf("%s", line);
		if (!strncmp(line, "run ", 4)) {
			begin_run();
			/* A report in the kernel's log stands behind the name of its run. */
			if (log) {
				fprintf(log, "iommusim: %s\n", line);
				fflush(log);
			}
		} else if (line[0] && line[0] != '#') {
			count = 0;
			for (end = strtok(line, " "); end && count < MOST_WORDS; end = strtok(NULL, " "))
				words[count++] = end;
			if (!strcmp(words[0], "ioctl") || !strcmp(words[0], "struct")) {
				read_layout(words, count);
			} else {
				if (count < 2)
					fail("'%s' is no call", line);
				printf(" => ");
				play(words, count);
			}
		}
		putchar('\n');
		fflush(stdout);
	}
	return 0;
}
