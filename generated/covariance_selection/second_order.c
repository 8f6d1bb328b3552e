/* Factors of the matrices of the problem covariance_selection.
 *
 * plan 657619d76ddf
 * floating-point operations at the sizes it was planned for: hessian_matrix 2e+09, hessian_row 4.15e+05, hessian_column 4.15e+05, hessian_diagonal 1.19e+05
 * workspace: 8 (2·1 + nnz(Theta·Theta) + 2 p + 2 p·p) bytes
 *
 * Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines covariance_selection
 */
#include "kernels.h"

/* Where one model keeps its numbers: members of eight bytes each, filled by the runtime. */
typedef struct {
    real *S, *Theta, *eye, *I_2, *factors, *t, *t_2, *t_3;
    row_table at_pattern0;
    int64_t p, nnz_pattern0;
    uint8_t *done;
    const struct nzdiff_solvers *solvers;
    int threads;
} nzdiff_workspace;

STAGE(0) { /* shared by hessian_matrix, hessian_row, hessian_column, hessian_diagonal */
    /* factors = factors of Theta */
    factor(w->solvers, 0, w->Theta, w->factors);
}

STAGE(1) { /* shared by hessian_row, hessian_column, hessian_diagonal */
    /* t_2 = Theta⁻¹  at I */
    select_entries(w->solvers, 0, 0, w->t_2);
}

STAGE(2) { /* shared by hessian_row, hessian_column */
    /* t_3 = Theta⁻¹  at Theta·Theta */
    select_entries(w->solvers, 1, 0, w->t_3);
}

STAGE(3) { /* shared by hessian_matrix */
    /* t = Theta⁻¹ */
    solve(w->solvers, 0, 0, w->p, w->I_2, w->t);
}

STAGE(4) { /* without g, shared by hessian_matrix */
    /* eye = I  at I */
    fill(w->threads, w->nnz_pattern0, 1.0, w->eye);
    /* I_2 = I */
    fill(w->threads, w->p * w->p, 0.0, w->I_2);
    add_scattered(w->threads, w->p, w->p, &w->at_pattern0, 1.0, w->eye, w->I_2);
}

FUNCTION(prepare) { /* what does not depend on g */
    NEED(4)
}

FUNCTION(hessian_matrix) { /* the factors of hessian_matrix */
    NEED(4) NEED(0) NEED(3)
}

FUNCTION(hessian_row) { /* the factors of hessian_row */
    NEED(0) NEED(1) NEED(2)
}

FUNCTION(hessian_column) { /* the factors of hessian_column */
    NEED(0) NEED(1) NEED(2)
}

FUNCTION(hessian_diagonal) { /* the factors of hessian_diagonal */
    NEED(0) NEED(1)
}

