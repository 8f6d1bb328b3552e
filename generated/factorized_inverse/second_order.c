/* Factors of the matrices of the problem factorized_inverse.
 *
 * plan 9f8dc92d28b3
 * floating-point operations at the sizes it was planned for: hessian_matrix 4.35e+04, hessian_row 4.35e+04, hessian_column 4.35e+04, hessian_diagonal 4.35e+04
 * workspace: 8 (2 1·n + 3 n + nnz(L·Lᵀ) + nnz(Lᵀ·L) + 5 n·1) bytes
 *
 * Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines factorized_inverse
 */
#include "kernels.h"

/* Where one model keeps its numbers: members of eight bytes each, filled by the runtime. */
typedef struct {
    real *A, *L, *eye, *A_2, *I_2, *A_3, *L_2, *t, *t_2, *t_3, *weight, *weight_2, *weight_3;
    real *weight_4;
    place_table place_L_in_pattern0, place_A_in_pattern0, place_pattern0_in_LtL, place_A_in_LLt;
    int64_t n, nnz_pattern0, nnz_LtL, nnz_LLt;
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
    /* L_2 = L  at I */
    embed(w->threads, w->nnz_pattern0, &w->place_L_in_pattern0, 1.0, w->L, w->L_2);
    /* t = diagonal(L) */
    linear_1(w->threads, w->n * 1, 1.0, w->L_2, w->t);
    /* t_2 = diagonal(L)ᵀ */
    transpose(w->threads, 1, w->n, 1.0, w->t, w->t_2);
    /* t_3 = (diagonal(L)ᵀ)^∘(−2) */
    map_0(w->threads, 1 * w->n, w->t_2, w->t_3);
}

STAGE(1) { /* shared by hessian_matrix */
    /* weight = diagonal(L)^∘(−2) */
    transpose(w->threads, w->n, 1, 1.0, w->t_3, w->weight);
}

STAGE(2) { /* shared by hessian_row */
    /* weight_2 = diagonal(L)^∘(−2) */
    transpose(w->threads, w->n, 1, 1.0, w->t_3, w->weight_2);
}

STAGE(3) { /* shared by hessian_column */
    /* weight_3 = diagonal(L)^∘(−2) */
    transpose(w->threads, w->n, 1, 1.0, w->t_3, w->weight_3);
}

STAGE(4) { /* shared by hessian_diagonal */
    /* weight_4 = diagonal(L)^∘(−2) */
    transpose(w->threads, w->n, 1, 1.0, w->t_3, w->weight_4);
}

STAGE(5) { /* without g, shared by hessian_matrix, hessian_row, hessian_column, hessian_diagonal */
    /* eye = I  at I */
    fill(w->threads, w->nnz_pattern0, 1.0, w->eye);
}

STAGE(6) { /* without g, of A, shared by hessian_row, hessian_diagonal */
    /* A_2 = A  at I */
    embed(w->threads, w->nnz_pattern0, &w->place_A_in_pattern0, 1.0, w->A, w->A_2);
}

STAGE(7) { /* without g, shared by hessian_row */
    /* I_2 = I  at Lᵀ·L */
    embed(w->threads, w->nnz_LtL, &w->place_pattern0_in_LtL, 1.0, w->eye, w->I_2);
}

STAGE(8) { /* without g, of A, shared by hessian_column */
    /* A_3 = A  at L·Lᵀ */
    embed(w->threads, w->nnz_LLt, &w->place_A_in_LLt, 1.0, w->A, w->A_3);
}

FUNCTION(prepare) { /* what does not depend on g */
    NEED(5) NEED(6) NEED(7) NEED(8)
}

FUNCTION(hessian_matrix) { /* the factors of hessian_matrix */
    NEED(5) NEED(0) NEED(1)
}

FUNCTION(hessian_row) { /* the factors of hessian_row */
    NEED(5) NEED(6) NEED(7) NEED(0) NEED(2)
}

FUNCTION(hessian_column) { /* the factors of hessian_column */
    NEED(5) NEED(8) NEED(0) NEED(3)
}

FUNCTION(hessian_diagonal) { /* the factors of hessian_diagonal */
    NEED(5) NEED(6) NEED(0) NEED(4)
}

