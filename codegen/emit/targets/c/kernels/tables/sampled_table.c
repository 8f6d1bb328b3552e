/* Groups of alike rows, and the places of a block of the right matrix for each. */
typedef struct {
    const int64_t *start;
    const int32_t *left, *own, *left_size, *own_size;
    const int64_t *block;
    const int32_t *at;
} sampled_table;
