/* sum += number times from[which[lane]] in each lane, which is 0 where `which` is LANES. */
KERNEL inline void add_spread(lanes *sum, real number, const real *from, const void *which)
{
    const lanes row = *(const loaded_lanes *)from;
    const lane_index index = *(const lane_index *)which;
#if defined(__clang__)
    for (int lane = 0; lane < LANES; lane++)
        if (index[lane] < LANES)
            (*sum)[lane] += number * row[index[lane]];
#else
    const lanes zero = {0};
    *sum += number * __builtin_shuffle(row, zero, index);
#endif
}
