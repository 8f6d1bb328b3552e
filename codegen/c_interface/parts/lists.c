/* Index tables of kernels, made of patterns; they are kept. */

SETUP int32_t *taken(setup *s, const int32_t *position, int32_t *places, int64_t count)
{
    if (!s->code && position)
        for (int64_t e = 0; e < count; e++)
            places[e] = position[places[e]];
    return places;
}

SETUP void list_rows(setup *s, const stored *p, int turn, const int64_t **start,
                     const int32_t **cols, const int32_t **position)
{
    p = turned(s, p, turn);
    int64_t *begin = s->code ? NULL : kept_starts(s, p->csr.rows + 1);
    int32_t *own = s->code ? NULL : kept_places(s, p->count);
    int32_t *where = s->code || !turn ? NULL : kept_places(s, p->count);
    if (s->code)
        return;
    for (int64_t i = 0; i <= p->csr.rows; i++)
        begin[i] = p->csr.start[i];
    memcpy(own, p->csr.cols, (size_t)p->count * sizeof *own);
    if (turn)
        memcpy(where, p->position, (size_t)p->count * sizeof *where);
    *start = begin;
    *cols = own;
    *position = where;
}

/* Running sums of counts that stand in start[1], start[2], ...; false where they are too many. */
SETUP int add_up(setup *s, int64_t *start, int64_t count)
{
    for (int64_t t = 0; t < count; t++)
        start[t + 1] += start[t];
    if (start[count] > MOST)
        fail(s, TOO_LARGE, "a sparse product has %" PRId64 " multiplications", start[count]);
    return !s->code;
}

SETUP void list_pairs(setup *s, const stored *left, int turn_left, const stored *right,
                      int turn_right, const stored *out, const int64_t **start,
                      const int32_t **in_left, const int32_t **in_right)
{
    left = turned(s, left, turn_left);
    right = turned(s, right, turn_right);
    if (s->code)
        return;
    double forward = 0, demanded = 0;
    for (int64_t e = 0; e < left->count; e++)
        forward += (double)in_row(right, left->csr.cols[e]);
    for (int64_t i = 0; i < left->csr.rows; i++)
        demanded += (double)in_row(left, i) * (double)in_row(out, i);
    block *here = NULL;
    int64_t *begin = kept_starts(s, out->count + 1), total = 0;
    int64_t *next = room(s, &here, out->count + 1, sizeof *next);
    int32_t *at = room(s, &here, out->columns, sizeof *at), *a = NULL, *b = NULL;
    if (!s->code && demanded < forward) {
        total = nzdiff_demanded_products(&left->csr, &right->csr, &out->csr, begin, NULL, NULL);
        begin[out->count] = total;
    } else if (!s->code) {
        memset(at, 0xff, (size_t)out->columns * sizeof *at);
        nzdiff_count_products(&left->csr, &right->csr, &out->csr, at, begin + 1);
        total = add_up(s, begin, out->count) ? begin[out->count] : 0;
    }
    if (total > MOST)
        fail(s, TOO_LARGE, "a sparse product has %" PRId64 " multiplications", total);
    a = s->code ? NULL : kept_places(s, total);
    b = s->code ? NULL : kept_places(s, total);
    if (!s->code && demanded < forward)
        nzdiff_demanded_products(&left->csr, &right->csr, &out->csr, begin, a, b);
    else if (!s->code) {
        memcpy(next, begin, (size_t)(out->count + 1) * sizeof *next);
        nzdiff_list_products(&left->csr, &right->csr, &out->csr, at, next, a, b);
    }
    release(&here);
    *start = begin;
    *in_left = s->code ? NULL : taken(s, left->position, a, total);
    *in_right = s->code ? NULL : taken(s, right->position, b, total);
}

/* Where each position of `out` stands in p, or -1. */
SETUP void list_places(setup *s, const stored *p, int turn, const stored *out,
                       const int32_t **place)
{
    p = turned(s, p, turn);
    int32_t *found = s->code ? NULL : kept_places(s, out->count);
    if (s->code)
        return;
    for (int64_t i = 0; i < out->csr.rows; i++) {
        int32_t from = p->csr.start[i];
        const int32_t end = p->csr.start[i + 1];
        for (int32_t t = out->csr.start[i]; t < out->csr.start[i + 1]; t++) {
            while (from < end && p->csr.cols[from] < out->csr.cols[t])
                from++;
            const int is_there = from < end && p->csr.cols[from] == out->csr.cols[t];
            found[t] = !is_there ? -1 : p->position ? p->position[from] : from;
        }
    }
    *place = found;
}

SETUP void list_spread(setup *s, const stored *left, int turn, const stored *right,
                       const stored *out, const int64_t **start, const int32_t **place,
                       const int32_t **width, const int32_t **in_left, const int32_t **source,
                       const int32_t **which, const void **lanes)
{
    left = turned(s, left, turn);
    if (s->code)
        return;
    block *here = NULL;
    const int64_t rows = out->csr.rows;
    int64_t *strip = room(s, &here, rows + 1, sizeof *strip);
    int32_t *at = room(s, &here, out->columns, sizeof *at);
    for (int64_t i = 0; !s->code && i < rows; i++)
        strip[i + 1] = strip[i] + (in_row(out, i) + LANES - 1) / LANES;
    const int64_t strips = s->code ? 0 : strip[rows];
    int64_t *begin = kept_starts(s, strips + 2); /* the number of strips, and where each begins */
    int64_t *next = room(s, &here, strips + 1, sizeof *next);
    int32_t *first = kept_places(s, strips), *size = kept_places(s, strips);
    if (!s->code) {
        memset(at, 0xff, (size_t)out->columns * sizeof *at);
        nzdiff_count_moves(&left->csr, &right->csr, &out->csr, strip, at, begin + 2);
        begin[0] = strips;
        add_up(s, begin + 1, strips);
    }
    const int64_t moves = s->code ? 0 : begin[strips + 1];
    int bits = 1;
    while ((int64_t)1 << bits <= 2 * moves)
        bits++;
    int32_t *a = kept_places(s, moves), *b = kept_places(s, moves), *kind = kept_places(s, moves);
    uint64_t *words = room(s, &here, moves, sizeof *words);
    int32_t *hashed = room(s, &here, (int64_t)1 << bits, sizeof *hashed);
    int32_t *chosen = room(s, &here, moves, sizeof *chosen);
    int64_t known = 0;
    if (!s->code) {
        memcpy(next, begin + 1, (size_t)(strips + 1) * sizeof *next);
        nzdiff_list_moves(&left->csr, &right->csr, &out->csr, strip, at, next, a, b,
                          (uint8_t *)words);
        memset(hashed, 0xff, sizeof *hashed << bits);
        known = nzdiff_number_words(moves, words, bits, moves, hashed, chosen, kind);
        for (int64_t i = 0; i < rows; i++)
            for (int64_t q = strip[i]; q < strip[i + 1]; q++) {
                const int64_t before = (q - strip[i]) * LANES, rest = in_row(out, i) - before;
                first[q] = (int32_t)(out->csr.start[i] + before);
                size[q] = (int32_t)(rest < LANES ? rest : LANES);
            }
    }
    int64_t *numbers = kept_starts(s, known * LANES);
    for (int64_t q = 0; !s->code && q < known; q++)
        for (int lane = 0; lane < LANES; lane++)
            numbers[q * LANES + lane] = ((const uint8_t *)(words + chosen[q]))[lane];
    release(&here);
    *start = begin;
    *place = first;
    *width = size;
    *in_left = s->code ? NULL : taken(s, left->position, a, moves);
    *source = b;
    *which = kind;
    *lanes = numbers;
}
