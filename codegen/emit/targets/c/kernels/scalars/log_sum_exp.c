/* out[i] = log of the sum of exp(a[i, j]) over j; nothing overflows, as no exponent is above 0. */
KERNEL void log_sum_exp(int threads, int64_t rows, int64_t cols, const real *restrict a,
                        real *restrict out)
{
    PARALLEL_ROWS
    for (int64_t i = 0; i < rows; i++) {
        const real *row = a + i * cols;
        double largest = -INFINITY, sum = 0.0;
        for (int64_t j = 0; j < cols; j++)
            if (!(row[j] <= largest)) largest = row[j];
        for (int64_t j = 0; j < cols; j++)
            sum += exp(row[j] - largest);
        out[i] = (real)(largest - largest == 0.0 ? largest + log(sum) : largest);
    }
}
