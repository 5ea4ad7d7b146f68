/* What the C of these tests has in common. A case takes three numbers and makes one, here and in native code. */
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long s64;
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;

#define CASE(name) u64 name(u64 a, u64 b, u64 c)
#define NOINLINE __attribute__((noinline))

/* Keeps the compiler from knowing a value. */
#define HIDE(x) asm volatile("" : "=r"(x) : "0"(x))

static inline u64 mix(u64 hash, u64 value)
{
	return (hash ^ value) * 0x9e3779b97f4a7c15ul + (hash >> 7);
}
