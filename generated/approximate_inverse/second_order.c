/* Factors of the matrices of the problem approximate_inverse.
 *
 * plan 5630943e64d8
 * floating-point operations at the sizes it was planned for: hessian_matrix 0, hessian_row 0, hessian_column 0, hessian_diagonal 0, jacobian_matrix 0, gauss_newton_matrix 0, gauss_newton_row 0, gauss_newton_column 0, gauss_newton_diagonal 0
 * workspace: 8 (2 n + nnz(Aᵀ·A) + nnz(M·Mᵀ) + nnz(Mᵀ·M)) bytes
 *
 * Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines approximate_inverse
 */
#include "kernels.h"

/* Where one model keeps its numbers: members of eight bytes each, filled by the runtime. */
typedef struct {
    real *A, *M, *W_f, *AtA, *eye, *AtA_2, *I_2, *AtA_3;
    pair_table pairs_AtA_2, pairs_AtA, pairs_AtA_3;
    place_table place_pattern0_in_MtM;
    int64_t n, nnz_pattern0, nnz_AtA, nnz_MtM, nnz_MMt;
    uint8_t *done;
    const struct nzdiff_solvers *solvers;
    int threads;
} nzdiff_workspace;

STAGE(0) { /* without g, shared by hessian_matrix, hessian_row, hessian_column, hessian_diagonal, jacobian_matrix, gauss_newton_matrix, gauss_newton_row, gauss_newton_column, gauss_newton_diagonal */
    /* eye = I  at I */
    fill(w->threads, w->nnz_pattern0, 1.0, w->eye);
}

STAGE(1) { /* without g, of A, shared by hessian_row, hessian_diagonal, gauss_newton_row, gauss_newton_diagonal */
    /* AtA_2 = Aᵀ A  at I */
    sparse_product(w->threads, w->nnz_pattern0, &w->pairs_AtA_2, w->A, w->A, w->AtA_2);
}

STAGE(2) { /* without g, of A, shared by hessian_matrix, gauss_newton_matrix */
    /* AtA = Aᵀ A  at Aᵀ·A */
    sparse_product(w->threads, w->nnz_AtA, &w->pairs_AtA, w->A, w->A, w->AtA);
}

STAGE(3) { /* without g, shared by hessian_row, gauss_newton_row */
    /* I_2 = I  at Mᵀ·M */
    embed(w->threads, w->nnz_MtM, &w->place_pattern0_in_MtM, 1.0, w->eye, w->I_2);
}

STAGE(4) { /* without g, of A, shared by hessian_column, gauss_newton_column */
    /* AtA_3 = Aᵀ A  at M·Mᵀ */
    sparse_product(w->threads, w->nnz_MMt, &w->pairs_AtA_3, w->A, w->A, w->AtA_3);
}

FUNCTION(prepare) { /* what does not depend on g */
    NEED(0) NEED(1) NEED(2) NEED(3) NEED(4)
}

FUNCTION(hessian_matrix) { /* the factors of hessian_matrix */
    NEED(0) NEED(2)
}

FUNCTION(hessian_row) { /* the factors of hessian_row */
    NEED(0) NEED(1) NEED(3)
}

FUNCTION(hessian_column) { /* the factors of hessian_column */
    NEED(0) NEED(4)
}

FUNCTION(hessian_diagonal) { /* the factors of hessian_diagonal */
    NEED(0) NEED(1)
}

FUNCTION(jacobian_matrix) { /* the factors of jacobian_matrix */
    NEED(0)
}

FUNCTION(gauss_newton_matrix) { /* the factors of gauss_newton_matrix */
    NEED(0) NEED(2)
}

FUNCTION(gauss_newton_row) { /* the factors of gauss_newton_row */
    NEED(0) NEED(1) NEED(3)
}

FUNCTION(gauss_newton_column) { /* the factors of gauss_newton_column */
    NEED(0) NEED(4)
}

FUNCTION(gauss_newton_diagonal) { /* the factors of gauss_newton_diagonal */
    NEED(0) NEED(1)
}

