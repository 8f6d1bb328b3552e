/* out = [a b] at the pattern of out: rows in groups, each with one block of b. */
KERNEL void product_sampled(int threads, const sampled_table *s, const real *restrict a,
                            const real *restrict b, real *restrict out)
{
    const int64_t *start = s->start, *block = s->block;
    const int32_t *left = s->left, *own = s->own, *left_size = s->left_size;
    const int32_t *own_size = s->own_size, *at = s->at;
    enum { PIECE = 64 };
    const int64_t groups = *start++;
    PARALLEL_ROWS
    for (int64_t g = 0; g < groups; g++)
        for (int i = 0; i < own_size[g]; i += OWN)
            for (int first = 0; first < left_size[g]; first += PIECE) {
                const int length = left_size[g] - first < PIECE ? left_size[g] - first : PIECE;
                const int width = own_size[g] - i < OWN ? own_size[g] - i : OWN;
                own_lanes piece[PIECE];
                for (int q = 0; q < length; q++) {
                    const int32_t *places = at + block[g] + (first + q) * own_size[g] + i;
                    real numbers[OWN] = {0};
                    for (int t = 0; t < width; t++)
                        numbers[t] = places[t] < 0 ? 0 : b[places[t]];
                    piece[q] = (own_lanes){numbers[0], numbers[1], numbers[2], numbers[3]};
                }
                for (int64_t r = start[g]; r < start[g + 1]; r++) {
                    const real *x = a + left[r] + first;
                    real *target = out + own[r] + i;
                    own_lanes even = {0}, odd = {0};
                    int q = 0;
                    for (; q + 2 <= length; q += 2) {
                        even += x[q] * piece[q];
                        odd += x[q + 1] * piece[q + 1];
                    }
                    if (q < length)
                        even += x[q] * piece[q];
                    even += odd;
                    for (int t = 0; t < OWN; t++)
                        if (t < width)
                            target[t] = first ? target[t] + even[t] : even[t];
                }
            }
}
