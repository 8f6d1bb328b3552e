/* out[i, j] = the sum of w[i, k; j, l] b[k, l] over k and l: the adjoint of a in kron(a, b). */
KERNEL void kron_left(int threads, int64_t a_rows, int64_t a_cols, int64_t b_rows, int64_t b_cols,
                      const real *restrict w, const real *restrict b, real *restrict out)
{
    PARALLEL_ROWS
    for (int64_t i = 0; i < a_rows; i++) {
        real *restrict target = out + i * a_cols;
        for (int64_t j = 0; j < a_cols; j++)
            target[j] = 0.0;
        for (int64_t k = 0; k < b_rows; k++) {
            const real *restrict row = w + (i * b_rows + k) * a_cols * b_cols;
            const real *restrict right = b + k * b_cols;
            for (int64_t j = 0; j < a_cols; j++) {
                real sum = 0.0;
                SIMD_SUM
                for (int64_t l = 0; l < b_cols; l++)
                    sum += row[j * b_cols + l] * right[l];
                target[j] += sum;
            }
        }
    }
}
