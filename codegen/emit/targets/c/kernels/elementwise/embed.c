/* out[t] = c a[place[t]] where place[t] >= 0, else 0. */
KERNEL void embed(int threads, int64_t count, const place_table *in, real c,
                  const real *restrict a, real *restrict out)
{
    const int32_t *place = in->place;
    PARALLEL_ROWS
    for (int64_t t = 0; t < count; t++)
        out[t] = place[t] >= 0 ? c * a[place[t]] : 0;
}
