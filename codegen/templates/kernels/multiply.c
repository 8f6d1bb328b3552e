/* out[t] = a[t] b[t]. */
static void multiply(int threads, int64_t count, const double *a, const double *b,
                     double *restrict out)
{
    PARALLEL_ROWS
    for (int64_t t = 0; t < count; t++)
        out[t] = a[t] * b[t];
}
