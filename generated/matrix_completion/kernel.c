/* Kernels of the problem matrix_completion.
 *
 * E = weight (‖U‖² + ‖V‖²) + ‖(U Vᵀ − R) ∘ [R ≠ 0]‖²
 * f_1 = U
 * f_2 = V
 * f_3 = (U Vᵀ − R) ∘ [R ≠ 0]
 * dE/dU = 2 weight f_1 + 2 ([R ≠ 0] ∘ f_3) V  at the stored positions
 * dE/dV = 2 weight f_2 + 2 ([Rᵀ ≠ 0] ∘ f_3ᵀ) U  at the stored positions
 * plan cff04a7554a4
 * floating-point operations at the sizes it was planned for: energy 1.92e+05, residual 1.22e+05, gradient 3.18e+05, jvp 2.2e+05, vjp 3.2e+05, gnvp 5.35e+05, hvp 9.13e+05
 * workspace: 8 (7 m·r + 9 nnz(R) + 7 n·r + 4) bytes
 *
 * Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines matrix_completion
 */
#include "kernels.h"

/* Where one model keeps its numbers: members of eight bytes each, filled by the runtime. */
typedef struct {
    real *R, *U, *V, *dU, *dV, *W_f_1, *W_f_2, *W_f_3, *t_2;
    double *sumsq_U, *sumsq_V;
    real *UVt, *t, *t_3;
    double *sumsq_t_3, *energy;
    real *gradient_U, *gradient_V, *U_dVt, *dUVt, *t_6, *t_7, *t_8, *t_9, *vjp_U, *t_10, *vjp_V;
    real *t_11, *gnvp_U, *t_12, *gnvp_V, *t_13, *hvp_U, *t_14, *hvp_V;
    row_table at_R, at_R_T;
    int64_t m, n, r, nnz_R;
    double c, c_2;
    uint8_t *done;
    const struct nzdiff_solvers *solvers;
    int threads;
} nzdiff_workspace;

STAGE(0) { /* shared by energy, residual, gradient, hvp */
    /* UVt = U Vᵀ  at R */
    sddmm(w->threads, w->n, w->r, &w->at_R, w->U, w->V, w->UVt);
    /* t = (U Vᵀ − R)  at R */
    linear_2(w->threads, w->nnz_R, -1.0, w->R, 1.0, w->UVt, w->t);
    /* t_3 = (U Vᵀ − R) ∘ [R ≠ 0]  at R */
    multiply(w->threads, w->nnz_R, w->t, w->t_2, w->t_3);
}

STAGE(1) { /* shared by energy */
    /* sumsq_U = ‖U‖² */
    sum_squares(w->threads, w->n * w->r, w->U, w->sumsq_U);
    /* sumsq_V = ‖V‖² */
    sum_squares(w->threads, w->m * w->r, w->V, w->sumsq_V);
    /* sumsq_t_3 = ‖t_3‖² */
    sum_squares(w->threads, w->nnz_R, w->t_3, w->sumsq_t_3);
    /* energy = E */
    w->energy[0] = w->c * w->sumsq_U[0] + w->c * w->sumsq_V[0] + w->sumsq_t_3[0];
}

STAGE(2) { /* shared by gradient */
    /* gradient_U = (2 weight f_1 + 2 ([R ≠ 0] ∘ f_3) V) */
    spmm(w->threads, w->n, w->r, &w->at_R, 2.0, (real)w->c_2, w->t_3, w->V, w->U, w->gradient_U);
    /* gradient_V = (2 weight f_2 + 2 ([Rᵀ ≠ 0] ∘ f_3ᵀ) U) */
    spmm_transposed(w->threads, w->m, w->r, &w->at_R_T, 2.0, (real)w->c_2, w->t_3, w->U, w->V,
            w->gradient_V);
}

STAGE(3) { /* without g, shared by energy, residual, gradient, jvp, vjp, gnvp, hvp */
    /* t_2 = [R ≠ 0]  at R */
    fill(w->threads, w->nnz_R, 1.0, w->t_2);
}

FUNCTION(prepare) { /* what does not depend on g */
    NEED(3)
}

FUNCTION(energy) { /* E */
    NEED(3) NEED(0) NEED(1)
}

FUNCTION(residual) { /* f */
    NEED(3) NEED(0)
}

FUNCTION(gradient) { /* the gradient at the stored positions */
    NEED(3) NEED(0) NEED(2)
}

FUNCTION(jvp) { /* the directional derivative of f along dG */
    NEED(3)
    /* U_dVt = U dVᵀ  at R */
    sddmm(w->threads, w->n, w->r, &w->at_R, w->U, w->dV, w->U_dVt);
    /* dUVt = dU Vᵀ  at R */
    sddmm(w->threads, w->n, w->r, &w->at_R, w->dU, w->V, w->dUVt);
    /* t_6 = (U dVᵀ + dU Vᵀ)  at R */
    linear_2(w->threads, w->nnz_R, 1.0, w->U_dVt, 1.0, w->dUVt, w->t_6);
    /* t_7 = (U dVᵀ + dU Vᵀ) ∘ [R ≠ 0]  at R */
    multiply(w->threads, w->nnz_R, w->t_6, w->t_2, w->t_7);
}

FUNCTION(vjp) { /* the adjoint of the Jacobian applied to W */
    NEED(3)
    /* t_8 = W_f_3 ∘ [R ≠ 0]  at R */
    multiply(w->threads, w->nnz_R, w->W_f_3, w->t_2, w->t_8);
    /* t_9 = W_f_3 ∘ [R ≠ 0] V */
    spmm(w->threads, w->n, w->r, &w->at_R, 1.0, 0.0, w->t_8, w->V, w->t_9, w->t_9);
    /* vjp_U = (W_f_1 + (W_f_3 ∘ [R ≠ 0]) V) */
    linear_2(w->threads, w->n * w->r, 1.0, w->W_f_1, 1.0, w->t_9, w->vjp_U);
    /* t_10 = (W_f_3 ∘ [R ≠ 0])ᵀ U */
    spmm_transposed(w->threads, w->m, w->r, &w->at_R_T, 1.0, 0.0, w->t_8, w->U, w->t_10, w->t_10);
    /* vjp_V = (W_f_2 + (W_f_3ᵀ ∘ [Rᵀ ≠ 0]) U) */
    linear_2(w->threads, w->m * w->r, 1.0, w->W_f_2, 1.0, w->t_10, w->vjp_V);
}

FUNCTION(gnvp) { /* Gauss-Newton matrix applied to dG */
    NEED(3)
    /* U_dVt = U dVᵀ  at R */
    sddmm(w->threads, w->n, w->r, &w->at_R, w->U, w->dV, w->U_dVt);
    /* dUVt = dU Vᵀ  at R */
    sddmm(w->threads, w->n, w->r, &w->at_R, w->dU, w->V, w->dUVt);
    /* t_6 = (U dVᵀ + dU Vᵀ)  at R */
    linear_2(w->threads, w->nnz_R, 1.0, w->U_dVt, 1.0, w->dUVt, w->t_6);
    /* t_7 = (U dVᵀ + dU Vᵀ) ∘ [R ≠ 0]  at R */
    multiply(w->threads, w->nnz_R, w->t_6, w->t_2, w->t_7);
    /* t_11 = [R ≠ 0] ∘ df_3 V */
    spmm(w->threads, w->n, w->r, &w->at_R, 1.0, 0.0, w->t_7, w->V, w->t_11, w->t_11);
    /* gnvp_U = (2 weight df_1 + 2 ([R ≠ 0] ∘ df_3) V) */
    linear_2(w->threads, w->n * w->r, (real)w->c_2, w->dU, 2.0, w->t_11, w->gnvp_U);
    /* t_12 = ([R ≠ 0] ∘ df_3)ᵀ U */
    spmm_transposed(w->threads, w->m, w->r, &w->at_R_T, 1.0, 0.0, w->t_7, w->U, w->t_12, w->t_12);
    /* gnvp_V = (2 weight df_2 + 2 ([Rᵀ ≠ 0] ∘ df_3ᵀ) U) */
    linear_2(w->threads, w->m * w->r, (real)w->c_2, w->dV, 2.0, w->t_12, w->gnvp_V);
}

FUNCTION(hvp) { /* the Hessian applied to dG */
    NEED(3) NEED(0)
    /* U_dVt = U dVᵀ  at R */
    sddmm(w->threads, w->n, w->r, &w->at_R, w->U, w->dV, w->U_dVt);
    /* dUVt = dU Vᵀ  at R */
    sddmm(w->threads, w->n, w->r, &w->at_R, w->dU, w->V, w->dUVt);
    /* t_6 = (U dVᵀ + dU Vᵀ)  at R */
    linear_2(w->threads, w->nnz_R, 1.0, w->U_dVt, 1.0, w->dUVt, w->t_6);
    /* t_7 = (U dVᵀ + dU Vᵀ) ∘ [R ≠ 0]  at R */
    multiply(w->threads, w->nnz_R, w->t_6, w->t_2, w->t_7);
    /* t_11 = [R ≠ 0] ∘ df_3 V */
    spmm(w->threads, w->n, w->r, &w->at_R, 1.0, 0.0, w->t_7, w->V, w->t_11, w->t_11);
    /* t_12 = ([R ≠ 0] ∘ df_3)ᵀ U */
    spmm_transposed(w->threads, w->m, w->r, &w->at_R_T, 1.0, 0.0, w->t_7, w->U, w->t_12, w->t_12);
    /* t_13 = [R ≠ 0] ∘ f_3 dV */
    spmm(w->threads, w->n, w->r, &w->at_R, 1.0, 0.0, w->t_3, w->dV, w->t_13, w->t_13);
    /* hvp_U = (2 weight df_1 + 2 ([R ≠ 0] ∘ df_3) V + 2 ([R ≠ 0] ∘ f_3) dV) */
    linear_2(w->threads, w->n * w->r, (real)w->c_2, w->dU, 2.0, w->t_11, w->hvp_U);
    add(w->threads, w->n * w->r, 2.0, w->t_13, w->hvp_U);
    /* t_14 = ([R ≠ 0] ∘ f_3)ᵀ dU */
    spmm_transposed(w->threads, w->m, w->r, &w->at_R_T, 1.0, 0.0, w->t_3, w->dU, w->t_14, w->t_14);
    /* hvp_V = (2 weight df_2 + 2 ([Rᵀ ≠ 0] ∘ df_3ᵀ) U + 2 ([Rᵀ ≠ 0] ∘ f_3ᵀ) dU) */
    linear_2(w->threads, w->m * w->r, (real)w->c_2, w->dV, 2.0, w->t_12, w->hvp_V);
    add(w->threads, w->m * w->r, 2.0, w->t_14, w->hvp_V);
}

