/* Columns of a matrix that are made at a time, and rows of them: a piece stays in the nearest cache. */
enum { ABREAST = 4, STRIP_COLUMNS = ABREAST * LANES, STRIP_ROWS = 128 };
