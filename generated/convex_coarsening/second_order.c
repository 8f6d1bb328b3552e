/* Factors of the matrices of the problem convex_coarsening.
 *
 * plan efc6add556b1
 * floating-point operations at the sizes it was planned for: hessian_matrix 0, hessian_row 0, hessian_column 0, hessian_diagonal 0, jacobian_matrix 0, gauss_newton_matrix 0, gauss_newton_row 0, gauss_newton_column 0, gauss_newton_diagonal 0
 * workspace: 8 (k·m + 2 m + 2 nnz(S·S)) bytes
 *
 * Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines convex_coarsening
 */
#include "kernels.h"

/* Where one model keeps its numbers: members of eight bytes each, filled by the runtime. */
typedef struct {
    real *B, *S, *X, *Y, *W_f, *YY, *BBt, *YY_2, *BBt_2, *Bt;
    pair_table pairs_YY, pairs_YY_2;
    row_table at_SS, at_pattern0;
    int64_t k, m, nnz_pattern0, nnz_SS;
    uint8_t *done;
    const struct nzdiff_solvers *solvers;
    int threads;
} nzdiff_workspace;

STAGE(0) { /* without g, of Y, shared by hessian_matrix, hessian_row, hessian_diagonal, gauss_newton_matrix, gauss_newton_row, gauss_newton_diagonal */
    /* YY = Y Y  at I */
    sparse_product(w->threads, w->nnz_pattern0, &w->pairs_YY, w->Y, w->Y, w->YY);
}

STAGE(1) { /* without g, of B, shared by hessian_matrix, hessian_row, gauss_newton_matrix, gauss_newton_row */
    /* BBt = B Bᵀ  at S·S */
    sddmm(w->threads, w->m, w->k, &w->at_SS, w->B, w->B, w->BBt);
}

STAGE(2) { /* without g, of B, shared by hessian_column, hessian_diagonal, gauss_newton_column, gauss_newton_diagonal */
    /* BBt_2 = B Bᵀ  at I */
    sddmm(w->threads, w->m, w->k, &w->at_pattern0, w->B, w->B, w->BBt_2);
}

STAGE(3) { /* without g, of Y, shared by hessian_column, gauss_newton_column */
    /* YY_2 = Y Y  at S·S */
    sparse_product(w->threads, w->nnz_SS, &w->pairs_YY_2, w->Y, w->Y, w->YY_2);
}

STAGE(4) { /* without g, of B, shared by jacobian_matrix */
    /* Bt = Bᵀ */
    transpose(w->threads, w->k, w->m, 1.0, w->B, w->Bt);
}

FUNCTION(prepare) { /* what does not depend on g */
    NEED(0) NEED(1) NEED(2) NEED(3) NEED(4)
}

FUNCTION(hessian_matrix) { /* the factors of hessian_matrix */
    NEED(0) NEED(1)
}

FUNCTION(hessian_row) { /* the factors of hessian_row */
    NEED(0) NEED(1)
}

FUNCTION(hessian_column) { /* the factors of hessian_column */
    NEED(2) NEED(3)
}

FUNCTION(hessian_diagonal) { /* the factors of hessian_diagonal */
    NEED(0) NEED(2)
}

FUNCTION(jacobian_matrix) { /* the factors of jacobian_matrix */
    NEED(4)
}

FUNCTION(gauss_newton_matrix) { /* the factors of gauss_newton_matrix */
    NEED(0) NEED(1)
}

FUNCTION(gauss_newton_row) { /* the factors of gauss_newton_row */
    NEED(0) NEED(1)
}

FUNCTION(gauss_newton_column) { /* the factors of gauss_newton_column */
    NEED(2) NEED(3)
}

FUNCTION(gauss_newton_diagonal) { /* the factors of gauss_newton_diagonal */
    NEED(0) NEED(2)
}

