/* The stored places of a matrix by rows; of a transposed one, also where its values are stored. */
typedef struct {
    const int64_t *start;
    const int32_t *cols, *position;
} row_table;
