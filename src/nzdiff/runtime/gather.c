/* Entries of assembled matrices, gathered from their factors; the same code for every energy.
 *
 * Entry (t, u), t at (i, j) and u at (i', j'), is a sum of products: left[i, i'] right[j, j'], or
 * left[i, j'] right[j, i'] ("crossed").  For one t it is the inner product of a row of U that i'
 * chooses and a row of V that j' chooses, with one column per summand.
 */
#include <stdint.h>
#include <stdlib.h>
#if defined(__AVX__)
#include <immintrin.h>
#endif

#define WIDTH 4
#define CHUNK 1024
#define EXPORT __attribute__((visibility("default")))

typedef double row __attribute__((vector_size(8 * WIDTH), aligned(8)));
typedef double numbers __attribute__((vector_size(8 * WIDTH)));
typedef int64_t lanes __attribute__((vector_size(8 * WIDTH)));

/* One summand: row-major factors, rows of `left` by i, of `right` by j. */
typedef struct {
    const double *left, *right;
    int64_t left_width, right_width;
    double coefficient;
    int64_t crossed;
} nzdiff_summand;

/* `i4`, `j4`: WIDTH i' and WIDTH j' of each column u.  `sorted`: whether they ascend in i'. */
typedef struct {
    int64_t rows, cols;
    const int32_t *row_i, *row_j;
    const uint32_t *col_i4, *col_j4;
    int64_t count_i, count_j;
    int64_t sorted, lower, added, stride;
} nzdiff_entries;

/* One column of U or V, or two side by side: half the stores. */
static void columns(int64_t count, double c, const double *restrict a, double d,
                    const double *restrict b, double *restrict out)
{
    if (b == NULL)
        for (int64_t e = 0; e < count; e++)
            out[WIDTH * e] = c * a[e];
    else
        for (int64_t e = 0; e < count; e++) {
            out[WIDTH * e] = c * a[e];
            out[WIDTH * e + 1] = d * b[e];
        }
}

static double product(const double *a, const double *b)
{
    return (a[0] * b[0] + a[1] * b[1]) + (a[2] * b[2] + a[3] * b[3]);
}

#if defined(__clang__)
#define PICK(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define PICK(a, b, ...) __builtin_shuffle(a, b, (lanes){__VA_ARGS__})
#endif

static void four(const double *U, const double *V, const uint32_t *i, const uint32_t *j,
                 numbers *out)
{
    const numbers a = *(const row *)(U + i[0]) * *(const row *)(V + j[0]);
    const numbers b = *(const row *)(U + i[1]) * *(const row *)(V + j[1]);
    const numbers c = *(const row *)(U + i[2]) * *(const row *)(V + j[2]);
    const numbers d = *(const row *)(U + i[3]) * *(const row *)(V + j[3]);
    const numbers ab = PICK(a, b, 0, 4, 2, 6) + PICK(a, b, 1, 5, 3, 7);
    const numbers cd = PICK(c, d, 0, 4, 2, 6) + PICK(c, d, 1, 5, 3, 7);
    *out = PICK(ab, cd, 0, 1, 4, 5) + PICK(ab, cd, 2, 3, 6, 7);
}

/* out[u] = U[i'] . V[j'], past the cache, for nothing reads it soon. */
static void write_row(int64_t count, const uint32_t *i, const uint32_t *j, const double *U,
                      const double *V, double *out)
{
    int64_t u = 0;
    for (; u < count && ((uintptr_t)(out + u) & 31); u++)
        out[u] = product(U + i[u], V + j[u]);
    for (; u + WIDTH <= count; u += WIDTH) {
        numbers found;
        four(U, V, i + u, j + u, &found);
#if defined(__AVX__)
        _mm256_stream_pd(out + u, (__m256d)found);
#else
        *(row *)(out + u) = found;
#endif
    }
    for (; u < count; u++)
        out[u] = product(U + i[u], V + j[u]);
}

static void add_row(int64_t count, const uint32_t *i, const uint32_t *j, const double *U,
                    const double *V, double *out)
{
    int64_t u = 0;
    for (; u + WIDTH <= count; u += WIDTH) {
        numbers found;
        four(U, V, i + u, j + u, &found);
        *(row *)(out + u) += found;
    }
    for (; u < count; u++)
        out[u] += product(U + i[u], V + j[u]);
}

/* Row t of the entries; `last` is the i that U and V were filled for by the row before. */
static void entries_of(const nzdiff_entries *e, int64_t terms, const nzdiff_summand *terms_of,
                       int64_t t, int32_t last, double *U, double *V, double *out)
{
    const int32_t i = e->row_i[t], j = e->row_j[t];
    const int64_t count = e->lower && t + 1 < e->cols ? t + 1 : e->cols;
    const int64_t used = e->sorted && count > 0 ? e->col_i4[count - 1] / WIDTH + 1 : e->count_i;
    const int64_t chunk = e->sorted ? CHUNK : (count > 0 ? count : 1);
    for (int64_t k = 0, pair; k < terms; k += 1 + pair) {
        const nzdiff_summand *s = terms_of + k, *next = s + 1;
        const double *left = s->left + i * s->left_width, *right = s->right + j * s->right_width;
        pair = k + 1 < terms && next->crossed == s->crossed;
        const double *left_2 = pair ? next->left + i * next->left_width : NULL;
        const double *right_2 = pair ? next->right + j * next->right_width : NULL;
        const double c = s->coefficient, d = pair ? next->coefficient : 0.0;
        if (!s->crossed)
            columns(e->count_j, c, right, d, right_2, V + k);
        else if (i != last)
            columns(e->count_j, c, left, d, left_2, V + k);
        if (!s->crossed && i != last)
            columns(used, 1.0, left, 1.0, left_2, U + k);
    }
    for (int64_t u = 0; u < count; u += chunk) {
        const int64_t end = u + chunk < count ? u + chunk : count;
        const int64_t low = e->sorted ? e->col_i4[u] / WIDTH : 0;
        const int64_t high = e->sorted ? e->col_i4[end - 1] / WIDTH + 1 : e->count_i;
        for (int64_t k = 0, pair; k < terms; k += 1 + pair) {
            const nzdiff_summand *s = terms_of + k, *next = s + 1;
            const int64_t from = j * s->right_width + low;
            pair = k + 1 < terms && next->crossed == s->crossed;
            const double *right_2 = pair ? next->right + j * next->right_width + low : NULL;
            if (s->crossed)
                columns(high - low, 1.0, s->right + from, 1.0, right_2, U + WIDTH * low + k);
        }
        if (e->added)
            add_row(end - u, e->col_i4 + u, e->col_j4 + u, U, V, out + u);
        else
            write_row(end - u, e->col_i4 + u, e->col_j4 + u, U, V, out + u);
    }
}

/* Up to WIDTH summands at every (t, u), or at u <= t; returns 1 where memory is missing. */
EXPORT int nzdiff_gather_dense(int threads, const nzdiff_entries *e, int64_t terms,
                               const nzdiff_summand *summands, double *out)
{
    int failed = 0;
    (void)threads;
#pragma omp parallel num_threads(threads) if (threads > 1)
    {
        double *U = calloc((size_t)(WIDTH * (e->count_i + e->count_j) + 1), sizeof(double));
        if (U == NULL) {
#pragma omp atomic write
            failed = 1;
        }
#pragma omp barrier
        int32_t last = -1;
#pragma omp for schedule(dynamic, 32)
        for (int64_t t = 0; t < e->rows; t++) {
            if (failed)
                continue;
            entries_of(e, terms, summands, t, last, U, U + WIDTH * e->count_i, out + t * e->stride);
            last = e->row_i[t];
        }
        free(U);
    }
#if defined(__AVX__)
    _mm_sfence();
#endif
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
