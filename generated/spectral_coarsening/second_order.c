/* Kernels of the problem spectral_coarsening.
 *
 * E = ‖X − Y Gᵀ L G B‖²
 * f = X − Y Gᵀ L G B
 * dE/dG = −2 (L G B fᵀ Y + Lᵀ G Y f Bᵀ)  at the stored positions
 * plan f7b2832cabc6
 * floating-point operations at the sizes it was planned for: hessian_matrix 3.77e+06, hessian_row 1.62e+06, hessian_column 3.25e+06, hessian_diagonal 1.15e+06, jacobian_matrix 3.02e+06, gauss_newton_matrix 2.43e+06, gauss_newton_row 3.36e+05, gauss_newton_column 2.44e+06, gauss_newton_diagonal 3.36e+05
 * workspace: 8 (k·m + k·n + 5 m + 2 m·k + 4 n + 2 nnz(G) + 4 nnz(G·Gᵀ) + nnz(G·Gᵀ·L·G) + 2 nnz(Gᵀ) + 5 nnz(Gᵀ·G) + 3 nnz(Gᵀ·L) + 4 nnz(Gᵀ·L·G) + 2 nnz(Gᵀ·Lᵀ·G) + nnz(Gᵀ·Lᵀ·G·Gᵀ) + nnz(Gᵀ·Lᵀ·G·Gᵀ·L·G) + nnz(Gᵀ·Lᵀ·L·G) + 2 nnz(L·G) + nnz(Lᵀ) + nnz(Lᵀ·G) + nnz(Lᵀ·G·Gᵀ·L) + n·k) bytes
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

/* out[t] += c a[place[t]] where place[t] >= 0. */
static void add_embedded(int threads, int64_t count, const int32_t *place, real c,
                         const real *restrict a, real *restrict out)
{
    PARALLEL_ROWS
    for (int64_t t = 0; t < count; t++)
        if (place[t] >= 0)
            out[t] += c * a[place[t]];
}

/* out += c a', out of shape (rows, cols). */
static void add_transposed(int threads, int64_t rows, int64_t cols, real c,
                           const real *restrict a, real *restrict out)
{
    PARALLEL_ROWS
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < cols; j++)
            out[i * cols + j] += c * a[j * rows + i];
}

/* out[t] = number. */
static void fill(int threads, int64_t count, real number, real *restrict out)
{
    (void)threads;
    for (int64_t t = 0; t < count; t++)
        out[t] = number;
}

/* out = c a + d b. */
static void linear_2(int threads, int64_t count, real c, const real *a, real d,
                     const real *b, real *restrict out)
{
    PARALLEL_ROWS
    for (int64_t t = 0; t < count; t++)
        out[t] = c * a[t] + d * b[t];
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

EXPORT void nzdiff_prepare(const nzdiff_workspace *w);
EXPORT void nzdiff_hessian_matrix(const nzdiff_workspace *w);
EXPORT void nzdiff_hessian_row(const nzdiff_workspace *w);
EXPORT void nzdiff_hessian_column(const nzdiff_workspace *w);
EXPORT void nzdiff_hessian_diagonal(const nzdiff_workspace *w);
EXPORT void nzdiff_jacobian_matrix(const nzdiff_workspace *w);
EXPORT void nzdiff_gauss_newton_matrix(const nzdiff_workspace *w);
EXPORT void nzdiff_gauss_newton_row(const nzdiff_workspace *w);
EXPORT void nzdiff_gauss_newton_column(const nzdiff_workspace *w);
EXPORT void nzdiff_gauss_newton_diagonal(const nzdiff_workspace *w);

/* shared by hessian_matrix, hessian_row, hessian_column, hessian_diagonal, jacobian_matrix, gauss_newton_matrix, gauss_newton_row, gauss_newton_column, gauss_newton_diagonal */
static void stage_0(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t nnz_GtL = w->sizes[3];
    const int64_t nnz_LG = w->sizes[4];
    const int64_t *pairs_GtL_start = w->tables[0];
    const int32_t *pairs_GtL_left = w->tables[1];
    const int32_t *pairs_GtL_right = w->tables[2];
    const int64_t *pairs_LG_start = w->tables[3];
    const int32_t *pairs_LG_left = w->tables[4];
    const int32_t *pairs_LG_right = w->tables[5];
    real *G = w->arrays[1];
    real *L = w->arrays[2];
    real *GtL = w->arrays[19];
    real *LG = w->arrays[26];

    /* GtL = Gᵀ L  at Gᵀ·L */
    sparse_product(threads, nnz_GtL, pairs_GtL_start, pairs_GtL_left, pairs_GtL_right, G, L, GtL);

    /* LG = L G  at L·G */
    sparse_product(threads, nnz_LG, pairs_LG_start, pairs_LG_left, pairs_LG_right, L, G, LG);
}

/* shared by hessian_matrix, hessian_row, hessian_column, hessian_diagonal, gauss_newton_matrix, gauss_newton_row, gauss_newton_column, gauss_newton_diagonal */
static void stage_1(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t nnz_GtL = w->sizes[3];
    const int64_t *pairs_YYGtL_start = w->tables[6];
    const int32_t *pairs_YYGtL_left = w->tables[7];
    const int32_t *pairs_YYGtL_right = w->tables[8];
    real *YY = w->arrays[7];
    real *GtL = w->arrays[19];
    real *YYGtL = w->arrays[28];

    /* YYGtL = Y Y Gᵀ L  at Gᵀ·L */
    sparse_product(threads, nnz_GtL, pairs_YYGtL_start, pairs_YYGtL_left, pairs_YYGtL_right, YY,
        GtL, YYGtL);
}

/* shared by hessian_row, hessian_column, hessian_diagonal, gauss_newton_row, gauss_newton_column, gauss_newton_diagonal */
static void stage_2(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t nnz_G = w->sizes[5];
    const int64_t nnz_Gt = w->sizes[6];
    const int64_t *pairs_LGBBt_2_start = w->tables[9];
    const int32_t *pairs_LGBBt_2_left = w->tables[10];
    const int32_t *pairs_LGBBt_2_right = w->tables[11];
    const int64_t *pairs_YYGtL_2_start = w->tables[12];
    const int32_t *pairs_YYGtL_2_left = w->tables[13];
    const int32_t *pairs_YYGtL_2_right = w->tables[14];
    const int32_t *place_Gt_T_in_G = w->tables[15];
    const int32_t *place_G_T_in_Gt = w->tables[16];
    real *YY = w->arrays[7];
    real *BBt_2 = w->arrays[10];
    real *GtL = w->arrays[19];
    real *LG = w->arrays[26];
    real *LGBBt_2 = w->arrays[36];
    real *YYGtL_2 = w->arrays[37];
    real *LtGYY_2 = w->arrays[42];
    real *BBtGtLt_2 = w->arrays[43];

    /* LGBBt_2 = L G B Bᵀ  at G */
    sparse_product(threads, nnz_G, pairs_LGBBt_2_start, pairs_LGBBt_2_left, pairs_LGBBt_2_right, LG,
        BBt_2, LGBBt_2);

    /* YYGtL_2 = Y Y Gᵀ L  at Gᵀ */
    sparse_product(threads, nnz_Gt, pairs_YYGtL_2_start, pairs_YYGtL_2_left, pairs_YYGtL_2_right,
        YY, GtL, YYGtL_2);

    /* LtGYY_2 = Lᵀ G Y Y  at G */
    fill(threads, nnz_G, 0.0, LtGYY_2);

    add_embedded(threads, nnz_G, place_Gt_T_in_G, 1.0, YYGtL_2, LtGYY_2);

    /* BBtGtLt_2 = B Bᵀ Gᵀ Lᵀ  at Gᵀ */
    fill(threads, nnz_Gt, 0.0, BBtGtLt_2);

    add_embedded(threads, nnz_Gt, place_G_T_in_Gt, 1.0, LGBBt_2, BBtGtLt_2);
}

/* shared by hessian_matrix, hessian_row, hessian_column, hessian_diagonal */
static void stage_3(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t k = w->sizes[0];
    const int64_t m = w->sizes[1];
    const int64_t nnz_GtLG = w->sizes[7];
    const int64_t *pairs_GtLG_start = w->tables[17];
    const int32_t *pairs_GtLG_left = w->tables[18];
    const int32_t *pairs_GtLG_right = w->tables[19];
    const int64_t *pairs_YGtLG_start = w->tables[20];
    const int32_t *pairs_YGtLG_left = w->tables[21];
    const int32_t *pairs_YGtLG_right = w->tables[22];
    const int64_t *at_GtLG_start = w->tables[23];
    const int32_t *at_GtLG_cols = w->tables[24];
    real *B = w->arrays[0];
    real *G = w->arrays[1];
    real *X = w->arrays[3];
    real *Y = w->arrays[4];
    real *GtL = w->arrays[19];
    real *GtLG = w->arrays[20];
    real *YGtLG = w->arrays[21];
    real *YGtLGB = w->arrays[22];
    real *f = w->arrays[23];

    /* GtLG = Gᵀ L G  at Gᵀ·L·G */
    sparse_product(threads, nnz_GtLG, pairs_GtLG_start, pairs_GtLG_left, pairs_GtLG_right, GtL, G,
        GtLG);

    /* YGtLG = Y Gᵀ L G  at Gᵀ·L·G */
    sparse_product(threads, nnz_GtLG, pairs_YGtLG_start, pairs_YGtLG_left, pairs_YGtLG_right, Y,
        GtLG, YGtLG);

    /* YGtLGB = Y Gᵀ L G B */
    spmm(threads, m, k, at_GtLG_start, at_GtLG_cols, 1.0, 0.0, YGtLG, B, YGtLGB, YGtLGB);

    /* f = (X − Y Gᵀ L G B) */
    linear_2(threads, m * k, 1.0, X, -1.0, YGtLGB, f);
}

/* shared by hessian_matrix, hessian_column, gauss_newton_matrix, gauss_newton_column */
static void stage_4(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t nnz_GGtLG = w->sizes[8];
    const int64_t nnz_GGt = w->sizes[9];
    const int64_t *pairs_LGBBt_start = w->tables[25];
    const int32_t *pairs_LGBBt_left = w->tables[26];
    const int32_t *pairs_LGBBt_right = w->tables[27];
    const int64_t *pairs_LGBBtGtLt_start = w->tables[28];
    const int32_t *pairs_LGBBtGtLt_left = w->tables[29];
    const int32_t *pairs_LGBBtGtLt_right = w->tables[30];
    real *BBt = w->arrays[6];
    real *LG = w->arrays[26];
    real *LGBBt = w->arrays[27];
    real *LGBBtGtLt = w->arrays[29];

    /* LGBBt = L G B Bᵀ  at G·Gᵀ·L·G */
    sparse_product(threads, nnz_GGtLG, pairs_LGBBt_start, pairs_LGBBt_left, pairs_LGBBt_right, LG,
        BBt, LGBBt);

    /* LGBBtGtLt = L G B Bᵀ Gᵀ Lᵀ  at G·Gᵀ */
    sparse_product(threads, nnz_GGt, pairs_LGBBtGtLt_start, pairs_LGBBtGtLt_left,
        pairs_LGBBtGtLt_right, LG, LGBBt, LGBBtGtLt);
}

/* shared by hessian_row, hessian_diagonal, gauss_newton_row, gauss_newton_diagonal */
static void stage_5(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t nnz_LG = w->sizes[4];
    const int64_t nnz_pattern7 = w->sizes[10];
    const int64_t *pairs_LGBBt_3_start = w->tables[31];
    const int32_t *pairs_LGBBt_3_left = w->tables[32];
    const int32_t *pairs_LGBBt_3_right = w->tables[33];
    const int64_t *pairs_LGBBtGtLt_2_start = w->tables[34];
    const int32_t *pairs_LGBBtGtLt_2_left = w->tables[35];
    const int32_t *pairs_LGBBtGtLt_2_right = w->tables[36];
    const int64_t *pairs_LtGYYGtL_2_start = w->tables[37];
    const int32_t *pairs_LtGYYGtL_2_left = w->tables[38];
    const int32_t *pairs_LtGYYGtL_2_right = w->tables[39];
    real *BBt_3 = w->arrays[11];
    real *GtL = w->arrays[19];
    real *LG = w->arrays[26];
    real *YYGtL = w->arrays[28];
    real *LGBBt_3 = w->arrays[38];
    real *LGBBtGtLt_2 = w->arrays[39];
    real *LtGYYGtL_2 = w->arrays[41];

    /* LGBBt_3 = L G B Bᵀ  at L·G */
    sparse_product(threads, nnz_LG, pairs_LGBBt_3_start, pairs_LGBBt_3_left, pairs_LGBBt_3_right,
        LG, BBt_3, LGBBt_3);

    /* LGBBtGtLt_2 = L G B Bᵀ Gᵀ Lᵀ  at I */
    sparse_product(threads, nnz_pattern7, pairs_LGBBtGtLt_2_start, pairs_LGBBtGtLt_2_left,
        pairs_LGBBtGtLt_2_right, LGBBt_3, LG, LGBBtGtLt_2);

    /* LtGYYGtL_2 = Lᵀ G Y Y Gᵀ L  at I */
    sparse_product(threads, nnz_pattern7, pairs_LtGYYGtL_2_start, pairs_LtGYYGtL_2_left,
        pairs_LtGYYGtL_2_right, GtL, YYGtL, LtGYYGtL_2);
}

/* shared by hessian_matrix, gauss_newton_matrix */
static void stage_6(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t nnz_LtGGtL = w->sizes[11];
    const int64_t nnz_LtG = w->sizes[12];
    const int64_t nnz_GtLtGGt = w->sizes[13];
    const int64_t *pairs_LtGYYGtL_start = w->tables[40];
    const int32_t *pairs_LtGYYGtL_left = w->tables[41];
    const int32_t *pairs_LtGYYGtL_right = w->tables[42];
    const int32_t *place_GtL_T_in_LtG = w->tables[43];
    const int32_t *place_GGtLG_T_in_GtLtGGt = w->tables[44];
    real *GtL = w->arrays[19];
    real *LGBBt = w->arrays[27];
    real *YYGtL = w->arrays[28];
    real *LtGYYGtL = w->arrays[31];
    real *LtGYY = w->arrays[32];
    real *BBtGtLt = w->arrays[33];

    /* LtGYYGtL = Lᵀ G Y Y Gᵀ L  at Lᵀ·G·Gᵀ·L */
    sparse_product(threads, nnz_LtGGtL, pairs_LtGYYGtL_start, pairs_LtGYYGtL_left,
        pairs_LtGYYGtL_right, GtL, YYGtL, LtGYYGtL);

    /* LtGYY = Lᵀ G Y Y  at Lᵀ·G */
    fill(threads, nnz_LtG, 0.0, LtGYY);

    add_embedded(threads, nnz_LtG, place_GtL_T_in_LtG, 1.0, YYGtL, LtGYY);

    /* BBtGtLt = B Bᵀ Gᵀ Lᵀ  at Gᵀ·Lᵀ·G·Gᵀ */
    fill(threads, nnz_GtLtGGt, 0.0, BBtGtLt);

    add_embedded(threads, nnz_GtLtGGt, place_GGtLG_T_in_GtLtGGt, 1.0, LGBBt, BBtGtLt);
}

/* shared by hessian_column, hessian_diagonal */
static void stage_7(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t k = w->sizes[0];
    const int64_t m = w->sizes[1];
    const int64_t nnz_pattern11 = w->sizes[14];
    const int64_t *at_pattern11_start = w->tables[45];
    const int32_t *at_pattern11_cols = w->tables[46];
    const int64_t *pairs_YfBt_3_start = w->tables[47];
    const int32_t *pairs_YfBt_3_left = w->tables[48];
    const int32_t *pairs_YfBt_3_right = w->tables[49];
    const int32_t *place_pattern11_T_in_pattern11 = w->tables[50];
    real *B = w->arrays[0];
    real *Y = w->arrays[4];
    real *f = w->arrays[23];
    real *fBt_3 = w->arrays[44];
    real *YfBt_3 = w->arrays[45];
    real *BftY_3 = w->arrays[46];

    /* fBt_3 = f Bᵀ  at I */
    sddmm(threads, m, k, at_pattern11_start, at_pattern11_cols, f, B, fBt_3);

    /* YfBt_3 = Y f Bᵀ  at I */
    sparse_product(threads, nnz_pattern11, pairs_YfBt_3_start, pairs_YfBt_3_left,
        pairs_YfBt_3_right, Y, fBt_3, YfBt_3);

    /* BftY_3 = B fᵀ Y  at I */
    fill(threads, nnz_pattern11, 0.0, BftY_3);

    add_embedded(threads, nnz_pattern11, place_pattern11_T_in_pattern11, 1.0, YfBt_3, BftY_3);
}

/* shared by hessian_column, gauss_newton_column */
static void stage_8(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t nnz_GGt = w->sizes[9];
    const int64_t *pairs_LtGYYGtL_3_start = w->tables[51];
    const int32_t *pairs_LtGYYGtL_3_left = w->tables[52];
    const int32_t *pairs_LtGYYGtL_3_right = w->tables[53];
    real *GtL = w->arrays[19];
    real *YYGtL = w->arrays[28];
    real *LtGYYGtL_3 = w->arrays[47];

    /* LtGYYGtL_3 = Lᵀ G Y Y Gᵀ L  at G·Gᵀ */
    sparse_product(threads, nnz_GGt, pairs_LtGYYGtL_3_start, pairs_LtGYYGtL_3_left,
        pairs_LtGYYGtL_3_right, GtL, YYGtL, LtGYYGtL_3);
}

/* shared by hessian_matrix */
static void stage_9(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t k = w->sizes[0];
    const int64_t m = w->sizes[1];
    const int64_t nnz_GtLG = w->sizes[7];
    const int64_t nnz_GtLtG = w->sizes[15];
    const int64_t *pairs_YGtLG_start = w->tables[20];
    const int32_t *pairs_YGtLG_left = w->tables[21];
    const int32_t *pairs_YGtLG_right = w->tables[22];
    const int64_t *at_GtLG_start = w->tables[23];
    const int32_t *at_GtLG_cols = w->tables[24];
    const int32_t *place_GtLG_T_in_GtLtG = w->tables[54];
    real *B = w->arrays[0];
    real *Y = w->arrays[4];
    real *f = w->arrays[23];
    real *fBt = w->arrays[24];
    real *YfBt = w->arrays[25];
    real *BftY = w->arrays[30];

    /* fBt = f Bᵀ  at Gᵀ·L·G */
    sddmm(threads, m, k, at_GtLG_start, at_GtLG_cols, f, B, fBt);

    /* YfBt = Y f Bᵀ  at Gᵀ·L·G */
    sparse_product(threads, nnz_GtLG, pairs_YGtLG_start, pairs_YGtLG_left, pairs_YGtLG_right, Y,
        fBt, YfBt);

    /* BftY = B fᵀ Y  at Gᵀ·Lᵀ·G */
    fill(threads, nnz_GtLtG, 0.0, BftY);

    add_embedded(threads, nnz_GtLtG, place_GtLG_T_in_GtLtG, 1.0, YfBt, BftY);
}

/* shared by hessian_row */
static void stage_10(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t k = w->sizes[0];
    const int64_t m = w->sizes[1];
    const int64_t nnz_GtG = w->sizes[16];
    const int64_t *at_GtG_start = w->tables[55];
    const int32_t *at_GtG_cols = w->tables[56];
    const int64_t *pairs_YfBt_2_start = w->tables[57];
    const int32_t *pairs_YfBt_2_left = w->tables[58];
    const int32_t *pairs_YfBt_2_right = w->tables[59];
    const int32_t *place_GtG_T_in_GtG = w->tables[60];
    real *B = w->arrays[0];
    real *Y = w->arrays[4];
    real *f = w->arrays[23];
    real *fBt_2 = w->arrays[34];
    real *YfBt_2 = w->arrays[35];
    real *BftY_2 = w->arrays[40];

    /* fBt_2 = f Bᵀ  at Gᵀ·G */
    sddmm(threads, m, k, at_GtG_start, at_GtG_cols, f, B, fBt_2);

    /* YfBt_2 = Y f Bᵀ  at Gᵀ·G */
    sparse_product(threads, nnz_GtG, pairs_YfBt_2_start, pairs_YfBt_2_left, pairs_YfBt_2_right, Y,
        fBt_2, YfBt_2);

    /* BftY_2 = B fᵀ Y  at Gᵀ·G */
    fill(threads, nnz_GtG, 0.0, BftY_2);

    add_embedded(threads, nnz_GtG, place_GtG_T_in_GtG, 1.0, YfBt_2, BftY_2);
}

/* shared by jacobian_matrix */
static void stage_11(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t k = w->sizes[0];
    const int64_t n = w->sizes[2];
    const int64_t nnz_GtL = w->sizes[3];
    const int64_t *pairs_YYGtL_start = w->tables[6];
    const int32_t *pairs_YYGtL_left = w->tables[7];
    const int32_t *pairs_YYGtL_right = w->tables[8];
    const int64_t *at_LG_start = w->tables[61];
    const int32_t *at_LG_cols = w->tables[62];
    real *B = w->arrays[0];
    real *Y = w->arrays[4];
    real *GtL = w->arrays[19];
    real *LG = w->arrays[26];
    real *LGB = w->arrays[48];
    real *BtGtLt = w->arrays[49];
    real *YGtL = w->arrays[50];

    /* LGB = L G B */
    spmm(threads, n, k, at_LG_start, at_LG_cols, 1.0, 0.0, LG, B, LGB, LGB);

    /* BtGtLt = Bᵀ Gᵀ Lᵀ */
    fill(threads, k * n, 0.0, BtGtLt);

    add_transposed(threads, k, n, 1.0, LGB, BtGtLt);

    /* YGtL = Y Gᵀ L  at Gᵀ·L */
    sparse_product(threads, nnz_GtL, pairs_YYGtL_start, pairs_YYGtL_left, pairs_YYGtL_right, Y, GtL,
        YGtL);
}

/* without g, shared by hessian_matrix, hessian_row, hessian_column, hessian_diagonal, gauss_newton_matrix, gauss_newton_row, gauss_newton_column, gauss_newton_diagonal */
static void stage_12(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t nnz_pattern11 = w->sizes[14];
    const int64_t *pairs_YfBt_3_start = w->tables[47];
    const int32_t *pairs_YfBt_3_left = w->tables[48];
    const int32_t *pairs_YfBt_3_right = w->tables[49];
    real *Y = w->arrays[4];
    real *YY = w->arrays[7];

    /* YY = Y Y  at I */
    sparse_product(threads, nnz_pattern11, pairs_YfBt_3_start, pairs_YfBt_3_left,
        pairs_YfBt_3_right, Y, Y, YY);
}

/* without g, shared by hessian_row, hessian_column, hessian_diagonal, gauss_newton_row, gauss_newton_column, gauss_newton_diagonal */
static void stage_13(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t k = w->sizes[0];
    const int64_t m = w->sizes[1];
    const int64_t *at_GtLtG_start = w->tables[63];
    const int32_t *at_GtLtG_cols = w->tables[64];
    real *B = w->arrays[0];
    real *BBt_2 = w->arrays[10];

    /* BBt_2 = B Bᵀ  at Gᵀ·Lᵀ·G */
    sddmm(threads, m, k, at_GtLtG_start, at_GtLtG_cols, B, B, BBt_2);
}

/* without g, shared by hessian_matrix, hessian_column, gauss_newton_matrix, gauss_newton_column */
static void stage_14(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t k = w->sizes[0];
    const int64_t m = w->sizes[1];
    const int64_t *at_GtLtGGtLG_start = w->tables[65];
    const int32_t *at_GtLtGGtLG_cols = w->tables[66];
    real *B = w->arrays[0];
    real *BBt = w->arrays[6];

    /* BBt = B Bᵀ  at Gᵀ·Lᵀ·G·Gᵀ·L·G */
    sddmm(threads, m, k, at_GtLtGGtLG_start, at_GtLtGGtLG_cols, B, B, BBt);
}

/* without g, shared by hessian_row, hessian_diagonal, gauss_newton_row, gauss_newton_diagonal */
static void stage_15(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t k = w->sizes[0];
    const int64_t m = w->sizes[1];
    const int64_t *at_GtLtLG_start = w->tables[67];
    const int32_t *at_GtLtLG_cols = w->tables[68];
    real *B = w->arrays[0];
    real *BBt_3 = w->arrays[11];

    /* BBt_3 = B Bᵀ  at Gᵀ·Lᵀ·L·G */
    sddmm(threads, m, k, at_GtLtLG_start, at_GtLtLG_cols, B, B, BBt_3);
}

/* without g, shared by hessian_column, hessian_diagonal, gauss_newton_column, gauss_newton_diagonal */
static void stage_16(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t k = w->sizes[0];
    const int64_t m = w->sizes[1];
    const int64_t *at_pattern11_start = w->tables[45];
    const int32_t *at_pattern11_cols = w->tables[46];
    real *B = w->arrays[0];
    real *BBt_5 = w->arrays[17];

    /* BBt_5 = B Bᵀ  at I */
    sddmm(threads, m, k, at_pattern11_start, at_pattern11_cols, B, B, BBt_5);
}

/* without g, shared by hessian_row, hessian_diagonal */
static void stage_17(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t nnz_pattern7 = w->sizes[10];
    const int32_t *place_L_in_pattern7 = w->tables[69];
    const int32_t *place_pattern7_T_in_pattern7 = w->tables[70];
    real *L = w->arrays[2];
    real *L_2 = w->arrays[9];
    real *Lt_2 = w->arrays[13];

    /* L_2 = L  at I */
    fill(threads, nnz_pattern7, 0.0, L_2);

    add_embedded(threads, nnz_pattern7, place_L_in_pattern7, 1.0, L, L_2);

    /* Lt_2 = Lᵀ  at I */
    fill(threads, nnz_pattern7, 0.0, Lt_2);

    add_embedded(threads, nnz_pattern7, place_pattern7_T_in_pattern7, 1.0, L_2, Lt_2);
}

/* without g, shared by hessian_row, gauss_newton_row */
static void stage_18(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t k = w->sizes[0];
    const int64_t m = w->sizes[1];
    const int64_t nnz_GtG = w->sizes[16];
    const int64_t *at_GtG_start = w->tables[55];
    const int32_t *at_GtG_cols = w->tables[56];
    const int64_t *pairs_YY_2_start = w->tables[71];
    const int32_t *pairs_YY_2_left = w->tables[72];
    const int32_t *pairs_YY_2_right = w->tables[73];
    real *B = w->arrays[0];
    real *Y = w->arrays[4];
    real *YY_2 = w->arrays[12];
    real *BBt_4 = w->arrays[14];

    /* YY_2 = Y Y  at Gᵀ·G */
    sparse_product(threads, nnz_GtG, pairs_YY_2_start, pairs_YY_2_left, pairs_YY_2_right, Y, Y,
        YY_2);

    /* BBt_4 = B Bᵀ  at Gᵀ·G */
    sddmm(threads, m, k, at_GtG_start, at_GtG_cols, B, B, BBt_4);
}

/* without g, shared by hessian_matrix */
static void stage_19(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t nnz_Lt = w->sizes[17];
    const int32_t *place_L_T_in_Lt = w->tables[74];
    real *L = w->arrays[2];
    real *Lt = w->arrays[8];

    /* Lt = Lᵀ  at Lᵀ */
    fill(threads, nnz_Lt, 0.0, Lt);

    add_embedded(threads, nnz_Lt, place_L_T_in_Lt, 1.0, L, Lt);
}

/* without g, shared by hessian_column */
static void stage_20(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t nnz_GGt = w->sizes[9];
    const int32_t *place_L_in_GGt = w->tables[75];
    const int32_t *place_GGt_T_in_GGt = w->tables[76];
    real *L = w->arrays[2];
    real *L_3 = w->arrays[15];
    real *Lt_3 = w->arrays[16];

    /* L_3 = L  at G·Gᵀ */
    fill(threads, nnz_GGt, 0.0, L_3);

    add_embedded(threads, nnz_GGt, place_L_in_GGt, 1.0, L, L_3);

    /* Lt_3 = Lᵀ  at G·Gᵀ */
    fill(threads, nnz_GGt, 0.0, Lt_3);

    add_embedded(threads, nnz_GGt, place_GGt_T_in_GGt, 1.0, L_3, Lt_3);
}

/* without g, shared by jacobian_matrix */
static void stage_21(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t k = w->sizes[0];
    const int64_t m = w->sizes[1];
    real *B = w->arrays[0];
    real *Bt = w->arrays[18];

    /* Bt = Bᵀ */
    fill(threads, k * m, 0.0, Bt);

    add_transposed(threads, k, m, 1.0, B, Bt);
}

/* what does not depend on g */
void nzdiff_prepare(const nzdiff_workspace *w)
{
    if (!w->done[12]) {
        stage_12(w);
        w->done[12] = 1;
    }
    if (!w->done[13]) {
        stage_13(w);
        w->done[13] = 1;
    }
    if (!w->done[14]) {
        stage_14(w);
        w->done[14] = 1;
    }
    if (!w->done[15]) {
        stage_15(w);
        w->done[15] = 1;
    }
    if (!w->done[16]) {
        stage_16(w);
        w->done[16] = 1;
    }
    if (!w->done[17]) {
        stage_17(w);
        w->done[17] = 1;
    }
    if (!w->done[18]) {
        stage_18(w);
        w->done[18] = 1;
    }
    if (!w->done[19]) {
        stage_19(w);
        w->done[19] = 1;
    }
    if (!w->done[20]) {
        stage_20(w);
        w->done[20] = 1;
    }
    if (!w->done[21]) {
        stage_21(w);
        w->done[21] = 1;
    }
}

/* the factors of hessian_matrix */
void nzdiff_hessian_matrix(const nzdiff_workspace *w)
{
    if (!w->done[12]) {
        stage_12(w);
        w->done[12] = 1;
    }
    if (!w->done[14]) {
        stage_14(w);
        w->done[14] = 1;
    }
    if (!w->done[19]) {
        stage_19(w);
        w->done[19] = 1;
    }
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
    if (!w->done[4]) {
        stage_4(w);
        w->done[4] = 1;
    }
    if (!w->done[6]) {
        stage_6(w);
        w->done[6] = 1;
    }
    if (!w->done[9]) {
        stage_9(w);
        w->done[9] = 1;
    }
}

/* the factors of hessian_row */
void nzdiff_hessian_row(const nzdiff_workspace *w)
{
    if (!w->done[12]) {
        stage_12(w);
        w->done[12] = 1;
    }
    if (!w->done[13]) {
        stage_13(w);
        w->done[13] = 1;
    }
    if (!w->done[15]) {
        stage_15(w);
        w->done[15] = 1;
    }
    if (!w->done[17]) {
        stage_17(w);
        w->done[17] = 1;
    }
    if (!w->done[18]) {
        stage_18(w);
        w->done[18] = 1;
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
    if (!w->done[3]) {
        stage_3(w);
        w->done[3] = 1;
    }
    if (!w->done[5]) {
        stage_5(w);
        w->done[5] = 1;
    }
    if (!w->done[10]) {
        stage_10(w);
        w->done[10] = 1;
    }
}

/* the factors of hessian_column */
void nzdiff_hessian_column(const nzdiff_workspace *w)
{
    if (!w->done[12]) {
        stage_12(w);
        w->done[12] = 1;
    }
    if (!w->done[13]) {
        stage_13(w);
        w->done[13] = 1;
    }
    if (!w->done[14]) {
        stage_14(w);
        w->done[14] = 1;
    }
    if (!w->done[16]) {
        stage_16(w);
        w->done[16] = 1;
    }
    if (!w->done[20]) {
        stage_20(w);
        w->done[20] = 1;
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
    if (!w->done[3]) {
        stage_3(w);
        w->done[3] = 1;
    }
    if (!w->done[4]) {
        stage_4(w);
        w->done[4] = 1;
    }
    if (!w->done[7]) {
        stage_7(w);
        w->done[7] = 1;
    }
    if (!w->done[8]) {
        stage_8(w);
        w->done[8] = 1;
    }
}

/* the factors of hessian_diagonal */
void nzdiff_hessian_diagonal(const nzdiff_workspace *w)
{
    if (!w->done[12]) {
        stage_12(w);
        w->done[12] = 1;
    }
    if (!w->done[13]) {
        stage_13(w);
        w->done[13] = 1;
    }
    if (!w->done[15]) {
        stage_15(w);
        w->done[15] = 1;
    }
    if (!w->done[16]) {
        stage_16(w);
        w->done[16] = 1;
    }
    if (!w->done[17]) {
        stage_17(w);
        w->done[17] = 1;
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
    if (!w->done[3]) {
        stage_3(w);
        w->done[3] = 1;
    }
    if (!w->done[5]) {
        stage_5(w);
        w->done[5] = 1;
    }
    if (!w->done[7]) {
        stage_7(w);
        w->done[7] = 1;
    }
}

/* the factors of jacobian_matrix */
void nzdiff_jacobian_matrix(const nzdiff_workspace *w)
{
    if (!w->done[21]) {
        stage_21(w);
        w->done[21] = 1;
    }
    if (!w->done[0]) {
        stage_0(w);
        w->done[0] = 1;
    }
    if (!w->done[11]) {
        stage_11(w);
        w->done[11] = 1;
    }
}

/* the factors of gauss_newton_matrix */
void nzdiff_gauss_newton_matrix(const nzdiff_workspace *w)
{
    if (!w->done[12]) {
        stage_12(w);
        w->done[12] = 1;
    }
    if (!w->done[14]) {
        stage_14(w);
        w->done[14] = 1;
    }
    if (!w->done[0]) {
        stage_0(w);
        w->done[0] = 1;
    }
    if (!w->done[1]) {
        stage_1(w);
        w->done[1] = 1;
    }
    if (!w->done[4]) {
        stage_4(w);
        w->done[4] = 1;
    }
    if (!w->done[6]) {
        stage_6(w);
        w->done[6] = 1;
    }
}

/* the factors of gauss_newton_row */
void nzdiff_gauss_newton_row(const nzdiff_workspace *w)
{
    if (!w->done[12]) {
        stage_12(w);
        w->done[12] = 1;
    }
    if (!w->done[13]) {
        stage_13(w);
        w->done[13] = 1;
    }
    if (!w->done[15]) {
        stage_15(w);
        w->done[15] = 1;
    }
    if (!w->done[18]) {
        stage_18(w);
        w->done[18] = 1;
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

/* the factors of gauss_newton_column */
void nzdiff_gauss_newton_column(const nzdiff_workspace *w)
{
    if (!w->done[12]) {
        stage_12(w);
        w->done[12] = 1;
    }
    if (!w->done[13]) {
        stage_13(w);
        w->done[13] = 1;
    }
    if (!w->done[14]) {
        stage_14(w);
        w->done[14] = 1;
    }
    if (!w->done[16]) {
        stage_16(w);
        w->done[16] = 1;
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
    if (!w->done[8]) {
        stage_8(w);
        w->done[8] = 1;
    }
}

/* the factors of gauss_newton_diagonal */
void nzdiff_gauss_newton_diagonal(const nzdiff_workspace *w)
{
    if (!w->done[12]) {
        stage_12(w);
        w->done[12] = 1;
    }
    if (!w->done[13]) {
        stage_13(w);
        w->done[13] = 1;
    }
    if (!w->done[15]) {
        stage_15(w);
        w->done[15] = 1;
    }
    if (!w->done[16]) {
        stage_16(w);
        w->done[16] = 1;
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

