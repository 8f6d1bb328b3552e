/* c = op(r) b, row-major, r upper triangular, through the column-major BLAS as c' = b' op(r)'.
   Columns of c are computed alike wherever they are divided among threads. */
KERNEL void trmm(int threads, char op, int64_t rows, int64_t cols, const real *r, const real *b,
                 real *c)
{
    const real one = 1;
    const int n = (int)rows, stride = (int)cols;
    const int64_t parts = threads > 1 && cols >= 16 * threads ? threads : 1;
    const int64_t size = (cols + 8 * parts - 1) / (8 * parts) * 8;
    PARALLEL_ROWS
    for (int64_t part = 0; part < parts; part++) {
        const int64_t first = part * size, rest = cols - first;
        const int m = (int)(rest < size ? rest : size);
        if (m <= 0 || rows == 0)
            continue;
        for (int64_t i = 0; i < rows; i++)
            for (int64_t j = first; j < first + m; j++)
                c[i * cols + j] = b[i * cols + j];
        blas->trmm("R", "L", &op, "N", &m, &n, &one, r, &n, c + first, &stride);
    }
}
