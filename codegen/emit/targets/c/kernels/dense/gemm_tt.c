/* c = d a' b' + e c, row-major: a is inner x rows, b is cols x inner. */
KERNEL void gemm_tt(int threads, int64_t rows, int64_t cols, int64_t inner, real d, real e,
                    const real *a, const real *b, real *c)
{
    gemm(threads, 'T', 'T', rows, cols, inner, d, e, a, rows, b, inner, c);
}
