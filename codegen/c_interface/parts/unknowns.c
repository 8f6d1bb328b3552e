/* How the numbers of g are stored: `of` says which of them each stored value takes. */

/* Where the number of g is that each stored value takes, in the order in which entries are given. */
SETUP const int32_t *numbers_of(setup *s, const stored *p, const int32_t *place, int64_t *size)
{
    int32_t *of = s->code ? NULL : kept_places(s, p->count);
    if (s->code)
        return NULL;
    for (int64_t e = 0; e < p->count; e++)
        of[place[e]] = (int32_t)e;
    *size = p->count;
    return of;
}

/* The same under G = G', where g holds the entries with i >= j, in their order. */
SETUP const int32_t *lower_numbers_of(setup *s, const char *name, const stored *p,
                                      const int32_t *place, int64_t *size)
{
    const int32_t *mirror = mirrored(s, name, p, place);
    int32_t *of = s->code ? NULL : kept_places(s, p->count);
    int32_t *row = s->code ? NULL : brief_places(s, p->count);
    if (s->code)
        return NULL;
    for (int64_t i = 0; i < p->csr.rows; i++)
        for (int32_t t = p->csr.start[i]; t < p->csr.start[i + 1]; t++)
            row[t] = (int32_t)i;
    int32_t count = 0;
    for (int64_t e = 0; e < p->count; e++)
        if (row[place[e]] >= p->csr.cols[place[e]]) {
            of[place[e]] = of[place[mirror[e]]] = count;
            count++;
        }
    *size = count;
    return of;
}

/* A full pattern, its entries column by column. */
SETUP const stored *full(setup *s, const char *name, int64_t rows, int64_t cols,
                         const int32_t **place)
{
    if ((double)rows * (double)cols > (double)MOST)
        fail(s, TOO_LARGE, "%s: a dense unknown of %" PRId64 " x %" PRId64 " entries", name, rows,
             cols);
    stored *p = s->code ? NULL : new_pattern(s, rows, cols, rows * cols);
    int32_t *found = s->code ? NULL : kept_places(s, rows * cols);
    if (s->code)
        return NULL;
    for (int64_t i = 0; i < rows; i++) {
        for (int64_t j = 0; j < cols; j++) {
            columns_of(p)[i * cols + j] = (int32_t)j;
            found[j * rows + i] = (int32_t)(i * cols + j);
        }
        starts_of(p)[i + 1] = (int32_t)((i + 1) * cols);
    }
    *place = found;
    return p;
}

/* A diagonal pattern. */
SETUP const stored *diagonal(setup *s, int64_t size, const int32_t **place)
{
    const stored *p = identity(s, size);
    if (p)
        *place = p->csr.cols;
    return p;
}

/* stored = the numbers of g; whether one of them changed. */
SETUP int spread_numbers(int64_t count, const int32_t *of, const double *g, double *to)
{
    int changed = 0;
    for (int64_t t = 0; t < count; t++) {
        changed |= to[t] != g[of[t]];
        to[t] = g[of[t]];
    }
    return changed;
}

/* The adjoint: the numbers of stored values that are one number of g add up. */
SETUP void gather_numbers(int64_t size, int64_t count, const int32_t *of, const double *from,
                          double *to)
{
    if (size > 0)
        memset(to, 0, (size_t)size * sizeof *to);
    for (int64_t t = 0; t < count; t++)
        to[of[t]] += from[t];
}

/* vec(f) times a number, column-major, of a row-major f; and back. */
SETUP void to_vector(int64_t rows, int64_t cols, double scale, const double *a, double *vec)
{
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < cols; j++)
            vec[j * rows + i] = scale * a[i * cols + j];
}

SETUP void from_vector(int64_t rows, int64_t cols, double scale, const double *vec, double *a)
{
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < cols; j++)
            a[i * cols + j] = scale * vec[j * rows + i];
}
