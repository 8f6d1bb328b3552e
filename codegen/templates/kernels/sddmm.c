/* out[t] = a[i, :] . b[j, :] at each stored (i, j). */
static void sddmm(int threads, int64_t rows, int64_t inner, const int64_t *start,
                  const int32_t *cols, const real *restrict a, const real *restrict b,
                  real *restrict out)
{
    PARALLEL_ROWS
    for (int64_t i = 0; i < rows; i++) {
        const real *restrict left = a + i * inner;
        for (int64_t t = start[i]; t < start[i + 1]; t++) {
            const real *restrict right = b + cols[t] * inner;
            real sum = 0.0;
            SIMD_SUM
            for (int64_t j = 0; j < inner; j++)
                sum += left[j] * right[j];
            out[t] = sum;
        }
    }
}
