#include "cases.h"

#define OVERFLOWS(type) \
	CASE(add_overflow_##type) { type r; _Bool o = __builtin_add_overflow((type)a, (type)b, &r); return mix(r, o); } \
	CASE(sub_overflow_##type) { type r; _Bool o = __builtin_sub_overflow((type)a, (type)b, &r); return mix(r, o); } \
	CASE(mul_overflow_##type) { type r; _Bool o = __builtin_mul_overflow((type)a, (type)b, &r); return mix(r, o); } \
	CASE(overflow_only_##type) { type r; return __builtin_add_overflow((type)a, (type)b, &r) ? 1 : (u64)r; } \
	CASE(mul_saturating_##type) { type r; return __builtin_mul_overflow((type)a, (type)b, &r) ? -1 : (u64)r; }

OVERFLOWS(s8)
OVERFLOWS(u8)
OVERFLOWS(s16)
OVERFLOWS(u16)
OVERFLOWS(s32)
OVERFLOWS(u32)
OVERFLOWS(s64)
OVERFLOWS(u64)

/* Clang recognises these as saturating. */
#define SATURATING(type, bits) \
	CASE(add_sat_u##bits) { u##bits x = a, y = b, r = x + y; return (u##bits)(r < x ? -1 : r); } \
	CASE(sub_sat_u##bits) { u##bits x = a, y = b; return (u##bits)(x < y ? 0 : x - y); }

SATURATING(u8, 8)
SATURATING(u16, 16)
SATURATING(u32, 32)
SATURATING(u64, 64)

#if __has_builtin(__builtin_elementwise_add_sat)
#define ELEMENTWISE(type) \
	CASE(add_sat_##type##_builtin) { return __builtin_elementwise_add_sat((type)a, (type)b); } \
	CASE(sub_sat_##type##_builtin) { return __builtin_elementwise_sub_sat((type)a, (type)b); } \
	CASE(extremes_##type##_builtin) \
	{ \
		return mix(__builtin_elementwise_min((type)a, (type)b), __builtin_elementwise_max((type)b, (type)c)); \
	}

ELEMENTWISE(s8)
ELEMENTWISE(u8)
ELEMENTWISE(s16)
ELEMENTWISE(u16)
ELEMENTWISE(s32)
ELEMENTWISE(u32)
ELEMENTWISE(s64)
ELEMENTWISE(u64)
#endif

CASE(population)
{
	return mix(__builtin_popcount(a), mix(__builtin_popcountll(b), __builtin_parity(c)));
}

CASE(leading) { return mix((u32)a ? __builtin_clz(a) : 32, b ? __builtin_clzll(b) : 64); }
CASE(trailing) { return mix((u32)a ? __builtin_ctz(a) : 32, b ? __builtin_ctzll(b) : 64); }
CASE(first_set) { return mix(__builtin_ffs(a), __builtin_ffsll(b)); }
CASE(swapped) { return mix(__builtin_bswap16(a), mix(__builtin_bswap32(b), __builtin_bswap64(c))); }

CASE(reversed)
{
	return mix(mix(__builtin_bitreverse8(a), __builtin_bitreverse16(b)),
		   mix(__builtin_bitreverse32(c), __builtin_bitreverse64(a)));
}

CASE(rotates)
{
	return mix(mix(__builtin_rotateleft8(a, b), __builtin_rotateright16(b, c)),
		   mix(__builtin_rotateleft32(c, a), __builtin_rotateright64(a, c)));
}

CASE(absolute) { return mix(__builtin_abs((s32)a | 1), __builtin_llabs((s64)b | 1)); }
CASE(expected) { return __builtin_expect(a > b, 1) ? mix(a, b) : __builtin_expect_with_probability(b > c, 1, 0.9); }
CASE(constants) { return __builtin_constant_p(a) * 2 + (__builtin_object_size(&a, 0) >= 8); }
CASE(assumed) { u8 x = a; if (x < 250) { __builtin_assume(x < 250); return x + 6; } return b; }
