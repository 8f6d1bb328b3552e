/* out[t] = a[i, :] . b[j, :] at each stored (i, j), four dot products side by side. */
KERNEL void sddmm(int threads, int64_t rows, int64_t inner, const row_table *at,
                  const real *restrict a, const real *restrict b, real *restrict out)
{
    const int64_t *start = at->start;
    const int32_t *cols = at->cols;
    PARALLEL_ROWS
    for (int64_t i = 0; i < rows; i++) {
        const real *left = a + i * inner;
        int64_t t = start[i];
        for (; t + 4 <= start[i + 1]; t += 4) {
            const real *b0 = b + cols[t] * inner, *b1 = b + cols[t + 1] * inner;
            const real *b2 = b + cols[t + 2] * inner, *b3 = b + cols[t + 3] * inner;
            lanes s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};
            int64_t j = 0;
            for (; j + LANES <= inner; j += LANES) {
                const lanes x = *(const loaded_lanes *)(left + j);
                s0 += x * *(const loaded_lanes *)(b0 + j);
                s1 += x * *(const loaded_lanes *)(b1 + j);
                s2 += x * *(const loaded_lanes *)(b2 + j);
                s3 += x * *(const loaded_lanes *)(b3 + j);
            }
            real r0 = lane_sum(&s0), r1 = lane_sum(&s1), r2 = lane_sum(&s2), r3 = lane_sum(&s3);
            for (; j < inner; j++) {
                r0 += left[j] * b0[j];
                r1 += left[j] * b1[j];
                r2 += left[j] * b2[j];
                r3 += left[j] * b3[j];
            }
            out[t] = r0;
            out[t + 1] = r1;
            out[t + 2] = r2;
            out[t + 3] = r3;
        }
        for (; t < start[i + 1]; t++) {
            const real *right = b + cols[t] * inner;
            lanes s = {0};
            int64_t j = 0;
            for (; j + LANES <= inner; j += LANES)
                s += *(const loaded_lanes *)(left + j) * *(const loaded_lanes *)(right + j);
            real sum = lane_sum(&s);
            for (; j < inner; j++)
                sum += left[j] * right[j];
            out[t] = sum;
        }
    }
}
