/* The BLAS routines of the runtime, in the precision of `real`. */
static const struct nzdiff_blas {
    void (*gemm)(const char *, const char *, const int *, const int *, const int *, const real *,
                 const real *, const int *, const real *, const int *, const real *, real *,
                 const int *);
    void (*trmm)(const char *, const char *, const char *, const char *, const int *, const int *,
                 const real *, const real *, const int *, real *, const int *);
} *blas;
