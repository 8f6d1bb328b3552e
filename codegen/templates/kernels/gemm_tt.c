/* c = a' b', row-major: a is inner x rows, b is cols x inner. */
static void gemm_tt(int threads, int64_t rows, int64_t cols, int64_t inner, const double *a,
                    const double *b, double *c)
{
    (void)threads;
    gemm('T', 'T', rows, cols, inner, a, rows, b, inner, c);
}
