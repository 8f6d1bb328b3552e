/* Factorisations, solves, entries of inverses and operations of libraries, called back in the runtime. */
struct nzdiff_solvers {
    void (*factor)(int which, const real *values, real *out);
    void (*solve)(int which, int transposed, int64_t width, const real *b, real *out);
    void (*select)(int which, const real *const *middles, real *out);
    void (*external)(int which, const real *const *operands, real *out);
};
