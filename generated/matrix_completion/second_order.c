/* Factors of the matrices of the problem matrix_completion.
 *
 * plan 6ecfe2309d9d
 * floating-point operations at the sizes it was planned for: hessian_matrix 1.92e+05, hessian_row 0, hessian_column 2.85e+05, hessian_diagonal 2.25e+05, jacobian_matrix 0, gauss_newton_matrix 6e+04, gauss_newton_row 0, gauss_newton_column 2.85e+05, gauss_newton_diagonal 2.25e+05
 * workspace: 8 (m + 2 m·r + n + 4 nnz(R) + 7 nnz(Rᵀ) + nnz(U·Uᵀ) + nnz(Uᵀ·U) + nnz(V·Vᵀ) + nnz(Vᵀ·V) + 2 n·r + r + 3 r·m + 3 r·n) bytes
 *
 * Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines matrix_completion
 */
#include "kernels.h"

/* Where one model keeps its numbers: members of eight bytes each, filled by the runtime. */
typedef struct {
    real *R, *U, *V, *W_f_1, *W_f_2, *W_f_3, *eye, *t, *eye_2, *eye_3, *weight, *weight_2, *I_2;
    real *scale, *I_3, *I_4, *I_5, *weight_3, *weight_4, *scale_4, *Vt, *UVt, *t_2, *t_3, *Ut, *t_4;
    real *t_5, *t_6, *scale_2, *t_7, *t_8, *scale_3, *scale_5, *scale_6;
    place_table place_R_T_in_Rt, place_pattern3_in_UtU, place_pattern3_in_VtV;
    place_table place_pattern2_in_UUt, place_pattern4_in_VVt;
    row_table at_R, at_R_T;
    int64_t m, n, r, nnz_R, nnz_Rt, nnz_pattern2, nnz_pattern3, nnz_pattern4, nnz_UtU, nnz_VtV;
    int64_t nnz_UUt, nnz_VVt;
    double c;
    uint8_t *done;
    const struct nzdiff_solvers *solvers;
    int threads;
} nzdiff_workspace;

STAGE(0) { /* shared by hessian_column, hessian_diagonal, gauss_newton_column, gauss_newton_diagonal */
    /* t_5 = V ∘ V */
    multiply(w->threads, w->m * w->r, w->V, w->V, w->t_5);
    /* t_6 = [R ≠ 0] V ∘ V */
    spmm(w->threads, w->n, w->r, &w->at_R, 1.0, 0.0, w->t, w->t_5, w->t_6, w->t_6);
    /* t_7 = U ∘ U */
    multiply(w->threads, w->n * w->r, w->U, w->U, w->t_7);
    /* t_8 = [R ≠ 0]ᵀ U ∘ U */
    spmm_transposed(w->threads, w->m, w->r, &w->at_R_T, 1.0, 0.0, w->t, w->t_7, w->t_8, w->t_8);
}

STAGE(1) { /* shared by hessian_matrix, gauss_newton_matrix */
    /* Vt = Vᵀ */
    transpose(w->threads, w->r, w->m, 1.0, w->V, w->Vt);
    /* Ut = Uᵀ */
    transpose(w->threads, w->r, w->n, 1.0, w->U, w->Ut);
}

STAGE(2) { /* shared by hessian_matrix */
    /* UVt = U Vᵀ  at R */
    sddmm(w->threads, w->n, w->r, &w->at_R, w->U, w->V, w->UVt);
    /* t_2 = (U Vᵀ − R)  at R */
    linear_2(w->threads, w->nnz_R, -1.0, w->R, 1.0, w->UVt, w->t_2);
    /* t_3 = (U Vᵀ − R) ∘ [R ≠ 0]  at R */
    multiply(w->threads, w->nnz_R, w->t_2, w->t, w->t_3);
    /* t_4 = ([R ≠ 0] ∘ f_3)ᵀ  at Rᵀ */
    embed(w->threads, w->nnz_Rt, &w->place_R_T_in_Rt, 1.0, w->t_3, w->t_4);
}

STAGE(3) { /* shared by hessian_column */
    /* scale_2 = (Vᵀ ∘ Vᵀ) [Rᵀ ≠ 0] */
    transpose(w->threads, w->r, w->n, 1.0, w->t_6, w->scale_2);
    /* scale_3 = (Uᵀ ∘ Uᵀ) [R ≠ 0] */
    transpose(w->threads, w->r, w->m, 1.0, w->t_8, w->scale_3);
}

STAGE(4) { /* shared by gauss_newton_column */
    /* scale_5 = (Vᵀ ∘ Vᵀ) [Rᵀ ≠ 0] */
    transpose(w->threads, w->r, w->n, 1.0, w->t_6, w->scale_5);
    /* scale_6 = (Uᵀ ∘ Uᵀ) [R ≠ 0] */
    transpose(w->threads, w->r, w->m, 1.0, w->t_8, w->scale_6);
}

STAGE(5) { /* without g, shared by hessian_matrix, hessian_row, hessian_column, hessian_diagonal, jacobian_matrix, gauss_newton_matrix, gauss_newton_row, gauss_newton_column, gauss_newton_diagonal */
    /* eye = I  at I */
    fill(w->threads, w->nnz_pattern2, 1.0, w->eye);
    /* t = [R ≠ 0]  at R */
    fill(w->threads, w->nnz_R, 1.0, w->t);
    /* eye_2 = I  at I */
    fill(w->threads, w->nnz_pattern3, 1.0, w->eye_2);
    /* eye_3 = I  at I */
    fill(w->threads, w->nnz_pattern4, 1.0, w->eye_3);
}

STAGE(6) { /* without g, shared by hessian_row, gauss_newton_row */
    /* I_2 = I  at Uᵀ·U */
    embed(w->threads, w->nnz_UtU, &w->place_pattern3_in_UtU, 1.0, w->eye_2, w->I_2);
    /* I_3 = I  at Vᵀ·V */
    embed(w->threads, w->nnz_VtV, &w->place_pattern3_in_VtV, 1.0, w->eye_2, w->I_3);
}

STAGE(7) { /* without g, shared by hessian_column, gauss_newton_column */
    /* I_4 = I  at U·Uᵀ */
    embed(w->threads, w->nnz_UUt, &w->place_pattern2_in_UUt, 1.0, w->eye, w->I_4);
    /* I_5 = I  at V·Vᵀ */
    embed(w->threads, w->nnz_VVt, &w->place_pattern4_in_VVt, 1.0, w->eye_3, w->I_5);
}

STAGE(8) { /* without g, shared by hessian_matrix */
    /* weight = [Rᵀ ≠ 0]  at Rᵀ */
    embed(w->threads, w->nnz_Rt, &w->place_R_T_in_Rt, 1.0, w->t, w->weight);
    /* weight_2 = [Rᵀ ≠ 0]  at Rᵀ */
    embed(w->threads, w->nnz_Rt, &w->place_R_T_in_Rt, 1.0, w->t, w->weight_2);
}

STAGE(9) { /* without g, shared by hessian_row */
    /* scale = [Rᵀ ≠ 0]  at Rᵀ */
    embed(w->threads, w->nnz_Rt, &w->place_R_T_in_Rt, 1.0, w->t, w->scale);
}

STAGE(10) { /* without g, shared by gauss_newton_matrix */
    /* weight_3 = [Rᵀ ≠ 0]  at Rᵀ */
    embed(w->threads, w->nnz_Rt, &w->place_R_T_in_Rt, 1.0, w->t, w->weight_3);
    /* weight_4 = [Rᵀ ≠ 0]  at Rᵀ */
    embed(w->threads, w->nnz_Rt, &w->place_R_T_in_Rt, 1.0, w->t, w->weight_4);
}

STAGE(11) { /* without g, shared by gauss_newton_row */
    /* scale_4 = [Rᵀ ≠ 0]  at Rᵀ */
    embed(w->threads, w->nnz_Rt, &w->place_R_T_in_Rt, 1.0, w->t, w->scale_4);
}

FUNCTION(prepare) { /* what does not depend on g */
    NEED(5) NEED(6) NEED(7) NEED(8) NEED(9) NEED(10) NEED(11)
}

FUNCTION(hessian_matrix) { /* the factors of hessian_matrix */
    NEED(5) NEED(8) NEED(1) NEED(2)
}

FUNCTION(hessian_row) { /* the factors of hessian_row */
    NEED(5) NEED(6) NEED(9)
}

FUNCTION(hessian_column) { /* the factors of hessian_column */
    NEED(5) NEED(7) NEED(0) NEED(3)
}

FUNCTION(hessian_diagonal) { /* the factors of hessian_diagonal */
    NEED(5) NEED(0)
}

FUNCTION(jacobian_matrix) { /* the factors of jacobian_matrix */
    NEED(5)
}

FUNCTION(gauss_newton_matrix) { /* the factors of gauss_newton_matrix */
    NEED(5) NEED(10) NEED(1)
}

FUNCTION(gauss_newton_row) { /* the factors of gauss_newton_row */
    NEED(5) NEED(6) NEED(11)
}

FUNCTION(gauss_newton_column) { /* the factors of gauss_newton_column */
    NEED(5) NEED(7) NEED(0) NEED(4)
}

FUNCTION(gauss_newton_diagonal) { /* the factors of gauss_newton_diagonal */
    NEED(5) NEED(0)
}

