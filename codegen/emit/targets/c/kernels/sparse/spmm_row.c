/* row = d (sum of a[t] b[cols[t], :] over one row of a) + e plus; a[position[t]] where given. */
KERNEL inline void spmm_row(int64_t width, int64_t first, int64_t last, const int32_t *cols,
                            const int32_t *position, real d, real e, const real *a, const real *b,
                            const real *plus, real *row)
{
    int64_t j = 0;
#define STRIPS(COUNT) \
    for (; j + COUNT * LANES <= width; j += COUNT * LANES) { \
        lanes sum[COUNT]; \
        for (int q = 0; q < COUNT; q++) { \
            sum[q] = (lanes){0}; \
            if (e != 0) \
                sum[q] = e * *(const loaded_lanes *)(plus + j + q * LANES); \
        } \
        for (int64_t t = first; t < last; t++) { \
            const real number = d * a[position ? position[t] : t]; \
            const real *other = b + cols[t] * width + j; \
            for (int q = 0; q < COUNT; q++) \
                sum[q] += number * *(const loaded_lanes *)(other + q * LANES); \
        } \
        for (int q = 0; q < COUNT; q++) \
            *(loaded_lanes *)(row + j + q * LANES) = sum[q]; \
    }
    STRIPS(8)
    STRIPS(4)
    STRIPS(1)
    if (j < width && width >= LANES) { /* the last strip begins in the one before */
        j = width - LANES;
        STRIPS(1)
    }
#undef STRIPS
    if (j < width) {
        const int rest = (int)(width - j);
        real sum[LANES] = {0};
        if (e != 0)
            for (int q = 0; q < rest; q++)
                sum[q] = e * plus[j + q];
        for (int64_t t = first; t < last; t++) {
            const real number = d * a[position ? position[t] : t];
            const real *other = b + cols[t] * width + j;
            for (int q = 0; q < rest; q++)
                sum[q] += number * other[q];
        }
        for (int q = 0; q < rest; q++)
            row[j + q] = sum[q];
    }
}
