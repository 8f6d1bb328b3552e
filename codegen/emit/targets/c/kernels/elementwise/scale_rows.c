/* out = diag(d) a. */
KERNEL void scale_rows(int threads, int64_t rows, int64_t cols, const real *restrict d,
                       const real *restrict a, real *restrict out)
{
    PARALLEL_ROWS
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < cols; j++)
            out[i * cols + j] = d[i] * a[i * cols + j];
}
