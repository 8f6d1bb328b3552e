/* Factors of the matrices of the problem ilu.
 *
 * plan 24ce2db28366
 * floating-point operations at the sizes it was planned for: hessian_matrix 1.55e+05, hessian_row 7.68e+04, hessian_column 5.72e+04, hessian_diagonal 1.14e+05, jacobian_matrix 1.95e+04, gauss_newton_matrix 3.9e+04, gauss_newton_row 7.68e+04, gauss_newton_column 5.72e+04, gauss_newton_diagonal 1.14e+05
 * workspace: 8 (n + 4 nnz(A) + 3 nnz(Aᵀ) + 2 nnz(L) + nnz(Lᵀ) + nnz(Lᵀ·A) + 2 nnz(U) + nnz(U·Aᵀ) + nnz(Uᵀ)) bytes
 *
 * Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines ilu
 */
#include "kernels.h"

/* Where one model keeps its numbers: members of eight bytes each, filled by the runtime. */
typedef struct {
    real *A, *L, *U, *W_f, *eye, *t, *scale, *scale_2, *Ut, *LU, *t_2, *t_3, *Lt, *t_4, *t_5, *t_6;
    real *t_7, *t_8, *t_9, *t_10;
    pair_table pairs_t_6, pairs_t_8, pairs_t_9, pairs_t_10, pairs_LU;
    place_table place_U_T_in_Ut, place_L_T_in_Lt, place_A_T_in_At;
    int64_t n, nnz_Ut, nnz_L, nnz_U, nnz_Lt, nnz_LtA, nnz_UAt, nnz_A, nnz_At, nnz_pattern8;
    uint8_t *done;
    const struct nzdiff_solvers *solvers;
    int threads;
} nzdiff_workspace;

STAGE(0) { /* shared by hessian_matrix, hessian_row, jacobian_matrix, gauss_newton_matrix, gauss_newton_row */
    /* Ut = Uᵀ  at Uᵀ */
    embed(w->threads, w->nnz_Ut, &w->place_U_T_in_Ut, 1.0, w->U, w->Ut);
}

STAGE(1) { /* shared by hessian_row, hessian_diagonal, gauss_newton_row, gauss_newton_diagonal */
    /* t_5 = L ∘ L  at L */
    multiply(w->threads, w->nnz_L, w->L, w->L, w->t_5);
}

STAGE(2) { /* shared by hessian_column, hessian_diagonal, gauss_newton_column, gauss_newton_diagonal */
    /* t_7 = U ∘ U  at U */
    multiply(w->threads, w->nnz_U, w->U, w->U, w->t_7);
}

STAGE(3) { /* shared by hessian_matrix, gauss_newton_matrix */
    /* Lt = Lᵀ  at Lᵀ */
    embed(w->threads, w->nnz_Lt, &w->place_L_T_in_Lt, 1.0, w->L, w->Lt);
}

STAGE(4) { /* shared by hessian_row, gauss_newton_row */
    /* t_6 = (L ∘ L)ᵀ [A ≠ 0]  at Lᵀ·A */
    sparse_product(w->threads, w->nnz_LtA, &w->pairs_t_6, w->t_5, w->t, w->t_6);
}

STAGE(5) { /* shared by hessian_column, gauss_newton_column */
    /* t_8 = U ∘ U [A ≠ 0]ᵀ  at U·Aᵀ */
    sparse_product(w->threads, w->nnz_UAt, &w->pairs_t_8, w->t_7, w->t, w->t_8);
}

STAGE(6) { /* shared by hessian_diagonal, gauss_newton_diagonal */
    /* t_9 = [A ≠ 0] (U ∘ U)ᵀ  at L */
    sparse_product(w->threads, w->nnz_L, &w->pairs_t_9, w->t, w->t_7, w->t_9);
    /* t_10 = (L ∘ L)ᵀ [A ≠ 0]  at U */
    sparse_product(w->threads, w->nnz_U, &w->pairs_t_10, w->t_5, w->t, w->t_10);
}

STAGE(7) { /* shared by hessian_matrix */
    /* LU = L U  at A */
    sparse_product(w->threads, w->nnz_A, &w->pairs_LU, w->L, w->U, w->LU);
    /* t_2 = (L U − A)  at A */
    linear_2(w->threads, w->nnz_A, -1.0, w->A, 1.0, w->LU, w->t_2);
    /* t_3 = (L U − A) ∘ [A ≠ 0]  at A */
    multiply(w->threads, w->nnz_A, w->t_2, w->t, w->t_3);
    /* t_4 = ([A ≠ 0] ∘ f)ᵀ  at Aᵀ */
    embed(w->threads, w->nnz_At, &w->place_A_T_in_At, 1.0, w->t_3, w->t_4);
}

STAGE(8) { /* without g, shared by hessian_matrix, hessian_row, hessian_column, hessian_diagonal, jacobian_matrix, gauss_newton_matrix, gauss_newton_row, gauss_newton_column, gauss_newton_diagonal */
    /* t = [A ≠ 0]  at A */
    fill(w->threads, w->nnz_A, 1.0, w->t);
}

STAGE(9) { /* without g, shared by hessian_matrix, hessian_row, hessian_column, jacobian_matrix, gauss_newton_matrix, gauss_newton_row, gauss_newton_column */
    /* eye = I  at I */
    fill(w->threads, w->nnz_pattern8, 1.0, w->eye);
}

STAGE(10) { /* without g, shared by hessian_column */
    /* scale = [Aᵀ ≠ 0]  at Aᵀ */
    embed(w->threads, w->nnz_At, &w->place_A_T_in_At, 1.0, w->t, w->scale);
}

STAGE(11) { /* without g, shared by gauss_newton_column */
    /* scale_2 = [Aᵀ ≠ 0]  at Aᵀ */
    embed(w->threads, w->nnz_At, &w->place_A_T_in_At, 1.0, w->t, w->scale_2);
}

FUNCTION(prepare) { /* what does not depend on g */
    NEED(8) NEED(9) NEED(10) NEED(11)
}

FUNCTION(hessian_matrix) { /* the factors of hessian_matrix */
    NEED(8) NEED(9) NEED(0) NEED(3) NEED(7)
}

FUNCTION(hessian_row) { /* the factors of hessian_row */
    NEED(8) NEED(9) NEED(0) NEED(1) NEED(4)
}

FUNCTION(hessian_column) { /* the factors of hessian_column */
    NEED(8) NEED(9) NEED(10) NEED(2) NEED(5)
}

FUNCTION(hessian_diagonal) { /* the factors of hessian_diagonal */
    NEED(8) NEED(1) NEED(2) NEED(6)
}

FUNCTION(jacobian_matrix) { /* the factors of jacobian_matrix */
    NEED(8) NEED(9) NEED(0)
}

FUNCTION(gauss_newton_matrix) { /* the factors of gauss_newton_matrix */
    NEED(8) NEED(9) NEED(0) NEED(3)
}

FUNCTION(gauss_newton_row) { /* the factors of gauss_newton_row */
    NEED(8) NEED(9) NEED(0) NEED(1) NEED(4)
}

FUNCTION(gauss_newton_column) { /* the factors of gauss_newton_column */
    NEED(8) NEED(9) NEED(11) NEED(2) NEED(5)
}

FUNCTION(gauss_newton_diagonal) { /* the factors of gauss_newton_diagonal */
    NEED(8) NEED(1) NEED(2) NEED(6)
}

