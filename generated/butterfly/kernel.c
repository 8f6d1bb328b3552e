/* Kernels of the problem butterfly.
 *
 * E = ‖A − S0 S1 S2 S3 S4‖²
 * f = A − S0 S1 S2 S3 S4
 * dE/dS0 = −2 f S4ᵀ S3ᵀ S2ᵀ S1ᵀ  at the stored positions
 * dE/dS1 = −2 S0ᵀ f S4ᵀ S3ᵀ S2ᵀ  at the stored positions
 * dE/dS2 = −2 S1ᵀ S0ᵀ f S4ᵀ S3ᵀ  at the stored positions
 * dE/dS3 = −2 S2ᵀ S1ᵀ S0ᵀ f S4ᵀ  at the stored positions
 * dE/dS4 = −2 S3ᵀ S2ᵀ S1ᵀ S0ᵀ f  at the stored positions
 * plan d448015d1b1c
 * floating-point operations at the sizes it was planned for: energy 7.58e+03, direct_energy 8.51e+03, residual 6.46e+03, gradient 1.52e+04, jvp 1.99e+04, vjp 1.26e+04, gnvp 2.99e+04, hvp 7.53e+04
 * workspace: 8 (9 nnz(S0) + 9 nnz(S0·S1) + 11 nnz(S0·S1·S2·S3·S4) + 9 nnz(S1) + 9 nnz(S2) + 9 nnz(S2·S3·S4) + 9 nnz(S3) + 9 nnz(S3·S4) + 9 nnz(S4) + 2 n·n + 11) bytes
 *
 * Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines butterfly
 */
#include "kernels.h"

/* Where one model keeps its numbers: members of eight bytes each, filled by the runtime. */
typedef struct {
    real *A, *S0, *S1, *S2, *S3, *S4, *dS0, *dS1, *dS2, *dS3, *dS4, *W_f, *A_2;
    double *sumsq;
    real *S0S1, *S3S4, *S2S3S4, *S0S1S2S3S4, *f;
    double *sumsq_f, *energy;
    real *t;
    double *trace_2, *trace_3_2, *sum, *sumsq_2, *scalar, *gram_energy, *gram_scale;
    double *guarded_energy;
    real *t_2, *t_3, *t_4, *t_5, *t_6, *t_7, *t_8, *t_9, *t_10, *dS0_S1, *dS0_S1_S2_S3_S4, *S0_dS1;
    real *S0_dS1_S2_S3_S4, *dS2_S3_S4, *S0_S1_dS2_S3_S4, *dS3_S4, *S2_dS3_S4, *S0_S1_S2_dS3_S4;
    real *S3_dS4, *S2_S3_dS4, *S0_S1_S2_S3_dS4, *df, *W_f_2, *W_f_S4t_S3t_S2t, *W_f_S4t_S3t_S2t_S1t;
    real *vjp_S0, *S0t_W_f_S4t_S3t_S2t, *vjp_S1, *S1t_S0t_W_f, *S1t_S0t_W_f_S4t_S3t, *vjp_S2;
    real *S2t_S1t_S0t_W_f, *S2t_S1t_S0t_W_f_S4t, *vjp_S3, *S3t_S2t_S1t_S0t_W_f, *vjp_S4, *t_11;
    real *t_12, *t_13, *t_14, *t_15, *t_16, *t_17, *t_18, *t_19, *t_20, *t_21, *t_22, *t_23, *t_24;
    real *t_25, *t_26, *hvp_S0, *t_27, *t_28, *t_29, *t_30, *hvp_S1, *t_31, *t_32, *t_33, *t_34;
    real *t_35, *t_36, *hvp_S2, *t_37, *t_38, *t_39, *t_40, *t_41, *t_42, *t_43, *hvp_S3, *t_44;
    real *t_45, *t_46, *t_47, *hvp_S4;
    pair_table pairs_S0S1, pairs_S3S4, pairs_S2S3S4, pairs_t_3, pairs_t_8, pairs_t_4, pairs_t_5;
    pair_table pairs_t_7, pairs_t_9, pairs_t_10;
    spread_table spread_S0S1S2S3S4, spread_t_6;
    row_table at_S0S1S2S3S4;
    int64_t n, nnz_S0S1, nnz_S3S4, nnz_S2S3S4, nnz_S0S1S2S3S4, nnz_S0, nnz_S1, nnz_S2, nnz_S3;
    int64_t nnz_S4;
    uint8_t *done;
    const struct nzdiff_solvers *solvers;
    int threads;
} nzdiff_workspace;

EXPORT void nzdiff_direct_energy(const nzdiff_workspace *w);

STAGE(0) { /* shared by energy, direct_energy, residual, gradient, jvp, vjp, gnvp, hvp */
    /* S0S1 = S0 S1  at S0·S1 */
    sparse_product(w->threads, w->nnz_S0S1, &w->pairs_S0S1, w->S0, w->S1, w->S0S1);
    /* S3S4 = S3 S4  at S3·S4 */
    sparse_product(w->threads, w->nnz_S3S4, &w->pairs_S3S4, w->S3, w->S4, w->S3S4);
    /* S2S3S4 = S2 S3 S4  at S2·S3·S4 */
    sparse_product(w->threads, w->nnz_S2S3S4, &w->pairs_S2S3S4, w->S2, w->S3S4, w->S2S3S4);
}

STAGE(1) { /* shared by energy, direct_energy, residual, gradient, hvp */
    /* S0S1S2S3S4 = S0 S1 S2 S3 S4  at S0·S1·S2·S3·S4 */
    product_spread(w->threads, &w->spread_S0S1S2S3S4, w->S0S1, w->S2S3S4, w->S0S1S2S3S4);
}

STAGE(2) { /* shared by direct_energy, residual */
    /* f = (A − S0 S1 S2 S3 S4) */
    linear_1(w->threads, w->n * w->n, 1.0, w->A, w->f);
    add_scattered(w->threads, w->n, w->n, &w->at_S0S1S2S3S4, -1.0, w->S0S1S2S3S4, w->f);
}

STAGE(3) { /* shared by gradient, hvp */
    /* t_2 = (2 S0 S1 S2 S3 S4 − 2 A)  at S0·S1·S2·S3·S4 */
    linear_2(w->threads, w->nnz_S0S1S2S3S4, -2.0, w->A_2, 2.0, w->S0S1S2S3S4, w->t_2);
    /* t_3 = (2 S0 S1 S2 S3 S4 − 2 A) S4ᵀ S3ᵀ S2ᵀ  at S0·S1 */
    sparse_product(w->threads, w->nnz_S0S1, &w->pairs_t_3, w->t_2, w->S2S3S4, w->t_3);
    /* t_6 = S1ᵀ S0ᵀ (2 S0 S1 S2 S3 S4 − 2 A)  at S2·S3·S4 */
    product_spread(w->threads, &w->spread_t_6, w->S0S1, w->t_2, w->t_6);
    /* t_8 = S2ᵀ S1ᵀ S0ᵀ (2 S0 S1 S2 S3 S4 − 2 A)  at S3·S4 */
    sparse_product(w->threads, w->nnz_S3S4, &w->pairs_t_8, w->S2, w->t_6, w->t_8);
}

STAGE(4) { /* shared by energy */
    /* t = (A − S0 S1 S2 S3 S4)  at S0·S1·S2·S3·S4 */
    linear_2(w->threads, w->nnz_S0S1S2S3S4, 1.0, w->A_2, -1.0, w->S0S1S2S3S4, w->t);
    /* trace_2 = tr(S4ᵀ S3ᵀ S2ᵀ S1ᵀ S0ᵀ (A − S0 S1 S2 S3 S4)) */
    inner(w->threads, w->nnz_S0S1S2S3S4, w->S0S1S2S3S4, w->t, w->trace_2);
    /* trace_3_2 = tr(S4ᵀ S3ᵀ S2ᵀ S1ᵀ S0ᵀ A) */
    inner(w->threads, w->nnz_S0S1S2S3S4, w->S0S1S2S3S4, w->A_2, w->trace_3_2);
    /* sum = ‖A‖² − tr(S4ᵀ S3ᵀ S2ᵀ S1ᵀ S0ᵀ (A − S0 S1 S2 S3 S4)) − tr(S4ᵀ S3ᵀ S2ᵀ S1ᵀ S0ᵀ A) */
    w->sum[0] = -1.0 * w->trace_2[0] + -1.0 * w->trace_3_2[0] + w->sumsq[0];
    /* sumsq_2 = ‖S0 S1 S2 S3 S4‖² */
    sum_squares(w->threads, w->nnz_S0S1S2S3S4, w->S0S1S2S3S4, w->sumsq_2);
    /* scalar = (‖S0 S1 S2 S3 S4‖ + ‖A‖)^2 */
    w->scalar[0] = pow(sqrt(w->sumsq[0]) + sqrt(w->sumsq_2[0]), 2);
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

STAGE(5) { /* shared by direct_energy */
    /* sumsq_f = ‖f‖² */
    sum_squares(w->threads, w->n * w->n, w->f, w->sumsq_f);
    /* energy = E */
    w->energy[0] = w->sumsq_f[0];
}

STAGE(6) { /* shared by gradient */
    /* t_4 = (2 S0 S1 S2 S3 S4 − 2 A) S4ᵀ S3ᵀ S2ᵀ S1ᵀ  at S0 */
    sparse_product(w->threads, w->nnz_S0, &w->pairs_t_4, w->t_3, w->S1, w->t_4);
    /* t_5 = S0ᵀ (2 S0 S1 S2 S3 S4 − 2 A) S4ᵀ S3ᵀ S2ᵀ  at S1 */
    sparse_product(w->threads, w->nnz_S1, &w->pairs_t_5, w->S0, w->t_3, w->t_5);
    /* t_7 = S1ᵀ S0ᵀ (2 S0 S1 S2 S3 S4 − 2 A) S4ᵀ S3ᵀ  at S2 */
    sparse_product(w->threads, w->nnz_S2, &w->pairs_t_7, w->t_6, w->S3S4, w->t_7);
    /* t_9 = S2ᵀ S1ᵀ S0ᵀ (2 S0 S1 S2 S3 S4 − 2 A) S4ᵀ  at S3 */
    sparse_product(w->threads, w->nnz_S3, &w->pairs_t_9, w->t_8, w->S4, w->t_9);
    /* t_10 = S3ᵀ S2ᵀ S1ᵀ S0ᵀ (2 S0 S1 S2 S3 S4 − 2 A)  at S4 */
    sparse_product(w->threads, w->nnz_S4, &w->pairs_t_10, w->S3, w->t_8, w->t_10);
}

STAGE(7) { /* without g, of A, shared by energy, gradient, hvp */
    /* A_2 = A  at S0·S1·S2·S3·S4 */
    sample(w->threads, w->n, &w->at_S0S1S2S3S4, w->n, w->A, w->A_2);
}

STAGE(8) { /* without g, of A, shared by energy */
    /* sumsq = ‖A‖² */
    sum_squares(w->threads, w->n * w->n, w->A, w->sumsq);
}

FUNCTION(prepare) { /* what does not depend on g */
    NEED(7) NEED(8)
}

FUNCTION(energy) { /* E */
    NEED(7) NEED(8) NEED(0) NEED(1) NEED(4)
}

FUNCTION(direct_energy) { /* E without Gram matrices, where they are not accurate enough */
    NEED(0) NEED(1) NEED(2) NEED(5)
}

FUNCTION(residual) { /* f */
    NEED(0) NEED(1) NEED(2)
}

FUNCTION(gradient) { /* the gradient at the stored positions */
    NEED(7) NEED(0) NEED(1) NEED(3) NEED(6)
}

FUNCTION(jvp) { /* the directional derivative of f along dG */
    NEED(0)
    /* dS0_S1 = dS0 S1  at S0·S1 */
    sparse_product(w->threads, w->nnz_S0S1, &w->pairs_S0S1, w->dS0, w->S1, w->dS0_S1);
    /* dS0_S1_S2_S3_S4 = dS0 S1 S2 S3 S4  at S0·S1·S2·S3·S4 */
    product_spread(w->threads, &w->spread_S0S1S2S3S4, w->dS0_S1, w->S2S3S4, w->dS0_S1_S2_S3_S4);
    /* S0_dS1 = S0 dS1  at S0·S1 */
    sparse_product(w->threads, w->nnz_S0S1, &w->pairs_S0S1, w->S0, w->dS1, w->S0_dS1);
    /* S0_dS1_S2_S3_S4 = S0 dS1 S2 S3 S4  at S0·S1·S2·S3·S4 */
    product_spread(w->threads, &w->spread_S0S1S2S3S4, w->S0_dS1, w->S2S3S4, w->S0_dS1_S2_S3_S4);
    /* dS2_S3_S4 = dS2 S3 S4  at S2·S3·S4 */
    sparse_product(w->threads, w->nnz_S2S3S4, &w->pairs_S2S3S4, w->dS2, w->S3S4, w->dS2_S3_S4);
    /* S0_S1_dS2_S3_S4 = S0 S1 dS2 S3 S4  at S0·S1·S2·S3·S4 */
    product_spread(w->threads, &w->spread_S0S1S2S3S4, w->S0S1, w->dS2_S3_S4, w->S0_S1_dS2_S3_S4);
    /* dS3_S4 = dS3 S4  at S3·S4 */
    sparse_product(w->threads, w->nnz_S3S4, &w->pairs_S3S4, w->dS3, w->S4, w->dS3_S4);
    /* S2_dS3_S4 = S2 dS3 S4  at S2·S3·S4 */
    sparse_product(w->threads, w->nnz_S2S3S4, &w->pairs_S2S3S4, w->S2, w->dS3_S4, w->S2_dS3_S4);
    /* S0_S1_S2_dS3_S4 = S0 S1 S2 dS3 S4  at S0·S1·S2·S3·S4 */
    product_spread(w->threads, &w->spread_S0S1S2S3S4, w->S0S1, w->S2_dS3_S4, w->S0_S1_S2_dS3_S4);
    /* S3_dS4 = S3 dS4  at S3·S4 */
    sparse_product(w->threads, w->nnz_S3S4, &w->pairs_S3S4, w->S3, w->dS4, w->S3_dS4);
    /* S2_S3_dS4 = S2 S3 dS4  at S2·S3·S4 */
    sparse_product(w->threads, w->nnz_S2S3S4, &w->pairs_S2S3S4, w->S2, w->S3_dS4, w->S2_S3_dS4);
    /* S0_S1_S2_S3_dS4 = S0 S1 S2 S3 dS4  at S0·S1·S2·S3·S4 */
    product_spread(w->threads, &w->spread_S0S1S2S3S4, w->S0S1, w->S2_S3_dS4, w->S0_S1_S2_S3_dS4);
    /* df = −(dS0 S1 S2 S3 S4 + S0 dS1 S2 S3 S4 + S0 S1 dS2 S3 S4 + S0 S1 S2 dS3 S4 + S0 S1 S2 S3 dS4) */
    fill(w->threads, w->n * w->n, 0.0, w->df);
    add_scattered(w->threads, w->n, w->n, &w->at_S0S1S2S3S4, -1.0, w->dS0_S1_S2_S3_S4, w->df);
    add_scattered(w->threads, w->n, w->n, &w->at_S0S1S2S3S4, -1.0, w->S0_dS1_S2_S3_S4, w->df);
    add_scattered(w->threads, w->n, w->n, &w->at_S0S1S2S3S4, -1.0, w->S0_S1_dS2_S3_S4, w->df);
    add_scattered(w->threads, w->n, w->n, &w->at_S0S1S2S3S4, -1.0, w->S0_S1_S2_dS3_S4, w->df);
    add_scattered(w->threads, w->n, w->n, &w->at_S0S1S2S3S4, -1.0, w->S0_S1_S2_S3_dS4, w->df);
}

FUNCTION(vjp) { /* the adjoint of the Jacobian applied to W */
    NEED(0)
    /* W_f_2 = W_f  at S0·S1·S2·S3·S4 */
    sample(w->threads, w->n, &w->at_S0S1S2S3S4, w->n, w->W_f, w->W_f_2);
    /* W_f_S4t_S3t_S2t = W_f S4ᵀ S3ᵀ S2ᵀ  at S0·S1 */
    sparse_product(w->threads, w->nnz_S0S1, &w->pairs_t_3, w->W_f_2, w->S2S3S4, w->W_f_S4t_S3t_S2t);
    /* W_f_S4t_S3t_S2t_S1t = W_f S4ᵀ S3ᵀ S2ᵀ S1ᵀ  at S0 */
    sparse_product(w->threads, w->nnz_S0, &w->pairs_t_4, w->W_f_S4t_S3t_S2t, w->S1,
            w->W_f_S4t_S3t_S2t_S1t);
    /* vjp_S0 = −W_f S4ᵀ S3ᵀ S2ᵀ S1ᵀ  at S0 */
    linear_1(w->threads, w->nnz_S0, -1.0, w->W_f_S4t_S3t_S2t_S1t, w->vjp_S0);
    /* S0t_W_f_S4t_S3t_S2t = S0ᵀ W_f S4ᵀ S3ᵀ S2ᵀ  at S1 */
    sparse_product(w->threads, w->nnz_S1, &w->pairs_t_5, w->S0, w->W_f_S4t_S3t_S2t,
            w->S0t_W_f_S4t_S3t_S2t);
    /* vjp_S1 = −S0ᵀ W_f S4ᵀ S3ᵀ S2ᵀ  at S1 */
    linear_1(w->threads, w->nnz_S1, -1.0, w->S0t_W_f_S4t_S3t_S2t, w->vjp_S1);
    /* S1t_S0t_W_f = S1ᵀ S0ᵀ W_f  at S2·S3·S4 */
    product_spread(w->threads, &w->spread_t_6, w->S0S1, w->W_f_2, w->S1t_S0t_W_f);
    /* S1t_S0t_W_f_S4t_S3t = S1ᵀ S0ᵀ W_f S4ᵀ S3ᵀ  at S2 */
    sparse_product(w->threads, w->nnz_S2, &w->pairs_t_7, w->S1t_S0t_W_f, w->S3S4,
            w->S1t_S0t_W_f_S4t_S3t);
    /* vjp_S2 = −S1ᵀ S0ᵀ W_f S4ᵀ S3ᵀ  at S2 */
    linear_1(w->threads, w->nnz_S2, -1.0, w->S1t_S0t_W_f_S4t_S3t, w->vjp_S2);
    /* S2t_S1t_S0t_W_f = S2ᵀ S1ᵀ S0ᵀ W_f  at S3·S4 */
    sparse_product(w->threads, w->nnz_S3S4, &w->pairs_t_8, w->S2, w->S1t_S0t_W_f,
            w->S2t_S1t_S0t_W_f);
    /* S2t_S1t_S0t_W_f_S4t = S2ᵀ S1ᵀ S0ᵀ W_f S4ᵀ  at S3 */
    sparse_product(w->threads, w->nnz_S3, &w->pairs_t_9, w->S2t_S1t_S0t_W_f, w->S4,
            w->S2t_S1t_S0t_W_f_S4t);
    /* vjp_S3 = −S2ᵀ S1ᵀ S0ᵀ W_f S4ᵀ  at S3 */
    linear_1(w->threads, w->nnz_S3, -1.0, w->S2t_S1t_S0t_W_f_S4t, w->vjp_S3);
    /* S3t_S2t_S1t_S0t_W_f = S3ᵀ S2ᵀ S1ᵀ S0ᵀ W_f  at S4 */
    sparse_product(w->threads, w->nnz_S4, &w->pairs_t_10, w->S3, w->S2t_S1t_S0t_W_f,
            w->S3t_S2t_S1t_S0t_W_f);
    /* vjp_S4 = −S3ᵀ S2ᵀ S1ᵀ S0ᵀ W_f  at S4 */
    linear_1(w->threads, w->nnz_S4, -1.0, w->S3t_S2t_S1t_S0t_W_f, w->vjp_S4);
}

FUNCTION(gnvp) { /* Gauss-Newton matrix applied to dG */
    NEED(0)
    /* dS0_S1 = dS0 S1  at S0·S1 */
    sparse_product(w->threads, w->nnz_S0S1, &w->pairs_S0S1, w->dS0, w->S1, w->dS0_S1);
    /* dS0_S1_S2_S3_S4 = dS0 S1 S2 S3 S4  at S0·S1·S2·S3·S4 */
    product_spread(w->threads, &w->spread_S0S1S2S3S4, w->dS0_S1, w->S2S3S4, w->dS0_S1_S2_S3_S4);
    /* S0_dS1 = S0 dS1  at S0·S1 */
    sparse_product(w->threads, w->nnz_S0S1, &w->pairs_S0S1, w->S0, w->dS1, w->S0_dS1);
    /* S0_dS1_S2_S3_S4 = S0 dS1 S2 S3 S4  at S0·S1·S2·S3·S4 */
    product_spread(w->threads, &w->spread_S0S1S2S3S4, w->S0_dS1, w->S2S3S4, w->S0_dS1_S2_S3_S4);
    /* dS2_S3_S4 = dS2 S3 S4  at S2·S3·S4 */
    sparse_product(w->threads, w->nnz_S2S3S4, &w->pairs_S2S3S4, w->dS2, w->S3S4, w->dS2_S3_S4);
    /* S0_S1_dS2_S3_S4 = S0 S1 dS2 S3 S4  at S0·S1·S2·S3·S4 */
    product_spread(w->threads, &w->spread_S0S1S2S3S4, w->S0S1, w->dS2_S3_S4, w->S0_S1_dS2_S3_S4);
    /* dS3_S4 = dS3 S4  at S3·S4 */
    sparse_product(w->threads, w->nnz_S3S4, &w->pairs_S3S4, w->dS3, w->S4, w->dS3_S4);
    /* S2_dS3_S4 = S2 dS3 S4  at S2·S3·S4 */
    sparse_product(w->threads, w->nnz_S2S3S4, &w->pairs_S2S3S4, w->S2, w->dS3_S4, w->S2_dS3_S4);
    /* S0_S1_S2_dS3_S4 = S0 S1 S2 dS3 S4  at S0·S1·S2·S3·S4 */
    product_spread(w->threads, &w->spread_S0S1S2S3S4, w->S0S1, w->S2_dS3_S4, w->S0_S1_S2_dS3_S4);
    /* S3_dS4 = S3 dS4  at S3·S4 */
    sparse_product(w->threads, w->nnz_S3S4, &w->pairs_S3S4, w->S3, w->dS4, w->S3_dS4);
    /* S2_S3_dS4 = S2 S3 dS4  at S2·S3·S4 */
    sparse_product(w->threads, w->nnz_S2S3S4, &w->pairs_S2S3S4, w->S2, w->S3_dS4, w->S2_S3_dS4);
    /* S0_S1_S2_S3_dS4 = S0 S1 S2 S3 dS4  at S0·S1·S2·S3·S4 */
    product_spread(w->threads, &w->spread_S0S1S2S3S4, w->S0S1, w->S2_S3_dS4, w->S0_S1_S2_S3_dS4);
    /* t_11 = (2 S0 S1 S2 S3 dS4 + 2 S0 S1 S2 dS3 S4 + 2 S0 S1 dS2 S3 S4 + 2 S0 dS1 S2 S3 S4 + 2 dS0 S1 S2 S3 S4)  at S0·S1·S2·S3·S4 */
    linear_2(w->threads, w->nnz_S0S1S2S3S4, 2.0, w->S0_S1_S2_S3_dS4, 2.0, w->S0_S1_S2_dS3_S4,
            w->t_11);
    add(w->threads, w->nnz_S0S1S2S3S4, 2.0, w->S0_S1_dS2_S3_S4, w->t_11);
    add(w->threads, w->nnz_S0S1S2S3S4, 2.0, w->S0_dS1_S2_S3_S4, w->t_11);
    add(w->threads, w->nnz_S0S1S2S3S4, 2.0, w->dS0_S1_S2_S3_S4, w->t_11);
    /* t_12 = (2 S0 S1 S2 S3 dS4 + 2 S0 S1 S2 dS3 S4 + 2 S0 S1 dS2 S3 S4 + 2 S0 dS1 S2 S3 S4 + 2 dS0 S1 S2 S3 S4) S4ᵀ S3ᵀ S2ᵀ  at S0·S1 */
    sparse_product(w->threads, w->nnz_S0S1, &w->pairs_t_3, w->t_11, w->S2S3S4, w->t_12);
    /* t_13 = (2 S0 S1 S2 S3 dS4 + 2 S0 S1 S2 dS3 S4 + 2 S0 S1 dS2 S3 S4 + 2 S0 dS1 S2 S3 S4 + 2 dS0 S1 S2 S3 S4) S4ᵀ S3ᵀ S2ᵀ S1ᵀ  at S0 */
    sparse_product(w->threads, w->nnz_S0, &w->pairs_t_4, w->t_12, w->S1, w->t_13);
    /* t_14 = S0ᵀ (2 S0 S1 S2 S3 dS4 + 2 S0 S1 S2 dS3 S4 + 2 S0 S1 dS2 S3 S4 + 2 S0 dS1 S2 S3 S4 + 2 dS0 S1 S2 S3 S4) S4ᵀ S3ᵀ S2ᵀ  at S1 */
    sparse_product(w->threads, w->nnz_S1, &w->pairs_t_5, w->S0, w->t_12, w->t_14);
    /* t_15 = S1ᵀ S0ᵀ (2 S0 S1 S2 S3 dS4 + 2 S0 S1 S2 dS3 S4 + 2 S0 S1 dS2 S3 S4 + 2 S0 dS1 S2 S3 S4 + 2 dS0 S1 S2 S3 S4)  at S2·S3·S4 */
    product_spread(w->threads, &w->spread_t_6, w->S0S1, w->t_11, w->t_15);
    /* t_16 = S1ᵀ S0ᵀ (2 S0 S1 S2 S3 dS4 + 2 S0 S1 S2 dS3 S4 + 2 S0 S1 dS2 S3 S4 + 2 S0 dS1 S2 S3 S4 + 2 dS0 S1 S2 S3 S4) S4ᵀ S3ᵀ  at S2 */
    sparse_product(w->threads, w->nnz_S2, &w->pairs_t_7, w->t_15, w->S3S4, w->t_16);
    /* t_17 = S2ᵀ S1ᵀ S0ᵀ (2 S0 S1 S2 S3 dS4 + 2 S0 S1 S2 dS3 S4 + 2 S0 S1 dS2 S3 S4 + 2 S0 dS1 S2 S3 S4 + 2 dS0 S1 S2 S3 S4)  at S3·S4 */
    sparse_product(w->threads, w->nnz_S3S4, &w->pairs_t_8, w->S2, w->t_15, w->t_17);
    /* t_18 = S2ᵀ S1ᵀ S0ᵀ (2 S0 S1 S2 S3 dS4 + 2 S0 S1 S2 dS3 S4 + 2 S0 S1 dS2 S3 S4 + 2 S0 dS1 S2 S3 S4 + 2 dS0 S1 S2 S3 S4) S4ᵀ  at S3 */
    sparse_product(w->threads, w->nnz_S3, &w->pairs_t_9, w->t_17, w->S4, w->t_18);
    /* t_19 = S3ᵀ S2ᵀ S1ᵀ S0ᵀ (2 S0 S1 S2 S3 dS4 + 2 S0 S1 S2 dS3 S4 + 2 S0 S1 dS2 S3 S4 + 2 S0 dS1 S2 S3 S4 + 2 dS0 S1 S2 S3 S4)  at S4 */
    sparse_product(w->threads, w->nnz_S4, &w->pairs_t_10, w->S3, w->t_17, w->t_19);
}

FUNCTION(hvp) { /* the Hessian applied to dG */
    NEED(7) NEED(0) NEED(1) NEED(3)
    /* dS0_S1 = dS0 S1  at S0·S1 */
    sparse_product(w->threads, w->nnz_S0S1, &w->pairs_S0S1, w->dS0, w->S1, w->dS0_S1);
    /* dS0_S1_S2_S3_S4 = dS0 S1 S2 S3 S4  at S0·S1·S2·S3·S4 */
    product_spread(w->threads, &w->spread_S0S1S2S3S4, w->dS0_S1, w->S2S3S4, w->dS0_S1_S2_S3_S4);
    /* S0_dS1 = S0 dS1  at S0·S1 */
    sparse_product(w->threads, w->nnz_S0S1, &w->pairs_S0S1, w->S0, w->dS1, w->S0_dS1);
    /* S0_dS1_S2_S3_S4 = S0 dS1 S2 S3 S4  at S0·S1·S2·S3·S4 */
    product_spread(w->threads, &w->spread_S0S1S2S3S4, w->S0_dS1, w->S2S3S4, w->S0_dS1_S2_S3_S4);
    /* dS2_S3_S4 = dS2 S3 S4  at S2·S3·S4 */
    sparse_product(w->threads, w->nnz_S2S3S4, &w->pairs_S2S3S4, w->dS2, w->S3S4, w->dS2_S3_S4);
    /* S0_S1_dS2_S3_S4 = S0 S1 dS2 S3 S4  at S0·S1·S2·S3·S4 */
    product_spread(w->threads, &w->spread_S0S1S2S3S4, w->S0S1, w->dS2_S3_S4, w->S0_S1_dS2_S3_S4);
    /* dS3_S4 = dS3 S4  at S3·S4 */
    sparse_product(w->threads, w->nnz_S3S4, &w->pairs_S3S4, w->dS3, w->S4, w->dS3_S4);
    /* S2_dS3_S4 = S2 dS3 S4  at S2·S3·S4 */
    sparse_product(w->threads, w->nnz_S2S3S4, &w->pairs_S2S3S4, w->S2, w->dS3_S4, w->S2_dS3_S4);
    /* S0_S1_S2_dS3_S4 = S0 S1 S2 dS3 S4  at S0·S1·S2·S3·S4 */
    product_spread(w->threads, &w->spread_S0S1S2S3S4, w->S0S1, w->S2_dS3_S4, w->S0_S1_S2_dS3_S4);
    /* S3_dS4 = S3 dS4  at S3·S4 */
    sparse_product(w->threads, w->nnz_S3S4, &w->pairs_S3S4, w->S3, w->dS4, w->S3_dS4);
    /* S2_S3_dS4 = S2 S3 dS4  at S2·S3·S4 */
    sparse_product(w->threads, w->nnz_S2S3S4, &w->pairs_S2S3S4, w->S2, w->S3_dS4, w->S2_S3_dS4);
    /* S0_S1_S2_S3_dS4 = S0 S1 S2 S3 dS4  at S0·S1·S2·S3·S4 */
    product_spread(w->threads, &w->spread_S0S1S2S3S4, w->S0S1, w->S2_S3_dS4, w->S0_S1_S2_S3_dS4);
    /* t_11 = (2 S0 S1 S2 S3 dS4 + 2 S0 S1 S2 dS3 S4 + 2 S0 S1 dS2 S3 S4 + 2 S0 dS1 S2 S3 S4 + 2 dS0 S1 S2 S3 S4)  at S0·S1·S2·S3·S4 */
    linear_2(w->threads, w->nnz_S0S1S2S3S4, 2.0, w->S0_S1_S2_S3_dS4, 2.0, w->S0_S1_S2_dS3_S4,
            w->t_11);
    add(w->threads, w->nnz_S0S1S2S3S4, 2.0, w->S0_S1_dS2_S3_S4, w->t_11);
    add(w->threads, w->nnz_S0S1S2S3S4, 2.0, w->S0_dS1_S2_S3_S4, w->t_11);
    add(w->threads, w->nnz_S0S1S2S3S4, 2.0, w->dS0_S1_S2_S3_S4, w->t_11);
    /* t_12 = (2 S0 S1 S2 S3 dS4 + 2 S0 S1 S2 dS3 S4 + 2 S0 S1 dS2 S3 S4 + 2 S0 dS1 S2 S3 S4 + 2 dS0 S1 S2 S3 S4) S4ᵀ S3ᵀ S2ᵀ  at S0·S1 */
    sparse_product(w->threads, w->nnz_S0S1, &w->pairs_t_3, w->t_11, w->S2S3S4, w->t_12);
    /* t_13 = (2 S0 S1 S2 S3 dS4 + 2 S0 S1 S2 dS3 S4 + 2 S0 S1 dS2 S3 S4 + 2 S0 dS1 S2 S3 S4 + 2 dS0 S1 S2 S3 S4) S4ᵀ S3ᵀ S2ᵀ S1ᵀ  at S0 */
    sparse_product(w->threads, w->nnz_S0, &w->pairs_t_4, w->t_12, w->S1, w->t_13);
    /* t_14 = S0ᵀ (2 S0 S1 S2 S3 dS4 + 2 S0 S1 S2 dS3 S4 + 2 S0 S1 dS2 S3 S4 + 2 S0 dS1 S2 S3 S4 + 2 dS0 S1 S2 S3 S4) S4ᵀ S3ᵀ S2ᵀ  at S1 */
    sparse_product(w->threads, w->nnz_S1, &w->pairs_t_5, w->S0, w->t_12, w->t_14);
    /* t_15 = S1ᵀ S0ᵀ (2 S0 S1 S2 S3 dS4 + 2 S0 S1 S2 dS3 S4 + 2 S0 S1 dS2 S3 S4 + 2 S0 dS1 S2 S3 S4 + 2 dS0 S1 S2 S3 S4)  at S2·S3·S4 */
    product_spread(w->threads, &w->spread_t_6, w->S0S1, w->t_11, w->t_15);
    /* t_16 = S1ᵀ S0ᵀ (2 S0 S1 S2 S3 dS4 + 2 S0 S1 S2 dS3 S4 + 2 S0 S1 dS2 S3 S4 + 2 S0 dS1 S2 S3 S4 + 2 dS0 S1 S2 S3 S4) S4ᵀ S3ᵀ  at S2 */
    sparse_product(w->threads, w->nnz_S2, &w->pairs_t_7, w->t_15, w->S3S4, w->t_16);
    /* t_17 = S2ᵀ S1ᵀ S0ᵀ (2 S0 S1 S2 S3 dS4 + 2 S0 S1 S2 dS3 S4 + 2 S0 S1 dS2 S3 S4 + 2 S0 dS1 S2 S3 S4 + 2 dS0 S1 S2 S3 S4)  at S3·S4 */
    sparse_product(w->threads, w->nnz_S3S4, &w->pairs_t_8, w->S2, w->t_15, w->t_17);
    /* t_18 = S2ᵀ S1ᵀ S0ᵀ (2 S0 S1 S2 S3 dS4 + 2 S0 S1 S2 dS3 S4 + 2 S0 S1 dS2 S3 S4 + 2 S0 dS1 S2 S3 S4 + 2 dS0 S1 S2 S3 S4) S4ᵀ  at S3 */
    sparse_product(w->threads, w->nnz_S3, &w->pairs_t_9, w->t_17, w->S4, w->t_18);
    /* t_19 = S3ᵀ S2ᵀ S1ᵀ S0ᵀ (2 S0 S1 S2 S3 dS4 + 2 S0 S1 S2 dS3 S4 + 2 S0 S1 dS2 S3 S4 + 2 S0 dS1 S2 S3 S4 + 2 dS0 S1 S2 S3 S4)  at S4 */
    sparse_product(w->threads, w->nnz_S4, &w->pairs_t_10, w->S3, w->t_17, w->t_19);
    /* t_20 = (2 S0 S1 S2 S3 S4 − 2 A) dS4ᵀ S3ᵀ S2ᵀ  at S0·S1 */
    sparse_product(w->threads, w->nnz_S0S1, &w->pairs_t_3, w->t_2, w->S2_S3_dS4, w->t_20);
    /* t_21 = (2 S0 S1 S2 S3 S4 − 2 A) dS4ᵀ S3ᵀ S2ᵀ S1ᵀ  at S0 */
    sparse_product(w->threads, w->nnz_S0, &w->pairs_t_4, w->t_20, w->S1, w->t_21);
    /* t_22 = (2 S0 S1 S2 S3 S4 − 2 A) S4ᵀ dS3ᵀ S2ᵀ  at S0·S1 */
    sparse_product(w->threads, w->nnz_S0S1, &w->pairs_t_3, w->t_2, w->S2_dS3_S4, w->t_22);
    /* t_23 = (2 S0 S1 S2 S3 S4 − 2 A) S4ᵀ dS3ᵀ S2ᵀ S1ᵀ  at S0 */
    sparse_product(w->threads, w->nnz_S0, &w->pairs_t_4, w->t_22, w->S1, w->t_23);
    /* t_24 = (2 S0 S1 S2 S3 S4 − 2 A) S4ᵀ S3ᵀ dS2ᵀ  at S0·S1 */
    sparse_product(w->threads, w->nnz_S0S1, &w->pairs_t_3, w->t_2, w->dS2_S3_S4, w->t_24);
    /* t_25 = (2 S0 S1 S2 S3 S4 − 2 A) S4ᵀ S3ᵀ dS2ᵀ S1ᵀ  at S0 */
    sparse_product(w->threads, w->nnz_S0, &w->pairs_t_4, w->t_24, w->S1, w->t_25);
    /* t_26 = (2 S0 S1 S2 S3 S4 − 2 A) S4ᵀ S3ᵀ S2ᵀ dS1ᵀ  at S0 */
    sparse_product(w->threads, w->nnz_S0, &w->pairs_t_4, w->t_3, w->dS1, w->t_26);
    /* hvp_S0 = −2 ((A − S0 S1 S2 S3 S4) dS4ᵀ S3ᵀ S2ᵀ S1ᵀ − (dS0 S1 S2 S3 S4 + S0 dS1 S2 S3 S4 + S0 S1 dS2 S3 S4 + S0 S1 S2 dS3 S4 + S0 S1 S2 S3 dS4) S4ᵀ S3ᵀ S2ᵀ S1ᵀ + (A − S0 S1 S2 S3 S4) S4ᵀ dS3ᵀ S2ᵀ S1ᵀ + (A − S0 S1 S2 S3 S4) S4ᵀ S3ᵀ dS2ᵀ S1ᵀ + (A − S0 S1 S2 S3 S4) S4ᵀ S3ᵀ S2ᵀ dS1ᵀ)  at S0 */
    linear_2(w->threads, w->nnz_S0, 1.0, w->t_13, 1.0, w->t_21, w->hvp_S0);
    add(w->threads, w->nnz_S0, 1.0, w->t_23, w->hvp_S0);
    add(w->threads, w->nnz_S0, 1.0, w->t_25, w->hvp_S0);
    add(w->threads, w->nnz_S0, 1.0, w->t_26, w->hvp_S0);
    /* t_27 = dS0ᵀ (2 S0 S1 S2 S3 S4 − 2 A) S4ᵀ S3ᵀ S2ᵀ  at S1 */
    sparse_product(w->threads, w->nnz_S1, &w->pairs_t_5, w->dS0, w->t_3, w->t_27);
    /* t_28 = S0ᵀ (2 S0 S1 S2 S3 S4 − 2 A) dS4ᵀ S3ᵀ S2ᵀ  at S1 */
    sparse_product(w->threads, w->nnz_S1, &w->pairs_t_5, w->S0, w->t_20, w->t_28);
    /* t_29 = S0ᵀ (2 S0 S1 S2 S3 S4 − 2 A) S4ᵀ dS3ᵀ S2ᵀ  at S1 */
    sparse_product(w->threads, w->nnz_S1, &w->pairs_t_5, w->S0, w->t_22, w->t_29);
    /* t_30 = S0ᵀ (2 S0 S1 S2 S3 S4 − 2 A) S4ᵀ S3ᵀ dS2ᵀ  at S1 */
    sparse_product(w->threads, w->nnz_S1, &w->pairs_t_5, w->S0, w->t_24, w->t_30);
    /* hvp_S1 = −2 (dS0ᵀ (A − S0 S1 S2 S3 S4) S4ᵀ S3ᵀ S2ᵀ − S0ᵀ (dS0 S1 S2 S3 S4 + S0 dS1 S2 S3 S4 + S0 S1 dS2 S3 S4 + S0 S1 S2 dS3 S4 + S0 S1 S2 S3 dS4) S4ᵀ S3ᵀ S2ᵀ + S0ᵀ (A − S0 S1 S2 S3 S4) dS4ᵀ S3ᵀ S2ᵀ + S0ᵀ (A − S0 S1 S2 S3 S4) S4ᵀ dS3ᵀ S2ᵀ + S0ᵀ (A − S0 S1 S2 S3 S4) S4ᵀ S3ᵀ dS2ᵀ)  at S1 */
    linear_2(w->threads, w->nnz_S1, 1.0, w->t_27, 1.0, w->t_14, w->hvp_S1);
    add(w->threads, w->nnz_S1, 1.0, w->t_28, w->hvp_S1);
    add(w->threads, w->nnz_S1, 1.0, w->t_29, w->hvp_S1);
    add(w->threads, w->nnz_S1, 1.0, w->t_30, w->hvp_S1);
    /* t_31 = dS1ᵀ S0ᵀ (2 S0 S1 S2 S3 S4 − 2 A)  at S2·S3·S4 */
    product_spread(w->threads, &w->spread_t_6, w->S0_dS1, w->t_2, w->t_31);
    /* t_32 = dS1ᵀ S0ᵀ (2 S0 S1 S2 S3 S4 − 2 A) S4ᵀ S3ᵀ  at S2 */
    sparse_product(w->threads, w->nnz_S2, &w->pairs_t_7, w->t_31, w->S3S4, w->t_32);
    /* t_33 = S1ᵀ dS0ᵀ (2 S0 S1 S2 S3 S4 − 2 A)  at S2·S3·S4 */
    product_spread(w->threads, &w->spread_t_6, w->dS0_S1, w->t_2, w->t_33);
    /* t_34 = S1ᵀ dS0ᵀ (2 S0 S1 S2 S3 S4 − 2 A) S4ᵀ S3ᵀ  at S2 */
    sparse_product(w->threads, w->nnz_S2, &w->pairs_t_7, w->t_33, w->S3S4, w->t_34);
    /* t_35 = S1ᵀ S0ᵀ (2 S0 S1 S2 S3 S4 − 2 A) dS4ᵀ S3ᵀ  at S2 */
    sparse_product(w->threads, w->nnz_S2, &w->pairs_t_7, w->t_6, w->S3_dS4, w->t_35);
    /* t_36 = S1ᵀ S0ᵀ (2 S0 S1 S2 S3 S4 − 2 A) S4ᵀ dS3ᵀ  at S2 */
    sparse_product(w->threads, w->nnz_S2, &w->pairs_t_7, w->t_6, w->dS3_S4, w->t_36);
    /* hvp_S2 = −2 (dS1ᵀ S0ᵀ (A − S0 S1 S2 S3 S4) S4ᵀ S3ᵀ + S1ᵀ dS0ᵀ (A − S0 S1 S2 S3 S4) S4ᵀ S3ᵀ − S1ᵀ S0ᵀ (dS0 S1 S2 S3 S4 + S0 dS1 S2 S3 S4 + S0 S1 dS2 S3 S4 + S0 S1 S2 dS3 S4 + S0 S1 S2 S3 dS4) S4ᵀ S3ᵀ + S1ᵀ S0ᵀ (A − S0 S1 S2 S3 S4) dS4ᵀ S3ᵀ + S1ᵀ S0ᵀ (A − S0 S1 S2 S3 S4) S4ᵀ dS3ᵀ)  at S2 */
    linear_2(w->threads, w->nnz_S2, 1.0, w->t_32, 1.0, w->t_34, w->hvp_S2);
    add(w->threads, w->nnz_S2, 1.0, w->t_16, w->hvp_S2);
    add(w->threads, w->nnz_S2, 1.0, w->t_35, w->hvp_S2);
    add(w->threads, w->nnz_S2, 1.0, w->t_36, w->hvp_S2);
    /* t_37 = dS2ᵀ S1ᵀ S0ᵀ (2 S0 S1 S2 S3 S4 − 2 A)  at S3·S4 */
    sparse_product(w->threads, w->nnz_S3S4, &w->pairs_t_8, w->dS2, w->t_6, w->t_37);
    /* t_38 = dS2ᵀ S1ᵀ S0ᵀ (2 S0 S1 S2 S3 S4 − 2 A) S4ᵀ  at S3 */
    sparse_product(w->threads, w->nnz_S3, &w->pairs_t_9, w->t_37, w->S4, w->t_38);
    /* t_39 = S2ᵀ dS1ᵀ S0ᵀ (2 S0 S1 S2 S3 S4 − 2 A)  at S3·S4 */
    sparse_product(w->threads, w->nnz_S3S4, &w->pairs_t_8, w->S2, w->t_31, w->t_39);
    /* t_40 = S2ᵀ dS1ᵀ S0ᵀ (2 S0 S1 S2 S3 S4 − 2 A) S4ᵀ  at S3 */
    sparse_product(w->threads, w->nnz_S3, &w->pairs_t_9, w->t_39, w->S4, w->t_40);
    /* t_41 = S2ᵀ S1ᵀ dS0ᵀ (2 S0 S1 S2 S3 S4 − 2 A)  at S3·S4 */
    sparse_product(w->threads, w->nnz_S3S4, &w->pairs_t_8, w->S2, w->t_33, w->t_41);
    /* t_42 = S2ᵀ S1ᵀ dS0ᵀ (2 S0 S1 S2 S3 S4 − 2 A) S4ᵀ  at S3 */
    sparse_product(w->threads, w->nnz_S3, &w->pairs_t_9, w->t_41, w->S4, w->t_42);
    /* t_43 = S2ᵀ S1ᵀ S0ᵀ (2 S0 S1 S2 S3 S4 − 2 A) dS4ᵀ  at S3 */
    sparse_product(w->threads, w->nnz_S3, &w->pairs_t_9, w->t_8, w->dS4, w->t_43);
    /* hvp_S3 = −2 (dS2ᵀ S1ᵀ S0ᵀ (A − S0 S1 S2 S3 S4) S4ᵀ + S2ᵀ dS1ᵀ S0ᵀ (A − S0 S1 S2 S3 S4) S4ᵀ + S2ᵀ S1ᵀ dS0ᵀ (A − S0 S1 S2 S3 S4) S4ᵀ − S2ᵀ S1ᵀ S0ᵀ (dS0 S1 S2 S3 S4 + S0 dS1 S2 S3 S4 + S0 S1 dS2 S3 S4 + S0 S1 S2 dS3 S4 + S0 S1 S2 S3 dS4) S4ᵀ + S2ᵀ S1ᵀ S0ᵀ (A − S0 S1 S2 S3 S4) dS4ᵀ)  at S3 */
    linear_2(w->threads, w->nnz_S3, 1.0, w->t_38, 1.0, w->t_40, w->hvp_S3);
    add(w->threads, w->nnz_S3, 1.0, w->t_42, w->hvp_S3);
    add(w->threads, w->nnz_S3, 1.0, w->t_18, w->hvp_S3);
    add(w->threads, w->nnz_S3, 1.0, w->t_43, w->hvp_S3);
    /* t_44 = dS3ᵀ S2ᵀ S1ᵀ S0ᵀ (2 S0 S1 S2 S3 S4 − 2 A)  at S4 */
    sparse_product(w->threads, w->nnz_S4, &w->pairs_t_10, w->dS3, w->t_8, w->t_44);
    /* t_45 = S3ᵀ dS2ᵀ S1ᵀ S0ᵀ (2 S0 S1 S2 S3 S4 − 2 A)  at S4 */
    sparse_product(w->threads, w->nnz_S4, &w->pairs_t_10, w->S3, w->t_37, w->t_45);
    /* t_46 = S3ᵀ S2ᵀ dS1ᵀ S0ᵀ (2 S0 S1 S2 S3 S4 − 2 A)  at S4 */
    sparse_product(w->threads, w->nnz_S4, &w->pairs_t_10, w->S3, w->t_39, w->t_46);
    /* t_47 = S3ᵀ S2ᵀ S1ᵀ dS0ᵀ (2 S0 S1 S2 S3 S4 − 2 A)  at S4 */
    sparse_product(w->threads, w->nnz_S4, &w->pairs_t_10, w->S3, w->t_41, w->t_47);
    /* hvp_S4 = −2 (dS3ᵀ S2ᵀ S1ᵀ S0ᵀ (A − S0 S1 S2 S3 S4) + S3ᵀ dS2ᵀ S1ᵀ S0ᵀ (A − S0 S1 S2 S3 S4) + S3ᵀ S2ᵀ dS1ᵀ S0ᵀ (A − S0 S1 S2 S3 S4) + S3ᵀ S2ᵀ S1ᵀ dS0ᵀ (A − S0 S1 S2 S3 S4) − S3ᵀ S2ᵀ S1ᵀ S0ᵀ (dS0 S1 S2 S3 S4 + S0 dS1 S2 S3 S4 + S0 S1 dS2 S3 S4 + S0 S1 S2 dS3 S4 + S0 S1 S2 S3 dS4))  at S4 */
    linear_2(w->threads, w->nnz_S4, 1.0, w->t_44, 1.0, w->t_45, w->hvp_S4);
    add(w->threads, w->nnz_S4, 1.0, w->t_46, w->hvp_S4);
    add(w->threads, w->nnz_S4, 1.0, w->t_47, w->hvp_S4);
    add(w->threads, w->nnz_S4, 1.0, w->t_19, w->hvp_S4);
}

