/* c = op(a) op(b), row-major, through the column-major BLAS as c' = op(b)' op(a)'. */
static void gemm(char ta, char tb, int64_t rows, int64_t cols, int64_t inner, const double *a,
                 int64_t a_stride, const double *b, int64_t b_stride, double *c)
{
    const double one = 1.0, zero = 0.0;
    const int m = (int)cols, n = (int)rows, k = (int)inner;
    const int lda = b_stride > 0 ? (int)b_stride : 1, ldb = a_stride > 0 ? (int)a_stride : 1;
    const int ldc = (int)cols;
    if (rows > 0 && cols > 0)
        dgemm(&tb, &ta, &m, &n, &k, &one, b, &lda, a, &ldb, &zero, c, &ldc);
}
