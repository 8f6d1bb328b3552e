/* Where the numbers of one pattern stand in another, or -1. */
typedef struct {
    const int32_t *place;
} place_table;
