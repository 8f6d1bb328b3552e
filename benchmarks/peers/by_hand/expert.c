/* E(g) = ‖X − Y Gᵀ L G B‖²_F with the derivatives by the stored values g of a sparse G.

   Rows of G with one pattern form a group.  Of all rows of a group, L G has nonzeros in at most
   eight columns, the lanes of one vector register:

     (L G)_i = Σ_e weight_e · permute(four values of g from start_i + offset_e)

   where (weight, offset, permutation)_e over the nonzeros of row i of L are stored once for all
   rows that have the same ones: eight bytes of index per row.  A group adds Σ_i G_iᵀ (L G)_i, one
   small block held in registers, to the upper triangle of Q = Gᵀ L G, and gathers the same block
   of N + Nᵀ for the gradient.  Nothing is stored between the two sweeps: L G costs less to form
   again than to read.  */

#include <immintrin.h>
#include <stdint.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))
#define OWN 4   /* the block of a group is at most OWN × LANES */
#define LANES 8
#define VECTORS_MAX 13 /* vectors of eight columns of B that are held in registers at a time */

typedef struct { int32_t start, stream; } Row;
typedef struct {
  int32_t first, segment, segments; /* rows, and their division by kind */
  int32_t own, lanes;     /* the block is own × lanes, at most 4 × 8 */
  int32_t upper, all;     /* entries of the scatter list: first those of the triangle a ≤ b */
  int32_t scatter, local; /* where the lists of the group begin */
  int32_t accumulate;     /* whether an earlier group has written these gradients */
} Group;
typedef struct { int32_t count, kind; } Segment;

typedef void Gemm(const char *, const char *, const int *, const int *, const int *,
                  const double *, const double *, const int *, const double *, const int *,
                  const double *, double *, const int *);
typedef void Trmm(const char *, const char *, const char *, const char *, const int *,
                  const int *, const double *, const double *, const int *, double *,
                  const int *);

typedef struct {
  int64_t groups_count, m, p, k, ld, nnz_upper, triangular, q_rows;
  const Group *groups;
  const Segment *segments;
  const Row *rows;
  const int64_t *stream;
  const int64_t (*permutations)[8];
  const uint32_t *scatter; /* position in the triangle · 32 + 8 · own + lane */
  const int32_t *local;    /* (lanes, 4) positions in the triangle */
  const int32_t *full_indptr, *full_indices, *full_positions; /* Q by rows */
  const int32_t *upper_indptr, *upper_indices;                /* its triangle a ≤ b by rows */
  const double *B;         /* m × ld by rows */
  const double *X;         /* diagonal Y: p × ld by rows; else by columns, reduced if triangular */
  const double *Y;         /* diagonal, or p × m by columns */
  const double *minus_Y;   /* diagonal */
  const double *reduced;   /* the triangular factor of Y, or Y itself */
  double *q, *n, *R, *M;   /* nnz_upper, nnz_upper, m × ld by rows, max(m, p) × k by columns */
  double constant;
  Gemm *gemm;
  Trmm *trmm;
} Problem;

/* How the rows of a segment take L G: `like` values of rows of the same pattern, which need no
   permutation, then `other` ones.  shared: 0 nothing, 1 the weights, 2 the offsets too (other = 0).
   The stream of a row: the offsets of `like`, two to a word; offset and permutation of `other`,
   one word each; the weights.  Loads are what limits the loop, hence the packing.  */
#define SHARED_MAX 5
typedef struct {
  int like, other, shared;
  int64_t offsets[SHARED_MAX];
  double weights[SHARED_MAX];
} Kind;

INLINE int64_t offset_of(const int64_t *stream, int e) {
  const int64_t pair = stream[e / 2];
  return e % 2 ? pair >> 32 : (int32_t)pair;
}

INLINE double weight_of(const int64_t *stream, int like, int other, int e) {
  return ((const double *)stream)[(like + 1) / 2 + other + e];
}

INLINE Kind kind_of(const int64_t *stream, int like, int other, int shared) {
  Kind kind = {.like = like, .other = other, .shared = shared};
  const int weights = shared ? like + other : 0, offsets = shared == 2 ? like : 0;
#pragma GCC unroll 8
  for (int e = 0; e < weights; e++) kind.weights[e] = weight_of(stream, like, other, e);
#pragma GCC unroll 8
  for (int e = 0; e < offsets; e++) kind.offsets[e] = offset_of(stream, e);
  return kind;
}

/* The part of (L G)_i from rows of the same pattern, in the lanes of its own columns. */
INLINE __m256d own_part(const double *origin, const int64_t *stream, const Kind *kind,
                        __mmask8 mask) {
  __m256d sum = _mm256_setzero_pd();
#pragma GCC unroll 8
  for (int e = 0; e < kind->like; e++) {
    const int64_t offset = kind->shared == 2 ? kind->offsets[e] : offset_of(stream, e);
    const double weight =
        kind->shared ? kind->weights[e] : weight_of(stream, kind->like, kind->other, e);
    sum = _mm256_fmadd_pd(_mm256_set1_pd(weight), _mm256_loadu_pd(origin + offset), sum);
  }
  return _mm256_maskz_mov_pd(mask, sum);
}

/* (L G)_i in the lanes of its group. */
INLINE __m512d row_of_LG(const Problem *P, const double *origin, const int64_t *stream,
                         const Kind *kind, __mmask8 mask) {
  __m512d sum = _mm512_zextpd256_pd512(own_part(origin, stream, kind, mask));
#pragma GCC unroll 8
  for (int e = 0; e < kind->other; e++) {
    const int64_t word = stream[(kind->like + 1) / 2 + e];
    const __m512d values = _mm512_zextpd256_pd512(_mm256_loadu_pd(origin + (int32_t)word));
    const __m512i lanes =
        _mm512_load_si512((const char *)P->permutations + (word >> 32)); /* in bytes */
    const double weight = kind->shared
                              ? kind->weights[kind->like + e]
                              : weight_of(stream, kind->like, kind->other, kind->like + e);
    sum = _mm512_fmadd_pd(_mm512_set1_pd(weight), _mm512_permutexvar_pd(lanes, values), sum);
  }
  return sum;
}

typedef struct { __m512d rows[OWN]; } Block;

INLINE Block add_rows(const Problem *P, const Row *rows, int count, const double *left,
                      const double *g, int like, int other, int shared, int own,
                      Block block) {
  const __mmask8 mask = (__mmask8)((1 << own) - 1);
  const Kind kind = kind_of(P->stream + rows->stream, like, other, shared);
  if (other) {
    for (int r = 0; r < count; r++) {
        const __m512d h =
          row_of_LG(P, g + rows[r].start, P->stream + rows[r].stream, &kind, mask);
#pragma GCC unroll 4
      for (int a = 0; a < own; a++)
        block.rows[a] = _mm512_fmadd_pd(_mm512_set1_pd(left[rows[r].start + a]), h, block.rows[a]);
    }
    return block;
  }
  __m256d sums[OWN] = {_mm256_setzero_pd(), _mm256_setzero_pd(), _mm256_setzero_pd(),
                       _mm256_setzero_pd()};
  for (int r = 0; r < count; r++) {
    const __m256d h = own_part(g + rows[r].start, P->stream + rows[r].stream, &kind, mask);
#pragma GCC unroll 4
    for (int a = 0; a < own; a++)
      sums[a] = _mm256_fmadd_pd(_mm256_set1_pd(left[rows[r].start + a]), h, sums[a]);
  }
#pragma GCC unroll 4
  for (int a = 0; a < own; a++)
    block.rows[a] = _mm512_add_pd(block.rows[a], _mm512_zextpd256_pd512(sums[a]));
  return block;
}

/* The kinds with a loop of their own. */
#define KINDS(DO) DO(5, 0, 2) DO(4, 1, 1) DO(3, 2, 1) DO(2, 3, 1) DO(0, 5, 1)
#define KIND(like, other, shared) ((like) << 18 | (other) << 2 | (shared))

INLINE void block_of_group(const Problem *P, const Group *group, const double *left,
                           const double *g, int own, double *out) {
  Block block = {{_mm512_setzero_pd(), _mm512_setzero_pd(), _mm512_setzero_pd(),
                  _mm512_setzero_pd()}};
  const Row *rows = P->rows + group->first;
  const Segment *segment = P->segments + group->segment;
  for (int s = 0; s < group->segments; s++) {
    const int count = segment[s].count;
    switch (segment[s].kind) {
#define DO(like, other, shared) \
  case KIND(like, other, shared): \
    block = add_rows(P, rows, count, left, g, like, other, shared, own, block); \
    break;
      KINDS(DO)
#undef DO
      default:
        block = add_rows(P, rows, count, left, g, segment[s].kind >> 18,
                         segment[s].kind >> 2 & 0xffff, 0, own, block);
    }
    rows += count;
  }
#pragma GCC unroll 4
  for (int a = 0; a < own; a++) _mm512_store_pd(out + LANES * a, block.rows[a]);
}

/* Out of line: the compiler would merge the two into one with a variable count. */
static __attribute__((noinline)) void block_of_3(const Problem *P, const Group *group,
                                                 const double *left, const double *g,
                                                 double *out) {
  block_of_group(P, group, left, g, 3, out);
}

static __attribute__((noinline)) void block_of_any(const Problem *P, const Group *group,
                                                   const double *left, const double *g,
                                                   double *out) {
  block_of_group(P, group, left, g, group->own, out);
}

/* The triangle of Q = Gᵀ L G, or with left = v and symmetric = 1 that of Vᵀ L G + (Vᵀ L G)ᵀ. */
void triangle(const Problem *P, const double *left, const double *g, int symmetric) {
  memset(P->q, 0, P->nnz_upper * sizeof *P->q);
  for (int64_t t = 0; t < P->groups_count; t++) {
    const Group *group = P->groups + t;
    _Alignas(64) double block[OWN * LANES];
    if (group->own == 3)
      block_of_3(P, group, left, g, block);
    else
      block_of_any(P, group, left, g, block);
    const uint32_t *entry = P->scatter + group->scatter;
    const int count = symmetric ? group->all : group->upper;
    for (int e = 0; e < count; e++) P->q[entry[e] >> 5] += block[entry[e] & 31];
  }
}

/* Rows of scale · L G (N + Nᵀ): lane b of (L G)_i times row b of the block N, two b at a time in
   the halves of a register.  */
INLINE void gradient_of_rows(const Problem *P, const Row *rows, int count, const double *g,
                             const __m512d *N, int like, int other, int shared, int pairs,
                             int own, int accumulate, double *gradient) {
  const __mmask8 mask = (__mmask8)((1 << own) - 1);
  const Kind kind = kind_of(P->stream + rows->stream, like, other, shared);
  const __m512i first = _mm512_set_epi64(1, 1, 1, 1, 0, 0, 0, 0);
  for (int r = 0; r < count; r++) {
    const double *origin = g + rows[r].start;
    const int64_t *stream = P->stream + rows[r].stream;
    const __m512d h = other ? row_of_LG(P, origin, stream, &kind, mask)
                            : _mm512_zextpd256_pd512(own_part(origin, stream, &kind, mask));
    __m512d halves = _mm512_mul_pd(_mm512_permutexvar_pd(first, h), N[0]);
#pragma GCC unroll 4
    for (int j = 1; j < pairs; j++)
      halves = _mm512_fmadd_pd(
          _mm512_permutexvar_pd(_mm512_add_epi64(first, _mm512_set1_epi64(2 * j)), h), N[j],
          halves);
    __m256d sum =
        _mm256_add_pd(_mm512_castpd512_pd256(halves), _mm512_extractf64x4_pd(halves, 1));
    double *target = gradient + rows[r].start;
    if (accumulate) sum = _mm256_add_pd(sum, _mm256_maskz_loadu_pd(mask, target));
    if (own == 3) {
      _mm_storeu_pd(target, _mm256_castpd256_pd128(sum));
      _mm_store_sd(target + 2, _mm256_extractf128_pd(sum, 1));
    } else {
      _mm256_mask_storeu_pd(target, mask, sum);
    }
  }
}

INLINE void gradient_of_group(const Problem *P, const Group *group, const double *g, double scale,
                              int pairs, int own, int accumulate, double *gradient) {
  const int32_t *at = P->local + group->local;
  const double *n = P->n;
  __m512d N[LANES / 2] = {0};
#pragma GCC unroll 4
  for (int j = 0; j < pairs; j++, at += 2 * OWN)
    N[j] = _mm512_mul_pd(
        _mm512_set1_pd(scale),
        _mm512_set_pd(own > 3 ? n[at[7]] : 0, n[at[6]], n[at[5]], n[at[4]],
                      own > 3 ? n[at[3]] : 0, n[at[2]], n[at[1]], n[at[0]]));
  const Row *rows = P->rows + group->first;
  const Segment *segment = P->segments + group->segment;
  for (int s = 0; s < group->segments; s++) {
    const int count = segment[s].count, kind = segment[s].kind;
    switch (kind) {
#define DO(like, other, shared) \
  case KIND(like, other, shared): \
    gradient_of_rows(P, rows, count, g, N, like, other, shared, other ? pairs : 2, own, \
                     accumulate, gradient); \
    break;
      KINDS(DO)
#undef DO
      default:
        gradient_of_rows(P, rows, count, g, N, kind >> 18, kind >> 2 & 0xffff, 0, pairs, own,
                         accumulate, gradient);
    }
    rows += count;
  }
}

#define PAIRS_OF_3(DO) DO(2) DO(3) DO(4)
#define DO(pairs) \
  static __attribute__((noinline)) void gradient_of_3_##pairs( \
      const Problem *P, const Group *group, const double *g, double scale, double *gradient) { \
    gradient_of_group(P, group, g, scale, pairs, 3, 0, gradient); \
  }
PAIRS_OF_3(DO)
#undef DO

static __attribute__((noinline)) void gradient_of_any(const Problem *P, const Group *group,
                                                      const double *g, double scale,
                                                      double *gradient) {
  gradient_of_group(P, group, g, scale, LANES / 2, group->own, group->accumulate, gradient);
}

/* scale · [L G (N + Nᵀ)] at the pattern of G. */
void sampled(const Problem *P, const double *g, double scale, double *gradient) {
  for (int64_t t = 0; t < P->groups_count; t++) {
    const Group *group = P->groups + t;
    switch (group->own == 3 && !group->accumulate ? (group->lanes + 1) / 2 : 0) {
#define DO(pairs) \
  case pairs: gradient_of_3_##pairs(P, group, g, scale, gradient); break;
      PAIRS_OF_3(DO)
#undef DO
      default: gradient_of_any(P, group, g, scale, gradient);
    }
  }
}

/* One row of Q B, the columns of `vectors` registers. */
INLINE void row_of_QB(const Problem *P, int64_t a, int64_t column, int vectors, double *out) {
  __m512d sums[VECTORS_MAX];
#pragma GCC unroll 16
  for (int v = 0; v < vectors; v++) sums[v] = _mm512_setzero_pd();
  for (int32_t e = P->full_indptr[a]; e < P->full_indptr[a + 1]; e++) {
    const double *from = P->B + P->full_indices[e] * P->ld + column;
    const __m512d value = _mm512_set1_pd(P->q[P->full_positions[e]]);
#pragma GCC unroll 16
    for (int v = 0; v < vectors; v++)
      sums[v] = _mm512_fmadd_pd(value, _mm512_load_pd(from + 8 * v), sums[v]);
  }
#pragma GCC unroll 16
  for (int v = 0; v < vectors; v++) _mm512_store_pd(out + column + 8 * v, sums[v]);
}

#define VECTOR_CASES(DO) \
  DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9) DO(10) DO(11) DO(12) DO(13)

static void whole_row_of_QB(const Problem *P, int64_t a, double *out) {
  for (int64_t column = 0; column < P->ld; column += 8 * VECTORS_MAX) {
    const int64_t vectors = (P->ld - column) / 8;
#define DO(count) case count: row_of_QB(P, a, column, count, out); break;
    switch (vectors) {
      VECTOR_CASES(DO)
      default: row_of_QB(P, a, column, VECTORS_MAX, out);
    }
#undef DO
  }
}

INLINE void transpose8(__m512d r[8]) {
  __m512d t[8], u[8];
  for (int i = 0; i < 8; i += 2) {
    t[i] = _mm512_unpacklo_pd(r[i], r[i + 1]);
    t[i + 1] = _mm512_unpackhi_pd(r[i], r[i + 1]);
  }
  for (int i = 0; i < 8; i += 4)
    for (int j = 0; j < 2; j++) {
      u[i + j] = _mm512_shuffle_f64x2(t[i + j], t[i + j + 2], 0x88);
      u[i + j + 2] = _mm512_shuffle_f64x2(t[i + j], t[i + j + 2], 0xdd);
    }
  for (int j = 0; j < 4; j++) {
    r[j] = _mm512_shuffle_f64x2(u[j], u[j + 4], 0x88);
    r[j + 4] = _mm512_shuffle_f64x2(u[j], u[j + 4], 0xdd);
  }
}

/* rows 8 × ld → columns, each row times its scale. */
static void to_columns(const double *strip, const double *scale, int64_t ld, int64_t k,
                       int rows, double *out, int64_t out_ld) {
  const __mmask8 mask = (__mmask8)((1 << rows) - 1);
  const __m512d factor = scale ? _mm512_maskz_loadu_pd(mask, scale) : _mm512_set1_pd(1);
  for (int64_t column = 0; column < k; column += 8) {
    __m512d r[8];
    for (int i = 0; i < 8; i++) r[i] = _mm512_load_pd(strip + i * ld + column);
    transpose8(r);
    for (int i = 0; i < 8 && column + i < k; i++)
      _mm512_mask_storeu_pd(out + (column + i) * out_ld, mask, _mm512_mul_pd(r[i], factor));
  }
}

/* columns → rows of ld, zeros behind the k-th. */
static void to_rows(const double *in, int64_t in_ld, const double *scale, int64_t rows, int64_t k,
                    int64_t ld, double *out) {
  for (int64_t a = 0; a < rows; a += 8) {
    const int count = rows - a < 8 ? (int)(rows - a) : 8;
    const __mmask8 mask = (__mmask8)((1 << count) - 1);
    const __m512d factor = scale ? _mm512_maskz_loadu_pd(mask, scale + a) : _mm512_set1_pd(1);
    for (int64_t column = 0; column < k; column += 8) {
      __m512d r[8];
      for (int i = 0; i < 8; i++)
        r[i] = column + i < k ? _mm512_mul_pd(factor, _mm512_maskz_loadu_pd(
                                    mask, in + (column + i) * in_ld + a))
                              : _mm512_setzero_pd();
      transpose8(r);
      for (int i = 0; i < count; i++) _mm512_store_pd(out + (a + i) * ld + column, r[i]);
    }
  }
}

/* M = scale · Q B by columns. */
void product(const Problem *P, const double *scale, double *out, int64_t out_ld) {
  _Alignas(64) double strip[8 * P->ld];
  for (int64_t a = 0; a < P->m; a += 8) {
    const int rows = P->m - a < 8 ? (int)(P->m - a) : 8;
    for (int r = 0; r < rows; r++) whole_row_of_QB(P, a + r, strip + r * P->ld);
    to_columns(strip, scale ? scale + a : 0, P->ld, P->k, rows, out + a, out_ld);
  }
}

/* Diagonal Y: f = X − Y Q B by rows, ‖f‖² and, where asked for, R = Y f. */
double diagonal_energy(const Problem *P, int with_R) {
  _Alignas(64) double row[P->ld];
  __m512d squares[4] = {_mm512_setzero_pd(), _mm512_setzero_pd(), _mm512_setzero_pd(),
                        _mm512_setzero_pd()};
  for (int64_t a = 0; a < P->m; a++) {
    whole_row_of_QB(P, a, row);
    const __m512d y = _mm512_set1_pd(P->Y[a]);
    for (int64_t c = 0; c < P->ld; c += 8) {
      const __m512d f = _mm512_fnmadd_pd(y, _mm512_load_pd(row + c),
                                         _mm512_load_pd(P->X + a * P->ld + c));
      squares[c / 8 & 3] = _mm512_fmadd_pd(f, f, squares[c / 8 & 3]);
      if (with_R) _mm512_store_pd(P->R + a * P->ld + c, _mm512_mul_pd(y, f));
    }
  }
  return _mm512_reduce_add_pd(_mm512_add_pd(_mm512_add_pd(squares[0], squares[1]),
                                            _mm512_add_pd(squares[2], squares[3])));
}

/* Dense Y: f by columns in M, ‖f‖². */
double dense_energy(const Problem *P) {
  const int m = (int)P->m, k = (int)P->k, rows = (int)P->q_rows;
  const double one = 1, minus = -1;
  const int64_t size = P->q_rows * P->k;
  product(P, 0, P->M, m);
  double *f = P->M;
  if (P->triangular) {
    P->trmm("L", "U", "N", "N", &m, &k, &one, P->reduced, &m, f, &m);
    for (int64_t i = 0; i < size; i++) f[i] = P->X[i] - f[i];
  } else {
    f = P->M + P->m * P->k;
    memcpy(f, P->X, size * sizeof *f);
    P->gemm("N", "N", &rows, &k, &m, &minus, P->reduced, &rows, P->M, &m, &one, f, &rows);
  }
  __m512d sums[4] = {_mm512_setzero_pd(), _mm512_setzero_pd(), _mm512_setzero_pd(),
                     _mm512_setzero_pd()};
  int64_t i = 0;
  for (; i + 32 <= size; i += 32)
    for (int j = 0; j < 4; j++) {
      const __m512d v = _mm512_loadu_pd(f + i + 8 * j);
      sums[j] = _mm512_fmadd_pd(v, v, sums[j]);
    }
  double sum = _mm512_reduce_add_pd(_mm512_add_pd(_mm512_add_pd(sums[0], sums[1]),
                                                  _mm512_add_pd(sums[2], sums[3])));
  for (; i < size; i++) sum += f[i] * f[i];
  return sum + P->constant;
}

/* R = Yᵀ f of the f that dense_energy left, by rows. */
void dense_R(const Problem *P) {
  const int m = (int)P->m, k = (int)P->k, rows = (int)P->q_rows;
  const double one = 1, zero = 0;
  if (P->triangular)
    P->trmm("L", "U", "T", "N", &m, &k, &one, P->reduced, &m, P->M, &m);
  else
    P->gemm("T", "N", &m, &k, &rows, &one, P->reduced, &rows, P->M + P->m * P->k, &rows, &zero,
            P->M, &m);
  to_rows(P->M, m, 0, m, k, P->ld, P->R);
}

INLINE void row_of_N(const Problem *P, int64_t a, int64_t column, int vectors, int add) {
  const double *Ra = P->R + a * P->ld + column, *Ba = P->B + a * P->ld + column;
  __m512d R[VECTORS_MAX], B[VECTORS_MAX];
#pragma GCC unroll 16
  for (int v = 0; v < vectors; v++) R[v] = _mm512_load_pd(Ra + 8 * v);
#pragma GCC unroll 16
  for (int v = 0; v < vectors; v++) B[v] = _mm512_load_pd(Ba + 8 * v);
  for (int32_t e = P->upper_indptr[a]; e < P->upper_indptr[a + 1]; e++) {
    const int64_t at = P->upper_indices[e] * P->ld + column;
    const double *Rb = P->R + at, *Bb = P->B + at;
    __m512d s[4] = {_mm512_setzero_pd(), _mm512_setzero_pd(), _mm512_setzero_pd(),
                    _mm512_setzero_pd()};
#pragma GCC unroll 16
    for (int v = 0; v < vectors; v++) {
      s[2 * v & 3] = _mm512_fmadd_pd(R[v], _mm512_load_pd(Bb + 8 * v), s[2 * v & 3]);
      s[(2 * v + 1) & 3] = _mm512_fmadd_pd(B[v], _mm512_load_pd(Rb + 8 * v), s[(2 * v + 1) & 3]);
    }
    const double sum = _mm512_reduce_add_pd(
        _mm512_add_pd(_mm512_add_pd(s[0], s[1]), _mm512_add_pd(s[2], s[3])));
    P->n[e] = add ? P->n[e] + sum : sum;
  }
}

/* The triangle of N + Nᵀ, N_ab = R_a · B_b. */
void symmetric_N(const Problem *P) {
  for (int64_t column = 0; column < P->ld; column += 8 * VECTORS_MAX) {
    const int64_t vectors = (P->ld - column) / 8;
#define DO(count) \
  case count: \
    for (int64_t a = 0; a < P->m; a++) row_of_N(P, a, column, count, column > 0); \
    break;
    switch (vectors) {
      VECTOR_CASES(DO)
      default:
        for (int64_t a = 0; a < P->m; a++) row_of_N(P, a, column, VECTORS_MAX, column > 0);
    }
#undef DO
  }
}

double energy(const Problem *P, const double *g) {
  triangle(P, g, g, 0);
  return P->reduced ? dense_energy(P) : diagonal_energy(P, 0);
}

double energy_and_gradient(const Problem *P, const double *g, double *gradient) {
  double result;
  triangle(P, g, g, 0);
  if (P->reduced) {
    result = dense_energy(P);
    dense_R(P);
  } else {
    result = diagonal_energy(P, 1);
  }
  symmetric_N(P);
  sampled(P, g, -2, gradient);
  return result;
}

/* J v = −vec(Y dQ B) */
void jvp(const Problem *P, const double *g, const double *v, double *out) {
  triangle(P, v, g, 1);
  if (!P->reduced) {
    product(P, P->minus_Y, out, P->p);
  } else {
    const int m = (int)P->m, k = (int)P->k, p = (int)P->p;
    const double minus = -1, zero = 0;
    product(P, 0, P->M, m);
    P->gemm("N", "N", &p, &k, &m, &minus, P->Y, &p, P->M, &m, &zero, out, &p);
  }
}

/* Jᵀ w = −[L G (N + Nᵀ)], R = Yᵀ W */
void vjp(const Problem *P, const double *g, const double *w, double *out) {
  if (!P->reduced) {
    to_rows(w, P->p, P->Y, P->m, P->k, P->ld, P->R);
  } else {
    const int m = (int)P->m, k = (int)P->k, p = (int)P->p;
    const double one = 1, zero = 0;
    P->gemm("T", "N", &m, &k, &p, &one, P->Y, &p, w, &p, &zero, P->M, &m);
    to_rows(P->M, m, 0, m, k, P->ld, P->R);
  }
  symmetric_N(P);
  sampled(P, g, -1, out);
}
