/* out = a' b: a block per group of rows, then out[t] as the sum of its numbers in the blocks. */
KERNEL void product_outer(int threads, int64_t count, const outer_table *o, const real *restrict a,
                          const real *restrict b, real *restrict out)
{
    const int64_t *start = o->start, *block = o->block, *sum = o->sum;
    const int32_t *left = o->left, *right = o->right, *left_size = o->left_size;
    const int32_t *right_size = o->right_size, *inside = o->inside;
    real *blocks = o->blocks;
    const int64_t groups = *start++;
    PARALLEL_ROWS
    for (int64_t g = 0; g < groups; g++) {
        const int rows = left_size[g], stride = (right_size[g] + LANES - 1) / LANES * LANES;
        for (int i = 0; i < rows; i += OWN)
            for (int j = 0; j < stride; j += LANES) {
                lanes c0 = {0}, c1 = {0}, c2 = {0}, c3 = {0};
                for (int64_t r = start[g]; r < start[g + 1]; r++) {
                    const real *x = a + left[r] + i;
                    const lanes y = *(const loaded_lanes *)(b + right[r] + j);
                    c0 += x[0] * y;
                    c1 += x[1] * y;
                    c2 += x[2] * y;
                    c3 += x[3] * y;
                }
                const lanes c[OWN] = {c0, c1, c2, c3};
                for (int t = i; t < rows && t < i + OWN; t++)
                    *(loaded_lanes *)(blocks + block[g] + t * stride + j) = c[t - i];
            }
    }
    PARALLEL_ROWS
    for (int64_t t = 0; t < count; t++) {
        real total = 0;
        for (int64_t u = sum[t]; u < sum[t + 1]; u++)
            total += blocks[inside[u]];
        out[t] = total;
    }
}
