/* The values of a Hessian on a pattern, by products with groups of columns that share no row. */

/* pattern: what was stated and its mirror.  entry: where each stated entry stands in it; group: of
 * each column.  All of it lies in `memory`. */
typedef struct {
    block *memory;
    int64_t size, count, groups;
    const int32_t *start, *cols, *entry, *group;
    double *values, *vector, *product;
} hessian_plan;

/* The first group for each column of a symmetric pattern that no column with a common row is in. */
SETUP int64_t grouped(setup *s, const stored *p, int32_t *group)
{
    int32_t *taken_by = brief_places(s, p->columns + 1);
    int64_t groups = 0;
    for (int64_t j = 0; !s->code && j < p->columns; j++) {
        for (int32_t e = p->csr.start[j]; e < p->csr.start[j + 1]; e++) {
            const int32_t row = p->csr.cols[e];
            for (int32_t f = p->csr.start[row]; f < p->csr.start[row + 1]; f++)
                if (p->csr.cols[f] < j)
                    taken_by[group[p->csr.cols[f]]] = (int32_t)j + 1;
        }
        int32_t found = 0;
        while (taken_by[found] == j + 1)
            found++;
        group[j] = found;
        groups = found + 1 > groups ? found + 1 : groups;
    }
    return groups;
}

/* A plan for a pattern of size x size; the one before stays where this fails. */
SETUP void plan_hessian(setup *s, hessian_plan *plan, int64_t size, int64_t count,
                        const int32_t *i, const int32_t *j, const int32_t *start)
{
    block *before = s->kept;
    const int32_t *place = NULL, *entry = NULL;
    s->kept = NULL;
    const stored *own_part = take_pattern(s, "pattern", size, size, count, i, j, start, &place);
    const stored *mirror = s->code ? NULL : own(s, transposed(s, own_part));
    const stored *p = s->code ? NULL : joined(s, own_part, mirror);
    int32_t *group = kept_places(s, size);
    const int64_t groups = s->code ? 0 : grouped(s, p, group);
    if (!s->code)
        list_places(s, p, 0, own_part, &entry);
    int32_t *of = kept_places(s, count > 0 ? count : 0);
    for (int64_t e = 0; !s->code && e < count; e++)
        of[e] = entry[place[e]];
    const int32_t *cols = NULL, *position = NULL;
    const int64_t *begin = NULL;
    int32_t *rows = kept_places(s, size + 1);
    if (!s->code)
        list_rows(s, p, 0, &begin, &cols, &position);
    for (int64_t row = 0; !s->code && row <= size; row++)
        rows[row] = p->csr.start[row];
    double *values = s->code ? NULL : kept_numbers(s, p->count);
    double *vector = kept_numbers(s, size), *result = kept_numbers(s, size);
    block *made = s->kept;
    s->kept = before;
    release(&s->brief);
    release(s->code ? &made : &plan->memory);
    if (!s->code)
        *plan = (hessian_plan){made, size, count, groups, rows, cols, of, group, values, vector,
                               result};
}

/* vector: ones at the columns of a group. */
SETUP void choose_columns(const hessian_plan *plan, int64_t group)
{
    for (int64_t c = 0; c < plan->size; c++)
        plan->vector[c] = plan->group[c] == group;
}

/* Take the entries in the columns of a group from the product with them. */
SETUP void take_columns(const hessian_plan *plan, int64_t group)
{
    for (int64_t row = 0; row < plan->size; row++)
        for (int32_t e = plan->start[row]; e < plan->start[row + 1]; e++)
            if (plan->group[plan->cols[e]] == group)
                plan->values[e] = plan->product[row];
}

/* Numbers from -1 to 1 that follow no pattern. */
SETUP void scatter_numbers(const hessian_plan *plan)
{
    uint64_t state = 1;
    for (int64_t c = 0; c < plan->size; c++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        plan->vector[c] = (double)(state >> 11) / 4503599627370496.0 - 1;
    }
}

/* Whether the values give the product with the vector: else the Hessian has other entries. */
SETUP void check_values(setup *s, const hessian_plan *plan)
{
    double gap = 0, scale = 0;
    for (int64_t row = 0; row < plan->size; row++) {
        double sum = 0, most = fabs(plan->product[row]);
        for (int32_t e = plan->start[row]; e < plan->start[row + 1]; e++) {
            sum += plan->values[e] * plan->vector[plan->cols[e]];
            most += fabs(plan->values[e]);
        }
        gap = fmax(gap, fabs(sum - plan->product[row]));
        scale = fmax(scale, most);
    }
    if (!(gap <= 1e-9 * scale) && isfinite(scale))
        fail(s, BAD_PATTERN, "pattern: the Hessian has entries outside of it (a product differs by "
             "%g of %g)", gap, scale);
}
