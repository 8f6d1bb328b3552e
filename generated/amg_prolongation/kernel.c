/* Kernels of the problem amg_prolongation.
 *
 * E = tr(Pᵀ A P)
 * dE/dP = 2 A P  at the stored positions
 * plan a558c15a90fd
 * floating-point operations at the sizes it was planned for: energy 8.63e+04, gradient 8.63e+04, hvp 8.63e+04
 * workspace: 8 (4 nnz(P) + 2) bytes
 *
 * Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines amg_prolongation
 */
#include "kernels.h"

/* Where one model keeps its numbers: members of eight bytes each, filled by the runtime. */
typedef struct {
    real *A, *P, *dP, *AP;
    double *trace_2, *energy;
    real *gradient_P, *AdP, *hvp_P;
    spread_table spread_AP;
    int64_t m, n, nnz_P;
    uint8_t *done;
    const struct nzdiff_solvers *solvers;
    int threads;
} nzdiff_workspace;

STAGE(0) { /* shared by energy, gradient */
    /* AP = A P  at P */
    product_spread(w->threads, &w->spread_AP, w->A, w->P, w->AP);
}

STAGE(1) { /* shared by energy */
    /* trace_2 = tr(Pᵀ A P) */
    inner(w->threads, w->nnz_P, w->P, w->AP, w->trace_2);
    /* energy = E */
    w->energy[0] = w->trace_2[0];
}

STAGE(2) { /* shared by gradient */
    /* gradient_P = 2 A P  at P */
    linear_1(w->threads, w->nnz_P, 2.0, w->AP, w->gradient_P);
}

FUNCTION(prepare) { /* what does not depend on g */
    (void)w;
}

FUNCTION(energy) { /* E */
    NEED(0) NEED(1)
}

FUNCTION(gradient) { /* the gradient at the stored positions */
    NEED(0) NEED(2)
}

FUNCTION(hvp) { /* the Hessian applied to dG */
    /* AdP = A dP  at P */
    product_spread(w->threads, &w->spread_AP, w->A, w->dP, w->AdP);
    /* hvp_P = 2 A dP  at P */
    linear_1(w->threads, w->nnz_P, 2.0, w->AdP, w->hvp_P);
}

