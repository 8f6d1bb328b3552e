/* Kernels of the problem spectral_coarsening.
 *
 * E = ‖X − Y Gᵀ L G B‖²
 * f = X − Y Gᵀ L G B
 * dE/dG = −2 (L G B fᵀ Y + Lᵀ G Y f Bᵀ)  at the stored positions
 * plan e3bcf66df193
 * floating-point operations at the sizes it was planned for: energy 8.47e+05, residual 7.87e+05, gradient 1.54e+06, jvp 7.68e+05, vjp 7.85e+05, gnvp 1.52e+06, hvp 3.02e+06, gn_diagonal 5.37e+05, hessian_diagonal 1.39e+06
 * workspace: 8 (5 m + 3 m·k + 4 n + 16 nnz(G) + 3 nnz(Gᵀ·L) + 6 nnz(Gᵀ·L·G) + nnz(Gᵀ·Lᵀ) + 7 nnz(Gᵀ·Lᵀ·G) + nnz(Gᵀ·Lᵀ·L) + nnz(Gᵀ·Lᵀ·L·G) + nnz(Lᵀ) + 5 nnz(Lᵀ·G) + 2) bytes
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

#if defined(_WIN32)
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif

/* Where one model keeps its numbers; filled by the runtime, in the orders listed in the package. */
typedef struct {
    double *const *arrays;
    const void *const *tables;
    const int64_t *sizes;
    const double *coefficients;
    uint8_t *done;
    int threads;
} nzdiff_workspace;

typedef void nzdiff_dgemm(const char *, const char *, const int *, const int *, const int *,
                          const double *, const double *, const int *, const double *, const int *,
                          const double *, double *, const int *);

EXPORT void nzdiff_use_blas(nzdiff_dgemm *function);
void nzdiff_use_blas(nzdiff_dgemm *function)
{
    (void)function;
}

/* out += c a. */
static void add(int threads, int64_t count, double c, const double *restrict a,
                double *restrict out)
{
    PARALLEL_ROWS
    for (int64_t t = 0; t < count; t++)
        out[t] += c * a[t];
}

/* out[t] += c a[place[t]] where place[t] >= 0. */
static void add_embedded(int threads, int64_t count, const int32_t *place, double c,
                         const double *restrict a, double *restrict out)
{
    PARALLEL_ROWS
    for (int64_t t = 0; t < count; t++)
        if (place[t] >= 0)
            out[t] += c * a[place[t]];
}

/* out[t] += c a[t] b[t]. */
static void add_hadamard(int threads, int64_t count, double c, const double *a, const double *b,
                         double *restrict out)
{
    PARALLEL_ROWS
    for (int64_t t = 0; t < count; t++)
        out[t] += c * a[t] * b[t];
}

/* out[t] += c a[i] b[j] at each stored (i, j). */
static void add_outer(int threads, int64_t rows, const int64_t *start, const int32_t *cols,
                      double c, const double *restrict a, const double *restrict b,
                      double *restrict out)
{
    PARALLEL_ROWS
    for (int64_t i = 0; i < rows; i++)
        for (int64_t t = start[i]; t < start[i + 1]; t++)
            out[t] += c * a[i] * b[cols[t]];
}

/* out[t] = number. */
static void fill(int threads, int64_t count, double number, double *restrict out)
{
    (void)threads;
    for (int64_t t = 0; t < count; t++)
        out[t] = number;
}

/* out = c a + d b. */
static void linear_2(int threads, int64_t count, double c, const double *a, double d,
                     const double *b, double *restrict out)
{
    PARALLEL_ROWS
    for (int64_t t = 0; t < count; t++)
        out[t] = c * a[t] + d * b[t];
}

/* out[t] = a[i, :] . b[j, :] at each stored (i, j). */
static void sddmm(int threads, int64_t rows, int64_t inner, const int64_t *start,
                  const int32_t *cols, const double *restrict a, const double *restrict b,
                  double *restrict out)
{
    PARALLEL_ROWS
    for (int64_t i = 0; i < rows; i++) {
        const double *restrict left = a + i * inner;
        for (int64_t t = start[i]; t < start[i + 1]; t++) {
            const double *restrict right = b + cols[t] * inner;
            double sum = 0.0;
            SIMD_SUM
            for (int64_t j = 0; j < inner; j++)
                sum += left[j] * right[j];
            out[t] = sum;
        }
    }
}

/* out[t] = the sum of a[left] b[right] over the pairs of position t. */
static void sparse_product(int threads, int64_t count, const int64_t *start, const int32_t *left,
                           const int32_t *right, const double *restrict a,
                           const double *restrict b, double *restrict out)
{
    PARALLEL_ROWS
    for (int64_t t = 0; t < count; t++) {
        double sum = 0.0;
        for (int64_t u = start[t]; u < start[t + 1]; u++)
            sum += a[left[u]] * b[right[u]];
        out[t] = sum;
    }
}

/* out = a b: a sparse (CSR), b and out dense with rows of `width` numbers. */
static void spmm(int threads, int64_t rows, int64_t width, const int64_t *start,
                 const int32_t *cols, const double *a, const double *restrict b,
                 double *restrict out)
{
    PARALLEL_ROWS
    for (int64_t i = 0; i < rows; i++) {
        double *restrict row = out + i * width;
        for (int64_t j = 0; j < width; j++)
            row[j] = 0.0;
        for (int64_t t = start[i]; t < start[i + 1]; t++) {
            const double number = a[t];
            const double *restrict other = b + cols[t] * width;
            for (int64_t j = 0; j < width; j++)
                row[j] += number * other[j];
        }
    }
}

/* out[0] = the sum of a[t]^2, in one thread so that the result is the same for any number of them. */
static void sum_squares(int threads, int64_t count, const double *restrict a, double *restrict out)
{
    (void)threads;
    double sum = 0.0;
    SIMD_SUM
    for (int64_t t = 0; t < count; t++)
        sum += a[t] * a[t];
    out[0] = sum;
}

/* shared by energy, residual, gradient, jvp, vjp, gnvp, hvp, gn_diagonal, hessian_diagonal */
static void stage_0(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t nnz_GtL = w->sizes[3];
    const int64_t *pairs_GtL_start = w->tables[0];
    const int32_t *pairs_GtL_left = w->tables[1];
    const int32_t *pairs_GtL_right = w->tables[2];
    double *G = w->arrays[1];
    double *L = w->arrays[2];
    double *GtL = w->arrays[13];

    /* GtL = Gᵀ L  at Gᵀ·L */
    sparse_product(threads, nnz_GtL, pairs_GtL_start, pairs_GtL_left, pairs_GtL_right, G, L, GtL);
}

/* shared by energy, residual, gradient, hvp, hessian_diagonal */
static void stage_1(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t k = w->sizes[0];
    const int64_t m = w->sizes[1];
    const int64_t nnz_GtLG = w->sizes[4];
    const int64_t *pairs_GtLG_start = w->tables[3];
    const int32_t *pairs_GtLG_left = w->tables[4];
    const int32_t *pairs_GtLG_right = w->tables[5];
    const int64_t *pairs_YGtLG_start = w->tables[6];
    const int32_t *pairs_YGtLG_left = w->tables[7];
    const int32_t *pairs_YGtLG_right = w->tables[8];
    const int64_t *at_GtLG_start = w->tables[9];
    const int32_t *at_GtLG_cols = w->tables[10];
    double *B = w->arrays[0];
    double *G = w->arrays[1];
    double *X = w->arrays[3];
    double *Y = w->arrays[4];
    double *GtL = w->arrays[13];
    double *GtLG = w->arrays[14];
    double *YGtLG = w->arrays[15];
    double *YGtLGB = w->arrays[16];
    double *f = w->arrays[17];

    /* GtLG = Gᵀ L G  at Gᵀ·L·G */
    sparse_product(threads, nnz_GtLG, pairs_GtLG_start, pairs_GtLG_left, pairs_GtLG_right, GtL, G,
        GtLG);

    /* YGtLG = Y Gᵀ L G  at Gᵀ·L·G */
    sparse_product(threads, nnz_GtLG, pairs_YGtLG_start, pairs_YGtLG_left, pairs_YGtLG_right, Y,
        GtLG, YGtLG);

    /* YGtLGB = Y Gᵀ L G B */
    spmm(threads, m, k, at_GtLG_start, at_GtLG_cols, YGtLG, B, YGtLGB);

    /* f = (X − Y Gᵀ L G B) */
    linear_2(threads, m * k, 1.0, X, -1.0, YGtLGB, f);
}

/* shared by gradient, hvp */
static void stage_2(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t k = w->sizes[0];
    const int64_t m = w->sizes[1];
    const int64_t nnz_GtLtG = w->sizes[5];
    const int64_t *at_GtLtG_start = w->tables[11];
    const int32_t *at_GtLtG_cols = w->tables[12];
    const int64_t *pairs_BftY_start = w->tables[13];
    const int32_t *pairs_BftY_left = w->tables[14];
    const int32_t *pairs_BftY_right = w->tables[15];
    double *B = w->arrays[0];
    double *Y = w->arrays[4];
    double *f = w->arrays[17];
    double *Bft = w->arrays[20];
    double *BftY = w->arrays[21];

    /* Bft = B fᵀ  at Gᵀ·Lᵀ·G */
    sddmm(threads, m, k, at_GtLtG_start, at_GtLtG_cols, B, f, Bft);

    /* BftY = B fᵀ Y  at Gᵀ·Lᵀ·G */
    sparse_product(threads, nnz_GtLtG, pairs_BftY_start, pairs_BftY_left, pairs_BftY_right, Bft, Y,
        BftY);
}

/* shared by gn_diagonal, hessian_diagonal */
static void stage_3(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t nnz_GtL = w->sizes[3];
    const int64_t nnz_LtG = w->sizes[6];
    const int64_t nnz_G = w->sizes[7];
    const int64_t nnz_GtLtL = w->sizes[8];
    const int64_t nnz_GtLt = w->sizes[9];
    const int64_t nnz_Lt = w->sizes[10];
    const int64_t nnz_pattern8 = w->sizes[11];
    const int64_t *pairs_GBBt_start = w->tables[16];
    const int32_t *pairs_GBBt_left = w->tables[17];
    const int32_t *pairs_GBBt_right = w->tables[18];
    const int64_t *pairs_LGBBt_start = w->tables[19];
    const int32_t *pairs_LGBBt_left = w->tables[20];
    const int32_t *pairs_LGBBt_right = w->tables[21];
    const int64_t *pairs_LtGYY_start = w->tables[22];
    const int32_t *pairs_LtGYY_left = w->tables[23];
    const int32_t *pairs_LtGYY_right = w->tables[24];
    const int64_t *pairs_BBtGt_start = w->tables[25];
    const int32_t *pairs_BBtGt_left = w->tables[26];
    const int32_t *pairs_BBtGt_right = w->tables[27];
    const int64_t *pairs_BBtGtLt_start = w->tables[28];
    const int32_t *pairs_BBtGtLt_left = w->tables[29];
    const int32_t *pairs_BBtGtLt_right = w->tables[30];
    const int64_t *pairs_GBBtGtLt_start = w->tables[31];
    const int32_t *pairs_GBBtGtLt_left = w->tables[32];
    const int32_t *pairs_GBBtGtLt_right = w->tables[33];
    const int64_t *pairs_LGBBtGtLt_start = w->tables[34];
    const int32_t *pairs_LGBBtGtLt_left = w->tables[35];
    const int32_t *pairs_LGBBtGtLt_right = w->tables[36];
    const int64_t *pairs_YYGtL_start = w->tables[37];
    const int32_t *pairs_YYGtL_left = w->tables[38];
    const int32_t *pairs_YYGtL_right = w->tables[39];
    const int64_t *pairs_LtGYYGtL_start = w->tables[40];
    const int32_t *pairs_LtGYYGtL_left = w->tables[41];
    const int32_t *pairs_LtGYYGtL_right = w->tables[42];
    double *G = w->arrays[1];
    double *L = w->arrays[2];
    double *BBt = w->arrays[7];
    double *YY = w->arrays[8];
    double *BBt_2 = w->arrays[9];
    double *GtL = w->arrays[13];
    double *GBBt = w->arrays[48];
    double *LGBBt = w->arrays[49];
    double *LtGYY = w->arrays[50];
    double *BBtGt = w->arrays[51];
    double *BBtGtLt = w->arrays[52];
    double *GBBtGtLt = w->arrays[53];
    double *LGBBtGtLt = w->arrays[54];
    double *YYGtL = w->arrays[55];
    double *LtGYYGtL = w->arrays[56];

    /* GBBt = G B Bᵀ  at Lᵀ·G */
    sparse_product(threads, nnz_LtG, pairs_GBBt_start, pairs_GBBt_left, pairs_GBBt_right, G, BBt,
        GBBt);

    /* LGBBt = L G B Bᵀ  at G */
    sparse_product(threads, nnz_G, pairs_LGBBt_start, pairs_LGBBt_left, pairs_LGBBt_right, L, GBBt,
        LGBBt);

    /* LtGYY = Lᵀ G Y Y  at G */
    sparse_product(threads, nnz_G, pairs_LtGYY_start, pairs_LtGYY_left, pairs_LtGYY_right, GtL, YY,
        LtGYY);

    /* BBtGt = B Bᵀ Gᵀ  at Gᵀ·Lᵀ·L */
    sparse_product(threads, nnz_GtLtL, pairs_BBtGt_start, pairs_BBtGt_left, pairs_BBtGt_right,
        BBt_2, G, BBtGt);

    /* BBtGtLt = B Bᵀ Gᵀ Lᵀ  at Gᵀ·Lᵀ */
    sparse_product(threads, nnz_GtLt, pairs_BBtGtLt_start, pairs_BBtGtLt_left, pairs_BBtGtLt_right,
        BBtGt, L, BBtGtLt);

    /* GBBtGtLt = G B Bᵀ Gᵀ Lᵀ  at Lᵀ */
    sparse_product(threads, nnz_Lt, pairs_GBBtGtLt_start, pairs_GBBtGtLt_left, pairs_GBBtGtLt_right,
        G, BBtGtLt, GBBtGtLt);

    /* LGBBtGtLt = L G B Bᵀ Gᵀ Lᵀ  at I */
    sparse_product(threads, nnz_pattern8, pairs_LGBBtGtLt_start, pairs_LGBBtGtLt_left,
        pairs_LGBBtGtLt_right, L, GBBtGtLt, LGBBtGtLt);

    /* YYGtL = Y Y Gᵀ L  at Gᵀ·L */
    sparse_product(threads, nnz_GtL, pairs_YYGtL_start, pairs_YYGtL_left, pairs_YYGtL_right, YY,
        GtL, YYGtL);

    /* LtGYYGtL = Lᵀ G Y Y Gᵀ L  at I */
    sparse_product(threads, nnz_pattern8, pairs_LtGYYGtL_start, pairs_LtGYYGtL_left,
        pairs_LtGYYGtL_right, GtL, YYGtL, LtGYYGtL);
}

/* shared by energy */
static void stage_4(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t k = w->sizes[0];
    const int64_t m = w->sizes[1];
    double *f = w->arrays[17];
    double *sumsq_f = w->arrays[18];
    double *energy = w->arrays[19];

    /* sumsq_f = ‖f‖² */
    sum_squares(threads, m * k, f, sumsq_f);

    /* energy = E */
    energy[0] = 0.0;

    energy[0] += 1.0 * sumsq_f[0];
}

/* shared by gradient */
static void stage_5(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t nnz_LtG = w->sizes[6];
    const int64_t nnz_G = w->sizes[7];
    const int64_t *pairs_GBBt_start = w->tables[16];
    const int32_t *pairs_GBBt_left = w->tables[17];
    const int32_t *pairs_GBBt_right = w->tables[18];
    const int64_t *pairs_LGBBt_start = w->tables[19];
    const int32_t *pairs_LGBBt_left = w->tables[20];
    const int32_t *pairs_LGBBt_right = w->tables[21];
    const int64_t *pairs_LtGYfBt_start = w->tables[43];
    const int32_t *pairs_LtGYfBt_left = w->tables[44];
    const int32_t *pairs_LtGYfBt_right = w->tables[45];
    double *G = w->arrays[1];
    double *L = w->arrays[2];
    double *GtL = w->arrays[13];
    double *BftY = w->arrays[21];
    double *GBftY = w->arrays[22];
    double *LGBftY = w->arrays[23];
    double *LtGYfBt = w->arrays[24];
    double *gradient_G = w->arrays[25];

    /* GBftY = G B fᵀ Y  at Lᵀ·G */
    sparse_product(threads, nnz_LtG, pairs_GBBt_start, pairs_GBBt_left, pairs_GBBt_right, G, BftY,
        GBftY);

    /* LGBftY = L G B fᵀ Y  at G */
    sparse_product(threads, nnz_G, pairs_LGBBt_start, pairs_LGBBt_left, pairs_LGBBt_right, L, GBftY,
        LGBftY);

    /* LtGYfBt = Lᵀ G Y f Bᵀ  at G */
    sparse_product(threads, nnz_G, pairs_LtGYfBt_start, pairs_LtGYfBt_left, pairs_LtGYfBt_right,
        GtL, BftY, LtGYfBt);

    /* gradient_G = −2 (L G B fᵀ Y + Lᵀ G Y f Bᵀ)  at G */
    linear_2(threads, nnz_G, -2.0, LGBftY, -2.0, LtGYfBt, gradient_G);
}

/* shared by gn_diagonal */
static void stage_6(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t n = w->sizes[2];
    const int64_t nnz_G = w->sizes[7];
    const int64_t *at_G_start = w->tables[46];
    const int32_t *at_G_cols = w->tables[47];
    double *YY = w->arrays[8];
    double *BBt_3 = w->arrays[10];
    double *LGBBt = w->arrays[49];
    double *LtGYY = w->arrays[50];
    double *LGBBtGtLt = w->arrays[54];
    double *LtGYYGtL = w->arrays[56];
    double *gn_diagonal_G = w->arrays[57];

    /* gn_diagonal_G = diagonal: gn_diagonal_G  at G */
    fill(threads, nnz_G, 0.0, gn_diagonal_G);

    add_hadamard(threads, nnz_G, 2.0, LGBBt, LtGYY, gn_diagonal_G);

    add_outer(threads, n, at_G_start, at_G_cols, 2.0, LGBBtGtLt, YY, gn_diagonal_G);

    add_outer(threads, n, at_G_start, at_G_cols, 2.0, LtGYYGtL, BBt_3, gn_diagonal_G);

    add_hadamard(threads, nnz_G, 2.0, LtGYY, LGBBt, gn_diagonal_G);
}

/* shared by hessian_diagonal */
static void stage_7(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t k = w->sizes[0];
    const int64_t m = w->sizes[1];
    const int64_t n = w->sizes[2];
    const int64_t nnz_G = w->sizes[7];
    const int64_t nnz_pattern9 = w->sizes[12];
    const int64_t *at_G_start = w->tables[46];
    const int32_t *at_G_cols = w->tables[47];
    const int64_t *at_pattern9_start = w->tables[48];
    const int32_t *at_pattern9_cols = w->tables[49];
    const int64_t *pairs_BftY_2_start = w->tables[50];
    const int32_t *pairs_BftY_2_left = w->tables[51];
    const int32_t *pairs_BftY_2_right = w->tables[52];
    const int32_t *place_pattern9_T_in_pattern9 = w->tables[53];
    double *B = w->arrays[0];
    double *Y = w->arrays[4];
    double *YY = w->arrays[8];
    double *BBt_3 = w->arrays[10];
    double *L_2 = w->arrays[11];
    double *Lt = w->arrays[12];
    double *f = w->arrays[17];
    double *LGBBt = w->arrays[49];
    double *LtGYY = w->arrays[50];
    double *LGBBtGtLt = w->arrays[54];
    double *LtGYYGtL = w->arrays[56];
    double *Bft_2 = w->arrays[58];
    double *BftY_2 = w->arrays[59];
    double *YfBt = w->arrays[60];
    double *hessian_diagonal_G = w->arrays[61];

    /* Bft_2 = B fᵀ  at I */
    sddmm(threads, m, k, at_pattern9_start, at_pattern9_cols, B, f, Bft_2);

    /* BftY_2 = B fᵀ Y  at I */
    sparse_product(threads, nnz_pattern9, pairs_BftY_2_start, pairs_BftY_2_left, pairs_BftY_2_right,
        Bft_2, Y, BftY_2);

    /* YfBt = Y f Bᵀ  at I */
    fill(threads, nnz_pattern9, 0.0, YfBt);

    add_embedded(threads, nnz_pattern9, place_pattern9_T_in_pattern9, 1.0, BftY_2, YfBt);

    /* hessian_diagonal_G = diagonal: hessian_diagonal_G  at G */
    fill(threads, nnz_G, 0.0, hessian_diagonal_G);

    add_outer(threads, n, at_G_start, at_G_cols, -2.0, L_2, BftY_2, hessian_diagonal_G);

    add_hadamard(threads, nnz_G, 2.0, LGBBt, LtGYY, hessian_diagonal_G);

    add_outer(threads, n, at_G_start, at_G_cols, 2.0, LGBBtGtLt, YY, hessian_diagonal_G);

    add_outer(threads, n, at_G_start, at_G_cols, -2.0, Lt, YfBt, hessian_diagonal_G);

    add_outer(threads, n, at_G_start, at_G_cols, 2.0, LtGYYGtL, BBt_3, hessian_diagonal_G);

    add_hadamard(threads, nnz_G, 2.0, LtGYY, LGBBt, hessian_diagonal_G);
}

/* without g, shared by gn_diagonal, hessian_diagonal */
static void stage_8(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t k = w->sizes[0];
    const int64_t m = w->sizes[1];
    const int64_t nnz_pattern9 = w->sizes[12];
    const int64_t *at_GtLtG_start = w->tables[11];
    const int32_t *at_GtLtG_cols = w->tables[12];
    const int64_t *at_pattern9_start = w->tables[48];
    const int32_t *at_pattern9_cols = w->tables[49];
    const int64_t *pairs_BftY_2_start = w->tables[50];
    const int32_t *pairs_BftY_2_left = w->tables[51];
    const int32_t *pairs_BftY_2_right = w->tables[52];
    const int64_t *at_GtLtLG_start = w->tables[54];
    const int32_t *at_GtLtLG_cols = w->tables[55];
    double *B = w->arrays[0];
    double *Y = w->arrays[4];
    double *BBt = w->arrays[7];
    double *YY = w->arrays[8];
    double *BBt_2 = w->arrays[9];
    double *BBt_3 = w->arrays[10];

    /* BBt = B Bᵀ  at Gᵀ·Lᵀ·G */
    sddmm(threads, m, k, at_GtLtG_start, at_GtLtG_cols, B, B, BBt);

    /* YY = Y Y  at I */
    sparse_product(threads, nnz_pattern9, pairs_BftY_2_start, pairs_BftY_2_left, pairs_BftY_2_right,
        Y, Y, YY);

    /* BBt_2 = B Bᵀ  at Gᵀ·Lᵀ·L·G */
    sddmm(threads, m, k, at_GtLtLG_start, at_GtLtLG_cols, B, B, BBt_2);

    /* BBt_3 = B Bᵀ  at I */
    sddmm(threads, m, k, at_pattern9_start, at_pattern9_cols, B, B, BBt_3);
}

/* without g, shared by hessian_diagonal */
static void stage_9(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t nnz_pattern8 = w->sizes[11];
    const int32_t *place_L_in_pattern8 = w->tables[56];
    const int32_t *place_pattern8_T_in_pattern8 = w->tables[57];
    double *L = w->arrays[2];
    double *L_2 = w->arrays[11];
    double *Lt = w->arrays[12];

    /* L_2 = L  at I */
    fill(threads, nnz_pattern8, 0.0, L_2);

    add_embedded(threads, nnz_pattern8, place_L_in_pattern8, 1.0, L, L_2);

    /* Lt = Lᵀ  at I */
    fill(threads, nnz_pattern8, 0.0, Lt);

    add_embedded(threads, nnz_pattern8, place_pattern8_T_in_pattern8, 1.0, L_2, Lt);
}

/* what does not depend on g */
EXPORT void nzdiff_prepare(const nzdiff_workspace *w);
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
    if (!w->done[4]) {
        stage_4(w);
        w->done[4] = 1;
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
    if (!w->done[5]) {
        stage_5(w);
        w->done[5] = 1;
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
    const int64_t nnz_GtL = w->sizes[3];
    const int64_t nnz_GtLG = w->sizes[4];
    const int64_t *pairs_GtL_start = w->tables[0];
    const int32_t *pairs_GtL_left = w->tables[1];
    const int32_t *pairs_GtL_right = w->tables[2];
    const int64_t *pairs_GtLG_start = w->tables[3];
    const int32_t *pairs_GtLG_left = w->tables[4];
    const int32_t *pairs_GtLG_right = w->tables[5];
    const int64_t *pairs_YGtLG_start = w->tables[6];
    const int32_t *pairs_YGtLG_left = w->tables[7];
    const int32_t *pairs_YGtLG_right = w->tables[8];
    const int64_t *at_GtLG_start = w->tables[9];
    const int32_t *at_GtLG_cols = w->tables[10];
    double *B = w->arrays[0];
    double *G = w->arrays[1];
    double *L = w->arrays[2];
    double *Y = w->arrays[4];
    double *dG = w->arrays[5];
    double *GtL = w->arrays[13];
    double *GtLdG = w->arrays[26];
    double *dGt_L = w->arrays[27];
    double *dGt_L_G = w->arrays[28];
    double *t_2 = w->arrays[29];
    double *t = w->arrays[30];
    double *t_3 = w->arrays[31];

    /* GtLdG = Gᵀ L dG  at Gᵀ·L·G */
    sparse_product(threads, nnz_GtLG, pairs_GtLG_start, pairs_GtLG_left, pairs_GtLG_right, GtL, dG,
        GtLdG);

    /* dGt_L = dGᵀ L  at Gᵀ·L */
    sparse_product(threads, nnz_GtL, pairs_GtL_start, pairs_GtL_left, pairs_GtL_right, dG, L,
        dGt_L);

    /* dGt_L_G = dGᵀ L G  at Gᵀ·L·G */
    sparse_product(threads, nnz_GtLG, pairs_GtLG_start, pairs_GtLG_left, pairs_GtLG_right, dGt_L, G,
        dGt_L_G);

    /* t_2 = (−Gᵀ L dG − dGᵀ L G)  at Gᵀ·L·G */
    linear_2(threads, nnz_GtLG, -1.0, GtLdG, -1.0, dGt_L_G, t_2);

    /* t = Y (−Gᵀ L dG − dGᵀ L G)  at Gᵀ·L·G */
    sparse_product(threads, nnz_GtLG, pairs_YGtLG_start, pairs_YGtLG_left, pairs_YGtLG_right, Y,
        t_2, t);

    /* t_3 = Y (−Gᵀ L dG − dGᵀ L G) B */
    spmm(threads, m, k, at_GtLG_start, at_GtLG_cols, t, B, t_3);
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
    const int64_t nnz_LtG = w->sizes[6];
    const int64_t nnz_G = w->sizes[7];
    const int64_t *at_GtLtG_start = w->tables[11];
    const int32_t *at_GtLtG_cols = w->tables[12];
    const int64_t *pairs_BftY_start = w->tables[13];
    const int32_t *pairs_BftY_left = w->tables[14];
    const int32_t *pairs_BftY_right = w->tables[15];
    const int64_t *pairs_GBBt_start = w->tables[16];
    const int32_t *pairs_GBBt_left = w->tables[17];
    const int32_t *pairs_GBBt_right = w->tables[18];
    const int64_t *pairs_LGBBt_start = w->tables[19];
    const int32_t *pairs_LGBBt_left = w->tables[20];
    const int32_t *pairs_LGBBt_right = w->tables[21];
    const int64_t *pairs_LtGYfBt_start = w->tables[43];
    const int32_t *pairs_LtGYfBt_left = w->tables[44];
    const int32_t *pairs_LtGYfBt_right = w->tables[45];
    double *B = w->arrays[0];
    double *G = w->arrays[1];
    double *L = w->arrays[2];
    double *Y = w->arrays[4];
    double *W_f = w->arrays[6];
    double *GtL = w->arrays[13];
    double *B_W_ft = w->arrays[32];
    double *B_W_ft_Y = w->arrays[33];
    double *G_B_W_ft_Y = w->arrays[34];
    double *L_G_B_W_ft_Y = w->arrays[35];
    double *Lt_G_Y_W_f_Bt = w->arrays[36];
    double *vjp_G = w->arrays[37];

    /* B_W_ft = B W_fᵀ  at Gᵀ·Lᵀ·G */
    sddmm(threads, m, k, at_GtLtG_start, at_GtLtG_cols, B, W_f, B_W_ft);

    /* B_W_ft_Y = B W_fᵀ Y  at Gᵀ·Lᵀ·G */
    sparse_product(threads, nnz_GtLtG, pairs_BftY_start, pairs_BftY_left, pairs_BftY_right, B_W_ft,
        Y, B_W_ft_Y);

    /* G_B_W_ft_Y = G B W_fᵀ Y  at Lᵀ·G */
    sparse_product(threads, nnz_LtG, pairs_GBBt_start, pairs_GBBt_left, pairs_GBBt_right, G,
        B_W_ft_Y, G_B_W_ft_Y);

    /* L_G_B_W_ft_Y = L G B W_fᵀ Y  at G */
    sparse_product(threads, nnz_G, pairs_LGBBt_start, pairs_LGBBt_left, pairs_LGBBt_right, L,
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
    const int64_t nnz_GtL = w->sizes[3];
    const int64_t nnz_GtLG = w->sizes[4];
    const int64_t nnz_GtLtG = w->sizes[5];
    const int64_t nnz_LtG = w->sizes[6];
    const int64_t nnz_G = w->sizes[7];
    const int64_t *pairs_GtL_start = w->tables[0];
    const int32_t *pairs_GtL_left = w->tables[1];
    const int32_t *pairs_GtL_right = w->tables[2];
    const int64_t *pairs_GtLG_start = w->tables[3];
    const int32_t *pairs_GtLG_left = w->tables[4];
    const int32_t *pairs_GtLG_right = w->tables[5];
    const int64_t *pairs_YGtLG_start = w->tables[6];
    const int32_t *pairs_YGtLG_left = w->tables[7];
    const int32_t *pairs_YGtLG_right = w->tables[8];
    const int64_t *at_GtLG_start = w->tables[9];
    const int32_t *at_GtLG_cols = w->tables[10];
    const int64_t *at_GtLtG_start = w->tables[11];
    const int32_t *at_GtLtG_cols = w->tables[12];
    const int64_t *pairs_BftY_start = w->tables[13];
    const int32_t *pairs_BftY_left = w->tables[14];
    const int32_t *pairs_BftY_right = w->tables[15];
    const int64_t *pairs_GBBt_start = w->tables[16];
    const int32_t *pairs_GBBt_left = w->tables[17];
    const int32_t *pairs_GBBt_right = w->tables[18];
    const int64_t *pairs_LGBBt_start = w->tables[19];
    const int32_t *pairs_LGBBt_left = w->tables[20];
    const int32_t *pairs_LGBBt_right = w->tables[21];
    const int64_t *pairs_LtGYfBt_start = w->tables[43];
    const int32_t *pairs_LtGYfBt_left = w->tables[44];
    const int32_t *pairs_LtGYfBt_right = w->tables[45];
    double *B = w->arrays[0];
    double *G = w->arrays[1];
    double *L = w->arrays[2];
    double *Y = w->arrays[4];
    double *dG = w->arrays[5];
    double *GtL = w->arrays[13];
    double *GtLdG = w->arrays[26];
    double *dGt_L = w->arrays[27];
    double *dGt_L_G = w->arrays[28];
    double *t_2 = w->arrays[29];
    double *t = w->arrays[30];
    double *t_3 = w->arrays[31];
    double *B_dft = w->arrays[38];
    double *B_dft_Y = w->arrays[39];
    double *G_B_dft_Y = w->arrays[40];
    double *L_G_B_dft_Y = w->arrays[41];
    double *LtGYdfBt = w->arrays[42];
    double *gnvp_G = w->arrays[43];

    /* GtLdG = Gᵀ L dG  at Gᵀ·L·G */
    sparse_product(threads, nnz_GtLG, pairs_GtLG_start, pairs_GtLG_left, pairs_GtLG_right, GtL, dG,
        GtLdG);

    /* dGt_L = dGᵀ L  at Gᵀ·L */
    sparse_product(threads, nnz_GtL, pairs_GtL_start, pairs_GtL_left, pairs_GtL_right, dG, L,
        dGt_L);

    /* dGt_L_G = dGᵀ L G  at Gᵀ·L·G */
    sparse_product(threads, nnz_GtLG, pairs_GtLG_start, pairs_GtLG_left, pairs_GtLG_right, dGt_L, G,
        dGt_L_G);

    /* t_2 = (−Gᵀ L dG − dGᵀ L G)  at Gᵀ·L·G */
    linear_2(threads, nnz_GtLG, -1.0, GtLdG, -1.0, dGt_L_G, t_2);

    /* t = Y (−Gᵀ L dG − dGᵀ L G)  at Gᵀ·L·G */
    sparse_product(threads, nnz_GtLG, pairs_YGtLG_start, pairs_YGtLG_left, pairs_YGtLG_right, Y,
        t_2, t);

    /* t_3 = Y (−Gᵀ L dG − dGᵀ L G) B */
    spmm(threads, m, k, at_GtLG_start, at_GtLG_cols, t, B, t_3);

    /* B_dft = B dfᵀ  at Gᵀ·Lᵀ·G */
    sddmm(threads, m, k, at_GtLtG_start, at_GtLtG_cols, B, t_3, B_dft);

    /* B_dft_Y = B dfᵀ Y  at Gᵀ·Lᵀ·G */
    sparse_product(threads, nnz_GtLtG, pairs_BftY_start, pairs_BftY_left, pairs_BftY_right, B_dft,
        Y, B_dft_Y);

    /* G_B_dft_Y = G B dfᵀ Y  at Lᵀ·G */
    sparse_product(threads, nnz_LtG, pairs_GBBt_start, pairs_GBBt_left, pairs_GBBt_right, G,
        B_dft_Y, G_B_dft_Y);

    /* L_G_B_dft_Y = L G B dfᵀ Y  at G */
    sparse_product(threads, nnz_G, pairs_LGBBt_start, pairs_LGBBt_left, pairs_LGBBt_right, L,
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
    const int64_t nnz_GtL = w->sizes[3];
    const int64_t nnz_GtLG = w->sizes[4];
    const int64_t nnz_GtLtG = w->sizes[5];
    const int64_t nnz_LtG = w->sizes[6];
    const int64_t nnz_G = w->sizes[7];
    const int64_t *pairs_GtL_start = w->tables[0];
    const int32_t *pairs_GtL_left = w->tables[1];
    const int32_t *pairs_GtL_right = w->tables[2];
    const int64_t *pairs_GtLG_start = w->tables[3];
    const int32_t *pairs_GtLG_left = w->tables[4];
    const int32_t *pairs_GtLG_right = w->tables[5];
    const int64_t *pairs_YGtLG_start = w->tables[6];
    const int32_t *pairs_YGtLG_left = w->tables[7];
    const int32_t *pairs_YGtLG_right = w->tables[8];
    const int64_t *at_GtLG_start = w->tables[9];
    const int32_t *at_GtLG_cols = w->tables[10];
    const int64_t *at_GtLtG_start = w->tables[11];
    const int32_t *at_GtLtG_cols = w->tables[12];
    const int64_t *pairs_BftY_start = w->tables[13];
    const int32_t *pairs_BftY_left = w->tables[14];
    const int32_t *pairs_BftY_right = w->tables[15];
    const int64_t *pairs_GBBt_start = w->tables[16];
    const int32_t *pairs_GBBt_left = w->tables[17];
    const int32_t *pairs_GBBt_right = w->tables[18];
    const int64_t *pairs_LGBBt_start = w->tables[19];
    const int32_t *pairs_LGBBt_left = w->tables[20];
    const int32_t *pairs_LGBBt_right = w->tables[21];
    const int64_t *pairs_LtGYfBt_start = w->tables[43];
    const int32_t *pairs_LtGYfBt_left = w->tables[44];
    const int32_t *pairs_LtGYfBt_right = w->tables[45];
    double *B = w->arrays[0];
    double *G = w->arrays[1];
    double *L = w->arrays[2];
    double *Y = w->arrays[4];
    double *dG = w->arrays[5];
    double *GtL = w->arrays[13];
    double *BftY = w->arrays[21];
    double *GtLdG = w->arrays[26];
    double *dGt_L = w->arrays[27];
    double *dGt_L_G = w->arrays[28];
    double *t_2 = w->arrays[29];
    double *t = w->arrays[30];
    double *t_3 = w->arrays[31];
    double *B_dft = w->arrays[38];
    double *B_dft_Y = w->arrays[39];
    double *G_B_dft_Y = w->arrays[40];
    double *L_G_B_dft_Y = w->arrays[41];
    double *LtGYdfBt = w->arrays[42];
    double *dGBftY = w->arrays[44];
    double *LdGBftY = w->arrays[45];
    double *LtdGYfBt = w->arrays[46];
    double *hvp_G = w->arrays[47];

    /* GtLdG = Gᵀ L dG  at Gᵀ·L·G */
    sparse_product(threads, nnz_GtLG, pairs_GtLG_start, pairs_GtLG_left, pairs_GtLG_right, GtL, dG,
        GtLdG);

    /* dGt_L = dGᵀ L  at Gᵀ·L */
    sparse_product(threads, nnz_GtL, pairs_GtL_start, pairs_GtL_left, pairs_GtL_right, dG, L,
        dGt_L);

    /* dGt_L_G = dGᵀ L G  at Gᵀ·L·G */
    sparse_product(threads, nnz_GtLG, pairs_GtLG_start, pairs_GtLG_left, pairs_GtLG_right, dGt_L, G,
        dGt_L_G);

    /* t_2 = (−Gᵀ L dG − dGᵀ L G)  at Gᵀ·L·G */
    linear_2(threads, nnz_GtLG, -1.0, GtLdG, -1.0, dGt_L_G, t_2);

    /* t = Y (−Gᵀ L dG − dGᵀ L G)  at Gᵀ·L·G */
    sparse_product(threads, nnz_GtLG, pairs_YGtLG_start, pairs_YGtLG_left, pairs_YGtLG_right, Y,
        t_2, t);

    /* t_3 = Y (−Gᵀ L dG − dGᵀ L G) B */
    spmm(threads, m, k, at_GtLG_start, at_GtLG_cols, t, B, t_3);

    /* B_dft = B dfᵀ  at Gᵀ·Lᵀ·G */
    sddmm(threads, m, k, at_GtLtG_start, at_GtLtG_cols, B, t_3, B_dft);

    /* B_dft_Y = B dfᵀ Y  at Gᵀ·Lᵀ·G */
    sparse_product(threads, nnz_GtLtG, pairs_BftY_start, pairs_BftY_left, pairs_BftY_right, B_dft,
        Y, B_dft_Y);

    /* G_B_dft_Y = G B dfᵀ Y  at Lᵀ·G */
    sparse_product(threads, nnz_LtG, pairs_GBBt_start, pairs_GBBt_left, pairs_GBBt_right, G,
        B_dft_Y, G_B_dft_Y);

    /* L_G_B_dft_Y = L G B dfᵀ Y  at G */
    sparse_product(threads, nnz_G, pairs_LGBBt_start, pairs_LGBBt_left, pairs_LGBBt_right, L,
        G_B_dft_Y, L_G_B_dft_Y);

    /* LtGYdfBt = Lᵀ G Y df Bᵀ  at G */
    sparse_product(threads, nnz_G, pairs_LtGYfBt_start, pairs_LtGYfBt_left, pairs_LtGYfBt_right,
        GtL, B_dft_Y, LtGYdfBt);

    /* dGBftY = dG B fᵀ Y  at Lᵀ·G */
    sparse_product(threads, nnz_LtG, pairs_GBBt_start, pairs_GBBt_left, pairs_GBBt_right, dG, BftY,
        dGBftY);

    /* LdGBftY = L dG B fᵀ Y  at G */
    sparse_product(threads, nnz_G, pairs_LGBBt_start, pairs_LGBBt_left, pairs_LGBBt_right, L,
        dGBftY, LdGBftY);

    /* LtdGYfBt = Lᵀ dG Y f Bᵀ  at G */
    sparse_product(threads, nnz_G, pairs_LtGYfBt_start, pairs_LtGYfBt_left, pairs_LtGYfBt_right,
        dGt_L, BftY, LtdGYfBt);

    /* hvp_G = −2 (L dG B fᵀ Y + L G B dfᵀ Y + Lᵀ dG Y f Bᵀ + Lᵀ G Y df Bᵀ)  at G */
    linear_2(threads, nnz_G, -2.0, LdGBftY, -2.0, L_G_B_dft_Y, hvp_G);

    add(threads, nnz_G, -2.0, LtdGYfBt, hvp_G);

    add(threads, nnz_G, -2.0, LtGYdfBt, hvp_G);
}

/* the diagonal of 2 JᵀJ */
EXPORT void nzdiff_gn_diagonal(const nzdiff_workspace *w);
void nzdiff_gn_diagonal(const nzdiff_workspace *w)
{
    if (!w->done[8]) {
        stage_8(w);
        w->done[8] = 1;
    }
    if (!w->done[0]) {
        stage_0(w);
        w->done[0] = 1;
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

/* the diagonal of the Hessian */
EXPORT void nzdiff_hessian_diagonal(const nzdiff_workspace *w);
void nzdiff_hessian_diagonal(const nzdiff_workspace *w)
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
    if (!w->done[3]) {
        stage_3(w);
        w->done[3] = 1;
    }
    if (!w->done[7]) {
        stage_7(w);
        w->done[7] = 1;
    }
}

