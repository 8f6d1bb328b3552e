/* Kernels of the problem ilu.
 *
 * E = ‖(L U − A) ∘ [A ≠ 0]‖²
 * f = (L U − A) ∘ [A ≠ 0]
 * dE/dL = 2 ([A ≠ 0] ∘ f) Uᵀ  at the stored positions
 * dE/dU = 2 Lᵀ ([A ≠ 0] ∘ f)  at the stored positions
 * plan 2bfc33f820cf
 * floating-point operations at the sizes it was planned for: energy 1.16e+05, residual 9.63e+04, gradient 2.3e+05, jvp 1.44e+05, vjp 1.05e+05, gnvp 2.78e+05, hvp 5.08e+05
 * workspace: 8 (9 nnz(A) + 7 nnz(L) + 7 nnz(U) + 2) bytes
 *
 * Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines ilu
 */
#include "kernels.h"

/* Where one model keeps its numbers: members of eight bytes each, filled by the runtime. */
typedef struct {
    real *A, *L, *U, *dL, *dU, *W_f, *t_2, *LU, *t, *t_3;
    double *sumsq_t_3, *energy;
    real *t_4, *gradient_L, *t_5, *gradient_U, *LdU, *dLU, *t_6, *t_7, *t_8, *t_9, *t_10, *t_11;
    real *gnvp_L, *t_12, *gnvp_U, *t_13, *hvp_L, *t_14, *hvp_U;
    pair_table pairs_LU, pairs_t_4, pairs_t_5;
    int64_t n, nnz_A, nnz_L, nnz_U;
    uint8_t *done;
    const struct nzdiff_solvers *solvers;
    int threads;
} nzdiff_workspace;

STAGE(0) { /* shared by energy, residual, gradient, hvp */
    /* LU = L U  at A */
    sparse_product(w->threads, w->nnz_A, &w->pairs_LU, w->L, w->U, w->LU);
    /* t = (L U − A)  at A */
    linear_2(w->threads, w->nnz_A, -1.0, w->A, 1.0, w->LU, w->t);
    /* t_3 = (L U − A) ∘ [A ≠ 0]  at A */
    multiply(w->threads, w->nnz_A, w->t, w->t_2, w->t_3);
}

STAGE(1) { /* shared by energy */
    /* sumsq_t_3 = ‖t_3‖² */
    sum_squares(w->threads, w->nnz_A, w->t_3, w->sumsq_t_3);
    /* energy = E */
    w->energy[0] = w->sumsq_t_3[0];
}

STAGE(2) { /* shared by gradient */
    /* t_4 = [A ≠ 0] ∘ f Uᵀ  at L */
    sparse_product(w->threads, w->nnz_L, &w->pairs_t_4, w->t_3, w->U, w->t_4);
    /* gradient_L = 2 ([A ≠ 0] ∘ f) Uᵀ  at L */
    linear_1(w->threads, w->nnz_L, 2.0, w->t_4, w->gradient_L);
    /* t_5 = Lᵀ [A ≠ 0] ∘ f  at U */
    sparse_product(w->threads, w->nnz_U, &w->pairs_t_5, w->L, w->t_3, w->t_5);
    /* gradient_U = 2 Lᵀ ([A ≠ 0] ∘ f)  at U */
    linear_1(w->threads, w->nnz_U, 2.0, w->t_5, w->gradient_U);
}

STAGE(3) { /* without g, shared by energy, residual, gradient, jvp, vjp, gnvp, hvp */
    /* t_2 = [A ≠ 0]  at A */
    fill(w->threads, w->nnz_A, 1.0, w->t_2);
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
    /* LdU = L dU  at A */
    sparse_product(w->threads, w->nnz_A, &w->pairs_LU, w->L, w->dU, w->LdU);
    /* dLU = dL U  at A */
    sparse_product(w->threads, w->nnz_A, &w->pairs_LU, w->dL, w->U, w->dLU);
    /* t_6 = (L dU + dL U)  at A */
    linear_2(w->threads, w->nnz_A, 1.0, w->LdU, 1.0, w->dLU, w->t_6);
    /* t_7 = (L dU + dL U) ∘ [A ≠ 0]  at A */
    multiply(w->threads, w->nnz_A, w->t_6, w->t_2, w->t_7);
}

FUNCTION(vjp) { /* the adjoint of the Jacobian applied to W */
    NEED(3)
    /* t_8 = W_f ∘ [A ≠ 0]  at A */
    multiply(w->threads, w->nnz_A, w->W_f, w->t_2, w->t_8);
    /* t_9 = W_f ∘ [A ≠ 0] Uᵀ  at L */
    sparse_product(w->threads, w->nnz_L, &w->pairs_t_4, w->t_8, w->U, w->t_9);
    /* t_10 = Lᵀ W_f ∘ [A ≠ 0]  at U */
    sparse_product(w->threads, w->nnz_U, &w->pairs_t_5, w->L, w->t_8, w->t_10);
}

FUNCTION(gnvp) { /* Gauss-Newton matrix applied to dG */
    NEED(3)
    /* LdU = L dU  at A */
    sparse_product(w->threads, w->nnz_A, &w->pairs_LU, w->L, w->dU, w->LdU);
    /* dLU = dL U  at A */
    sparse_product(w->threads, w->nnz_A, &w->pairs_LU, w->dL, w->U, w->dLU);
    /* t_6 = (L dU + dL U)  at A */
    linear_2(w->threads, w->nnz_A, 1.0, w->LdU, 1.0, w->dLU, w->t_6);
    /* t_7 = (L dU + dL U) ∘ [A ≠ 0]  at A */
    multiply(w->threads, w->nnz_A, w->t_6, w->t_2, w->t_7);
    /* t_11 = [A ≠ 0] ∘ df Uᵀ  at L */
    sparse_product(w->threads, w->nnz_L, &w->pairs_t_4, w->t_7, w->U, w->t_11);
    /* gnvp_L = 2 ([A ≠ 0] ∘ df) Uᵀ  at L */
    linear_1(w->threads, w->nnz_L, 2.0, w->t_11, w->gnvp_L);
    /* t_12 = Lᵀ [A ≠ 0] ∘ df  at U */
    sparse_product(w->threads, w->nnz_U, &w->pairs_t_5, w->L, w->t_7, w->t_12);
    /* gnvp_U = 2 Lᵀ ([A ≠ 0] ∘ df)  at U */
    linear_1(w->threads, w->nnz_U, 2.0, w->t_12, w->gnvp_U);
}

FUNCTION(hvp) { /* the Hessian applied to dG */
    NEED(3) NEED(0)
    /* LdU = L dU  at A */
    sparse_product(w->threads, w->nnz_A, &w->pairs_LU, w->L, w->dU, w->LdU);
    /* dLU = dL U  at A */
    sparse_product(w->threads, w->nnz_A, &w->pairs_LU, w->dL, w->U, w->dLU);
    /* t_6 = (L dU + dL U)  at A */
    linear_2(w->threads, w->nnz_A, 1.0, w->LdU, 1.0, w->dLU, w->t_6);
    /* t_7 = (L dU + dL U) ∘ [A ≠ 0]  at A */
    multiply(w->threads, w->nnz_A, w->t_6, w->t_2, w->t_7);
    /* t_11 = [A ≠ 0] ∘ df Uᵀ  at L */
    sparse_product(w->threads, w->nnz_L, &w->pairs_t_4, w->t_7, w->U, w->t_11);
    /* t_12 = Lᵀ [A ≠ 0] ∘ df  at U */
    sparse_product(w->threads, w->nnz_U, &w->pairs_t_5, w->L, w->t_7, w->t_12);
    /* t_13 = [A ≠ 0] ∘ f dUᵀ  at L */
    sparse_product(w->threads, w->nnz_L, &w->pairs_t_4, w->t_3, w->dU, w->t_13);
    /* hvp_L = 2 (([A ≠ 0] ∘ df) Uᵀ + ([A ≠ 0] ∘ f) dUᵀ)  at L */
    linear_2(w->threads, w->nnz_L, 2.0, w->t_11, 2.0, w->t_13, w->hvp_L);
    /* t_14 = dLᵀ [A ≠ 0] ∘ f  at U */
    sparse_product(w->threads, w->nnz_U, &w->pairs_t_5, w->dL, w->t_3, w->t_14);
    /* hvp_U = 2 (dLᵀ ([A ≠ 0] ∘ f) + Lᵀ ([A ≠ 0] ∘ df))  at U */
    linear_2(w->threads, w->nnz_U, 2.0, w->t_14, 2.0, w->t_12, w->hvp_U);
}

