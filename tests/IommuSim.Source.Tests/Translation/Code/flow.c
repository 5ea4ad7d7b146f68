#include "cases.h"

CASE(dense_switch)
{
	switch (a % 12) {
	case 0: return b + 1;
	case 1: return c ^ 2;
	case 2: return b * 3;
	case 3: b += 4; /* falls through */
	case 4: return b - c;
	case 5: return ~c;
	case 6: return b >> 6;
	case 7: return c << 7;
	case 8: case 9: return b | c;
	case 10: return b & c;
	default: return 11;
	}
}

CASE(sparse_switch)
{
	switch (a) {
	case 0: return 1;
	case 1: case 0x7f: return b;
	case 0x80: return c;
	case 0xffff: return b + c;
	case 0x7fffffff: return b - c;
	case 0x80000000: return c - b;
	case 0xffffffff: return b & c;
	case 0x8000000000000000: return b | c;
	case 0xffffffffffffffff: return b ^ c;
	default: return a;
	}
}

CASE(narrow_switch)
{
	switch ((s8)a) {
	case -128: return 1;
	case -1: return 2;
	case 0: return 3;
	case 5 ... 9: return 4;
	case 127: return 5;
	default: return (s8)b;
	}
}

CASE(table_switch)
{
	switch (a % 8) {
	case 0: return 17; case 1: return 4; case 2: return 92; case 3: return 0;
	case 4: return 8; case 5: return 1000; case 6: return 3; default: return 77;
	}
}

/* The values change places on every way around: phis that depend on each other. */
CASE(swapped_in_loop)
{
	u64 x = a, y = b, z = c;
	for (u64 i = 0; i < (a ^ b) % 40; i++) {
		u64 t = x;
		x = y;
		y = z;
		z = t;
	}
	return mix(x, mix(y, z));
}

CASE(fibonacci)
{
	u64 x = a, y = b;
	for (u32 i = 0; i < (u32)c % 100; i++) {
		u64 next = x + y;
		x = y;
		y = next;
	}
	return x ^ y;
}

CASE(divisor)
{
	while (b) {
		u64 t = a % b;
		a = b;
		b = t;
	}
	return a;
}

CASE(nested_loops)
{
	u64 sum = 0;
	for (u32 i = 0; i < a % 9; i++) {
		for (u32 j = i; j < b % 11; j++) {
			if (j == 7)
				continue;
			if (sum > c)
				break;
			sum += mix(i, j) % 1000;
		}
	}
	return sum;
}

CASE(jumps)
{
	u64 steps = 0;
again:
	if (++steps > 200)
		goto out;
	if (a & 1) {
		a = a * 3 + 1;
		goto again;
	}
	a >>= 1;
	if (a > 1)
		goto again;
out:
	return mix(steps, a);
}

CASE(short_circuit)
{
	return (a && b) | (a || c) << 1 | (!a && (b || c)) << 2 | ((a > b) == (b > c)) << 3;
}

CASE(conditional) { return a ? b ? c ? 1 : a : c ? b : 2 : b ^ c; }

static NOINLINE u64 sum_down(u64 n) { return n == 0 ? 0 : n + sum_down(n - 1) * 3; }
CASE(recursion) { return sum_down(a % 60); }

static NOINLINE u32 ackermann(u32 m, u32 n)
{
	return m == 0 ? n + 1 : n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}
CASE(double_recursion) { return ackermann(a % 3, b % 4); }

typedef u64 operation(u64, u64);
static u64 plus(u64 x, u64 y) { return x + y; }
static u64 minus(u64 x, u64 y) { return x - y; }
static u64 times(u64 x, u64 y) { return x * y; }
static operation *const operations[] = { plus, minus, times };
static NOINLINE u64 apply(operation *f, u64 x, u64 y) { return f(x, y); }

CASE(function_pointers)
{
	operation *mine = a & 1 ? plus : minus;
	return mix(operations[a % 3](b, c), mix(apply(mine, b, c), (mine == plus) + (operations[1] == mine) * 2));
}

static NOINLINE u8 narrow(s8 x, u16 y, _Bool z) { return x + y + z; }
static u8 (*volatile narrow_pointer)(s8, u16, _Bool) = narrow;
CASE(narrow_pointers) { return narrow_pointer(a, b, c & 1); }

/* A label's template: falls through here. */
CASE(jump_of_assembly)
{
	asm goto("" : : : : taken);
	return a + b;
taken:
	return c;
}

CASE(no_operation_of_assembly)
{
	asm goto("nop" : : : "memory" : taken);
	a += 3;
taken:
	return a ^ c;
}
