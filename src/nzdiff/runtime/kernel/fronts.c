/* Multifrontal factors and entries of products of inverses: nzdiff.runtime.factors in C.

   Fronts are column-major.  Where everything is symmetric, lower triangles alone are worked on.
   Functions return 0, or -1 where there is no memory. */

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(_WIN32)
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif

#define MOST 16 /* inverses in a product */

typedef const int *size;
typedef const double *in;
typedef struct {
    void (*gemm)(const char *, const char *, size, size, size, in, in, size, in, size, in,
                 double *, size);
    void (*symm)(const char *, const char *, size, size, in, in, size, in, size, in, double *,
                 size);
    void (*syrk)(const char *, const char *, size, size, in, in, size, in, double *, size);
    void (*syr2k)(const char *, const char *, size, size, in, in, size, in, size, in, double *,
                  size);
    void (*trsm)(const char *, const char *, const char *, const char *, size, size, in, in, size,
                 double *, size);
    void (*potrf)(const char *, size, double *, size, int *);
    void (*getrf)(size, size, double *, size, int *, int *);
} routines;

/* See `Tree`; lower and upper: where the numbers of each front begin in those arrays.
   before: the child of the same parent that comes before; -1 for none. */
typedef struct {
    int64_t count;
    const int64_t *first, *start, *members, *parent, *reached, *within;
    const int64_t *last_child, *before, *lower, *upper;
} tree;

/* See `Places`. */
typedef struct {
    const int64_t *start;
    const int32_t *value;
    const int64_t *offset;
} places;

/* Of each front [L; W] and V where eliminated, [B; X] and Y where inverted; no V, Y if symmetric. */
typedef struct {
    double *lower, *upper;
    int32_t *swaps;
} factors;

typedef struct {
    double *at;
    int rows; /* the leading dimension */
    char turned; /* 'T' or 'N' */
} matrix;

/* X, Y and B of a block of a front. */
typedef struct {
    matrix X, Y, B;
} inverted;

static int pivots(const tree *t, int64_t q)
{
    return (int)(t->first[q + 1] - t->first[q]);
}

static int front_size(const tree *t, int64_t q)
{
    return (int)(t->start[q + 1] - t->start[q]);
}

static matrix plain(double *at, int rows)
{
    return (matrix){at, rows, 'N'};
}

static matrix turned(matrix a)
{
    return (matrix){a.at, a.rows, a.turned == 'N' ? 'T' : 'N'};
}

/* c = beta c + alpha a b, with c of shape (m, n) and k columns of a. */
static void product(const routines *r, double alpha, matrix a, matrix b, double beta, double *c,
                    int rows, int m, int n, int k)
{
    if (m && n && (k || beta != 1.0))
        r->gemm(&a.turned, &b.turned, &m, &n, &k, &alpha, a.at, &a.rows, b.at, &b.rows, &beta, c,
                &rows);
}

/* c = beta c + alpha a b, a symmetric of size m with its lower triangle. */
static void symmetric_product(const routines *r, double alpha, matrix a, matrix b, double beta,
                              double *c, int rows, int m, int n)
{
    if (m && n)
        r->symm("L", "L", &m, &n, &alpha, a.at, &a.rows, b.at, &b.rows, &beta, c, &rows);
}

/* The rows of b, `cols` numbers each, exchanged as dgetrf says, or back. */
static void exchange(double *b, int rows, int cols, const int32_t *swaps, int count, int back)
{
    for (int step = 0; step < count; step++) {
        int i = back ? count - 1 - step : step, j = swaps[i] - 1;
        for (int c = 0; c < cols && i != j; c++) {
            double kept = b[i + (int64_t)c * rows];
            b[i + (int64_t)c * rows] = b[j + (int64_t)c * rows];
            b[j + (int64_t)c * rows] = kept;
        }
    }
}

static void load(const places *at, int64_t q, const double *values, double scale, double *front)
{
    for (int64_t t = at->start[q]; t < at->start[q + 1]; t++)
        front[at->offset[t]] = scale * values[at->value[t]];
}

/* front[at, at] += rest, or its lower triangle. */
static void extend(double *front, int size, const double *rest, int s, const int64_t *at,
                   int symmetric)
{
    for (int j = 0; j < s; j++) {
        double *column = front + at[j] * size;
        const double *added = rest + (int64_t)j * s;
        for (int i = symmetric ? j : 0; i < s; i++)
            column[at[i]] += added[i];
    }
}

/* part = whole[at, at], or its lower triangle. */
static void extract(const double *whole, int size, double *part, int rows, int s,
                    const int64_t *at, int symmetric)
{
    for (int j = 0; j < s; j++) {
        const double *column = whole + at[j] * size;
        double *taken = part + (int64_t)j * rows;
        for (int i = symmetric ? j : 0; i < s; i++)
            taken[i] = column[at[i]];
    }
}

static void mirror(double *a, int rows, int count)
{
    for (int j = 0; j < count; j++)
        for (int i = j + 1; i < count; i++)
            a[j + (int64_t)i * rows] = a[i + (int64_t)j * rows];
}

static void copy(const double *from, int from_rows, double *to, int to_rows, int rows, int cols)
{
    for (int j = 0; j < cols; j++)
        memcpy(to + (int64_t)j * to_rows, from + (int64_t)j * from_rows, sizeof(double) * rows);
}

/* The children of q, which come right before it, last first, add what they left to `count` fronts
   that follow one another and take it off the stack.  Returns the new top. */
static double *take(const tree *t, int64_t q, double *top, double *fronts, int count, int symmetric)
{
    int64_t size = front_size(t, q);
    for (int64_t child = t->last_child[q]; child >= 0; child = t->before[child]) {
        int64_t s = t->reached[child + 1] - t->reached[child];
        top -= count * s * s;
        for (int block = 0; block < count; block++)
            extend(fronts + block * size * size, (int)size, top + block * s * s, (int)s,
                   t->within + t->reached[child], symmetric);
    }
    return top;
}

/* Room for what fronts leave, `count` blocks each: the most that waits at a time. */
static double *open_stack(const tree *t, int count)
{
    int64_t now = 0, most = 1;
    for (int64_t q = 0; q < t->count; q++) {
        int64_t s = t->reached[q + 1] - t->reached[q];
        for (int64_t child = t->last_child[q]; child >= 0; child = t->before[child]) {
            int64_t left = t->reached[child + 1] - t->reached[child];
            now -= left * left;
        }
        now += s * s;
        most = now > most ? now : most;
    }
    return malloc(sizeof(double) * count * most);
}

static double *largest_front(const tree *t, int count)
{
    int64_t most = 1;
    for (int64_t q = 0; q < t->count; q++) {
        int64_t size = front_size(t, q);
        most = size * size > most ? size * size : most;
    }
    return malloc(sizeof(double) * count * most);
}

static int eliminate_symmetric(const routines *r, double *front, int size, int p)
{
    int s = size - p, failed = 0;
    double one = 1.0, minus = -1.0;
    r->potrf("L", &p, front, &size, &failed);
    if (failed)
        return 1;
    if (s) {
        double *W = front + p, *rest = front + p + (int64_t)p * size;
        r->trsm("R", "L", "T", "N", &s, &p, &one, front, &size, W, &size);
        r->syrk("L", "N", &s, &p, &minus, W, &size, &one, rest, &size);
    }
    return 0;
}

static int eliminate(const routines *r, double *front, int size, int p, int32_t *swaps)
{
    int s = size - p, failed = 0;
    double one = 1.0;
    r->getrf(&p, &p, front, &size, swaps, &failed);
    if (failed)
        return 1;
    if (s) {
        double *W = front + p, *V = front + (int64_t)p * size, *rest = V + p;
        exchange(V, size, s, swaps, p, 0);
        r->trsm("L", "L", "N", "U", &p, &s, &one, front, &size, V, &size);
        r->trsm("R", "U", "N", "N", &s, &p, &one, front, &size, W, &size);
        product(r, -1.0, plain(W, size), plain(V, size), 1.0, rest, size, s, s, p);
    }
    return 0;
}

/* Factorise: found = log |det A| and its sign, -inf and 0 where there are no such factors. */
EXPORT int nzdiff_factor(const routines *r, const tree *t, const places *at, const double *values,
                         int symmetric, const factors *f, double *found);
int nzdiff_factor(const routines *r, const tree *t, const places *at, const double *values,
                  int symmetric, const factors *f, double *found)
{
    double *front = largest_front(t, 1), *stack = open_stack(t, 1), *top = stack;
    double log_size = 0.0, sign = 1.0;
    int status = front && stack ? 0 : -1, fails = 0;
    for (int64_t q = 0; q < t->count && !status && !fails; q++) {
        int p = pivots(t, q), size = front_size(t, q), s = size - p;
        int32_t *swaps = symmetric ? NULL : f->swaps + t->first[q];
        memset(front, 0, sizeof(double) * size * size);
        load(at, q, values, 1.0, front);
        top = take(t, q, top, front, 1, symmetric);
        fails = symmetric ? eliminate_symmetric(r, front, size, p)
                          : eliminate(r, front, size, p, swaps);
        for (int i = 0; i < p && !fails; i++) {
            double pivot = front[i + (int64_t)i * size];
            fails = !(isfinite(pivot) && pivot != 0.0);
            log_size += (symmetric ? 2.0 : 1.0) * log(fabs(pivot));
            sign = (pivot < 0.0) != (swaps && swaps[i] != i + 1) ? -sign : sign;
        }
        copy(front, size, f->lower + t->lower[q], size, size, p);
        if (!symmetric)
            copy(front + (int64_t)p * size, size, f->upper + t->upper[q], p, p, s);
        copy(front + p + (int64_t)p * size, size, top, s, s, s);
        top += (int64_t)s * s;
    }
    found[0] = fails ? -INFINITY : log_size;
    found[1] = fails ? 0.0 : sign;
    free(stack);
    free(front);
    return status;
}

/* [B; X] and Y of every front from [L; W] and V. */
EXPORT void nzdiff_invert(const routines *r, const tree *t, int symmetric, const factors *f,
                          const factors *out);
void nzdiff_invert(const routines *r, const tree *t, int symmetric, const factors *f,
                   const factors *out)
{
    double one = 1.0;
    for (int64_t q = 0; q < t->count; q++) {
        int p = pivots(t, q), size = front_size(t, q), s = size - p;
        double *lu = f->lower + t->lower[q], *B = out->lower + t->lower[q], *X = B + p;
        copy(lu + p, size, X, size, s, p);
        for (int j = 0; j < p; j++)
            for (int i = 0; i < p; i++)
                B[i + (int64_t)j * size] = i == j;
        if (symmetric) {
            r->trsm("R", "L", "N", "N", &s, &p, &one, lu, &size, X, &size);
            r->trsm("L", "L", "N", "N", &p, &p, &one, lu, &size, B, &size);
            r->trsm("L", "L", "T", "N", &p, &p, &one, lu, &size, B, &size);
            continue;
        }
        const int32_t *swaps = f->swaps + t->first[q];
        double *Y = out->upper + t->upper[q];
        r->trsm("R", "L", "N", "U", &s, &p, &one, lu, &size, X, &size);
        for (int step = p - 1; step >= 0; step--) /* columns back */
            for (int i = 0, j = swaps[step] - 1; i < s && j != step; i++) {
                double kept = X[i + (int64_t)j * size];
                X[i + (int64_t)j * size] = X[i + (int64_t)step * size];
                X[i + (int64_t)step * size] = kept;
            }
        copy(f->upper + t->upper[q], p, Y, p, p, s);
        r->trsm("L", "U", "N", "N", &p, &s, &one, lu, &size, Y, &p);
        exchange(B, size, p, swaps, p, 0);
        r->trsm("L", "L", "N", "U", &p, &p, &one, lu, &size, B, &size);
        r->trsm("L", "U", "N", "N", &p, &p, &one, lu, &size, B, &size);
    }
}

/* x = A^-1 x or A^-T x, rows in the order of the tree, column-major of n rows. */
EXPORT int nzdiff_solve(const routines *r, const tree *t, int symmetric, const factors *f,
                        int transposed, int width, double *x);
int nzdiff_solve(const routines *r, const tree *t, int symmetric, const factors *f, int transposed,
                 int width, double *x)
{
    int n = (int)t->first[t->count], flipped = transposed && !symmetric;
    double one = 1.0, *below = malloc(sizeof(double) * ((int64_t)n * width + 1));
    if (!below)
        return -1;
    for (int64_t step = 0; step < 2 * t->count; step++) {
        int back = step >= t->count;
        int64_t q = back ? 2 * t->count - 1 - step : step;
        int p = pivots(t, q), size = front_size(t, q), s = size - p;
        const int64_t *rows = t->members + t->start[q] + p;
        double *lu = f->lower + t->lower[q], *mine = x + t->first[q];
        const int32_t *swaps = symmetric ? NULL : f->swaps + t->first[q];
        matrix W = plain(lu + p, size), V = symmetric ? turned(W) : plain(f->upper + t->upper[q], p);
        matrix down = flipped ? turned(V) : W, up = flipped ? turned(W) : V;
        if (!back) {
            if (!symmetric && !flipped)
                exchange(mine, n, width, swaps, p, 0);
            r->trsm("L", flipped ? "U" : "L", flipped ? "T" : "N",
                    symmetric || flipped ? "N" : "U", &p, &width, &one, lu, &size, mine, &n);
            product(r, 1.0, down, plain(mine, n), 0.0, below, s ? s : 1, s, width, p);
            for (int j = 0; j < width; j++)
                for (int i = 0; i < s; i++)
                    x[rows[i] + (int64_t)j * n] -= below[i + (int64_t)j * s];
            continue;
        }
        for (int j = 0; j < width; j++)
            for (int i = 0; i < s; i++)
                below[i + (int64_t)j * s] = x[rows[i] + (int64_t)j * n];
        product(r, -1.0, up, plain(below, s ? s : 1), 1.0, mine, n, p, width, s);
        r->trsm("L", symmetric || flipped ? "L" : "U", symmetric || flipped ? "T" : "N",
                flipped ? "U" : "N", &p, &width, &one, lu, &size, mine, &n);
        if (flipped)
            exchange(mine, n, width, swaps, p, 1);
    }
    free(below);
    return 0;
}

/* ---- entries of a product of inverses; block (a, b) of a triangle is number `pair(a, b)`, those on
   the diagonal last */

typedef struct {
    int count, symmetric;
    factors inverse[MOST]; /* [B; X] and Y of each A */
    int transposed[MOST], same[MOST]; /* same: the first one that is the same */
    places middle[MOST];
    const double *values[MOST];
    factors block[MOST * (MOST + 1) / 2]; /* room for [B; X] and Y of blocks above the diagonal */
} chain;

static int pair(int count, int a, int b)
{
    return a == b ? count * (count - 1) / 2 + a : a * (count - 1) - a * (a - 1) / 2 + b - a - 1;
}

static inverted inverted_at(const tree *t, const chain *c, int64_t q, int a, int b)
{
    int p = pivots(t, q), size = front_size(t, q);
    const factors *f = a == b ? &c->inverse[a] : &c->block[pair(c->count, a, b)];
    double *lower = f->lower + t->lower[q];
    inverted found = {.B = plain(lower, size), .X = plain(lower + p, size)};
    found.Y = c->symmetric || !f->upper ? turned(found.X) : plain(f->upper + t->upper[q], p);
    if (a == b && c->transposed[a])
        found = (inverted){turned(found.Y), turned(found.X), turned(found.B)};
    return found;
}

/* The symmetric case of two equal inverses: Y = X', all fronts by their lower triangles. */
static void meet_symmetric(const routines *r, const tree *t, const chain *c, int64_t q,
                           double *front, double *rest, double *room)
{
    int p = pivots(t, q), size = front_size(t, q), s = size - p;
    double one = 1.0, minus = -1.0, *F_SJ = front + p, *F_SS = F_SJ + (int64_t)p * size;
    inverted own = inverted_at(t, c, q, 0, 0), out = inverted_at(t, c, q, 0, 1);
    mirror(front, size, p);
    /* room = X F_JJ;  F_SJ - X F_JJ;  X = (F_SJ - X F_JJ) B */
    product(r, 1.0, own.X, plain(front, size), 0.0, room, size, s, p, p);
    for (int j = 0; j < p; j++)
        for (int i = 0; i < s; i++)
            F_SJ[i + (int64_t)j * size] -= room[i + (int64_t)j * size];
    product(r, 1.0, plain(F_SJ, size), own.B, 0.0, out.X.at, size, s, p, p);
    if (s) {
        copy(F_SS, size, rest, s, s, s);
        for (int j = 0; j < p; j++)
            for (int i = 0; i < s; i++)
                F_SJ[i + (int64_t)j * size] += 0.5 * room[i + (int64_t)j * size];
        r->syr2k("L", "N", &s, &p, &minus, own.X.at, &size, F_SJ, &size, &one, rest, &s);
    }
    product(r, 1.0, plain(front, size), own.B, 0.0, room, size, p, p, p);
    product(r, -1.0, own.B, plain(room, size), 0.0, out.B.at, size, p, p, p);
}

/* X, Y, B of block (a, b) of a front, and F_SS - X F_JJ Y into rest. */
static void meet(const routines *r, const tree *t, const chain *c, int64_t q, double *fronts, int a,
                 int b, double *rest, double *room)
{
    int p = pivots(t, q), size = front_size(t, q), s = size - p;
    int64_t area = (int64_t)size * size;
#define FRONT(i, j) (fronts + pair(c->count, i, j) * area)
#define JJ(i, j) plain(FRONT(i, j), size)
    double *right = room, *upper = room + area, *inner = upper + area;
    inverted first = inverted_at(t, c, q, a, a), last = inverted_at(t, c, q, b, b);
    inverted out = inverted_at(t, c, q, a, b);
    copy(FRONT(a, b) + p, size, right, size, s, p);
    for (int d = a; d < b; d++)
        product(r, -1.0, inverted_at(t, c, q, a, d).X, JJ(d, b), 1.0, right, size, s, p, p);
    copy(FRONT(a, b) + (int64_t)p * size, size, upper, size, p, s);
    for (int d = a + 1; d <= b; d++)
        product(r, -1.0, JJ(a, d), inverted_at(t, c, q, d, b).Y, 1.0, upper, size, p, s, p);
    for (int d = a + 1; d <= b; d++)
        product(r, 1.0, JJ(a, d), inverted_at(t, c, q, d, b).B, d > a + 1, inner, size, p, p, p);
    product(r, 1.0, plain(right, size), last.B, 0.0, out.X.at, size, s, p, p);
    product(r, 1.0, first.B, plain(upper, size), 0.0, out.Y.at, p, p, s, p);
    product(r, -1.0, first.B, plain(inner, size), 0.0, out.B.at, size, p, p, p);
    if (!s)
        return;
    copy(FRONT(a, b) + p + (int64_t)p * size, size, rest, s, s, s);
    product(r, -1.0, first.X, plain(upper, size), 1.0, rest, s, s, s, p);
    product(r, -1.0, plain(right, size), last.Y, 1.0, rest, s, s, s, p);
    for (int d = a + 1; d < b; d++) {
        copy(FRONT(a, d) + p, size, right, size, s, p);
        for (int e = a; e < d; e++)
            product(r, -1.0, inverted_at(t, c, q, a, e).X, JJ(e, d), 1.0, right, size, s, p, p);
        product(r, -1.0, plain(right, size), inverted_at(t, c, q, d, b).Y, 1.0, rest, s, s, s, p);
    }
    for (int d = a; d < b; d++)
        for (int e = d + 1; e <= b; e++) {
            product(r, 1.0, inverted_at(t, c, q, a, d).X, JJ(d, e), 0.0, right, size, s, p, p);
            product(r, -1.0, plain(right, size), inverted_at(t, c, q, e, b).Y, 1.0, rest, s, s, s,
                    p);
        }
#undef FRONT
#undef JJ
}

static int go_up(const routines *r, const tree *t, const chain *c)
{
    int blocks = c->count * (c->count - 1) / 2;
    double *fronts = largest_front(t, blocks + 3), *stack = open_stack(t, blocks), *top = stack;
    int status = fronts && stack ? 0 : -1;
    for (int64_t q = 0; q < t->count && !status; q++) {
        int64_t size = front_size(t, q), s = size - pivots(t, q), area = size * size;
        double *room = fronts + blocks * area;
        memset(fronts, 0, sizeof(double) * blocks * area);
        for (int a = 0; a + 1 < c->count; a++)
            load(&c->middle[a], q, c->values[a], -1.0, fronts + pair(c->count, a, a + 1) * area);
        top = take(t, q, top, fronts, blocks, c->symmetric);
        for (int width = 1; width < c->count; width++)
            for (int a = 0; a + width < c->count; a++) {
                int here = pair(c->count, a, a + width);
                double *left = top + here * s * s;
                if (c->symmetric)
                    meet_symmetric(r, t, c, q, fronts + here * area, left, room);
                else
                    meet(r, t, c, q, fronts, a, a + width, left, room);
            }
        top += blocks * s * s;
    }
    free(stack);
    free(fronts);
    return status;
}

/* The rows and columns of the pivots in block (a, b) of the inverse, the others being there. */
static void fill_symmetric(const routines *r, const tree *t, const chain *c, int64_t q, double *Z,
                           int a, int b)
{
    int p = pivots(t, q), size = front_size(t, q), s = size - p;
    int64_t area = (int64_t)size * size;
    double *mine = Z + pair(c->count, a, b) * area, *own = Z + pair(c->count, 0, 0) * area;
    inverted out = inverted_at(t, c, q, a, b), first = inverted_at(t, c, q, 0, 0);
    matrix Z_SS = plain(mine + p + (int64_t)p * size, size);
    matrix own_SS = plain(own + p + (int64_t)p * size, size);
    copy(out.B.at, size, mine, size, p, p);
    if (!s)
        return;
    symmetric_product(r, -1.0, Z_SS, first.X, 0.0, mine + p, size, s, p);
    if (a != b)
        symmetric_product(r, -1.0, own_SS, out.X, 1.0, mine + p, size, s, p);
    product(r, -1.0, first.Y, plain(mine + p, size), 1.0, mine, size, p, p, s);
    if (a != b)
        product(r, -1.0, out.Y, plain(own + p, size), 1.0, mine, size, p, p, s);
}

static void fill(const routines *r, const tree *t, const chain *c, int64_t q, double *Z, int a,
                 int b)
{
    int p = pivots(t, q), size = front_size(t, q), s = size - p;
    int64_t area = (int64_t)size * size, corner = p + (int64_t)p * size;
#define BLOCK(i, j) (Z + (i == j ? pair(c->count, c->same[i], c->same[i]) \
                                 : pair(c->count, i, j)) * area)
    double *mine = BLOCK(a, b);
    matrix B = inverted_at(t, c, q, a, b).B;
    for (int j = 0; j < p; j++)
        for (int i = 0; i < p; i++)
            mine[i + (int64_t)j * size] =
                B.turned == 'N' ? B.at[i + (int64_t)j * size] : B.at[j + (int64_t)i * size];
    for (int d = a; d <= b; d++)
        product(r, -1.0, plain(BLOCK(a, d) + corner, size), inverted_at(t, c, q, d, b).X, d > a,
                mine + p, size, s, p, s);
    for (int d = a; d <= b; d++) {
        matrix Y = inverted_at(t, c, q, a, d).Y;
        product(r, -1.0, Y, plain(BLOCK(d, b) + corner, size), d > a, mine + (int64_t)p * size, size,
                p, s, s);
    }
    for (int d = a; d <= b; d++)
        product(r, -1.0, inverted_at(t, c, q, a, d).Y, plain(BLOCK(d, b) + p, size), 1.0, mine, size,
                p, p, s);
#undef BLOCK
}

static void read_out(const places *wanted, int64_t q, int size, const double *Z, int symmetric,
                     double *out)
{
    for (int64_t t = wanted->start[q]; t < wanted->start[q + 1]; t++) {
        int64_t at = wanted->offset[t], i = at % size, j = at / size;
        out[wanted->value[t]] = symmetric && i < j ? Z[j + i * size] : Z[at];
    }
}

static int go_down(const routines *r, const tree *t, const chain *c, const places *wanted,
                   double *out)
{
    int blocks = c->count * (c->count + 1) / 2;
    int64_t *begin = malloc(sizeof(int64_t) * (t->count + 1)), most = 1;
    double *whole = NULL;
    for (int64_t q = t->count - 1; begin && q >= 0; q--) { /* behind the parent, over siblings */
        int64_t parent = t->parent[q], size = front_size(t, q), above = 0;
        if (parent >= 0)
            above = front_size(t, parent);
        begin[q] = parent < 0 ? 0 : begin[parent] + blocks * above * above;
        most = begin[q] + blocks * size * size > most ? begin[q] + blocks * size * size : most;
    }
    if (begin)
        whole = malloc(sizeof(double) * most);
    for (int64_t q = t->count - 1; q >= 0 && whole; q--) {
        int p = pivots(t, q), size = front_size(t, q), s = size - p;
        int64_t area = (int64_t)size * size, parent = t->parent[q];
        double *Z = whole + begin[q];
        for (int width = 0; width < c->count; width++)
            for (int a = 0; a + width < c->count; a++) {
                int b = a + width, here = pair(c->count, a, b);
                if (a == b && c->same[a] != a)
                    continue;
                if (s) {
                    int64_t above = front_size(t, parent);
                    extract(whole + begin[parent] + here * above * above, (int)above,
                            Z + here * area + p + (int64_t)p * size, size, s,
                            t->within + t->reached[q], c->symmetric);
                }
                if (c->symmetric)
                    fill_symmetric(r, t, c, q, Z, a, b);
                else
                    fill(r, t, c, q, Z, a, b);
            }
        read_out(wanted, q, size, Z + pair(c->count, 0, c->count - 1) * area, c->symmetric, out);
    }
    int status = whole ? 0 : -1;
    free(whole);
    free(begin);
    return status;
}

/* Fill `out`, the values of the product at `wanted`. */
EXPORT int nzdiff_select(const routines *r, const tree *t, const chain *c, const places *wanted,
                         double *out);
int nzdiff_select(const routines *r, const tree *t, const chain *c, const places *wanted,
                  double *out)
{
    int status = c->count > 1 ? go_up(r, t, c) : 0;
    return status ? status : go_down(r, t, c, wanted, out);
}
