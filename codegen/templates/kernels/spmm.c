/* out = d a b + e out: a sparse (CSR), b and out dense with rows of `width` numbers. */
static void spmm(int threads, int64_t rows, int64_t width, const int64_t *start,
                 const int32_t *cols, real d, real e, const real *a, const real *restrict b,
                 real *restrict out)
{
    PARALLEL_ROWS
    for (int64_t i = 0; i < rows; i++) {
        real *restrict row = out + i * width;
        if (e == 0)
            for (int64_t j = 0; j < width; j++)
                row[j] = 0;
        for (int64_t t = start[i]; t < start[i + 1]; t++) {
            const real number = d * a[t];
            const real *restrict other = b + cols[t] * width;
            for (int64_t j = 0; j < width; j++)
                row[j] += number * other[j];
        }
    }
}
