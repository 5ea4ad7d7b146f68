#include "cases.h"

#define FETCH(type) \
	CASE(fetch_##type) \
	{ \
		type x = a; \
		u64 hash = __atomic_fetch_add(&x, (type)b, __ATOMIC_SEQ_CST); \
		hash = mix(hash, __atomic_fetch_sub(&x, (type)c, __ATOMIC_RELAXED)); \
		hash = mix(hash, __atomic_fetch_and(&x, (type)(b | 0x5a), __ATOMIC_ACQUIRE)); \
		hash = mix(hash, __atomic_fetch_or(&x, (type)c, __ATOMIC_RELEASE)); \
		hash = mix(hash, __atomic_fetch_xor(&x, (type)b, __ATOMIC_ACQ_REL)); \
		hash = mix(hash, __atomic_fetch_nand(&x, (type)a, __ATOMIC_SEQ_CST)); \
		hash = mix(hash, __atomic_exchange_n(&x, (type)c, __ATOMIC_SEQ_CST)); \
		hash = mix(hash, __atomic_add_fetch(&x, (type)a, __ATOMIC_SEQ_CST)); \
		return mix(hash, x); \
	} \
	CASE(extremes_##type) \
	{ \
		type x = a; \
		u64 hash = __atomic_fetch_min(&x, (type)b, __ATOMIC_SEQ_CST); \
		hash = mix(hash, __atomic_fetch_max(&x, (type)c, __ATOMIC_SEQ_CST)); \
		return mix(hash, x); \
	} \
	CASE(compare_exchange_##type) \
	{ \
		type x = a, expected = c % 2 ? a : b; \
		_Bool done = __atomic_compare_exchange_n(&x, &expected, (type)c, 0, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED); \
		return mix(mix(x, expected), done); \
	} \
	CASE(loop_##type) \
	{ \
		type x = a, old = __atomic_load_n(&x, __ATOMIC_RELAXED); \
		while (!__atomic_compare_exchange_n(&x, &old, (type)(old * 3), 1, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) \
			; \
		__atomic_store_n(&x, (type)(x + b), __ATOMIC_RELEASE); \
		__atomic_thread_fence(__ATOMIC_SEQ_CST); \
		return x; \
	}

FETCH(s8)
FETCH(u8)
FETCH(s16)
FETCH(u16)
FETCH(s32)
FETCH(u32)
FETCH(s64)
FETCH(u64)

CASE(pointers_exchanged)
{
	u64 *p = &a, *q = &b;
	u64 *old = __atomic_exchange_n(&p, q, __ATOMIC_SEQ_CST);
	_Bool done = __atomic_compare_exchange_n(&p, &q, &c, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	return mix(*old, *p + done);
}
