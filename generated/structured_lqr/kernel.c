/* Kernels of the problem structured_lqr.
 *
 * E = tr(lyap(Aᵀ − Kᵀ Bᵀ, Q + Kᵀ R K))
 * dE/dK = 2 R K lyap(A − B K, I) − 2 Bᵀ lyap(Aᵀ − Kᵀ Bᵀ, Q + Kᵀ R K) lyap(A − B K, I)  at the stored positions
 * plan 062d327662a8
 * floating-point operations at the sizes it was planned for: energy 2.25e+06, gradient 2.9e+06, hvp 4.9e+06
 * workspace: 8 (1·1 + 9 m·n + 2 n + 11 nnz(K) + n·(2 * n) + 4 n·m + 14 n·n + 2) bytes
 *
 * Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines structured_lqr
 */
#include "kernels.h"

/* Where one model keeps its numbers: members of eight bytes each, filled by the runtime. */
typedef struct {
    real *A, *B, *K, *Q, *R, *dK, *Bt, *eye, *I_2, *KtBt, *t, *schur, *KtR, *RK, *t_2, *t_3, *t_4;
    double *trace_2, *energy;
    real *domain, *t_5, *t_6, *t_7, *t_8, *t_9, *t_10, *t_11, *t_12, *t_13, *t_14, *t_15, *t_16;
    real *t_17, *dKt_R_K, *KtRdK, *t_18, *t_19, *t_20, *t_21, *t_22, *t_23, *t_24, *t_25, *t_26;
    real *t_27, *t_28, *t_29, *t_30, *t_31, *hvp_K;
    row_table at_K_T, at_pattern1, at_K;
    int64_t m, n, nnz_pattern1, nnz_K;
    uint8_t *done;
    const struct nzdiff_solvers *solvers;
    int threads;
} nzdiff_workspace;

STAGE(0) { /* shared by energy, gradient, hvp */
    /* KtBt = Kᵀ Bᵀ */
    spmm_transposed(w->threads, w->n, w->n, &w->at_K_T, 1.0, 0.0, w->K, w->Bt, w->KtBt, w->KtBt);
    /* t = (A − B K) */
    linear_1(w->threads, w->n * w->n, 1.0, w->A, w->t);
    add_transposed(w->threads, w->n, w->n, -1.0, w->KtBt, w->t);
    /* schur = Schur form of (A − B K) */
    external(w->solvers, 0, (const real *[]){w->t}, w->schur);
    /* KtR = Kᵀ R */
    spmm_transposed(w->threads, w->n, w->m, &w->at_K_T, 1.0, 0.0, w->K, w->R, w->KtR, w->KtR);
    /* RK = R K */
    transpose(w->threads, w->m, w->n, 1.0, w->KtR, w->RK);
    /* t_2 = (Q + Kᵀ R K) */
    spmm_transposed(w->threads, w->n, w->n, &w->at_K_T, 1.0, 1.0, w->K, w->RK, w->Q, w->t_2);
    /* t_3 = lyap(Aᵀ − Kᵀ Bᵀ, Q + Kᵀ R K) */
    external(w->solvers, 1, (const real *[]){w->schur, w->t_2}, w->t_3);
    /* domain = A − B K */
    external(w->solvers, 2, (const real *[]){w->schur}, w->domain);
}

STAGE(1) { /* shared by gradient, hvp */
    /* t_5 = lyap(Aᵀ − Kᵀ Bᵀ, Q + Kᵀ R K) B */
    gemm_nn(w->threads, w->n, w->m, w->n, 1.0, 0.0, w->t_3, w->B, w->t_5);
    /* t_8 = lyap(A − B K, I) */
    external(w->solvers, 3, (const real *[]){w->schur, w->I_2}, w->t_8);
}

STAGE(2) { /* shared by energy */
    /* t_4 = lyap(Aᵀ − Kᵀ Bᵀ, Q + Kᵀ R K)  at I */
    sample(w->threads, w->n, &w->at_pattern1, w->n, w->t_3, w->t_4);
    /* trace_2 = tr(lyap(Aᵀ − Kᵀ Bᵀ, Q + Kᵀ R K)) */
    total(w->threads, w->nnz_pattern1, w->t_4, w->trace_2);
    /* energy = E */
    w->energy[0] = w->trace_2[0];
}

STAGE(3) { /* shared by gradient */
    /* t_6 = (2 Kᵀ R − 2 lyap(Aᵀ − Kᵀ Bᵀ, Q + Kᵀ R K) B) */
    linear_2(w->threads, w->n * w->m, 2.0, w->KtR, -2.0, w->t_5, w->t_6);
    /* t_7 = (2 Kᵀ R − 2 lyap(Aᵀ − Kᵀ Bᵀ, Q + Kᵀ R K) B)ᵀ */
    transpose(w->threads, w->m, w->n, 1.0, w->t_6, w->t_7);
    /* t_9 = (2 Kᵀ R − 2 lyap(Aᵀ − Kᵀ Bᵀ, Q + Kᵀ R K) B)ᵀ lyap(A − B K, I)  at K */
    sddmm(w->threads, w->m, w->n, &w->at_K, w->t_7, w->t_8, w->t_9);
}

STAGE(4) { /* shared by hvp */
    /* t_23 = Bᵀ lyap(Aᵀ − Kᵀ Bᵀ, Q + Kᵀ R K) */
    transpose(w->threads, w->m, w->n, 1.0, w->t_5, w->t_23);
}

STAGE(5) { /* without g, of B, shared by energy, gradient, hvp */
    /* Bt = Bᵀ */
    transpose(w->threads, w->m, w->n, 1.0, w->B, w->Bt);
}

STAGE(6) { /* without g, shared by gradient, hvp */
    /* eye = I  at I */
    fill(w->threads, w->nnz_pattern1, 1.0, w->eye);
    /* I_2 = I */
    fill(w->threads, w->n * w->n, 0.0, w->I_2);
    add_scattered(w->threads, w->n, w->n, &w->at_pattern1, 1.0, w->eye, w->I_2);
}

FUNCTION(prepare) { /* what does not depend on g */
    NEED(5) NEED(6)
}

FUNCTION(energy) { /* E */
    NEED(5) NEED(0) NEED(2)
}

FUNCTION(gradient) { /* the gradient at the stored positions */
    NEED(5) NEED(6) NEED(0) NEED(1) NEED(3)
}

FUNCTION(hvp) { /* the Hessian applied to dG */
    NEED(5) NEED(6) NEED(0) NEED(1) NEED(4)
    /* t_10 = dK lyap(A − B K, I) */
    spmm(w->threads, w->m, w->n, &w->at_K, 1.0, 0.0, w->dK, w->t_8, w->t_10, w->t_10);
    /* t_11 = lyap(A − B K, I) dKᵀ */
    transpose(w->threads, w->n, w->m, 1.0, w->t_10, w->t_11);
    /* t_12 = R dK lyap(A − B K, I)  at K */
    sddmm(w->threads, w->m, w->m, &w->at_K, w->R, w->t_11, w->t_12);
    /* t_13 = B dK lyap(A − B K, I) */
    gemm_nn(w->threads, w->n, w->n, w->m, 1.0, 0.0, w->B, w->t_10, w->t_13);
    /* t_14 = lyap(A − B K, B dK lyap(A − B K, I)) */
    external(w->solvers, 4, (const real *[]){w->schur, w->t_13}, w->t_14);
    /* t_15 = lyap(A − B K, B dK lyap(A − B K, I))ᵀ */
    transpose(w->threads, w->n, w->n, 1.0, w->t_14, w->t_15);
    /* t_16 = R K lyap(A − B K, B dK lyap(A − B K, I))  at K */
    sddmm(w->threads, w->m, w->n, &w->at_K, w->RK, w->t_15, w->t_16);
    /* t_17 = R K lyap(A − B K, B dK lyap(A − B K, I))ᵀ  at K */
    sddmm(w->threads, w->m, w->n, &w->at_K, w->RK, w->t_14, w->t_17);
    /* dKt_R_K = dKᵀ R K */
    spmm_transposed(w->threads, w->n, w->n, &w->at_K_T, 1.0, 0.0, w->dK, w->RK, w->dKt_R_K,
            w->dKt_R_K);
    /* KtRdK = Kᵀ R dK */
    transpose(w->threads, w->n, w->n, 1.0, w->dKt_R_K, w->KtRdK);
    /* t_18 = lyap(Aᵀ − Kᵀ Bᵀ, Kᵀ R dK) */
    external(w->solvers, 5, (const real *[]){w->schur, w->KtRdK}, w->t_18);
    /* t_19 = Bᵀ lyap(Aᵀ − Kᵀ Bᵀ, Kᵀ R dK)ᵀ */
    gemm_tt(w->threads, w->m, w->n, w->n, 1.0, 0.0, w->B, w->t_18, w->t_19);
    /* t_20 = Bᵀ lyap(Aᵀ − Kᵀ Bᵀ, Kᵀ R dK)ᵀ lyap(A − B K, I)  at K */
    sddmm(w->threads, w->m, w->n, &w->at_K, w->t_19, w->t_8, w->t_20);
    /* t_21 = Bᵀ lyap(Aᵀ − Kᵀ Bᵀ, Kᵀ R dK) */
    gemm_tn(w->threads, w->m, w->n, w->n, 1.0, 0.0, w->B, w->t_18, w->t_21);
    /* t_22 = Bᵀ lyap(Aᵀ − Kᵀ Bᵀ, Kᵀ R dK) lyap(A − B K, I)  at K */
    sddmm(w->threads, w->m, w->n, &w->at_K, w->t_21, w->t_8, w->t_22);
    /* t_24 = dKᵀ Bᵀ lyap(Aᵀ − Kᵀ Bᵀ, Q + Kᵀ R K) */
    spmm_transposed(w->threads, w->n, w->n, &w->at_K_T, 1.0, 0.0, w->dK, w->t_23, w->t_24, w->t_24);
    /* t_25 = lyap(Aᵀ − Kᵀ Bᵀ, dKᵀ Bᵀ lyap(Aᵀ − Kᵀ Bᵀ, Q + Kᵀ R K)) */
    external(w->solvers, 6, (const real *[]){w->schur, w->t_24}, w->t_25);
    /* t_26 = Bᵀ lyap(Aᵀ − Kᵀ Bᵀ, dKᵀ Bᵀ lyap(Aᵀ − Kᵀ Bᵀ, Q + Kᵀ R K)) */
    gemm_tn(w->threads, w->m, w->n, w->n, 1.0, 0.0, w->B, w->t_25, w->t_26);
    /* t_27 = Bᵀ lyap(Aᵀ − Kᵀ Bᵀ, dKᵀ Bᵀ lyap(Aᵀ − Kᵀ Bᵀ, Q + Kᵀ R K)) lyap(A − B K, I)  at K */
    sddmm(w->threads, w->m, w->n, &w->at_K, w->t_26, w->t_8, w->t_27);
    /* t_28 = Bᵀ lyap(Aᵀ − Kᵀ Bᵀ, dKᵀ Bᵀ lyap(Aᵀ − Kᵀ Bᵀ, Q + Kᵀ R K))ᵀ */
    gemm_tt(w->threads, w->m, w->n, w->n, 1.0, 0.0, w->B, w->t_25, w->t_28);
    /* t_29 = Bᵀ lyap(Aᵀ − Kᵀ Bᵀ, dKᵀ Bᵀ lyap(Aᵀ − Kᵀ Bᵀ, Q + Kᵀ R K))ᵀ lyap(A − B K, I)  at K */
    sddmm(w->threads, w->m, w->n, &w->at_K, w->t_28, w->t_8, w->t_29);
    /* t_30 = Bᵀ lyap(Aᵀ − Kᵀ Bᵀ, Q + Kᵀ R K) lyap(A − B K, B dK lyap(A − B K, I))  at K */
    sddmm(w->threads, w->m, w->n, &w->at_K, w->t_23, w->t_15, w->t_30);
    /* t_31 = Bᵀ lyap(Aᵀ − Kᵀ Bᵀ, Q + Kᵀ R K) lyap(A − B K, B dK lyap(A − B K, I))ᵀ  at K */
    sddmm(w->threads, w->m, w->n, &w->at_K, w->t_23, w->t_14, w->t_31);
    /* hvp_K = (2 R dK lyap(A − B K, I) − 2 R K lyap(A − B K, B dK lyap(A − B K, I)) − 2 R K lyap(A − B K, lyap(A − B K, I) dKᵀ Bᵀ) − 2 Bᵀ lyap(Aᵀ − Kᵀ Bᵀ, dKᵀ R K) lyap(A − B K, I) − 2 Bᵀ lyap(Aᵀ − Kᵀ Bᵀ, Kᵀ R dK) lyap(A − B K, I) + 2 Bᵀ lyap(Aᵀ − Kᵀ Bᵀ, dKᵀ Bᵀ lyap(Aᵀ − Kᵀ Bᵀ, Q + Kᵀ R K)) lyap(A − B K, I) + 2 Bᵀ lyap(Aᵀ − Kᵀ Bᵀ, lyap(Aᵀ − Kᵀ Bᵀ, Q + Kᵀ R K) B dK) lyap(A − B K, I) + 2 Bᵀ lyap(Aᵀ − Kᵀ Bᵀ, Q + Kᵀ R K) lyap(A − B K, B dK lyap(A − B K, I)) + 2 Bᵀ lyap(Aᵀ − Kᵀ Bᵀ, Q + Kᵀ R K) lyap(A − B K, lyap(A − B K, I) dKᵀ Bᵀ))  at K */
    linear_2(w->threads, w->nnz_K, 2.0, w->t_12, -2.0, w->t_16, w->hvp_K);
    add(w->threads, w->nnz_K, -2.0, w->t_17, w->hvp_K);
    add(w->threads, w->nnz_K, -2.0, w->t_20, w->hvp_K);
    add(w->threads, w->nnz_K, -2.0, w->t_22, w->hvp_K);
    add(w->threads, w->nnz_K, 2.0, w->t_27, w->hvp_K);
    add(w->threads, w->nnz_K, 2.0, w->t_29, w->hvp_K);
    add(w->threads, w->nnz_K, 2.0, w->t_30, w->hvp_K);
    add(w->threads, w->nnz_K, 2.0, w->t_31, w->hvp_K);
}

