#include "cases.h"

/* Each case makes the access that its name says. Indices come as arguments, so that the compiler does not see them. */

u64 allocate(u64 size);
u64 allocate_zeroed(u64 size);
void release(u64 address);

struct padded { u8 tag; u64 value; u16 last; };
/* Clang 16 joins neighbours to numbers of 128 bits, which are not translated: a gap keeps them apart. */
struct fields { u32 a : 3, b : 9, c : 20; u32 d : 31, e : 1; u8 gap; s32 f : 24, g : 8; u8 other_gap; u64 h : 12, i : 50; };

static u32 numbers[5] = { 1, 2, 3, 4, 5 };
static u32 others[7];
static volatile u64 sink;

/* Wrong: a report each. a is 5, b is 0x1000, c is 1. */

CASE(stack_after) { volatile u32 array[5] = {}; return array[a]; }
CASE(stack_before) { volatile u32 array[5] = {}; array[-(s64)c] = 1; return array[0]; }
CASE(stack_past_last_bytes) { volatile u8 array[6] = {}; return *(volatile u32 *)&array[a - 2]; }
CASE(global_after) { volatile u32 *p = numbers; return p[a]; }
CASE(global_before) { volatile u32 *p = others; p[-(s64)c] = 7; return 0; }
CASE(heap_after) { volatile u8 *p = (u8 *)allocate_zeroed(5); return p[a]; }
CASE(heap_before) { volatile u64 *p = (u64 *)allocate_zeroed(8); p[-(s64)c] = 1; return 0; }
CASE(heap_freed) { volatile u64 *p = (u64 *)allocate_zeroed(64); release((u64)p); return p[a]; }
CASE(heap_freed_twice) { u64 p = allocate(a); release(p); release(p); return 0; }
CASE(heap_not_from_start) { u64 p = allocate(16); release(p + c); return 0; }
CASE(copied_too_much) { u8 to[8]; u8 *from = (u8 *)allocate_zeroed(a); __builtin_memcpy(to, from, a + c); return to[0]; }
CASE(filled_too_much) { u8 array[5]; __builtin_memset(array, 0, a + c); return array[0]; }
CASE(null_read) { return *(volatile u64 *)(a - 5); }
CASE(null_member) { return ((volatile struct padded *)(a - 5))->value; }
CASE(null_write) { *(volatile u8 *)(c - 1) = 1; return 0; }
CASE(null_called) { return ((u64(*)(u64))(a - 5))(b); }
CASE(user_read) { return *(volatile u64 *)(b * 16); }
CASE(user_write) { *(volatile u64 *)(b * 16) = 1; return 0; }
CASE(user_filled) { __builtin_memset((void *)(b * 16), 0, a); return 0; }
CASE(wild_read) { return *(volatile u32 *)(0xdead000000000100ul + a); }
CASE(wild_called) { return ((u64(*)(u64))(0xdead000000000100ul + a))(b); }
CASE(data_called) { return ((u64(*)(void))&numbers[a - 5])(); }
CASE(other_type_called) { u64 (*f)(u64) = (u64(*)(u64))null_read; HIDE(f); return f(b); }
CASE(code_read) { return *(volatile u8 *)null_read; }
CASE(divided_by_zero) { return b / (a - 5); }
CASE(remainder_of_zero) { return (s32)b % (s32)(a - 5); }

static u64 *volatile leaked;
static NOINLINE void leak(u64 value) { u64 local = value; leaked = &local; asm volatile("" : : "r"(leaked) : "memory"); }
CASE(function_ended) { leak(a); return *leaked; }
CASE(scope_ended)
{
	u64 *p;
	{ u64 inner = a; asm volatile("" : "=r"(p) : "0"(&inner) : "memory"); }
	asm volatile("" : : : "memory");
	return *(volatile u64 *)p;
}

static NOINLINE void maybe_set(u64 *to, u64 when) { if (when) *to = when; asm volatile("" : : : "memory"); }
CASE(unset_branch) { u64 x; maybe_set(&x, a - 5); if (x > b) sink = 1; return 0; }
CASE(unset_switch)
{
	u64 x;
	maybe_set(&x, a - 5);
	switch (x) { case 1: sink = 2; break; case 9: sink = 3; break; case 77: sink++; break; default: sink = x + 1; }
	return 0;
}
CASE(unset_index) { u64 x; maybe_set(&x, a - 5); return numbers[x % 5]; }
CASE(unset_address) { u64 *x; maybe_set((u64 *)&x, a - 5); return *x; }
CASE(unset_argument) { u64 x; maybe_set(&x, a - 5); maybe_set(&a, x); return a; }
CASE(unset_returned) { u64 x; maybe_set(&x, a - 5); return x; }
CASE(unset_member)
{
	struct padded s, t;
	maybe_set(&s.value, a);
	t = s;
	if (t.value != a) sink = 1;
	if (t.tag == 3) sink = 2;
	return 0;
}
CASE(unset_heap) { u64 *p = (u64 *)allocate(16); if (p[c] == b) sink = 1; return 0; }
CASE(unset_field) { struct fields *s = (struct fields *)allocate(40); s->a = c; if (s->d == 3) sink = 1; return 0; }
CASE(unset_moved)
{
	u8 x[16];
	maybe_set((u64 *)x, a);
	__builtin_memmove(x + 3, x, a + 8);
	asm volatile("" : : "r"(x) : "memory");
	if (x[11] == 9) sink = 1;
	return 0;
}

/* Right: no report. */

CASE(right_padding_copied)
{
	struct padded s, t, *p = (struct padded *)allocate(sizeof(s));
	s.tag = a;
	s.value = b;
	s.last = c;
	t = s;
	*p = t;
	__builtin_memcpy(&s, p, sizeof(s));
	return (s.tag == a) + (s.value == b) + (s.last == c);
}

struct small { u32 x; u8 y; };
static NOINLINE struct small make_small(u64 x, u64 y) { struct small s; s.x = x; s.y = y; return s; }
static NOINLINE u64 use_small(struct small s) { return s.x > s.y; }
CASE(right_padding_in_register) { struct small s = make_small(a, b), t = s; return use_small(t); }

struct wide { u64 x; u32 y; u8 z; };
static NOINLINE struct wide make_wide(u64 x, u64 y) { struct wide s; s.x = x; s.y = y; s.z = x; return s; }
static NOINLINE u64 use_wide(struct wide s) { return s.x > s.y + s.z; }
CASE(right_padding_in_registers) { return use_wide(make_wide(a, b)); }

CASE(right_fields_one_by_one)
{
	struct fields s, *p = (struct fields *)allocate(sizeof(s));
	s.a = a; s.b = b; s.c = c; s.e = a; s.d = b; s.g = c; s.f = a; s.h = b; s.i = c;
	p->e = c; p->g = a; p->i = b; p->a = c;
	asm volatile("" : : "r"(&s), "r"(p) : "memory");
	return (s.a == 5) + (s.b > 3) + (s.c < 9) + (s.d != 0) + (s.e ? 4 : 9) + (s.f < 0) + (s.g > 0) + (s.h == 4) + (s.i == 7);
}

CASE(right_some_fields)
{
	struct fields *p = (struct fields *)allocate(sizeof(*p));
	p->e = c;
	p->g = -(s64)c;
	asm volatile("" : : "r"(p) : "memory");
	return (p->e ? 1 : 2) + (p->g < 0 ? 4 : 8);
}

CASE(right_unset_not_used)
{
	u64 x, y;
	maybe_set(&x, a - 5);
	y = a > 4 ? b : x;
	u64 z = a == 5 && b == 0x1000 ? c : x;
	return y > b ? y : z;
}

CASE(right_unset_stored_only)
{
	u64 x[2], y[2];
	maybe_set(&x[c], a);
	y[0] = x[0] + 1;
	y[1] = x[1] + 1;
	asm volatile("" : : "r"(y) : "memory");
	return y[c] == a + 1;
}

CASE(right_bytes_of_word)
{
	union { u64 word; u32 half[2]; u8 bytes[8]; } x;
	x.half[1] = a;
	asm volatile("" : : "r"(&x) : "memory");
	u64 word = x.word;
	return (word >> 32) == a && (u8)(word >> 40) == 0 && (s64)word >= 0;
}

CASE(right_ends)
{
	u32 array[5];
	u8 *heap = (u8 *)allocate(13);
	for (u32 i = 0; i < a; i++)
		array[i] = numbers[i];
	for (u32 i = 0; i < 13; i++)
		heap[i] = array[i % 5];
	u64 sum = heap[12] + *(unsigned int *)(heap + 8) + numbers[4] + others[6];
	release((u64)heap);
	return sum;
}

CASE(right_variables_in_loop)
{
	u64 sum = 0;
	for (u32 i = 0; i < 4; i++) {
		u64 local[3] = { a, i, sum };
		maybe_set(&local[1], b);
		sum += local[1] + local[2];
	}
	return sum;
}
