/* The kernels of kernel.c, second_order.c.
 *
 * Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines laplacian_learning
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

/* Factorisations, solves, entries of inverses and operations of libraries, called back in the runtime. */
struct nzdiff_solvers {
    void (*factor)(int which, const real *values, real *out);
    void (*solve)(int which, int transposed, int64_t width, const real *b, real *out);
    void (*select)(int which, const real *const *middles, real *out);
    void (*external)(int which, const real *const *operands, real *out);
};

/* Whole registers of numbers; loads may begin anywhere. */
enum { LANES = 8, OWN = 4 };
typedef real lanes __attribute__((vector_size(8 * sizeof(real))));
typedef real loaded_lanes __attribute__((vector_size(8 * sizeof(real)), aligned(sizeof(real)), may_alias));
typedef real own_lanes __attribute__((vector_size(4 * sizeof(real))));
typedef __typeof__((lanes){0} == (lanes){0}) lane_index;

/* The sum of all lanes. */
KERNEL inline real lane_sum(const lanes *v)
{
    const lanes s = *v;
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
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

/* out = c a + d b. */
KERNEL void linear_2(int threads, int64_t count, real c, const real *a, real d,
                     const real *b, real *restrict out)
{
    PARALLEL_ROWS
    for (int64_t t = 0; t < count; t++)
        out[t] = c * a[t] + d * b[t];
}

/* out[t] = a[i, j] at each stored (i, j); a has rows of `cols_a` numbers. */
KERNEL void sample(int threads, int64_t rows, const row_table *at, int64_t cols_a,
                   const real *restrict a, real *restrict out)
{
    const int64_t *start = at->start;
    const int32_t *cols = at->cols;
    PARALLEL_ROWS
    for (int64_t i = 0; i < rows; i++)
        for (int64_t t = start[i]; t < start[i + 1]; t++)
            out[t] = a[i * cols_a + cols[t]];
}

/* out[t] = a[i, :] . b[j, :] at each stored (i, j), four dot products side by side. */
KERNEL void sddmm(int threads, int64_t rows, int64_t inner, const row_table *at,
                  const real *restrict a, const real *restrict b, real *restrict out)
{
    const int64_t *start = at->start;
    const int32_t *cols = at->cols;
    PARALLEL_ROWS
    for (int64_t i = 0; i < rows; i++) {
        const real *left = a + i * inner;
        int64_t t = start[i];
        for (; t + 4 <= start[i + 1]; t += 4) {
            const real *b0 = b + cols[t] * inner, *b1 = b + cols[t + 1] * inner;
            const real *b2 = b + cols[t + 2] * inner, *b3 = b + cols[t + 3] * inner;
            lanes s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};
            int64_t j = 0;
            for (; j + LANES <= inner; j += LANES) {
                const lanes x = *(const loaded_lanes *)(left + j);
                s0 += x * *(const loaded_lanes *)(b0 + j);
                s1 += x * *(const loaded_lanes *)(b1 + j);
                s2 += x * *(const loaded_lanes *)(b2 + j);
                s3 += x * *(const loaded_lanes *)(b3 + j);
            }
            real r0 = lane_sum(&s0), r1 = lane_sum(&s1), r2 = lane_sum(&s2), r3 = lane_sum(&s3);
            for (; j < inner; j++) {
                r0 += left[j] * b0[j];
                r1 += left[j] * b1[j];
                r2 += left[j] * b2[j];
                r3 += left[j] * b3[j];
            }
            out[t] = r0;
            out[t + 1] = r1;
            out[t + 2] = r2;
            out[t + 3] = r3;
        }
        for (; t < start[i + 1]; t++) {
            const real *right = b + cols[t] * inner;
            lanes s = {0};
            int64_t j = 0;
            for (; j + LANES <= inner; j += LANES)
                s += *(const loaded_lanes *)(left + j) * *(const loaded_lanes *)(right + j);
            real sum = lane_sum(&s);
            for (; j < inner; j++)
                sum += left[j] * right[j];
            out[t] = sum;
        }
    }
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
