/* Entries of assembled matrices, gathered from their factors; the same code for every energy.
 *
 * Entry (t, u), t at (i, j) and u at (i', j'), is a sum of products: left[i, i'] right[j, j'], or
 * left[i, j'] right[j, i'] ("crossed").  Two summands of one kind are a pair: the numbers of both
 * stand side by side, so that one load finds both.
 *
 * The matrix is written in tiles of BLOCK rows and TILE columns.  In a tile the rows of the right
 * factors that any j of it chooses are laid out in the order of u, once for all t; the rows of the
 * left ones are looked up for all t of one i together.  So an entry costs a load and a
 * multiplication for each summand, and is written past the cache, line by line.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#if defined(__AVX512F__)
#include <immintrin.h>
#endif

#define LANES 8
#define TILE 1024
#define BLOCK 256
#define TOGETHER 4
#define SPAN (TILE + 2 * LANES)
#define CHUNK 1024
#define LINE 64
#define EXPORT __attribute__((visibility("default")))
#define INLINE static inline __attribute__((always_inline))

typedef double two __attribute__((vector_size(16)));
typedef double pack __attribute__((vector_size(8 * LANES)));
typedef double loose __attribute__((vector_size(8 * LANES), aligned(8)));
typedef int64_t lanes __attribute__((vector_size(8 * LANES)));

#if defined(__clang__)
#define PICK(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define PICK(a, b, ...) __builtin_shuffle(a, b, (lanes){__VA_ARGS__})
#endif

/* One summand: row-major factors, rows of `left` by i, of `right` by j; left = NULL: none. */
typedef struct {
    const double *left, *right;
    int64_t left_width, right_width;
    double coefficient;
    int64_t crossed;
} nzdiff_summand;

/* `order`: the rows t, those of one i after another; NULL where they stand so.  Numbers of j that t
 * may have, and of i' and j' that u may have. */
typedef struct {
    int64_t rows, cols;
    const int32_t *order, *row_i, *row_j, *col_i, *col_j;
    int64_t row_count_j, count_i, count_j;
    int64_t lower, stride;
} nzdiff_entries;

/* Which pair of numbers, from `low` on, each u of a tile wants, as a distance in doubles.  Of
 * eight u the even ones come first: `joined` puts them back. */
typedef struct {
    int64_t low, high, groups;
    uint32_t at[SPAN];
} places;

/* One row of a tile: the numbers of its j, where its first u is written, which u are (from <= u
 * < to), and how many doubles after the start of a line a group of u is cut. */
typedef struct {
    const double *right;
    double *out;
    int64_t from, to, turn;
} target;

/* The numbers of a pair of summands that one i chooses, and which of them each u wants. */
typedef struct {
    const double *left;
    const uint32_t *at;
} source;

/* What one thread works on. */
typedef struct {
    double *right; /* for each j met: pairs x SPAN pairs of numbers */
    int32_t *slot; /* which of them is of j, or -1 */
    two *left;     /* for each pair: its numbers for one i, and room for one more */
    int64_t width; /* of that */
    source *from;  /* for each pair */
    places i, j;
} tile_room;

static void locate(int64_t count, const int32_t *index, places *p)
{
    static const int64_t turn[LANES] = {0, 2, 4, 6, 1, 3, 5, 7};
    p->low = p->high = index[0];
    p->groups = (count + LANES - 1) / LANES;
    for (int64_t e = 1; e < count; e++) {
        p->low = index[e] < p->low ? index[e] : p->low;
        p->high = index[e] > p->high ? index[e] : p->high;
    }
    for (int64_t e = 0; e < LANES * (p->groups + 1); e++) {
        const int64_t from = e / LANES * LANES + turn[e % LANES];
        p->at[e] = (uint32_t)(2 * (index[from < count ? from : count - 1] - p->low));
    }
}

/* out[e] = (c a[low + e], d b[low + e]); zero where there is no b. */
static void side_by_side(double c, const double *restrict a, double d, const double *restrict b,
                         const places *p, two *restrict out)
{
    const int64_t count = p->high - p->low + 1;
    int64_t e = 0;
    a += p->low;
    if (b == NULL) {
        for (; e < count; e++)
            out[e] = (two){c * a[e], 0.0};
        return;
    }
    b += p->low;
    for (; e + LANES <= count; e += LANES) {
        const pack x = c * *(const loose *)(a + e), y = d * *(const loose *)(b + e);
        *(pack *)(out + e) = PICK(x, y, 0, 8, 1, 9, 2, 10, 3, 11);
        *(pack *)(out + e + LANES / 2) = PICK(x, y, 4, 12, 5, 13, 6, 14, 7, 15);
    }
    for (; e < count; e++)
        out[e] = (two){c * a[e], d * b[e]};
}

INLINE pack four_pairs(const double *from, const uint32_t *at)
{
    const two a = *(const two *)(from + at[0]), b = *(const two *)(from + at[1]);
    const two c = *(const two *)(from + at[2]), d = *(const two *)(from + at[3]);
#if defined(__AVX512F__)
    const __m256d x = _mm256_insertf128_pd(_mm256_castpd128_pd256((__m128d)a), (__m128d)b, 1);
    const __m256d y = _mm256_insertf128_pd(_mm256_castpd128_pd256((__m128d)c), (__m128d)d, 1);
    return (pack)_mm512_insertf64x4(_mm512_castpd256_pd512(x), y, 1);
#else
    return (pack){a[0], a[1], b[0], b[1], c[0], c[1], d[0], d[1]};
#endif
}

INLINE pack plus_product(pack sum, pack a, pack b)
{
#if defined(__AVX512F__)
    return (pack)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)sum);
#else
    return sum + a * b;
#endif
}

INLINE pack joined(pack even, pack odd)
{
    return PICK(even, odd, 0, 8, 2, 10, 4, 12, 6, 14) + PICK(even, odd, 1, 9, 3, 11, 5, 13, 7, 15);
}

#if defined(__AVX512F__)
INLINE void write_part(double *out, __m512d found, int64_t skip, int64_t stop)
{
    _mm512_mask_storeu_pd(out, (__mmask8)((1u << stop) - (1u << skip)), found);
}
#else
INLINE void write_part(double *out, pack found, int64_t skip, int64_t stop)
{
    memcpy(out + skip, (const double *)&found + skip, sizeof(double) * (size_t)(stop - skip));
}
#endif

/* Eight entries, `turn` lanes into the two packs; past the cache, for nothing reads them soon. */
INLINE void write(const target *row, int64_t group, lanes turn, pack before, pack now)
{
    const int64_t e = LANES * (group - 1) + row->turn;
#if defined(__AVX512F__)
    const __m512d found = _mm512_permutex2var_pd((__m512d)before, (__m512i)turn, (__m512d)now);
    if (e >= row->from && e + LANES <= row->to) {
        _mm512_stream_pd(row->out + e, found);
        return;
    }
#else
    const pack found = now;
    (void)before, (void)turn;
    if (e >= row->from && e + LANES <= row->to) {
        *(loose *)(row->out + e) = found;
        return;
    }
#endif
    const int64_t skip = row->from > e ? row->from - e : 0;
    const int64_t stop = row->to - e < LANES ? row->to - e : LANES;
    if (skip < stop)
        write_part(row->out + e, found, skip, stop);
}

/* `count` rows t of one i. */
INLINE void rows_of(const int count, const int64_t pairs, const source *from, const target *rows,
                    int64_t groups)
{
    pack before[TOGETHER];
    lanes turn[TOGETHER];
    for (int r = 0; r < count; r++) {
        before[r] = (pack){0};
        turn[r] = (lanes){0, 1, 2, 3, 4, 5, 6, 7} + rows[r].turn;
    }
    for (int64_t g = 0; g < groups; g++) {
        pack even[TOGETHER], odd[TOGETHER];
        for (int r = 0; r < count; r++)
            even[r] = odd[r] = (pack){0};
        for (int64_t k = 0; k < pairs; k++) {
            const uint32_t *at = from[k].at + LANES * g;
            const pack x = four_pairs(from[k].left, at);
            const pack y = four_pairs(from[k].left, at + LANES / 2);
            for (int r = 0; r < count; r++) {
                const pack *right = (const pack *)(rows[r].right + 2 * (k * SPAN + LANES * g));
                even[r] = plus_product(even[r], x, right[0]);
                odd[r] = plus_product(odd[r], y, right[1]);
            }
        }
        for (int r = 0; r < count; r++) {
            const pack now = joined(even[r], odd[r]);
            write(rows + r, g, turn[r], before[r], now);
            before[r] = now;
        }
    }
}

INLINE void write_rows(int count, const int64_t pairs, const source *from, const target *rows,
                       int64_t groups)
{
    switch (count) {
    case 0: break;
    case 1: rows_of(1, pairs, from, rows, groups); break;
    case 2: rows_of(2, pairs, from, rows, groups); break;
    case 3: rows_of(3, pairs, from, rows, groups); break;
    default: rows_of(TOGETHER, pairs, from, rows, groups);
    }
}

/* The numbers that j chooses, in the order of u. */
static const double *right_of(int32_t j, int64_t pairs, const nzdiff_summand *s, tile_room *room,
                              int32_t *used)
{
    double *out = room->right + 2 * pairs * SPAN * (room->slot[j] < 0 ? *used : room->slot[j]);
    if (room->slot[j] >= 0)
        return out;
    room->slot[j] = (*used)++;
    two *beside = room->left + pairs * room->width;
    for (int64_t k = 0; k < pairs; k++) {
        const nzdiff_summand *a = s + 2 * k, *b = a + 1;
        const places *p = a->crossed ? &room->i : &room->j;
        const double *second = b->left ? b->right + j * b->right_width : NULL;
        side_by_side(a->coefficient, a->right + j * a->right_width, b->coefficient, second, p,
                     beside);
        for (int64_t e = 0; e < LANES * (p->groups + 1); e += LANES / 2)
            *(pack *)(out + 2 * (k * SPAN + e)) = four_pairs((const double *)beside, p->at + e);
    }
    return out;
}

/* The rows first <= r < last of the order, at the TILE columns from u0 on.  Where a row is not at
 * the start of a line there, the tile begins and ends with the line before: no line is cut. */
static void tile(const nzdiff_entries *e, int64_t pairs, const nzdiff_summand *s, int64_t first,
                 int64_t last, int64_t u0, tile_room *room, double *out)
{
    const int64_t from = u0 > 0 ? u0 - LANES : 0;
    const int64_t end = u0 + TILE < e->cols ? u0 + TILE : e->cols;
    int32_t used = 0;
    locate(end - from, e->col_i + from, &room->i);
    locate(end - from, e->col_j + from, &room->j);
    memset(room->slot, -1, sizeof(int32_t) * (size_t)e->row_count_j);
    for (int64_t r = first; r < last;) {
        const int32_t i = e->row_i[e->order ? e->order[r] : r];
        target rows[TOGETHER];
        int64_t groups = 0;
        int count = 0;
        for (; r < last && count < TOGETHER; r++) {
            const int64_t t = e->order ? e->order[r] : r;
            target *row = rows + count;
            if (e->row_i[t] != i)
                break;
            row->out = out + t * e->stride + from;
#if defined(__AVX512F__)
            const int64_t shift = (int64_t)((uintptr_t)row->out / sizeof(double) % LANES);
#else
            const int64_t shift = 0;
#endif
            row->turn = LANES - shift;
            row->from = u0 > 0 ? row->turn : 0;
            row->to = end - from - (end < e->cols ? shift : 0);
            if (e->lower && t + 1 - from < row->to)
                row->to = t + 1 - from;
            if (row->from >= row->to)
                continue;
            row->right = right_of(e->row_j[t], pairs, s, room, &used);
            const int64_t needed = (row->to + shift + LANES - 1) / LANES;
            groups = needed > groups ? needed : groups;
            count++;
        }
        for (int64_t k = 0; k < pairs && count > 0; k++) {
            const nzdiff_summand *a = s + 2 * k, *b = a + 1;
            const double *second = b->left ? b->left + i * b->left_width : NULL;
            const places *p = a->crossed ? &room->j : &room->i;
            two *left = room->left + k * room->width;
            side_by_side(1.0, a->left + i * a->left_width, 1.0, second, p, left);
            room->from[k] = (source){(const double *)left, p->at};
        }
        if (pairs == 2)
            write_rows(count, 2, room->from, rows, groups);
        else
            write_rows(count, pairs, room->from, rows, groups);
    }
}

static void *lines(int64_t count, size_t size)
{
    return aligned_alloc(LINE, ((size_t)count * size / LINE + 1) * LINE);
}

/* Pairs of summands at every (t, u), or at u <= t; returns 1 where memory is missing. */
EXPORT int nzdiff_gather_dense(int threads, const nzdiff_entries *e, int64_t pairs,
                               const nzdiff_summand *summands, double *out)
{
    const int64_t blocks = (e->rows + BLOCK - 1) / BLOCK, tiles = (e->cols + TILE - 1) / TILE;
    const int64_t met = e->row_count_j < BLOCK ? e->row_count_j : BLOCK;
    const int64_t widest = e->count_i > e->count_j ? e->count_i : e->count_j;
    int failed = 0;
    (void)threads;
#pragma omp parallel num_threads(threads) if (threads > 1)
    {
        tile_room room = {.width = (widest + LANES - 1) / LANES * LANES};
        room.right = lines(2 * met * pairs * SPAN, sizeof(double));
        room.left = lines((pairs + 1) * room.width, sizeof(two));
        room.slot = lines(e->row_count_j, sizeof(int32_t));
        room.from = lines(pairs, sizeof(source));
        if (!room.right || !room.left || !room.slot || !room.from) {
#pragma omp atomic write
            failed = 1;
        }
#pragma omp barrier
#pragma omp for schedule(dynamic, 1)
        for (int64_t b = 0; b < blocks * tiles; b++) {
            const int64_t first = b / tiles * BLOCK, last = first + BLOCK;
            if (!failed)
                tile(e, pairs, summands, first, last < e->rows ? last : e->rows, b % tiles * TILE,
                     &room, out);
        }
#if defined(__AVX512F__)
        _mm_sfence();
#endif
        free(room.right);
        free(room.left);
        free(room.slot);
        free(room.from);
    }
    return failed;
}

/* out[q] += c left[at_left[q]] right[at_right[q]], where neither place is negative. */
EXPORT void nzdiff_gather_pairs(int threads, int64_t count, double c, const double *left,
                                const int32_t *at_left, const double *right,
                                const int32_t *at_right, double *out)
{
    (void)threads;
#pragma omp parallel for num_threads(threads) schedule(static) if (threads > 1)
    for (int64_t q = 0; q < count; q++)
        if (at_left[q] >= 0 && at_right[q] >= 0)
            out[q] += c * left[at_left[q]] * right[at_right[q]];
}

static inline __attribute__((always_inline)) void block(const int64_t size, const int32_t *mine,
                                                        const double *restrict values,
                                                        const double *restrict x,
                                                        double *restrict out)
{
    double part[4];
    for (int64_t e = 0; e < size; e++)
        part[e] = x[mine[e]];
    for (int64_t r = 0; r < size; r++) {
        double sum = values[r * size] * part[0];
        for (int64_t e = 1; e < size; e++)
            sum += values[r * size + e] * part[e];
        out[mine[r]] = sum;
    }
}

/* A block of known size, of which loops are unrolled; 0 where it is larger. */
static int small_block(int64_t size, const int32_t *mine, const double *values, const double *x,
                       double *out)
{
    switch (size) {
    case 1: block(1, mine, values, x, out); return 1;
    case 2: block(2, mine, values, x, out); return 1;
    case 3: block(3, mine, values, x, out); return 1;
    case 4: block(4, mine, values, x, out); return 1;
    default: return 0;
    }
}

/* out = A x, A block-diagonal: block b has the unknowns members[first[b]], ... and, row by row, the
 * values from values[start[b]] on. */
EXPORT void nzdiff_blocks_times(int threads, int64_t count, const int64_t *first,
                                const int64_t *start, const int32_t *members,
                                const double *restrict values, const double *restrict x,
                                double *restrict out)
{
    (void)threads;
#pragma omp parallel for num_threads(threads) schedule(static) if (threads > 1)
    for (int64_t b = 0; b < count; b++) {
        const int64_t size = first[b + 1] - first[b];
        const int32_t *mine = members + first[b];
        if (small_block(size, mine, values + start[b], x, out))
            continue;
        for (int64_t r = 0; r < size; r++)
            out[mine[r]] = 0.0;
        for (int64_t c = 0; c < size; c += CHUNK) {
            const int64_t width = size - c < CHUNK ? size - c : CHUNK;
            double part[CHUNK];
            for (int64_t e = 0; e < width; e++)
                part[e] = x[mine[c + e]];
            for (int64_t r = 0; r < size; r++) {
                const double *restrict row = values + start[b] + r * size + c;
                double sum = 0.0;
#pragma omp simd reduction(+ : sum)
                for (int64_t e = 0; e < width; e++)
                    sum += row[e] * part[e];
                out[mine[r]] += sum;
            }
        }
    }
}

/* The upper triangle of a square matrix from the lower one, block by block. */
EXPORT void nzdiff_mirror(int threads, int64_t size, double *out)
{
    const int64_t block = 32;
    (void)threads;
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1) if (threads > 1)
    for (int64_t t0 = 0; t0 < size; t0 += block)
        for (int64_t u0 = 0; u0 <= t0; u0 += block)
            for (int64_t u = u0; u < u0 + block && u < size; u++)
                for (int64_t t = t0 > u ? t0 : u + 1; t < t0 + block && t < size; t++)
                    out[u * size + t] = out[t * size + u];
}
