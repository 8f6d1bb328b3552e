/* L-BFGS on a compiled energy: direction, search, update and stopping rules in one loop.
 *
 * The rules are those of solver.py, pairs.py, wolfe.py and progress.py.  Their constants and
 * the outcomes are defined on the command line, from those modules: see `constants` of loop.py.
 * With q = dE/dg, p = M^-1 q, the pairs s, y and u = M^-1 y as rows of S, Y, U, R the upper triangle
 * of S Y^T, D its diagonal:
 *
 *     R a = S q,    c = R^-T (D a - gamma (U q - U Y^T a)),    d = -(gamma (p - U^T a) + S^T c)
 *
 * S and U are read twice an iteration: once for their products with q and the newest y, which keep
 * the small matrices up to date, and once, from the end that is still in the cache, for d.  They
 * are stored tile by tile, so that both readings are one stream: nothing is left out, not even the
 * row of the pair that is dropped, for the processor fetches ahead only what is read without gaps.
 * Sums run within fixed blocks and then over the blocks: the same bits for any number of threads.
 */
#define _POSIX_C_SOURCE 199309L
#include <math.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#if defined(_WIN32)
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif
#ifdef _OPENMP
#define PRAGMA(text) _Pragma(#text)
#define PARALLEL_BLOCKS \
    PRAGMA(omp parallel for num_threads(l->threads) schedule(static) if (l->threads > 1))
#else
#define PARALLEL_BLOCKS
#endif

#define TILE 32
#define BLOCK 512

typedef double lanes __attribute__((vector_size(8 * LANES)));

/* A sparse matrix by rows; indptr is NULL where there is none. */
typedef struct {
    const int64_t *indptr;
    const int32_t *indices;
    const double *values;
} csr;

/* One unknown: values = T g + offset; gradient by g = T^T gradient.  slots: the place of each entry
 * of g where T is a permutation, NULL where it is the identity. */
typedef struct {
    int64_t size, stored;
    double *values;
    const double *gradient;
    const int32_t *slots;
    csr T, adjoint;
    const double *offset;
} nzdiff_unknown;

/* A model as C sees it; filled by runtime/kernel/native.py. */
typedef struct {
    int64_t size;
    const void *context;
    void (*energy)(const void *context);
    void (*gradient)(const void *context);
    const double *value;
    uint8_t *done;
    int64_t stages;
    const int *threads;
    int64_t count;
    const nzdiff_unknown *unknowns;
} nzdiff_native;

/* A block-diagonal M^-1; filled by runtime/assembly/compiled_blocks.py, a diagonal one by scale.py,
 * with `nzdiff_lbfgs_diagonal`. */
typedef struct {
    void (*times)(int threads, int64_t count, const int64_t *first, const int64_t *start,
                  const int32_t *members, const double *values, const double *x, double *out);
    int64_t count;
    const int64_t *first, *start;
    const int32_t *members;
    const double *values;
} nzdiff_blocks;

/* One accepted iterate; energies and gradients count calls since `nzdiff_lbfgs_start`. */
typedef struct {
    double energy, gradient_norm, step, seconds;
    int64_t energies, gradients;
} record;

/* What one call of `nzdiff_lbfgs_run` may do, and what it did.  records: `known` earlier ones, then
 * room for `most`.  promised: the decrease that a direction promised which led nowhere. */
typedef struct {
    double rtol, energy_rtol, energy_floor, first_energy, first_norm, squares, seconds;
    int64_t window, known, most;
    record *records;
    int64_t count;
    double promised;
    int64_t energies, gradients;
} slice;

typedef struct {
    double *g, *q, *p;
    double energy, squares;
} iterate;

typedef struct {
    double t, energy, slope;
} end;

/* order: the rows of the pairs, oldest first; behind them the free ones.  They are the first rows
 * until there are `memory` pairs, so that rows 0 to `used` hold all pairs and the next one. */
typedef struct {
    const nzdiff_native *model;
    const nzdiff_blocks *inverse;
    int threads;
    int64_t size, padded, memory, blocks, used, left;
    int64_t energies, gradients;
    iterate now, trial, best;
    double *d, *first, *pairs, *Y, *partial;
    double *SY, *UY, *Sq, *Uq, *a, *c, *sums;
    int64_t *order;
    double step, distance;
    int fresh, searching, prepared, found, trials;
    double t, slope;
    end low, high;
} lbfgs;

static int64_t rounded(int64_t count, int64_t unit)
{
    return (count + unit - 1) / unit * unit;
}

static int64_t sums_per_block(int64_t memory)
{
    return 4 * (memory + 1) + 3;
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double total(const lanes *x)
{
    const double *v = (const double *)x;
    return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}

/* The end of block b. */
static int64_t end_of(const lbfgs *l, int64_t b)
{
    return (b + 1) * BLOCK < l->padded ? (b + 1) * BLOCK : l->padded;
}

/* The tile that begins at entry e of the pair in a row: LANES entries of s, LANES of u, ... */
static double *pair_at(const lbfgs *l, int64_t e, int64_t row)
{
    return l->pairs + (e / TILE * (l->memory + 1) + row) * 2 * TILE;
}

/* The sums over all blocks, in their order, of the first `count` numbers of each. */
static void add_up(const lbfgs *l, int64_t count)
{
    const int64_t stride = sums_per_block(l->memory);
    memcpy(l->sums, l->partial, (size_t)count * sizeof(double));
    for (int64_t b = 1; b < l->blocks; b++)
        for (int64_t k = 0; k < count; k++)
            l->sums[k] += l->partial[b * stride + k];
}

#define AT(x) (*(const lanes *)(x))
#define PUT(x) (*(lanes *)(x))

/* A tile of s, u by y and by q, added to four sums; each number is read once. */
static void four_products(const double *pair, const double *y, const double *q, lanes *sums)
{
    lanes sy = sums[0], uy = sums[1], sq = sums[2], uq = sums[3];
    for (int64_t e = 0; e < TILE; e += LANES) {
        const lanes a = AT(pair + 2 * e), b = AT(pair + 2 * e + LANES);
        const lanes v = AT(y + e), w = AT(q + e);
        sy += a * v, uy += b * v, sq += a * w, uq += b * w;
    }
    sums[0] = sy, sums[1] = uy, sums[2] = sq, sums[3] = uq;
}

static void two_products(const double *pair, const double *v, lanes *sums)
{
    lanes sv = sums[0], uv = sums[1];
    for (int64_t e = 0; e < TILE; e += LANES)
        sv += AT(pair + 2 * e) * AT(v + e), uv += AT(pair + 2 * e + LANES) * AT(v + e);
    sums[0] = sv, sums[1] = uv;
}

/* ---- the model ---- */

static void multiply(const csr *A, int64_t rows, const double *x, const double *offset, double *out)
{
    for (int64_t r = 0; r < rows; r++) {
        double sum = 0.0;
        for (int64_t e = A->indptr[r]; e < A->indptr[r + 1]; e++)
            sum += A->values[e] * x[A->indices[e]];
        out[r] = offset == NULL ? sum : sum + offset[r];
    }
}

static void move(const lbfgs *l, const double *g)
{
    for (int64_t i = 0; i < l->model->count; i++) {
        const nzdiff_unknown *unknown = l->model->unknowns + i;
        double *restrict values = unknown->values;
        if (unknown->T.indptr != NULL)
            multiply(&unknown->T, unknown->stored, g, unknown->offset, values);
        else if (unknown->slots == NULL)
            memcpy(values, g, (size_t)unknown->size * sizeof(double));
        else
            for (int64_t e = 0; e < unknown->size; e++)
                values[unknown->slots[e]] = g[e];
        g += unknown->size;
    }
    memset(l->model->done, 0, (size_t)l->model->stages);
}

static double energy_at(lbfgs *l, const double *g)
{
    l->energies++;
    move(l, g);
    l->model->energy(l->model->context);
    const double energy = *l->model->value;
    return isfinite(energy) ? energy : INFINITY;
}

/* q at the g that was moved to last, with q.q; returns q.d. */
static double take_gradient(lbfgs *l, iterate *at)
{
    l->gradients++;
    l->model->gradient(l->model->context);
    double *restrict q = at->q;
    for (int64_t i = 0; i < l->model->count; i++) {
        const nzdiff_unknown *unknown = l->model->unknowns + i;
        if (unknown->T.indptr != NULL)
            multiply(&unknown->adjoint, unknown->size, unknown->gradient, NULL, q);
        else if (unknown->slots == NULL)
            memcpy(q, unknown->gradient, (size_t)unknown->size * sizeof(double));
        else
            for (int64_t e = 0; e < unknown->size; e++)
                q[e] = unknown->gradient[unknown->slots[e]];
        q += unknown->size;
    }
    const int64_t stride = sums_per_block(l->memory);
    PARALLEL_BLOCKS
    for (int64_t b = 0; b < l->blocks; b++) {
        const double *v = at->q, *d = l->d;
        lanes squares = {0}, slope = {0};
        for (int64_t e = b * BLOCK; e < end_of(l, b); e += LANES)
            squares += AT(v + e) * AT(v + e), slope += AT(v + e) * AT(d + e);
        l->partial[b * stride] = total(&squares), l->partial[b * stride + 1] = total(&slope);
    }
    add_up(l, 2);
    at->squares = l->sums[0];
    return l->sums[1];
}

/* ---- pairs ---- */

static void precondition(const lbfgs *l, const double *x, double *out)
{
    const nzdiff_blocks *M = l->inverse;
    if (M == NULL)
        memcpy(out, x, (size_t)l->padded * sizeof(double));
    else
        M->times(l->threads, M->count, M->first, M->start, M->members, M->values, x, out);
}

static const double *preconditioned(const lbfgs *l, const iterate *at)
{
    return l->inverse == NULL ? at->q : at->p;
}

/* Forget all pairs.  Up to `memory` of them are in the first rows. */
static void clear(lbfgs *l)
{
    l->used = 0;
    for (int64_t k = 0; k <= l->memory; k++)
        l->order[k] = k;
}

/* Sq, Uq: the products of all pairs with the gradient at `at`. */
static void meet(const lbfgs *l, const iterate *at)
{
    const int64_t stride = sums_per_block(l->memory);
    PARALLEL_BLOCKS
    for (int64_t b = 0; b < l->blocks; b++)
        for (int64_t k = 0; k < l->used; k++) {
            lanes sums[2] = {{0}};
            for (int64_t e = b * BLOCK; e < end_of(l, b); e += TILE)
                two_products(pair_at(l, e, l->order[k]), at->q + e, sums);
            for (int i = 0; i < 2; i++)
                l->partial[b * stride + 2 * k + i] = total(sums + i);
        }
    add_up(l, 2 * l->used);
    for (int64_t k = 0; k < l->used; k++)
        l->Sq[l->order[k]] = l->sums[2 * k], l->Uq[l->order[k]] = l->sums[2 * k + 1];
}

/* One tile of the pair between two iterates, into `row`; y: of size TILE; adds to three sums. */
static void pair_in_tile(const lbfgs *l, int64_t at, const iterate *from, const iterate *to,
                         int64_t row, double *y, lanes *sums)
{
    const double *p = preconditioned(l, from) + at, *r = preconditioned(l, to) + at;
    double *pair = pair_at(l, at, row);
    lanes ss = sums[0], yy = sums[1], far = sums[2];
    for (int64_t e = 0; e < TILE; e += LANES) {
        const lanes g = AT(to->g + at + e), gap = g - AT(l->first + at + e);
        const lanes ds = g - AT(from->g + at + e), dy = AT(to->q + at + e) - AT(from->q + at + e);
        PUT(y + e) = dy, PUT(pair + 2 * e) = ds;
        PUT(pair + 2 * e + LANES) = AT(r + e) - AT(p + e);
        ss += ds * ds, yy += dy * dy, far += gap * gap;
    }
    sums[0] = ss, sums[1] = yy, sums[2] = far;
}

/* Block b of the pair, and its sums with those in all rows, itself included. */
static void pair_in_block(const lbfgs *l, int64_t b, const iterate *from, const iterate *to,
                          const double *q)
{
    const int64_t row = l->order[l->used], rows = l->used + 1, count = 3 + 4 * rows;
    lanes sums[count], y[TILE / LANES];
    memset(sums, 0, sizeof(sums));
    for (int64_t e = b * BLOCK; e < end_of(l, b); e += TILE) {
        double *kept = l->inverse == NULL ? (double *)y : l->Y + row * l->padded + e;
        pair_in_tile(l, e, from, to, row, kept, sums);
        for (int64_t k = 0; k < rows; k++)
            four_products(pair_at(l, e, k), kept, q + e,
                          sums + 3 + 4 * k);
    }
    for (int64_t k = 0; k < count; k++)
        l->partial[b * sums_per_block(l->memory) + k] = total(sums + k);
}

/* Take the pair between two iterates in the place of the oldest, unless its curvature is not
 * positive; Sq and Uq are the products with q, the gradient at `at`. */
static void add_pair(lbfgs *l, const iterate *from, const iterate *to, const iterate *at)
{
    const int64_t rows = l->memory + 1, oldest = l->used == l->memory, row = l->order[l->used];
    PARALLEL_BLOCKS
    for (int64_t b = 0; b < l->blocks; b++)
        pair_in_block(l, b, from, to, at->q);
    add_up(l, 3 + 4 * (l->used + 1));
    const double *sums = l->sums + 3;
    l->step = sqrt(l->sums[0]), l->distance = sqrt(l->sums[2]);
    if (!(sums[4 * row] > LEAST_COSINE * (l->step * sqrt(l->sums[1])))) {
        meet(l, at);
        return;
    }
    for (int64_t k = oldest; k <= l->used; k++) {
        const int64_t other = l->order[k];
        const double *found = sums + 4 * other;
        l->SY[other * rows + row] = found[0];
        l->UY[other * rows + row] = l->UY[row * rows + other] = found[1];
        l->Sq[other] = found[2], l->Uq[other] = found[3];
    }
    if (oldest) {
        const int64_t dropped = l->order[0];
        memmove(l->order, l->order + 1, (size_t)l->memory * sizeof(int64_t));
        l->order[l->memory] = dropped;
    } else {
        l->used++;
    }
}

/* Y from U, which it is as long as M = I. */
static void keep(const lbfgs *l)
{
    for (int64_t k = 0; k < l->used; k++)
        for (int64_t e = 0; e < l->padded; e += LANES)
            PUT(l->Y + l->order[k] * l->padded + e) =
                AT(pair_at(l, e, l->order[k]) + 2 * (e % TILE) + LANES);
}

/* U and U Y^T anew, from Y, for another M. */
static void remake(const lbfgs *l)
{
    const int64_t rows = l->memory + 1;
    double *u = l->trial.p;
    memset(l->UY, 0, (size_t)(rows * rows) * sizeof(double));
    for (int64_t k = 0; k < l->used; k++) {
        precondition(l, l->Y + l->order[k] * l->padded, u);
        for (int64_t e = 0; e < l->padded; e += LANES)
            PUT(pair_at(l, e, l->order[k]) + 2 * (e % TILE) + LANES) = AT(u + e);
    }
    for (int64_t b = 0; b < l->blocks; b++)
        for (int64_t j = 0; j < l->used; j++)
            for (int64_t i = 0; i <= j; i++) {
                const int64_t left = l->order[i], right = l->order[j];
                lanes sums[2] = {{0}};
                for (int64_t e = b * BLOCK; e < end_of(l, b); e += TILE)
                    two_products(pair_at(l, e, left),
                                 l->Y + right * l->padded + e, sums);
                l->UY[left * rows + right] += total(sums + 1);
            }
    for (int64_t j = 0; j < l->used; j++)
        for (int64_t i = 0; i < j; i++)
            l->UY[l->order[j] * rows + l->order[i]] = l->UY[l->order[i] * rows + l->order[j]];
}

/* ---- the direction ---- */

/* gamma; fills a and c, by row. */
static double coefficients(const lbfgs *l)
{
    const int64_t rows = l->memory + 1, newest = l->order[l->used - 1] * (rows + 1);
    l->a[l->order[l->used]] = l->c[l->order[l->used]] = 0.0;
    const double gamma = l->SY[newest] / l->UY[newest];
    for (int64_t k = l->used - 1; k >= 0; k--) {
        const int64_t i = l->order[k];
        double sum = l->Sq[i];
        for (int64_t m = k + 1; m < l->used; m++)
            sum -= l->SY[i * rows + l->order[m]] * l->a[l->order[m]];
        l->a[i] = sum / l->SY[i * rows + i];
    }
    for (int64_t k = 0; k < l->used; k++) {
        const int64_t i = l->order[k];
        double sum = l->Uq[i];
        for (int64_t m = 0; m < l->used; m++)
            sum -= l->UY[i * rows + l->order[m]] * l->a[l->order[m]];
        sum = l->SY[i * rows + i] * l->a[i] - gamma * sum;
        for (int64_t m = 0; m < k; m++)
            sum -= l->SY[l->order[m] * rows + i] * l->c[l->order[m]];
        l->c[i] = sum / l->SY[i * rows + i];
    }
    return gamma;
}

/* d = -gamma p + sum gamma a u - c s in the tile at entry `at`. */
static void combine(const lbfgs *l, int64_t at, double gamma, const double *p)
{
    lanes d[TILE / LANES];
    for (int64_t m = 0; m < TILE / LANES; m++)
        d[m] = -gamma * AT(p + at + m * LANES);
    for (int64_t k = 0; k <= l->used; k++) {
        const double *pair = pair_at(l, at, k), a = gamma * l->a[k], c = l->c[k];
        for (int64_t m = 0; m < TILE / LANES; m++)
            d[m] += a * AT(pair + (2 * m + 1) * LANES) - c * AT(pair + 2 * m * LANES);
    }
    memcpy(l->d + at, d, sizeof(d));
}

/* d, the slope along it and the trial at t = 1. */
static void direction(lbfgs *l)
{
    const int64_t stride = sums_per_block(l->memory);
    const double gamma = coefficients(l), *p = preconditioned(l, &l->now);
    PARALLEL_BLOCKS
    for (int64_t i = 0; i < l->blocks; i++) {
        const int64_t b = l->blocks - 1 - i;
        lanes slope = {0};
        for (int64_t at = b * BLOCK; at < end_of(l, b); at += TILE) {
            combine(l, at, gamma, p);
            for (int64_t e = at; e < at + TILE; e += LANES) {
                slope += AT(l->now.q + e) * AT(l->d + e);
                PUT(l->trial.g + e) = AT(l->now.g + e) + AT(l->d + e);
            }
        }
        l->partial[b * stride] = total(&slope);
    }
    add_up(l, 1);
    l->slope = l->sums[0];
    l->prepared = 1;
}

/* The trial at t. */
static void try_at(const lbfgs *l, double t)
{
    PARALLEL_BLOCKS
    for (int64_t b = 0; b < l->blocks; b++)
        for (int64_t e = b * BLOCK; e < end_of(l, b); e += LANES)
            PUT(l->trial.g + e) = AT(l->now.g + e) + t * AT(l->d + e);
}

static int is_finite(const lbfgs *l, const double *x)
{
    lanes zeros = {0};
    for (int64_t e = 0; e < l->padded; e += LANES)
        zeros += AT(x + e) - AT(x + e);
    return total(&zeros) == 0.0;
}

static double norm(const lbfgs *l, const double *x)
{
    const int64_t stride = sums_per_block(l->memory);
    for (int64_t b = 0; b < l->blocks; b++) {
        lanes squares = {0};
        for (int64_t e = b * BLOCK; e < end_of(l, b); e += LANES)
            squares += AT(x + e) * AT(x + e);
        l->partial[b * stride] = total(&squares);
    }
    add_up(l, 1);
    return sqrt(l->sums[0]);
}

/* d := -p, as long as g (or 1 at zero). */
static void steepest(lbfgs *l)
{
    const double *p = preconditioned(l, &l->now);
    const double length = norm(l, p), size = norm(l, l->now.g);
    const double factor = -(length > 0.0 ? (size > 0.0 ? size : 1.0) / length : 1.0);
    for (int64_t e = 0; e < l->padded; e += LANES)
        PUT(l->d + e) = factor * AT(p + e);
}

/* The first pair, a difference of gradients along -p; without one a short step along it. */
static void first_direction(lbfgs *l)
{
    steepest(l);
    try_at(l, PROBE_STEP);
    move(l, l->trial.g);
    take_gradient(l, &l->trial);
    if (l->inverse != NULL)
        precondition(l, l->trial.q, l->trial.p);
    add_pair(l, &l->now, &l->trial, &l->now);
    if (l->used > 0) {
        direction(l);
        return;
    }
    const int64_t stride = sums_per_block(l->memory);
    for (int64_t b = 0; b < l->blocks; b++) {
        lanes slope = {0};
        for (int64_t e = b * BLOCK; e < end_of(l, b); e += LANES) {
            PUT(l->d + e) = BLIND_STEP * AT(l->d + e);
            slope += AT(l->now.q + e) * AT(l->d + e);
        }
        l->partial[b * stride] = total(&slope);
    }
    add_up(l, 1);
    l->slope = l->sums[0];
    l->prepared = 0;
}

/* ---- the search ---- */

static int below_rounding(const lbfgs *l, double promised)
{
    return promised <= ROUNDING * fabs(l->now.energy);
}

static double between(end low, end high)
{
    const double width = high.t - low.t;
    double t;
    if (!isfinite(high.energy))
        return low.t + (low.t > 0.0 ? RETREAT : MARGIN) * width;
    if (isnan(high.slope))
        t = -0.5 * low.slope * width * width / (high.energy - low.energy - low.slope * width);
    else
        t = width * low.slope / (low.slope - high.slope);
    return low.t + fmin(fmax(t, MARGIN * width), (1.0 - MARGIN) * width);
}

static double beyond(end before, end low)
{
    const double flattening = low.slope - before.slope;
    const double reach = flattening > 0.0 ? -low.slope * (low.t - before.t) / flattening : INFINITY;
    return fmin(fmax(low.t + reach, LEAST_EXPANSION * low.t), MOST_EXPANSION * low.t);
}

static void narrow(lbfgs *l, end reached)
{
    const end before = l->low;
    if (!(reached.slope < 0.0))
        l->high = reached;
    else
        l->low = reached;
    l->t = reached.slope < 0.0 && isinf(l->high.t) ? beyond(before, reached)
                                                   : between(l->low, l->high);
}

static void swap(iterate *a, iterate *b)
{
    const iterate other = *a;
    *a = *b, *b = other;
}

/* One trial; 1 where it is accepted, in `trial`. */
static int try_next(lbfgs *l)
{
    const double t = l->t;
    end reached = {t, INFINITY, NAN};
    l->trials++;
    if (!(l->prepared && t == 1.0))
        try_at(l, t);
    l->prepared = 0;
    if (is_finite(l, l->trial.g))
        reached.energy = energy_at(l, l->trial.g);
    else
        l->energies++;
    if (reached.energy <= l->now.energy + SUFFICIENT_DECREASE * t * l->slope) {
        const double slope = take_gradient(l, &l->trial);
        if (isfinite(l->trial.squares)) {
            reached.slope = slope, l->trial.energy = reached.energy;
            if (fabs(slope) <= -CURVATURE * l->slope)
                return 1;
            if (!l->found || reached.energy < l->best.energy)
                swap(&l->trial, &l->best), l->found = 1;
        } else {
            reached.energy = INFINITY;
        }
    }
    narrow(l, reached);
    return 0;
}

/* ---- the loop ---- */

static void begin(lbfgs *l)
{
    l->fresh = l->used == 0;
    if (l->fresh)
        first_direction(l);
    else
        direction(l);
    l->t = 1.0, l->trials = 0, l->found = 0, l->searching = 1;
    l->low = (end){0.0, l->now.energy, l->slope};
    l->high = (end){INFINITY, NAN, NAN};
}

/* One step of the search: 1 with an iterate in `trial`, -1 where there is none, 0 to go on. */
static int search(lbfgs *l)
{
    if (l->slope < 0.0 && l->trials < MAX_TRIALS && !below_rounding(l, -l->t * l->slope))
        return try_next(l);
    if (!l->found)
        return -1;
    swap(&l->trial, &l->best);
    return 1;
}

/* Whether a rule stops the run at the newest record; Python has the last word. */
static int may_stop(const lbfgs *l, const slice *run)
{
    const record *newest = run->records + run->known + run->count - 1;
    double reference = run->first_norm, low = newest->energy, high = newest->energy;
    if (l->distance > 0.0) {
        const double slope = 2.0 * (run->first_energy - newest->energy) / l->distance;
        reference = fmin(reference, fmax(slope, 0.0));
    }
    if (newest->gradient_norm <= run->rtol * reference || newest->energy <= run->energy_floor)
        return 1;
    if (run->known + run->count <= run->window)
        return 0;
    for (int64_t k = 1; k <= run->window; k++)
        low = fmin(low, newest[-k].energy), high = fmax(high, newest[-k].energy);
    double scale = fmax(run->first_energy - newest->energy, 0.0), unseen = 0.0;
    if (run->squares != 0.0)
        scale = fmin(scale, fabs(newest->energy));
    if (run->energy_rtol > 0.0)
        unseen = UNSEEN * fabs(newest->energy);
    return high - low <= fmax(run->energy_rtol * scale, unseen);
}

static void accept(lbfgs *l, slice *run, double seconds)
{
    if (l->inverse != NULL)
        precondition(l, l->trial.q, l->trial.p);
    add_pair(l, &l->now, &l->trial, &l->trial);
    swap(&l->now, &l->trial);
    l->searching = 0;
    run->records[run->known + run->count++] = (record){
        l->now.energy, sqrt(l->now.squares), l->step, seconds, l->energies, l->gradients};
}

/* Iterate until a record may be the last one, `most` are there, the seconds are over (PAUSED), M is
 * due (REFRESH), or no step lowers the energy (FAILED). */
EXPORT int nzdiff_lbfgs_run(lbfgs *l, slice *run)
{
    const double started = seconds_now();
    int outcome = PAUSED;
    l->threads = *l->model->threads;
    run->count = 0;
    while (outcome == PAUSED && run->count < run->most) {
        const double seconds = seconds_now() - started;
        if (seconds >= run->seconds)
            break;
        if (!l->searching) {
            if (l->left == 0)
                outcome = REFRESH;
            else
                l->left--, begin(l);
            continue;
        }
        const int found = search(l);
        if (found > 0) {
            accept(l, run, seconds_now() - started);
            if (may_stop(l, run))
                break;
        } else if (found < 0) {
            l->searching = 0;
            if (l->fresh)
                outcome = FAILED, run->promised = -l->slope;
            else
                clear(l);
        }
    }
    run->energies = l->energies, run->gradients = l->gradients;
    return outcome;
}

/* ---- memory ---- */

static double *take(double *base, int64_t *used, int64_t count)
{
    double *found = base == NULL ? NULL : base + *used;
    *used += rounded(count, LANES);
    return found;
}

/* Lay out everything behind l and return the doubles that it takes; base: NULL to count alone. */
static int64_t lay_out(lbfgs *l, double *base)
{
    const int64_t rows = l->memory + 1, sums = sums_per_block(l->memory);
    iterate *iterates[] = {&l->now, &l->trial, &l->best};
    int64_t used = 0;
    l->padded = rounded(l->size, TILE);
    l->blocks = (l->padded + BLOCK - 1) / BLOCK;
    take(base, &used, (int64_t)(sizeof(lbfgs) + sizeof(double) - 1) / (int64_t)sizeof(double));
    for (int i = 0; i < 3; i++) {
        iterates[i]->g = take(base, &used, l->padded);
        iterates[i]->q = take(base, &used, l->padded);
        iterates[i]->p = take(base, &used, l->padded);
    }
    l->d = take(base, &used, l->padded), l->first = take(base, &used, l->padded);
    l->pairs = take(base, &used, l->padded * rows * 2);
    l->Y = take(base, &used, rows * l->padded);
    l->partial = take(base, &used, l->blocks * sums), l->sums = take(base, &used, sums);
    l->SY = take(base, &used, rows * rows), l->UY = take(base, &used, rows * rows);
    l->Sq = take(base, &used, rows), l->Uq = take(base, &used, rows);
    l->a = take(base, &used, rows), l->c = take(base, &used, rows);
    l->order = (int64_t *)take(base, &used, rows);
    return used;
}

/* The doubles that a run takes. */
EXPORT int64_t nzdiff_lbfgs_doubles(int64_t size, int64_t memory)
{
    lbfgs l = {.size = size, .memory = memory};
    return lay_out(&l, NULL);
}

/* Begin a run in zeroed memory that starts on a cache line. */
EXPORT void nzdiff_lbfgs_start(lbfgs *l, const nzdiff_native *model, int64_t memory,
                               const double *g, double energy, const double *gradient,
                               const double *first)
{
    l->model = model, l->size = model->size, l->memory = memory, l->left = -1;
    lay_out(l, (double *)l);
    clear(l);
    const size_t bytes = (size_t)l->size * sizeof(double);
    memcpy(l->now.g, g, bytes), memcpy(l->now.q, gradient, bytes), memcpy(l->first, first, bytes);
    l->now.energy = energy;
}

/* Go on from another iterate; the pairs stay. */
EXPORT void nzdiff_lbfgs_move(lbfgs *l, const double *g, double energy, const double *gradient)
{
    const size_t bytes = (size_t)l->size * sizeof(double);
    memcpy(l->now.g, g, bytes), memcpy(l->now.q, gradient, bytes);
    l->now.energy = energy, l->searching = 0;
    l->threads = *l->model->threads;
    if (l->inverse != NULL)
        precondition(l, l->now.q, l->now.p);
    meet(l, &l->now);
}

/* out = values times x: `times` of a diagonal M^-1, which has neither of the tables. */
EXPORT void nzdiff_lbfgs_diagonal(int threads, int64_t count, const int64_t *first,
                                  const int64_t *start, const int32_t *members,
                                  const double *values, const double *x, double *out)
{
    (void)threads, (void)first, (void)start, (void)members;
    for (int64_t e = 0; e < count; e++)
        out[e] = values[e] * x[e];
}

/* Take another M^-1, NULL for I, for the next `left` directions; the pairs stay. */
EXPORT void nzdiff_lbfgs_precondition(lbfgs *l, const nzdiff_blocks *inverse, int64_t left)
{
    l->left = left;
    if (inverse == NULL && l->inverse == NULL)
        return;
    l->threads = *l->model->threads, l->searching = 0;
    if (l->inverse == NULL)
        keep(l);
    l->inverse = inverse;
    if (inverse != NULL)
        precondition(l, l->now.q, l->now.p);
    if (l->used > 0) {
        remake(l);
        meet(l, &l->now);
    }
}

/* Go to the next iterate of a run that began elsewhere, and take the pair between. */
EXPORT void nzdiff_lbfgs_follow(lbfgs *l, const double *g, double energy, const double *gradient)
{
    const size_t bytes = (size_t)l->size * sizeof(double);
    memcpy(l->trial.g, g, bytes), memcpy(l->trial.q, gradient, bytes);
    l->trial.energy = energy;
    if (l->inverse != NULL)
        precondition(l, l->trial.q, l->trial.p);
    add_pair(l, &l->now, &l->trial, &l->trial);
    swap(&l->now, &l->trial);
}

/* The last accepted iterate. */
EXPORT double nzdiff_lbfgs_point(const lbfgs *l, double *g, double *gradient)
{
    const size_t bytes = (size_t)l->size * sizeof(double);
    memcpy(g, l->now.g, bytes), memcpy(gradient, l->now.q, bytes);
    return l->now.energy;
}
