/* c = r b, row-major: r is rows x rows and upper triangular, b and c are rows x cols. */
KERNEL void trmm_n(int threads, int64_t rows, int64_t cols, const real *r, const real *b, real *c)
{
    trmm(threads, 'N', rows, cols, r, b, c);
}
