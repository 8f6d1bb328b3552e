/* out = the columns of a in strips: rows of STRIP numbers, all of the first strip before the next. */
KERNEL void strips(int threads, int64_t rows, int64_t cols, const real *restrict a,
                   real *restrict out)
{
    const int64_t count = (cols + STRIP - 1) / STRIP;
    PARALLEL_ROWS
    for (int64_t strip = 0; strip < count; strip++) {
        const int64_t first = strip * STRIP, rest = cols - first;
        const int64_t width = rest < STRIP ? rest : STRIP;
        real *to = out + first * rows;
        for (int64_t l = 0; l < rows; l++)
            for (int64_t q = 0; q < width; q++)
                to[l * width + q] = a[l * cols + first + q];
    }
}
