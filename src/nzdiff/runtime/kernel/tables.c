/* Index tables of sparse products: what is multiplied, listed row by row.
 *
 * A row of `out` is laid into an array as wide as the matrix (Gustavson's accumulator): `at[j]` is
 * the place of column j, or -1.  Then each product finds its place by one load.  Every list is
 * counted by one call and filled by another.  Patterns are CSR with sorted columns.
 */
#include <stdint.h>
#include <string.h>

#define LANES 8
#if defined(EXPORT)
#elif defined(_WIN32)
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif

typedef struct {
    int64_t rows;
    const int32_t *start, *cols;
} nzdiff_pattern;

static void lay(const nzdiff_pattern *out, int64_t row, int32_t *at)
{
    for (int32_t t = out->start[row]; t < out->start[row + 1]; t++)
        at[out->cols[t]] = t;
}

static void clear(const nzdiff_pattern *out, int64_t row, int32_t *at)
{
    for (int32_t t = out->start[row]; t < out->start[row + 1]; t++)
        at[out->cols[t]] = -1;
}

/* The pattern of a product: where its rows begin, and their columns, ascending.  bits: one for each
 * column; words: one for each word of `bits` that is not zero; all zero before and after. */
EXPORT void nzdiff_list_pattern(const nzdiff_pattern *left, const nzdiff_pattern *right,
                                int64_t word_count, uint64_t *bits, uint64_t *words,
                                int64_t *start, int32_t *cols)
{
    int64_t count = 0;
    for (int64_t i = 0; i < left->rows; i++) {
        for (int32_t l = left->start[i]; l < left->start[i + 1]; l++) {
            const int32_t k = left->cols[l];
            for (int32_t r = right->start[k]; r < right->start[k + 1]; r++) {
                const uint32_t j = (uint32_t)right->cols[r];
                bits[j / 64] |= UINT64_C(1) << j % 64;
                words[j / 4096] |= UINT64_C(1) << j / 64 % 64;
            }
        }
        for (int64_t w = 0; w < word_count; w++)
            for (; words[w]; words[w] &= words[w] - 1) {
                const int64_t word = 64 * w + __builtin_ctzll(words[w]);
                for (; bits[word]; bits[word] &= bits[word] - 1)
                    cols[count++] = (int32_t)(64 * word + __builtin_ctzll(bits[word]));
            }
        start[i + 1] = count;
    }
}

/* The first of the stored positions from <= t < to whose column is `wanted` or one behind it. */
static int32_t search(const int32_t *cols, int32_t from, int32_t to, int32_t wanted)
{
    while (from < to) {
        const int32_t middle = from + (to - from) / 2;
        if (cols[middle] < wanted)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

/* How many products add up to each place of out, in next[t]. */
EXPORT void nzdiff_count_products(const nzdiff_pattern *left, const nzdiff_pattern *right,
                                  const nzdiff_pattern *out, int32_t *at, int64_t *next)
{
    for (int64_t i = 0; i < left->rows; i++) {
        lay(out, i, at);
        for (int32_t l = left->start[i]; l < left->start[i + 1]; l++) {
            const int32_t k = left->cols[l];
            for (int32_t r = right->start[k]; r < right->start[k + 1]; r++) {
                const int32_t t = at[right->cols[r]];
                if (t >= 0)
                    next[t]++;
            }
        }
        clear(out, i, at);
    }
}

/* The places in left and in right of each product; those of place t from next[t] on. */
EXPORT void nzdiff_list_products(const nzdiff_pattern *left, const nzdiff_pattern *right,
                                 const nzdiff_pattern *out, int32_t *at, int64_t *next,
                                 int32_t *in_left, int32_t *in_right)
{
    for (int64_t i = 0; i < left->rows; i++) {
        lay(out, i, at);
        for (int32_t l = left->start[i]; l < left->start[i + 1]; l++) {
            const int32_t k = left->cols[l];
            for (int32_t r = right->start[k]; r < right->start[k + 1]; r++) {
                const int32_t t = at[right->cols[r]];
                if (t < 0)
                    continue;
                in_left[next[t]] = l;
                in_right[next[t]++] = r;
            }
        }
        clear(out, i, at);
    }
}

/* The same list where out has so few positions that each one looks for what it needs: writes it
 * if `in_left` is there, and returns its length; start[t]: where the products of t begin. */
EXPORT int64_t nzdiff_demanded_products(const nzdiff_pattern *left, const nzdiff_pattern *right,
                                        const nzdiff_pattern *out, int64_t *start,
                                        int32_t *in_left, int32_t *in_right)
{
    int64_t count = 0;
    for (int64_t i = 0; i < out->rows; i++)
        for (int32_t t = out->start[i]; t < out->start[i + 1]; t++) {
            start[t] = count;
            for (int32_t l = left->start[i]; l < left->start[i + 1]; l++) {
                const int32_t k = left->cols[l], end = right->start[k + 1];
                const int32_t r = search(right->cols, right->start[k], end, out->cols[t]);
                if (r == end || right->cols[r] != out->cols[t])
                    continue;
                if (in_left) {
                    in_left[count] = l;
                    in_right[count] = r;
                }
                count++;
            }
        }
    return count;
}

/* A move: LANES numbers of a row of right, times a number of left, to a strip of LANES columns of
 * out.  strip[i]: the first strip of row i. */

/* How many moves each strip has, in next[strip]. */
EXPORT void nzdiff_count_moves(const nzdiff_pattern *left, const nzdiff_pattern *right,
                               const nzdiff_pattern *out, const int64_t *strip, int32_t *at,
                               int64_t *next)
{
    for (int64_t i = 0; i < left->rows; i++) {
        lay(out, i, at);
        for (int32_t l = left->start[i]; l < left->start[i + 1]; l++) {
            const int32_t k = left->cols[l], begin = right->start[k];
            int64_t before = -1;
            for (int32_t r = begin; r < right->start[k + 1]; r++) {
                const int32_t t = at[right->cols[r]];
                if ((r - begin) % LANES == 0)
                    before = -1;
                if (t < 0)
                    continue;
                const int64_t own = strip[i] + (t - out->start[i]) / LANES;
                next[own] += own != before;
                before = own;
            }
        }
        clear(out, i, at);
    }
}

/* Of each move the place in left and of its first number in right, and which lane of out takes
 * which of them, LANES for none; those of a strip from next[strip] on. */
EXPORT void nzdiff_list_moves(const nzdiff_pattern *left, const nzdiff_pattern *right,
                              const nzdiff_pattern *out, const int64_t *strip, int32_t *at,
                              int64_t *next, int32_t *in_left, int32_t *in_right, uint8_t *lanes)
{
    for (int64_t i = 0; i < left->rows; i++) {
        lay(out, i, at);
        for (int32_t l = left->start[i]; l < left->start[i + 1]; l++) {
            const int32_t k = left->cols[l], begin = right->start[k];
            int64_t before = -1, move = 0;
            for (int32_t r = begin; r < right->start[k + 1]; r++) {
                const int32_t t = at[right->cols[r]], number = (r - begin) % LANES;
                if (number == 0)
                    before = -1;
                if (t < 0)
                    continue;
                const int32_t column = t - out->start[i];
                const int64_t own = strip[i] + column / LANES;
                if (own != before) {
                    move = next[own]++;
                    in_left[move] = l;
                    in_right[move] = r - number;
                    memset(lanes + LANES * move, LANES, LANES);
                    before = own;
                }
                lanes[LANES * move + column % LANES] = (uint8_t)number;
            }
        }
        clear(out, i, at);
    }
}

/* Number words in the order of first appearance.  room: 2^bits numbers, all -1; chosen: of each
 * word where it came first.  Returns how many there are, or -1 where they are more than `most`. */
EXPORT int64_t nzdiff_number_words(int64_t count, const uint64_t *words, int64_t bits,
                                   int64_t most, int32_t *room, int32_t *chosen, int32_t *which)
{
    const uint64_t mask = ((uint64_t)1 << bits) - 1;
    int64_t known = 0;
    for (int64_t e = 0; e < count; e++) {
        uint64_t place = words[e] * UINT64_C(0x9E3779B97F4A7C15) >> (64 - bits);
        while (room[place] >= 0 && words[chosen[room[place]]] != words[e])
            place = (place + 1) & mask;
        if (room[place] < 0) {
            if (known == most)
                return -1;
            chosen[known] = (int32_t)e;
            room[place] = (int32_t)known++;
        }
        which[e] = room[place];
    }
    return known;
}

/* Of blocks of two lists of columns, one after the other and row by row: where (a, b), a of the
 * first list and b of the second, stands in a pattern; -1 where it does not. */
EXPORT void nzdiff_block_places(int64_t blocks, const int32_t *a_start, const int32_t *a_size,
                                const int32_t *a, const int32_t *b_start, const int32_t *b_size,
                                const int32_t *b, const nzdiff_pattern *in, int32_t *places)
{
    for (int64_t e = 0; e < blocks; e++) {
        const int32_t *second = b + b_start[e];
        for (int32_t x = 0; x < a_size[e]; x++) {
            const int32_t row = a[a_start[e] + x], end = in->start[row + 1];
            int32_t from = in->start[row];
            const int near = end - from <= 4 * b_size[e];
            for (int32_t y = 0; y < b_size[e]; y++) {
                if (near)
                    while (from < end && in->cols[from] < second[y])
                        from++;
                else
                    from = search(in->cols, from, end, second[y]);
                *places++ = from < end && in->cols[from] == second[y] ? from : -1;
            }
        }
    }
}

/* Where each (rows[q], cols[q]) stands in a pattern, -1 for nowhere.  A row that is asked for often
 * in turn is laid out. */
EXPORT void nzdiff_find_places(int64_t count, const int32_t *rows, const int32_t *cols,
                               const nzdiff_pattern *in, int32_t *at, int32_t *places)
{
    for (int64_t q = 0, end; q < count; q = end) {
        const int32_t row = rows[q], from = in->start[row], to = in->start[row + 1];
        for (end = q + 1; end < count && rows[end] == row; end++)
            ;
        if (4 * (end - q) < to - from) {
            for (int64_t e = q; e < end; e++) {
                const int32_t found = search(in->cols, from, to, cols[e]);
                places[e] = found < to && in->cols[found] == cols[e] ? found : -1;
            }
            continue;
        }
        lay(in, row, at);
        for (int64_t e = q; e < end; e++)
            places[e] = at[cols[e]];
        clear(in, row, at);
    }
}

/* The (t, u), t < count, with (first[t], c) in a pattern and u in the list of c, ascending from
 * list[begin[c]] on; of another pattern, unless NULL, (other_first[t], other_second[u]) too; if
 * `lower`, with u <= t.  Writes start[t], where those of t begin, and the u if `found` is there,
 * in no order; returns how many there are. */
EXPORT int64_t nzdiff_list_pairs(int64_t count, const nzdiff_pattern *in, const int32_t *first,
                                 const int32_t *begin, const int32_t *list,
                                 const nzdiff_pattern *other, const int32_t *other_first,
                                 const int32_t *other_second, int32_t *at, int64_t lower,
                                 int64_t *start, int32_t *found)
{
    int64_t known = 0;
    int32_t laid = -1;
    for (int64_t t = 0; t < count; t++) {
        start[t] = known;
        if (other && other_first[t] != laid) {
            if (laid >= 0)
                clear(other, laid, at);
            laid = other_first[t];
            lay(other, laid, at);
        }
        for (int32_t e = in->start[first[t]]; e < in->start[first[t] + 1]; e++)
            for (int32_t b = begin[in->cols[e]]; b < begin[in->cols[e] + 1]; b++) {
                const int32_t u = list[b];
                if (lower && u > t)
                    break;
                if (other && at[other_second[u]] < 0)
                    continue;
                if (found)
                    found[known] = u;
                known++;
            }
    }
    start[count] = known;
    if (laid >= 0)
        clear(other, laid, at);
    return known;
}
