/* Kernels of the problem spectral_coarsening.
 *
 * E = ‖X − Y Gᵀ L G B‖²
 * f = X − Y Gᵀ L G B
 * dE/dG = −2 (L G B fᵀ Y + Lᵀ G Y f Bᵀ)  at the stored positions
 * plan c3e874b48cf4
 * floating-point operations at the sizes it was planned for: energy 2.4e+05, direct_energy 7.29e+05, residual 6.69e+05, gradient 3.96e+05, jvp 7.73e+05, vjp 7.9e+05, gnvp 4.82e+05, hvp 8.43e+05
 * workspace: 8 (k·k + 2 m + 2 m·k + 12 nnz(G) + 9 nnz(Gᵀ·L·G) + 10 nnz(Gᵀ·Lᵀ·G) + nnz(Gᵀ·Lᵀ·G·Gᵀ·L·G) + 6 nnz(L·G) + 13) bytes
 *
 * Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines spectral_coarsening
 */
#include "kernels.h"

/* Where one model keeps its numbers: members of eight bytes each, filled by the runtime. */
typedef struct {
    real *B, *G, *L, *X, *Y, *dG, *W_f, *BXt, *BXtY, *BBt, *YXBt;
    double *sumsq;
    real *BtB;
    double *sumsq_2;
    real *YY;
    double *sumsq_4;
    real *YY_2, *LG, *GtLG, *YGtLG, *f;
    double *sumsq_f, *energy;
    real *GtLtGYY, *BBtGtLtGYY, *t, *t_2;
    double *trace_2, *trace_3_2, *sum, *sumsq_3, *scalar, *gram_energy, *gram_scale;
    double *guarded_energy;
    real *t_3, *t_4, *t_5, *t_6, *gradient_G, *LdG, *GtLdG, *dGt_L_G, *t_8, *t_7, *t_9, *B_W_ft;
    real *B_W_ft_Y, *L_G_B_W_ft_Y, *G_Y_W_f_Bt, *Lt_G_Y_W_f_Bt, *vjp_G, *t_11, *t_10, *t_12, *t_13;
    real *t_14, *t_15, *gnvp_G, *t_16, *t_17, *t_18, *hvp_G;
    pair_table pairs_YGtLG, pairs_GtLtGYY, pairs_t_4, pairs_t_5, pairs_BXtY, pairs_YY_2;
    spread_table spread_LG, spread_GtLG, spread_BBtGtLtGYY, spread_t_6;
    place_table place_GtLtG_T_in_GtLG;
    row_table at_GtLG, at_GtLtGGtLG, at_GtLtG;
    int64_t k, m, n, nnz_LG, nnz_GtLG, nnz_GtLtG, nnz_G, nnz_pattern5;
    uint8_t *done;
    const struct nzdiff_solvers *solvers;
    int threads;
} nzdiff_workspace;

EXPORT void nzdiff_direct_energy(const nzdiff_workspace *w);

STAGE(0) { /* shared by energy, direct_energy, residual, gradient, jvp, vjp, gnvp, hvp */
    /* LG = L G  at L·G */
    product_spread(w->threads, &w->spread_LG, w->L, w->G, w->LG);
}

STAGE(1) { /* shared by energy, direct_energy, residual, gradient, hvp */
    /* GtLG = Gᵀ L G  at Gᵀ·L·G */
    product_spread(w->threads, &w->spread_GtLG, w->G, w->LG, w->GtLG);
    /* YGtLG = Y Gᵀ L G  at Gᵀ·L·G */
    sparse_product(w->threads, w->nnz_GtLG, &w->pairs_YGtLG, w->Y, w->GtLG, w->YGtLG);
}

STAGE(2) { /* shared by energy, gradient, hvp */
    /* GtLtGYY = Gᵀ Lᵀ G Y Y  at Gᵀ·Lᵀ·G */
    sparse_product(w->threads, w->nnz_GtLtG, &w->pairs_GtLtGYY, w->YGtLG, w->Y, w->GtLtGYY);
    /* BBtGtLtGYY = B Bᵀ Gᵀ Lᵀ G Y Y  at Gᵀ·Lᵀ·G */
    product_spread(w->threads, &w->spread_BBtGtLtGYY, w->BBt, w->GtLtGYY, w->BBtGtLtGYY);
}

STAGE(3) { /* shared by direct_energy, residual */
    /* f = (X − Y Gᵀ L G B) */
    spmm(w->threads, w->m, w->k, &w->at_GtLG, -1.0, 1.0, w->YGtLG, w->B, w->X, w->f);
}

STAGE(4) { /* shared by gradient, hvp */
    /* t_3 = (2 B Bᵀ Gᵀ Lᵀ G Y Y − 2 B Xᵀ Y)  at Gᵀ·Lᵀ·G */
    linear_2(w->threads, w->nnz_GtLtG, -2.0, w->BXtY, 2.0, w->BBtGtLtGYY, w->t_3);
}

STAGE(5) { /* shared by energy */
    /* t = (B Xᵀ Y − B Bᵀ Gᵀ Lᵀ G Y Y)  at Gᵀ·Lᵀ·G */
    linear_2(w->threads, w->nnz_GtLtG, 1.0, w->BXtY, -1.0, w->BBtGtLtGYY, w->t);
    /* t_2 = (B Xᵀ Y − B Bᵀ Gᵀ Lᵀ G Y Y)ᵀ  at Gᵀ·L·G */
    embed(w->threads, w->nnz_GtLG, &w->place_GtLtG_T_in_GtLG, 1.0, w->t, w->t_2);
    /* trace_2 = tr(Gᵀ Lᵀ G (B Xᵀ Y − B Bᵀ Gᵀ Lᵀ G Y Y)ᵀ) */
    inner(w->threads, w->nnz_GtLG, w->GtLG, w->t_2, w->trace_2);
    /* trace_3_2 = tr(Gᵀ Lᵀ G Y X Bᵀ) */
    inner(w->threads, w->nnz_GtLG, w->GtLG, w->YXBt, w->trace_3_2);
    /* sum = ‖X‖² − tr(Gᵀ Lᵀ G (Y X Bᵀ − Y Y Gᵀ L G B Bᵀ)) − tr(Gᵀ Lᵀ G Y X Bᵀ) */
    w->sum[0] = -1.0 * w->trace_2[0] + -1.0 * w->trace_3_2[0] + w->sumsq[0];
    /* sumsq_3 = ‖Gᵀ L G‖² */
    sum_squares(w->threads, w->nnz_GtLG, w->GtLG, w->sumsq_3);
    /* scalar = (‖X‖ + ‖Y Y‖^(1/2) ‖Bᵀ B‖^(1/2) ‖Gᵀ L G‖)^2 */
    w->scalar[0] = pow(sqrt(w->sumsq[0]) + pow(w->sumsq_2[0],
            1.0/4.0)*sqrt(w->sumsq_3[0])*pow(w->sumsq_4[0], 1.0/4.0), 2);
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

STAGE(6) { /* shared by direct_energy */
    /* sumsq_f = ‖f‖² */
    sum_squares(w->threads, w->m * w->k, w->f, w->sumsq_f);
    /* energy = E */
    w->energy[0] = w->sumsq_f[0];
}

STAGE(7) { /* shared by gradient */
    /* t_4 = L G (2 B Bᵀ Gᵀ Lᵀ G Y Y − 2 B Xᵀ Y)  at G */
    sparse_product(w->threads, w->nnz_G, &w->pairs_t_4, w->LG, w->t_3, w->t_4);
    /* t_5 = G (2 B Bᵀ Gᵀ Lᵀ G Y Y − 2 B Xᵀ Y)ᵀ  at L·G */
    sparse_product(w->threads, w->nnz_LG, &w->pairs_t_5, w->G, w->t_3, w->t_5);
    /* t_6 = Lᵀ G (2 B Bᵀ Gᵀ Lᵀ G Y Y − 2 B Xᵀ Y)ᵀ  at G */
    product_spread(w->threads, &w->spread_t_6, w->L, w->t_5, w->t_6);
    /* gradient_G = −2 (L G (B Xᵀ Y − B Bᵀ Gᵀ Lᵀ G Y Y) + Lᵀ G (Y X Bᵀ − Y Y Gᵀ L G B Bᵀ))  at G */
    linear_2(w->threads, w->nnz_G, 1.0, w->t_4, 1.0, w->t_6, w->gradient_G);
}

STAGE(8) { /* without g, of B, shared by energy, gradient, gnvp, hvp */
    /* BBt = B Bᵀ  at Gᵀ·Lᵀ·G·Gᵀ·L·G */
    sddmm(w->threads, w->m, w->k, &w->at_GtLtGGtLG, w->B, w->B, w->BBt);
}

STAGE(9) { /* without g, of B, X, shared by energy, gradient, hvp */
    /* BXt = B Xᵀ  at Gᵀ·Lᵀ·G */
    sddmm(w->threads, w->m, w->k, &w->at_GtLtG, w->B, w->X, w->BXt);
}

STAGE(10) { /* without g, of B, X, Y, shared by energy, gradient, hvp */
    /* BXtY = B Xᵀ Y  at Gᵀ·Lᵀ·G */
    sparse_product(w->threads, w->nnz_GtLtG, &w->pairs_BXtY, w->BXt, w->Y, w->BXtY);
}

STAGE(11) { /* without g, of Y, shared by gnvp, hvp */
    /* YY_2 = Y Y  at I */
    sparse_product(w->threads, w->nnz_pattern5, &w->pairs_YY_2, w->Y, w->Y, w->YY_2);
}

STAGE(12) { /* without g, of X, shared by energy */
    /* sumsq = ‖X‖² */
    sum_squares(w->threads, w->m * w->k, w->X, w->sumsq);
}

STAGE(13) { /* without g, of B, shared by energy */
    /* BtB = Bᵀ B */
    gemm_tn(w->threads, w->k, w->k, w->m, 1.0, 0.0, w->B, w->B, w->BtB);
    /* sumsq_2 = ‖Bᵀ B‖² */
    sum_squares(w->threads, w->k * w->k, w->BtB, w->sumsq_2);
}

STAGE(14) { /* without g, of Y, shared by energy */
    /* YY = Y Y  at I */
    sparse_product(w->threads, w->nnz_pattern5, &w->pairs_YY_2, w->Y, w->Y, w->YY);
    /* sumsq_4 = ‖Y Y‖² */
    sum_squares(w->threads, w->nnz_pattern5, w->YY, w->sumsq_4);
}

STAGE(15) { /* without g, of B, X, Y, shared by energy */
    /* YXBt = Y X Bᵀ  at Gᵀ·L·G */
    embed(w->threads, w->nnz_GtLG, &w->place_GtLtG_T_in_GtLG, 1.0, w->BXtY, w->YXBt);
}

FUNCTION(prepare) { /* what does not depend on g */
    NEED(8) NEED(9) NEED(10) NEED(11) NEED(12) NEED(13) NEED(14) NEED(15)
}

FUNCTION(energy) { /* E */
    NEED(8) NEED(9) NEED(10) NEED(12) NEED(13) NEED(14) NEED(15) NEED(0) NEED(1) NEED(2) NEED(5)
}

FUNCTION(direct_energy) { /* E without Gram matrices, where they are not accurate enough */
    NEED(0) NEED(1) NEED(3) NEED(6)
}

FUNCTION(residual) { /* f */
    NEED(0) NEED(1) NEED(3)
}

FUNCTION(gradient) { /* the gradient at the stored positions */
    NEED(8) NEED(9) NEED(10) NEED(0) NEED(1) NEED(2) NEED(4) NEED(7)
}

FUNCTION(jvp) { /* the directional derivative of f along dG */
    NEED(0)
    /* LdG = L dG  at L·G */
    product_spread(w->threads, &w->spread_LG, w->L, w->dG, w->LdG);
    /* GtLdG = Gᵀ L dG  at Gᵀ·L·G */
    product_spread(w->threads, &w->spread_GtLG, w->G, w->LdG, w->GtLdG);
    /* dGt_L_G = dGᵀ L G  at Gᵀ·L·G */
    product_spread(w->threads, &w->spread_GtLG, w->dG, w->LG, w->dGt_L_G);
    /* t_8 = (−Gᵀ L dG − dGᵀ L G)  at Gᵀ·L·G */
    linear_2(w->threads, w->nnz_GtLG, -1.0, w->GtLdG, -1.0, w->dGt_L_G, w->t_8);
    /* t_7 = Y (−Gᵀ L dG − dGᵀ L G)  at Gᵀ·L·G */
    sparse_product(w->threads, w->nnz_GtLG, &w->pairs_YGtLG, w->Y, w->t_8, w->t_7);
    /* t_9 = Y (−Gᵀ L dG − dGᵀ L G) B */
    spmm(w->threads, w->m, w->k, &w->at_GtLG, 1.0, 0.0, w->t_7, w->B, w->t_9, w->t_9);
}

FUNCTION(vjp) { /* the adjoint of the Jacobian applied to W */
    NEED(0)
    /* B_W_ft = B W_fᵀ  at Gᵀ·Lᵀ·G */
    sddmm(w->threads, w->m, w->k, &w->at_GtLtG, w->B, w->W_f, w->B_W_ft);
    /* B_W_ft_Y = B W_fᵀ Y  at Gᵀ·Lᵀ·G */
    sparse_product(w->threads, w->nnz_GtLtG, &w->pairs_BXtY, w->B_W_ft, w->Y, w->B_W_ft_Y);
    /* L_G_B_W_ft_Y = L G B W_fᵀ Y  at G */
    sparse_product(w->threads, w->nnz_G, &w->pairs_t_4, w->LG, w->B_W_ft_Y, w->L_G_B_W_ft_Y);
    /* G_Y_W_f_Bt = G Y W_f Bᵀ  at L·G */
    sparse_product(w->threads, w->nnz_LG, &w->pairs_t_5, w->G, w->B_W_ft_Y, w->G_Y_W_f_Bt);
    /* Lt_G_Y_W_f_Bt = Lᵀ G Y W_f Bᵀ  at G */
    product_spread(w->threads, &w->spread_t_6, w->L, w->G_Y_W_f_Bt, w->Lt_G_Y_W_f_Bt);
    /* vjp_G = −(L G B W_fᵀ Y + Lᵀ G Y W_f Bᵀ)  at G */
    linear_2(w->threads, w->nnz_G, -1.0, w->L_G_B_W_ft_Y, -1.0, w->Lt_G_Y_W_f_Bt, w->vjp_G);
}

FUNCTION(gnvp) { /* Gauss-Newton matrix applied to dG */
    NEED(8) NEED(11) NEED(0)
    /* LdG = L dG  at L·G */
    product_spread(w->threads, &w->spread_LG, w->L, w->dG, w->LdG);
    /* GtLdG = Gᵀ L dG  at Gᵀ·L·G */
    product_spread(w->threads, &w->spread_GtLG, w->G, w->LdG, w->GtLdG);
    /* dGt_L_G = dGᵀ L G  at Gᵀ·L·G */
    product_spread(w->threads, &w->spread_GtLG, w->dG, w->LG, w->dGt_L_G);
    /* t_11 = (2 Gᵀ L dG + 2 dGᵀ L G)  at Gᵀ·L·G */
    linear_2(w->threads, w->nnz_GtLG, 2.0, w->GtLdG, 2.0, w->dGt_L_G, w->t_11);
    /* t_10 = (2 Gᵀ L dG + 2 dGᵀ L G)ᵀ Y Y  at Gᵀ·Lᵀ·G */
    sparse_product(w->threads, w->nnz_GtLtG, &w->pairs_GtLtGYY, w->t_11, w->YY_2, w->t_10);
    /* t_12 = B Bᵀ (2 Gᵀ L dG + 2 dGᵀ L G)ᵀ Y Y  at Gᵀ·Lᵀ·G */
    product_spread(w->threads, &w->spread_BBtGtLtGYY, w->BBt, w->t_10, w->t_12);
    /* t_13 = L G B Bᵀ (2 Gᵀ L dG + 2 dGᵀ L G)ᵀ Y Y  at G */
    sparse_product(w->threads, w->nnz_G, &w->pairs_t_4, w->LG, w->t_12, w->t_13);
    /* t_14 = G Y Y (2 Gᵀ L dG + 2 dGᵀ L G) B Bᵀ  at L·G */
    sparse_product(w->threads, w->nnz_LG, &w->pairs_t_5, w->G, w->t_12, w->t_14);
    /* t_15 = Lᵀ G Y Y (2 Gᵀ L dG + 2 dGᵀ L G) B Bᵀ  at G */
    product_spread(w->threads, &w->spread_t_6, w->L, w->t_14, w->t_15);
    /* gnvp_G = −2 (−L G B Bᵀ (Gᵀ Lᵀ dG + dGᵀ Lᵀ G) Y Y − Lᵀ G Y Y (dGᵀ L G + Gᵀ L dG) B Bᵀ)  at G */
    linear_2(w->threads, w->nnz_G, 1.0, w->t_13, 1.0, w->t_15, w->gnvp_G);
}

FUNCTION(hvp) { /* the Hessian applied to dG */
    NEED(8) NEED(9) NEED(10) NEED(11) NEED(0) NEED(1) NEED(2) NEED(4)
    /* LdG = L dG  at L·G */
    product_spread(w->threads, &w->spread_LG, w->L, w->dG, w->LdG);
    /* GtLdG = Gᵀ L dG  at Gᵀ·L·G */
    product_spread(w->threads, &w->spread_GtLG, w->G, w->LdG, w->GtLdG);
    /* dGt_L_G = dGᵀ L G  at Gᵀ·L·G */
    product_spread(w->threads, &w->spread_GtLG, w->dG, w->LG, w->dGt_L_G);
    /* t_11 = (2 Gᵀ L dG + 2 dGᵀ L G)  at Gᵀ·L·G */
    linear_2(w->threads, w->nnz_GtLG, 2.0, w->GtLdG, 2.0, w->dGt_L_G, w->t_11);
    /* t_10 = (2 Gᵀ L dG + 2 dGᵀ L G)ᵀ Y Y  at Gᵀ·Lᵀ·G */
    sparse_product(w->threads, w->nnz_GtLtG, &w->pairs_GtLtGYY, w->t_11, w->YY_2, w->t_10);
    /* t_12 = B Bᵀ (2 Gᵀ L dG + 2 dGᵀ L G)ᵀ Y Y  at Gᵀ·Lᵀ·G */
    product_spread(w->threads, &w->spread_BBtGtLtGYY, w->BBt, w->t_10, w->t_12);
    /* t_13 = L G B Bᵀ (2 Gᵀ L dG + 2 dGᵀ L G)ᵀ Y Y  at G */
    sparse_product(w->threads, w->nnz_G, &w->pairs_t_4, w->LG, w->t_12, w->t_13);
    /* t_14 = G Y Y (2 Gᵀ L dG + 2 dGᵀ L G) B Bᵀ  at L·G */
    sparse_product(w->threads, w->nnz_LG, &w->pairs_t_5, w->G, w->t_12, w->t_14);
    /* t_15 = Lᵀ G Y Y (2 Gᵀ L dG + 2 dGᵀ L G) B Bᵀ  at G */
    product_spread(w->threads, &w->spread_t_6, w->L, w->t_14, w->t_15);
    /* t_16 = L dG (2 B Bᵀ Gᵀ Lᵀ G Y Y − 2 B Xᵀ Y)  at G */
    sparse_product(w->threads, w->nnz_G, &w->pairs_t_4, w->LdG, w->t_3, w->t_16);
    /* t_17 = dG (2 B Bᵀ Gᵀ Lᵀ G Y Y − 2 B Xᵀ Y)ᵀ  at L·G */
    sparse_product(w->threads, w->nnz_LG, &w->pairs_t_5, w->dG, w->t_3, w->t_17);
    /* t_18 = Lᵀ dG (2 B Bᵀ Gᵀ Lᵀ G Y Y − 2 B Xᵀ Y)ᵀ  at G */
    product_spread(w->threads, &w->spread_t_6, w->L, w->t_17, w->t_18);
    /* hvp_G = −2 (L dG (B Xᵀ Y − B Bᵀ Gᵀ Lᵀ G Y Y) − L G B Bᵀ (Gᵀ Lᵀ dG + dGᵀ Lᵀ G) Y Y + Lᵀ dG (Y X Bᵀ − Y Y Gᵀ L G B Bᵀ) − Lᵀ G Y Y (dGᵀ L G + Gᵀ L dG) B Bᵀ)  at G */
    linear_2(w->threads, w->nnz_G, 1.0, w->t_16, 1.0, w->t_13, w->hvp_G);
    add(w->threads, w->nnz_G, 1.0, w->t_18, w->hvp_G);
    add(w->threads, w->nnz_G, 1.0, w->t_15, w->hvp_G);
}

