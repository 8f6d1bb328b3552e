/* Memory and errors of a handle.
 *
 * The first failure is kept, and every function after it does nothing: whoever builds something
 * asks once, at the end.  What is allocated stands in a list and is released with it.
 */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__GNUC__)
#define SETUP static __attribute__((unused))
#define SAYS __attribute__((format(printf, 3, 4)))
#else
#define SETUP static
#define SAYS
#endif

#ifndef NZDIFF_FIRST
#define NZDIFF_FIRST 0
#endif
/* What messages count indices from: 1 for callers that do. */
enum { FIRST = NZDIFF_FIRST };

typedef struct block {
    struct block *next;
} block;

/* kept: until the handle is destroyed; brief: until it is built.  code, detail: what went wrong. */
typedef struct {
    block *kept, *brief;
    int code;
    char detail[256];
} setup;

SETUP SAYS void fail(setup *s, int code, const char *format, ...)
{
    va_list arguments;
    if (s->code)
        return;
    s->code = code;
    va_start(arguments, format);
    vsnprintf(s->detail, sizeof s->detail, format, arguments);
    va_end(arguments);
}

/* Zeros that begin on a cache line and are followed by one: kernels read whole registers. */
SETUP void *room(setup *s, block **list, int64_t count, size_t size)
{
    enum { LINE = 64 };
    if (s->code)
        return NULL;
    if (count < 0 || (uint64_t)count > (SIZE_MAX / 2 - 4 * LINE) / size) {
        fail(s, TOO_LARGE, "%" PRId64 " numbers of %zu bytes are more than can be addressed", count,
             size);
        return NULL;
    }
    block *found = calloc(1, (size_t)count * size + 3 * LINE);
    if (!found) {
        fail(s, OUT_OF_MEMORY, "%" PRId64 " numbers of %zu bytes", count, size);
        return NULL;
    }
    found->next = *list;
    *list = found;
    const uintptr_t first = (uintptr_t)(found + 1);
    return (char *)(found + 1) + (LINE - first % LINE) % LINE;
}

SETUP void release(block **list)
{
    while (*list) {
        block *next = (*list)->next;
        free(*list);
        *list = next;
    }
}

SETUP int32_t *brief_places(setup *s, int64_t count)
{
    return room(s, &s->brief, count, sizeof(int32_t));
}

SETUP int32_t *kept_places(setup *s, int64_t count)
{
    return room(s, &s->kept, count, sizeof(int32_t));
}

SETUP int64_t *kept_starts(setup *s, int64_t count)
{
    return room(s, &s->kept, count, sizeof(int64_t));
}

SETUP double *kept_numbers(setup *s, int64_t count)
{
    return room(s, &s->kept, count, sizeof(double));
}
