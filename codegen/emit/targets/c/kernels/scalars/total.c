/* out[0] = the sum of a[t], in one thread so that the result is the same for any number of them. */
KERNEL void total(int threads, int64_t count, const real *restrict a, double *restrict out)
{
    (void)threads;
    double sum = 0.0;
    SIMD_SUM
    for (int64_t t = 0; t < count; t++)
        sum += a[t];
    out[0] = sum;
}
