/* Many small dense blocks: products with a block-diagonal matrix, inverses, congruences.
 *
 * Inverses and congruences take LANES blocks of one size at a time, one in each lane.
 */
#include <math.h>
#include <stdint.h>

#define LANES 8
#define CHUNK 1024
#define SUMS 4 /* added up side by side, for each waits for itself */
#define MOST 32 /* the largest block that is worked on in lanes */
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

INLINE void block(const int64_t size, const int32_t *mine,
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
TEAM(omp parallel for num_threads(threads) schedule(static) if (threads > 1))
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
TEAM(omp simd reduction(+ : sum))
                for (int64_t e = 0; e < width; e++)
                    sum += row[e] * part[e];
                out[mine[r]] += sum;
            }
        }
    }
}

/* Where the entry (i, j) of a lower triangle stands, j <= i. */
INLINE int64_t at(int64_t i, int64_t j)
{
    return i * (i + 1) / 2 + j;
}

/* The inverse of each lane's symmetric matrix in place of its lower triangle: its Cholesky factor,
 * the inverse M of that, and M^T M.  A lane whose pivot is not positive is left with NaN. */
static void invert(int64_t size, pack *a)
{
    for (int64_t j = 0; j < size; j++) {
        pack root, pivot = a[at(j, j)];
        for (int64_t k = 0; k < j; k++)
            pivot -= a[at(j, k)] * a[at(j, k)];
        for (int lane = 0; lane < LANES; lane++)
            root[lane] = pivot[lane] > 0.0 ? sqrt(pivot[lane]) : NAN;
        a[at(j, j)] = 1.0 / root;
        for (int64_t i = j + 1; i < size; i += SUMS) {
            const int64_t some = size - i < SUMS ? size - i : SUMS;
            pack sum[SUMS] = {{0}};
            for (int64_t k = 0; k < j; k++)
                for (int64_t e = 0; e < SUMS; e++)
                    sum[e] += a[at(i + (e < some ? e : 0), k)] * a[at(j, k)];
            for (int64_t e = 0; e < some; e++)
                a[at(i + e, j)] = (a[at(i + e, j)] - sum[e]) * a[at(j, j)];
        }
    }
    for (int64_t i = 1; i < size; i++)
        for (int64_t j = 0; j < i; j += SUMS) {
            const int64_t some = i - j < SUMS ? i - j : SUMS;
            pack sum[SUMS] = {{0}};
            for (int64_t e = 0; e < some; e++)
                for (int64_t k = j + e; k < j + some; k++)
                    sum[e] += a[at(i, k)] * a[at(k, j + e)];
            for (int64_t k = j + some; k < i; k++)
                for (int64_t e = 0; e < SUMS; e++)
                    sum[e] += a[at(i, k)] * a[at(k, j + e)];
            for (int64_t e = 0; e < some; e++)
                a[at(i, j + e)] = -a[at(i, i)] * sum[e];
        }
    for (int64_t i = 0; i < size; i++)
        for (int64_t j = 0; j <= i; j += SUMS) {
            const int64_t some = i + 1 - j < SUMS ? i + 1 - j : SUMS;
            pack sum[SUMS] = {{0}};
            for (int64_t k = i; k < size; k++)
                for (int64_t e = 0; e < SUMS; e++)
                    sum[e] += a[at(k, i)] * a[at(k, j + (e < some ? e : 0))];
            for (int64_t e = 0; e < some; e++)
                a[at(i, j + e)] = sum[e];
        }
}

/* out = (A + shift I)^-1 of each block, size <= MOST, out may be A; of A the lower triangle alone, row
 * by row, where `packed`; indefinite[b]: where it has no Cholesky factor, and out is left as it is. */
EXPORT void nzdiff_blocks_inverse(int threads, int64_t count, int64_t size, int packed,
                                  double shift, const double *values, double *out,
                                  uint8_t *indefinite)
{
    const int64_t square = size * size, given = packed ? size * (size + 1) / 2 : square;
    (void)threads;
TEAM(omp parallel for num_threads(threads) schedule(static) if (threads > 1))
    for (int64_t b = 0; b < count; b += LANES) {
        const int64_t some = count - b < LANES ? count - b : LANES;
        pack a[MOST * (MOST + 1) / 2];
        for (int64_t i = 0; i < size; i++)
            for (int64_t j = 0; j <= i; j++) {
                pack entry = {0};
                for (int64_t lane = 0; lane < some; lane++)
                    entry[lane] = values[(b + lane) * given + (packed ? at(i, j) : i * size + j)];
                a[at(i, j)] = i == j ? entry + shift : entry;
            }
        invert(size, a);
        for (int64_t lane = 0; lane < some; lane++) {
            int bad = 0;
            for (int64_t e = 0; e < size * (size + 1) / 2; e++)
                bad |= !(a[e][lane] - a[e][lane] == 0.0);
            indefinite[b + lane] = (uint8_t)bad;
            for (int64_t i = 0; i < size && !bad; i++)
                for (int64_t j = 0; j <= i; j++) {
                    const double entry = a[at(i, j)][lane];
                    out[(b + lane) * square + i * size + j] = entry;
                    out[(b + lane) * square + j * size + i] = entry;
                }
        }
    }
}

/* out[b] = T[b]^T A[chosen[b]] T[b], symmetric A of order `size` and T (size x left), both at most
 * MOST. */
EXPORT void nzdiff_blocks_congruent(int threads, int64_t count, int64_t size, int64_t left,
                                    const int64_t *chosen, const double *values, const double *T,
                                    double *out)
{
    (void)threads;
TEAM(omp parallel for num_threads(threads) schedule(static) if (threads > 1))
    for (int64_t b = 0; b < count; b += LANES) {
        const int64_t some = count - b < LANES ? count - b : LANES;
        pack a[MOST * MOST], t[MOST * MOST];
        for (int64_t e = 0; e < size * size; e++) {
            a[e] = (pack){0};
            for (int64_t lane = 0; lane < some; lane++)
                a[e][lane] = values[chosen[b + lane] * size * size + e];
        }
        for (int64_t e = 0; e < size * left; e++) {
            t[e] = (pack){0};
            for (int64_t lane = 0; lane < some; lane++)
                t[e][lane] = T[(b + lane) * size * left + e];
        }
        for (int64_t j = 0; j < left; j++) {
            pack product[MOST];
            for (int64_t i = 0; i < size; i++) {
                product[i] = (pack){0};
                for (int64_t k = 0; k < size; k++)
                    product[i] += a[i * size + k] * t[k * left + j];
            }
            for (int64_t i = j; i < left; i++) {
                pack sum = {0};
                for (int64_t k = 0; k < size; k++)
                    sum += t[k * left + i] * product[k];
                for (int64_t lane = 0; lane < some; lane++) {
                    double *own = out + (b + lane) * left * left;
                    own[i * left + j] = own[j * left + i] = sum[lane];
                }
            }
        }
    }
}
