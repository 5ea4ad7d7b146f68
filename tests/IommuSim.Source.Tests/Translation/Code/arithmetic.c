#include "cases.h"

/* The functions keep the narrow types as parameters and results of real calls. */
#define WIDTH(type, utype, bits) \
	static NOINLINE type add_##type(type a, type b) { return a + b; } \
	static NOINLINE type sub_##type(type a, type b) { return a - b; } \
	static NOINLINE type mul_##type(type a, type b) { return a * b; } \
	static NOINLINE type div_##type(type a, type b) { return b == 0 || (type)(b + 1) == 0 ? a : a / b; } \
	static NOINLINE type rem_##type(type a, type b) { return b == 0 || (type)(b + 1) == 0 ? b : a % b; } \
	static NOINLINE type shl_##type(type a, u8 n) { return (utype)a << (n % bits); } \
	static NOINLINE type shr_##type(type a, u8 n) { return a >> (n % bits); } \
	static NOINLINE type neg_##type(type a) { return -a; } \
	static NOINLINE type not_##type(type a) { return ~a; } \
	static NOINLINE int cmp_##type(type a, type b) { return (a > b) - (a < b); } \
	static NOINLINE int order_##type(type a, type b) \
	{ \
		return (a == b) | (a != b) << 1 | (a < b) << 2 | (a <= b) << 3 | (a > b) << 4 | (a >= b) << 5; \
	} \
	static NOINLINE type min_##type(type a, type b) { return a < b ? a : b; } \
	static NOINLINE type max_##type(type a, type b) { return a > b ? a : b; } \
	static NOINLINE type abs_##type(type a) { return a < 0 ? -a : a; } \
	CASE(plus_minus_##type) { return mix(add_##type(a, b), sub_##type(a, c)); } \
	CASE(times_##type) { return mul_##type(a, b); } \
	CASE(divided_##type) { return div_##type(a, b); } \
	CASE(remainder_##type) { return rem_##type(a, b); } \
	CASE(divided_by_constants_##type) { return mix((type)a / 7, mix((type)b % 10, (type)c / -3)); } \
	CASE(left_##type) { return shl_##type(a, b); } \
	CASE(right_##type) { return shr_##type(a, b); } \
	CASE(unary_##type) { return mix(neg_##type(a), not_##type(b)); } \
	CASE(compared_##type) { return mix(cmp_##type(a, b), order_##type(b, c)); } \
	CASE(ordered_##type) { return mix(min_##type(a, b), mix(max_##type(b, c), abs_##type(a))); } \
	CASE(logic_##type) { return ((type)a & (type)b) | ((type)b ^ (type)c); }

WIDTH(s8, u8, 8)
WIDTH(u8, u8, 8)
WIDTH(s16, u16, 16)
WIDTH(u16, u16, 16)
WIDTH(s32, u32, 32)
WIDTH(u32, u32, 32)
WIDTH(s64, u64, 64)
WIDTH(u64, u64, 64)

/* Each width to each other, by sign and without. */
#define CAST(from, to) CASE(cast_##from##_##to) { from x = a; to y = x; return y; }
#define CASTS(from) \
	CAST(from, s8) CAST(from, u8) CAST(from, s16) CAST(from, u16) \
	CAST(from, s32) CAST(from, u32) CAST(from, s64) CAST(from, u64)

CASTS(s8)
CASTS(u8)
CASTS(s16)
CASTS(u16)
CASTS(s32)
CASTS(u32)
CASTS(s64)
CASTS(u64)

static NOINLINE _Bool truth(u64 a) { return a; }
CASE(boolean) { return truth(a) + !b * 2 + (_Bool)(u8)c * 4; }

CASE(mixed_widths) { return (s8)a * (s64)(u32)b + (u16)c; }

CASE(rotated)
{
	u32 x = a;
	u64 y = b;
	u8 z = c;
	unsigned int n = c % 31 + 1;
	return mix(x << n | x >> (32 - n), mix(y << n | y >> (64 - n), (u8)(z << 3 | z >> 5)));
}

CASE(alignment)
{
	u64 size = 1ul << (b % 64);
	return mix((a + size - 1) & ~(size - 1), (a & (size - 1)) == 0);
}

CASE(high_of_product) { return (a >> 32) * (b >> 32) + ((a & 0xffffffff) * (b >> 32) >> 32); }
