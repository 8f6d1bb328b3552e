/* out[t] += c a[i] b[j] at each stored (i, j). */
static void add_outer(int threads, int64_t rows, const int64_t *start, const int32_t *cols,
                      double c, const double *restrict a, const double *restrict b,
                      double *restrict out)
{
    PARALLEL_ROWS
    for (int64_t i = 0; i < rows; i++)
        for (int64_t t = start[i]; t < start[i + 1]; t++)
            out[t] += c * a[i] * b[cols[t]];
}
