/* out[stride q + r] = rows[r][q]: rows of LANES numbers become columns. */
KERNEL inline void turn_lanes(const lanes *rows, int64_t stride, real *out)
{
#if defined(__clang__) || __GNUC__ >= 12
    lanes pairs[LANES], fours[LANES];
    for (int r = 0; r < LANES; r += 2) {
        pairs[r] = __builtin_shufflevector(rows[r], rows[r + 1], 0, 8, 2, 10, 4, 12, 6, 14);
        pairs[r + 1] = __builtin_shufflevector(rows[r], rows[r + 1], 1, 9, 3, 11, 5, 13, 7, 15);
    }
    for (int r = 0; r < LANES; r += r % 4 == 1 ? 3 : 1) {
        const lanes first = pairs[r], second = pairs[r + 2];
        fours[r] = __builtin_shufflevector(first, second, 0, 1, 8, 9, 4, 5, 12, 13);
        fours[r + 2] = __builtin_shufflevector(first, second, 2, 3, 10, 11, 6, 7, 14, 15);
    }
    for (int q = 0; q < LANES / 2; q++) {
        const lanes first = fours[q], second = fours[q + LANES / 2];
        *(loaded_lanes *)(out + stride * q) =
            __builtin_shufflevector(first, second, 0, 1, 2, 3, 8, 9, 10, 11);
        *(loaded_lanes *)(out + stride * (q + LANES / 2)) =
            __builtin_shufflevector(first, second, 4, 5, 6, 7, 12, 13, 14, 15);
    }
#else
    for (int r = 0; r < LANES; r++)
        for (int q = 0; q < LANES; q++)
            out[stride * q + r] = rows[r][q];
#endif
}
