/* out = the columns of a, STRIP_COLUMNS at a time: all rows of the first strip before the next. */
KERNEL void strips(int threads, int64_t rows, int64_t cols, const real *restrict a,
                   real *restrict out)
{
    const int64_t count = (cols + STRIP_COLUMNS - 1) / STRIP_COLUMNS;
    PARALLEL_ROWS
    for (int64_t strip = 0; strip < count; strip++) {
        const int64_t first = strip * STRIP_COLUMNS, rest = cols - first;
        const int64_t width = rest < STRIP_COLUMNS ? rest : STRIP_COLUMNS;
        real *to = out + first * rows;
        for (int64_t l = 0; l < rows; l++)
            for (int64_t q = 0; q < width; q++)
                to[l * width + q] = a[l * cols + first + q];
    }
}
