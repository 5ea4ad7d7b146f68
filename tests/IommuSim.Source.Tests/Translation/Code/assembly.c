#include "cases.h"

/* The forms of the kernel's headers. */

static inline u32 xadd32(u32 *p, u32 v) { asm volatile("lock xaddl %0, %1" : "+r"(v), "+m"(*p) : : "memory", "cc"); return v; }
static inline u64 xadd64(u64 *p, u64 v) { asm volatile("lock xaddq %q0, %1" : "+r"(v), "+m"(*p) : : "memory", "cc"); return v; }

CASE(exchange_add)
{
	u32 x = a;
	u64 y = b;
	return mix(mix(xadd32(&x, c), x), mix(xadd64(&y, a), y));
}

#define TRY_CMPXCHG(type, suffix) \
	static inline _Bool try_##type(type *p, type *old, type new) \
	{ \
		_Bool done; \
		type o = *old; \
		asm volatile("lock cmpxchg" suffix " %[new], %[ptr]" \
			     : "=@ccz"(done), [ptr] "+m"(*p), [old] "+a"(o) : [new] "r"(new) : "memory"); \
		if (!done) \
			*old = o; \
		return done; \
	}
TRY_CMPXCHG(u32, "l")
TRY_CMPXCHG(u64, "q")

CASE(compare_exchange)
{
	u32 x = a, expected = c % 2 ? a : b;
	u64 y = b, wanted = c % 3 ? b : a;
	u64 hash = mix(try_u32(&x, &expected, c), try_u64(&y, &wanted, c));
	return mix(hash, mix(mix(x, expected), mix(y, wanted)));
}

CASE(counts)
{
	u32 x = a;
	u64 y = b;
	_Bool zero;
	asm volatile("lock incl %0" : "+m"(x) : : "memory");
	asm volatile("lock addq %1, %0" : "+m"(y) : "er"(c) : "memory");
	asm volatile("lock subq %1, %0" : "+m"(y) : "er"(a) : "memory");
	asm volatile("lock addq %1, %0" : "+m"(y) : "er"(-5l) : "memory");
	asm volatile("lock decl %0" : "+m"(x), "=@cce"(zero) : : "memory");
	u32 one = a % 3;
	_Bool last;
	asm volatile("decl %0\n\t/* output condition code e*/\n" : "+m"(one), "=@cce"(last) : : "memory");
	return mix(mix(x, y), mix(zero + last * 2, one));
}

#define BITS(name, op) \
	static inline _Bool name(s64 nr, u64 *p) \
	{ \
		_Bool old; \
		asm volatile(" " op " %2,%1" : "=@ccc"(old) : "m"(*(u64 *)p), "Ir"(nr) : "memory"); \
		return old; \
	}
BITS(test_bit, "btq")
BITS(test_and_set_bit, "btsq")
BITS(test_and_reset_bit, "btrq")
BITS(test_and_change_bit, "btcq")
static inline void set_bit(s64 nr, u64 *p) { asm volatile(" btsq  %1,%0" : : "m"(*p), "Ir"(nr) : "memory"); }

CASE(bits)
{
	u64 map[4] = { a, b, c, 0 };
	u64 hash = test_bit(a % 192, map);
	hash = mix(hash, test_and_set_bit(b % 256, map));
	hash = mix(hash, test_and_reset_bit(c % 256, map));
	hash = mix(hash, test_and_change_bit(a % 256, map));
	hash = mix(hash, test_bit(-(s64)(b % 64) - 1, map + 1));
	set_bit(c % 64, map + 2);
	set_bit(5, map);
	return mix(mix(hash, map[0]), mix(map[1], mix(map[2], map[3])));
}

CASE(scans)
{
	u64 first, last;
	u32 last32;
	s32 or_none = -1, or_none64 = -1;
	a |= 1ul << (b % 64);
	u32 low = (u32)a | 1u << (b % 32);
	asm("tzcnt %1,%0" : "=r"(first) : "r"(a));
	asm("bsr %1,%0" : "=r"(last) : "rm"(a));
	asm("bsr %1,%0" : "=r"(last32) : "rm"(low));
	asm("bsrl %1,%0" : "=r"(or_none) : "rm"((u32)(b % 2 ? b : 0)), "0"(-1));
	asm("bsrq %1,%q0" : "+r"(or_none64) : "rm"(c % 2 ? c : 0));
	return mix(mix(first, last), mix(or_none, mix(or_none64, last32)));
}

CASE(older_scans)
{
	u64 first;
	a |= 1ul << (b % 64);
	asm("rep; bsf %1,%0" : "=r"(first) : "r"(a));
	return first;
}

CASE(fills)
{
	u64 words[8];
	u8 bytes[16];
	u64 n = 8, *d = words;
	asm volatile("rep stosq" : "+D"(d), "+c"(n) : "a"(a) : "memory");
	u64 m = b % 17;
	u8 *e = bytes;
	__builtin_memset(bytes, 1, sizeof(bytes));
	asm volatile("rep stosb" : "+D"(e), "+c"(m) : "a"(c) : "memory");
	return mix(mix(words[b % 8], d - words + n), mix(bytes[c % 16], e - bytes + m));
}

CASE(barriers)
{
	u64 x = a;
	HIDE(x);
	asm volatile("" : : : "memory");
	asm volatile("mfence" : : : "memory");
	asm volatile("lfence" : : : "memory");
	asm volatile("sfence" : : : "memory");
	asm volatile("rep; nop" : : : "memory");
	asm volatile("# nothing" : : : "memory");
	return x + b;
}
