/* What the interface of spectral_coarsening refuses: each line of output is a code and a detail.
 *
 * Built with -Dcalloc=rare_calloc, which fails once `left` calls were served.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#undef calloc
#include <stdlib.h>

#include "spectral_coarsening.h"

enum { K = 2, M = 2, N = 3, SIZE = 4 };

static const double numbers[] = {1, 2, 3, 4, 5, 6, 7, 8};
static const int32_t g_i[] = {2, 0, 1, 0}, g_j[] = {1, 0, 1, 1};
static const int32_t l_start[] = {0, 1, 2, 3}, l_j[] = {0, 1, 2};
static const double g[] = {1, -1, 2, 0.5};

static int64_t left = INT64_MAX;
void *rare_calloc(size_t count, size_t size);
void *rare_calloc(size_t count, size_t size)
{
    return left-- > 0 ? calloc(count, size) : NULL;
}

static spectral_coarsening_data good(void)
{
    spectral_coarsening_data data;
    memset(&data, 0, sizeof data);
    data.k = K;
    data.m = M;
    data.n = N;
    data.B.values = data.X.values = data.Y = data.L.values = numbers;
    data.G.count = SIZE;
    data.G.i = g_i;
    data.G.j = g_j;
    data.L.count = 3;
    data.L.start = l_start;
    data.L.j = l_j;
    return data;
}

static void told(int code, const spectral_coarsening *handle)
{
    printf("%d %s\n", code, spectral_coarsening_detail(handle));
}

/* Whether a broken handle stays so, and asks for nothing. */
static void refused(const spectral_coarsening_data *data)
{
    double result[SIZE];
    spectral_coarsening *handle;
    const int code = spectral_coarsening_create(data, &handle);
    told(code, handle);
    if (spectral_coarsening_gradient(handle, g, result) != code ||
        spectral_coarsening_set_Y(handle, numbers) != code ||
        spectral_coarsening_size(handle) != -1 || spectral_coarsening_residual_size(handle) != -1)
        puts("a broken handle works");
    spectral_coarsening_destroy(handle);
}

#define REFUSED(change) \
    do { \
        spectral_coarsening_data data = good(); \
        change; \
        refused(&data); \
    } while (0)

static void patterns(void)
{
    static const int32_t negative[] = {2, 0, -1, 0}, beyond[] = {2, 0, 3, 0}, wide[] = {1, 0, 1, 2};
    static const int32_t twice[] = {1, 0, 1, 0}, falling[] = {0, 2, 1, 3}, late[] = {1, 1, 2, 3};
    static const int32_t early[] = {0, 1, 2, 2}, far[] = {0, 9, 2, 3};
    REFUSED(data.G.i = negative);
    REFUSED(data.G.i = beyond);
    REFUSED(data.G.j = wide);
    REFUSED(data.G.j = twice);
    REFUSED(data.G.i = NULL);
    REFUSED(data.G.j = NULL);
    REFUSED(data.G.start = l_start);
    REFUSED(data.G.count = -1);
    REFUSED(data.G.count = INT64_MAX);
    REFUSED(data.L.start = falling);
    REFUSED(data.L.start = late);
    REFUSED(data.L.start = early);
    REFUSED(data.L.start = far);
    REFUSED(data.L.j = NULL);
    REFUSED(data.L.start = NULL);
}

static void numbers_and_sizes(void)
{
    static const double infinite[] = {1, INFINITY, 3, 4}, none[] = {1, 2, NAN, 4};
    REFUSED(data.k = -1);
    REFUSED(data.n = INT64_MAX);
    REFUSED(data.B.values = NULL);
    REFUSED(data.B.values = infinite);
    REFUSED(data.X.ld = 1);
    REFUSED(data.X.ld = -5);
    REFUSED(data.X.order = 7);
    REFUSED(data.L.values = none);
    REFUSED(data.L.values = NULL);
    REFUSED(data.Y = NULL);
}

static void calls(void)
{
    static const double none[] = {1, 2, NAN, 4};
    const spectral_coarsening_data data = good();
    double energy, before, result[SIZE];
    spectral_coarsening *handle;
    int code = spectral_coarsening_create(&data, &handle);
    told(code, handle);
    told(spectral_coarsening_energy(handle, g, &before), handle);
    told(spectral_coarsening_energy(handle, NULL, &energy), handle);
    told(spectral_coarsening_energy(handle, none, &energy), handle);
    told(spectral_coarsening_energy(handle, g, NULL), handle);
    told(spectral_coarsening_gradient(handle, g, NULL), handle);
    told(spectral_coarsening_hvp(handle, g, NULL, result), handle);
    told(spectral_coarsening_vjp(handle, g, none, result), handle);
    told(spectral_coarsening_set_Y(handle, none + 1), handle);
    told(spectral_coarsening_set_L(handle, NULL), handle);
    told(spectral_coarsening_set_B(handle, NULL), handle);
    told(spectral_coarsening_energy(handle, g, &energy), handle);
    puts(energy == before ? "the same energy" : "another energy");
    spectral_coarsening_dense other = {numbers + 1, 3, SPECTRAL_COARSENING_BY_ROWS};
    told(spectral_coarsening_set_B(handle, &other), handle);
    told(spectral_coarsening_energy(handle, g, &energy), handle);
    puts(energy == before ? "the same energy" : "another energy");
    spectral_coarsening_destroy(handle);
    told(spectral_coarsening_energy(NULL, g, &energy), NULL);
    code = spectral_coarsening_create(NULL, &handle);
    told(code, handle);
    spectral_coarsening_destroy(handle);
    told(spectral_coarsening_create(&data, NULL), NULL);
    spectral_coarsening_destroy(NULL);
    puts(spectral_coarsening_message(5));
    puts(spectral_coarsening_message(-1));
    puts(spectral_coarsening_message(99));
}

/* The pattern of the Hessian; the one that was stated before stays. */
static void hessians(void)
{
    static const int32_t wide[] = {0, 9}, zero[] = {0, 0}, all[] = {0, 4, 8, 12, 16};
    static const int32_t every[] = {0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3};
    const spectral_coarsening_data data = good();
    double values[16];
    spectral_coarsening *handle;
    spectral_coarsening_sparse pattern;
    memset(&pattern, 0, sizeof pattern);
    spectral_coarsening_create(&data, &handle);
    told(spectral_coarsening_hessian_values(handle, g, values), handle);
    printf("%d groups\n", (int)spectral_coarsening_hessian_groups(handle));
    told(spectral_coarsening_set_hessian_pattern(handle, NULL), handle);
    pattern.count = 16;
    pattern.start = all;
    pattern.j = every;
    told(spectral_coarsening_set_hessian_pattern(handle, &pattern), handle);
    pattern.count = 2;
    pattern.start = NULL;
    pattern.i = pattern.j = zero;
    told(spectral_coarsening_set_hessian_pattern(handle, &pattern), handle);
    pattern.j = wide;
    told(spectral_coarsening_set_hessian_pattern(handle, &pattern), handle);
    told(spectral_coarsening_hessian_values(handle, g, NULL), handle);
    told(spectral_coarsening_hessian_values(handle, NULL, values), handle);
    told(spectral_coarsening_hessian_values(handle, g, values), handle);
    printf("%d groups\n", (int)spectral_coarsening_hessian_groups(handle));
    pattern.count = 1;
    pattern.j = zero;
    int64_t tried = 0;
    int code;
    do {
        left = tried++;
        code = spectral_coarsening_set_hessian_pattern(handle, &pattern);
        if (code && (code != SPECTRAL_COARSENING_OUT_OF_MEMORY ||
                     spectral_coarsening_hessian_groups(handle) != 4))
            puts("the pattern before is lost");
    } while (code);
    printf("%d groups after %s failures\n", (int)spectral_coarsening_hessian_groups(handle),
           tried > 10 ? "many" : "few");
    left = INT64_MAX;
    spectral_coarsening_destroy(handle);
}

/* Every allocation fails once. */
static void memory(void)
{
    const spectral_coarsening_data data = good();
    spectral_coarsening *handle;
    int64_t tried = -1;
    int code;
    do {
        left = ++tried;
        code = spectral_coarsening_create(&data, &handle);
        left = INT64_MAX;
        if (code != 0 && code != SPECTRAL_COARSENING_OUT_OF_MEMORY)
            puts("another code");
        spectral_coarsening_destroy(handle);
    } while (code);
    puts(tried > 50 ? "enough memory at last" : "few allocations");
}

int main(int count, char **given)
{
    if (count > 1 && strcmp(given[1], "leak") == 0) {
        const spectral_coarsening_data data = good();
        spectral_coarsening *handle;
        spectral_coarsening_create(&data, &handle);
        handle = NULL;
        return handle != NULL;
    }
    patterns();
    numbers_and_sizes();
    calls();
    hessians();
    memory();
    return 0;
}
