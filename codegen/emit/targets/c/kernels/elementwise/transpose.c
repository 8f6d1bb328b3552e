/* out = c a', row-major: out is rows x cols. */
KERNEL void transpose(int threads, int64_t rows, int64_t cols, real c, const real *restrict a,
                      real *restrict out)
{
    PARALLEL_ROWS
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < cols; j++)
            out[i * cols + j] = c * a[j * rows + i];
}
