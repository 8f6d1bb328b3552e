/* Factors of the matrices of the problem reversible_markov.
 *
 * plan b6680c302632
 * floating-point operations at the sizes it was planned for: hessian_matrix 3.15e+04, hessian_row 3.15e+04, hessian_column 3.35e+04, hessian_diagonal 3.15e+04
 * workspace: 8 (4 1·n + 2 n + 2 nnz(C) + 2 nnz(X) + 2 nnz(X·X) + 4 n·1) bytes
 *
 * Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines reversible_markov
 */
#include "kernels.h"

/* Where one model keeps its numbers: members of eight bytes each, filled by the runtime. */
typedef struct {
    real *C, *X, *t_5, *t_9, *t_10, *t_14, *t_16, *t, *t_2, *t_3, *t_4, *t_6, *t_7, *t_8, *t_11;
    real *t_12, *t_13, *t_15;
    place_table place_X_in_C, place_C_in_X, place_pattern2_in_XX;
    row_table at_X, at_C, at_XX, at_pattern2;
    int64_t n, nnz_X, nnz_C, nnz_pattern2, nnz_XX;
    uint8_t *done;
    const struct nzdiff_solvers *solvers;
    int threads;
} nzdiff_workspace;

/* out[t] = t^(−2) of a[t] */
static void map_0(int threads, int64_t count, const real *restrict a,
                  real *restrict out)
{
    PARALLEL_ROWS
    for (int64_t t = 0; t < count; t++) {
        const real x = a[t];
        out[t] = (real)(pow(x, -2));
    }
}

STAGE(0) { /* shared by hessian_matrix, hessian_row, hessian_column, hessian_diagonal */
    /* t = (t ↦ t^(−2)).[X]  at X */
    map_0(w->threads, w->nnz_X, w->X, w->t);
    /* t_2 = (t ↦ t^(−2)).[X]  at C */
    embed(w->threads, w->nnz_C, &w->place_X_in_C, 1.0, w->t, w->t_2);
    /* t_3 = (t ↦ t^(−2)).[X] ∘ C  at C */
    multiply(w->threads, w->nnz_C, w->t_2, w->C, w->t_3);
    /* t_4 = (t ↦ t^(−2)).[X] ∘ C  at X */
    embed(w->threads, w->nnz_X, &w->place_C_in_X, 1.0, w->t_3, w->t_4);
    /* t_6 = X ones(n, 1) */
    spmm(w->threads, w->n, 1, &w->at_X, 1.0, 0.0, w->X, w->t_5, w->t_6, w->t_6);
    /* t_7 = ones(n, 1)ᵀ X */
    transpose(w->threads, 1, w->n, 1.0, w->t_6, w->t_7);
    /* t_8 = (1ᵀ X)^∘(−2) */
    map_0(w->threads, 1 * w->n, w->t_7, w->t_8);
    /* t_11 = (1ᵀ X)^∘(−2) ∘ (1ᵀ Cᵀ) */
    multiply(w->threads, 1 * w->n, w->t_8, w->t_10, w->t_11);
    /* t_12 = ((1ᵀ X)^∘(−2) ∘ (1ᵀ Cᵀ))ᵀ */
    transpose(w->threads, w->n, 1, 1.0, w->t_11, w->t_12);
    /* t_13 = diag((X 1)^∘(−2) ∘ (C 1))  at I */
    linear_1(w->threads, w->nnz_pattern2, 1.0, w->t_12, w->t_13);
}

STAGE(1) { /* shared by hessian_column */
    /* t_15 = diag((X 1)^∘(−2) ∘ (C 1))  at X·X */
    embed(w->threads, w->nnz_XX, &w->place_pattern2_in_XX, 1.0, w->t_13, w->t_15);
}

STAGE(2) { /* without g, shared by hessian_matrix, hessian_row, hessian_column, hessian_diagonal */
    /* t_5 = ones(n, 1) */
    fill(w->threads, w->n * 1, 1.0, w->t_5);
}

STAGE(3) { /* without g, of C, shared by hessian_matrix, hessian_row, hessian_column, hessian_diagonal */
    /* t_9 = C ones(n, 1) */
    spmm(w->threads, w->n, 1, &w->at_C, 1.0, 0.0, w->C, w->t_5, w->t_9, w->t_9);
    /* t_10 = ones(n, 1)ᵀ Cᵀ */
    transpose(w->threads, 1, w->n, 1.0, w->t_9, w->t_10);
}

STAGE(4) { /* without g, shared by hessian_matrix, hessian_row */
    /* t_14 = ones(n, 1) ones(n, 1)ᵀ  at X·X */
    sddmm(w->threads, w->n, 1, &w->at_XX, w->t_5, w->t_5, w->t_14);
}

STAGE(5) { /* without g, shared by hessian_column, hessian_diagonal */
    /* t_16 = ones(n, 1) ones(n, 1)ᵀ  at I */
    sddmm(w->threads, w->n, 1, &w->at_pattern2, w->t_5, w->t_5, w->t_16);
}

FUNCTION(prepare) { /* what does not depend on g */
    NEED(2) NEED(3) NEED(4) NEED(5)
}

FUNCTION(hessian_matrix) { /* the factors of hessian_matrix */
    NEED(2) NEED(3) NEED(4) NEED(0)
}

FUNCTION(hessian_row) { /* the factors of hessian_row */
    NEED(2) NEED(3) NEED(4) NEED(0)
}

FUNCTION(hessian_column) { /* the factors of hessian_column */
    NEED(2) NEED(3) NEED(5) NEED(0) NEED(1)
}

FUNCTION(hessian_diagonal) { /* the factors of hessian_diagonal */
    NEED(2) NEED(3) NEED(5) NEED(0)
}

