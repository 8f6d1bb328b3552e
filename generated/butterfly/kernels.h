/* The kernels of kernel.c, second_order.c.
 *
 * Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines butterfly
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

/* The pairs of numbers whose products add up to each number of a sparse product. */
typedef struct {
    const int64_t *start;
    const int32_t *left, *right;
} pair_table;

/* Where the numbers of one pattern stand in another, or -1. */
typedef struct {
    const int32_t *place;
} place_table;

/* Strips of rows of a sparse product, and the moves that add up to each. */
typedef struct {
    const int64_t *start;
    const int32_t *place, *width, *left, *source, *which;
    const void *lanes;
} spread_table;

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

/* sum += number times from[which[lane]] in each lane, which is 0 where `which` is LANES. */
KERNEL inline void add_spread(lanes *sum, real number, const real *from, const void *which)
{
    const lanes row = *(const loaded_lanes *)from;
    const lane_index index = *(const lane_index *)which;
#if defined(__clang__)
    for (int lane = 0; lane < LANES; lane++)
        if (index[lane] < LANES)
            (*sum)[lane] += number * row[index[lane]];
#else
    const lanes zero = {0};
    *sum += number * __builtin_shuffle(row, zero, index);
#endif
}

/* Whether an energy is large enough beside its scale, for the precision of `real`. */
KERNEL inline int is_accurate(double energy, double scale, double least, double least_single)
{
    return energy >= (sizeof(real) == sizeof(double) ? least : least_single) * scale;
}

/* out += c a. */
KERNEL void add(int threads, int64_t count, real c, const real *restrict a,
                real *restrict out)
{
    PARALLEL_ROWS
    for (int64_t t = 0; t < count; t++)
        out[t] += c * a[t];
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

/* out = a b by strips of rows of out: moves add a number of a times a spread row of b. */
KERNEL void product_spread(int threads, const spread_table *moves, const real *restrict a,
                           const real *restrict b, real *restrict out)
{
    const int64_t *start = moves->start;
    const int32_t *place = moves->place, *width = moves->width, *left = moves->left;
    const int32_t *source = moves->source, *which = moves->which;
    const void *lanes_of = moves->lanes;
    enum { TOGETHER = 256 };
    const int64_t strips = *start++;
    PARALLEL_ROWS
    for (int64_t first = 0; first < strips; first += TOGETHER) {
        const int64_t last = (first + TOGETHER < strips ? first + TOGETHER : strips) - 1;
        const int32_t end = place[last] + width[last];
        for (int64_t s = first; s <= last; s++) {
            lanes sum = {0};
            for (int64_t u = start[s]; u < start[s + 1]; u++)
                add_spread(&sum, a[left[u]], b + source[u], (const lane_index *)lanes_of + which[u]);
            real *strip = out + place[s];
            if (place[s] + LANES <= end) /* what is beyond the strip is written next */
                *(loaded_lanes *)strip = sum;
            else
                for (int lane = 0; lane < width[s]; lane++)
                    strip[lane] = sum[lane];
        }
    }
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
