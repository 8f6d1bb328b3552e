/* out = the Kronecker product of a and b, row-major: a is a_rows x a_cols, b is b_rows x b_cols. */
KERNEL void kron(int threads, int64_t a_rows, int64_t a_cols, int64_t b_rows, int64_t b_cols,
                 const real *a, const real *b, real *restrict out)
{
    PARALLEL_ROWS
    for (int64_t row = 0; row < a_rows * b_rows; row++) {
        const real *left = a + row / b_rows * a_cols;
        const real *right = b + row % b_rows * b_cols;
        real *restrict target = out + row * a_cols * b_cols;
        for (int64_t j = 0; j < a_cols; j++)
            for (int64_t l = 0; l < b_cols; l++)
                target[j * b_cols + l] = left[j] * right[l];
    }
}
