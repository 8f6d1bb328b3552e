/* Numbers into and out of the memory of a kernel, which computes in `real`; the caller in doubles. */
#include <stdint.h>

#ifndef NZDIFF_REAL
#define NZDIFF_REAL double
#endif
typedef NZDIFF_REAL real;

#if defined(_WIN32)
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif

/* to[slots[t]] = from[t]: 1 where a number changed, plus 2 where one is not finite. */
EXPORT int nzdiff_write(int64_t count, const int32_t *slots, const double *from, real *to);
int nzdiff_write(int64_t count, const int32_t *slots, const double *from, real *to)
{
    int changed = 0, bad = 0;
    if (slots)
        for (int64_t t = 0; t < count; t++) {
            const real x = (real)from[t];
            changed |= to[slots[t]] != x;
            bad |= x - x != 0;
            to[slots[t]] = x;
        }
    else
        for (int64_t t = 0; t < count; t++) {
            const real x = (real)from[t];
            changed |= to[t] != x;
            bad |= x - x != 0;
            to[t] = x;
        }
    return changed | bad << 1;
}

/* to[t] = from[slots[t]]. */
EXPORT void nzdiff_read(int64_t count, const int32_t *slots, const real *from, double *to);
void nzdiff_read(int64_t count, const int32_t *slots, const real *from, double *to)
{
    if (slots)
        for (int64_t t = 0; t < count; t++)
            to[t] = from[slots[t]];
    else
        for (int64_t t = 0; t < count; t++)
            to[t] = from[t];
}

enum { SQUARE = 16 };

/* The column-major vector of scale a, where a is row-major. */
EXPORT void nzdiff_to_vector(int64_t rows, int64_t cols, double scale, const real *a, double *vec);
void nzdiff_to_vector(int64_t rows, int64_t cols, double scale, const real *a, double *vec)
{
    for (int64_t i = 0; i < rows; i += SQUARE)
        for (int64_t j = 0; j < cols; j += SQUARE)
            for (int64_t l = j; l < j + SQUARE && l < cols; l++)
                for (int64_t k = i; k < i + SQUARE && k < rows; k++)
                    vec[l * rows + k] = scale * a[k * cols + l];
}

/* Row-major a as scale times the matrix of a column-major vector. */
EXPORT void nzdiff_from_vector(int64_t rows, int64_t cols, double scale, const double *vec, real *a);
void nzdiff_from_vector(int64_t rows, int64_t cols, double scale, const double *vec, real *a)
{
    for (int64_t i = 0; i < rows; i += SQUARE)
        for (int64_t j = 0; j < cols; j += SQUARE)
            for (int64_t k = i; k < i + SQUARE && k < rows; k++)
                for (int64_t l = j; l < j + SQUARE && l < cols; l++)
                    a[k * cols + l] = (real)(scale * vec[l * rows + k]);
}
