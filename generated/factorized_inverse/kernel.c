/* Kernels of the problem factorized_inverse.
 *
 * E = tr(Lᵀ A L) − 2 (1ᵀ log.(diagonal(L)))
 * dE/dL = 2 A L − 2 diag(diagonal(L)^∘(−1))  at the stored positions
 * plan 6cf32ee4900a
 * floating-point operations at the sizes it was planned for: energy 1.22e+05, gradient 1.61e+05, hvp 1.97e+05
 * workspace: 8 (5 1·n + 4 n + 6 nnz(L) + 6 n·1 + 3) bytes
 *
 * Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines factorized_inverse
 */
#include "kernels.h"

/* Where one model keeps its numbers: members of eight bytes each, filled by the runtime. */
typedef struct {
    real *A, *L, *dL, *t, *L_2, *t_2, *t_3;
    double *trace_2;
    real *AL;
    double *trace_3_2, *energy;
    real *t_4, *t_5, *t_6, *t_7, *t_8, *gradient_L, *t_9, *dL_2, *t_10, *t_11, *t_12, *t_13, *t_14;
    real *t_15, *AdL, *hvp_L;
    pair_table pairs_AL;
    place_table place_L_in_pattern0, place_pattern0_in_L;
    int64_t n, nnz_pattern0, nnz_L;
    uint8_t *done;
    const struct nzdiff_solvers *solvers;
    int threads;
} nzdiff_workspace;

/* out[t] = log(t) of a[t] */
static void map_0(int threads, int64_t count, const real *restrict a,
                  real *restrict out)
{
    PARALLEL_ROWS
    for (int64_t t = 0; t < count; t++) {
        const real x = a[t];
        out[t] = (real)(log(x));
    }
}

/* out[t] = t^(−1) of a[t] */
static void map_1(int threads, int64_t count, const real *restrict a,
                  real *restrict out)
{
    PARALLEL_ROWS
    for (int64_t t = 0; t < count; t++) {
        const real x = a[t];
        out[t] = (real)(1.0/x);
    }
}

/* out[t] = t^(−2) of a[t] */
static void map_2(int threads, int64_t count, const real *restrict a,
                  real *restrict out)
{
    PARALLEL_ROWS
    for (int64_t t = 0; t < count; t++) {
        const real x = a[t];
        out[t] = (real)(pow(x, -2));
    }
}

STAGE(0) { /* shared by energy, gradient, hvp */
    /* L_2 = L  at I */
    embed(w->threads, w->nnz_pattern0, &w->place_L_in_pattern0, 1.0, w->L, w->L_2);
    /* t_2 = diagonal(L) */
    linear_1(w->threads, w->n * 1, 1.0, w->L_2, w->t_2);
}

STAGE(1) { /* shared by energy, gradient */
    /* AL = A L  at L */
    sparse_product(w->threads, w->nnz_L, &w->pairs_AL, w->A, w->L, w->AL);
}

STAGE(2) { /* shared by gradient, hvp */
    /* t_4 = diagonal(L)ᵀ */
    transpose(w->threads, 1, w->n, 1.0, w->t_2, w->t_4);
}

STAGE(3) { /* shared by energy */
    /* t_3 = log.(diagonal(L)) */
    map_0(w->threads, w->n * 1, w->t_2, w->t_3);
    /* trace_2 = tr(ones(n, 1)ᵀ log.(diagonal(L))) */
    inner(w->threads, w->n * 1, w->t, w->t_3, w->trace_2);
    /* trace_3_2 = tr(Lᵀ A L) */
    inner(w->threads, w->nnz_L, w->L, w->AL, w->trace_3_2);
    /* energy = E */
    w->energy[0] = -2.0 * w->trace_2[0] + w->trace_3_2[0];
}

STAGE(4) { /* shared by gradient */
    /* t_5 = (diagonal(L)ᵀ)^∘(−1) */
    map_1(w->threads, 1 * w->n, w->t_4, w->t_5);
    /* t_6 = ((diagonal(L)ᵀ)^∘(−1))ᵀ */
    transpose(w->threads, w->n, 1, 1.0, w->t_5, w->t_6);
    /* t_7 = diag(diagonal(L)^∘(−1))  at I */
    linear_1(w->threads, w->nnz_pattern0, 1.0, w->t_6, w->t_7);
    /* t_8 = diag(diagonal(L)^∘(−1))  at L */
    embed(w->threads, w->nnz_L, &w->place_pattern0_in_L, 1.0, w->t_7, w->t_8);
    /* gradient_L = (2 A L − 2 diag(diagonal(L)^∘(−1)))  at L */
    linear_2(w->threads, w->nnz_L, -2.0, w->t_8, 2.0, w->AL, w->gradient_L);
}

STAGE(5) { /* shared by hvp */
    /* t_9 = (diagonal(L)ᵀ)^∘(−2) */
    map_2(w->threads, 1 * w->n, w->t_4, w->t_9);
}

STAGE(6) { /* without g, shared by energy */
    /* t = ones(n, 1) */
    fill(w->threads, w->n * 1, 1.0, w->t);
}

FUNCTION(prepare) { /* what does not depend on g */
    NEED(6)
}

FUNCTION(energy) { /* E */
    NEED(6) NEED(0) NEED(1) NEED(3)
}

FUNCTION(gradient) { /* the gradient at the stored positions */
    NEED(0) NEED(1) NEED(2) NEED(4)
}

FUNCTION(hvp) { /* the Hessian applied to dG */
    NEED(0) NEED(2) NEED(5)
    /* dL_2 = dL  at I */
    embed(w->threads, w->nnz_pattern0, &w->place_L_in_pattern0, 1.0, w->dL, w->dL_2);
    /* t_10 = diagonal(dL) */
    linear_1(w->threads, w->n * 1, 1.0, w->dL_2, w->t_10);
    /* t_11 = diagonal(dL)ᵀ */
    transpose(w->threads, 1, w->n, 1.0, w->t_10, w->t_11);
    /* t_12 = (diagonal(L)ᵀ)^∘(−2) ∘ diagonal(dL)ᵀ */
    multiply(w->threads, 1 * w->n, w->t_9, w->t_11, w->t_12);
    /* t_13 = ((diagonal(L)ᵀ)^∘(−2) ∘ diagonal(dL)ᵀ)ᵀ */
    transpose(w->threads, w->n, 1, 1.0, w->t_12, w->t_13);
    /* t_14 = diag(diagonal(L)^∘(−2) ∘ diagonal(dL))  at I */
    linear_1(w->threads, w->nnz_pattern0, 1.0, w->t_13, w->t_14);
    /* t_15 = diag(diagonal(L)^∘(−2) ∘ diagonal(dL))  at L */
    embed(w->threads, w->nnz_L, &w->place_pattern0_in_L, 1.0, w->t_14, w->t_15);
    /* AdL = A dL  at L */
    sparse_product(w->threads, w->nnz_L, &w->pairs_AL, w->A, w->dL, w->AdL);
    /* hvp_L = 2 (diag(diagonal(L)^∘(−2) ∘ diagonal(dL)) + A dL)  at L */
    linear_2(w->threads, w->nnz_L, 2.0, w->t_15, 2.0, w->AdL, w->hvp_L);
}

