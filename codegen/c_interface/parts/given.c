/* What a caller gives: checked whole before anything of it is taken. */

/* A size as a whole number that fits 32-bit indices. */
SETUP int64_t whole(setup *s, const char *name, double size)
{
    if (!(size >= 0 && size <= (double)MOST))
        fail(s, BAD_SIZE, "%s: expected a size from 0 to %" PRId64 ", got %.17g", name, MOST, size);
    return s->code ? 0 : (int64_t)size;
}

/* What a number is that is not finite. */
SETUP const char *called(double value)
{
    return value > 0 ? "inf" : value < 0 ? "-inf" : "nan";
}

/* The vector of a caller: there, and of finite numbers. */
SETUP void check_vector(setup *s, const char *name, int64_t count, const double *values)
{
    if (s->code)
        return;
    if (!values && count > 0)
        fail(s, NULL_POINTER, "%s: expected %" PRId64 " numbers, got NULL", name, count);
    for (int64_t t = 0; !s->code && t < count; t++)
        if (!isfinite(values[t]))
            fail(s, NOT_FINITE, "%s: number %" PRId64 " is %s", name, FIRST + t,
                 called(values[t]));
}

SETUP double checked_number(setup *s, const char *name, double value)
{
    if (!isfinite(value))
        fail(s, NOT_FINITE, "%s: expected a finite number, got %s", name, called(value));
    return value;
}

SETUP void check_result(setup *s, const char *name, const void *place, int64_t count)
{
    if (!place && count > 0)
        fail(s, NULL_POINTER, "%s: expected room for the result, got NULL", name);
}

/* Take a dense matrix, row-major. */
SETUP void take_dense(setup *s, const char *name, const double *values, int64_t ld, int by_rows,
                      int symmetric, int64_t rows, int64_t cols, double *to)
{
    const int64_t inner = by_rows ? cols : rows, step = ld ? ld : inner;
    if (s->code || rows == 0 || cols == 0)
        return;
    if (!values)
        fail(s, NULL_POINTER, "%s: expected a %" PRId64 " x %" PRId64 " matrix, got NULL", name,
             rows, cols);
    else if (by_rows != 0 && by_rows != 1)
        fail(s, BAD_SIZE, "%s: expected an order, by columns (0) or by rows (1), got %d", name,
             by_rows);
    else if (step < inner)
        fail(s, BAD_SIZE, "%s: expected a leading dimension of at least %" PRId64 ", got %" PRId64,
             name, inner, ld);
    for (int64_t i = 0; !s->code && i < rows; i++)
        for (int64_t j = 0; !s->code && j < cols; j++) {
            const double x = values[by_rows ? i * step + j : j * step + i];
            if (!isfinite(x))
                fail(s, NOT_FINITE, "%s: entry (%" PRId64 ", %" PRId64 ") is %s", name, FIRST + i,
                     FIRST + j, called(x));
            else if (symmetric) {
                const double y = values[by_rows ? j * step + i : i * step + j];
                if (fabs(x - y) > 1e-12 * fabs(y))
                    fail(s, NOT_SYMMETRIC, "%s: declared symmetric, but entry (%" PRId64 ", %" PRId64
                         ") is %.17g, and its mirror %.17g", name, FIRST + i, FIRST + j, x, y);
            }
        }
    for (int64_t i = 0; !s->code && i < rows; i++)
        for (int64_t j = 0; j < cols; j++)
            to[i * cols + j] = values[by_rows ? i * step + j : j * step + i];
}

SETUP void take_vector(setup *s, const char *name, int64_t count, const double *values, double *to)
{
    check_vector(s, name, count, values);
    if (!s->code && count > 0)
        memcpy(to, values, (size_t)count * sizeof *to);
}

/* The number of each entry's row (or column), by where rows begin. */
SETUP const int32_t *owners(setup *s, const char *name, int64_t rows, int64_t count,
                            const int32_t *start)
{
    int32_t *found = brief_places(s, count);
    if (!s->code && (start[0] != 0 || start[rows] != count))
        fail(s, BAD_PATTERN, "%s: expected start to go from 0 to %" PRId64 ", got %" PRId32 " to %"
             PRId32, name, count, start[0], start[rows]);
    for (int64_t i = 0; !s->code && i < rows; i++) {
        if (start[i + 1] < start[i] || start[i + 1] > count)
            fail(s, BAD_PATTERN, "%s: expected start to ascend up to %" PRId64 ", got %" PRId32
                 " after %" PRId32, name, count, start[i + 1], start[i]);
        for (int32_t e = start[i]; !s->code && e < start[i + 1]; e++)
            found[e] = (int32_t)i;
    }
    return found;
}

SETUP void check_indices(setup *s, const char *name, const char *which, int64_t size, int64_t count,
                         const int32_t *index)
{
    for (int64_t e = 0; !s->code && e < count; e++)
        if (index[e] < 0 || index[e] >= size)
            fail(s, BAD_PATTERN, "%s: expected %s from %d to %" PRId64 ", got %s[%" PRId64 "] = %"
                 PRId64, name, which, FIRST, FIRST + size - 1, which, FIRST + e,
                 FIRST + (int64_t)index[e]);
}

/* The pattern that is given, and in place[e] the stored position of entry e (kept).
 *
 * Entries come in any order, as pairs (i, j), as rows (start, j) or as columns (start, i).
 */
SETUP const stored *take_pattern(setup *s, const char *name, int64_t rows, int64_t columns,
                                 int64_t count, const int32_t *i, const int32_t *j,
                                 const int32_t *start, const int32_t **place)
{
    if (s->code)
        return NULL;
    if (count < 0 || count > MOST)
        fail(s, BAD_SIZE, "%s: expected from 0 to %" PRId64 " entries, got %" PRId64, name, MOST,
             count);
    else if (start ? (i && j) || (count > 0 && !i && !j) : count > 0 && (!i || !j))
        fail(s, NULL_POINTER, "%s: expected two of i, j and start, and NULL for the other", name);
    if (count == 0)
        start = NULL; /* whether of rows or of columns is not known */
    if (start && !s->code && i)
        j = owners(s, name, columns, count, start);
    else if (start && !s->code)
        i = owners(s, name, rows, count, start);
    check_indices(s, name, "i", rows, count, i);
    check_indices(s, name, "j", columns, count, j);
    stored *p = s->code ? NULL : new_pattern(s, rows, columns, count);
    int32_t *found = s->code ? NULL : kept_places(s, count);
    block *here = NULL; /* sorted by column, then, in that order, by row */
    int32_t *next = room(s, &here, (rows > columns ? rows : columns) + 1, sizeof *next);
    int32_t *order = room(s, &here, count, sizeof *order);
    if (!s->code) {
        for (int64_t e = 0; e < count; e++)
            next[j[e] + 1]++;
        for (int64_t c = 0; c < columns; c++)
            next[c + 1] += next[c];
        for (int64_t e = 0; e < count; e++)
            order[next[j[e]]++] = (int32_t)e;
        int32_t *begin = starts_of(p);
        for (int64_t e = 0; e < count; e++)
            begin[i[e] + 1]++;
        for (int64_t r = 0; r < rows; r++)
            begin[r + 1] += begin[r];
        memcpy(next, begin, (size_t)(rows + 1) * sizeof *next);
        for (int64_t q = 0; q < count; q++) {
            const int32_t e = order[q], t = next[i[e]]++;
            if (t > begin[i[e]] && columns_of(p)[t - 1] == j[e])
                fail(s, DUPLICATE, "%s: entry (%" PRId64 ", %" PRId64 ") is stored twice", name,
                     FIRST + (int64_t)i[e], FIRST + (int64_t)j[e]);
            columns_of(p)[t] = j[e];
            found[e] = t;
        }
    }
    release(&here);
    *place = found;
    return s->code ? NULL : p;
}

/* Take the values of a sparse matrix, in the order of its entries. */
SETUP void take_stored(setup *s, const char *name, int64_t count, const int32_t *place,
                       const int32_t *mirror, const double *values, double *to)
{
    check_vector(s, name, count, values);
    double largest = 0;
    for (int64_t e = 0; mirror && !s->code && e < count; e++)
        largest = fmax(largest, fabs(values[e]));
    for (int64_t e = 0; mirror && !s->code && e < count; e++)
        if (fabs(values[e] - values[mirror[e]]) > 1e-12 * largest)
            fail(s, NOT_SYMMETRIC, "%s: declared symmetric, but entries %" PRId64 " and %" PRId64
                 " are %.17g and %.17g", name, FIRST + e, FIRST + (int64_t)mirror[e], values[e],
                 values[mirror[e]]);
    for (int64_t e = 0; !s->code && e < count; e++)
        to[place[e]] = values[e];
}

/* Which entry stands at (j, i) of each entry (i, j); kept. */
SETUP const int32_t *mirrored(setup *s, const char *name, const stored *p, const int32_t *place)
{
    const stored *t = s->code ? NULL : transposed(s, p);
    int32_t *found = s->code ? NULL : kept_places(s, p->count);
    int32_t *entry = s->code ? NULL : brief_places(s, p->count);
    if (s->code)
        return NULL;
    for (int64_t e = 0; e < p->count; e++)
        entry[place[e]] = (int32_t)e;
    if (memcmp(t->csr.start, p->csr.start, (size_t)(p->csr.rows + 1) * sizeof(int32_t)) != 0 ||
        (p->count && memcmp(t->csr.cols, p->csr.cols, (size_t)p->count * sizeof(int32_t)) != 0)) {
        fail(s, NOT_SYMMETRIC, "%s: declared symmetric, but its pattern is not", name);
        return NULL;
    }
    for (int64_t position = 0; position < p->count; position++)
        found[entry[position]] = entry[t->position[position]];
    return found;
}
