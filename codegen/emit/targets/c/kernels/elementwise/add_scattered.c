/* out[i, j] += c a[t] at each stored (i, j); out has rows of `width` numbers. */
KERNEL void add_scattered(int threads, int64_t rows, int64_t width, const row_table *at, real c,
                          const real *restrict a, real *restrict out)
{
    const int64_t *start = at->start;
    const int32_t *cols = at->cols;
    PARALLEL_ROWS
    for (int64_t i = 0; i < rows; i++)
        for (int64_t t = start[i]; t < start[i + 1]; t++)
            out[i * width + cols[t]] += c * a[t];
}
