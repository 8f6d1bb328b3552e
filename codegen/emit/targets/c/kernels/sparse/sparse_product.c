/* out[t] = the sum of a[left] b[right] over the pairs of position t. */
KERNEL void sparse_product(int threads, int64_t count, const pair_table *pairs,
                           const real *restrict a, const real *restrict b, real *restrict out)
{
    const int64_t *start = pairs->start;
    const int32_t *left = pairs->left, *right = pairs->right;
    PARALLEL_ROWS
    for (int64_t t = 0; t < count; t++) {
        real sum = 0.0;
        for (int64_t u = start[t]; u < start[t + 1]; u++)
            sum += a[left[u]] * b[right[u]];
        out[t] = sum;
    }
}
