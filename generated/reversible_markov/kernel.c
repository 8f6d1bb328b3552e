/* Kernels of the problem reversible_markov.
 *
 * E = 1ᵀ (log.(X 1) ∘ (C 1)) − (1ᵀ (C ∘ log.[X]) 1)
 * dE/dX = ((X 1)^∘(−1) ∘ (C 1)) 1ᵀ − ((t ↦ t^(−1)).[X] ∘ C)  at the stored positions
 * plan 79eb4b1c82f4
 * floating-point operations at the sizes it was planned for: energy 3.45e+04, gradient 5.13e+04, hvp 7.05e+04
 * workspace: 8 (10 1·n + 8 nnz(C) + 9 nnz(X) + 8 n·1 + 3) bytes
 *
 * Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines reversible_markov
 */
#include "kernels.h"

/* Where one model keeps its numbers: members of eight bytes each, filled by the runtime. */
typedef struct {
    real *C, *X, *dX, *t, *t_9, *t_10, *t_2, *t_3, *t_4, *t_5;
    double *trace_2;
    real *t_6, *t_7, *t_8, *t_11, *t_12;
    double *trace_3_2, *energy;
    real *t_13, *t_14, *t_15, *t_16, *t_17, *t_18, *t_19, *t_20, *gradient_X, *t_21, *t_22, *dX_2;
    real *t_23, *t_24, *t_25, *t_26, *t_27, *t_28, *t_29, *t_30, *t_31, *t_32, *hvp_X;
    place_table place_X_in_C, place_C_in_X;
    row_table at_X, at_C;
    int64_t n, nnz_X, nnz_C;
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
    /* t_6 = X ones(n, 1) */
    spmm(w->threads, w->n, 1, &w->at_X, 1.0, 0.0, w->X, w->t, w->t_6, w->t_6);
    /* t_7 = ones(n, 1)ᵀ X */
    transpose(w->threads, 1, w->n, 1.0, w->t_6, w->t_7);
}

STAGE(1) { /* shared by energy */
    /* t_2 = log.[X]  at X */
    map_0(w->threads, w->nnz_X, w->X, w->t_2);
    /* t_3 = log.[X]  at C */
    embed(w->threads, w->nnz_C, &w->place_X_in_C, 1.0, w->t_2, w->t_3);
    /* t_4 = C ∘ log.[X]  at C */
    multiply(w->threads, w->nnz_C, w->C, w->t_3, w->t_4);
    /* t_5 = C ∘ log.[X] ones(n, 1) */
    spmm(w->threads, w->n, 1, &w->at_C, 1.0, 0.0, w->t_4, w->t, w->t_5, w->t_5);
    /* trace_2 = tr(ones(n, 1)ᵀ C ∘ log.[X] ones(n, 1)) */
    inner(w->threads, w->n * 1, w->t, w->t_5, w->trace_2);
    /* t_8 = log.(1ᵀ X) */
    map_0(w->threads, 1 * w->n, w->t_7, w->t_8);
    /* t_11 = log.(1ᵀ X) ∘ (1ᵀ Cᵀ) */
    multiply(w->threads, 1 * w->n, w->t_8, w->t_10, w->t_11);
    /* t_12 = (log.(1ᵀ X) ∘ (1ᵀ Cᵀ))ᵀ */
    transpose(w->threads, w->n, 1, 1.0, w->t_11, w->t_12);
    /* trace_3_2 = tr(ones(n, 1)ᵀ (log.(1ᵀ X) ∘ (1ᵀ Cᵀ))ᵀ) */
    inner(w->threads, w->n * 1, w->t, w->t_12, w->trace_3_2);
    /* energy = E */
    w->energy[0] = -1.0 * w->trace_2[0] + w->trace_3_2[0];
}

STAGE(2) { /* shared by gradient */
    /* t_13 = (t ↦ t^(−1)).[X]  at X */
    map_1(w->threads, w->nnz_X, w->X, w->t_13);
    /* t_14 = (t ↦ t^(−1)).[X]  at C */
    embed(w->threads, w->nnz_C, &w->place_X_in_C, 1.0, w->t_13, w->t_14);
    /* t_15 = (t ↦ t^(−1)).[X] ∘ C  at C */
    multiply(w->threads, w->nnz_C, w->t_14, w->C, w->t_15);
    /* t_16 = (t ↦ t^(−1)).[X] ∘ C  at X */
    embed(w->threads, w->nnz_X, &w->place_C_in_X, 1.0, w->t_15, w->t_16);
    /* t_17 = (1ᵀ X)^∘(−1) */
    map_1(w->threads, 1 * w->n, w->t_7, w->t_17);
    /* t_18 = (1ᵀ X)^∘(−1) ∘ (1ᵀ Cᵀ) */
    multiply(w->threads, 1 * w->n, w->t_17, w->t_10, w->t_18);
    /* t_19 = ((1ᵀ X)^∘(−1) ∘ (1ᵀ Cᵀ))ᵀ */
    transpose(w->threads, w->n, 1, 1.0, w->t_18, w->t_19);
    /* t_20 = ((1ᵀ X)^∘(−1) ∘ (1ᵀ Cᵀ))ᵀ ones(n, 1)ᵀ  at X */
    sddmm(w->threads, w->n, 1, &w->at_X, w->t_19, w->t, w->t_20);
    /* gradient_X = (((X 1)^∘(−1) ∘ (C 1)) 1ᵀ − ((t ↦ t^(−1)).[X] ∘ C))  at X */
    linear_2(w->threads, w->nnz_X, -1.0, w->t_16, 1.0, w->t_20, w->gradient_X);
}

STAGE(3) { /* shared by hvp */
    /* t_21 = (t ↦ t^(−2)).[X]  at X */
    map_2(w->threads, w->nnz_X, w->X, w->t_21);
    /* t_22 = (t ↦ t^(−2)).[X]  at C */
    embed(w->threads, w->nnz_C, &w->place_X_in_C, 1.0, w->t_21, w->t_22);
    /* t_23 = (t ↦ t^(−2)).[X] ∘ C  at C */
    multiply(w->threads, w->nnz_C, w->t_22, w->C, w->t_23);
    /* t_26 = (1ᵀ X)^∘(−2) */
    map_2(w->threads, 1 * w->n, w->t_7, w->t_26);
    /* t_29 = (1ᵀ X)^∘(−2) ∘ (1ᵀ Cᵀ) */
    multiply(w->threads, 1 * w->n, w->t_26, w->t_10, w->t_29);
}

STAGE(4) { /* without g, shared by energy, gradient, hvp */
    /* t = ones(n, 1) */
    fill(w->threads, w->n * 1, 1.0, w->t);
}

STAGE(5) { /* without g, of C, shared by energy, gradient, hvp */
    /* t_9 = C ones(n, 1) */
    spmm(w->threads, w->n, 1, &w->at_C, 1.0, 0.0, w->C, w->t, w->t_9, w->t_9);
    /* t_10 = ones(n, 1)ᵀ Cᵀ */
    transpose(w->threads, 1, w->n, 1.0, w->t_9, w->t_10);
}

FUNCTION(prepare) { /* what does not depend on g */
    NEED(4) NEED(5)
}

FUNCTION(energy) { /* E */
    NEED(4) NEED(5) NEED(0) NEED(1)
}

FUNCTION(gradient) { /* the gradient at the stored positions */
    NEED(4) NEED(5) NEED(0) NEED(2)
}

FUNCTION(hvp) { /* the Hessian applied to dG */
    NEED(4) NEED(5) NEED(0) NEED(3)
    /* dX_2 = dX  at C */
    embed(w->threads, w->nnz_C, &w->place_X_in_C, 1.0, w->dX, w->dX_2);
    /* t_24 = (t ↦ t^(−2)).[X] ∘ C ∘ dX  at C */
    multiply(w->threads, w->nnz_C, w->t_23, w->dX_2, w->t_24);
    /* t_25 = (t ↦ t^(−2)).[X] ∘ C ∘ dX  at X */
    embed(w->threads, w->nnz_X, &w->place_C_in_X, 1.0, w->t_24, w->t_25);
    /* t_27 = dX ones(n, 1) */
    spmm(w->threads, w->n, 1, &w->at_X, 1.0, 0.0, w->dX, w->t, w->t_27, w->t_27);
    /* t_28 = ones(n, 1)ᵀ dX */
    transpose(w->threads, 1, w->n, 1.0, w->t_27, w->t_28);
    /* t_30 = (1ᵀ X)^∘(−2) ∘ (1ᵀ Cᵀ) ∘ (1ᵀ dX) */
    multiply(w->threads, 1 * w->n, w->t_29, w->t_28, w->t_30);
    /* t_31 = ((1ᵀ X)^∘(−2) ∘ (1ᵀ Cᵀ) ∘ (1ᵀ dX))ᵀ */
    transpose(w->threads, w->n, 1, 1.0, w->t_30, w->t_31);
    /* t_32 = ((1ᵀ X)^∘(−2) ∘ (1ᵀ Cᵀ) ∘ (1ᵀ dX))ᵀ ones(n, 1)ᵀ  at X */
    sddmm(w->threads, w->n, 1, &w->at_X, w->t_31, w->t, w->t_32);
    /* hvp_X = ((t ↦ t^(−2)).[X] ∘ C ∘ dX − ((X 1)^∘(−2) ∘ (C 1) ∘ (dX 1)) 1ᵀ)  at X */
    linear_2(w->threads, w->nnz_X, 1.0, w->t_25, -1.0, w->t_32, w->hvp_X);
}

