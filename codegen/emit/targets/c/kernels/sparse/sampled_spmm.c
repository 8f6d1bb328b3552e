/* Rows first, first + 1, ... of S b, turned: out[STRIP_ROWS q] is where column q begins. */
KERNEL inline void product_piece(const row_table *made, const real *restrict s,
                                 const real *restrict b, int64_t first, int64_t count,
                                 int64_t width, real *restrict out)
{
    const int64_t *start = made->start + first;
    const int32_t *places = made->cols, *position = made->position;
    int64_t q = 0;
#define COLUMNS(COUNT) \
    for (; q + COUNT * LANES <= width && count >= LANES; q += COUNT * LANES) \
        for (int64_t l = 0; l < count; l += LANES) { \
            lanes rows[COUNT][LANES]; \
            if (l + LANES > count) \
                l = count - LANES; /* some rows once more */ \
            for (int r = 0; r < LANES; r++) { \
                lanes sums[COUNT] = {{0}}; \
                for (int64_t u = start[l + r]; u < start[l + r + 1]; u++) { \
                    const real number = s[position ? position[u] : u]; \
                    const real *row = b + places[u] * width + q; \
                    for (int c = 0; c < COUNT; c++) \
                        sums[c] += number * *(const loaded_lanes *)(row + c * LANES); \
                } \
                for (int c = 0; c < COUNT; c++) \
                    rows[c][r] = sums[c]; \
            } \
            for (int c = 0; c < COUNT; c++) \
                turn_lanes(rows[c], STRIP_ROWS, out + (q + c * LANES) * STRIP_ROWS + l); \
        }
    COLUMNS(ABREAST)
    COLUMNS(1)
#undef COLUMNS
    for (; q < width; q++)
        for (int64_t l = 0; l < count; l++) {
            real sum = 0;
            for (int64_t u = start[l]; u < start[l + 1]; u++)
                sum += s[position ? position[u] : u] * b[places[u] * width + q];
            out[q * STRIP_ROWS + l] = sum;
        }
}

/* out[t] = a[i, :] . (S b)[:, j] at each stored (i, j), which `at` has by columns; b in strips. */
KERNEL void sampled_spmm(int threads, int64_t cols, int64_t inner, int64_t rows,
                         const row_table *made, const row_table *at, const real *restrict a,
                         const real *restrict s, const real *restrict b, real *restrict out)
{
    const int64_t *start = at->start, count = (cols + STRIP_COLUMNS - 1) / STRIP_COLUMNS;
    const int32_t *places = at->cols, *position = at->position;
    PARALLEL_ROWS
    for (int64_t strip = 0; strip < count; strip++) {
        real piece[STRIP_COLUMNS * STRIP_ROWS];
        const int64_t begin = strip * STRIP_COLUMNS, left = cols - begin;
        const int64_t width = left < STRIP_COLUMNS ? left : STRIP_COLUMNS;
        for (int64_t t = start[begin]; t < start[begin + width]; t++)
            out[position[t]] = 0;
        for (int64_t first = 0; first < inner; first += STRIP_ROWS) {
            const int64_t size = inner - first < STRIP_ROWS ? inner - first : STRIP_ROWS;
            product_piece(made, s, b + begin * rows, first, size, width, piece);
            for (int64_t q = 0; q < width; q++) {
                const real *column = piece + q * STRIP_ROWS;
                int64_t t = start[begin + q];
                for (; t + 4 <= start[begin + q + 1]; t += 4) {
                    const real *a0 = a + places[t] * inner + first;
                    const real *a1 = a + places[t + 1] * inner + first;
                    const real *a2 = a + places[t + 2] * inner + first;
                    const real *a3 = a + places[t + 3] * inner + first;
                    lanes s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};
                    int64_t l = 0;
                    for (; l + LANES <= size; l += LANES) {
                        const lanes x = *(const loaded_lanes *)(column + l);
                        s0 += x * *(const loaded_lanes *)(a0 + l);
                        s1 += x * *(const loaded_lanes *)(a1 + l);
                        s2 += x * *(const loaded_lanes *)(a2 + l);
                        s3 += x * *(const loaded_lanes *)(a3 + l);
                    }
                    real r0 = lane_sum(&s0), r1 = lane_sum(&s1);
                    real r2 = lane_sum(&s2), r3 = lane_sum(&s3);
                    for (; l < size; l++) {
                        r0 += column[l] * a0[l];
                        r1 += column[l] * a1[l];
                        r2 += column[l] * a2[l];
                        r3 += column[l] * a3[l];
                    }
                    out[position[t]] += r0;
                    out[position[t + 1]] += r1;
                    out[position[t + 2]] += r2;
                    out[position[t + 3]] += r3;
                }
                for (; t < start[begin + q + 1]; t++) {
                    const real *row = a + places[t] * inner + first;
                    lanes sums = {0};
                    int64_t l = 0;
                    for (; l + LANES <= size; l += LANES)
                        sums += *(const loaded_lanes *)(column + l)
                              * *(const loaded_lanes *)(row + l);
                    real sum = lane_sum(&sums);
                    for (; l < size; l++)
                        sum += column[l] * row[l];
                    out[position[t]] += sum;
                }
            }
        }
    }
}
