#include "cases.h"

static NOINLINE u64 odd(u64 n, u64 hash);
static NOINLINE u64 even(u64 n, u64 hash) { return n == 0 ? hash : odd(n - 1, hash * 3); }
static NOINLINE u64 odd(u64 n, u64 hash) { return n == 0 ? ~hash : even(n - 1, hash + 5); }

CASE(mutual_tail_recursion) { return even(1000000 + a % 2, b); }

/* More arguments than the caller has. */
static NOINLINE u64 two(u64 n, u64 hash);
static NOINLINE u64 nine(u64 n, u64 p, u64 q, u64 r, u64 s, u64 t, u64 u, u32 v, u8 w)
{
	return n == 0 ? p + q : two(n - 1, p ^ q + r * s - t * u ^ v + w);
}
static NOINLINE u64 two(u64 n, u64 hash)
{
	return n == 0 ? hash : nine(n - 1, hash, n, hash >> 3, n * 7, hash + n, 9, hash, n);
}

CASE(tail_calls_of_other_shapes) { return two(300000 + a % 2, b); }

/* Loads whose values may be unset go along. */
struct pair { u64 first, second; };
static NOINLINE void down(struct pair *p, u64 n);
static NOINLINE void up(struct pair *p, u64 n)
{
	u64 t = p->first;
	if (n == 0)
		return;
	p->first = p->second;
	p->second = t + n;
	down(p, n - 1);
}
static NOINLINE void down(struct pair *p, u64 n)
{
	if (n == 0)
		return;
	p->first ^= p->second;
	up(p, n - 1);
}

CASE(tail_calls_with_memory)
{
	struct pair p = { a, b };
	up(&p, 200000 + c % 2);
	return mix(p.first, p.second);
}
