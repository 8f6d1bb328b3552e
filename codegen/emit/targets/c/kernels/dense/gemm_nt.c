/* c = d a b' + e c, row-major: a is rows x inner, b is cols x inner. */
KERNEL void gemm_nt(int threads, int64_t rows, int64_t cols, int64_t inner, real d, real e,
                    const real *a, const real *b, real *c)
{
    gemm(threads, 'N', 'T', rows, cols, inner, d, e, a, inner, b, inner, c);
}
