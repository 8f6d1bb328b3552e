/* out[t] = a[j, i] at each stored (i, j); a has rows of `cols_a` numbers. */
KERNEL void sample_transposed(int threads, int64_t rows, const row_table *at, int64_t cols_a,
                              const real *restrict a, real *restrict out)
{
    const int64_t *start = at->start;
    const int32_t *cols = at->cols;
    PARALLEL_ROWS
    for (int64_t i = 0; i < rows; i++)
        for (int64_t t = start[i]; t < start[i + 1]; t++)
            out[t] = a[cols[t] * cols_a + i];
}
