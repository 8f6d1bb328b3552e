/* out[t] += c a[place[t]] where place[t] >= 0. */
static void add_embedded(int threads, int64_t count, const int32_t *place, real c,
                         const real *restrict a, real *restrict out)
{
    PARALLEL_ROWS
    for (int64_t t = 0; t < count; t++)
        if (place[t] >= 0)
            out[t] += c * a[place[t]];
}
