/* Groups of alike rows of two matrices, and the numbers of their blocks that make up a product. */
typedef struct {
    const int64_t *start;
    const int32_t *left, *right, *left_size, *right_size;
    const int64_t *block;
    real *blocks;
    const int64_t *sum;
    const int32_t *inside;
} outer_table;
