/* c = a b, row-major: a is rows x inner, b is inner x cols. */
static void gemm_nn(int threads, int64_t rows, int64_t cols, int64_t inner, const double *a,
                    const double *b, double *c)
{
    (void)threads;
    gemm('N', 'N', rows, cols, inner, a, inner, b, cols, c);
}
