/* out = d a' b + e plus: `at` describes a', whose t-th value is a[position[t]]. */
KERNEL void spmm_transposed(int threads, int64_t rows, int64_t width, const row_table *at, real d,
                            real e, const real *a, const real *b, const real *plus, real *out)
{
    const int64_t *start = at->start;
    PARALLEL_ROWS
    for (int64_t i = 0; i < rows; i++)
        spmm_row(width, start[i], start[i + 1], at->cols, at->position, d, e, a, b,
                 plus + i * width, out + i * width);
}
