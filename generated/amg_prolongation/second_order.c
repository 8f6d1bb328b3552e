/* Factors of the matrices of the problem amg_prolongation.
 *
 * plan a27157ee4f4b
 * floating-point operations at the sizes it was planned for: hessian_matrix 0, hessian_row 0, hessian_column 0, hessian_diagonal 0
 * workspace: 8 (m + n + nnz(P·Pᵀ) + nnz(Pᵀ·P)) bytes
 *
 * Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines amg_prolongation
 */
#include "kernels.h"

/* Where one model keeps its numbers: members of eight bytes each, filled by the runtime. */
typedef struct {
    real *A, *P, *eye, *A_2, *I_2, *A_3;
    place_table place_A_in_pattern1, place_pattern0_in_PtP, place_A_in_PPt;
    int64_t m, n, nnz_pattern0, nnz_pattern1, nnz_PtP, nnz_PPt;
    uint8_t *done;
    const struct nzdiff_solvers *solvers;
    int threads;
} nzdiff_workspace;

STAGE(0) { /* without g, shared by hessian_matrix, hessian_row, hessian_column, hessian_diagonal */
    /* eye = I  at I */
    fill(w->threads, w->nnz_pattern0, 1.0, w->eye);
}

STAGE(1) { /* without g, of A, shared by hessian_row, hessian_diagonal */
    /* A_2 = A  at I */
    embed(w->threads, w->nnz_pattern1, &w->place_A_in_pattern1, 1.0, w->A, w->A_2);
}

STAGE(2) { /* without g, shared by hessian_row */
    /* I_2 = I  at Pᵀ·P */
    embed(w->threads, w->nnz_PtP, &w->place_pattern0_in_PtP, 1.0, w->eye, w->I_2);
}

STAGE(3) { /* without g, of A, shared by hessian_column */
    /* A_3 = A  at P·Pᵀ */
    embed(w->threads, w->nnz_PPt, &w->place_A_in_PPt, 1.0, w->A, w->A_3);
}

FUNCTION(prepare) { /* what does not depend on g */
    NEED(0) NEED(1) NEED(2) NEED(3)
}

FUNCTION(hessian_matrix) { /* the factors of hessian_matrix */
    NEED(0)
}

FUNCTION(hessian_row) { /* the factors of hessian_row */
    NEED(0) NEED(1) NEED(2)
}

FUNCTION(hessian_column) { /* the factors of hessian_column */
    NEED(0) NEED(3)
}

FUNCTION(hessian_diagonal) { /* the factors of hessian_diagonal */
    NEED(0) NEED(1)
}

