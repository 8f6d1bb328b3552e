/* out[t] += c a[t] b[t]. */
static void add_hadamard(int threads, int64_t count, double c, const double *a, const double *b,
                         double *restrict out)
{
    PARALLEL_ROWS
    for (int64_t t = 0; t < count; t++)
        out[t] += c * a[t] * b[t];
}
