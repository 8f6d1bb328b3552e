/* out = a diag(d). */
static void scale_cols(int threads, int64_t rows, int64_t cols, const double *restrict d,
                       const double *restrict a, double *restrict out)
{
    PARALLEL_ROWS
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < cols; j++)
            out[i * cols + j] = d[j] * a[i * cols + j];
}
