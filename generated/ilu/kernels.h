/* The kernels of kernel.c, second_order.c.
 *
 * Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines ilu
 */
#include <math.h>
#include <stdint.h>

#ifdef _OPENMP
#define PRAGMA(text) _Pragma(#text)
#define PARALLEL_ROWS PRAGMA(omp parallel for num_threads(threads) schedule(static) if (threads > 1))
#define SIMD_SUM PRAGMA(omp simd reduction(+ : sum))
#else
#define PARALLEL_ROWS (void)threads;
#define SIMD_SUM
#endif

#ifndef NZDIFF_REAL
#define NZDIFF_REAL double
#endif
typedef NZDIFF_REAL real;

#if defined(_WIN32)
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif
#define KERNEL static __attribute__((unused)) /* what one of several files does not call */

/* A stage is what several functions share; it is valid until g moves. */
#define STAGE(i) static void stage_##i(const nzdiff_workspace *w)
#define NEED(i) if (!w->done[i]) { stage_##i(w); w->done[i] = 1; }
#define FUNCTION(name) EXPORT void nzdiff_##name(const nzdiff_workspace *w); \
    void nzdiff_##name(const nzdiff_workspace *w)

/* The pairs of numbers whose products add up to each number of a sparse product. */
typedef struct {
    const int64_t *start;
    const int32_t *left, *right;
} pair_table;

/* Where the numbers of one pattern stand in another, or -1. */
typedef struct {
    const int32_t *place;
} place_table;

/* out[t] = c a[place[t]] where place[t] >= 0, else 0. */
KERNEL void embed(int threads, int64_t count, const place_table *in, real c,
                  const real *restrict a, real *restrict out)
{
    const int32_t *place = in->place;
    PARALLEL_ROWS
    for (int64_t t = 0; t < count; t++)
        out[t] = place[t] >= 0 ? c * a[place[t]] : 0;
}

/* out[t] = number. */
KERNEL void fill(int threads, int64_t count, real number, real *restrict out)
{
    (void)threads;
    for (int64_t t = 0; t < count; t++)
        out[t] = number;
}

/* out = c a. */
KERNEL void linear_1(int threads, int64_t count, real c, const real *restrict a,
                     real *restrict out)
{
    PARALLEL_ROWS
    for (int64_t t = 0; t < count; t++)
        out[t] = c * a[t];
}

/* out = c a + d b. */
KERNEL void linear_2(int threads, int64_t count, real c, const real *a, real d,
                     const real *b, real *restrict out)
{
    PARALLEL_ROWS
    for (int64_t t = 0; t < count; t++)
        out[t] = c * a[t] + d * b[t];
}

/* out[t] = a[t] b[t]. */
KERNEL void multiply(int threads, int64_t count, const real *a, const real *b,
                     real *restrict out)
{
    PARALLEL_ROWS
    for (int64_t t = 0; t < count; t++)
        out[t] = a[t] * b[t];
}

/* out[t] = the sum of a[left] b[right] over the pairs of position t. */
KERNEL void sparse_product(int threads, int64_t count, const pair_table *pairs,
                           const real *restrict a, const real *restrict b, real *restrict out)
{
    const int64_t *start = pairs->start;
    const int32_t *left = pairs->left, *right = pairs->right;
    PARALLEL_ROWS
    for (int64_t t = 0; t < count; t++) {
        real sum = 0.0;
        for (int64_t u = start[t]; u < start[t + 1]; u++)
            sum += a[left[u]] * b[right[u]];
        out[t] = sum;
    }
}

/* out[0] = the sum of a[t]^2, in one thread so that the result is the same for any number of them. */
KERNEL void sum_squares(int threads, int64_t count, const real *restrict a, double *restrict out)
{
    (void)threads;
    double sum = 0.0;
    SIMD_SUM
    for (int64_t t = 0; t < count; t++)
        sum += (double)a[t] * a[t];
    out[0] = sum;
}

/* The BLAS of the runtime, in the precision of `real`, if any: 1 where kernels call it. */
EXPORT int nzdiff_use_blas(const void *functions);
int nzdiff_use_blas(const void *functions)
{
    return functions == 0 && 0;
}
