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

/* A stretch of a vector of the caller, and where the kernel has its numbers; see nzdiff_write. */
typedef struct {
    int64_t count;
    const int32_t *slots;
    real *at;
} nzdiff_part;

/* A stretch that is *scale times the column-major vector of a row-major matrix. */
typedef struct {
    int64_t rows, cols;
    const double *scale;
    real *at;
} nzdiff_block;

/* A function of a kernel with what goes into it and what comes out.

   kept: [0]: whether the kernel holds g; then whether the results of functions are there until g
   changes, `slot` being the place of this one, or 0.  alone: whether it calls BLAS. */
typedef struct {
    void (*function)(void *);
    void *workspace;
    uint8_t *done;
    int64_t stages;
    uint8_t *kept;
    int64_t functions, slot, alone;
    int64_t unknowns;
    const nzdiff_part *g, *v, *gathered;
    int64_t residuals;
    const nzdiff_block *w, *joined;
} nzdiff_entry;

EXPORT void nzdiff_alone(void);
EXPORT void nzdiff_together(void);

/* changed | bad << 1 of all unknowns. */
static int write_parts(int64_t count, const nzdiff_part *parts, const double *from)
{
    int found = 0;
    for (int64_t i = 0; i < count; from += parts[i++].count)
        found |= nzdiff_write(parts[i].count, parts[i].slots, from, parts[i].at);
    return found;
}

static int is_finite(int64_t count, const real *numbers)
{
    int bad = 0;
    for (int64_t i = 0; i < count; i++)
        bad |= numbers[i] - numbers[i] != 0;
    return !bad;
}

static void forget(const nzdiff_entry *e)
{
    for (int64_t i = 0; i < e->stages; i++)
        e->done[i] = 0;
    for (int64_t i = 1; i <= e->functions; i++)
        e->kept[i] = 0;
}

/* Write what is given of g, v and w, run the function, read its results into out: 0, or 1 where a
   number is not finite and nothing was run. */
EXPORT int nzdiff_call(
    const nzdiff_entry *e, const double *g, const double *v, const double *w, double *out);
int nzdiff_call(
    const nzdiff_entry *e, const double *g, const double *v, const double *w, double *out)
{
    if (g) {
        const int found = write_parts(e->unknowns, e->g, g);
        if ((found & 1) || !e->kept[0])
            forget(e);
        e->kept[0] = found < 2;
    }
    if (!e->kept[0])
        return 1;
    if (v && write_parts(e->unknowns, e->v, v) > 1)
        return 1;
    for (int64_t i = 0; w && i < e->residuals; i++) {
        const nzdiff_block b = e->w[i];
        nzdiff_from_vector(b.rows, b.cols, *b.scale, w, b.at);
        if (!is_finite(b.rows * b.cols, b.at))
            return 1;
        w += b.rows * b.cols;
    }
    if (!e->slot || !e->kept[e->slot]) {
        if (e->alone)
            nzdiff_alone();
        e->function(e->workspace);
        if (e->alone)
            nzdiff_together();
        if (e->slot)
            e->kept[e->slot] = 1;
    }
    for (int64_t i = 0; e->gathered && i < e->unknowns; out += e->gathered[i++].count)
        nzdiff_read(e->gathered[i].count, e->gathered[i].slots, e->gathered[i].at, out);
    for (int64_t i = 0; e->joined && i < e->residuals; i++) {
        const nzdiff_block b = e->joined[i];
        nzdiff_to_vector(b.rows, b.cols, *b.scale, b.at, out);
        out += b.rows * b.cols;
    }
    return 0;
}

/* The threads of BLAS belong to the process: the first who needs it to have one sets it, the last
   one back.  busy: somebody counts. */
enum { LIBRARIES = 8 };
static struct {
    char busy;
    int inside, count;
    int (*get[LIBRARIES])(void);
    void (*set[LIBRARIES])(int);
    int before[LIBRARIES];
} blas;

static void take_turn(void)
{
    while (__atomic_test_and_set(&blas.busy, __ATOMIC_ACQUIRE))
        ;
}

static void end_turn(void)
{
    __atomic_clear(&blas.busy, __ATOMIC_RELEASE);
}

/* Know a library by its functions; at most LIBRARIES, once each. */
EXPORT void nzdiff_know(int (*get)(void), void (*set)(int));
void nzdiff_know(int (*get)(void), void (*set)(int))
{
    take_turn();
    int place = 0;
    while (place < blas.count && blas.get[place] != get)
        place++;
    if (place == blas.count && place < LIBRARIES) {
        blas.get[place] = get;
        blas.set[place] = set;
        blas.before[place] = 1;
        blas.count++;
    }
    end_turn();
}

/* One thread for BLAS until `nzdiff_together`. */
void nzdiff_alone(void)
{
    take_turn();
    if (!blas.inside++)
        for (int i = 0; i < blas.count; i++) {
            blas.before[i] = blas.get[i]();
            if (blas.before[i] != 1)
                blas.set[i](1);
        }
    end_turn();
}

void nzdiff_together(void)
{
    take_turn();
    if (!--blas.inside)
        for (int i = 0; i < blas.count; i++)
            if (blas.before[i] != 1)
                blas.set[i](blas.before[i]);
    end_turn();
}

/* In the child of a fork, where no other thread is inside any more. */
EXPORT void nzdiff_anew(void);
void nzdiff_anew(void)
{
    end_turn();
    if (blas.inside) {
        blas.inside = 1;
        nzdiff_together();
    }
}
