/* Kernels of the problem convex_coarsening.
 *
 * E = 1/2 ‖X − Y S B‖²
 * f = X − Y S B
 * dE/dS = −Y f Bᵀ  at the stored positions
 * plan 8d977a015712
 * floating-point operations at the sizes it was planned for: energy 3.15e+04, direct_energy 2.65e+05, residual 2.05e+05, gradient 2.33e+04, jvp 2.65e+05, vjp 2.07e+05, gnvp 1.15e+04, hvp 1.15e+04
 * workspace: 8 (k·k + m + 3 m·k + 15 nnz(S) + nnz(S·S) + 13) bytes
 *
 * Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines convex_coarsening
 */
#include "kernels.h"

/* Where one model keeps its numbers: members of eight bytes each, filled by the runtime. */
typedef struct {
    real *B, *S, *X, *Y, *dS, *W_f, *BXt, *BXtY, *BBt, *YXBt;
    double *sumsq;
    real *BtB;
    double *sumsq_2;
    real *YY;
    double *sumsq_4;
    real *YS, *f;
    double *sumsq_f, *energy;
    real *SYY, *BBtSYY, *t, *t_2;
    double *trace_2, *trace_3_2, *sum, *sumsq_3, *scalar, *gram_energy, *gram_scale;
    double *guarded_energy;
    real *gradient_S, *YdS, *YdSB, *df, *W_f_Bt, *Y_W_f_Bt, *vjp_S, *YdSBBt, *YYdSBBt;
    pair_table pairs_YS, pairs_SYY, pairs_BXtY, pairs_YY;
    spread_table spread_BBtSYY, spread_YdSBBt;
    place_table place_S_T_in_S;
    row_table at_S, at_SS;
    int64_t k, m, nnz_S, nnz_pattern2;
    uint8_t *done;
    const struct nzdiff_solvers *solvers;
    int threads;
} nzdiff_workspace;

EXPORT void nzdiff_direct_energy(const nzdiff_workspace *w);

STAGE(0) { /* shared by energy, direct_energy, residual, gradient */
    /* YS = Y S  at S */
    sparse_product(w->threads, w->nnz_S, &w->pairs_YS, w->Y, w->S, w->YS);
}

STAGE(1) { /* shared by energy, gradient */
    /* SYY = S Y Y  at S */
    sparse_product(w->threads, w->nnz_S, &w->pairs_SYY, w->YS, w->Y, w->SYY);
    /* BBtSYY = B Bᵀ S Y Y  at S */
    product_spread(w->threads, &w->spread_BBtSYY, w->BBt, w->SYY, w->BBtSYY);
}

STAGE(2) { /* shared by direct_energy, residual */
    /* f = (X − Y S B) */
    spmm(w->threads, w->m, w->k, &w->at_S, -1.0, 1.0, w->YS, w->B, w->X, w->f);
}

STAGE(3) { /* shared by energy */
    /* t = (B Xᵀ Y − B Bᵀ S Y Y)  at S */
    linear_2(w->threads, w->nnz_S, 1.0, w->BXtY, -1.0, w->BBtSYY, w->t);
    /* t_2 = (B Xᵀ Y − B Bᵀ S Y Y)ᵀ  at S */
    embed(w->threads, w->nnz_S, &w->place_S_T_in_S, 1.0, w->t, w->t_2);
    /* trace_2 = tr(S (B Xᵀ Y − B Bᵀ S Y Y)ᵀ) */
    inner(w->threads, w->nnz_S, w->S, w->t_2, w->trace_2);
    /* trace_3_2 = tr(S Y X Bᵀ) */
    inner(w->threads, w->nnz_S, w->S, w->YXBt, w->trace_3_2);
    /* sum = ‖X‖² − tr(S (Y X Bᵀ − Y Y S B Bᵀ)) − tr(S Y X Bᵀ) */
    w->sum[0] = -1.0 * w->trace_2[0] + -1.0 * w->trace_3_2[0] + w->sumsq[0];
    /* sumsq_3 = ‖S‖² */
    sum_squares(w->threads, w->nnz_S, w->S, w->sumsq_3);
    /* scalar = (‖X‖ + ‖Y Y‖^(1/2) ‖Bᵀ B‖^(1/2) ‖S‖)^2 */
    w->scalar[0] = pow(sqrt(w->sumsq[0]) + pow(w->sumsq_2[0],
            1.0/4.0)*sqrt(w->sumsq_3[0])*pow(w->sumsq_4[0], 1.0/4.0), 2);
    /* gram_energy = E by Gram matrices */
    w->gram_energy[0] = 0.5 * w->sum[0];
    /* gram_scale = what its error is relative to */
    w->gram_scale[0] = 0.5 * w->scalar[0];
    /* guarded_energy = E */
    w->guarded_energy[0] = w->gram_energy[0];
    if (!is_accurate(w->gram_energy[0], w->gram_scale[0], 2.220446049250313e-06,
            0.0011920928955078125)) {
            nzdiff_direct_energy(w);
            w->guarded_energy[0] = w->energy[0];
    }
}

STAGE(4) { /* shared by direct_energy */
    /* sumsq_f = ‖f‖² */
    sum_squares(w->threads, w->m * w->k, w->f, w->sumsq_f);
    /* energy = E */
    w->energy[0] = 0.5 * w->sumsq_f[0];
}

STAGE(5) { /* shared by gradient */
    /* gradient_S = −(Y X Bᵀ − Y Y S B Bᵀ)  at S */
    linear_1(w->threads, w->nnz_S, -1.0, w->YXBt, w->gradient_S);
    add_embedded(w->threads, w->nnz_S, &w->place_S_T_in_S, 1.0, w->BBtSYY, w->gradient_S);
}

STAGE(6) { /* without g, of B, shared by energy, gradient, gnvp, hvp */
    /* BBt = B Bᵀ  at S·S */
    sddmm(w->threads, w->m, w->k, &w->at_SS, w->B, w->B, w->BBt);
}

STAGE(7) { /* without g, of B, X, shared by energy, gradient */
    /* BXt = B Xᵀ  at S */
    sddmm(w->threads, w->m, w->k, &w->at_S, w->B, w->X, w->BXt);
}

STAGE(8) { /* without g, of B, X, Y, shared by energy, gradient */
    /* BXtY = B Xᵀ Y  at S */
    sparse_product(w->threads, w->nnz_S, &w->pairs_BXtY, w->BXt, w->Y, w->BXtY);
    /* YXBt = Y X Bᵀ  at S */
    embed(w->threads, w->nnz_S, &w->place_S_T_in_S, 1.0, w->BXtY, w->YXBt);
}

STAGE(9) { /* without g, of X, shared by energy */
    /* sumsq = ‖X‖² */
    sum_squares(w->threads, w->m * w->k, w->X, w->sumsq);
}

STAGE(10) { /* without g, of B, shared by energy */
    /* BtB = Bᵀ B */
    gemm_tn(w->threads, w->k, w->k, w->m, 1.0, 0.0, w->B, w->B, w->BtB);
    /* sumsq_2 = ‖Bᵀ B‖² */
    sum_squares(w->threads, w->k * w->k, w->BtB, w->sumsq_2);
}

STAGE(11) { /* without g, of Y, shared by energy */
    /* YY = Y Y  at I */
    sparse_product(w->threads, w->nnz_pattern2, &w->pairs_YY, w->Y, w->Y, w->YY);
    /* sumsq_4 = ‖Y Y‖² */
    sum_squares(w->threads, w->nnz_pattern2, w->YY, w->sumsq_4);
}

FUNCTION(prepare) { /* what does not depend on g */
    NEED(6) NEED(7) NEED(8) NEED(9) NEED(10) NEED(11)
}

FUNCTION(energy) { /* E */
    NEED(6) NEED(7) NEED(8) NEED(9) NEED(10) NEED(11) NEED(0) NEED(1) NEED(3)
}

FUNCTION(direct_energy) { /* E without Gram matrices, where they are not accurate enough */
    NEED(0) NEED(2) NEED(4)
}

FUNCTION(residual) { /* f */
    NEED(0) NEED(2)
}

FUNCTION(gradient) { /* the gradient at the stored positions */
    NEED(6) NEED(7) NEED(8) NEED(0) NEED(1) NEED(5)
}

FUNCTION(jvp) { /* the directional derivative of f along dG */
    /* YdS = Y dS  at S */
    sparse_product(w->threads, w->nnz_S, &w->pairs_YS, w->Y, w->dS, w->YdS);
    /* YdSB = Y dS B */
    spmm(w->threads, w->m, w->k, &w->at_S, 1.0, 0.0, w->YdS, w->B, w->YdSB, w->YdSB);
    /* df = −Y dS B */
    linear_1(w->threads, w->m * w->k, -1.0, w->YdSB, w->df);
}

FUNCTION(vjp) { /* the adjoint of the Jacobian applied to W */
    /* W_f_Bt = W_f Bᵀ  at S */
    sddmm(w->threads, w->m, w->k, &w->at_S, w->W_f, w->B, w->W_f_Bt);
    /* Y_W_f_Bt = Y W_f Bᵀ  at S */
    sparse_product(w->threads, w->nnz_S, &w->pairs_YS, w->Y, w->W_f_Bt, w->Y_W_f_Bt);
    /* vjp_S = −Y W_f Bᵀ  at S */
    linear_1(w->threads, w->nnz_S, -1.0, w->Y_W_f_Bt, w->vjp_S);
}

FUNCTION(gnvp) { /* Gauss-Newton matrix applied to dG */
    NEED(6)
    /* YdS = Y dS  at S */
    sparse_product(w->threads, w->nnz_S, &w->pairs_YS, w->Y, w->dS, w->YdS);
    /* YdSBBt = Y dS B Bᵀ  at S */
    product_spread(w->threads, &w->spread_YdSBBt, w->YdS, w->BBt, w->YdSBBt);
    /* YYdSBBt = Y Y dS B Bᵀ  at S */
    sparse_product(w->threads, w->nnz_S, &w->pairs_YS, w->Y, w->YdSBBt, w->YYdSBBt);
}

FUNCTION(hvp) { /* the Hessian applied to dG */
    NEED(6)
    /* YdS = Y dS  at S */
    sparse_product(w->threads, w->nnz_S, &w->pairs_YS, w->Y, w->dS, w->YdS);
    /* YdSBBt = Y dS B Bᵀ  at S */
    product_spread(w->threads, &w->spread_YdSBBt, w->YdS, w->BBt, w->YdSBBt);
    /* YYdSBBt = Y Y dS B Bᵀ  at S */
    sparse_product(w->threads, w->nnz_S, &w->pairs_YS, w->Y, w->YdSBBt, w->YYdSBBt);
}

