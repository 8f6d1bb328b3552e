/* out[t] += c a[place[t]] where place[t] >= 0. */
KERNEL void add_embedded(int threads, int64_t count, const place_table *in, real c,
                         const real *restrict a, real *restrict out)
{
    const int32_t *place = in->place;
    PARALLEL_ROWS
    for (int64_t t = 0; t < count; t++)
        if (place[t] >= 0)
            out[t] += c * a[place[t]];
}
