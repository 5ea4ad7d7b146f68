#include "cases.h"

typedef __builtin_va_list va_list;
#define va_start(list, last) __builtin_va_start(list, last)
#define va_arg(list, type) __builtin_va_arg(list, type)
#define va_copy(to, from) __builtin_va_copy(to, from)
#define va_end(list) __builtin_va_end(list)

static NOINLINE u64 fold(u64 hash, u32 count, va_list list)
{
	while (count--)
		hash = mix(hash, va_arg(list, u64));
	return hash;
}

static NOINLINE u64 many(u32 count, ...)
{
	va_list list, copy;
	va_start(list, count);
	u64 first = va_arg(list, u64);
	va_copy(copy, list);
	u64 hash = fold(first, count - 1, list);
	va_end(list);
	hash = fold(hash, count - 1, copy);
	va_end(copy);
	return hash;
}

static NOINLINE u64 typed(const char *format, ...)
{
	va_list list;
	u64 hash = 0;
	va_start(list, format);
	for (; *format; format++) {
		switch (*format) {
		case 'd': hash = mix(hash, va_arg(list, s32)); break;
		case 'u': hash = mix(hash, va_arg(list, u32)); break;
		case 'l': hash = mix(hash, va_arg(list, s64)); break;
		case 'p': hash = mix(hash, *va_arg(list, u8 *)); break;
		}
	}
	va_end(list);
	return hash;
}

static NOINLINE u64 passed_on(u32 count, ...)
{
	va_list list;
	va_start(list, count);
	u64 hash = fold(count, count, list);
	va_end(list);
	return hash;
}

CASE(three_arguments) { return many(3, a, b, c); }
CASE(ten_arguments) { return many(10, a, b, c, a + 1, b + 2, c + 3, a * 4, b * 5, c * 6, ~a); }
CASE(typed_arguments) { u8 x = c; return typed("dulpdud", (s32)a, (u32)b, (s64)c, &x, (s8)a, (u16)b, (s32)c); }
CASE(no_arguments) { return passed_on(0) + typed(""); }
CASE(arguments_passed_on) { return passed_on(a % 5, a, b, c, 4ul); }

static u64 (*volatile pointer)(u32, ...) = passed_on;
CASE(through_pointer) { return pointer(2, b, c); }
