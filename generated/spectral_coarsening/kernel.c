/* Kernels of the problem spectral_coarsening.
 *
 * E = ‖X − Y Gᵀ L G B‖²
 * f = X − Y Gᵀ L G B
 * dE/dG = −2 (L G B fᵀ Y + Lᵀ G Y f Bᵀ)  at the stored positions
 * plan c3e874b48cf4
 * floating-point operations at the sizes it was planned for: energy 2.4e+05, direct_energy 7.29e+05, residual 6.69e+05, gradient 3.96e+05, jvp 7.73e+05, vjp 7.9e+05, gnvp 4.82e+05, hvp 8.43e+05
 * workspace: 8 (k·k + 2 m + 2 m·k + 12 nnz(G) + 9 nnz(Gᵀ·L·G) + 10 nnz(Gᵀ·Lᵀ·G) + nnz(Gᵀ·Lᵀ·G·Gᵀ·L·G) + 6 nnz(L·G) + 13) bytes
 *
 * Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines spectral_coarsening
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

/* Where one model keeps its numbers; filled by the runtime, in the orders listed in the package. */
typedef struct {
    void *const *arrays;
    void *const *tables;
    const int64_t *sizes;
    const double *coefficients;
    uint8_t *done;
    int threads;
} nzdiff_workspace;

/* The BLAS routines of the runtime, in the precision of `real`. */
typedef struct {
    void (*gemm)(const char *, const char *, const int *, const int *, const int *, const real *,
                 const real *, const int *, const real *, const int *, const real *, real *,
                 const int *);
    void (*trmm)(const char *, const char *, const char *, const char *, const int *, const int *,
                 const real *, const real *, const int *, real *, const int *);
} nzdiff_blas;

static const nzdiff_blas *blas;

EXPORT void nzdiff_use_blas(const nzdiff_blas *functions);
void nzdiff_use_blas(const nzdiff_blas *functions)
{
    blas = functions;
}

/* to[slots[t]] = from[t]: 1 where a number changed, plus 2 where one is not finite. */
EXPORT int nzdiff_write(int64_t count, const int32_t *slots, const double *from, real *to);
int nzdiff_write(int64_t count, const int32_t *slots, const double *from, real *to)
{
    int changed = 0, bad = 0;
    if (slots)
        for (int64_t t = 0; t < count; t++) {
            const real x = (real)from[t];
            changed |= to[slots[t]] != x;
            bad |= x - x != 0;
            to[slots[t]] = x;
        }
    else
        for (int64_t t = 0; t < count; t++) {
            const real x = (real)from[t];
            changed |= to[t] != x;
            bad |= x - x != 0;
            to[t] = x;
        }
    return changed | bad << 1;
}

/* to[t] = from[slots[t]]. */
EXPORT void nzdiff_read(int64_t count, const int32_t *slots, const real *from, double *to);
void nzdiff_read(int64_t count, const int32_t *slots, const real *from, double *to)
{
    if (slots)
        for (int64_t t = 0; t < count; t++)
            to[t] = from[slots[t]];
    else
        for (int64_t t = 0; t < count; t++)
            to[t] = from[t];
}

enum { SQUARE = 16 };

/* The column-major vector of scale a, where a is row-major. */
EXPORT void nzdiff_to_vector(int64_t rows, int64_t cols, double scale, const real *a, double *vec);
void nzdiff_to_vector(int64_t rows, int64_t cols, double scale, const real *a, double *vec)
{
    for (int64_t i = 0; i < rows; i += SQUARE)
        for (int64_t j = 0; j < cols; j += SQUARE)
            for (int64_t l = j; l < j + SQUARE && l < cols; l++)
                for (int64_t k = i; k < i + SQUARE && k < rows; k++)
                    vec[l * rows + k] = scale * a[k * cols + l];
}

/* Row-major a as scale times the matrix of a column-major vector. */
EXPORT void nzdiff_from_vector(int64_t rows, int64_t cols, double scale, const double *vec, real *a);
void nzdiff_from_vector(int64_t rows, int64_t cols, double scale, const double *vec, real *a)
{
    for (int64_t i = 0; i < rows; i += SQUARE)
        for (int64_t j = 0; j < cols; j += SQUARE)
            for (int64_t k = i; k < i + SQUARE && k < rows; k++)
                for (int64_t l = j; l < j + SQUARE && l < cols; l++)
                    a[k * cols + l] = (real)(scale * vec[l * rows + k]);
}

/* c = d op(a) op(b) + e c, row-major, through the column-major BLAS as c' = d op(b)' op(a)' + e c'.
   Blocks of rows (or columns) of c are the same for any number of threads. */
static void gemm(int threads, char ta, char tb, int64_t rows, int64_t cols, int64_t inner, real d,
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

/* Whole registers of numbers; loads may begin anywhere. */
enum { LANES = 8, OWN = 4 };
typedef real lanes __attribute__((vector_size(8 * sizeof(real))));
typedef real loaded_lanes __attribute__((vector_size(8 * sizeof(real)), aligned(sizeof(real)), may_alias));
typedef real own_lanes __attribute__((vector_size(4 * sizeof(real))));
typedef __typeof__((lanes){0} == (lanes){0}) lane_index;

/* The sum of all lanes. */
static inline real lane_sum(const lanes *v)
{
    const lanes s = *v;
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

/* sum += number times from[which[lane]] in each lane, which is 0 where `which` is LANES. */
static inline void add_spread(lanes *sum, real number, const real *from, const void *which)
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
static inline void spmm_row(int64_t width, int64_t first, int64_t last, const int32_t *cols,
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

/* out += c a. */
static void add(int threads, int64_t count, real c, const real *restrict a,
                real *restrict out)
{
    PARALLEL_ROWS
    for (int64_t t = 0; t < count; t++)
        out[t] += c * a[t];
}

/* out[t] += c a[place[t]] where place[t] >= 0. */
static void add_embedded(int threads, int64_t count, const int32_t *place, real c,
                         const real *restrict a, real *restrict out)
{
    PARALLEL_ROWS
    for (int64_t t = 0; t < count; t++)
        if (place[t] >= 0)
            out[t] += c * a[place[t]];
}

/* out[t] = number. */
static void fill(int threads, int64_t count, real number, real *restrict out)
{
    (void)threads;
    for (int64_t t = 0; t < count; t++)
        out[t] = number;
}

/* c = d a' b + e c, row-major: a is inner x rows, b is inner x cols. */
static void gemm_tn(int threads, int64_t rows, int64_t cols, int64_t inner, real d, real e,
                    const real *a, const real *b, real *c)
{
    gemm(threads, 'T', 'N', rows, cols, inner, d, e, a, rows, b, cols, c);
}

/* out[0] = the sum of a[t] b[t], in one thread so that the result is the same for any number of them. */
static void inner(int threads, int64_t count, const real *a, const real *b, double *restrict out)
{
    (void)threads;
    double sum = 0.0;
    SIMD_SUM
    for (int64_t t = 0; t < count; t++)
        sum += (double)a[t] * b[t];
    out[0] = sum;
}

/* Whether an energy by Gram matrices keeps ten digits (four in single precision) of those of scale. */
static inline int is_accurate(double energy, double scale)
{
    return energy >= (sizeof(real) == sizeof(double) ? 0x1p-52 / 1e-10 : 0x1p-23 / 1e-4) * scale;
}

/* out = c a + d b. */
static void linear_2(int threads, int64_t count, real c, const real *a, real d,
                     const real *b, real *restrict out)
{
    PARALLEL_ROWS
    for (int64_t t = 0; t < count; t++)
        out[t] = c * a[t] + d * b[t];
}

/* out = a b by strips of rows of out: moves add a number of a times a spread row of b. */
static void product_spread(int threads, const int64_t *start, const int32_t *place,
                           const int32_t *width, const int32_t *left, const int32_t *source,
                           const int32_t *which, const void *lanes_of, const real *restrict a,
                           const real *restrict b, real *restrict out)
{
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
static void sddmm(int threads, int64_t rows, int64_t inner, const int64_t *start,
                  const int32_t *cols, const real *restrict a, const real *restrict b,
                  real *restrict out)
{
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
static void sparse_product(int threads, int64_t count, const int64_t *start, const int32_t *left,
                           const int32_t *right, const real *restrict a,
                           const real *restrict b, real *restrict out)
{
    PARALLEL_ROWS
    for (int64_t t = 0; t < count; t++) {
        real sum = 0.0;
        for (int64_t u = start[t]; u < start[t + 1]; u++)
            sum += a[left[u]] * b[right[u]];
        out[t] = sum;
    }
}

/* out = d a b + e plus: a sparse (CSR), the others dense with rows of `width` numbers. */
static void spmm(int threads, int64_t rows, int64_t width, const int64_t *start,
                 const int32_t *cols, real d, real e, const real *a, const real *b,
                 const real *plus, real *out)
{
    PARALLEL_ROWS
    for (int64_t i = 0; i < rows; i++)
        spmm_row(width, start[i], start[i + 1], cols, 0, d, e, a, b, plus + i * width,
                 out + i * width);
}

/* out[0] = the sum of a[t]^2, in one thread so that the result is the same for any number of them. */
static void sum_squares(int threads, int64_t count, const real *restrict a, double *restrict out)
{
    (void)threads;
    double sum = 0.0;
    SIMD_SUM
    for (int64_t t = 0; t < count; t++)
        sum += (double)a[t] * a[t];
    out[0] = sum;
}

EXPORT void nzdiff_prepare(const nzdiff_workspace *w);
EXPORT void nzdiff_energy(const nzdiff_workspace *w);
EXPORT void nzdiff_direct_energy(const nzdiff_workspace *w);
EXPORT void nzdiff_residual(const nzdiff_workspace *w);
EXPORT void nzdiff_gradient(const nzdiff_workspace *w);
EXPORT void nzdiff_jvp(const nzdiff_workspace *w);
EXPORT void nzdiff_vjp(const nzdiff_workspace *w);
EXPORT void nzdiff_gnvp(const nzdiff_workspace *w);
EXPORT void nzdiff_hvp(const nzdiff_workspace *w);

/* shared by energy, direct_energy, residual, gradient, jvp, vjp, gnvp, hvp */
static void stage_0(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t *spread_LG_start = w->tables[3];
    const int32_t *spread_LG_place = w->tables[4];
    const int32_t *spread_LG_width = w->tables[5];
    const int32_t *spread_LG_left = w->tables[6];
    const int32_t *spread_LG_source = w->tables[7];
    const int32_t *spread_LG_which = w->tables[8];
    const void *spread_LG_lanes = w->tables[9];
    real *G = w->arrays[1];
    real *L = w->arrays[2];
    real *LG = w->arrays[17];

    /* LG = L G  at L·G */
    product_spread(threads, spread_LG_start, spread_LG_place, spread_LG_width, spread_LG_left,
        spread_LG_source, spread_LG_which, spread_LG_lanes, L, G, LG);
}

/* shared by energy, direct_energy, residual, gradient, hvp */
static void stage_1(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t nnz_GtLG = w->sizes[4];
    const int64_t *spread_GtLG_start = w->tables[13];
    const int32_t *spread_GtLG_place = w->tables[14];
    const int32_t *spread_GtLG_width = w->tables[15];
    const int32_t *spread_GtLG_left = w->tables[16];
    const int32_t *spread_GtLG_source = w->tables[17];
    const int32_t *spread_GtLG_which = w->tables[18];
    const void *spread_GtLG_lanes = w->tables[19];
    const int64_t *pairs_YGtLG_start = w->tables[20];
    const int32_t *pairs_YGtLG_left = w->tables[21];
    const int32_t *pairs_YGtLG_right = w->tables[22];
    real *G = w->arrays[1];
    real *Y = w->arrays[4];
    real *LG = w->arrays[17];
    real *GtLG = w->arrays[18];
    real *YGtLG = w->arrays[19];

    /* GtLG = Gᵀ L G  at Gᵀ·L·G */
    product_spread(threads, spread_GtLG_start, spread_GtLG_place, spread_GtLG_width,
        spread_GtLG_left, spread_GtLG_source, spread_GtLG_which, spread_GtLG_lanes, G, LG,
        GtLG);

    /* YGtLG = Y Gᵀ L G  at Gᵀ·L·G */
    sparse_product(threads, nnz_GtLG, pairs_YGtLG_start, pairs_YGtLG_left, pairs_YGtLG_right, Y,
        GtLG, YGtLG);
}

/* shared by energy, gradient, hvp */
static void stage_2(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t nnz_GtLtG = w->sizes[5];
    const int64_t *pairs_GtLtGYY_start = w->tables[23];
    const int32_t *pairs_GtLtGYY_left = w->tables[24];
    const int32_t *pairs_GtLtGYY_right = w->tables[25];
    const int64_t *spread_BBtGtLtGYY_start = w->tables[29];
    const int32_t *spread_BBtGtLtGYY_place = w->tables[30];
    const int32_t *spread_BBtGtLtGYY_width = w->tables[31];
    const int32_t *spread_BBtGtLtGYY_left = w->tables[32];
    const int32_t *spread_BBtGtLtGYY_source = w->tables[33];
    const int32_t *spread_BBtGtLtGYY_which = w->tables[34];
    const void *spread_BBtGtLtGYY_lanes = w->tables[35];
    real *Y = w->arrays[4];
    real *BBt = w->arrays[9];
    real *YGtLG = w->arrays[19];
    real *GtLtGYY = w->arrays[23];
    real *BBtGtLtGYY = w->arrays[24];

    /* GtLtGYY = Gᵀ Lᵀ G Y Y  at Gᵀ·Lᵀ·G */
    sparse_product(threads, nnz_GtLtG, pairs_GtLtGYY_start, pairs_GtLtGYY_left, pairs_GtLtGYY_right,
        YGtLG, Y, GtLtGYY);

    /* BBtGtLtGYY = B Bᵀ Gᵀ Lᵀ G Y Y  at Gᵀ·Lᵀ·G */
    product_spread(threads, spread_BBtGtLtGYY_start, spread_BBtGtLtGYY_place,
        spread_BBtGtLtGYY_width, spread_BBtGtLtGYY_left, spread_BBtGtLtGYY_source,
        spread_BBtGtLtGYY_which, spread_BBtGtLtGYY_lanes, BBt, GtLtGYY, BBtGtLtGYY);
}

/* shared by direct_energy, residual */
static void stage_3(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t k = w->sizes[0];
    const int64_t m = w->sizes[1];
    const int64_t *at_GtLG_start = w->tables[36];
    const int32_t *at_GtLG_cols = w->tables[37];
    real *B = w->arrays[0];
    real *X = w->arrays[3];
    real *YGtLG = w->arrays[19];
    real *f = w->arrays[20];

    /* f = (X − Y Gᵀ L G B) */
    spmm(threads, m, k, at_GtLG_start, at_GtLG_cols, -1.0, 1.0, YGtLG, B, X, f);
}

/* shared by gradient, hvp */
static void stage_4(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t nnz_GtLtG = w->sizes[5];
    real *BXtY = w->arrays[8];
    real *BBtGtLtGYY = w->arrays[24];
    real *t_3 = w->arrays[35];

    /* t_3 = (−2 B Xᵀ Y + 2 B Bᵀ Gᵀ Lᵀ G Y Y)  at Gᵀ·Lᵀ·G */
    linear_2(threads, nnz_GtLtG, -2.0, BXtY, 2.0, BBtGtLtGYY, t_3);
}

/* shared by energy */
static void stage_5(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t nnz_GtLG = w->sizes[4];
    const int64_t nnz_GtLtG = w->sizes[5];
    const int32_t *place_GtLtG_T_in_GtLG = w->tables[38];
    real *BXtY = w->arrays[8];
    real *YXBt = w->arrays[10];
    double *sumsq = w->arrays[11];
    double *sumsq_2 = w->arrays[13];
    double *sumsq_4 = w->arrays[15];
    real *GtLG = w->arrays[18];
    double *energy = w->arrays[22];
    real *BBtGtLtGYY = w->arrays[24];
    real *t = w->arrays[25];
    real *t_2 = w->arrays[26];
    double *trace_2 = w->arrays[27];
    double *trace_3_2 = w->arrays[28];
    double *sum = w->arrays[29];
    double *sumsq_3 = w->arrays[30];
    double *scalar = w->arrays[31];
    double *gram_energy = w->arrays[32];
    double *gram_scale = w->arrays[33];
    double *guarded_energy = w->arrays[34];

    /* t = (B Xᵀ Y − B Bᵀ Gᵀ Lᵀ G Y Y)  at Gᵀ·Lᵀ·G */
    linear_2(threads, nnz_GtLtG, 1.0, BXtY, -1.0, BBtGtLtGYY, t);

    /* t_2 = (B Xᵀ Y − B Bᵀ Gᵀ Lᵀ G Y Y)ᵀ  at Gᵀ·L·G */
    fill(threads, nnz_GtLG, 0.0, t_2);

    add_embedded(threads, nnz_GtLG, place_GtLtG_T_in_GtLG, 1.0, t, t_2);

    /* trace_2 = tr(Gᵀ Lᵀ G (B Xᵀ Y − B Bᵀ Gᵀ Lᵀ G Y Y)ᵀ) */
    inner(threads, nnz_GtLG, GtLG, t_2, trace_2);

    /* trace_3_2 = tr(Gᵀ Lᵀ G Y X Bᵀ) */
    inner(threads, nnz_GtLG, GtLG, YXBt, trace_3_2);

    /* sum = −tr(Gᵀ Lᵀ G (Y X Bᵀ − Y Y Gᵀ L G B Bᵀ)) − tr(Gᵀ Lᵀ G Y X Bᵀ) + ‖X‖² */
    sum[0] = 0.0;

    sum[0] += -1.0 * trace_2[0];

    sum[0] += -1.0 * trace_3_2[0];

    sum[0] += 1.0 * sumsq[0];

    /* sumsq_3 = ‖Gᵀ L G‖² */
    sum_squares(threads, nnz_GtLG, GtLG, sumsq_3);

    /* scalar = (‖X‖ + ‖Y Y‖^(1/2) ‖Bᵀ B‖^(1/2) ‖Gᵀ L G‖)^2 */
    scalar[0] = pow(sqrt(sumsq[0]) + pow(sumsq_2[0], 1.0/4.0)*sqrt(sumsq_3[0])*pow(sumsq_4[0],
        1.0/4.0), 2);

    /* gram_energy = E by Gram matrices */
    gram_energy[0] = 0.0;

    gram_energy[0] += 1.0 * sum[0];

    /* gram_scale = what its error is relative to */
    gram_scale[0] = 0.0;

    gram_scale[0] += 1.0 * scalar[0];

    /* guarded_energy = E */
    if (!is_accurate(guarded_energy[0] = gram_energy[0], gram_scale[0])) (nzdiff_direct_energy(w),
        guarded_energy[0] = energy[0]);
}

/* shared by direct_energy */
static void stage_6(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t k = w->sizes[0];
    const int64_t m = w->sizes[1];
    real *f = w->arrays[20];
    double *sumsq_f = w->arrays[21];
    double *energy = w->arrays[22];

    /* sumsq_f = ‖f‖² */
    sum_squares(threads, m * k, f, sumsq_f);

    /* energy = E */
    energy[0] = 0.0;

    energy[0] += 1.0 * sumsq_f[0];
}

/* shared by gradient */
static void stage_7(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t nnz_LG = w->sizes[3];
    const int64_t nnz_G = w->sizes[6];
    const int64_t *pairs_t_4_start = w->tables[39];
    const int32_t *pairs_t_4_left = w->tables[40];
    const int32_t *pairs_t_4_right = w->tables[41];
    const int64_t *pairs_t_5_start = w->tables[42];
    const int32_t *pairs_t_5_left = w->tables[43];
    const int32_t *pairs_t_5_right = w->tables[44];
    const int64_t *spread_t_6_start = w->tables[48];
    const int32_t *spread_t_6_place = w->tables[49];
    const int32_t *spread_t_6_width = w->tables[50];
    const int32_t *spread_t_6_left = w->tables[51];
    const int32_t *spread_t_6_source = w->tables[52];
    const int32_t *spread_t_6_which = w->tables[53];
    const void *spread_t_6_lanes = w->tables[54];
    real *G = w->arrays[1];
    real *L = w->arrays[2];
    real *LG = w->arrays[17];
    real *t_3 = w->arrays[35];
    real *t_4 = w->arrays[36];
    real *t_5 = w->arrays[37];
    real *t_6 = w->arrays[38];
    real *gradient_G = w->arrays[39];

    /* t_4 = L G (−2 B Xᵀ Y + 2 B Bᵀ Gᵀ Lᵀ G Y Y)  at G */
    sparse_product(threads, nnz_G, pairs_t_4_start, pairs_t_4_left, pairs_t_4_right, LG, t_3, t_4);

    /* t_5 = G (−2 B Xᵀ Y + 2 B Bᵀ Gᵀ Lᵀ G Y Y)ᵀ  at L·G */
    sparse_product(threads, nnz_LG, pairs_t_5_start, pairs_t_5_left, pairs_t_5_right, G, t_3, t_5);

    /* t_6 = Lᵀ G (−2 B Xᵀ Y + 2 B Bᵀ Gᵀ Lᵀ G Y Y)ᵀ  at G */
    product_spread(threads, spread_t_6_start, spread_t_6_place, spread_t_6_width, spread_t_6_left,
        spread_t_6_source, spread_t_6_which, spread_t_6_lanes, L, t_5, t_6);

    /* gradient_G = −2 (L G (B Xᵀ Y − B Bᵀ Gᵀ Lᵀ G Y Y) + Lᵀ G (Y X Bᵀ − Y Y Gᵀ L G B Bᵀ))  at G */
    linear_2(threads, nnz_G, 1.0, t_4, 1.0, t_6, gradient_G);
}

/* without g, shared by energy, gradient, gnvp, hvp */
static void stage_8(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t k = w->sizes[0];
    const int64_t m = w->sizes[1];
    const int64_t *at_GtLtGGtLG_start = w->tables[55];
    const int32_t *at_GtLtGGtLG_cols = w->tables[56];
    real *B = w->arrays[0];
    real *BBt = w->arrays[9];

    /* BBt = B Bᵀ  at Gᵀ·Lᵀ·G·Gᵀ·L·G */
    sddmm(threads, m, k, at_GtLtGGtLG_start, at_GtLtGGtLG_cols, B, B, BBt);
}

/* without g, shared by energy, gradient, hvp */
static void stage_9(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t k = w->sizes[0];
    const int64_t m = w->sizes[1];
    const int64_t nnz_GtLtG = w->sizes[5];
    const int64_t *at_GtLtG_start = w->tables[57];
    const int32_t *at_GtLtG_cols = w->tables[58];
    const int64_t *pairs_BXtY_start = w->tables[59];
    const int32_t *pairs_BXtY_left = w->tables[60];
    const int32_t *pairs_BXtY_right = w->tables[61];
    real *B = w->arrays[0];
    real *X = w->arrays[3];
    real *Y = w->arrays[4];
    real *BXt = w->arrays[7];
    real *BXtY = w->arrays[8];

    /* BXt = B Xᵀ  at Gᵀ·Lᵀ·G */
    sddmm(threads, m, k, at_GtLtG_start, at_GtLtG_cols, B, X, BXt);

    /* BXtY = B Xᵀ Y  at Gᵀ·Lᵀ·G */
    sparse_product(threads, nnz_GtLtG, pairs_BXtY_start, pairs_BXtY_left, pairs_BXtY_right, BXt, Y,
        BXtY);
}

/* without g, shared by gnvp, hvp */
static void stage_10(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t nnz_pattern5 = w->sizes[7];
    const int64_t *pairs_YY_2_start = w->tables[62];
    const int32_t *pairs_YY_2_left = w->tables[63];
    const int32_t *pairs_YY_2_right = w->tables[64];
    real *Y = w->arrays[4];
    real *YY_2 = w->arrays[16];

    /* YY_2 = Y Y  at I */
    sparse_product(threads, nnz_pattern5, pairs_YY_2_start, pairs_YY_2_left, pairs_YY_2_right, Y, Y,
        YY_2);
}

/* without g, shared by energy */
static void stage_11(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t k = w->sizes[0];
    const int64_t m = w->sizes[1];
    const int64_t nnz_GtLG = w->sizes[4];
    const int64_t nnz_pattern5 = w->sizes[7];
    const int32_t *place_GtLtG_T_in_GtLG = w->tables[38];
    const int64_t *pairs_YY_2_start = w->tables[62];
    const int32_t *pairs_YY_2_left = w->tables[63];
    const int32_t *pairs_YY_2_right = w->tables[64];
    real *B = w->arrays[0];
    real *X = w->arrays[3];
    real *Y = w->arrays[4];
    real *BXtY = w->arrays[8];
    real *YXBt = w->arrays[10];
    double *sumsq = w->arrays[11];
    real *BtB = w->arrays[12];
    double *sumsq_2 = w->arrays[13];
    real *YY = w->arrays[14];
    double *sumsq_4 = w->arrays[15];

    /* YXBt = Y X Bᵀ  at Gᵀ·L·G */
    fill(threads, nnz_GtLG, 0.0, YXBt);

    add_embedded(threads, nnz_GtLG, place_GtLtG_T_in_GtLG, 1.0, BXtY, YXBt);

    /* sumsq = ‖X‖² */
    sum_squares(threads, m * k, X, sumsq);

    /* BtB = Bᵀ B */
    gemm_tn(threads, k, k, m, 1.0, 0.0, B, B, BtB);

    /* sumsq_2 = ‖Bᵀ B‖² */
    sum_squares(threads, k * k, BtB, sumsq_2);

    /* YY = Y Y  at I */
    sparse_product(threads, nnz_pattern5, pairs_YY_2_start, pairs_YY_2_left, pairs_YY_2_right, Y, Y,
        YY);

    /* sumsq_4 = ‖Y Y‖² */
    sum_squares(threads, nnz_pattern5, YY, sumsq_4);
}

/* what does not depend on g */
void nzdiff_prepare(const nzdiff_workspace *w)
{
    if (!w->done[8]) {
        stage_8(w);
        w->done[8] = 1;
    }
    if (!w->done[9]) {
        stage_9(w);
        w->done[9] = 1;
    }
    if (!w->done[10]) {
        stage_10(w);
        w->done[10] = 1;
    }
    if (!w->done[11]) {
        stage_11(w);
        w->done[11] = 1;
    }
}

/* E */
void nzdiff_energy(const nzdiff_workspace *w)
{
    if (!w->done[8]) {
        stage_8(w);
        w->done[8] = 1;
    }
    if (!w->done[9]) {
        stage_9(w);
        w->done[9] = 1;
    }
    if (!w->done[11]) {
        stage_11(w);
        w->done[11] = 1;
    }
    if (!w->done[0]) {
        stage_0(w);
        w->done[0] = 1;
    }
    if (!w->done[1]) {
        stage_1(w);
        w->done[1] = 1;
    }
    if (!w->done[2]) {
        stage_2(w);
        w->done[2] = 1;
    }
    if (!w->done[5]) {
        stage_5(w);
        w->done[5] = 1;
    }
}

/* E without Gram matrices, where they are not accurate enough */
void nzdiff_direct_energy(const nzdiff_workspace *w)
{
    if (!w->done[0]) {
        stage_0(w);
        w->done[0] = 1;
    }
    if (!w->done[1]) {
        stage_1(w);
        w->done[1] = 1;
    }
    if (!w->done[3]) {
        stage_3(w);
        w->done[3] = 1;
    }
    if (!w->done[6]) {
        stage_6(w);
        w->done[6] = 1;
    }
}

/* f */
void nzdiff_residual(const nzdiff_workspace *w)
{
    if (!w->done[0]) {
        stage_0(w);
        w->done[0] = 1;
    }
    if (!w->done[1]) {
        stage_1(w);
        w->done[1] = 1;
    }
    if (!w->done[3]) {
        stage_3(w);
        w->done[3] = 1;
    }
}

/* the gradient at the stored positions */
void nzdiff_gradient(const nzdiff_workspace *w)
{
    if (!w->done[8]) {
        stage_8(w);
        w->done[8] = 1;
    }
    if (!w->done[9]) {
        stage_9(w);
        w->done[9] = 1;
    }
    if (!w->done[0]) {
        stage_0(w);
        w->done[0] = 1;
    }
    if (!w->done[1]) {
        stage_1(w);
        w->done[1] = 1;
    }
    if (!w->done[2]) {
        stage_2(w);
        w->done[2] = 1;
    }
    if (!w->done[4]) {
        stage_4(w);
        w->done[4] = 1;
    }
    if (!w->done[7]) {
        stage_7(w);
        w->done[7] = 1;
    }
}

/* the directional derivative of f along dG */
void nzdiff_jvp(const nzdiff_workspace *w)
{
    if (!w->done[0]) {
        stage_0(w);
        w->done[0] = 1;
    }
    const int threads = w->threads;
    const int64_t k = w->sizes[0];
    const int64_t m = w->sizes[1];
    const int64_t nnz_GtLG = w->sizes[4];
    const int64_t *spread_LG_start = w->tables[3];
    const int32_t *spread_LG_place = w->tables[4];
    const int32_t *spread_LG_width = w->tables[5];
    const int32_t *spread_LG_left = w->tables[6];
    const int32_t *spread_LG_source = w->tables[7];
    const int32_t *spread_LG_which = w->tables[8];
    const void *spread_LG_lanes = w->tables[9];
    const int64_t *spread_GtLG_start = w->tables[13];
    const int32_t *spread_GtLG_place = w->tables[14];
    const int32_t *spread_GtLG_width = w->tables[15];
    const int32_t *spread_GtLG_left = w->tables[16];
    const int32_t *spread_GtLG_source = w->tables[17];
    const int32_t *spread_GtLG_which = w->tables[18];
    const void *spread_GtLG_lanes = w->tables[19];
    const int64_t *pairs_YGtLG_start = w->tables[20];
    const int32_t *pairs_YGtLG_left = w->tables[21];
    const int32_t *pairs_YGtLG_right = w->tables[22];
    const int64_t *at_GtLG_start = w->tables[36];
    const int32_t *at_GtLG_cols = w->tables[37];
    real *B = w->arrays[0];
    real *G = w->arrays[1];
    real *L = w->arrays[2];
    real *Y = w->arrays[4];
    real *dG = w->arrays[5];
    real *LG = w->arrays[17];
    real *LdG = w->arrays[40];
    real *GtLdG = w->arrays[41];
    real *dGt_L_G = w->arrays[42];
    real *t_8 = w->arrays[43];
    real *t_7 = w->arrays[44];
    real *t_9 = w->arrays[45];

    /* LdG = L dG  at L·G */
    product_spread(threads, spread_LG_start, spread_LG_place, spread_LG_width, spread_LG_left,
        spread_LG_source, spread_LG_which, spread_LG_lanes, L, dG, LdG);

    /* GtLdG = Gᵀ L dG  at Gᵀ·L·G */
    product_spread(threads, spread_GtLG_start, spread_GtLG_place, spread_GtLG_width,
        spread_GtLG_left, spread_GtLG_source, spread_GtLG_which, spread_GtLG_lanes, G, LdG,
        GtLdG);

    /* dGt_L_G = dGᵀ L G  at Gᵀ·L·G */
    product_spread(threads, spread_GtLG_start, spread_GtLG_place, spread_GtLG_width,
        spread_GtLG_left, spread_GtLG_source, spread_GtLG_which, spread_GtLG_lanes, dG, LG,
        dGt_L_G);

    /* t_8 = (−Gᵀ L dG − dGᵀ L G)  at Gᵀ·L·G */
    linear_2(threads, nnz_GtLG, -1.0, GtLdG, -1.0, dGt_L_G, t_8);

    /* t_7 = Y (−Gᵀ L dG − dGᵀ L G)  at Gᵀ·L·G */
    sparse_product(threads, nnz_GtLG, pairs_YGtLG_start, pairs_YGtLG_left, pairs_YGtLG_right, Y,
        t_8, t_7);

    /* t_9 = Y (−Gᵀ L dG − dGᵀ L G) B */
    spmm(threads, m, k, at_GtLG_start, at_GtLG_cols, 1.0, 0.0, t_7, B, t_9, t_9);
}

/* the adjoint of the Jacobian applied to W */
void nzdiff_vjp(const nzdiff_workspace *w)
{
    if (!w->done[0]) {
        stage_0(w);
        w->done[0] = 1;
    }
    const int threads = w->threads;
    const int64_t k = w->sizes[0];
    const int64_t m = w->sizes[1];
    const int64_t nnz_LG = w->sizes[3];
    const int64_t nnz_GtLtG = w->sizes[5];
    const int64_t nnz_G = w->sizes[6];
    const int64_t *pairs_t_4_start = w->tables[39];
    const int32_t *pairs_t_4_left = w->tables[40];
    const int32_t *pairs_t_4_right = w->tables[41];
    const int64_t *pairs_t_5_start = w->tables[42];
    const int32_t *pairs_t_5_left = w->tables[43];
    const int32_t *pairs_t_5_right = w->tables[44];
    const int64_t *spread_t_6_start = w->tables[48];
    const int32_t *spread_t_6_place = w->tables[49];
    const int32_t *spread_t_6_width = w->tables[50];
    const int32_t *spread_t_6_left = w->tables[51];
    const int32_t *spread_t_6_source = w->tables[52];
    const int32_t *spread_t_6_which = w->tables[53];
    const void *spread_t_6_lanes = w->tables[54];
    const int64_t *at_GtLtG_start = w->tables[57];
    const int32_t *at_GtLtG_cols = w->tables[58];
    const int64_t *pairs_BXtY_start = w->tables[59];
    const int32_t *pairs_BXtY_left = w->tables[60];
    const int32_t *pairs_BXtY_right = w->tables[61];
    real *B = w->arrays[0];
    real *G = w->arrays[1];
    real *L = w->arrays[2];
    real *Y = w->arrays[4];
    real *W_f = w->arrays[6];
    real *LG = w->arrays[17];
    real *B_W_ft = w->arrays[46];
    real *B_W_ft_Y = w->arrays[47];
    real *L_G_B_W_ft_Y = w->arrays[48];
    real *G_Y_W_f_Bt = w->arrays[49];
    real *Lt_G_Y_W_f_Bt = w->arrays[50];
    real *vjp_G = w->arrays[51];

    /* B_W_ft = B W_fᵀ  at Gᵀ·Lᵀ·G */
    sddmm(threads, m, k, at_GtLtG_start, at_GtLtG_cols, B, W_f, B_W_ft);

    /* B_W_ft_Y = B W_fᵀ Y  at Gᵀ·Lᵀ·G */
    sparse_product(threads, nnz_GtLtG, pairs_BXtY_start, pairs_BXtY_left, pairs_BXtY_right, B_W_ft,
        Y, B_W_ft_Y);

    /* L_G_B_W_ft_Y = L G B W_fᵀ Y  at G */
    sparse_product(threads, nnz_G, pairs_t_4_start, pairs_t_4_left, pairs_t_4_right, LG, B_W_ft_Y,
        L_G_B_W_ft_Y);

    /* G_Y_W_f_Bt = G Y W_f Bᵀ  at L·G */
    sparse_product(threads, nnz_LG, pairs_t_5_start, pairs_t_5_left, pairs_t_5_right, G, B_W_ft_Y,
        G_Y_W_f_Bt);

    /* Lt_G_Y_W_f_Bt = Lᵀ G Y W_f Bᵀ  at G */
    product_spread(threads, spread_t_6_start, spread_t_6_place, spread_t_6_width, spread_t_6_left,
        spread_t_6_source, spread_t_6_which, spread_t_6_lanes, L, G_Y_W_f_Bt, Lt_G_Y_W_f_Bt);

    /* vjp_G = −(L G B W_fᵀ Y + Lᵀ G Y W_f Bᵀ)  at G */
    linear_2(threads, nnz_G, -1.0, L_G_B_W_ft_Y, -1.0, Lt_G_Y_W_f_Bt, vjp_G);
}

/* 2 JᵀJ applied to dG */
void nzdiff_gnvp(const nzdiff_workspace *w)
{
    if (!w->done[8]) {
        stage_8(w);
        w->done[8] = 1;
    }
    if (!w->done[10]) {
        stage_10(w);
        w->done[10] = 1;
    }
    if (!w->done[0]) {
        stage_0(w);
        w->done[0] = 1;
    }
    const int threads = w->threads;
    const int64_t nnz_LG = w->sizes[3];
    const int64_t nnz_GtLG = w->sizes[4];
    const int64_t nnz_GtLtG = w->sizes[5];
    const int64_t nnz_G = w->sizes[6];
    const int64_t *spread_LG_start = w->tables[3];
    const int32_t *spread_LG_place = w->tables[4];
    const int32_t *spread_LG_width = w->tables[5];
    const int32_t *spread_LG_left = w->tables[6];
    const int32_t *spread_LG_source = w->tables[7];
    const int32_t *spread_LG_which = w->tables[8];
    const void *spread_LG_lanes = w->tables[9];
    const int64_t *spread_GtLG_start = w->tables[13];
    const int32_t *spread_GtLG_place = w->tables[14];
    const int32_t *spread_GtLG_width = w->tables[15];
    const int32_t *spread_GtLG_left = w->tables[16];
    const int32_t *spread_GtLG_source = w->tables[17];
    const int32_t *spread_GtLG_which = w->tables[18];
    const void *spread_GtLG_lanes = w->tables[19];
    const int64_t *pairs_GtLtGYY_start = w->tables[23];
    const int32_t *pairs_GtLtGYY_left = w->tables[24];
    const int32_t *pairs_GtLtGYY_right = w->tables[25];
    const int64_t *spread_BBtGtLtGYY_start = w->tables[29];
    const int32_t *spread_BBtGtLtGYY_place = w->tables[30];
    const int32_t *spread_BBtGtLtGYY_width = w->tables[31];
    const int32_t *spread_BBtGtLtGYY_left = w->tables[32];
    const int32_t *spread_BBtGtLtGYY_source = w->tables[33];
    const int32_t *spread_BBtGtLtGYY_which = w->tables[34];
    const void *spread_BBtGtLtGYY_lanes = w->tables[35];
    const int64_t *pairs_t_4_start = w->tables[39];
    const int32_t *pairs_t_4_left = w->tables[40];
    const int32_t *pairs_t_4_right = w->tables[41];
    const int64_t *pairs_t_5_start = w->tables[42];
    const int32_t *pairs_t_5_left = w->tables[43];
    const int32_t *pairs_t_5_right = w->tables[44];
    const int64_t *spread_t_6_start = w->tables[48];
    const int32_t *spread_t_6_place = w->tables[49];
    const int32_t *spread_t_6_width = w->tables[50];
    const int32_t *spread_t_6_left = w->tables[51];
    const int32_t *spread_t_6_source = w->tables[52];
    const int32_t *spread_t_6_which = w->tables[53];
    const void *spread_t_6_lanes = w->tables[54];
    real *G = w->arrays[1];
    real *L = w->arrays[2];
    real *dG = w->arrays[5];
    real *BBt = w->arrays[9];
    real *YY_2 = w->arrays[16];
    real *LG = w->arrays[17];
    real *LdG = w->arrays[40];
    real *GtLdG = w->arrays[41];
    real *dGt_L_G = w->arrays[42];
    real *t_11 = w->arrays[52];
    real *t_10 = w->arrays[53];
    real *t_12 = w->arrays[54];
    real *t_13 = w->arrays[55];
    real *t_14 = w->arrays[56];
    real *t_15 = w->arrays[57];
    real *gnvp_G = w->arrays[58];

    /* LdG = L dG  at L·G */
    product_spread(threads, spread_LG_start, spread_LG_place, spread_LG_width, spread_LG_left,
        spread_LG_source, spread_LG_which, spread_LG_lanes, L, dG, LdG);

    /* GtLdG = Gᵀ L dG  at Gᵀ·L·G */
    product_spread(threads, spread_GtLG_start, spread_GtLG_place, spread_GtLG_width,
        spread_GtLG_left, spread_GtLG_source, spread_GtLG_which, spread_GtLG_lanes, G, LdG,
        GtLdG);

    /* dGt_L_G = dGᵀ L G  at Gᵀ·L·G */
    product_spread(threads, spread_GtLG_start, spread_GtLG_place, spread_GtLG_width,
        spread_GtLG_left, spread_GtLG_source, spread_GtLG_which, spread_GtLG_lanes, dG, LG,
        dGt_L_G);

    /* t_11 = (2 Gᵀ L dG + 2 dGᵀ L G)  at Gᵀ·L·G */
    linear_2(threads, nnz_GtLG, 2.0, GtLdG, 2.0, dGt_L_G, t_11);

    /* t_10 = (2 Gᵀ L dG + 2 dGᵀ L G)ᵀ Y Y  at Gᵀ·Lᵀ·G */
    sparse_product(threads, nnz_GtLtG, pairs_GtLtGYY_start, pairs_GtLtGYY_left, pairs_GtLtGYY_right,
        t_11, YY_2, t_10);

    /* t_12 = B Bᵀ (2 Gᵀ L dG + 2 dGᵀ L G)ᵀ Y Y  at Gᵀ·Lᵀ·G */
    product_spread(threads, spread_BBtGtLtGYY_start, spread_BBtGtLtGYY_place,
        spread_BBtGtLtGYY_width, spread_BBtGtLtGYY_left, spread_BBtGtLtGYY_source,
        spread_BBtGtLtGYY_which, spread_BBtGtLtGYY_lanes, BBt, t_10, t_12);

    /* t_13 = L G B Bᵀ (2 Gᵀ L dG + 2 dGᵀ L G)ᵀ Y Y  at G */
    sparse_product(threads, nnz_G, pairs_t_4_start, pairs_t_4_left, pairs_t_4_right, LG, t_12,
        t_13);

    /* t_14 = G Y Y (2 Gᵀ L dG + 2 dGᵀ L G) B Bᵀ  at L·G */
    sparse_product(threads, nnz_LG, pairs_t_5_start, pairs_t_5_left, pairs_t_5_right, G, t_12,
        t_14);

    /* t_15 = Lᵀ G Y Y (2 Gᵀ L dG + 2 dGᵀ L G) B Bᵀ  at G */
    product_spread(threads, spread_t_6_start, spread_t_6_place, spread_t_6_width, spread_t_6_left,
        spread_t_6_source, spread_t_6_which, spread_t_6_lanes, L, t_14, t_15);

    /* gnvp_G = −2 (−L G B Bᵀ (Gᵀ Lᵀ dG + dGᵀ Lᵀ G) Y Y − Lᵀ G Y Y (dGᵀ L G + Gᵀ L dG) B Bᵀ)  at G */
    linear_2(threads, nnz_G, 1.0, t_13, 1.0, t_15, gnvp_G);
}

/* the Hessian applied to dG */
void nzdiff_hvp(const nzdiff_workspace *w)
{
    if (!w->done[8]) {
        stage_8(w);
        w->done[8] = 1;
    }
    if (!w->done[9]) {
        stage_9(w);
        w->done[9] = 1;
    }
    if (!w->done[10]) {
        stage_10(w);
        w->done[10] = 1;
    }
    if (!w->done[0]) {
        stage_0(w);
        w->done[0] = 1;
    }
    if (!w->done[1]) {
        stage_1(w);
        w->done[1] = 1;
    }
    if (!w->done[2]) {
        stage_2(w);
        w->done[2] = 1;
    }
    if (!w->done[4]) {
        stage_4(w);
        w->done[4] = 1;
    }
    const int threads = w->threads;
    const int64_t nnz_LG = w->sizes[3];
    const int64_t nnz_GtLG = w->sizes[4];
    const int64_t nnz_GtLtG = w->sizes[5];
    const int64_t nnz_G = w->sizes[6];
    const int64_t *spread_LG_start = w->tables[3];
    const int32_t *spread_LG_place = w->tables[4];
    const int32_t *spread_LG_width = w->tables[5];
    const int32_t *spread_LG_left = w->tables[6];
    const int32_t *spread_LG_source = w->tables[7];
    const int32_t *spread_LG_which = w->tables[8];
    const void *spread_LG_lanes = w->tables[9];
    const int64_t *spread_GtLG_start = w->tables[13];
    const int32_t *spread_GtLG_place = w->tables[14];
    const int32_t *spread_GtLG_width = w->tables[15];
    const int32_t *spread_GtLG_left = w->tables[16];
    const int32_t *spread_GtLG_source = w->tables[17];
    const int32_t *spread_GtLG_which = w->tables[18];
    const void *spread_GtLG_lanes = w->tables[19];
    const int64_t *pairs_GtLtGYY_start = w->tables[23];
    const int32_t *pairs_GtLtGYY_left = w->tables[24];
    const int32_t *pairs_GtLtGYY_right = w->tables[25];
    const int64_t *spread_BBtGtLtGYY_start = w->tables[29];
    const int32_t *spread_BBtGtLtGYY_place = w->tables[30];
    const int32_t *spread_BBtGtLtGYY_width = w->tables[31];
    const int32_t *spread_BBtGtLtGYY_left = w->tables[32];
    const int32_t *spread_BBtGtLtGYY_source = w->tables[33];
    const int32_t *spread_BBtGtLtGYY_which = w->tables[34];
    const void *spread_BBtGtLtGYY_lanes = w->tables[35];
    const int64_t *pairs_t_4_start = w->tables[39];
    const int32_t *pairs_t_4_left = w->tables[40];
    const int32_t *pairs_t_4_right = w->tables[41];
    const int64_t *pairs_t_5_start = w->tables[42];
    const int32_t *pairs_t_5_left = w->tables[43];
    const int32_t *pairs_t_5_right = w->tables[44];
    const int64_t *spread_t_6_start = w->tables[48];
    const int32_t *spread_t_6_place = w->tables[49];
    const int32_t *spread_t_6_width = w->tables[50];
    const int32_t *spread_t_6_left = w->tables[51];
    const int32_t *spread_t_6_source = w->tables[52];
    const int32_t *spread_t_6_which = w->tables[53];
    const void *spread_t_6_lanes = w->tables[54];
    real *G = w->arrays[1];
    real *L = w->arrays[2];
    real *dG = w->arrays[5];
    real *BBt = w->arrays[9];
    real *YY_2 = w->arrays[16];
    real *LG = w->arrays[17];
    real *t_3 = w->arrays[35];
    real *LdG = w->arrays[40];
    real *GtLdG = w->arrays[41];
    real *dGt_L_G = w->arrays[42];
    real *t_11 = w->arrays[52];
    real *t_10 = w->arrays[53];
    real *t_12 = w->arrays[54];
    real *t_13 = w->arrays[55];
    real *t_14 = w->arrays[56];
    real *t_15 = w->arrays[57];
    real *t_16 = w->arrays[59];
    real *t_17 = w->arrays[60];
    real *t_18 = w->arrays[61];
    real *hvp_G = w->arrays[62];

    /* LdG = L dG  at L·G */
    product_spread(threads, spread_LG_start, spread_LG_place, spread_LG_width, spread_LG_left,
        spread_LG_source, spread_LG_which, spread_LG_lanes, L, dG, LdG);

    /* GtLdG = Gᵀ L dG  at Gᵀ·L·G */
    product_spread(threads, spread_GtLG_start, spread_GtLG_place, spread_GtLG_width,
        spread_GtLG_left, spread_GtLG_source, spread_GtLG_which, spread_GtLG_lanes, G, LdG,
        GtLdG);

    /* dGt_L_G = dGᵀ L G  at Gᵀ·L·G */
    product_spread(threads, spread_GtLG_start, spread_GtLG_place, spread_GtLG_width,
        spread_GtLG_left, spread_GtLG_source, spread_GtLG_which, spread_GtLG_lanes, dG, LG,
        dGt_L_G);

    /* t_11 = (2 Gᵀ L dG + 2 dGᵀ L G)  at Gᵀ·L·G */
    linear_2(threads, nnz_GtLG, 2.0, GtLdG, 2.0, dGt_L_G, t_11);

    /* t_10 = (2 Gᵀ L dG + 2 dGᵀ L G)ᵀ Y Y  at Gᵀ·Lᵀ·G */
    sparse_product(threads, nnz_GtLtG, pairs_GtLtGYY_start, pairs_GtLtGYY_left, pairs_GtLtGYY_right,
        t_11, YY_2, t_10);

    /* t_12 = B Bᵀ (2 Gᵀ L dG + 2 dGᵀ L G)ᵀ Y Y  at Gᵀ·Lᵀ·G */
    product_spread(threads, spread_BBtGtLtGYY_start, spread_BBtGtLtGYY_place,
        spread_BBtGtLtGYY_width, spread_BBtGtLtGYY_left, spread_BBtGtLtGYY_source,
        spread_BBtGtLtGYY_which, spread_BBtGtLtGYY_lanes, BBt, t_10, t_12);

    /* t_13 = L G B Bᵀ (2 Gᵀ L dG + 2 dGᵀ L G)ᵀ Y Y  at G */
    sparse_product(threads, nnz_G, pairs_t_4_start, pairs_t_4_left, pairs_t_4_right, LG, t_12,
        t_13);

    /* t_14 = G Y Y (2 Gᵀ L dG + 2 dGᵀ L G) B Bᵀ  at L·G */
    sparse_product(threads, nnz_LG, pairs_t_5_start, pairs_t_5_left, pairs_t_5_right, G, t_12,
        t_14);

    /* t_15 = Lᵀ G Y Y (2 Gᵀ L dG + 2 dGᵀ L G) B Bᵀ  at G */
    product_spread(threads, spread_t_6_start, spread_t_6_place, spread_t_6_width, spread_t_6_left,
        spread_t_6_source, spread_t_6_which, spread_t_6_lanes, L, t_14, t_15);

    /* t_16 = L dG (−2 B Xᵀ Y + 2 B Bᵀ Gᵀ Lᵀ G Y Y)  at G */
    sparse_product(threads, nnz_G, pairs_t_4_start, pairs_t_4_left, pairs_t_4_right, LdG, t_3,
        t_16);

    /* t_17 = dG (−2 B Xᵀ Y + 2 B Bᵀ Gᵀ Lᵀ G Y Y)ᵀ  at L·G */
    sparse_product(threads, nnz_LG, pairs_t_5_start, pairs_t_5_left, pairs_t_5_right, dG, t_3,
        t_17);

    /* t_18 = Lᵀ dG (−2 B Xᵀ Y + 2 B Bᵀ Gᵀ Lᵀ G Y Y)ᵀ  at G */
    product_spread(threads, spread_t_6_start, spread_t_6_place, spread_t_6_width, spread_t_6_left,
        spread_t_6_source, spread_t_6_which, spread_t_6_lanes, L, t_17, t_18);

    /* hvp_G = −2 (L dG (B Xᵀ Y − B Bᵀ Gᵀ Lᵀ G Y Y) − L G B Bᵀ (Gᵀ Lᵀ dG + dGᵀ Lᵀ G) Y Y + Lᵀ dG (Y X Bᵀ − Y Y Gᵀ L G B Bᵀ) − Lᵀ G Y Y (dGᵀ L G + Gᵀ L dG) B Bᵀ)  at G */
    linear_2(threads, nnz_G, 1.0, t_16, 1.0, t_13, hvp_G);

    add(threads, nnz_G, 1.0, t_18, hvp_G);

    add(threads, nnz_G, 1.0, t_15, hvp_G);
}

