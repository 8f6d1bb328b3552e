/* The pairs of numbers whose products add up to each number of a sparse product. */
typedef struct {
    const int64_t *start;
    const int32_t *left, *right;
} pair_table;
