/* c = d op(a) op(b) + e c, row-major, through the column-major BLAS as c' = d op(b)' op(a)' + e c'.
   Blocks of rows (or columns) of c are the same for any number of threads. */
KERNEL void gemm(int threads, char ta, char tb, int64_t rows, int64_t cols, int64_t inner, real d,
                 real e, const real *a, int64_t a_stride, const real *b, int64_t b_stride, real *c)
{
    enum { BLOCK = 256 };
    const int by_rows = rows >= cols;
    const int64_t total = by_rows ? rows : cols, blocks = (total + BLOCK - 1) / BLOCK;
    const int64_t size = blocks > 0 ? (total + blocks - 1) / blocks : 0;
    const int k = (int)inner, ldc = (int)cols;
    const int lda = b_stride > 0 ? (int)b_stride : 1, ldb = a_stride > 0 ? (int)a_stride : 1;
    if (rows == 0 || cols == 0)
        return;
    PARALLEL_ROWS
    for (int64_t block = 0; block < blocks; block++) {
        const int64_t first = block * size, rest = total - first;
        const int64_t count = rest < size ? rest : size;
        const int m = (int)(by_rows ? cols : count), n = (int)(by_rows ? count : rows);
        const real *left = by_rows ? a + (ta == 'N' ? first * a_stride : first) : a;
        const real *right = by_rows ? b : b + (tb == 'N' ? first : first * b_stride);
        if (count > 0)
            blas->gemm(&tb, &ta, &m, &n, &k, &d, right, &lda, left, &ldb, &e,
                       c + (by_rows ? first * cols : first), &ldc);
    }
}
