/* Kernels of the problem laplacian_learning.
 *
 * E = tr(K L) − log det(J + L)
 * dE/dL = K − (J + L)⁻¹  at the stored positions
 * plan 84e9b475385e
 * floating-point operations at the sizes it was planned for: energy 3.55e+05, gradient 2.36e+06, hvp 4.43e+06
 * workspace: 8 (2·1 + n + 4 nnz(L) + 5 n·n + 3) bytes
 *
 * Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines laplacian_learning
 */
#include "kernels.h"

/* Where one model keeps its numbers: members of eight bytes each, filled by the runtime. */
typedef struct {
    real *J, *K, *L, *dL, *K_2, *eye, *I_2, *t, *factors;
    double *logdet, *trace_2, *energy;
    real *t_2, *t_3, *gradient_L, *dL_2, *t_4, *t_5;
    row_table at_L, at_pattern1;
    int64_t n, nnz_L, nnz_pattern1;
    uint8_t *done;
    const struct nzdiff_solvers *solvers;
    int threads;
} nzdiff_workspace;

STAGE(0) { /* shared by energy, gradient, hvp */
    /* t = (J + L) */
    linear_1(w->threads, w->n * w->n, 1.0, w->J, w->t);
    add_scattered(w->threads, w->n, w->n, &w->at_L, 1.0, w->L, w->t);
    /* factors = factors of (J + L) */
    factor(w->solvers, 0, w->t, w->factors);
}

STAGE(1) { /* shared by gradient, hvp */
    /* t_2 = (J + L)⁻¹ */
    solve(w->solvers, 0, 0, w->n, w->I_2, w->t_2);
}

STAGE(2) { /* shared by energy */
    /* logdet = log det(J + L) */
    w->logdet[0] = w->factors[0];
    /* trace_2 = tr(K L) */
    inner(w->threads, w->nnz_L, w->K_2, w->L, w->trace_2);
    /* energy = E */
    w->energy[0] = -1.0 * w->logdet[0] + w->trace_2[0];
}

STAGE(3) { /* shared by gradient */
    /* t_3 = (J + L)⁻¹  at L */
    sample(w->threads, w->n, &w->at_L, w->n, w->t_2, w->t_3);
    /* gradient_L = (K − (J + L)⁻¹)  at L */
    linear_2(w->threads, w->nnz_L, -1.0, w->t_3, 1.0, w->K_2, w->gradient_L);
}

STAGE(4) { /* without g, of K, shared by energy, gradient */
    /* K_2 = K  at L */
    sample(w->threads, w->n, &w->at_L, w->n, w->K, w->K_2);
}

STAGE(5) { /* without g, shared by gradient, hvp */
    /* eye = I  at I */
    fill(w->threads, w->nnz_pattern1, 1.0, w->eye);
    /* I_2 = I */
    fill(w->threads, w->n * w->n, 0.0, w->I_2);
    add_scattered(w->threads, w->n, w->n, &w->at_pattern1, 1.0, w->eye, w->I_2);
}

FUNCTION(prepare) { /* what does not depend on g */
    NEED(4) NEED(5)
}

FUNCTION(energy) { /* E */
    NEED(4) NEED(0) NEED(2)
}

FUNCTION(gradient) { /* the gradient at the stored positions */
    NEED(4) NEED(5) NEED(0) NEED(1) NEED(3)
}

FUNCTION(hvp) { /* the Hessian applied to dG */
    NEED(5) NEED(0) NEED(1)
    /* dL_2 = dL */
    fill(w->threads, w->n * w->n, 0.0, w->dL_2);
    add_scattered(w->threads, w->n, w->n, &w->at_L, 1.0, w->dL, w->dL_2);
    /* t_4 = (J + L)⁻¹ dL */
    solve(w->solvers, 0, 0, w->n, w->dL_2, w->t_4);
    /* t_5 = (J + L)⁻¹ dL (J + L)⁻¹  at L */
    sddmm(w->threads, w->n, w->n, &w->at_L, w->t_2, w->t_4, w->t_5);
}

