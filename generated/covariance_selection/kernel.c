/* Kernels of the problem covariance_selection.
 *
 * E = tr(S Theta) − log det(Theta)
 * dE/dTheta = S − Theta⁻¹  at the stored positions
 * plan 6ba121763130
 * floating-point operations at the sizes it was planned for: energy 8.28e+03, gradient 2.01e+06, hvp 4.08e+06
 * workspace: 8 (2·1 + 4 nnz(Theta) + p + 4 p·p + 3) bytes
 *
 * Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines covariance_selection
 */
#include "kernels.h"

/* Where one model keeps its numbers: members of eight bytes each, filled by the runtime. */
typedef struct {
    real *S, *Theta, *dTheta, *S_2, *eye, *I_2, *factors;
    double *logdet, *trace_2, *energy;
    real *t, *t_2, *gradient_Theta, *t_3, *t_4, *t_5;
    row_table at_Theta, at_pattern1;
    int64_t p, nnz_Theta, nnz_pattern1;
    uint8_t *done;
    const struct nzdiff_solvers *solvers;
    int threads;
} nzdiff_workspace;

STAGE(0) { /* shared by energy, gradient, hvp */
    /* factors = factors of Theta */
    factor(w->solvers, 0, w->Theta, w->factors);
}

STAGE(1) { /* shared by gradient, hvp */
    /* t = Theta⁻¹ */
    solve(w->solvers, 0, 0, w->p, w->I_2, w->t);
}

STAGE(2) { /* shared by energy */
    /* logdet = log det(Theta) */
    w->logdet[0] = w->factors[0];
    /* trace_2 = tr(S Theta) */
    inner(w->threads, w->nnz_Theta, w->S_2, w->Theta, w->trace_2);
    /* energy = E */
    w->energy[0] = -1.0 * w->logdet[0] + w->trace_2[0];
}

STAGE(3) { /* shared by gradient */
    /* t_2 = Theta⁻¹  at Theta */
    sample(w->threads, w->p, &w->at_Theta, w->p, w->t, w->t_2);
    /* gradient_Theta = (S − Theta⁻¹)  at Theta */
    linear_2(w->threads, w->nnz_Theta, -1.0, w->t_2, 1.0, w->S_2, w->gradient_Theta);
}

STAGE(4) { /* without g, shared by energy, gradient */
    /* S_2 = S  at Theta */
    sample(w->threads, w->p, &w->at_Theta, w->p, w->S, w->S_2);
}

STAGE(5) { /* without g, shared by gradient, hvp */
    /* eye = I  at I */
    fill(w->threads, w->nnz_pattern1, 1.0, w->eye);
    /* I_2 = I */
    fill(w->threads, w->p * w->p, 0.0, w->I_2);
    add_scattered(w->threads, w->p, w->p, &w->at_pattern1, 1.0, w->eye, w->I_2);
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
    /* t_3 = dTheta */
    fill(w->threads, w->p * w->p, 0.0, w->t_3);
    add_scattered(w->threads, w->p, w->p, &w->at_Theta, 1.0, w->dTheta, w->t_3);
    /* t_4 = Theta⁻¹ dTheta */
    solve(w->solvers, 0, 0, w->p, w->t_3, w->t_4);
    /* t_5 = Theta⁻¹ dTheta Theta⁻¹  at Theta */
    sddmm(w->threads, w->p, w->p, &w->at_Theta, w->t, w->t_4, w->t_5);
}

