/* out = a b by strips of rows of out: moves add a number of a times a spread row of b. */
KERNEL void product_spread(int threads, const spread_table *moves, const real *restrict a,
                           const real *restrict b, real *restrict out)
{
    const int64_t *start = moves->start;
    const int32_t *place = moves->place, *width = moves->width, *left = moves->left;
    const int32_t *source = moves->source, *which = moves->which;
    const void *lanes_of = moves->lanes;
    enum { TOGETHER = 256 };
    const int64_t strips = *start++;
    PARALLEL_ROWS
    for (int64_t first = 0; first < strips; first += TOGETHER) {
        const int64_t last = (first + TOGETHER < strips ? first + TOGETHER : strips) - 1;
        const int32_t end = place[last] + width[last];
        for (int64_t s = first; s <= last; s++) {
            lanes sum = {0};
            for (int64_t u = start[s]; u < start[s + 1]; u++)
                add_spread(&sum, a[left[u]], b + source[u], (const lane_index *)lanes_of + which[u]);
            real *strip = out + place[s];
            if (place[s] + LANES <= end) /* what is beyond the strip is written next */
                *(loaded_lanes *)strip = sum;
            else
                for (int lane = 0; lane < width[s]; lane++)
                    strip[lane] = sum[lane];
        }
    }
}
