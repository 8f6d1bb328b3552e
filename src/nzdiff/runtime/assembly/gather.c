/* Entries of assembled matrices, gathered from their factors; the same code for every energy.
 *
 * Entry (t, u), t at (i, j) and u at (i', j'), is a sum of products: left[i, i'] right[j, j'], or
 * left[i, j'] right[j, i'] ("crossed").  Two summands of one kind are a pair.
 *
 * The matrix is written in tiles of BLOCK rows and TILE columns, eight u at a time, for all t of
 * one i together.  Where the numbers that eight u in a row want stand within eight of one another,
 * as those of i' do wherever u goes row by row, they are one load of the factor, permuted
 * ("near").  Others are looked up: of the left factors for each i, of a pair by one load, for both
 * numbers are laid side by side; of the right ones once for each j of a tile.
 */
#include <stdint.h>
#include <string.h>
#if defined(_OPENMP)
#include <omp.h>
#endif
#if defined(__AVX512F__)
#include <immintrin.h>
#endif

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wpsabi" /* registers go between inlined functions alone */
#endif

#define LANES 8
#define TILE 2048       /* columns */
#define BLOCK (1 << 18) /* about how many numbers of a left factor the rows of a tile choose from */
#define MET 128         /* of how many j the numbers are kept at a time */
#define TOGETHER 4
#define SPAN (TILE + 2 * LANES)
#define LINE 64
#if defined(_WIN32)
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif
#if defined(__clang__)
#define UNROLLED _Pragma("unroll")
#else
#define UNROLLED _Pragma("GCC unroll 4")
#endif
#if defined(_OPENMP)
#define TEAM(text) _Pragma(#text)
#else
#define TEAM(text)
#endif
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

/* Which number, from `low` on, each u of a tile wants: `at`, the even ones of eight u first, as a
 * distance in pairs of doubles.  Where they are near: the first of eight numbers, and which. */
typedef struct {
    int64_t low, high, groups, near;
    lanes which[SPAN / LANES];
    uint32_t at[SPAN];
    int32_t first[SPAN / LANES];
} places;

/* `order`: the rows t, those of one i after another; NULL where they stand so.  Numbers of j that t
 * may have, and of i' and j' that u may have.  `past`: whether to write past the cache.
 * `places`: of i' and of j' for each tile.  `room`: of each thread, `room_size` bytes. */
typedef struct {
    int64_t rows, cols;
    const int32_t *order, *row_i, *row_j, *col_i, *col_j;
    int64_t row_count_j, count_i, count_j;
    int64_t lower, stride, past;
    places *places;
    char *room;
    int64_t room_size;
} nzdiff_entries;

/* One row of a tile: the numbers of its j, 2 SPAN for each pair, where its first u is written,
 * which u are (from <= u < to), and how many doubles after the start of a line a group is cut. */
typedef struct {
    const double *right;
    double *out;
    int64_t from, to, turn;
} target;

/* A pair of summands for one i: its numbers, 2 SPAN near ones or side by side, and whose they are. */
typedef struct {
    const double *left;
    const places *by_left, *by_right;
} source;

/* What one thread works on. */
typedef struct {
    double *right; /* for each j met: 2 SPAN numbers for each pair */
    int32_t *slot; /* which of them is of j, or -1 */
    double *left;  /* for each pair: its numbers for one i, and room for one more */
    int64_t width; /* of that */
    source *from;  /* for each pair */
    const places *i, *j;
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
    p->near = p->high - p->low < SPAN - LANES;
#if !defined(__AVX512F__)
    p->near = 0;
#endif
    for (int64_t g = 0; g <= p->groups; g++) {
        int64_t wanted[LANES], first = p->high - p->low;
        for (int64_t e = 0; e < LANES; e++) {
            const int64_t u = LANES * g + e;
            wanted[e] = index[u < count ? u : count - 1] - p->low;
            first = wanted[e] < first ? wanted[e] : first;
        }
        p->first[g] = (int32_t)first;
        for (int64_t e = 0; e < LANES; e++) {
            p->at[LANES * g + e] = (uint32_t)(2 * wanted[turn[e]]);
            p->which[g][e] = wanted[e] - first;
            p->near &= wanted[e] - first < LANES;
        }
    }
}

/* out[e] = c a[low + e], then d b[low + e] behind SPAN of them; zero where there is no b. */
static void one_by_one(double c, const double *restrict a, double d, const double *restrict b,
                       const places *p, double *restrict out)
{
    const int64_t count = p->high - p->low + 1;
    for (int64_t e = 0; e < count; e++)
        out[e] = c * a[p->low + e];
    if (b == NULL)
        memset(out + SPAN, 0, sizeof(double) * (size_t)count);
    else
        for (int64_t e = 0; e < count; e++)
            out[SPAN + e] = d * b[p->low + e];
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

/* By address: to return a register is another call where there is no such register. */
INLINE void four_pairs(const double *from, const uint32_t *at, pack *pairs)
{
    const two a = *(const two *)(from + at[0]), b = *(const two *)(from + at[1]);
    const two c = *(const two *)(from + at[2]), d = *(const two *)(from + at[3]);
#if defined(__AVX512F__)
    const __m256d x = _mm256_insertf128_pd(_mm256_castpd128_pd256((__m128d)a), (__m128d)b, 1);
    const __m256d y = _mm256_insertf128_pd(_mm256_castpd128_pd256((__m128d)c), (__m128d)d, 1);
    *pairs = (pack)_mm512_insertf64x4(_mm512_castpd256_pd512(x), y, 1);
#else
    *pairs = (pack){a[0], a[1], b[0], b[1], c[0], c[1], d[0], d[1]};
#endif
}

/* Both numbers of eight pairs. */
INLINE void look_up(const double *from, const uint32_t *at, pack *x, pack *y)
{
    pack even, odd;
    four_pairs(from, at, &even);
    four_pairs(from, at + LANES / 2, &odd);
    *x = PICK(even, odd, 0, 8, 2, 10, 4, 12, 6, 14);
    *y = PICK(even, odd, 1, 9, 3, 11, 5, 13, 7, 15);
}

/* A number that each of eight u wants of those from `row` on, where they are near. */
INLINE pack permuted(const double *row, lanes which)
{
    const pack eight = *(const loose *)row;
#if defined(__AVX512F__)
    return (pack)_mm512_permutexvar_pd((__m512i)which, (__m512d)eight);
#else
    (void)which;
    return eight; /* not called: nothing counts as near */
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

/* Eight entries, `turn` lanes into the two packs; whole: all of them are of the row. */
INLINE void write(const target *row, int64_t group, lanes turn, pack before, pack now,
                  const int past, const int whole)
{
    const int64_t e = LANES * (group - 1) + row->turn;
#if defined(__AVX512F__)
    const __m512d found =
        past ? _mm512_permutex2var_pd((__m512d)before, (__m512i)turn, (__m512d)now) : (__m512d)now;
    if (whole && past) {
        _mm512_stream_pd(row->out + e, found);
        return;
    }
#else
    const pack found = now;
    (void)before, (void)turn, (void)past;
#endif
    if (whole) {
        *(loose *)(row->out + e) = (loose)found;
        return;
    }
    const int64_t skip = row->from > e ? row->from - e : 0;
    const int64_t stop = row->to - e < LANES ? row->to - e : LANES;
    if (skip < stop)
        write_part(row->out + e, found, skip, stop);
}

/* What a pair of summands adds to eight entries of `count` rows; `right` of each row. */
INLINE void add_pair(const int count, const int left_near, const int right_near,
                     const source *from, const double *const *right, int64_t g, pack *sum)
{
    const places *p = from->by_left, *q = from->by_right;
    pack x, y;
    if (left_near) {
        x = permuted(from->left + p->first[g], p->which[g]);
        y = permuted(from->left + SPAN + p->first[g], p->which[g]);
    } else
        look_up(from->left, p->at + LANES * g, &x, &y);
    UNROLLED
    for (int r = 0; r < count; r++) {
        if (right_near) {
            const lanes which = q->which[g];
            const double *near = right[r] + q->first[g];
            sum[r] = plus_product(sum[r], x, permuted(near, which));
            sum[r] = plus_product(sum[r], y, permuted(near + SPAN, which));
        } else {
            const double *own = right[r] + LANES * g;
            sum[r] = plus_product(sum[r], x, *(const pack *)own);
            sum[r] = plus_product(sum[r], y, *(const pack *)(own + SPAN));
        }
    }
}

/* How the numbers are found: as `from` says of each pair; or of two pairs, the first one's left
 * and the second one's right numbers are near, the first one's right and the second one's left
 * ones, or none. */
enum ways { ANY, FIRST, SECOND, NONE };

/* Eight entries of `count` rows t of one i. */
INLINE void group_of(const int count, const int64_t pairs, const enum ways ways,
                     const source *from, const double *const *right, int64_t g, pack *sum)
{
    UNROLLED
    for (int r = 0; r < count; r++)
        sum[r] = (pack){0};
    if (ways == ANY)
        for (int64_t k = 0; k < pairs; k++) {
            const double *own[TOGETHER];
            UNROLLED
    for (int r = 0; r < count; r++)
                own[r] = right[r] + 2 * SPAN * k;
            const int left = from[k].by_left->near != 0, both = from[k].by_right->near != 0;
            add_pair(count, left, both, from + k, own, g, sum);
        }
    else {
        const double *second[TOGETHER];
        UNROLLED
    for (int r = 0; r < count; r++)
            second[r] = right[r] + 2 * SPAN;
        add_pair(count, ways == FIRST, ways == SECOND, from, right, g, sum);
        add_pair(count, ways == SECOND, ways == FIRST, from + 1, second, g, sum);
    }
}

/* The groups begin <= g < end. */
INLINE void some_groups(const int count, const int64_t pairs, const enum ways ways,
                        const source *from, const target *rows, const lanes *turn, pack *before,
                        int64_t begin, int64_t end, const int past, const int whole)
{
    const double *right[TOGETHER];
    UNROLLED
    for (int r = 0; r < count; r++)
        right[r] = rows[r].right;
    for (int64_t g = begin; g < end; g++) {
        pack now[TOGETHER];
        group_of(count, pairs, ways, from, right, g, now);
        UNROLLED
        for (int r = 0; r < count; r++) {
            write(rows + r, g, turn[r], before[r], now[r], past, whole);
            before[r] = now[r];
        }
    }
}

/* `count` rows t of one i. */
INLINE void rows_of(const int count, const int64_t pairs, const enum ways ways,
                    const source *sources, const target *targets, int64_t groups, const int past)
{
    pack before[TOGETHER];
    lanes turn[TOGETHER];
    target rows[TOGETHER];
    int64_t first = 0, last = groups; /* between them every group is whole */
    source both[2];
    const source *from = sources;
    if (ways != ANY) {
        both[0] = sources[0];
        both[1] = sources[1];
        from = both;
    }
    UNROLLED
    for (int r = 0; r < count; r++) {
        const int64_t cut = LANES - targets[r].turn;
        const int64_t begin = (targets[r].from + cut + LANES - 1) / LANES;
        const int64_t end = (targets[r].to + cut) / LANES;
        rows[r] = targets[r];
        before[r] = (pack){0};
        turn[r] = (lanes){0, 1, 2, 3, 4, 5, 6, 7} + rows[r].turn;
        first = begin > first ? begin : first;
        last = end < last ? end : last;
    }
    if (first >= last)
        first = last = groups;
    some_groups(count, pairs, ways, from, rows, turn, before, 0, first, past, 0);
    some_groups(count, pairs, ways, from, rows, turn, before, first, last, past, 1);
    some_groups(count, pairs, ways, from, rows, turn, before, last, groups, past, 0);
}

INLINE void write_rows(int count, const int64_t pairs, const enum ways ways, const source *from,
                       const target *rows, int64_t groups, const int past)
{
    /* For two and three as well, compiling takes twice as long, which the first step waits for. */
    if (count == TOGETHER)
        rows_of(TOGETHER, pairs, ways, from, rows, groups, past);
    else
        for (int r = 0; r < count; r++)
            rows_of(1, pairs, ways, from, rows + r, groups, past);
}

static void write_any(int count, int64_t pairs, const source *from, const target *rows,
                      int64_t groups, int64_t past)
{
    const int64_t first = pairs > 0 && from[0].by_left->near;
    const int64_t second = pairs > 0 && from[0].by_right->near;
    const int opposite = pairs == 2 && from[0].by_left == from[1].by_right;
    if (opposite && first && !second && past)
        write_rows(count, 2, FIRST, from, rows, groups, 1);
    else if (opposite && first && !second)
        write_rows(count, 2, FIRST, from, rows, groups, 0);
    else if (opposite && second && !first)
        write_rows(count, 2, SECOND, from, rows, groups, past != 0);
    else if (pairs == 2 && !first && !second)
        write_rows(count, 2, NONE, from, rows, groups, past != 0);
    else
        write_rows(count, pairs, ANY, from, rows, groups, past != 0);
}

/* The numbers that j chooses: near ones as they stand, others in the order of u. */
static const double *right_of(int32_t j, int64_t pairs, const nzdiff_summand *s, tile_room *room,
                              int32_t *used)
{
    double *out = room->right + 2 * pairs * SPAN * (room->slot[j] < 0 ? *used : room->slot[j]);
    if (room->slot[j] >= 0)
        return out;
    room->slot[j] = (*used)++;
    double *beside = room->left + 2 * pairs * room->width;
    for (int64_t k = 0; k < pairs; k++) {
        const nzdiff_summand *a = s + 2 * k, *b = a + 1;
        const places *p = a->crossed ? room->i : room->j;
        const double *first = a->right + j * a->right_width;
        const double *second = b->left ? b->right + j * b->right_width : NULL;
        double *own = out + 2 * SPAN * k;
        if (p->near) {
            one_by_one(1.0, first, 1.0, second, p, own);
            continue;
        }
        side_by_side(1.0, first, 1.0, second, p, (two *)beside);
        for (int64_t g = 0; g <= p->groups; g++)
            look_up(beside, p->at + LANES * g, (pack *)(own + LANES * g),
                    (pack *)(own + SPAN + LANES * g));
    }
    return out;
}

/* The numbers that i chooses. */
static void left_of(int32_t i, int64_t pairs, const nzdiff_summand *s, tile_room *room)
{
    for (int64_t k = 0; k < pairs; k++) {
        const nzdiff_summand *a = s + 2 * k, *b = a + 1;
        const places *p = a->crossed ? room->j : room->i;
        const double *first = a->left + i * a->left_width;
        const double *second = b->left ? b->left + i * b->left_width : NULL;
        double *left = room->left + 2 * k * room->width;
        room->from[k] = (source){left, p, a->crossed ? room->i : room->j};
        if (p->near)
            one_by_one(a->coefficient, first, b->coefficient, second, p, left);
        else
            side_by_side(a->coefficient, first, b->coefficient, second, p, (two *)left);
    }
}

/* What the next i will choose is on its way while the rows of this one are written. */
static void fetch_left(int32_t i, int64_t pairs, const nzdiff_summand *s, const tile_room *room)
{
    for (int64_t k = 0; k < 2 * pairs; k++) {
        if (!s[k].left)
            continue;
        const places *p = s[k].crossed ? room->j : room->i;
        const double *row = s[k].left + i * s[k].left_width;
        for (int64_t e = p->low; e < p->high + LANES; e += LANES)
            __builtin_prefetch(row + e);
    }
}

/* Where the u of a tile begin and end.  Where a row is not at the start of a line there, its tile
 * begins and ends with the line before: no line is cut. */
INLINE int64_t tile_from(int64_t u0)
{
    return u0 > 0 ? u0 - LANES : 0;
}

INLINE int64_t tile_end(const nzdiff_entries *e, int64_t u0)
{
    return u0 + TILE < e->cols ? u0 + TILE : e->cols;
}

/* The rows first <= r < last of the order, at the TILE columns from u0 on. */
static void tile(const nzdiff_entries *e, int64_t pairs, const nzdiff_summand *s, int64_t first,
                 int64_t last, int64_t u0, tile_room *room, double *out)
{
    const int64_t from = tile_from(u0), end = tile_end(e, u0);
    int32_t used = 0;
    room->i = e->places + u0 / TILE * 2;
    room->j = room->i + 1;
    memset(room->slot, -1, sizeof(int32_t) * (size_t)e->row_count_j);
    for (int64_t r = first; r < last;) {
        const int32_t i = e->row_i[e->order ? e->order[r] : r];
        target rows[TOGETHER];
        int64_t groups = 0;
        int count = 0;
        if (used + TOGETHER > MET && e->row_count_j > MET) {
            memset(room->slot, -1, sizeof(int32_t) * (size_t)e->row_count_j);
            used = 0;
        }
        for (; r < last && count < TOGETHER; r++) {
            const int64_t t = e->order ? e->order[r] : r;
            target *row = rows + count;
            if (e->row_i[t] != i)
                break;
            row->out = out + t * e->stride + from;
#if defined(__AVX512F__)
            const int64_t shift =
                e->past ? (int64_t)((uintptr_t)row->out / sizeof(double) % LANES) : 0;
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
        if (count == 0)
            continue;
        left_of(i, pairs, s, room);
        if (r < last)
            fetch_left(e->row_i[e->order ? e->order[r] : r], pairs, s, room);
        write_any(count, pairs, room->from, rows, groups, e->past);
    }
}

static int64_t lines(int64_t bytes)
{
    return (bytes + LINE - 1) / LINE * LINE;
}

/* The parts of a thread's room, where there is one; returns its bytes. */
static int64_t divided(const nzdiff_entries *e, int64_t pairs, char *start, tile_room *room)
{
    const int64_t met = e->row_count_j < MET ? e->row_count_j : MET;
    const int64_t most = e->count_i > e->count_j ? e->count_i : e->count_j;
    const int64_t real = (int64_t)sizeof(double);
    room->width = (most > SPAN ? most : SPAN) + LANES;
    room->width = lines(real * room->width) / real;
    const int64_t left = lines(2 * met * pairs * SPAN * real);
    const int64_t slot = left + lines(2 * (pairs + 1) * room->width * real);
    const int64_t from = slot + lines(e->row_count_j * (int64_t)sizeof(int32_t));
    if (start) {
        room->right = (double *)start;
        room->left = (double *)(start + left);
        room->slot = (int32_t *)(start + slot);
        room->from = (source *)(start + from);
    }
    return from + lines(pairs * (int64_t)sizeof(source));
}

/* Bytes of `places`, and of the room of one thread. */
EXPORT void nzdiff_gather_sizes(const nzdiff_entries *e, int64_t pairs, int64_t *sizes)
{
    tile_room room;
    sizes[0] = (e->cols + TILE - 1) / TILE * 2 * (int64_t)sizeof(places);
    sizes[1] = divided(e, pairs, NULL, &room);
}

/* Fill `places`. */
EXPORT void nzdiff_gather_places(const nzdiff_entries *e)
{
    for (int64_t u0 = 0; u0 < e->cols; u0 += TILE) {
        const int64_t from = tile_from(u0), count = tile_end(e, u0) - from;
        locate(count, e->col_i + from, e->places + u0 / TILE * 2);
        locate(count, e->col_j + from, e->places + u0 / TILE * 2 + 1);
    }
}

/* Pairs of summands at every (t, u), or at u <= t. */
EXPORT void nzdiff_gather_dense(int threads, const nzdiff_entries *e, int64_t pairs,
                                const nzdiff_summand *summands, double *out)
{
    const int64_t wanted = BLOCK / (e->count_j + 1) + TOGETHER;
    const int64_t most = (e->rows + threads - 1) / threads;
    const int64_t block = wanted < most ? wanted : most > 0 ? most : 1;
    const int64_t blocks = (e->rows + block - 1) / block, tiles = (e->cols + TILE - 1) / TILE;
    (void)threads;
TEAM(omp parallel num_threads(threads) if (threads > 1))
    {
        tile_room room;
#if defined(_OPENMP)
        divided(e, pairs, e->room + e->room_size * omp_get_thread_num(), &room);
#else
        divided(e, pairs, e->room, &room);
#endif
TEAM(omp for schedule(dynamic, 1))
        for (int64_t b = 0; b < blocks * tiles; b++) {
            const int64_t first = b / tiles * block, last = first + block;
            tile(e, pairs, summands, first, last < e->rows ? last : e->rows, b % tiles * TILE,
                 &room, out);
        }
#if defined(__AVX512F__)
        _mm_sfence();
#endif
    }
}

/* out[q] += c left[at_left[q]] right[at_right[q]], where neither place is negative. */
EXPORT void nzdiff_gather_entries(int threads, int64_t count, double c, const double *left,
                                const int32_t *at_left, const double *right,
                                const int32_t *at_right, double *out)
{
    (void)threads;
TEAM(omp parallel for num_threads(threads) schedule(static) if (threads > 1))
    for (int64_t q = 0; q < count; q++)
        if (at_left[q] >= 0 && at_right[q] >= 0)
            out[q] += c * left[at_left[q]] * right[at_right[q]];
}

/* The upper triangle of a square matrix from the lower one, block by block. */
EXPORT void nzdiff_mirror(int threads, int64_t size, double *out)
{
    const int64_t block = 32;
    (void)threads;
TEAM(omp parallel for num_threads(threads) schedule(dynamic, 1) if (threads > 1))
    for (int64_t t0 = 0; t0 < size; t0 += block)
        for (int64_t u0 = 0; u0 <= t0; u0 += block)
            for (int64_t u = u0; u < u0 + block && u < size; u++)
                for (int64_t t = t0 > u ? t0 : u + 1; t < t0 + block && t < size; t++)
                    out[u * size + t] = out[t * size + u];
}
