#include "cases.h"

struct one { u32 x; u16 y; u8 z; };
struct two { u64 x; u32 y; s8 z; };
struct big { u64 x[3]; u32 y; u8 z[5]; };
struct inner { u16 key; union { u64 whole; u8 bytes[8]; struct { u32 low, high; }; }; };
struct outer { u8 tag; struct inner in[2]; struct outer *next; };
struct fields { u32 a : 3, b : 7, c : 12; s32 d : 5, e : 17; u64 f : 40, g : 20; s64 h : 33; _Bool i : 1; u8 j : 6; };
struct __attribute__((packed)) packed { u8 a; u32 b; u16 c; u64 d; };

static NOINLINE struct one make_one(u64 a, u64 b) { return (struct one){ a, b, a >> 32 }; }
static NOINLINE struct two make_two(u64 a, u64 b) { return (struct two){ a, b, b >> 40 }; }
static NOINLINE struct big make_big(u64 a, u64 b)
{
	return (struct big){ { a, b, a ^ b }, a, { a, b, 3, a >> 8, b >> 8 } };
}
static NOINLINE u64 take_one(struct one s, u8 n) { return mix(s.x, mix(s.y, s.z + n)); }
static NOINLINE u64 take_two(u8 n, struct two s) { return mix(s.x, mix(s.y, s.z + n)); }
static NOINLINE u64 take_big(const struct big *s) { return mix(s->x[0], mix(s->x[2], mix(s->y, s->z[4] + s->z[3]))); }

CASE(in_one_register) { struct one s = make_one(a, b); s.y++; return take_one(s, c); }
CASE(in_two_registers) { struct two s = make_two(a, b); s.z--; return take_two(c, s); }
CASE(in_memory) { struct big s = make_big(a, b); s.z[3] += c; return take_big(&s); }
CASE(assigned) { struct big s = make_big(a, b), t = s; s = make_big(b, c); return mix(take_big(&s), take_big(&t)); }
CASE(result_member) { return make_two(a, b).y + make_one(b, c).z + make_big(a, c).x[1]; }

struct mixed { void *p; s32 n; };
static NOINLINE struct mixed find(u64 *array, u64 value)
{
	for (s32 i = 0; i < 4; i++)
		if (array[i] == value)
			return (struct mixed){ &array[i], i };
	return (struct mixed){ 0, -1 };
}
CASE(pointer_and_number)
{
	u64 array[4] = { a, b, c, 7 };
	struct mixed at = find(array, a % 2 ? c : b), none = find(array, 12345);
	return at.p ? *(u64 *)at.p + at.n + none.n : 0;
}

static NOINLINE u64 walk(const struct outer *s)
{
	u64 hash = 0;
	for (; s; s = s->next)
		hash = mix(hash, s->tag + s->in[0].key + s->in[1].whole + s->in[0].bytes[3] + s->in[1].high);
	return hash;
}
CASE(lists)
{
	struct outer last = { .tag = a, .in = { { b, { c } }, { c, { a } } } };
	struct outer middle = last, first = middle;
	middle.next = &last;
	first.next = &middle;
	middle.in[1].bytes[b % 8] = c;
	first.in[a % 2].low ^= b;
	return walk(&first);
}

CASE(bit_fields)
{
	struct fields s = {};
	s.a = a; s.b = b; s.c = c; s.d = a >> 5; s.e = b >> 9; s.f = c >> 3; s.g = a >> 11; s.h = b >> 2; s.i = c & 1;
	s.j = a >> 60;
	s.b += s.a;
	s.e -= s.d;
	s.h *= 3;
	return mix(mix(mix(s.a, s.b), mix(s.c, s.d)), mix(mix(s.e, s.f), mix(mix(s.g, s.h), s.i + s.j)));
}

CASE(packed_members)
{
	struct packed s = { a, b, c, a ^ c };
	s.b += s.c;
	s.d -= s.b;
	return mix(s.a, mix(s.b, mix(s.c, s.d)));
}

static u64 table[5][3] = { { 1, 2, 3 }, { 4, 5, 6 }, { [1] = 8 } };
static const char *const names[] = { "zero", "one", "two", "three" };
static u8 *const inside = (u8 *)&table[1][2] + 1;
CASE(arrays)
{
	u16 local[16];
	for (u32 i = 0; i < 16; i++)
		local[i] = a * i + b;
	table[a % 5][b % 3] = c;
	return mix(local[a % 16], mix(table[b % 5][a % 3], names[c % 4][b % 3] + *inside));
}

CASE(pointers)
{
	u32 array[8] = { a, b, c, 4, 5, 6, 7, 8 };
	u32 *p = array + a % 8, *q = &array[b % 8];
	return mix(p - q, mix(p < q, mix(*(p > q ? q : p), ((u8 *)p)[c % 4])));
}

#define offset_of(type, member) __builtin_offsetof(type, member)
#define container_of(p, type, member) ((type *)((char *)(p)-offset_of(type, member)))
static NOINLINE u64 tag_of(struct inner *in) { return container_of(in, struct outer, in[1])->tag; }
CASE(containers) { struct outer s = { .tag = a, .in = { { b }, { c } } }; return tag_of(&s.in[1]) + sizeof(s); }

static u64 counter = 7;
static NOINLINE u64 *counter_at(void) { return &counter; }
CASE(globals) { counter = a; *counter_at() += b; return counter * c; }

static u64 *volatile hidden = &counter;
CASE(volatiles)
{
	volatile u32 x = a;
	volatile u8 y = b;
	x += y;
	y ^= x;
	*(volatile u64 *)hidden = c;
	return mix(x, mix(y, counter));
}

CASE(copies)
{
	u8 from[40], to[40];
	for (u32 i = 0; i < 40; i++)
		from[i] = (a >> (i % 64)) + i;
	__builtin_memset(to, b, sizeof(to));
	__builtin_memcpy(to + 3, from + b % 8, a % 29);
	__builtin_memmove(to + 1, to + 4, c % 33);
	__builtin_memmove(to + 7, to + 2, c % 30);
	u64 hash = 0;
	for (u32 i = 0; i < 40; i++)
		hash = mix(hash, to[i]);
	return hash;
}

typedef u64 __attribute__((aligned(1))) unaligned64;
typedef u32 __attribute__((aligned(1))) unaligned32;
typedef u16 __attribute__((aligned(1))) unaligned16;
CASE(unaligned)
{
	u8 bytes[24] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
	*(unaligned64 *)(bytes + a % 16) = b;
	*(unaligned16 *)(bytes + b % 20) = c;
	*(unaligned32 *)(bytes + c % 20) ^= a;
	u64 hash = 0;
	for (u32 i = 0; i < 24; i++)
		hash = mix(hash, bytes[i]);
	return hash;
}
