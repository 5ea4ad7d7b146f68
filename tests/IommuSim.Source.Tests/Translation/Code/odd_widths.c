#include "cases.h"

#define ODD(n) \
	typedef _BitInt(n) s_##n; \
	typedef unsigned _BitInt(n) u_##n; \
	static NOINLINE s_##n ratio_##n(s_##n x, s_##n y) { return y == 0 || y == -1 ? x : x / y; } \
	static NOINLINE u_##n uratio_##n(u_##n x, u_##n y) { return y == 0 ? x : x % y; } \
	CASE(odd_sums_##n) { return mix((s64)((s_##n)a + (s_##n)b), (u64)((u_##n)b - (u_##n)c)); } \
	CASE(odd_products_##n) { return mix((s64)((s_##n)a * (s_##n)b), (u64)((u_##n)b * (u_##n)c)); } \
	CASE(odd_ratios_##n) { return mix((s64)ratio_##n(a, b), (u64)uratio_##n(b, c)); } \
	CASE(odd_shifts_##n) { return mix((s64)((s_##n)a >> (b % n)), (u64)((u_##n)c << (b % n)) + ((u_##n)a >> (c % n))); } \
	CASE(odd_orders_##n) { return ((s_##n)a < (s_##n)b) | ((u_##n)a < (u_##n)b) << 1 | ((s_##n)a == (s_##n)c) << 2; } \
	CASE(odd_memory_##n) \
	{ \
		s_##n array[4] = { a, b, c, 1 }; \
		struct { u8 before; u_##n x; u8 after; } s = { a, b, c }; \
		array[a % 4] += s.x; \
		s.x ^= array[b % 4]; \
		return mix(mix((s64)array[c % 4], (u64)s.x), s.before + s.after); \
	} \
	CASE(odd_overflows_##n) \
	{ \
		s_##n r; \
		u_##n q; \
		u64 overflows = __builtin_add_overflow((s_##n)a, (s_##n)b, &r); \
		overflows = overflows * 2 + __builtin_mul_overflow((u_##n)a, (u_##n)c, &q); \
		return mix(overflows, mix((s64)r, (u64)q)); \
	}

ODD(3)
ODD(7)
ODD(13)
ODD(24)
ODD(31)
ODD(33)
ODD(40)
ODD(48)
ODD(56)
ODD(63)
