/* c = a' b, row-major: a is inner x rows, b is inner x cols. */
static void gemm_tn(int threads, int64_t rows, int64_t cols, int64_t inner, const double *a,
                    const double *b, double *c)
{
    (void)threads;
    gemm('T', 'N', rows, cols, inner, a, rows, b, cols, c);
}
