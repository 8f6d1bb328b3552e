/* BLAS, column-major: linked where NZDIFF_LINKED_BLAS is defined, else plain loops. */
#ifdef NZDIFF_LINKED_BLAS
#ifndef NZDIFF_BLAS_NAME
#define NZDIFF_BLAS_NAME(name) name##_ /* how a Fortran compiler calls it */
#endif
void NZDIFF_BLAS_NAME(dgemm)(const char *, const char *, const int *, const int *, const int *,
                             const real *, const real *, const int *, const real *, const int *,
                             const real *, real *, const int *);
#else
#define NZDIFF_BLAS_NAME(name) own_##name

/* c = alpha op(a) op(b) + beta c. */
static void own_dgemm(const char *ta, const char *tb, const int *m, const int *n, const int *k,
                      const real *alpha, const real *a, const int *lda, const real *b,
                      const int *ldb, const real *beta, real *c, const int *ldc)
{
    for (int64_t j = 0; j < *n; j++) {
        real *column = c + j * *ldc;
        for (int64_t i = 0; i < *m; i++)
            column[i] = *beta == 0 ? 0 : *beta * column[i];
        for (int64_t l = 0; *ta == 'N' && l < *k; l++) {
            const real number = *alpha * (*tb == 'N' ? b[j * *ldb + l] : b[l * *ldb + j]);
            const real *left = a + l * *lda;
            for (int64_t i = 0; i < *m; i++)
                column[i] += number * left[i];
        }
        for (int64_t i = 0; *ta != 'N' && i < *m; i++) {
            const real *left = a + i * *lda;
            real sum = 0;
            for (int64_t l = 0; l < *k; l++)
                sum += left[l] * (*tb == 'N' ? b[j * *ldb + l] : b[l * *ldb + j]);
            column[i] += *alpha * sum;
        }
    }
}
#endif
static const struct nzdiff_blas {
    void (*gemm)(const char *, const char *, const int *, const int *, const int *, const real *,
                 const real *, const int *, const real *, const int *, const real *, real *,
                 const int *);
} linked_blas = {NZDIFF_BLAS_NAME(dgemm)}, *const blas = &linked_blas;
