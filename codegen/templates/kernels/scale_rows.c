/* out = diag(d) a. */
static void scale_rows(int threads, int64_t rows, int64_t cols, const double *restrict d,
                       const double *restrict a, double *restrict out)
{
    PARALLEL_ROWS
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < cols; j++)
            out[i * cols + j] = d[i] * a[i * cols + j];
}
