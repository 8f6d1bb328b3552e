/* out = d a' b + e plus: `start`, `cols` describe a', whose t-th value is a[position[t]]. */
static void spmm_transposed(int threads, int64_t rows, int64_t width, const int64_t *start,
                            const int32_t *cols, const int32_t *position, real d, real e,
                            const real *a, const real *b, const real *plus, real *out)
{
    PARALLEL_ROWS
    for (int64_t i = 0; i < rows; i++)
        spmm_row(width, start[i], start[i + 1], cols, position, d, e, a, b, plus + i * width,
                 out + i * width);
}
