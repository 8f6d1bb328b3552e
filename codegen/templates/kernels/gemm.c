/* c = d op(a) op(b) + e c, row-major, through the column-major BLAS as c' = d op(b)' op(a)' + e c'. */
static void gemm(char ta, char tb, int64_t rows, int64_t cols, int64_t inner, real d, real e,
                 const real *a, int64_t a_stride, const real *b, int64_t b_stride, real *c)
{
    const int m = (int)cols, n = (int)rows, k = (int)inner;
    const int lda = b_stride > 0 ? (int)b_stride : 1, ldb = a_stride > 0 ? (int)a_stride : 1;
    const int ldc = (int)cols;
    if (rows > 0 && cols > 0)
        blas->gemm(&tb, &ta, &m, &n, &k, &d, b, &lda, a, &ldb, &e, c, &ldc);
}
