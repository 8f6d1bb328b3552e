/* The kernels of kernel.c, second_order.c.
 *
 * Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines covariance_selection
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

/* The stored places of a matrix by rows; of a transposed one, also where its values are stored. */
typedef struct {
    const int64_t *start;
    const int32_t *cols, *position;
} row_table;

/* Where the numbers of one pattern stand in another, or -1. */
typedef struct {
    const int32_t *place;
} place_table;

/* Factorisations, solves, entries of inverses and operations of libraries, called back in the runtime. */
struct nzdiff_solvers {
    void (*factor)(int which, const real *values, real *out);
    void (*solve)(int which, int transposed, int64_t width, const real *b, real *out);
    void (*select)(int which, const real *const *middles, real *out);
    void (*external)(int which, const real *const *operands, real *out);
};

/* out[t] += c a[place[t]] where place[t] >= 0. */
KERNEL void add_embedded(int threads, int64_t count, const place_table *in, real c,
                         const real *restrict a, real *restrict out)
{
    const int32_t *place = in->place;
    PARALLEL_ROWS
    for (int64_t t = 0; t < count; t++)
        if (place[t] >= 0)
            out[t] += c * a[place[t]];
}

/* out[i, j] += c a[t] at each stored (i, j); out has rows of `width` numbers. */
KERNEL void add_scattered(int threads, int64_t rows, int64_t width, const row_table *at, real c,
                          const real *restrict a, real *restrict out)
{
    const int64_t *start = at->start;
    const int32_t *cols = at->cols;
    PARALLEL_ROWS
    for (int64_t i = 0; i < rows; i++)
        for (int64_t t = start[i]; t < start[i + 1]; t++)
            out[i * width + cols[t]] += c * a[t];
}

/* out[t] = c a[place[t]] where place[t] >= 0, else 0. */
KERNEL void embed(int threads, int64_t count, const place_table *in, real c,
                  const real *restrict a, real *restrict out)
{
    const int32_t *place = in->place;
    PARALLEL_ROWS
    for (int64_t t = 0; t < count; t++)
        out[t] = place[t] >= 0 ? c * a[place[t]] : 0;
}

/* Factorise matrix number `which`; out[0] = log |det a|, out[1] = its sign, or -inf and 0. */
KERNEL void factor(const struct nzdiff_solvers *solvers, int which, const real *a, real *out)
{
    solvers->factor(which, a, out);
}

/* out[t] = number. */
KERNEL void fill(int threads, int64_t count, real number, real *restrict out)
{
    (void)threads;
    for (int64_t t = 0; t < count; t++)
        out[t] = number;
}

/* out[0] = the sum of a[t] b[t], in one thread so that the result is the same for any number of them. */
KERNEL void inner(int threads, int64_t count, const real *a, const real *b, double *restrict out)
{
    (void)threads;
    double sum = 0.0;
    SIMD_SUM
    for (int64_t t = 0; t < count; t++)
        sum += (double)a[t] * b[t];
    out[0] = sum;
}

/* out = c a. */
KERNEL void linear_1(int threads, int64_t count, real c, const real *restrict a,
                     real *restrict out)
{
    PARALLEL_ROWS
    for (int64_t t = 0; t < count; t++)
        out[t] = c * a[t];
}

/* out = entries of a product of inverses, number `which`, with these matrices between them. */
KERNEL void select_entries(const struct nzdiff_solvers *solvers, int which,
                           const real *const *middles, real *out)
{
    solvers->select(which, middles, out);
}

/* out = the inverse of matrix number `which`, or of its transpose, times b, row-major. */
KERNEL void solve(const struct nzdiff_solvers *solvers, int which, int transposed, int64_t width,
                  const real *b, real *out)
{
    solvers->solve(which, transposed, width, b, out);
}

/* The BLAS of the runtime, in the precision of `real`, if any: 1 where kernels call it. */
EXPORT int nzdiff_use_blas(const void *functions);
int nzdiff_use_blas(const void *functions)
{
    return functions == 0 && 0;
}
