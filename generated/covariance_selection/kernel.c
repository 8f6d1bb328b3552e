/* Kernels of the problem covariance_selection.
 *
 * E = tr(S Theta) − log det(Theta)
 * dE/dTheta = S − Theta⁻¹  at the stored positions
 * plan e359504bd4ff
 * floating-point operations at the sizes it was planned for: energy 9.49e+04, gradient 2.53e+05, hvp 1.35e+06
 * workspace: 8 (2·1 + nnz(S) + 3 nnz(Theta) + 3) bytes
 *
 * Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines covariance_selection
 */
#include "kernels.h"

/* Where one model keeps its numbers: members of eight bytes each, filled by the runtime. */
typedef struct {
    real *S, *Theta, *dTheta, *factors;
    double *logdet;
    real *t;
    double *trace_2, *energy;
    real *t_2, *gradient_Theta, *t_3;
    place_table place_Theta_in_S, place_S_in_Theta;
    int64_t p, nnz_S, nnz_Theta;
    uint8_t *done;
    const struct nzdiff_solvers *solvers;
    int threads;
} nzdiff_workspace;

STAGE(0) { /* shared by energy, gradient, hvp */
    /* factors = factors of Theta */
    factor(w->solvers, 0, w->Theta, w->factors);
}

STAGE(1) { /* shared by energy */
    /* logdet = log det(Theta) */
    w->logdet[0] = w->factors[0];
    /* t = Theta  at S */
    embed(w->threads, w->nnz_S, &w->place_Theta_in_S, 1.0, w->Theta, w->t);
    /* trace_2 = tr(S Theta) */
    inner(w->threads, w->nnz_S, w->S, w->t, w->trace_2);
    /* energy = E */
    w->energy[0] = -1.0 * w->logdet[0] + w->trace_2[0];
}

STAGE(2) { /* shared by gradient */
    /* t_2 = Theta⁻¹  at Theta */
    select_entries(w->solvers, 0, 0, w->t_2);
    /* gradient_Theta = (S − Theta⁻¹)  at Theta */
    linear_1(w->threads, w->nnz_Theta, -1.0, w->t_2, w->gradient_Theta);
    add_embedded(w->threads, w->nnz_Theta, &w->place_S_in_Theta, 1.0, w->S, w->gradient_Theta);
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
    NEED(0)
    /* t_3 = Theta⁻¹ dTheta Theta⁻¹  at Theta */
    select_entries(w->solvers, 1, (const real *[]){w->dTheta}, w->t_3);
}

