/* The four calls of libcap that the selftest makes, for hosts without its headers. */
#pragma once
#include <linux/capability.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef struct __user_cap_data_struct *cap_t;
typedef int cap_value_t;
typedef enum { CAP_EFFECTIVE, CAP_PERMITTED, CAP_INHERITABLE } cap_flag_t;
typedef enum { CAP_CLEAR, CAP_SET } cap_flag_value_t;

static inline cap_t cap_get_proc(void)
{
    struct __user_cap_header_struct self = {.version = _LINUX_CAPABILITY_VERSION_3};
    cap_t caps = calloc(2, sizeof(*caps));
    if (caps && syscall(SYS_capget, &self, caps) == 0)
        return caps;
    free(caps);
    return NULL;
}

static inline int cap_set_flag(cap_t caps, cap_flag_t flag, int count, const cap_value_t *values,
                               cap_flag_value_t value)
{
    for (int i = 0; i < count; i++) {
        struct __user_cap_data_struct *half = &caps[values[i] / 32];
        __u32 *set = flag == CAP_EFFECTIVE   ? &half->effective
                     : flag == CAP_PERMITTED ? &half->permitted
                                             : &half->inheritable;
        __u32 bit = 1u << (values[i] % 32);
        *set = value == CAP_SET ? *set | bit : *set & ~bit;
    }
    return 0;
}

static inline int cap_set_proc(cap_t caps)
{
    struct __user_cap_header_struct self = {.version = _LINUX_CAPABILITY_VERSION_3};
    return syscall(SYS_capset, &self, caps);
}

static inline int cap_free(void *caps)
{
    free(caps);
    return 0;
}
