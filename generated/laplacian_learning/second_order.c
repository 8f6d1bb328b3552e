/* Factors of the matrices of the problem laplacian_learning.
 *
 * plan fe08aede95af
 * floating-point operations at the sizes it was planned for: hessian_matrix 2.35e+06, hessian_row 2.35e+06, hessian_column 2.35e+06, hessian_diagonal 2.35e+06
 * workspace: 8 (2·1 + 2 n + nnz(L·L) + 3 n·n) bytes
 *
 * Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines laplacian_learning
 */
#include "kernels.h"

/* Where one model keeps its numbers: members of eight bytes each, filled by the runtime. */
typedef struct {
    real *J, *K, *L, *eye, *I_2, *t_2, *factors, *t, *t_3, *t_4;
    row_table at_L, at_pattern1, at_LL;
    int64_t n, nnz_pattern1;
    uint8_t *done;
    const struct nzdiff_solvers *solvers;
    int threads;
} nzdiff_workspace;

STAGE(0) { /* shared by hessian_matrix, hessian_row, hessian_column, hessian_diagonal */
    /* t_2 = (J + L) */
    linear_1(w->threads, w->n * w->n, 1.0, w->J, w->t_2);
    add_scattered(w->threads, w->n, w->n, &w->at_L, 1.0, w->L, w->t_2);
    /* factors = factors of (J + L) */
    factor(w->solvers, 0, w->t_2, w->factors);
    /* t = (J + L)⁻¹ */
    solve(w->solvers, 0, 0, w->n, w->I_2, w->t);
}

STAGE(1) { /* shared by hessian_row, hessian_column, hessian_diagonal */
    /* t_3 = (J + L)⁻¹  at I */
    sample(w->threads, w->n, &w->at_pattern1, w->n, w->t, w->t_3);
}

STAGE(2) { /* shared by hessian_row, hessian_column */
    /* t_4 = (J + L)⁻¹  at L·L */
    sample(w->threads, w->n, &w->at_LL, w->n, w->t, w->t_4);
}

STAGE(3) { /* without g, shared by hessian_matrix, hessian_row, hessian_column, hessian_diagonal */
    /* eye = I  at I */
    fill(w->threads, w->nnz_pattern1, 1.0, w->eye);
    /* I_2 = I */
    fill(w->threads, w->n * w->n, 0.0, w->I_2);
    add_scattered(w->threads, w->n, w->n, &w->at_pattern1, 1.0, w->eye, w->I_2);
}

FUNCTION(prepare) { /* what does not depend on g */
    NEED(3)
}

FUNCTION(hessian_matrix) { /* the factors of hessian_matrix */
    NEED(3) NEED(0)
}

FUNCTION(hessian_row) { /* the factors of hessian_row */
    NEED(3) NEED(0) NEED(1) NEED(2)
}

FUNCTION(hessian_column) { /* the factors of hessian_column */
    NEED(3) NEED(0) NEED(1) NEED(2)
}

FUNCTION(hessian_diagonal) { /* the factors of hessian_diagonal */
    NEED(3) NEED(0) NEED(1)
}

