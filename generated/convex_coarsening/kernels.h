/* The kernels of kernel.c, second_order.c.
 *
 * Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines convex_coarsening
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

/* The BLAS routines of the runtime, in the precision of `real`. */
static const struct nzdiff_blas {
    void (*gemm)(const char *, const char *, const int *, const int *, const int *, const real *,
                 const real *, const int *, const real *, const int *, const real *, real *,
                 const int *);
    void (*trmm)(const char *, const char *, const char *, const char *, const int *, const int *,
                 const real *, const real *, const int *, real *, const int *);
} *blas;

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

/* c = d op(a) op(b) + e c, row-major, through the column-major BLAS as c' = d op(b)' op(a)' + e c'.
   Blocks of rows (or columns) of c are the same for any number of threads. */
KERNEL void gemm(int threads, char ta, char tb, int64_t rows, int64_t cols, int64_t inner, real d,
                 real e, const real *a, int64_t a_stride, const real *b, int64_t b_stride, real *c)
{
    enum { BLOCK = 256 };
    const int by_rows = rows >= cols;
    const int64_t total = by_rows ? rows : cols, blocks = (total + BLOCK - 1) / BLOCK;
    const int64_t size = blocks > 0 ? (total + blocks - 1) / blocks : 0;
    const int k = (int)inner, ldc = (int)cols;
    const int lda = b_stride > 0 ? (int)b_stride : 1, ldb = a_stride > 0 ? (int)a_stride : 1;
    if (rows == 0 || cols == 0)
        return;
    PARALLEL_ROWS
    for (int64_t block = 0; block < blocks; block++) {
        const int64_t first = block * size, rest = total - first;
        const int64_t count = rest < size ? rest : size;
        const int m = (int)(by_rows ? cols : count), n = (int)(by_rows ? count : rows);
        const real *left = by_rows ? a + (ta == 'N' ? first * a_stride : first) : a;
        const real *right = by_rows ? b : b + (tb == 'N' ? first : first * b_stride);
        if (count > 0)
            blas->gemm(&tb, &ta, &m, &n, &k, &d, right, &lda, left, &ldb, &e,
                       c + (by_rows ? first * cols : first), &ldc);
    }
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

/* row = d (sum of a[t] b[cols[t], :] over one row of a) + e plus; a[position[t]] where given. */
KERNEL inline void spmm_row(int64_t width, int64_t first, int64_t last, const int32_t *cols,
                            const int32_t *position, real d, real e, const real *a, const real *b,
                            const real *plus, real *row)
{
    int64_t j = 0;
#define STRIPS(COUNT) \
    for (; j + COUNT * LANES <= width; j += COUNT * LANES) { \
        lanes sum[COUNT]; \
        for (int q = 0; q < COUNT; q++) { \
            sum[q] = (lanes){0}; \
            if (e != 0) \
                sum[q] = e * *(const loaded_lanes *)(plus + j + q * LANES); \
        } \
        for (int64_t t = first; t < last; t++) { \
            const real number = d * a[position ? position[t] : t]; \
            const real *other = b + cols[t] * width + j; \
            for (int q = 0; q < COUNT; q++) \
                sum[q] += number * *(const loaded_lanes *)(other + q * LANES); \
        } \
        for (int q = 0; q < COUNT; q++) \
            *(loaded_lanes *)(row + j + q * LANES) = sum[q]; \
    }
    STRIPS(8)
    STRIPS(4)
    STRIPS(1)
    if (j < width && width >= LANES) { /* the last strip begins in the one before */
        j = width - LANES;
        STRIPS(1)
    }
#undef STRIPS
    if (j < width) {
        const int rest = (int)(width - j);
        real sum[LANES] = {0};
        if (e != 0)
            for (int q = 0; q < rest; q++)
                sum[q] = e * plus[j + q];
        for (int64_t t = first; t < last; t++) {
            const real number = d * a[position ? position[t] : t];
            const real *other = b + cols[t] * width + j;
            for (int q = 0; q < rest; q++)
                sum[q] += number * other[q];
        }
        for (int q = 0; q < rest; q++)
            row[j + q] = sum[q];
    }
}

/* Whether an energy is large enough beside its scale, for the precision of `real`. */
KERNEL inline int is_accurate(double energy, double scale, double least, double least_single)
{
    return energy >= (sizeof(real) == sizeof(double) ? least : least_single) * scale;
}

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

/* out[t] = c a[place[t]] where place[t] >= 0, else 0. */
KERNEL void embed(int threads, int64_t count, const place_table *in, real c,
                  const real *restrict a, real *restrict out)
{
    const int32_t *place = in->place;
    PARALLEL_ROWS
    for (int64_t t = 0; t < count; t++)
        out[t] = place[t] >= 0 ? c * a[place[t]] : 0;
}

/* c = d a' b + e c, row-major: a is inner x rows, b is inner x cols. */
KERNEL void gemm_tn(int threads, int64_t rows, int64_t cols, int64_t inner, real d, real e,
                    const real *a, const real *b, real *c)
{
    gemm(threads, 'T', 'N', rows, cols, inner, d, e, a, rows, b, cols, c);
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

/* out = d a b + e plus: a sparse (CSR), the others dense with rows of `width` numbers. */
KERNEL void spmm(int threads, int64_t rows, int64_t width, const row_table *at, real d, real e,
                 const real *a, const real *b, const real *plus, real *out)
{
    const int64_t *start = at->start;
    PARALLEL_ROWS
    for (int64_t i = 0; i < rows; i++)
        spmm_row(width, start[i], start[i + 1], at->cols, 0, d, e, a, b, plus + i * width,
                 out + i * width);
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

/* out = c a', row-major: out is rows x cols. */
KERNEL void transpose(int threads, int64_t rows, int64_t cols, real c, const real *restrict a,
                      real *restrict out)
{
    PARALLEL_ROWS
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < cols; j++)
            out[i * cols + j] = c * a[j * rows + i];
}

/* The BLAS of the runtime, in the precision of `real`, if any: 1 where kernels call it. */
EXPORT int nzdiff_use_blas(const void *functions);
int nzdiff_use_blas(const void *functions)
{
    if (functions) {
        blas = functions;
    }
    return 1;
}
