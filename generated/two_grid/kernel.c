/* Kernels of the problem two_grid.
 *
 * E = ‖S (I − P (Pᵀ A P)⁻¹ Pᵀ A) S‖²
 * f = S (I − P (Pᵀ A P)⁻¹ Pᵀ A) S
 * dE/dP = 2 A P (Pᵀ A P)⁻¹ Pᵀ A S fᵀ S P (Pᵀ A P)⁻¹ − 2 Sᵀ f Sᵀ A P (Pᵀ A P)⁻¹ + 2 A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ f Sᵀ A P (Pᵀ A P)⁻¹ − 2 A S fᵀ S P (Pᵀ A P)⁻¹  at the stored positions
 * plan 46c1fe8f95d9
 * floating-point operations at the sizes it was planned for: energy 2.09e+07, residual 2.06e+07, gradient 1.23e+07, jvp 2.62e+08, vjp 4.26e+07, gnvp 6.66e+07, hvp 8.8e+07
 * workspace: 8 (2·1 + m + 89 m·m + 21 m·n + 60 nnz(P) + nnz(Pᵀ) + 10 n·m + 18 n·n + 2) bytes
 *
 * Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines two_grid
 */
#include "kernels.h"

/* Where one model keeps its numbers: members of eight bytes each, filled by the runtime. */
typedef struct {
    real *A, *P, *S, *dP, *W_f, *SS, *St, *AS, *StSS, *StS, *ASStStS, *StSSStA, *eye, *I_2, *ASStA;
    real *PtSt, *PtAS, *PtA, *AP, *PtAP, *factors, *t, *f;
    double *sumsq_f, *energy;
    real *t_3, *PtStS, *StSP, *t_4, *t_5, *PtASStStS, *StSSStAP, *PtStSSStAP, *PtASStStSP, *t_6;
    real *t_7, *t_8, *t_9, *PtStSP, *t_10, *t_11, *t_12, *t_13, *t_14, *t_15, *t_16, *PtStSSStA;
    real *ASStStSP, *t_17, *t_18, *PtASStA, *ASStAP, *t_19, *t_20, *t_21, *gradient_P, *dPt, *dPt_2;
    real *t_22, *t_23, *dPt_A_P, *t_24, *t_25, *t_26, *t_27, *t_28, *t_29, *t_30, *t_31, *t_32;
    real *t_33, *t_34, *t_35, *t_36, *t_37, *t_38, *t_39, *t_40, *t_41, *t_42, *t_43, *vjp_P, *t_44;
    real *t_45, *t_46, *t_47, *t_48, *t_49, *t_50, *t_51, *t_52, *t_53, *t_54, *t_55, *t_56, *t_57;
    real *t_58, *t_59, *t_60, *t_61, *t_62, *t_63, *t_64, *t_65, *t_66, *t_67, *t_68, *t_69, *t_70;
    real *t_71, *t_72, *t_73, *gnvp_P, *t_74, *dPt_A_S_St_A_P, *PtASStAdP, *t_75, *t_76, *t_77;
    real *t_78, *t_79, *t_80, *t_81, *t_82, *t_83, *t_84, *t_85, *t_86, *t_87, *t_88, *t_89, *dPt_A;
    real *AdP, *t_90, *t_91, *t_92, *t_93, *t_94, *t_95, *t_96, *t_97, *t_98, *t_99, *t_100;
    real *dPt_A_S_St_St_S_P, *t_101, *t_102, *t_103, *t_104, *t_105, *t_106, *dPt_St_S_S_St_A_P;
    real *PtASStStSdP, *t_107, *t_108, *t_109, *t_110, *dPt_St_S_P, *t_111, *t_112, *t_113, *t_114;
    real *t_115, *t_116, *t_117, *t_118, *t_119, *t_120, *t_121, *t_122, *t_123, *t_124, *t_125;
    real *t_126, *t_127, *t_128, *t_129, *t_130, *t_131, *t_132, *t_133, *t_134, *t_135, *t_136;
    real *t_137, *t_138, *t_139, *t_140, *t_141, *t_142, *t_143, *t_144, *t_145, *t_146, *t_147;
    real *t_148, *t_149, *t_150, *t_151, *t_152, *t_153, *t_154, *t_155, *t_156, *t_157, *t_158;
    real *t_159, *hvp_P;
    place_table place_P_T_in_Pt;
    row_table at_P_T, at_P, at_pattern1, at_Pt;
    int64_t m, n, nnz_P, nnz_pattern1, nnz_Pt;
    uint8_t *done;
    const struct nzdiff_solvers *solvers;
    int threads;
} nzdiff_workspace;

STAGE(0) { /* shared by energy, residual, gradient, jvp, vjp, gnvp, hvp */
    /* PtA = Pᵀ A */
    spmm_transposed(w->threads, w->m, w->n, &w->at_P_T, 1.0, 0.0, w->P, w->A, w->PtA, w->PtA);
    /* AP = A P */
    transpose(w->threads, w->n, w->m, 1.0, w->PtA, w->AP);
    /* PtAP = Pᵀ A P */
    spmm_transposed(w->threads, w->m, w->m, &w->at_P_T, 1.0, 0.0, w->P, w->AP, w->PtAP, w->PtAP);
    /* factors = factors of Pᵀ A P */
    factor(w->solvers, 0, w->PtAP, w->factors);
}

STAGE(1) { /* shared by energy, residual, gradient, vjp, hvp */
    /* PtAS = Pᵀ A S */
    spmm_transposed(w->threads, w->m, w->n, &w->at_P_T, 1.0, 0.0, w->P, w->AS, w->PtAS, w->PtAS);
    /* t = (Pᵀ A P)⁻¹ Pᵀ A S */
    solve(w->solvers, 0, 0, w->n, w->PtAS, w->t);
}

STAGE(2) { /* shared by energy, residual, vjp */
    /* PtSt = Pᵀ Sᵀ */
    spmm_transposed(w->threads, w->m, w->n, &w->at_P_T, 1.0, 0.0, w->P, w->St, w->PtSt, w->PtSt);
}

STAGE(3) { /* shared by gradient, gnvp, hvp */
    /* PtStS = Pᵀ Sᵀ S */
    spmm_transposed(w->threads, w->m, w->n, &w->at_P_T, 1.0, 0.0, w->P, w->StS, w->PtStS, w->PtStS);
    /* StSP = Sᵀ S P */
    transpose(w->threads, w->n, w->m, 1.0, w->PtStS, w->StSP);
    /* PtASStA = Pᵀ A S Sᵀ A */
    spmm_transposed(w->threads, w->m, w->n, &w->at_P_T, 1.0, 0.0, w->P, w->ASStA, w->PtASStA,
            w->PtASStA);
}

STAGE(4) { /* shared by energy, residual */
    /* f = S (I − P (Pᵀ A P)⁻¹ Pᵀ A) S */
    linear_1(w->threads, w->n * w->n, 1.0, w->SS, w->f);
    gemm_tn(w->threads, w->n, w->n, w->m, -1.0, 1.0, w->PtSt, w->t, w->f);
}

STAGE(5) { /* shared by gradient, hvp */
    /* t_4 = (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹ */
    gemm_nt(w->threads, w->m, w->m, w->n, 1.0, 0.0, w->t, w->t, w->t_4);
    /* PtASStStS = Pᵀ A S Sᵀ Sᵀ S */
    spmm_transposed(w->threads, w->m, w->n, &w->at_P_T, 1.0, 0.0, w->P, w->ASStStS, w->PtASStStS,
            w->PtASStStS);
    /* StSSStAP = Sᵀ S S Sᵀ A P */
    transpose(w->threads, w->n, w->m, 1.0, w->PtASStStS, w->StSSStAP);
    /* PtStSSStAP = Pᵀ Sᵀ S S Sᵀ A P */
    spmm_transposed(w->threads, w->m, w->m, &w->at_P_T, 1.0, 0.0, w->P, w->StSSStAP, w->PtStSSStAP,
            w->PtStSSStAP);
    /* PtASStStSP = Pᵀ A S Sᵀ Sᵀ S P */
    transpose(w->threads, w->m, w->m, 1.0, w->PtStSSStAP, w->PtASStStSP);
    /* t_6 = (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ Sᵀ S P */
    solve(w->solvers, 0, 0, w->m, w->PtASStStSP, w->t_6);
    /* t_7 = Pᵀ Sᵀ S S Sᵀ A P (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->m, w->m, 1.0, w->t_6, w->t_7);
    /* t_8 = (Pᵀ A P)⁻¹ Pᵀ Sᵀ S S Sᵀ A P (Pᵀ A P)⁻¹ */
    solve(w->solvers, 0, 0, w->m, w->t_7, w->t_8);
    /* PtStSP = Pᵀ Sᵀ S P */
    spmm_transposed(w->threads, w->m, w->m, &w->at_P_T, 1.0, 0.0, w->P, w->StSP, w->PtStSP,
            w->PtStSP);
    /* t_10 = (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P */
    solve(w->solvers, 0, 0, w->m, w->PtStSP, w->t_10);
    /* t_11 = (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹ */
    gemm_nn(w->threads, w->m, w->m, w->m, 1.0, 0.0, w->t_10, w->t_4, w->t_11);
    /* t_13 = (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ Sᵀ S P (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->m, w->m, 1.0, w->t_8, w->t_13);
    /* t_15 = (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->m, w->m, 1.0, w->t_11, w->t_15);
    /* PtStSSStA = Pᵀ Sᵀ S S Sᵀ A */
    spmm_transposed(w->threads, w->m, w->n, &w->at_P_T, 1.0, 0.0, w->P, w->StSSStA, w->PtStSSStA,
            w->PtStSSStA);
    /* ASStStSP = A S Sᵀ Sᵀ S P */
    transpose(w->threads, w->n, w->m, 1.0, w->PtStSSStA, w->ASStStSP);
    /* ASStAP = A S Sᵀ A P */
    transpose(w->threads, w->n, w->m, 1.0, w->PtASStA, w->ASStAP);
    /* t_19 = Pᵀ Sᵀ S P (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->m, w->m, 1.0, w->t_10, w->t_19);
    /* t_20 = (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹ */
    solve(w->solvers, 0, 0, w->m, w->t_19, w->t_20);
}

STAGE(6) { /* shared by energy */
    /* sumsq_f = ‖f‖² */
    sum_squares(w->threads, w->n * w->n, w->f, w->sumsq_f);
    /* energy = E */
    w->energy[0] = w->sumsq_f[0];
}

STAGE(7) { /* shared by gradient */
    /* t_3 = Sᵀ S S Sᵀ A P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->n, &w->at_P, w->StSS, w->t, w->t_3);
    /* t_5 = Sᵀ S P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->StSP, w->t_4, w->t_5);
    /* t_9 = A P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ Sᵀ S P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AP, w->t_8, w->t_9);
    /* t_12 = A P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AP, w->t_11, w->t_12);
    /* t_14 = A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S S Sᵀ A P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AP, w->t_13, w->t_14);
    /* t_16 = A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AP, w->t_15, w->t_16);
    /* t_17 = (Pᵀ A P)⁻¹ */
    solve(w->solvers, 0, 0, w->m, w->I_2, w->t_17);
    /* t_18 = A S Sᵀ Sᵀ S P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->ASStStSP, w->t_17, w->t_18);
    /* t_21 = A S Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->ASStAP, w->t_20, w->t_21);
    /* gradient_P = (2 A P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ (I − A P (Pᵀ A P)⁻¹ Pᵀ) Sᵀ S P (Pᵀ A P)⁻¹ − 2 Sᵀ S (I − P (Pᵀ A P)⁻¹ Pᵀ A) S Sᵀ A P (Pᵀ A P)⁻¹ + 2 A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S (I − P (Pᵀ A P)⁻¹ Pᵀ A) S Sᵀ A P (Pᵀ A P)⁻¹ − 2 A S Sᵀ (I − A P (Pᵀ A P)⁻¹ Pᵀ) Sᵀ S P (Pᵀ A P)⁻¹)  at P */
    linear_2(w->threads, w->nnz_P, -2.0, w->t_3, 2.0, w->t_5, w->gradient_P);
    add(w->threads, w->nnz_P, 2.0, w->t_9, w->gradient_P);
    add(w->threads, w->nnz_P, -2.0, w->t_12, w->gradient_P);
    add(w->threads, w->nnz_P, 2.0, w->t_14, w->gradient_P);
    add(w->threads, w->nnz_P, -2.0, w->t_16, w->gradient_P);
    add(w->threads, w->nnz_P, -2.0, w->t_18, w->gradient_P);
    add(w->threads, w->nnz_P, 2.0, w->t_21, w->gradient_P);
}

STAGE(8) { /* shared by vjp */
    /* t_41 = (Pᵀ A P)⁻¹ Pᵀ Sᵀ */
    solve(w->solvers, 0, 0, w->n, w->PtSt, w->t_41);
}

STAGE(9) { /* without g, of A, S, shared by energy, residual, gradient, jvp, vjp, gnvp, hvp */
    /* AS = A S */
    gemm_nn(w->threads, w->n, w->n, w->n, 1.0, 0.0, w->A, w->S, w->AS);
}

STAGE(10) { /* without g, of S, shared by energy, residual, gradient, hvp */
    /* SS = S S */
    gemm_nn(w->threads, w->n, w->n, w->n, 1.0, 0.0, w->S, w->S, w->SS);
}

STAGE(11) { /* without g, of S, shared by energy, residual, vjp */
    /* St = Sᵀ */
    transpose(w->threads, w->n, w->n, 1.0, w->S, w->St);
}

STAGE(12) { /* without g, of S, shared by gradient, gnvp, hvp */
    /* StS = Sᵀ S */
    gemm_tn(w->threads, w->n, w->n, w->n, 1.0, 0.0, w->S, w->S, w->StS);
}

STAGE(13) { /* without g, of A, S, shared by gradient, gnvp, hvp */
    /* ASStA = A S Sᵀ A */
    gemm_nt(w->threads, w->n, w->n, w->n, 1.0, 0.0, w->AS, w->AS, w->ASStA);
}

STAGE(14) { /* without g, of S, shared by gradient, hvp */
    /* StSS = Sᵀ S S */
    gemm_tn(w->threads, w->n, w->n, w->n, 1.0, 0.0, w->S, w->SS, w->StSS);
}

STAGE(15) { /* without g, of A, S, shared by gradient, hvp */
    /* ASStStS = A S Sᵀ Sᵀ S */
    gemm_nt(w->threads, w->n, w->n, w->n, 1.0, 0.0, w->AS, w->StSS, w->ASStStS);
    /* StSSStA = Sᵀ S S Sᵀ A */
    transpose(w->threads, w->n, w->n, 1.0, w->ASStStS, w->StSSStA);
}

STAGE(16) { /* without g, shared by gradient */
    /* eye = I  at I */
    fill(w->threads, w->nnz_pattern1, 1.0, w->eye);
    /* I_2 = I */
    fill(w->threads, w->m * w->m, 0.0, w->I_2);
    add_scattered(w->threads, w->m, w->m, &w->at_pattern1, 1.0, w->eye, w->I_2);
}

FUNCTION(prepare) { /* what does not depend on g */
    NEED(9) NEED(10) NEED(11) NEED(12) NEED(13) NEED(14) NEED(15) NEED(16)
}

FUNCTION(energy) { /* E */
    NEED(9) NEED(10) NEED(11) NEED(0) NEED(1) NEED(2) NEED(4) NEED(6)
}

FUNCTION(residual) { /* f */
    NEED(9) NEED(10) NEED(11) NEED(0) NEED(1) NEED(2) NEED(4)
}

FUNCTION(gradient) { /* the gradient at the stored positions */
    NEED(9) NEED(10) NEED(12) NEED(13) NEED(14) NEED(15) NEED(16) NEED(0) NEED(1) NEED(3) NEED(5) NEED(7)
}

FUNCTION(jvp) { /* the directional derivative of f along dG */
    NEED(9) NEED(0)
    /* dPt = dPᵀ  at Pᵀ */
    embed(w->threads, w->nnz_Pt, &w->place_P_T_in_Pt, 1.0, w->dP, w->dPt);
    /* dPt_2 = dPᵀ */
    fill(w->threads, w->m * w->n, 0.0, w->dPt_2);
    add_scattered(w->threads, w->m, w->n, &w->at_Pt, 1.0, w->dPt, w->dPt_2);
    /* t_22 = (Pᵀ A P)⁻¹ dPᵀ */
    solve(w->solvers, 0, 0, w->n, w->dPt_2, w->t_22);
    /* t_23 = P (Pᵀ A P)⁻¹ dPᵀ */
    spmm(w->threads, w->n, w->n, &w->at_P, 1.0, 0.0, w->P, w->t_22, w->t_23, w->t_23);
    /* dPt_A_P = dPᵀ A P */
    spmm_transposed(w->threads, w->m, w->m, &w->at_P_T, 1.0, 0.0, w->dP, w->AP, w->dPt_A_P,
            w->dPt_A_P);
    /* t_24 = (Pᵀ A dP + dPᵀ A P) */
    linear_1(w->threads, w->m * w->m, 1.0, w->dPt_A_P, w->t_24);
    add_transposed(w->threads, w->m, w->m, 1.0, w->dPt_A_P, w->t_24);
    /* t_25 = (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) */
    solve(w->solvers, 0, 0, w->m, w->t_24, w->t_25);
    /* t_26 = (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->m, w->m, 1.0, w->t_25, w->t_26);
    /* t_27 = (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ */
    solve(w->solvers, 0, 0, w->m, w->t_26, w->t_27);
    /* t_28 = P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ */
    spmm(w->threads, w->n, w->m, &w->at_P, 1.0, 0.0, w->P, w->t_27, w->t_28, w->t_28);
    /* t_29 = (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ */
    transpose(w->threads, w->m, w->n, 1.0, w->t_28, w->t_29);
    /* t_30 = P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ */
    spmm(w->threads, w->n, w->n, &w->at_P, 1.0, 0.0, w->P, w->t_29, w->t_30, w->t_30);
    /* t_31 = (P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ − P (Pᵀ A P)⁻¹ dPᵀ − dP (Pᵀ A P)⁻¹ Pᵀ) */
    linear_2(w->threads, w->n * w->n, -1.0, w->t_23, 1.0, w->t_30, w->t_31);
    add_transposed(w->threads, w->n, w->n, -1.0, w->t_23, w->t_31);
    /* t_32 = (P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ − P (Pᵀ A P)⁻¹ dPᵀ − dP (Pᵀ A P)⁻¹ Pᵀ) A S */
    gemm_nn(w->threads, w->n, w->n, w->n, 1.0, 0.0, w->t_31, w->AS, w->t_32);
    /* t_33 = S (P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ − P (Pᵀ A P)⁻¹ dPᵀ − dP (Pᵀ A P)⁻¹ Pᵀ) A S */
    gemm_nn(w->threads, w->n, w->n, w->n, 1.0, 0.0, w->S, w->t_32, w->t_33);
}

FUNCTION(vjp) { /* the adjoint of the Jacobian applied to W */
    NEED(9) NEED(11) NEED(0) NEED(1) NEED(2) NEED(8)
    /* t_34 = (Pᵀ A P)⁻¹ Pᵀ A S W_fᵀ */
    gemm_nt(w->threads, w->m, w->n, w->n, 1.0, 0.0, w->t, w->W_f, w->t_34);
    /* t_35 = Sᵀ W_f Sᵀ A P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->n, &w->at_P, w->St, w->t_34, w->t_35);
    /* t_36 = Pᵀ Sᵀ W_f Sᵀ A P (Pᵀ A P)⁻¹ */
    gemm_nt(w->threads, w->m, w->m, w->n, 1.0, 0.0, w->PtSt, w->t_34, w->t_36);
    /* t_37 = (Pᵀ A P)⁻¹ Pᵀ Sᵀ W_f Sᵀ A P (Pᵀ A P)⁻¹ */
    solve(w->solvers, 0, 0, w->m, w->t_36, w->t_37);
    /* t_38 = A P (Pᵀ A P)⁻¹ Pᵀ A S W_fᵀ S P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AP, w->t_37, w->t_38);
    /* t_39 = (Pᵀ A P)⁻¹ Pᵀ A S W_fᵀ S P (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->m, w->m, 1.0, w->t_37, w->t_39);
    /* t_40 = A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ W_f Sᵀ A P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AP, w->t_39, w->t_40);
    /* t_42 = (Pᵀ A P)⁻¹ Pᵀ Sᵀ W_f */
    gemm_nn(w->threads, w->m, w->n, w->n, 1.0, 0.0, w->t_41, w->W_f, w->t_42);
    /* t_43 = A S W_fᵀ S P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->n, &w->at_P, w->AS, w->t_42, w->t_43);
    /* vjp_P = (A P (Pᵀ A P)⁻¹ Pᵀ A S W_fᵀ S P (Pᵀ A P)⁻¹ − Sᵀ W_f Sᵀ A P (Pᵀ A P)⁻¹ + A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ W_f Sᵀ A P (Pᵀ A P)⁻¹ − A S W_fᵀ S P (Pᵀ A P)⁻¹)  at P */
    linear_2(w->threads, w->nnz_P, -1.0, w->t_35, 1.0, w->t_38, w->vjp_P);
    add(w->threads, w->nnz_P, 1.0, w->t_40, w->vjp_P);
    add(w->threads, w->nnz_P, -1.0, w->t_43, w->vjp_P);
}

FUNCTION(gnvp) { /* Gauss-Newton matrix applied to dG */
    NEED(9) NEED(12) NEED(13) NEED(0) NEED(3)
    /* dPt = dPᵀ  at Pᵀ */
    embed(w->threads, w->nnz_Pt, &w->place_P_T_in_Pt, 1.0, w->dP, w->dPt);
    /* dPt_2 = dPᵀ */
    fill(w->threads, w->m * w->n, 0.0, w->dPt_2);
    add_scattered(w->threads, w->m, w->n, &w->at_Pt, 1.0, w->dPt, w->dPt_2);
    /* t_22 = (Pᵀ A P)⁻¹ dPᵀ */
    solve(w->solvers, 0, 0, w->n, w->dPt_2, w->t_22);
    /* t_23 = P (Pᵀ A P)⁻¹ dPᵀ */
    spmm(w->threads, w->n, w->n, &w->at_P, 1.0, 0.0, w->P, w->t_22, w->t_23, w->t_23);
    /* dPt_A_P = dPᵀ A P */
    spmm_transposed(w->threads, w->m, w->m, &w->at_P_T, 1.0, 0.0, w->dP, w->AP, w->dPt_A_P,
            w->dPt_A_P);
    /* t_44 = (−2 Pᵀ A dP − 2 dPᵀ A P) */
    linear_1(w->threads, w->m * w->m, -2.0, w->dPt_A_P, w->t_44);
    add_transposed(w->threads, w->m, w->m, -2.0, w->dPt_A_P, w->t_44);
    /* t_45 = (Pᵀ A P)⁻¹ (−2 Pᵀ A dP − 2 dPᵀ A P) */
    solve(w->solvers, 0, 0, w->m, w->t_44, w->t_45);
    /* t_46 = (−2 Pᵀ A dP − 2 dPᵀ A P) (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->m, w->m, 1.0, w->t_45, w->t_46);
    /* t_47 = (Pᵀ A P)⁻¹ (−2 Pᵀ A dP − 2 dPᵀ A P) (Pᵀ A P)⁻¹ */
    solve(w->solvers, 0, 0, w->m, w->t_46, w->t_47);
    /* t_48 = P (Pᵀ A P)⁻¹ (−2 Pᵀ A dP − 2 dPᵀ A P) (Pᵀ A P)⁻¹ */
    spmm(w->threads, w->n, w->m, &w->at_P, 1.0, 0.0, w->P, w->t_47, w->t_48, w->t_48);
    /* t_49 = (Pᵀ A P)⁻¹ (−2 Pᵀ A dP − 2 dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ */
    transpose(w->threads, w->m, w->n, 1.0, w->t_48, w->t_49);
    /* t_50 = P (Pᵀ A P)⁻¹ (−2 Pᵀ A dP − 2 dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ */
    spmm(w->threads, w->n, w->n, &w->at_P, 1.0, 0.0, w->P, w->t_49, w->t_50, w->t_50);
    /* t_51 = (2 P (Pᵀ A P)⁻¹ dPᵀ + 2 dP (Pᵀ A P)⁻¹ Pᵀ − 2 P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ) */
    linear_2(w->threads, w->n * w->n, 2.0, w->t_23, 1.0, w->t_50, w->t_51);
    add_transposed(w->threads, w->n, w->n, 2.0, w->t_23, w->t_51);
    /* t_52 = Pᵀ A S Sᵀ A (2 P (Pᵀ A P)⁻¹ dPᵀ + 2 dP (Pᵀ A P)⁻¹ Pᵀ − 2 P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ) */
    gemm_nn(w->threads, w->m, w->n, w->n, 1.0, 0.0, w->PtASStA, w->t_51, w->t_52);
    /* t_53 = (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A (2 P (Pᵀ A P)⁻¹ dPᵀ + 2 dP (Pᵀ A P)⁻¹ Pᵀ − 2 P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ) */
    solve(w->solvers, 0, 0, w->n, w->t_52, w->t_53);
    /* t_54 = Sᵀ S (2 P (Pᵀ A P)⁻¹ dPᵀ + 2 dP (Pᵀ A P)⁻¹ Pᵀ − 2 P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ) A S Sᵀ A P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->n, &w->at_P, w->StS, w->t_53, w->t_54);
    /* t_55 = (2 Pᵀ A dP + 2 dPᵀ A P) */
    linear_1(w->threads, w->m * w->m, 2.0, w->dPt_A_P, w->t_55);
    add_transposed(w->threads, w->m, w->m, 2.0, w->dPt_A_P, w->t_55);
    /* t_56 = (Pᵀ A P)⁻¹ (2 Pᵀ A dP + 2 dPᵀ A P) */
    solve(w->solvers, 0, 0, w->m, w->t_55, w->t_56);
    /* t_57 = (2 Pᵀ A dP + 2 dPᵀ A P) (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->m, w->m, 1.0, w->t_56, w->t_57);
    /* t_58 = (Pᵀ A P)⁻¹ (2 Pᵀ A dP + 2 dPᵀ A P) (Pᵀ A P)⁻¹ */
    solve(w->solvers, 0, 0, w->m, w->t_57, w->t_58);
    /* t_59 = P (Pᵀ A P)⁻¹ (2 Pᵀ A dP + 2 dPᵀ A P) (Pᵀ A P)⁻¹ */
    spmm(w->threads, w->n, w->m, &w->at_P, 1.0, 0.0, w->P, w->t_58, w->t_59, w->t_59);
    /* t_60 = (Pᵀ A P)⁻¹ (2 Pᵀ A dP + 2 dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ */
    transpose(w->threads, w->m, w->n, 1.0, w->t_59, w->t_60);
    /* t_61 = P (Pᵀ A P)⁻¹ (2 Pᵀ A dP + 2 dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ */
    spmm(w->threads, w->n, w->n, &w->at_P, 1.0, 0.0, w->P, w->t_60, w->t_61, w->t_61);
    /* t_62 = (2 P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ − 2 P (Pᵀ A P)⁻¹ dPᵀ − 2 dP (Pᵀ A P)⁻¹ Pᵀ) */
    linear_2(w->threads, w->n * w->n, -2.0, w->t_23, 1.0, w->t_61, w->t_62);
    add_transposed(w->threads, w->n, w->n, -2.0, w->t_23, w->t_62);
    /* t_63 = (2 P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ − 2 P (Pᵀ A P)⁻¹ dPᵀ − 2 dP (Pᵀ A P)⁻¹ Pᵀ) Sᵀ S P */
    gemm_nn(w->threads, w->n, w->m, w->n, 1.0, 0.0, w->t_62, w->StSP, w->t_63);
    /* t_64 = Pᵀ A S Sᵀ A (2 P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ − 2 P (Pᵀ A P)⁻¹ dPᵀ − 2 dP (Pᵀ A P)⁻¹ Pᵀ) Sᵀ S P */
    gemm_nn(w->threads, w->m, w->m, w->n, 1.0, 0.0, w->PtASStA, w->t_63, w->t_64);
    /* t_65 = (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A (2 P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ − 2 P (Pᵀ A P)⁻¹ dPᵀ − 2 dP (Pᵀ A P)⁻¹ Pᵀ) Sᵀ S P */
    solve(w->solvers, 0, 0, w->m, w->t_64, w->t_65);
    /* t_66 = Pᵀ Sᵀ S (2 P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ − 2 P (Pᵀ A P)⁻¹ dPᵀ − 2 dP (Pᵀ A P)⁻¹ Pᵀ) A S Sᵀ A P (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->m, w->m, 1.0, w->t_65, w->t_66);
    /* t_67 = (Pᵀ A P)⁻¹ Pᵀ Sᵀ S (2 P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ − 2 P (Pᵀ A P)⁻¹ dPᵀ − 2 dP (Pᵀ A P)⁻¹ Pᵀ) A S Sᵀ A P (Pᵀ A P)⁻¹ */
    solve(w->solvers, 0, 0, w->m, w->t_66, w->t_67);
    /* t_68 = A P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A (2 P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ − 2 P (Pᵀ A P)⁻¹ dPᵀ − 2 dP (Pᵀ A P)⁻¹ Pᵀ) Sᵀ S P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AP, w->t_67, w->t_68);
    /* t_69 = (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A (2 P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ − 2 P (Pᵀ A P)⁻¹ dPᵀ − 2 dP (Pᵀ A P)⁻¹ Pᵀ) Sᵀ S P (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->m, w->m, 1.0, w->t_67, w->t_69);
    /* t_70 = A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S (2 P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ − 2 P (Pᵀ A P)⁻¹ dPᵀ − 2 dP (Pᵀ A P)⁻¹ Pᵀ) A S Sᵀ A P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AP, w->t_69, w->t_70);
    /* t_71 = Pᵀ Sᵀ S (2 P (Pᵀ A P)⁻¹ dPᵀ + 2 dP (Pᵀ A P)⁻¹ Pᵀ − 2 P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ) */
    gemm_nn(w->threads, w->m, w->n, w->n, 1.0, 0.0, w->PtStS, w->t_51, w->t_71);
    /* t_72 = (Pᵀ A P)⁻¹ Pᵀ Sᵀ S (2 P (Pᵀ A P)⁻¹ dPᵀ + 2 dP (Pᵀ A P)⁻¹ Pᵀ − 2 P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ) */
    solve(w->solvers, 0, 0, w->n, w->t_71, w->t_72);
    /* t_73 = A S Sᵀ A (2 P (Pᵀ A P)⁻¹ dPᵀ + 2 dP (Pᵀ A P)⁻¹ Pᵀ − 2 P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ) Sᵀ S P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->n, &w->at_P, w->ASStA, w->t_72, w->t_73);
    /* gnvp_P = (2 Sᵀ S (dP (Pᵀ A P)⁻¹ Pᵀ − P (Pᵀ A P)⁻¹ (dPᵀ A P + Pᵀ A dP) (Pᵀ A P)⁻¹ Pᵀ + P (Pᵀ A P)⁻¹ dPᵀ) A S Sᵀ A P (Pᵀ A P)⁻¹ − 2 A P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A (P (Pᵀ A P)⁻¹ dPᵀ − P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ + dP (Pᵀ A P)⁻¹ Pᵀ) Sᵀ S P (Pᵀ A P)⁻¹ − 2 A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S (dP (Pᵀ A P)⁻¹ Pᵀ − P (Pᵀ A P)⁻¹ (dPᵀ A P + Pᵀ A dP) (Pᵀ A P)⁻¹ Pᵀ + P (Pᵀ A P)⁻¹ dPᵀ) A S Sᵀ A P (Pᵀ A P)⁻¹ + 2 A S Sᵀ A (P (Pᵀ A P)⁻¹ dPᵀ − P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ + dP (Pᵀ A P)⁻¹ Pᵀ) Sᵀ S P (Pᵀ A P)⁻¹)  at P */
    linear_2(w->threads, w->nnz_P, 1.0, w->t_54, 1.0, w->t_68, w->gnvp_P);
    add(w->threads, w->nnz_P, 1.0, w->t_70, w->gnvp_P);
    add(w->threads, w->nnz_P, 1.0, w->t_73, w->gnvp_P);
}

FUNCTION(hvp) { /* the Hessian applied to dG */
    NEED(9) NEED(10) NEED(12) NEED(13) NEED(14) NEED(15) NEED(0) NEED(1) NEED(3) NEED(5)
    /* dPt = dPᵀ  at Pᵀ */
    embed(w->threads, w->nnz_Pt, &w->place_P_T_in_Pt, 1.0, w->dP, w->dPt);
    /* dPt_2 = dPᵀ */
    fill(w->threads, w->m * w->n, 0.0, w->dPt_2);
    add_scattered(w->threads, w->m, w->n, &w->at_Pt, 1.0, w->dPt, w->dPt_2);
    /* t_22 = (Pᵀ A P)⁻¹ dPᵀ */
    solve(w->solvers, 0, 0, w->n, w->dPt_2, w->t_22);
    /* t_23 = P (Pᵀ A P)⁻¹ dPᵀ */
    spmm(w->threads, w->n, w->n, &w->at_P, 1.0, 0.0, w->P, w->t_22, w->t_23, w->t_23);
    /* dPt_A_P = dPᵀ A P */
    spmm_transposed(w->threads, w->m, w->m, &w->at_P_T, 1.0, 0.0, w->dP, w->AP, w->dPt_A_P,
            w->dPt_A_P);
    /* t_44 = (−2 Pᵀ A dP − 2 dPᵀ A P) */
    linear_1(w->threads, w->m * w->m, -2.0, w->dPt_A_P, w->t_44);
    add_transposed(w->threads, w->m, w->m, -2.0, w->dPt_A_P, w->t_44);
    /* t_45 = (Pᵀ A P)⁻¹ (−2 Pᵀ A dP − 2 dPᵀ A P) */
    solve(w->solvers, 0, 0, w->m, w->t_44, w->t_45);
    /* t_46 = (−2 Pᵀ A dP − 2 dPᵀ A P) (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->m, w->m, 1.0, w->t_45, w->t_46);
    /* t_47 = (Pᵀ A P)⁻¹ (−2 Pᵀ A dP − 2 dPᵀ A P) (Pᵀ A P)⁻¹ */
    solve(w->solvers, 0, 0, w->m, w->t_46, w->t_47);
    /* t_48 = P (Pᵀ A P)⁻¹ (−2 Pᵀ A dP − 2 dPᵀ A P) (Pᵀ A P)⁻¹ */
    spmm(w->threads, w->n, w->m, &w->at_P, 1.0, 0.0, w->P, w->t_47, w->t_48, w->t_48);
    /* t_49 = (Pᵀ A P)⁻¹ (−2 Pᵀ A dP − 2 dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ */
    transpose(w->threads, w->m, w->n, 1.0, w->t_48, w->t_49);
    /* t_50 = P (Pᵀ A P)⁻¹ (−2 Pᵀ A dP − 2 dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ */
    spmm(w->threads, w->n, w->n, &w->at_P, 1.0, 0.0, w->P, w->t_49, w->t_50, w->t_50);
    /* t_51 = (2 P (Pᵀ A P)⁻¹ dPᵀ + 2 dP (Pᵀ A P)⁻¹ Pᵀ − 2 P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ) */
    linear_2(w->threads, w->n * w->n, 2.0, w->t_23, 1.0, w->t_50, w->t_51);
    add_transposed(w->threads, w->n, w->n, 2.0, w->t_23, w->t_51);
    /* t_52 = Pᵀ A S Sᵀ A (2 P (Pᵀ A P)⁻¹ dPᵀ + 2 dP (Pᵀ A P)⁻¹ Pᵀ − 2 P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ) */
    gemm_nn(w->threads, w->m, w->n, w->n, 1.0, 0.0, w->PtASStA, w->t_51, w->t_52);
    /* t_53 = (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A (2 P (Pᵀ A P)⁻¹ dPᵀ + 2 dP (Pᵀ A P)⁻¹ Pᵀ − 2 P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ) */
    solve(w->solvers, 0, 0, w->n, w->t_52, w->t_53);
    /* t_54 = Sᵀ S (2 P (Pᵀ A P)⁻¹ dPᵀ + 2 dP (Pᵀ A P)⁻¹ Pᵀ − 2 P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ) A S Sᵀ A P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->n, &w->at_P, w->StS, w->t_53, w->t_54);
    /* t_55 = (2 Pᵀ A dP + 2 dPᵀ A P) */
    linear_1(w->threads, w->m * w->m, 2.0, w->dPt_A_P, w->t_55);
    add_transposed(w->threads, w->m, w->m, 2.0, w->dPt_A_P, w->t_55);
    /* t_56 = (Pᵀ A P)⁻¹ (2 Pᵀ A dP + 2 dPᵀ A P) */
    solve(w->solvers, 0, 0, w->m, w->t_55, w->t_56);
    /* t_57 = (2 Pᵀ A dP + 2 dPᵀ A P) (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->m, w->m, 1.0, w->t_56, w->t_57);
    /* t_58 = (Pᵀ A P)⁻¹ (2 Pᵀ A dP + 2 dPᵀ A P) (Pᵀ A P)⁻¹ */
    solve(w->solvers, 0, 0, w->m, w->t_57, w->t_58);
    /* t_59 = P (Pᵀ A P)⁻¹ (2 Pᵀ A dP + 2 dPᵀ A P) (Pᵀ A P)⁻¹ */
    spmm(w->threads, w->n, w->m, &w->at_P, 1.0, 0.0, w->P, w->t_58, w->t_59, w->t_59);
    /* t_60 = (Pᵀ A P)⁻¹ (2 Pᵀ A dP + 2 dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ */
    transpose(w->threads, w->m, w->n, 1.0, w->t_59, w->t_60);
    /* t_61 = P (Pᵀ A P)⁻¹ (2 Pᵀ A dP + 2 dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ */
    spmm(w->threads, w->n, w->n, &w->at_P, 1.0, 0.0, w->P, w->t_60, w->t_61, w->t_61);
    /* t_62 = (2 P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ − 2 P (Pᵀ A P)⁻¹ dPᵀ − 2 dP (Pᵀ A P)⁻¹ Pᵀ) */
    linear_2(w->threads, w->n * w->n, -2.0, w->t_23, 1.0, w->t_61, w->t_62);
    add_transposed(w->threads, w->n, w->n, -2.0, w->t_23, w->t_62);
    /* t_63 = (2 P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ − 2 P (Pᵀ A P)⁻¹ dPᵀ − 2 dP (Pᵀ A P)⁻¹ Pᵀ) Sᵀ S P */
    gemm_nn(w->threads, w->n, w->m, w->n, 1.0, 0.0, w->t_62, w->StSP, w->t_63);
    /* t_64 = Pᵀ A S Sᵀ A (2 P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ − 2 P (Pᵀ A P)⁻¹ dPᵀ − 2 dP (Pᵀ A P)⁻¹ Pᵀ) Sᵀ S P */
    gemm_nn(w->threads, w->m, w->m, w->n, 1.0, 0.0, w->PtASStA, w->t_63, w->t_64);
    /* t_65 = (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A (2 P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ − 2 P (Pᵀ A P)⁻¹ dPᵀ − 2 dP (Pᵀ A P)⁻¹ Pᵀ) Sᵀ S P */
    solve(w->solvers, 0, 0, w->m, w->t_64, w->t_65);
    /* t_66 = Pᵀ Sᵀ S (2 P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ − 2 P (Pᵀ A P)⁻¹ dPᵀ − 2 dP (Pᵀ A P)⁻¹ Pᵀ) A S Sᵀ A P (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->m, w->m, 1.0, w->t_65, w->t_66);
    /* t_67 = (Pᵀ A P)⁻¹ Pᵀ Sᵀ S (2 P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ − 2 P (Pᵀ A P)⁻¹ dPᵀ − 2 dP (Pᵀ A P)⁻¹ Pᵀ) A S Sᵀ A P (Pᵀ A P)⁻¹ */
    solve(w->solvers, 0, 0, w->m, w->t_66, w->t_67);
    /* t_68 = A P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A (2 P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ − 2 P (Pᵀ A P)⁻¹ dPᵀ − 2 dP (Pᵀ A P)⁻¹ Pᵀ) Sᵀ S P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AP, w->t_67, w->t_68);
    /* t_69 = (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A (2 P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ − 2 P (Pᵀ A P)⁻¹ dPᵀ − 2 dP (Pᵀ A P)⁻¹ Pᵀ) Sᵀ S P (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->m, w->m, 1.0, w->t_67, w->t_69);
    /* t_70 = A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S (2 P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ − 2 P (Pᵀ A P)⁻¹ dPᵀ − 2 dP (Pᵀ A P)⁻¹ Pᵀ) A S Sᵀ A P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AP, w->t_69, w->t_70);
    /* t_71 = Pᵀ Sᵀ S (2 P (Pᵀ A P)⁻¹ dPᵀ + 2 dP (Pᵀ A P)⁻¹ Pᵀ − 2 P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ) */
    gemm_nn(w->threads, w->m, w->n, w->n, 1.0, 0.0, w->PtStS, w->t_51, w->t_71);
    /* t_72 = (Pᵀ A P)⁻¹ Pᵀ Sᵀ S (2 P (Pᵀ A P)⁻¹ dPᵀ + 2 dP (Pᵀ A P)⁻¹ Pᵀ − 2 P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ) */
    solve(w->solvers, 0, 0, w->n, w->t_71, w->t_72);
    /* t_73 = A S Sᵀ A (2 P (Pᵀ A P)⁻¹ dPᵀ + 2 dP (Pᵀ A P)⁻¹ Pᵀ − 2 P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ) Sᵀ S P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->n, &w->at_P, w->ASStA, w->t_72, w->t_73);
    /* t_74 = Sᵀ S S Sᵀ A dP (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->n, &w->at_P, w->StSSStA, w->t_22, w->t_74);
    /* dPt_A_S_St_A_P = dPᵀ A S Sᵀ A P */
    spmm_transposed(w->threads, w->m, w->m, &w->at_P_T, 1.0, 0.0, w->dP, w->ASStAP,
            w->dPt_A_S_St_A_P, w->dPt_A_S_St_A_P);
    /* PtASStAdP = Pᵀ A S Sᵀ A dP */
    transpose(w->threads, w->m, w->m, 1.0, w->dPt_A_S_St_A_P, w->PtASStAdP);
    /* t_75 = (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A dP */
    solve(w->solvers, 0, 0, w->m, w->PtASStAdP, w->t_75);
    /* t_76 = dPᵀ A S Sᵀ A P (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->m, w->m, 1.0, w->t_75, w->t_76);
    /* t_77 = (Pᵀ A P)⁻¹ dPᵀ A S Sᵀ A P (Pᵀ A P)⁻¹ */
    solve(w->solvers, 0, 0, w->m, w->t_76, w->t_77);
    /* t_78 = Sᵀ S P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A dP (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->StSP, w->t_77, w->t_78);
    /* t_79 = (Pᵀ A P)⁻¹ dPᵀ A P */
    solve(w->solvers, 0, 0, w->m, w->dPt_A_P, w->t_79);
    /* t_80 = Pᵀ A dP (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->m, w->m, 1.0, w->t_79, w->t_80);
    /* t_81 = (Pᵀ A P)⁻¹ Pᵀ A dP (Pᵀ A P)⁻¹ */
    solve(w->solvers, 0, 0, w->m, w->t_80, w->t_81);
    /* t_82 = Sᵀ S S Sᵀ A P (Pᵀ A P)⁻¹ dPᵀ A P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->StSSStAP, w->t_81, w->t_82);
    /* t_83 = Pᵀ A dP (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹ */
    gemm_tn(w->threads, w->m, w->m, w->m, 1.0, 0.0, w->dPt_A_P, w->t_4, w->t_83);
    /* t_84 = (Pᵀ A P)⁻¹ Pᵀ A dP (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹ */
    solve(w->solvers, 0, 0, w->m, w->t_83, w->t_84);
    /* t_85 = Sᵀ S P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹ dPᵀ A P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->StSP, w->t_84, w->t_85);
    /* t_86 = (Pᵀ A P)⁻¹ dPᵀ A P (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->m, w->m, 1.0, w->t_81, w->t_86);
    /* t_87 = Sᵀ S S Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ A dP (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->StSSStAP, w->t_86, w->t_87);
    /* t_88 = (Pᵀ A P)⁻¹ dPᵀ A P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹ */
    gemm_nn(w->threads, w->m, w->m, w->m, 1.0, 0.0, w->t_79, w->t_4, w->t_88);
    /* t_89 = Sᵀ S P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ A dP (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->StSP, w->t_88, w->t_89);
    /* dPt_A = dPᵀ A */
    spmm_transposed(w->threads, w->m, w->n, &w->at_P_T, 1.0, 0.0, w->dP, w->A, w->dPt_A, w->dPt_A);
    /* AdP = A dP */
    transpose(w->threads, w->n, w->m, 1.0, w->dPt_A, w->AdP);
    /* t_90 = A dP (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ Sᵀ S P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AdP, w->t_8, w->t_90);
    /* t_91 = A dP (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AdP, w->t_11, w->t_91);
    /* t_92 = (Pᵀ A P)⁻¹ Pᵀ Sᵀ S S Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ A dP (Pᵀ A P)⁻¹ */
    gemm_nn(w->threads, w->m, w->m, w->m, 1.0, 0.0, w->t_8, w->t_80, w->t_92);
    /* t_93 = A P (Pᵀ A P)⁻¹ dPᵀ A P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ Sᵀ S P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AP, w->t_92, w->t_93);
    /* t_94 = (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ A dP (Pᵀ A P)⁻¹ */
    gemm_nt(w->threads, w->m, w->m, w->m, 1.0, 0.0, w->t_10, w->t_88, w->t_94);
    /* t_95 = A P (Pᵀ A P)⁻¹ dPᵀ A P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AP, w->t_94, w->t_95);
    /* t_96 = Pᵀ Sᵀ S S Sᵀ A P (Pᵀ A P)⁻¹ dPᵀ A P (Pᵀ A P)⁻¹ */
    gemm_nn(w->threads, w->m, w->m, w->m, 1.0, 0.0, w->PtStSSStAP, w->t_86, w->t_96);
    /* t_97 = (Pᵀ A P)⁻¹ Pᵀ Sᵀ S S Sᵀ A P (Pᵀ A P)⁻¹ dPᵀ A P (Pᵀ A P)⁻¹ */
    solve(w->solvers, 0, 0, w->m, w->t_96, w->t_97);
    /* t_98 = A P (Pᵀ A P)⁻¹ Pᵀ A dP (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ Sᵀ S P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AP, w->t_97, w->t_98);
    /* t_99 = (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹ dPᵀ A P (Pᵀ A P)⁻¹ */
    gemm_nt(w->threads, w->m, w->m, w->m, 1.0, 0.0, w->t_10, w->t_84, w->t_99);
    /* t_100 = A P (Pᵀ A P)⁻¹ Pᵀ A dP (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AP, w->t_99, w->t_100);
    /* dPt_A_S_St_St_S_P = dPᵀ A S Sᵀ Sᵀ S P */
    spmm_transposed(w->threads, w->m, w->m, &w->at_P_T, 1.0, 0.0, w->dP, w->ASStStSP,
            w->dPt_A_S_St_St_S_P, w->dPt_A_S_St_St_S_P);
    /* t_101 = (Pᵀ A P)⁻¹ dPᵀ A S Sᵀ Sᵀ S P */
    solve(w->solvers, 0, 0, w->m, w->dPt_A_S_St_St_S_P, w->t_101);
    /* t_102 = Pᵀ Sᵀ S S Sᵀ A dP (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->m, w->m, 1.0, w->t_101, w->t_102);
    /* t_103 = (Pᵀ A P)⁻¹ Pᵀ Sᵀ S S Sᵀ A dP (Pᵀ A P)⁻¹ */
    solve(w->solvers, 0, 0, w->m, w->t_102, w->t_103);
    /* t_104 = A P (Pᵀ A P)⁻¹ dPᵀ A S Sᵀ Sᵀ S P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AP, w->t_103, w->t_104);
    /* t_105 = (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A dP (Pᵀ A P)⁻¹ */
    gemm_nt(w->threads, w->m, w->m, w->m, 1.0, 0.0, w->t_10, w->t_77, w->t_105);
    /* t_106 = A P (Pᵀ A P)⁻¹ dPᵀ A S Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AP, w->t_105, w->t_106);
    /* dPt_St_S_S_St_A_P = dPᵀ Sᵀ S S Sᵀ A P */
    spmm_transposed(w->threads, w->m, w->m, &w->at_P_T, 1.0, 0.0, w->dP, w->StSSStAP,
            w->dPt_St_S_S_St_A_P, w->dPt_St_S_S_St_A_P);
    /* PtASStStSdP = Pᵀ A S Sᵀ Sᵀ S dP */
    transpose(w->threads, w->m, w->m, 1.0, w->dPt_St_S_S_St_A_P, w->PtASStStSdP);
    /* t_107 = (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ Sᵀ S dP */
    solve(w->solvers, 0, 0, w->m, w->PtASStStSdP, w->t_107);
    /* t_108 = dPᵀ Sᵀ S S Sᵀ A P (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->m, w->m, 1.0, w->t_107, w->t_108);
    /* t_109 = (Pᵀ A P)⁻¹ dPᵀ Sᵀ S S Sᵀ A P (Pᵀ A P)⁻¹ */
    solve(w->solvers, 0, 0, w->m, w->t_108, w->t_109);
    /* t_110 = A P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ Sᵀ S dP (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AP, w->t_109, w->t_110);
    /* dPt_St_S_P = dPᵀ Sᵀ S P */
    spmm_transposed(w->threads, w->m, w->m, &w->at_P_T, 1.0, 0.0, w->dP, w->StSP, w->dPt_St_S_P,
            w->dPt_St_S_P);
    /* t_111 = (Pᵀ A P)⁻¹ dPᵀ Sᵀ S P */
    solve(w->solvers, 0, 0, w->m, w->dPt_St_S_P, w->t_111);
    /* t_112 = (Pᵀ A P)⁻¹ dPᵀ Sᵀ S P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹ */
    gemm_nn(w->threads, w->m, w->m, w->m, 1.0, 0.0, w->t_111, w->t_4, w->t_112);
    /* t_113 = A P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S dP (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AP, w->t_112, w->t_113);
    /* t_114 = (Pᵀ A P)⁻¹ Pᵀ A dP (Pᵀ A P)⁻¹ Pᵀ Sᵀ S S Sᵀ A P (Pᵀ A P)⁻¹ */
    gemm_nn(w->threads, w->m, w->m, w->m, 1.0, 0.0, w->t_81, w->t_7, w->t_114);
    /* t_115 = A P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ Sᵀ S P (Pᵀ A P)⁻¹ dPᵀ A P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AP, w->t_114, w->t_115);
    /* t_116 = (Pᵀ A P)⁻¹ Pᵀ A dP (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P */
    gemm_nn(w->threads, w->m, w->m, w->m, 1.0, 0.0, w->t_81, w->PtStSP, w->t_116);
    /* t_117 = (Pᵀ A P)⁻¹ Pᵀ A dP (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹ */
    gemm_nn(w->threads, w->m, w->m, w->m, 1.0, 0.0, w->t_116, w->t_4, w->t_117);
    /* t_118 = A P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹ dPᵀ A P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AP, w->t_117, w->t_118);
    /* t_119 = (Pᵀ A P)⁻¹ dPᵀ A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S S Sᵀ A P (Pᵀ A P)⁻¹ */
    gemm_nn(w->threads, w->m, w->m, w->m, 1.0, 0.0, w->t_79, w->t_8, w->t_119);
    /* t_120 = A P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ Sᵀ S P (Pᵀ A P)⁻¹ Pᵀ A dP (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AP, w->t_119, w->t_120);
    /* t_121 = (Pᵀ A P)⁻¹ dPᵀ A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹ */
    gemm_nn(w->threads, w->m, w->m, w->m, 1.0, 0.0, w->t_79, w->t_11, w->t_121);
    /* t_122 = A P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹ Pᵀ A dP (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AP, w->t_121, w->t_122);
    /* t_123 = A dP (Pᵀ A P)⁻¹ Pᵀ Sᵀ S S Sᵀ A P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AdP, w->t_13, w->t_123);
    /* t_124 = A dP (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AdP, w->t_15, w->t_124);
    /* t_125 = (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ Sᵀ S P (Pᵀ A P)⁻¹ Pᵀ A dP (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->m, w->m, 1.0, w->t_119, w->t_125);
    /* t_126 = A P (Pᵀ A P)⁻¹ dPᵀ A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S S Sᵀ A P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AP, w->t_125, w->t_126);
    /* t_127 = (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹ Pᵀ A dP (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->m, w->m, 1.0, w->t_121, w->t_127);
    /* t_128 = A P (Pᵀ A P)⁻¹ dPᵀ A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AP, w->t_127, w->t_128);
    /* t_129 = (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ Sᵀ S P (Pᵀ A P)⁻¹ dPᵀ A P (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->m, w->m, 1.0, w->t_114, w->t_129);
    /* t_130 = A P (Pᵀ A P)⁻¹ Pᵀ A dP (Pᵀ A P)⁻¹ Pᵀ Sᵀ S S Sᵀ A P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AP, w->t_129, w->t_130);
    /* t_131 = (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹ dPᵀ A P (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->m, w->m, 1.0, w->t_117, w->t_131);
    /* t_132 = A P (Pᵀ A P)⁻¹ Pᵀ A dP (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AP, w->t_131, w->t_132);
    /* t_133 = (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ Sᵀ S dP (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->m, w->m, 1.0, w->t_109, w->t_133);
    /* t_134 = A P (Pᵀ A P)⁻¹ dPᵀ Sᵀ S S Sᵀ A P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AP, w->t_133, w->t_134);
    /* t_135 = (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S dP (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->m, w->m, 1.0, w->t_112, w->t_135);
    /* t_136 = A P (Pᵀ A P)⁻¹ dPᵀ Sᵀ S P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AP, w->t_135, w->t_136);
    /* t_137 = (Pᵀ A P)⁻¹ dPᵀ A S Sᵀ Sᵀ S P (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->m, w->m, 1.0, w->t_103, w->t_137);
    /* t_138 = A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S S Sᵀ A dP (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AP, w->t_137, w->t_138);
    /* t_139 = (Pᵀ A P)⁻¹ dPᵀ A S Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->m, w->m, 1.0, w->t_105, w->t_139);
    /* t_140 = A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A dP (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AP, w->t_139, w->t_140);
    /* t_141 = (Pᵀ A P)⁻¹ Pᵀ A dP (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ Sᵀ S P (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->m, w->m, 1.0, w->t_97, w->t_141);
    /* t_142 = A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S S Sᵀ A P (Pᵀ A P)⁻¹ dPᵀ A P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AP, w->t_141, w->t_142);
    /* t_143 = (Pᵀ A P)⁻¹ Pᵀ A dP (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->m, w->m, 1.0, w->t_99, w->t_143);
    /* t_144 = A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹ dPᵀ A P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AP, w->t_143, w->t_144);
    /* t_145 = (Pᵀ A P)⁻¹ dPᵀ A P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ Sᵀ S P (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->m, w->m, 1.0, w->t_92, w->t_145);
    /* t_146 = A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S S Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ A dP (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AP, w->t_145, w->t_146);
    /* t_147 = (Pᵀ A P)⁻¹ dPᵀ A P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->m, w->m, 1.0, w->t_94, w->t_147);
    /* t_148 = A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ A dP (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AP, w->t_147, w->t_148);
    /* t_149 = A S Sᵀ Sᵀ S dP (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->n, &w->at_P, w->ASStStS, w->t_22, w->t_149);
    /* t_150 = Pᵀ Sᵀ S dP (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->m, w->m, 1.0, w->t_111, w->t_150);
    /* t_151 = (Pᵀ A P)⁻¹ Pᵀ Sᵀ S dP (Pᵀ A P)⁻¹ */
    solve(w->solvers, 0, 0, w->m, w->t_150, w->t_151);
    /* t_152 = (Pᵀ A P)⁻¹ dPᵀ Sᵀ S P (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->m, w->m, 1.0, w->t_151, w->t_152);
    /* t_153 = A S Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S dP (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->ASStAP, w->t_152, w->t_153);
    /* t_154 = A S Sᵀ Sᵀ S P (Pᵀ A P)⁻¹ dPᵀ A P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->ASStStSP, w->t_81, w->t_154);
    /* t_155 = (Pᵀ A P)⁻¹ Pᵀ A dP (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹ */
    gemm_nn(w->threads, w->m, w->m, w->m, 1.0, 0.0, w->t_81, w->t_19, w->t_155);
    /* t_156 = A S Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹ dPᵀ A P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->ASStAP, w->t_155, w->t_156);
    /* t_157 = A S Sᵀ Sᵀ S P (Pᵀ A P)⁻¹ Pᵀ A dP (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->ASStStSP, w->t_86, w->t_157);
    /* t_158 = (Pᵀ A P)⁻¹ dPᵀ A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹ */
    gemm_nn(w->threads, w->m, w->m, w->m, 1.0, 0.0, w->t_79, w->t_20, w->t_158);
    /* t_159 = A S Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹ Pᵀ A dP (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->ASStAP, w->t_158, w->t_159);
    /* hvp_P = (2 Sᵀ S (dP (Pᵀ A P)⁻¹ Pᵀ − P (Pᵀ A P)⁻¹ (dPᵀ A P + Pᵀ A dP) (Pᵀ A P)⁻¹ Pᵀ + P (Pᵀ A P)⁻¹ dPᵀ) A S Sᵀ A P (Pᵀ A P)⁻¹ − 2 Sᵀ S (I − P (Pᵀ A P)⁻¹ Pᵀ A) S Sᵀ A dP (Pᵀ A P)⁻¹ + 2 Sᵀ S (I − P (Pᵀ A P)⁻¹ Pᵀ A) S Sᵀ A P (Pᵀ A P)⁻¹ dPᵀ A P (Pᵀ A P)⁻¹ + 2 Sᵀ S (I − P (Pᵀ A P)⁻¹ Pᵀ A) S Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ A dP (Pᵀ A P)⁻¹ + 2 A dP (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ (I − A P (Pᵀ A P)⁻¹ Pᵀ) Sᵀ S P (Pᵀ A P)⁻¹ − 2 A P (Pᵀ A P)⁻¹ dPᵀ A P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ (I − A P (Pᵀ A P)⁻¹ Pᵀ) Sᵀ S P (Pᵀ A P)⁻¹ − 2 A P (Pᵀ A P)⁻¹ Pᵀ A dP (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ (I − A P (Pᵀ A P)⁻¹ Pᵀ) Sᵀ S P (Pᵀ A P)⁻¹ + 2 A P (Pᵀ A P)⁻¹ dPᵀ A S Sᵀ (I − A P (Pᵀ A P)⁻¹ Pᵀ) Sᵀ S P (Pᵀ A P)⁻¹ − 2 A P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A (P (Pᵀ A P)⁻¹ dPᵀ − P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ + dP (Pᵀ A P)⁻¹ Pᵀ) Sᵀ S P (Pᵀ A P)⁻¹ + 2 A P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ (I − A P (Pᵀ A P)⁻¹ Pᵀ) Sᵀ S dP (Pᵀ A P)⁻¹ − 2 A P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ (I − A P (Pᵀ A P)⁻¹ Pᵀ) Sᵀ S P (Pᵀ A P)⁻¹ dPᵀ A P (Pᵀ A P)⁻¹ − 2 A P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ (I − A P (Pᵀ A P)⁻¹ Pᵀ) Sᵀ S P (Pᵀ A P)⁻¹ Pᵀ A dP (Pᵀ A P)⁻¹ + 2 A dP (Pᵀ A P)⁻¹ Pᵀ Sᵀ S (I − P (Pᵀ A P)⁻¹ Pᵀ A) S Sᵀ A P (Pᵀ A P)⁻¹ − 2 A P (Pᵀ A P)⁻¹ dPᵀ A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S (I − P (Pᵀ A P)⁻¹ Pᵀ A) S Sᵀ A P (Pᵀ A P)⁻¹ − 2 A P (Pᵀ A P)⁻¹ Pᵀ A dP (Pᵀ A P)⁻¹ Pᵀ Sᵀ S (I − P (Pᵀ A P)⁻¹ Pᵀ A) S Sᵀ A P (Pᵀ A P)⁻¹ + 2 A P (Pᵀ A P)⁻¹ dPᵀ Sᵀ S (I − P (Pᵀ A P)⁻¹ Pᵀ A) S Sᵀ A P (Pᵀ A P)⁻¹ − 2 A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S (dP (Pᵀ A P)⁻¹ Pᵀ − P (Pᵀ A P)⁻¹ (dPᵀ A P + Pᵀ A dP) (Pᵀ A P)⁻¹ Pᵀ + P (Pᵀ A P)⁻¹ dPᵀ) A S Sᵀ A P (Pᵀ A P)⁻¹ + 2 A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S (I − P (Pᵀ A P)⁻¹ Pᵀ A) S Sᵀ A dP (Pᵀ A P)⁻¹ − 2 A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S (I − P (Pᵀ A P)⁻¹ Pᵀ A) S Sᵀ A P (Pᵀ A P)⁻¹ dPᵀ A P (Pᵀ A P)⁻¹ − 2 A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S (I − P (Pᵀ A P)⁻¹ Pᵀ A) S Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ A dP (Pᵀ A P)⁻¹ + 2 A S Sᵀ A (P (Pᵀ A P)⁻¹ dPᵀ − P (Pᵀ A P)⁻¹ (Pᵀ A dP + dPᵀ A P) (Pᵀ A P)⁻¹ Pᵀ + dP (Pᵀ A P)⁻¹ Pᵀ) Sᵀ S P (Pᵀ A P)⁻¹ − 2 A S Sᵀ (I − A P (Pᵀ A P)⁻¹ Pᵀ) Sᵀ S dP (Pᵀ A P)⁻¹ + 2 A S Sᵀ (I − A P (Pᵀ A P)⁻¹ Pᵀ) Sᵀ S P (Pᵀ A P)⁻¹ dPᵀ A P (Pᵀ A P)⁻¹ + 2 A S Sᵀ (I − A P (Pᵀ A P)⁻¹ Pᵀ) Sᵀ S P (Pᵀ A P)⁻¹ Pᵀ A dP (Pᵀ A P)⁻¹)  at P */
    linear_2(w->threads, w->nnz_P, 1.0, w->t_54, -2.0, w->t_74, w->hvp_P);
    add(w->threads, w->nnz_P, 2.0, w->t_78, w->hvp_P);
    add(w->threads, w->nnz_P, 2.0, w->t_82, w->hvp_P);
    add(w->threads, w->nnz_P, -2.0, w->t_85, w->hvp_P);
    add(w->threads, w->nnz_P, 2.0, w->t_87, w->hvp_P);
    add(w->threads, w->nnz_P, -2.0, w->t_89, w->hvp_P);
    add(w->threads, w->nnz_P, 2.0, w->t_90, w->hvp_P);
    add(w->threads, w->nnz_P, -2.0, w->t_91, w->hvp_P);
    add(w->threads, w->nnz_P, -2.0, w->t_93, w->hvp_P);
    add(w->threads, w->nnz_P, 2.0, w->t_95, w->hvp_P);
    add(w->threads, w->nnz_P, -2.0, w->t_98, w->hvp_P);
    add(w->threads, w->nnz_P, 2.0, w->t_100, w->hvp_P);
    add(w->threads, w->nnz_P, 2.0, w->t_104, w->hvp_P);
    add(w->threads, w->nnz_P, -2.0, w->t_106, w->hvp_P);
    add(w->threads, w->nnz_P, 1.0, w->t_68, w->hvp_P);
    add(w->threads, w->nnz_P, 2.0, w->t_110, w->hvp_P);
    add(w->threads, w->nnz_P, -2.0, w->t_113, w->hvp_P);
    add(w->threads, w->nnz_P, -2.0, w->t_115, w->hvp_P);
    add(w->threads, w->nnz_P, 2.0, w->t_118, w->hvp_P);
    add(w->threads, w->nnz_P, -2.0, w->t_120, w->hvp_P);
    add(w->threads, w->nnz_P, 2.0, w->t_122, w->hvp_P);
    add(w->threads, w->nnz_P, 2.0, w->t_123, w->hvp_P);
    add(w->threads, w->nnz_P, -2.0, w->t_124, w->hvp_P);
    add(w->threads, w->nnz_P, -2.0, w->t_126, w->hvp_P);
    add(w->threads, w->nnz_P, 2.0, w->t_128, w->hvp_P);
    add(w->threads, w->nnz_P, -2.0, w->t_130, w->hvp_P);
    add(w->threads, w->nnz_P, 2.0, w->t_132, w->hvp_P);
    add(w->threads, w->nnz_P, 2.0, w->t_134, w->hvp_P);
    add(w->threads, w->nnz_P, -2.0, w->t_136, w->hvp_P);
    add(w->threads, w->nnz_P, 1.0, w->t_70, w->hvp_P);
    add(w->threads, w->nnz_P, 2.0, w->t_138, w->hvp_P);
    add(w->threads, w->nnz_P, -2.0, w->t_140, w->hvp_P);
    add(w->threads, w->nnz_P, -2.0, w->t_142, w->hvp_P);
    add(w->threads, w->nnz_P, 2.0, w->t_144, w->hvp_P);
    add(w->threads, w->nnz_P, -2.0, w->t_146, w->hvp_P);
    add(w->threads, w->nnz_P, 2.0, w->t_148, w->hvp_P);
    add(w->threads, w->nnz_P, 1.0, w->t_73, w->hvp_P);
    add(w->threads, w->nnz_P, -2.0, w->t_149, w->hvp_P);
    add(w->threads, w->nnz_P, 2.0, w->t_153, w->hvp_P);
    add(w->threads, w->nnz_P, 2.0, w->t_154, w->hvp_P);
    add(w->threads, w->nnz_P, -2.0, w->t_156, w->hvp_P);
    add(w->threads, w->nnz_P, 2.0, w->t_157, w->hvp_P);
    add(w->threads, w->nnz_P, -2.0, w->t_159, w->hvp_P);
}

