/* Kernels of the problem spectral_coarsening.
 *
 * E = ‖X − Y Gᵀ L G B‖²
 * f = X − Y Gᵀ L G B
 * dE/dG = −2 (L G B fᵀ Y + Lᵀ G Y f Bᵀ)  at the stored positions
 * plan b57037c6270f
 * floating-point operations at the sizes it was planned for: energy 8.47e+05, residual 7.87e+05, gradient 1.54e+06, jvp 7.68e+05, vjp 7.85e+05, gnvp 1.52e+06, hvp 3.02e+06
 * workspace: 8 (3 m·k + 12 nnz(G) + 2 nnz(Gᵀ·L) + 6 nnz(Gᵀ·L·G) + 6 nnz(Gᵀ·Lᵀ·G) + 4 nnz(Lᵀ·G) + 2) bytes
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

/* shared by energy, residual, gradient, jvp, vjp, gnvp, hvp */
static void stage_0(const nzdiff_workspace *w)
{
    const int threads = w->threads;
    const int64_t nnz_GtL = w->sizes[3];
    const int64_t *pairs_GtL_start = w->tables[0];
    const int32_t *pairs_GtL_left = w->tables[1];
    const int32_t *pairs_GtL_right = w->tables[2];
    double *G = w->arrays[1];
    double *L = w->arrays[2];
    double *GtL = w->arrays[7];

    /* GtL = Gᵀ L  at Gᵀ·L */
    sparse_product(threads, nnz_GtL, pairs_GtL_start, pairs_GtL_left, pairs_GtL_right, G, L, GtL);
}

/* shared by energy, residual, gradient, hvp */
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
    double *GtL = w->arrays[7];
    double *GtLG = w->arrays[8];
    double *YGtLG = w->arrays[9];
    double *YGtLGB = w->arrays[10];
    double *f = w->arrays[11];

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
    double *f = w->arrays[11];
    double *Bft = w->arrays[14];
    double *BftY = w->arrays[15];

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
    double *f = w->arrays[11];
    double *sumsq_f = w->arrays[12];
    double *energy = w->arrays[13];

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
    const int64_t nnz_LtG = w->sizes[6];
    const int64_t nnz_G = w->sizes[7];
    const int64_t *pairs_GBftY_start = w->tables[16];
    const int32_t *pairs_GBftY_left = w->tables[17];
    const int32_t *pairs_GBftY_right = w->tables[18];
    const int64_t *pairs_LGBftY_start = w->tables[19];
    const int32_t *pairs_LGBftY_left = w->tables[20];
    const int32_t *pairs_LGBftY_right = w->tables[21];
    const int64_t *pairs_LtGYfBt_start = w->tables[22];
    const int32_t *pairs_LtGYfBt_left = w->tables[23];
    const int32_t *pairs_LtGYfBt_right = w->tables[24];
    double *G = w->arrays[1];
    double *L = w->arrays[2];
    double *GtL = w->arrays[7];
    double *BftY = w->arrays[15];
    double *GBftY = w->arrays[16];
    double *LGBftY = w->arrays[17];
    double *LtGYfBt = w->arrays[18];
    double *gradient_G = w->arrays[19];

    /* GBftY = G B fᵀ Y  at Lᵀ·G */
    sparse_product(threads, nnz_LtG, pairs_GBftY_start, pairs_GBftY_left, pairs_GBftY_right, G,
        BftY, GBftY);

    /* LGBftY = L G B fᵀ Y  at G */
    sparse_product(threads, nnz_G, pairs_LGBftY_start, pairs_LGBftY_left, pairs_LGBftY_right, L,
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
    double *GtL = w->arrays[7];
    double *GtLdG = w->arrays[20];
    double *dGt_L = w->arrays[21];
    double *dGt_L_G = w->arrays[22];
    double *t_2 = w->arrays[23];
    double *t = w->arrays[24];
    double *t_3 = w->arrays[25];

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
    const int64_t *pairs_GBftY_start = w->tables[16];
    const int32_t *pairs_GBftY_left = w->tables[17];
    const int32_t *pairs_GBftY_right = w->tables[18];
    const int64_t *pairs_LGBftY_start = w->tables[19];
    const int32_t *pairs_LGBftY_left = w->tables[20];
    const int32_t *pairs_LGBftY_right = w->tables[21];
    const int64_t *pairs_LtGYfBt_start = w->tables[22];
    const int32_t *pairs_LtGYfBt_left = w->tables[23];
    const int32_t *pairs_LtGYfBt_right = w->tables[24];
    double *B = w->arrays[0];
    double *G = w->arrays[1];
    double *L = w->arrays[2];
    double *Y = w->arrays[4];
    double *W_f = w->arrays[6];
    double *GtL = w->arrays[7];
    double *B_W_ft = w->arrays[26];
    double *B_W_ft_Y = w->arrays[27];
    double *G_B_W_ft_Y = w->arrays[28];
    double *L_G_B_W_ft_Y = w->arrays[29];
    double *Lt_G_Y_W_f_Bt = w->arrays[30];
    double *vjp_G = w->arrays[31];

    /* B_W_ft = B W_fᵀ  at Gᵀ·Lᵀ·G */
    sddmm(threads, m, k, at_GtLtG_start, at_GtLtG_cols, B, W_f, B_W_ft);

    /* B_W_ft_Y = B W_fᵀ Y  at Gᵀ·Lᵀ·G */
    sparse_product(threads, nnz_GtLtG, pairs_BftY_start, pairs_BftY_left, pairs_BftY_right, B_W_ft,
        Y, B_W_ft_Y);

    /* G_B_W_ft_Y = G B W_fᵀ Y  at Lᵀ·G */
    sparse_product(threads, nnz_LtG, pairs_GBftY_start, pairs_GBftY_left, pairs_GBftY_right, G,
        B_W_ft_Y, G_B_W_ft_Y);

    /* L_G_B_W_ft_Y = L G B W_fᵀ Y  at G */
    sparse_product(threads, nnz_G, pairs_LGBftY_start, pairs_LGBftY_left, pairs_LGBftY_right, L,
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
    const int64_t *pairs_GBftY_start = w->tables[16];
    const int32_t *pairs_GBftY_left = w->tables[17];
    const int32_t *pairs_GBftY_right = w->tables[18];
    const int64_t *pairs_LGBftY_start = w->tables[19];
    const int32_t *pairs_LGBftY_left = w->tables[20];
    const int32_t *pairs_LGBftY_right = w->tables[21];
    const int64_t *pairs_LtGYfBt_start = w->tables[22];
    const int32_t *pairs_LtGYfBt_left = w->tables[23];
    const int32_t *pairs_LtGYfBt_right = w->tables[24];
    double *B = w->arrays[0];
    double *G = w->arrays[1];
    double *L = w->arrays[2];
    double *Y = w->arrays[4];
    double *dG = w->arrays[5];
    double *GtL = w->arrays[7];
    double *GtLdG = w->arrays[20];
    double *dGt_L = w->arrays[21];
    double *dGt_L_G = w->arrays[22];
    double *t_2 = w->arrays[23];
    double *t = w->arrays[24];
    double *t_3 = w->arrays[25];
    double *B_dft = w->arrays[32];
    double *B_dft_Y = w->arrays[33];
    double *G_B_dft_Y = w->arrays[34];
    double *L_G_B_dft_Y = w->arrays[35];
    double *LtGYdfBt = w->arrays[36];
    double *gnvp_G = w->arrays[37];

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
    sparse_product(threads, nnz_LtG, pairs_GBftY_start, pairs_GBftY_left, pairs_GBftY_right, G,
        B_dft_Y, G_B_dft_Y);

    /* L_G_B_dft_Y = L G B dfᵀ Y  at G */
    sparse_product(threads, nnz_G, pairs_LGBftY_start, pairs_LGBftY_left, pairs_LGBftY_right, L,
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
    const int64_t *pairs_GBftY_start = w->tables[16];
    const int32_t *pairs_GBftY_left = w->tables[17];
    const int32_t *pairs_GBftY_right = w->tables[18];
    const int64_t *pairs_LGBftY_start = w->tables[19];
    const int32_t *pairs_LGBftY_left = w->tables[20];
    const int32_t *pairs_LGBftY_right = w->tables[21];
    const int64_t *pairs_LtGYfBt_start = w->tables[22];
    const int32_t *pairs_LtGYfBt_left = w->tables[23];
    const int32_t *pairs_LtGYfBt_right = w->tables[24];
    double *B = w->arrays[0];
    double *G = w->arrays[1];
    double *L = w->arrays[2];
    double *Y = w->arrays[4];
    double *dG = w->arrays[5];
    double *GtL = w->arrays[7];
    double *BftY = w->arrays[15];
    double *GtLdG = w->arrays[20];
    double *dGt_L = w->arrays[21];
    double *dGt_L_G = w->arrays[22];
    double *t_2 = w->arrays[23];
    double *t = w->arrays[24];
    double *t_3 = w->arrays[25];
    double *B_dft = w->arrays[32];
    double *B_dft_Y = w->arrays[33];
    double *G_B_dft_Y = w->arrays[34];
    double *L_G_B_dft_Y = w->arrays[35];
    double *LtGYdfBt = w->arrays[36];
    double *dGBftY = w->arrays[38];
    double *LdGBftY = w->arrays[39];
    double *LtdGYfBt = w->arrays[40];
    double *hvp_G = w->arrays[41];

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
    sparse_product(threads, nnz_LtG, pairs_GBftY_start, pairs_GBftY_left, pairs_GBftY_right, G,
        B_dft_Y, G_B_dft_Y);

    /* L_G_B_dft_Y = L G B dfᵀ Y  at G */
    sparse_product(threads, nnz_G, pairs_LGBftY_start, pairs_LGBftY_left, pairs_LGBftY_right, L,
        G_B_dft_Y, L_G_B_dft_Y);

    /* LtGYdfBt = Lᵀ G Y df Bᵀ  at G */
    sparse_product(threads, nnz_G, pairs_LtGYfBt_start, pairs_LtGYfBt_left, pairs_LtGYfBt_right,
        GtL, B_dft_Y, LtGYdfBt);

    /* dGBftY = dG B fᵀ Y  at Lᵀ·G */
    sparse_product(threads, nnz_LtG, pairs_GBftY_start, pairs_GBftY_left, pairs_GBftY_right, dG,
        BftY, dGBftY);

    /* LdGBftY = L dG B fᵀ Y  at G */
    sparse_product(threads, nnz_G, pairs_LGBftY_start, pairs_LGBftY_left, pairs_LGBftY_right, L,
        dGBftY, LdGBftY);

    /* LtdGYfBt = Lᵀ dG Y f Bᵀ  at G */
    sparse_product(threads, nnz_G, pairs_LtGYfBt_start, pairs_LtGYfBt_left, pairs_LtGYfBt_right,
        dGt_L, BftY, LtdGYfBt);

    /* hvp_G = −2 (L dG B fᵀ Y + L G B dfᵀ Y + Lᵀ dG Y f Bᵀ + Lᵀ G Y df Bᵀ)  at G */
    linear_2(threads, nnz_G, -2.0, LdGBftY, -2.0, L_G_B_dft_Y, hvp_G);

    add(threads, nnz_G, -2.0, LtdGYfBt, hvp_G);

    add(threads, nnz_G, -2.0, LtGYdfBt, hvp_G);
}

