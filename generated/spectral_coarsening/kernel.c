/* Kernels of the problem spectral_coarsening.
 *
 * E = ‖X − Y Gᵀ L G B‖²
 * f = X − Y Gᵀ L G B
 * dE/dG = −2 (L G B fᵀ Y + Lᵀ G Y f Bᵀ)  at the stored positions
 * plan 1cc7a49a5294
 * floating-point operations at the sizes it was planned for: energy 7.27e+05, residual 6.67e+05, gradient 1.42e+06, jvp 7.68e+05, vjp 7.85e+05, gnvp 1.52e+06, hvp 2.9e+06
 * workspace: 8 (2 m·k + 12 nnz(G) + 2 nnz(Gᵀ·L) + 6 nnz(Gᵀ·L·G) + 6 nnz(Gᵀ·Lᵀ·G) + 4 nnz(Lᵀ·G) + 2) bytes
 *
 * Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines spectral_coarsening
 */
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

EXPORT void nzdiff_use_blas(const nzdiff_blas *functions);
void nzdiff_use_blas(const nzdiff_blas *functions)
{
    (void)functions;
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

/* shared by energy, residual, gradient, jvp, vjp, gnvp, hvp */
static void stage_0(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t *spread_GtL_start = w->tables[3];
    const int32_t *spread_GtL_place = w->tables[4];
    const int32_t *spread_GtL_width = w->tables[5];
    const int32_t *spread_GtL_left = w->tables[6];
    const int32_t *spread_GtL_source = w->tables[7];
    const int32_t *spread_GtL_which = w->tables[8];
    const void *spread_GtL_lanes = w->tables[9];
    real *G = w->arrays[1];
    real *L = w->arrays[2];
    real *GtL = w->arrays[7];

    /* GtL = Gᵀ L  at Gᵀ·L */
    product_spread(threads, spread_GtL_start, spread_GtL_place, spread_GtL_width, spread_GtL_left,
        spread_GtL_source, spread_GtL_which, spread_GtL_lanes, G, L, GtL);
}

/* shared by energy, residual, gradient, hvp */
static void stage_1(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t k = w->sizes[0];
    const int64_t m = w->sizes[1];
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
    const int64_t *at_GtLG_start = w->tables[23];
    const int32_t *at_GtLG_cols = w->tables[24];
    real *B = w->arrays[0];
    real *G = w->arrays[1];
    real *X = w->arrays[3];
    real *Y = w->arrays[4];
    real *GtL = w->arrays[7];
    real *GtLG = w->arrays[8];
    real *YGtLG = w->arrays[9];
    real *f = w->arrays[10];

    /* GtLG = Gᵀ L G  at Gᵀ·L·G */
    product_spread(threads, spread_GtLG_start, spread_GtLG_place, spread_GtLG_width,
        spread_GtLG_left, spread_GtLG_source, spread_GtLG_which, spread_GtLG_lanes, GtL, G,
        GtLG);

    /* YGtLG = Y Gᵀ L G  at Gᵀ·L·G */
    sparse_product(threads, nnz_GtLG, pairs_YGtLG_start, pairs_YGtLG_left, pairs_YGtLG_right, Y,
        GtLG, YGtLG);

    /* f = (X − Y Gᵀ L G B) */
    spmm(threads, m, k, at_GtLG_start, at_GtLG_cols, -1.0, 1.0, YGtLG, B, X, f);
}

/* shared by gradient, hvp */
static void stage_2(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t k = w->sizes[0];
    const int64_t m = w->sizes[1];
    const int64_t nnz_GtLtG = w->sizes[5];
    const int64_t *at_GtLtG_start = w->tables[25];
    const int32_t *at_GtLtG_cols = w->tables[26];
    const int64_t *pairs_BftY_start = w->tables[27];
    const int32_t *pairs_BftY_left = w->tables[28];
    const int32_t *pairs_BftY_right = w->tables[29];
    real *B = w->arrays[0];
    real *Y = w->arrays[4];
    real *f = w->arrays[10];
    real *Bft = w->arrays[13];
    real *BftY = w->arrays[14];

    /* Bft = B fᵀ  at Gᵀ·Lᵀ·G */
    sddmm(threads, m, k, at_GtLtG_start, at_GtLtG_cols, B, f, Bft);

    /* BftY = B fᵀ Y  at Gᵀ·Lᵀ·G */
    sparse_product(threads, nnz_GtLtG, pairs_BftY_start, pairs_BftY_left, pairs_BftY_right, Bft, Y,
        BftY);
}

/* shared by energy */
static void stage_3(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t k = w->sizes[0];
    const int64_t m = w->sizes[1];
    real *f = w->arrays[10];
    double *sumsq_f = w->arrays[11];
    double *energy = w->arrays[12];

    /* sumsq_f = ‖f‖² */
    sum_squares(threads, m * k, f, sumsq_f);

    /* energy = E */
    energy[0] = 0.0;

    energy[0] += 1.0 * sumsq_f[0];
}

/* shared by gradient */
static void stage_4(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t nnz_G = w->sizes[7];
    const int64_t *spread_GBftY_start = w->tables[33];
    const int32_t *spread_GBftY_place = w->tables[34];
    const int32_t *spread_GBftY_width = w->tables[35];
    const int32_t *spread_GBftY_left = w->tables[36];
    const int32_t *spread_GBftY_source = w->tables[37];
    const int32_t *spread_GBftY_which = w->tables[38];
    const void *spread_GBftY_lanes = w->tables[39];
    const int64_t *spread_LGBftY_start = w->tables[43];
    const int32_t *spread_LGBftY_place = w->tables[44];
    const int32_t *spread_LGBftY_width = w->tables[45];
    const int32_t *spread_LGBftY_left = w->tables[46];
    const int32_t *spread_LGBftY_source = w->tables[47];
    const int32_t *spread_LGBftY_which = w->tables[48];
    const void *spread_LGBftY_lanes = w->tables[49];
    const int64_t *pairs_LtGYfBt_start = w->tables[50];
    const int32_t *pairs_LtGYfBt_left = w->tables[51];
    const int32_t *pairs_LtGYfBt_right = w->tables[52];
    real *G = w->arrays[1];
    real *L = w->arrays[2];
    real *GtL = w->arrays[7];
    real *BftY = w->arrays[14];
    real *GBftY = w->arrays[15];
    real *LGBftY = w->arrays[16];
    real *LtGYfBt = w->arrays[17];
    real *gradient_G = w->arrays[18];

    /* GBftY = G B fᵀ Y  at Lᵀ·G */
    product_spread(threads, spread_GBftY_start, spread_GBftY_place, spread_GBftY_width,
        spread_GBftY_left, spread_GBftY_source, spread_GBftY_which, spread_GBftY_lanes, G, BftY,
        GBftY);

    /* LGBftY = L G B fᵀ Y  at G */
    product_spread(threads, spread_LGBftY_start, spread_LGBftY_place, spread_LGBftY_width,
        spread_LGBftY_left, spread_LGBftY_source, spread_LGBftY_which, spread_LGBftY_lanes, L,
        GBftY, LGBftY);

    /* LtGYfBt = Lᵀ G Y f Bᵀ  at G */
    sparse_product(threads, nnz_G, pairs_LtGYfBt_start, pairs_LtGYfBt_left, pairs_LtGYfBt_right,
        GtL, BftY, LtGYfBt);

    /* gradient_G = −2 (L G B fᵀ Y + Lᵀ G Y f Bᵀ)  at G */
    linear_2(threads, nnz_G, -2.0, LGBftY, -2.0, LtGYfBt, gradient_G);
}

/* what does not depend on g */
EXPORT void nzdiff_prepare(const nzdiff_workspace *w);
void nzdiff_prepare(const nzdiff_workspace *w)
{
    (void)w;
}

/* E */
EXPORT void nzdiff_energy(const nzdiff_workspace *w);
void nzdiff_energy(const nzdiff_workspace *w)
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

/* f */
EXPORT void nzdiff_residual(const nzdiff_workspace *w);
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
}

/* the gradient at the stored positions */
EXPORT void nzdiff_gradient(const nzdiff_workspace *w);
void nzdiff_gradient(const nzdiff_workspace *w)
{
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
}

/* the directional derivative of f along dG */
EXPORT void nzdiff_jvp(const nzdiff_workspace *w);
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
    const int64_t *spread_GtL_start = w->tables[3];
    const int32_t *spread_GtL_place = w->tables[4];
    const int32_t *spread_GtL_width = w->tables[5];
    const int32_t *spread_GtL_left = w->tables[6];
    const int32_t *spread_GtL_source = w->tables[7];
    const int32_t *spread_GtL_which = w->tables[8];
    const void *spread_GtL_lanes = w->tables[9];
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
    const int64_t *at_GtLG_start = w->tables[23];
    const int32_t *at_GtLG_cols = w->tables[24];
    real *B = w->arrays[0];
    real *G = w->arrays[1];
    real *L = w->arrays[2];
    real *Y = w->arrays[4];
    real *dG = w->arrays[5];
    real *GtL = w->arrays[7];
    real *GtLdG = w->arrays[19];
    real *dGt_L = w->arrays[20];
    real *dGt_L_G = w->arrays[21];
    real *t_2 = w->arrays[22];
    real *t = w->arrays[23];
    real *t_3 = w->arrays[24];

    /* GtLdG = Gᵀ L dG  at Gᵀ·L·G */
    product_spread(threads, spread_GtLG_start, spread_GtLG_place, spread_GtLG_width,
        spread_GtLG_left, spread_GtLG_source, spread_GtLG_which, spread_GtLG_lanes, GtL, dG,
        GtLdG);

    /* dGt_L = dGᵀ L  at Gᵀ·L */
    product_spread(threads, spread_GtL_start, spread_GtL_place, spread_GtL_width, spread_GtL_left,
        spread_GtL_source, spread_GtL_which, spread_GtL_lanes, dG, L, dGt_L);

    /* dGt_L_G = dGᵀ L G  at Gᵀ·L·G */
    product_spread(threads, spread_GtLG_start, spread_GtLG_place, spread_GtLG_width,
        spread_GtLG_left, spread_GtLG_source, spread_GtLG_which, spread_GtLG_lanes, dGt_L, G,
        dGt_L_G);

    /* t_2 = (−Gᵀ L dG − dGᵀ L G)  at Gᵀ·L·G */
    linear_2(threads, nnz_GtLG, -1.0, GtLdG, -1.0, dGt_L_G, t_2);

    /* t = Y (−Gᵀ L dG − dGᵀ L G)  at Gᵀ·L·G */
    sparse_product(threads, nnz_GtLG, pairs_YGtLG_start, pairs_YGtLG_left, pairs_YGtLG_right, Y,
        t_2, t);

    /* t_3 = Y (−Gᵀ L dG − dGᵀ L G) B */
    spmm(threads, m, k, at_GtLG_start, at_GtLG_cols, 1.0, 0.0, t, B, t_3, t_3);
}

/* the adjoint of the Jacobian applied to W */
EXPORT void nzdiff_vjp(const nzdiff_workspace *w);
void nzdiff_vjp(const nzdiff_workspace *w)
{
    if (!w->done[0]) {
        stage_0(w);
        w->done[0] = 1;
    }
    const int threads = w->threads;
    const int64_t k = w->sizes[0];
    const int64_t m = w->sizes[1];
    const int64_t nnz_GtLtG = w->sizes[5];
    const int64_t nnz_G = w->sizes[7];
    const int64_t *at_GtLtG_start = w->tables[25];
    const int32_t *at_GtLtG_cols = w->tables[26];
    const int64_t *pairs_BftY_start = w->tables[27];
    const int32_t *pairs_BftY_left = w->tables[28];
    const int32_t *pairs_BftY_right = w->tables[29];
    const int64_t *spread_GBftY_start = w->tables[33];
    const int32_t *spread_GBftY_place = w->tables[34];
    const int32_t *spread_GBftY_width = w->tables[35];
    const int32_t *spread_GBftY_left = w->tables[36];
    const int32_t *spread_GBftY_source = w->tables[37];
    const int32_t *spread_GBftY_which = w->tables[38];
    const void *spread_GBftY_lanes = w->tables[39];
    const int64_t *spread_LGBftY_start = w->tables[43];
    const int32_t *spread_LGBftY_place = w->tables[44];
    const int32_t *spread_LGBftY_width = w->tables[45];
    const int32_t *spread_LGBftY_left = w->tables[46];
    const int32_t *spread_LGBftY_source = w->tables[47];
    const int32_t *spread_LGBftY_which = w->tables[48];
    const void *spread_LGBftY_lanes = w->tables[49];
    const int64_t *pairs_LtGYfBt_start = w->tables[50];
    const int32_t *pairs_LtGYfBt_left = w->tables[51];
    const int32_t *pairs_LtGYfBt_right = w->tables[52];
    real *B = w->arrays[0];
    real *G = w->arrays[1];
    real *L = w->arrays[2];
    real *Y = w->arrays[4];
    real *W_f = w->arrays[6];
    real *GtL = w->arrays[7];
    real *B_W_ft = w->arrays[25];
    real *B_W_ft_Y = w->arrays[26];
    real *G_B_W_ft_Y = w->arrays[27];
    real *L_G_B_W_ft_Y = w->arrays[28];
    real *Lt_G_Y_W_f_Bt = w->arrays[29];
    real *vjp_G = w->arrays[30];

    /* B_W_ft = B W_fᵀ  at Gᵀ·Lᵀ·G */
    sddmm(threads, m, k, at_GtLtG_start, at_GtLtG_cols, B, W_f, B_W_ft);

    /* B_W_ft_Y = B W_fᵀ Y  at Gᵀ·Lᵀ·G */
    sparse_product(threads, nnz_GtLtG, pairs_BftY_start, pairs_BftY_left, pairs_BftY_right, B_W_ft,
        Y, B_W_ft_Y);

    /* G_B_W_ft_Y = G B W_fᵀ Y  at Lᵀ·G */
    product_spread(threads, spread_GBftY_start, spread_GBftY_place, spread_GBftY_width,
        spread_GBftY_left, spread_GBftY_source, spread_GBftY_which, spread_GBftY_lanes, G,
        B_W_ft_Y, G_B_W_ft_Y);

    /* L_G_B_W_ft_Y = L G B W_fᵀ Y  at G */
    product_spread(threads, spread_LGBftY_start, spread_LGBftY_place, spread_LGBftY_width,
        spread_LGBftY_left, spread_LGBftY_source, spread_LGBftY_which, spread_LGBftY_lanes, L,
        G_B_W_ft_Y, L_G_B_W_ft_Y);

    /* Lt_G_Y_W_f_Bt = Lᵀ G Y W_f Bᵀ  at G */
    sparse_product(threads, nnz_G, pairs_LtGYfBt_start, pairs_LtGYfBt_left, pairs_LtGYfBt_right,
        GtL, B_W_ft_Y, Lt_G_Y_W_f_Bt);

    /* vjp_G = −(L G B W_fᵀ Y + Lᵀ G Y W_f Bᵀ)  at G */
    linear_2(threads, nnz_G, -1.0, L_G_B_W_ft_Y, -1.0, Lt_G_Y_W_f_Bt, vjp_G);
}

/* 2 JᵀJ applied to dG */
EXPORT void nzdiff_gnvp(const nzdiff_workspace *w);
void nzdiff_gnvp(const nzdiff_workspace *w)
{
    if (!w->done[0]) {
        stage_0(w);
        w->done[0] = 1;
    }
    const int threads = w->threads;
    const int64_t k = w->sizes[0];
    const int64_t m = w->sizes[1];
    const int64_t nnz_GtLG = w->sizes[4];
    const int64_t nnz_GtLtG = w->sizes[5];
    const int64_t nnz_G = w->sizes[7];
    const int64_t *spread_GtL_start = w->tables[3];
    const int32_t *spread_GtL_place = w->tables[4];
    const int32_t *spread_GtL_width = w->tables[5];
    const int32_t *spread_GtL_left = w->tables[6];
    const int32_t *spread_GtL_source = w->tables[7];
    const int32_t *spread_GtL_which = w->tables[8];
    const void *spread_GtL_lanes = w->tables[9];
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
    const int64_t *at_GtLG_start = w->tables[23];
    const int32_t *at_GtLG_cols = w->tables[24];
    const int64_t *at_GtLtG_start = w->tables[25];
    const int32_t *at_GtLtG_cols = w->tables[26];
    const int64_t *pairs_BftY_start = w->tables[27];
    const int32_t *pairs_BftY_left = w->tables[28];
    const int32_t *pairs_BftY_right = w->tables[29];
    const int64_t *spread_GBftY_start = w->tables[33];
    const int32_t *spread_GBftY_place = w->tables[34];
    const int32_t *spread_GBftY_width = w->tables[35];
    const int32_t *spread_GBftY_left = w->tables[36];
    const int32_t *spread_GBftY_source = w->tables[37];
    const int32_t *spread_GBftY_which = w->tables[38];
    const void *spread_GBftY_lanes = w->tables[39];
    const int64_t *spread_LGBftY_start = w->tables[43];
    const int32_t *spread_LGBftY_place = w->tables[44];
    const int32_t *spread_LGBftY_width = w->tables[45];
    const int32_t *spread_LGBftY_left = w->tables[46];
    const int32_t *spread_LGBftY_source = w->tables[47];
    const int32_t *spread_LGBftY_which = w->tables[48];
    const void *spread_LGBftY_lanes = w->tables[49];
    const int64_t *pairs_LtGYfBt_start = w->tables[50];
    const int32_t *pairs_LtGYfBt_left = w->tables[51];
    const int32_t *pairs_LtGYfBt_right = w->tables[52];
    real *B = w->arrays[0];
    real *G = w->arrays[1];
    real *L = w->arrays[2];
    real *Y = w->arrays[4];
    real *dG = w->arrays[5];
    real *GtL = w->arrays[7];
    real *GtLdG = w->arrays[19];
    real *dGt_L = w->arrays[20];
    real *dGt_L_G = w->arrays[21];
    real *t_2 = w->arrays[22];
    real *t = w->arrays[23];
    real *t_3 = w->arrays[24];
    real *B_dft = w->arrays[31];
    real *B_dft_Y = w->arrays[32];
    real *G_B_dft_Y = w->arrays[33];
    real *L_G_B_dft_Y = w->arrays[34];
    real *LtGYdfBt = w->arrays[35];
    real *gnvp_G = w->arrays[36];

    /* GtLdG = Gᵀ L dG  at Gᵀ·L·G */
    product_spread(threads, spread_GtLG_start, spread_GtLG_place, spread_GtLG_width,
        spread_GtLG_left, spread_GtLG_source, spread_GtLG_which, spread_GtLG_lanes, GtL, dG,
        GtLdG);

    /* dGt_L = dGᵀ L  at Gᵀ·L */
    product_spread(threads, spread_GtL_start, spread_GtL_place, spread_GtL_width, spread_GtL_left,
        spread_GtL_source, spread_GtL_which, spread_GtL_lanes, dG, L, dGt_L);

    /* dGt_L_G = dGᵀ L G  at Gᵀ·L·G */
    product_spread(threads, spread_GtLG_start, spread_GtLG_place, spread_GtLG_width,
        spread_GtLG_left, spread_GtLG_source, spread_GtLG_which, spread_GtLG_lanes, dGt_L, G,
        dGt_L_G);

    /* t_2 = (−Gᵀ L dG − dGᵀ L G)  at Gᵀ·L·G */
    linear_2(threads, nnz_GtLG, -1.0, GtLdG, -1.0, dGt_L_G, t_2);

    /* t = Y (−Gᵀ L dG − dGᵀ L G)  at Gᵀ·L·G */
    sparse_product(threads, nnz_GtLG, pairs_YGtLG_start, pairs_YGtLG_left, pairs_YGtLG_right, Y,
        t_2, t);

    /* t_3 = Y (−Gᵀ L dG − dGᵀ L G) B */
    spmm(threads, m, k, at_GtLG_start, at_GtLG_cols, 1.0, 0.0, t, B, t_3, t_3);

    /* B_dft = B dfᵀ  at Gᵀ·Lᵀ·G */
    sddmm(threads, m, k, at_GtLtG_start, at_GtLtG_cols, B, t_3, B_dft);

    /* B_dft_Y = B dfᵀ Y  at Gᵀ·Lᵀ·G */
    sparse_product(threads, nnz_GtLtG, pairs_BftY_start, pairs_BftY_left, pairs_BftY_right, B_dft,
        Y, B_dft_Y);

    /* G_B_dft_Y = G B dfᵀ Y  at Lᵀ·G */
    product_spread(threads, spread_GBftY_start, spread_GBftY_place, spread_GBftY_width,
        spread_GBftY_left, spread_GBftY_source, spread_GBftY_which, spread_GBftY_lanes, G,
        B_dft_Y, G_B_dft_Y);

    /* L_G_B_dft_Y = L G B dfᵀ Y  at G */
    product_spread(threads, spread_LGBftY_start, spread_LGBftY_place, spread_LGBftY_width,
        spread_LGBftY_left, spread_LGBftY_source, spread_LGBftY_which, spread_LGBftY_lanes, L,
        G_B_dft_Y, L_G_B_dft_Y);

    /* LtGYdfBt = Lᵀ G Y df Bᵀ  at G */
    sparse_product(threads, nnz_G, pairs_LtGYfBt_start, pairs_LtGYfBt_left, pairs_LtGYfBt_right,
        GtL, B_dft_Y, LtGYdfBt);

    /* gnvp_G = −2 (L G B dfᵀ Y + Lᵀ G Y df Bᵀ)  at G */
    linear_2(threads, nnz_G, -2.0, L_G_B_dft_Y, -2.0, LtGYdfBt, gnvp_G);
}

/* the Hessian applied to dG */
EXPORT void nzdiff_hvp(const nzdiff_workspace *w);
void nzdiff_hvp(const nzdiff_workspace *w)
{
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
    const int threads = w->threads;
    const int64_t k = w->sizes[0];
    const int64_t m = w->sizes[1];
    const int64_t nnz_GtLG = w->sizes[4];
    const int64_t nnz_GtLtG = w->sizes[5];
    const int64_t nnz_G = w->sizes[7];
    const int64_t *spread_GtL_start = w->tables[3];
    const int32_t *spread_GtL_place = w->tables[4];
    const int32_t *spread_GtL_width = w->tables[5];
    const int32_t *spread_GtL_left = w->tables[6];
    const int32_t *spread_GtL_source = w->tables[7];
    const int32_t *spread_GtL_which = w->tables[8];
    const void *spread_GtL_lanes = w->tables[9];
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
    const int64_t *at_GtLG_start = w->tables[23];
    const int32_t *at_GtLG_cols = w->tables[24];
    const int64_t *at_GtLtG_start = w->tables[25];
    const int32_t *at_GtLtG_cols = w->tables[26];
    const int64_t *pairs_BftY_start = w->tables[27];
    const int32_t *pairs_BftY_left = w->tables[28];
    const int32_t *pairs_BftY_right = w->tables[29];
    const int64_t *spread_GBftY_start = w->tables[33];
    const int32_t *spread_GBftY_place = w->tables[34];
    const int32_t *spread_GBftY_width = w->tables[35];
    const int32_t *spread_GBftY_left = w->tables[36];
    const int32_t *spread_GBftY_source = w->tables[37];
    const int32_t *spread_GBftY_which = w->tables[38];
    const void *spread_GBftY_lanes = w->tables[39];
    const int64_t *spread_LGBftY_start = w->tables[43];
    const int32_t *spread_LGBftY_place = w->tables[44];
    const int32_t *spread_LGBftY_width = w->tables[45];
    const int32_t *spread_LGBftY_left = w->tables[46];
    const int32_t *spread_LGBftY_source = w->tables[47];
    const int32_t *spread_LGBftY_which = w->tables[48];
    const void *spread_LGBftY_lanes = w->tables[49];
    const int64_t *pairs_LtGYfBt_start = w->tables[50];
    const int32_t *pairs_LtGYfBt_left = w->tables[51];
    const int32_t *pairs_LtGYfBt_right = w->tables[52];
    real *B = w->arrays[0];
    real *G = w->arrays[1];
    real *L = w->arrays[2];
    real *Y = w->arrays[4];
    real *dG = w->arrays[5];
    real *GtL = w->arrays[7];
    real *BftY = w->arrays[14];
    real *GtLdG = w->arrays[19];
    real *dGt_L = w->arrays[20];
    real *dGt_L_G = w->arrays[21];
    real *t_2 = w->arrays[22];
    real *t = w->arrays[23];
    real *t_3 = w->arrays[24];
    real *B_dft = w->arrays[31];
    real *B_dft_Y = w->arrays[32];
    real *G_B_dft_Y = w->arrays[33];
    real *L_G_B_dft_Y = w->arrays[34];
    real *LtGYdfBt = w->arrays[35];
    real *dGBftY = w->arrays[37];
    real *LdGBftY = w->arrays[38];
    real *LtdGYfBt = w->arrays[39];
    real *hvp_G = w->arrays[40];

    /* GtLdG = Gᵀ L dG  at Gᵀ·L·G */
    product_spread(threads, spread_GtLG_start, spread_GtLG_place, spread_GtLG_width,
        spread_GtLG_left, spread_GtLG_source, spread_GtLG_which, spread_GtLG_lanes, GtL, dG,
        GtLdG);

    /* dGt_L = dGᵀ L  at Gᵀ·L */
    product_spread(threads, spread_GtL_start, spread_GtL_place, spread_GtL_width, spread_GtL_left,
        spread_GtL_source, spread_GtL_which, spread_GtL_lanes, dG, L, dGt_L);

    /* dGt_L_G = dGᵀ L G  at Gᵀ·L·G */
    product_spread(threads, spread_GtLG_start, spread_GtLG_place, spread_GtLG_width,
        spread_GtLG_left, spread_GtLG_source, spread_GtLG_which, spread_GtLG_lanes, dGt_L, G,
        dGt_L_G);

    /* t_2 = (−Gᵀ L dG − dGᵀ L G)  at Gᵀ·L·G */
    linear_2(threads, nnz_GtLG, -1.0, GtLdG, -1.0, dGt_L_G, t_2);

    /* t = Y (−Gᵀ L dG − dGᵀ L G)  at Gᵀ·L·G */
    sparse_product(threads, nnz_GtLG, pairs_YGtLG_start, pairs_YGtLG_left, pairs_YGtLG_right, Y,
        t_2, t);

    /* t_3 = Y (−Gᵀ L dG − dGᵀ L G) B */
    spmm(threads, m, k, at_GtLG_start, at_GtLG_cols, 1.0, 0.0, t, B, t_3, t_3);

    /* B_dft = B dfᵀ  at Gᵀ·Lᵀ·G */
    sddmm(threads, m, k, at_GtLtG_start, at_GtLtG_cols, B, t_3, B_dft);

    /* B_dft_Y = B dfᵀ Y  at Gᵀ·Lᵀ·G */
    sparse_product(threads, nnz_GtLtG, pairs_BftY_start, pairs_BftY_left, pairs_BftY_right, B_dft,
        Y, B_dft_Y);

    /* G_B_dft_Y = G B dfᵀ Y  at Lᵀ·G */
    product_spread(threads, spread_GBftY_start, spread_GBftY_place, spread_GBftY_width,
        spread_GBftY_left, spread_GBftY_source, spread_GBftY_which, spread_GBftY_lanes, G,
        B_dft_Y, G_B_dft_Y);

    /* L_G_B_dft_Y = L G B dfᵀ Y  at G */
    product_spread(threads, spread_LGBftY_start, spread_LGBftY_place, spread_LGBftY_width,
        spread_LGBftY_left, spread_LGBftY_source, spread_LGBftY_which, spread_LGBftY_lanes, L,
        G_B_dft_Y, L_G_B_dft_Y);

    /* LtGYdfBt = Lᵀ G Y df Bᵀ  at G */
    sparse_product(threads, nnz_G, pairs_LtGYfBt_start, pairs_LtGYfBt_left, pairs_LtGYfBt_right,
        GtL, B_dft_Y, LtGYdfBt);

    /* dGBftY = dG B fᵀ Y  at Lᵀ·G */
    product_spread(threads, spread_GBftY_start, spread_GBftY_place, spread_GBftY_width,
        spread_GBftY_left, spread_GBftY_source, spread_GBftY_which, spread_GBftY_lanes, dG,
        BftY, dGBftY);

    /* LdGBftY = L dG B fᵀ Y  at G */
    product_spread(threads, spread_LGBftY_start, spread_LGBftY_place, spread_LGBftY_width,
        spread_LGBftY_left, spread_LGBftY_source, spread_LGBftY_which, spread_LGBftY_lanes, L,
        dGBftY, LdGBftY);

    /* LtdGYfBt = Lᵀ dG Y f Bᵀ  at G */
    sparse_product(threads, nnz_G, pairs_LtGYfBt_start, pairs_LtGYfBt_left, pairs_LtGYfBt_right,
        dGt_L, BftY, LtdGYfBt);

    /* hvp_G = −2 (L dG B fᵀ Y + L G B dfᵀ Y + Lᵀ dG Y f Bᵀ + Lᵀ G Y df Bᵀ)  at G */
    linear_2(threads, nnz_G, -2.0, LdGBftY, -2.0, L_G_B_dft_Y, hvp_G);

    add(threads, nnz_G, -2.0, LtdGYfBt, hvp_G);

    add(threads, nnz_G, -2.0, LtGYdfBt, hvp_G);
}

