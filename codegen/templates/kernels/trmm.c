/* c = op(r) b, row-major, r upper triangular, through the column-major BLAS as c' = b' op(r)'. */
static void trmm(char op, int64_t rows, int64_t cols, const real *r, const real *b, real *c)
{
    const real one = 1.0;
    const int m = (int)cols, n = (int)rows;
    if (c != b)
        for (int64_t t = 0; t < rows * cols; t++)
            c[t] = b[t];
    if (rows > 0 && cols > 0)
        blas->trmm("R", "L", &op, "N", &m, &n, &one, r, &n, c, &m);
}
