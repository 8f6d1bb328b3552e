/* out[t] = a[t] b[t]. */
KERNEL void multiply(int threads, int64_t count, const real *a, const real *b,
                     real *restrict out)
{
    PARALLEL_ROWS
    for (int64_t t = 0; t < count; t++)
        out[t] = a[t] * b[t];
}
