/* Strips of rows of a sparse product, and the moves that add up to each. */
typedef struct {
    const int64_t *start;
    const int32_t *place, *width, *left, *source, *which;
    const void *lanes;
} spread_table;
