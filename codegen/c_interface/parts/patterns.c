/* Patterns: stored positions by rows, columns ascending.  They live until the handle is built. */

typedef struct stored {
    nzdiff_pattern csr;
    int64_t columns, count;
    const int32_t *position; /* of a transposed one: where its values are stored; else NULL */
    struct stored *transposed;
} stored;

static const int64_t MOST = INT32_MAX;

SETUP stored *new_pattern(setup *s, int64_t rows, int64_t columns, int64_t count)
{
    stored *p = room(s, &s->brief, 1, sizeof *p);
    int32_t *start = brief_places(s, rows + 1), *cols = brief_places(s, count);
    if (s->code)
        return NULL;
    *p = (stored){{rows, start, cols}, columns, count, NULL, NULL};
    return p;
}

SETUP int32_t *starts_of(const stored *p)
{
    return (int32_t *)p->csr.start; /* while it is being made */
}

SETUP int32_t *columns_of(const stored *p)
{
    return (int32_t *)p->csr.cols;
}

SETUP int64_t in_row(const stored *p, int64_t row)
{
    return p->csr.start[row + 1] - p->csr.start[row];
}

/* The transposed pattern and where its values are stored; made once. */
SETUP const stored *transposed(setup *s, const stored *given)
{
    stored *p = (stored *)given;
    if (s->code)
        return NULL;
    if (p->transposed)
        return p->transposed;
    stored *t = new_pattern(s, p->columns, p->csr.rows, p->count);
    int32_t *position = brief_places(s, p->count), *next = brief_places(s, p->columns + 1);
    if (s->code)
        return NULL;
    int32_t *start = starts_of(t), *cols = columns_of(t);
    for (int64_t e = 0; e < p->count; e++)
        start[p->csr.cols[e] + 1]++;
    for (int64_t j = 0; j < p->columns; j++)
        start[j + 1] += start[j];
    memcpy(next, start, (size_t)(p->columns + 1) * sizeof *next);
    for (int64_t i = 0; i < p->csr.rows; i++)
        for (int32_t e = p->csr.start[i]; e < p->csr.start[i + 1]; e++) {
            const int32_t place = next[p->csr.cols[e]]++;
            cols[place] = (int32_t)i;
            position[place] = e;
        }
    t->position = position;
    p->transposed = t;
    return t;
}

SETUP const stored *turned(setup *s, const stored *p, int turn)
{
    return turn ? transposed(s, p) : p;
}

/* The same positions, whose values are stored in their order. */
SETUP const stored *own(setup *s, const stored *p)
{
    stored *copy = s->code || !p->position ? NULL : room(s, &s->brief, 1, sizeof *copy);
    if (!copy)
        return p;
    *copy = (stored){p->csr, p->columns, p->count, NULL, NULL};
    return copy;
}

/* Row i stores one number, in column of[i]. */
SETUP const stored *one_a_row(setup *s, int64_t rows, int64_t columns, const int32_t *of)
{
    stored *p = new_pattern(s, rows, columns, rows);
    if (s->code)
        return NULL;
    for (int64_t i = 0; i <= rows; i++)
        starts_of(p)[i] = (int32_t)i;
    if (rows)
        memcpy(columns_of(p), of, (size_t)rows * sizeof *of);
    return p;
}

SETUP const stored *identity(setup *s, int64_t size)
{
    int32_t *of = brief_places(s, size);
    for (int64_t i = 0; !s->code && i < size; i++)
        of[i] = (int32_t)i;
    return one_a_row(s, size, size, of);
}

/* The rows first, first + 1, ... of an identity. */
SETUP const stored *shift(setup *s, int64_t rows, int64_t columns, int64_t first)
{
    int32_t *of = brief_places(s, rows);
    if (first < 0 || first + rows > columns)
        fail(s, BAD_SIZE, "a slice %" PRId64 ":%" PRId64 " reaches outside of size %" PRId64, first,
             first + rows, columns);
    for (int64_t i = 0; !s->code && i < rows; i++)
        of[i] = (int32_t)(first + i);
    return one_a_row(s, rows, columns, of);
}

/* Some rows of an identity. */
SETUP const stored *some_rows(setup *s, int64_t columns, int64_t count, const int32_t *of)
{
    for (int64_t i = 0; i < count; i++)
        if (of[i] < 0 || of[i] >= columns)
            fail(s, BAD_SIZE, "index %" PRId32 " is outside of size %" PRId64 ", counted from 0",
                 of[i], columns);
    return one_a_row(s, count, columns, of);
}

SETUP const stored *unit(setup *s, int64_t i, int64_t j, int64_t rows, int64_t columns)
{
    stored *p = new_pattern(s, rows, columns, 1);
    if (i < 0 || i >= rows || j < 0 || j >= columns)
        fail(s, BAD_SIZE, "there is no entry (%" PRId64 ", %" PRId64 ") in a %" PRId64 " x %" PRId64
             " matrix", i, j, rows, columns);
    if (s->code)
        return NULL;
    columns_of(p)[0] = (int32_t)j;
    for (int64_t row = i; row < rows; row++)
        starts_of(p)[row + 1] = 1;
    return p;
}

/* The pattern of a product. */
SETUP const stored *product(setup *s, const stored *a, const stored *b)
{
    if (s->code)
        return NULL;
    double cells = (double)a->csr.rows * (double)b->columns;
    int64_t most = 0;
    for (int64_t e = 0; e < a->count; e++)
        most += in_row(b, a->csr.cols[e]);
    if ((double)most > cells)
        most = (int64_t)cells;
    const int64_t words = (b->columns + 4095) / 4096;
    block *here = NULL;
    uint64_t *bits = room(s, &here, 64 * words, sizeof *bits);
    uint64_t *used = room(s, &here, words, sizeof *used);
    int64_t *start = room(s, &here, a->csr.rows + 1, sizeof *start);
    int32_t *cols = room(s, &here, most, sizeof *cols);
    if (!s->code)
        nzdiff_list_pattern(&a->csr, &b->csr, words, bits, used, start, cols);
    if (!s->code && start[a->csr.rows] > MOST)
        fail(s, TOO_LARGE, "a product of sparse matrices has %" PRId64 " stored positions",
             start[a->csr.rows]);
    stored *p = s->code ? NULL : new_pattern(s, a->csr.rows, b->columns, start[a->csr.rows]);
    if (p) {
        for (int64_t i = 0; i <= a->csr.rows; i++)
            starts_of(p)[i] = (int32_t)start[i];
        memcpy(columns_of(p), cols, (size_t)p->count * sizeof *cols);
    }
    release(&here);
    return p;
}

/* The pattern of a product of several, multiplied in the order that takes least; changes `factors`. */
SETUP const stored *chain(setup *s, int count, const stored **factors)
{
    while (!s->code && count > 1) {
        int best = 0;
        double least = INFINITY;
        for (int f = 0; f + 1 < count; f++) {
            double needed = 0;
            for (int64_t e = 0; e < factors[f]->count; e++)
                needed += (double)in_row(factors[f + 1], factors[f]->csr.cols[e]);
            if (needed < least) {
                least = needed;
                best = f;
            }
        }
        factors[best] = product(s, factors[best], factors[best + 1]);
        count--;
        for (int f = best + 1; f < count; f++)
            factors[f] = factors[f + 1];
    }
    return own(s, s->code ? NULL : factors[0]);
}

/* What one of two patterns stores. */
SETUP const stored *joined(setup *s, const stored *a, const stored *b)
{
    stored *p = s->code ? NULL : new_pattern(s, a->csr.rows, a->columns, a->count + b->count);
    if (!p)
        return NULL;
    int64_t count = 0;
    int32_t *cols = columns_of(p);
    for (int64_t i = 0; i < a->csr.rows; i++) {
        int32_t x = a->csr.start[i], y = b->csr.start[i];
        const int32_t x_end = a->csr.start[i + 1], y_end = b->csr.start[i + 1];
        while (x < x_end || y < y_end) {
            const int32_t left = x < x_end ? a->csr.cols[x] : INT32_MAX;
            const int32_t right = y < y_end ? b->csr.cols[y] : INT32_MAX;
            cols[count++] = left < right ? left : right;
            x += left <= right;
            y += right <= left;
        }
        if (count > MOST) {
            fail(s, TOO_LARGE, "a sum of sparse matrices has more than %" PRId64 " stored positions",
                 MOST);
            return NULL;
        }
        starts_of(p)[i + 1] = (int32_t)count;
    }
    p->count = count;
    return p;
}

/* The permutation of the vec of a rows x cols matrix to that of its transpose. */
SETUP const stored *commutation(setup *s, int64_t rows, int64_t cols)
{
    if ((double)rows * (double)cols > (double)MOST)
        fail(s, TOO_LARGE, "a commutation matrix of %" PRId64 " x %" PRId64 " entries", rows, cols);
    int32_t *of = s->code ? NULL : brief_places(s, rows * cols);
    for (int64_t i = 0; !s->code && i < rows; i++)
        for (int64_t j = 0; j < cols; j++)
            of[i * cols + j] = (int32_t)(j * rows + i);
    return s->code ? NULL : one_a_row(s, rows * cols, rows * cols, of);
}
