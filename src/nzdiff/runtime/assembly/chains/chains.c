/* Products of sparse matrices where entries are wanted, and blocks that are sums over a row. */
#include <stdint.h>
#include <string.h>
#if defined(_OPENMP)
#include <omp.h>
#endif

#define LANES 8
#define TOGETHER 32
#define TILE 8
#if defined(_WIN32)
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif
#if defined(_OPENMP)
#define TEAM(text) _Pragma(#text)
#else
#define TEAM(text)
#endif
#define INLINE static inline __attribute__((always_inline))
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wpsabi" /* registers go between inlined functions alone */
#endif

typedef double pack __attribute__((vector_size(8 * LANES)));
typedef double loose __attribute__((vector_size(8 * LANES), aligned(8)));

/* out[q] += c (left right)[t, cols[q]] for start[t] <= q < start[t + 1]; sparse matrices by rows.
 * `room`: `width` numbers for each thread; what is not wanted of a row is added up there, too. */
EXPORT void nzdiff_sparse_product(int threads, int64_t rows, int64_t width, double c,
                                  const int64_t *left_start, const int32_t *left_cols,
                                  const double *restrict left, const int64_t *right_start,
                                  const int32_t *right_cols, const double *restrict right,
                                  const int64_t *start, const int32_t *cols, double *room,
                                  double *restrict out)
{
    (void)threads;
    (void)width;
TEAM(omp parallel for num_threads(threads) schedule(dynamic, 64) if (threads > 1))
    for (int64_t t = 0; t < rows; t++) {
#if defined(_OPENMP)
        double *restrict sum = room + width * omp_get_thread_num();
#else
        double *restrict sum = room;
#endif
        int32_t last = -1;
        for (int64_t q = start[t]; q < start[t + 1]; q++) {
            sum[cols[q]] = 0.0;
            last = cols[q] > last ? cols[q] : last;
        }
        for (int64_t k = left_start[t]; last >= 0 && k < left_start[t + 1]; k++) {
            const int64_t row = left_cols[k];
            const double number = left[k];
            for (int64_t e = right_start[row]; e < right_start[row + 1]; e++) {
                if (right_cols[e] > last)
                    break;
                sum[right_cols[e]] += number * right[e];
            }
        }
        for (int64_t q = start[t]; q < start[t + 1]; q++)
            out[q] += c * sum[cols[q]];
    }
}

/* A dense matrix, row-major, or where `start` is not NULL a sparse one by rows. */
typedef struct {
    const double *values;
    const int64_t *start;
    const int32_t *cols;
    int64_t width;
} nzdiff_factor;

/* Blocks as in `BlockLayout` of kernels.py. */
typedef struct {
    int64_t count, lower;
    const int32_t *label, *members;
    const int64_t *first, *start;
} nzdiff_layout;

/* What one thread adds up a block in: `sum`, rows of `padded` numbers; which members a row of the
 * left and of the right factor has, and their numbers, of TOGETHER rows each; 1 + the member of each
 * column, or 0. */
typedef struct {
    double *sum, *x, *y;
    int32_t *which_x, *which_y, *member;
} gram_room;

static void divide_room(char *room, int64_t widest, int64_t padded, gram_room *r)
{
    r->sum = (double *)room;
    r->x = r->sum + (widest + TILE) * padded;
    r->y = r->x + TOGETHER * padded;
    r->which_x = (int32_t *)(r->y + TOGETHER * padded);
    r->which_y = r->which_x + padded;
    r->member = r->which_y + padded;
}

/* A row of a dense factor at the members, whose columns may follow one another. */
INLINE void dense_row(const double *row, int64_t size, const int32_t *members, int follow,
                      double *restrict out)
{
    int64_t e = 0;
    if (follow) {
        row += members[0];
        for (; e + LANES <= size; e += LANES)
            *(pack *)(out + e) = (pack) * (const loose *)(row + e);
        for (; e < size; e++)
            out[e] = row[e];
    } else
        for (; e < size; e++)
            out[e] = row[members[e]];
}

static int64_t sparse_row(const nzdiff_factor *f, int64_t row, const int32_t *member,
                          int32_t *which, double *out)
{
    int64_t count = 0;
    for (int64_t e = f->start[row]; e < f->start[row + 1]; e++)
        if (member[f->cols[e]] > 0) {
            which[count] = member[f->cols[e]] - 1;
            out[count++] = f->values[e];
        }
    return count;
}

/* sum[a, b] += Σ x[r, a] y[r, b] over `count` rows: `size` rows of sum and `wide` registers of each,
 * all of which stay in registers; sum is overwritten where `fresh`. */
INLINE void add_tile(const double *restrict x, const double *restrict y, int64_t count,
                     const int64_t size, const int64_t wide, int fresh, int64_t padded,
                     double *restrict sum)
{
    pack tile[TILE * 2];
    for (int64_t k = 0; k < size; k++)
        for (int64_t b = 0; b < wide; b++)
            tile[k * wide + b] = fresh ? (pack){0} : *(pack *)(sum + k * padded + b * LANES);
    for (int64_t r = 0; r < count; r++, x += padded, y += padded)
        for (int64_t k = 0; k < size; k++)
            for (int64_t b = 0; b < wide; b++)
                tile[k * wide + b] += x[k] * *(const pack *)(y + b * LANES);
    for (int64_t k = 0; k < size; k++)
        for (int64_t b = 0; b < wide; b++)
            *(pack *)(sum + k * padded + b * LANES) = tile[k * wide + b];
}

/* The same of all rows, at b <= a or a little on. */
static void add_squares(const double *restrict x, const double *restrict y, int64_t count,
                        int64_t size, int fresh, int64_t padded, double *restrict sum)
{
    for (int64_t a = 0; a < size; a += TILE) {
        double *restrict own = sum + a * padded;
        int64_t b = 0;
        for (; b + LANES < padded && b + LANES < a + TILE; b += 2 * LANES) {
            switch (size - a < TILE ? size - a : TILE) {
            case 1: add_tile(x + a, y + b, count, 1, 2, fresh, padded, own + b); break;
            case 2: add_tile(x + a, y + b, count, 2, 2, fresh, padded, own + b); break;
            case 3: add_tile(x + a, y + b, count, 3, 2, fresh, padded, own + b); break;
            case 4: add_tile(x + a, y + b, count, 4, 2, fresh, padded, own + b); break;
            default: add_tile(x + a, y + b, count, 8, 2, fresh, padded, own + b);
            }
        }
        if (b < padded && b < a + TILE)
            add_tile(x + a, y + b, count, TILE, 1, fresh, padded, own + b);
    }
}

/* y = rows of a dense factor at the members, those of `cols` or from row 0 on, and x = weight y.
 * Neither is read at once: what was written by numbers is not there yet for registers. */
static void weighted_rows(const nzdiff_factor *f, const int32_t *cols, const double *weight,
                          int64_t count, int64_t size, const int32_t *members, int follow,
                          int64_t padded, double *restrict x, double *restrict y)
{
    const int64_t whole = follow ? size / LANES * LANES : 0, begin = follow ? members[0] : 0;
    for (int64_t r = 0; r < count; r++, x += padded, y += padded) {
        const double *row = f->values + (cols == NULL ? r : cols[r]) * f->width + begin;
        const double number = weight[r];
        for (int64_t e = 0; e < whole; e += LANES) {
            const pack part = (pack) * (const loose *)(row + e);
            *(pack *)(y + e) = part;
            *(pack *)(x + e) = part * number;
        }
        for (int64_t e = whole; e < size; e++) {
            const double own = row[follow ? e : members[e]];
            y[e] = own;
            x[e] = number * own;
        }
    }
}

/* sum[a, b] += weight left[q, a] right[q, b]; of a dense right factor, at b <= a or a little on
 * where `lower`. */
static void add_row(const nzdiff_factor *left, const nzdiff_factor *right, int64_t q, double weight,
                    int64_t size, const int32_t *members, int follow, int64_t lower,
                    int64_t padded, const gram_room *r)
{
    const int same = left->values == right->values && left->start == NULL;
    int64_t nx = size, ny = size;
    if (right->start == NULL)
        dense_row(right->values + q * right->width, size, members, follow, r->y);
    else
        ny = sparse_row(right, q, r->member, r->which_y, r->y);
    if (left->start != NULL)
        nx = sparse_row(left, q, r->member, r->which_x, r->x);
    else if (!same)
        dense_row(left->values + q * left->width, size, members, follow, r->x);
    const double *x = same ? r->y : r->x;
    for (int64_t e = 0; e < nx; e++) {
        const int64_t a = left->start == NULL ? e : r->which_x[e];
        const double number = weight * x[e];
        double *restrict sum = r->sum + a * padded;
        if (right->start == NULL) {
            const int64_t stop = lower ? a + 1 : size;
            const pack all = (pack){0} + number;
            for (int64_t b = 0; b < stop; b += LANES)
                *(pack *)(sum + b) = *(pack *)(sum + b) + all * *(pack *)(r->y + b);
        } else
            for (int64_t b = 0; b < ny; b++)
                sum[r->which_y[b]] += number * r->y[b];
    }
}

/* Add c sum_q scale[label, q] left[q, a] right[q, b] to each block, a and b its members.
 * `room`: of each thread, `room_size` bytes, zeros. */
EXPORT void nzdiff_gram_blocks(int threads, double c, const nzdiff_factor *scale,
                               const nzdiff_factor *left, const nzdiff_factor *right,
                               const nzdiff_layout *at, int64_t widest, int64_t padded, char *room,
                               int64_t room_size, double *restrict out)
{
    const int squares = left->values == right->values && left->start == NULL;
    (void)threads;
    (void)room_size;
TEAM(omp parallel for num_threads(threads) schedule(dynamic, 16) if (threads > 1))
    for (int64_t b = 0; b < at->count; b++) {
        gram_room r;
#if defined(_OPENMP)
        divide_room(room + room_size * omp_get_thread_num(), widest, padded, &r);
#else
        divide_room(room, widest, padded, &r);
#endif
        const int32_t *members = at->members + at->first[b];
        const int64_t size = at->first[b + 1] - at->first[b], row = at->label[b];
        int follow = 1;
        for (int64_t k = 0; k < size; k++)
            follow &= members[k] == members[0] + k;
        for (int64_t k = 0; k < size && !squares; k++)
            r.member[members[k]] = (int32_t)k + 1;
        const int64_t begin = scale->start == NULL ? 0 : scale->start[row];
        const int64_t end = scale->start == NULL ? scale->width : scale->start[row + 1];
        const double *weights = scale->values + (scale->start == NULL ? row * scale->width : 0);
        int64_t e = begin;
        if (!squares || begin == end)
            memset(r.sum, 0, sizeof(double) * (size_t)(size * padded));
        else
            for (int64_t count; e < end; e += count) {
                nzdiff_factor from = *right;
                from.values += scale->start == NULL ? e * right->width : 0;
                count = end - e < TOGETHER ? end - e : TOGETHER;
                weighted_rows(&from, scale->start == NULL ? NULL : scale->cols + e, weights + e,
                              count, size, members, follow, padded, r.x, r.y);
                add_squares(r.x, r.y, count, size, e == begin, padded, r.sum);
            }
        for (; e < end; e++) {
            const int64_t q = scale->start == NULL ? e : scale->cols[e];
            add_row(left, right, q, weights[e], size, members, follow, at->lower, padded, &r);
        }
        double *restrict own = out + at->start[b];
        for (int64_t a = 0; a < size; a++)
            for (int64_t k = 0; k < (at->lower ? a + 1 : size); k++)
                *own++ += c * r.sum[squares && k > a ? k * padded + a : a * padded + k];
        for (int64_t k = 0; k < size && !squares; k++)
            r.member[members[k]] = 0;
    }
}
