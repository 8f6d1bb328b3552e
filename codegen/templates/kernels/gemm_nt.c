/* c = a b', row-major: a is rows x inner, b is cols x inner. */
static void gemm_nt(int threads, int64_t rows, int64_t cols, int64_t inner, const double *a,
                    const double *b, double *c)
{
    (void)threads;
    gemm('N', 'T', rows, cols, inner, a, inner, b, inner, c);
}
