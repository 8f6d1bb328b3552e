/* out[k, l] = the sum of w[i, k; j, l] a[i, j] over i and j: the adjoint of b in kron(a, b). */
KERNEL void kron_right(int threads, int64_t a_rows, int64_t a_cols, int64_t b_rows, int64_t b_cols,
                       const real *restrict w, const real *restrict a, real *restrict out)
{
    PARALLEL_ROWS
    for (int64_t k = 0; k < b_rows; k++) {
        real *restrict target = out + k * b_cols;
        for (int64_t l = 0; l < b_cols; l++)
            target[l] = 0.0;
        for (int64_t i = 0; i < a_rows; i++) {
            const real *restrict row = w + (i * b_rows + k) * a_cols * b_cols;
            for (int64_t j = 0; j < a_cols; j++) {
                const real number = a[i * a_cols + j];
                for (int64_t l = 0; l < b_cols; l++)
                    target[l] += number * row[j * b_cols + l];
            }
        }
    }
}
