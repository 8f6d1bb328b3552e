/* Kernels of the problem approximate_inverse.
 *
 * E = ‖A M − I‖²
 * f = A M − I
 * dE/dM = 2 Aᵀ f  at the stored positions
 * plan 3803021868c4
 * floating-point operations at the sizes it was planned for: energy 1.81e+05, direct_energy 1.34e+05, residual 9.49e+04, gradient 1.23e+05, jvp 4.76e+04, vjp 4.76e+04, gnvp 1.03e+05, hvp 1.03e+05
 * workspace: 8 (2 n + nnz(Aᵀ·A) + 3 nnz(I ∪ A·M) + 8 nnz(M) + nnz(alike:M in Aᵀ·A·alike:M in Aᵀ·Aᵀ·Aᵀ·A) + 13) bytes
 *
 * Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines approximate_inverse
 */
#include "kernels.h"

/* Where one model keeps its numbers: members of eight bytes each, filled by the runtime. */
typedef struct {
    real *A, *M, *dM, *W_f, *eye, *t;
    double *sumsq;
    real *AtA, *At, *AtA_2;
    double *sumsq_2;
    real *AM, *f;
    double *sumsq_f, *energy;
    real *AtAM, *t_2;
    double *trace_2, *trace_3_2, *trace_4, *sum, *sumsq_3, *scalar, *gram_energy, *gram_scale;
    double *guarded_energy;
    real *gradient_M, *AdM, *At_W_f, *AtAdM, *gnvp_M, *hvp_M;
    pair_table pairs_AtAM, pairs_AtA;
    spread_table spread_AM, spread_At_W_f;
    place_table place_pattern2_in_pattern1, place_A_T_in_M, place_pattern4_in_AtA;
    int64_t n, nnz_M, nnz_pattern1, nnz_pattern4, nnz_pattern2, nnz_AtA;
    uint8_t *done;
    const struct nzdiff_solvers *solvers;
    int threads;
} nzdiff_workspace;

EXPORT void nzdiff_direct_energy(const nzdiff_workspace *w);

STAGE(0) { /* shared by energy, gradient */
    /* AtAM = Aᵀ A M  at M */
    sparse_product(w->threads, w->nnz_M, &w->pairs_AtAM, w->AtA, w->M, w->AtAM);
}

STAGE(1) { /* shared by direct_energy, residual */
    /* AM = A M  at I ∪ A·M */
    product_spread(w->threads, &w->spread_AM, w->A, w->M, w->AM);
    /* f = (A M − I)  at I ∪ A·M */
    linear_1(w->threads, w->nnz_pattern1, 1.0, w->AM, w->f);
    add_embedded(w->threads, w->nnz_pattern1, &w->place_pattern2_in_pattern1, -1.0, w->eye, w->f);
}

STAGE(2) { /* shared by energy */
    /* t_2 = (Aᵀ A M − Aᵀ)  at M */
    linear_1(w->threads, w->nnz_M, 1.0, w->AtAM, w->t_2);
    add_embedded(w->threads, w->nnz_M, &w->place_A_T_in_M, -1.0, w->A, w->t_2);
    /* trace_2 = tr(Mᵀ (Aᵀ A M − Aᵀ)) */
    inner(w->threads, w->nnz_M, w->M, w->t_2, w->trace_2);
    /* trace_3_2 = tr(Mᵀ Aᵀ) */
    inner(w->threads, w->nnz_M, w->M, w->At, w->trace_3_2);
    /* trace_4 = tr(−Mᵀ Aᵀ) */
    w->trace_4[0] = -1.0 * w->trace_3_2[0];
    /* sum = ‖−I‖² + tr(Mᵀ (Aᵀ A M − Aᵀ)) + tr(−Mᵀ Aᵀ) */
    w->sum[0] = w->sumsq[0] + w->trace_2[0] + w->trace_4[0];
    /* sumsq_3 = ‖M‖² */
    sum_squares(w->threads, w->nnz_M, w->M, w->sumsq_3);
    /* scalar = (‖−I‖ + ‖Aᵀ A‖^(1/2) ‖M‖)^2 */
    w->scalar[0] = pow(sqrt(w->sumsq[0]) + pow(w->sumsq_2[0], 1.0/4.0)*sqrt(w->sumsq_3[0]), 2);
    /* gram_energy = E by Gram matrices */
    w->gram_energy[0] = w->sum[0];
    /* gram_scale = what its error is relative to */
    w->gram_scale[0] = w->scalar[0];
    /* guarded_energy = E */
    w->guarded_energy[0] = w->gram_energy[0];
    if (!is_accurate(w->gram_energy[0], w->gram_scale[0], 2.220446049250313e-06,
            0.0011920928955078125)) {
            nzdiff_direct_energy(w);
            w->guarded_energy[0] = w->energy[0];
    }
}

STAGE(3) { /* shared by direct_energy */
    /* sumsq_f = ‖f‖² */
    sum_squares(w->threads, w->nnz_pattern1, w->f, w->sumsq_f);
    /* energy = E */
    w->energy[0] = w->sumsq_f[0];
}

STAGE(4) { /* shared by gradient */
    /* gradient_M = 2 (Aᵀ A M − Aᵀ)  at M */
    linear_1(w->threads, w->nnz_M, 2.0, w->AtAM, w->gradient_M);
    add_embedded(w->threads, w->nnz_M, &w->place_A_T_in_M, -2.0, w->A, w->gradient_M);
}

STAGE(5) { /* without g, of A, shared by energy, gradient, gnvp, hvp */
    /* AtA = Aᵀ A  at alike:M in Aᵀ·A·alike:M in Aᵀ·Aᵀ·Aᵀ·A */
    sparse_product(w->threads, w->nnz_pattern4, &w->pairs_AtA, w->A, w->A, w->AtA);
}

STAGE(6) { /* without g, shared by energy, direct_energy, residual */
    /* eye = I  at I */
    fill(w->threads, w->nnz_pattern2, 1.0, w->eye);
}

STAGE(7) { /* without g, shared by energy */
    /* t = −I  at I */
    linear_1(w->threads, w->nnz_pattern2, -1.0, w->eye, w->t);
    /* sumsq = ‖−I‖² */
    sum_squares(w->threads, w->nnz_pattern2, w->t, w->sumsq);
}

STAGE(8) { /* without g, of A, shared by energy */
    /* At = Aᵀ  at M */
    embed(w->threads, w->nnz_M, &w->place_A_T_in_M, 1.0, w->A, w->At);
    /* AtA_2 = Aᵀ A  at Aᵀ·A */
    embed(w->threads, w->nnz_AtA, &w->place_pattern4_in_AtA, 1.0, w->AtA, w->AtA_2);
    /* sumsq_2 = ‖Aᵀ A‖² */
    sum_squares(w->threads, w->nnz_AtA, w->AtA_2, w->sumsq_2);
}

FUNCTION(prepare) { /* what does not depend on g */
    NEED(5) NEED(6) NEED(7) NEED(8)
}

FUNCTION(energy) { /* E */
    NEED(5) NEED(6) NEED(7) NEED(8) NEED(0) NEED(2)
}

FUNCTION(direct_energy) { /* E without Gram matrices, where they are not accurate enough */
    NEED(6) NEED(1) NEED(3)
}

FUNCTION(residual) { /* f */
    NEED(6) NEED(1)
}

FUNCTION(gradient) { /* the gradient at the stored positions */
    NEED(5) NEED(0) NEED(4)
}

FUNCTION(jvp) { /* the directional derivative of f along dG */
    /* AdM = A dM  at I ∪ A·M */
    product_spread(w->threads, &w->spread_AM, w->A, w->dM, w->AdM);
}

FUNCTION(vjp) { /* the adjoint of the Jacobian applied to W */
    /* At_W_f = Aᵀ W_f  at M */
    product_spread(w->threads, &w->spread_At_W_f, w->A, w->W_f, w->At_W_f);
}

FUNCTION(gnvp) { /* Gauss-Newton matrix applied to dG */
    NEED(5)
    /* AtAdM = Aᵀ A dM  at M */
    sparse_product(w->threads, w->nnz_M, &w->pairs_AtAM, w->AtA, w->dM, w->AtAdM);
    /* gnvp_M = 2 Aᵀ A dM  at M */
    linear_1(w->threads, w->nnz_M, 2.0, w->AtAdM, w->gnvp_M);
}

FUNCTION(hvp) { /* the Hessian applied to dG */
    NEED(5)
    /* AtAdM = Aᵀ A dM  at M */
    sparse_product(w->threads, w->nnz_M, &w->pairs_AtAM, w->AtA, w->dM, w->AtAdM);
    /* hvp_M = 2 Aᵀ A dM  at M */
    linear_1(w->threads, w->nnz_M, 2.0, w->AtAdM, w->hvp_M);
}

