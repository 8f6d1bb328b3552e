/* Factors of the matrices of the problem two_grid.
 *
 * plan edd9da600afa
 * floating-point operations at the sizes it was planned for: hessian_matrix 7.32e+08, hessian_row 4.73e+08, hessian_column 4.98e+08, hessian_diagonal 4.73e+08, jacobian_matrix 4.07e+07, gauss_newton_matrix 7.87e+07, gauss_newton_row 1.47e+07, gauss_newton_column 2.08e+07, gauss_newton_diagonal 1.46e+07
 * workspace: 8 (2·1 + 6 m + 15 m·m + 21 m·n + 19 n + 9 nnz(P) + 18 nnz(P·Pᵀ) + 9 nnz(Pᵀ) + 5 nnz(Pᵀ·P) + 16 n·m + 28 n·n) bytes
 *
 * Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines two_grid
 */
#include "kernels.h"

/* Where one model keeps its numbers: members of eight bytes each, filled by the runtime. */
typedef struct {
    real *A, *P, *S, *W_f, *AS, *eye, *eye_2, *I_2, *St, *ASStA, *StS, *A_2, *StS_2, *ASStA_2, *A_3;
    real *StS_3, *ASStA_3, *StA, *PtA, *PtAS, *AP, *PtAP, *factors, *t, *t_2, *t_3, *t_4, *t_5;
    real *PtASft, *PtASftS, *t_6, *t_7, *t_8, *t_9, *PtSt, *PtStf, *PtStfStA, *t_10, *t_11, *t_12;
    real *t_13, *t_14, *t_15, *t_16, *t_17, *t_18, *t_19, *PtASStA, *t_20, *PtStS, *StSP, *PtStSP;
    real *t_21, *t_22, *t_23, *ASStAP, *PtASStAP, *t_24, *t_25, *t_26, *t_27, *t_28, *t_29, *t_30;
    real *t_31, *t_32, *t_33, *t_34, *t_35, *t_36, *t_37, *t_38, *t_39, *t_40, *fStA, *StfStA;
    real *t_41, *t_42, *ASftS, *t_43, *t_44, *t_45, *t_46, *t_47, *t_48, *t_49, *ASftSP, *t_50;
    real *t_51, *t_52, *t_53, *t_54, *t_55, *t_56, *t_57, *t_58, *t_59, *t_60, *t_61, *t_62, *t_63;
    real *t_64, *StfStAP, *t_65, *t_66, *t_67, *t_68, *t_69, *t_70, *t_71, *t_72, *t_73, *t_74;
    real *t_75, *ASft, *StfStA_2, *t_76, *t_77, *t_78, *t_79, *ASftS_2, *t_80, *t_81, *t_82, *t_83;
    real *t_84, *t_85, *t_86, *t_87, *t_88, *t_89, *t_90, *t_91, *t_92, *t_93, *t_94, *t_95, *t_96;
    real *t_97, *StfStA_3, *t_98, *t_99, *ASftS_3, *t_100, *t_101, *t_102, *t_103, *t_104, *t_105;
    real *t_106, *t_107;
    place_table place_Pt_T_in_P, place_P_T_in_Pt, place_pattern2_T_in_pattern2;
    place_table place_pattern3_T_in_pattern3, place_PPt_T_in_PPt, place_PtP_T_in_PtP;
    row_table at_P_T, at_P, at_Pt, at_pattern2, at_pattern3, at_PtP, at_PPt;
    int64_t m, n, nnz_P, nnz_Pt, nnz_pattern2, nnz_pattern3, nnz_PPt, nnz_PtP;
    uint8_t *done;
    const struct nzdiff_solvers *solvers;
    int threads;
} nzdiff_workspace;

STAGE(0) { /* shared by hessian_matrix, hessian_row, hessian_column, hessian_diagonal, jacobian_matrix, gauss_newton_matrix, gauss_newton_row, gauss_newton_column, gauss_newton_diagonal */
    /* PtA = Pᵀ A */
    spmm_transposed(w->threads, w->m, w->n, &w->at_P_T, 1.0, 0.0, w->P, w->A, w->PtA, w->PtA);
    /* AP = A P */
    transpose(w->threads, w->n, w->m, 1.0, w->PtA, w->AP);
    /* PtAP = Pᵀ A P */
    spmm_transposed(w->threads, w->m, w->m, &w->at_P_T, 1.0, 0.0, w->P, w->AP, w->PtAP, w->PtAP);
    /* factors = factors of Pᵀ A P */
    factor(w->solvers, 0, w->PtAP, w->factors);
    /* t = (Pᵀ A P)⁻¹ Pᵀ A */
    solve(w->solvers, 0, 0, w->n, w->PtA, w->t);
}

STAGE(1) { /* shared by hessian_matrix, hessian_row, hessian_column, hessian_diagonal, gauss_newton_matrix, gauss_newton_row, gauss_newton_column, gauss_newton_diagonal */
    /* t_9 = A P (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->n, w->m, 1.0, w->t, w->t_9);
    /* PtASStA = Pᵀ A S Sᵀ A */
    spmm_transposed(w->threads, w->m, w->n, &w->at_P_T, 1.0, 0.0, w->P, w->ASStA, w->PtASStA,
            w->PtASStA);
    /* PtStS = Pᵀ Sᵀ S */
    spmm_transposed(w->threads, w->m, w->n, &w->at_P_T, 1.0, 0.0, w->P, w->StS, w->PtStS, w->PtStS);
    /* StSP = Sᵀ S P */
    transpose(w->threads, w->n, w->m, 1.0, w->PtStS, w->StSP);
    /* PtStSP = Pᵀ Sᵀ S P */
    spmm_transposed(w->threads, w->m, w->m, &w->at_P_T, 1.0, 0.0, w->P, w->StSP, w->PtStSP,
            w->PtStSP);
    /* t_21 = (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P */
    solve(w->solvers, 0, 0, w->m, w->PtStSP, w->t_21);
    /* ASStAP = A S Sᵀ A P */
    transpose(w->threads, w->n, w->m, 1.0, w->PtASStA, w->ASStAP);
    /* PtASStAP = Pᵀ A S Sᵀ A P */
    spmm_transposed(w->threads, w->m, w->m, &w->at_P_T, 1.0, 0.0, w->P, w->ASStAP, w->PtASStAP,
            w->PtASStAP);
    /* t_24 = (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P */
    solve(w->solvers, 0, 0, w->m, w->PtASStAP, w->t_24);
    /* t_25 = A P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹ */
    gemm_nt(w->threads, w->n, w->m, w->m, 1.0, 0.0, w->t_9, w->t_24, w->t_25);
    /* t_26 = (Pᵀ A P)⁻¹ Pᵀ Sᵀ S */
    solve(w->solvers, 0, 0, w->n, w->PtStS, w->t_26);
    /* t_27 = (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹ Pᵀ A */
    gemm_nn(w->threads, w->m, w->n, w->m, 1.0, 0.0, w->t_21, w->t, w->t_27);
    /* t_34 = A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->n, w->m, 1.0, w->t_27, w->t_34);
    /* t_35 = (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A */
    solve(w->solvers, 0, 0, w->n, w->PtASStA, w->t_35);
    /* t_37 = Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->m, w->m, 1.0, w->t_24, w->t_37);
    /* t_38 = (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹ */
    solve(w->solvers, 0, 0, w->m, w->t_37, w->t_38);
    /* t_41 = Sᵀ S P (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->n, w->m, 1.0, w->t_26, w->t_41);
    /* t_45 = A S Sᵀ A P (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->n, w->m, 1.0, w->t_35, w->t_45);
}

STAGE(2) { /* shared by hessian_matrix, hessian_row, hessian_column, hessian_diagonal, gauss_newton_row, gauss_newton_column, gauss_newton_diagonal */
    /* t_8 = (Pᵀ A P)⁻¹ */
    solve(w->solvers, 0, 0, w->m, w->I_2, w->t_8);
}

STAGE(3) { /* shared by hessian_row, hessian_column, hessian_diagonal, gauss_newton_row, gauss_newton_column, gauss_newton_diagonal */
    /* t_60 = A P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AP, w->t_38, w->t_60);
    /* t_61 = (Pᵀ A P)⁻¹ Pᵀ Sᵀ S  at Pᵀ */
    sddmm(w->threads, w->m, w->m, &w->at_Pt, w->t_8, w->StSP, w->t_61);
    /* t_62 = (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹ Pᵀ A  at Pᵀ */
    sddmm(w->threads, w->m, w->m, &w->at_Pt, w->t_21, w->t_9, w->t_62);
    /* t_70 = A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹  at P */
    embed(w->threads, w->nnz_P, &w->place_Pt_T_in_P, 1.0, w->t_62, w->t_70);
    /* t_71 = (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A  at Pᵀ */
    sddmm(w->threads, w->m, w->m, &w->at_Pt, w->t_8, w->ASStAP, w->t_71);
    /* t_75 = (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ A  at Pᵀ */
    embed(w->threads, w->nnz_Pt, &w->place_P_T_in_Pt, 1.0, w->t_60, w->t_75);
    /* t_78 = Sᵀ S P (Pᵀ A P)⁻¹  at P */
    embed(w->threads, w->nnz_P, &w->place_Pt_T_in_P, 1.0, w->t_61, w->t_78);
    /* t_82 = A S Sᵀ A P (Pᵀ A P)⁻¹  at P */
    embed(w->threads, w->nnz_P, &w->place_Pt_T_in_P, 1.0, w->t_71, w->t_82);
}

STAGE(4) { /* shared by hessian_matrix, hessian_row, hessian_column, hessian_diagonal, jacobian_matrix */
    /* PtAS = Pᵀ A S */
    spmm_transposed(w->threads, w->m, w->n, &w->at_P_T, 1.0, 0.0, w->P, w->AS, w->PtAS, w->PtAS);
    /* PtSt = Pᵀ Sᵀ */
    spmm_transposed(w->threads, w->m, w->n, &w->at_P_T, 1.0, 0.0, w->P, w->St, w->PtSt, w->PtSt);
}

STAGE(5) { /* shared by hessian_matrix, hessian_row, hessian_column, hessian_diagonal */
    /* t_2 = P (Pᵀ A P)⁻¹ Pᵀ A */
    spmm(w->threads, w->n, w->n, &w->at_P, 1.0, 0.0, w->P, w->t, w->t_2, w->t_2);
    /* t_3 = (I − A P (Pᵀ A P)⁻¹ Pᵀ) */
    fill(w->threads, w->n * w->n, 0.0, w->t_3);
    add_scattered(w->threads, w->n, w->n, &w->at_pattern2, 1.0, w->eye, w->t_3);
    add_transposed(w->threads, w->n, w->n, -1.0, w->t_2, w->t_3);
    /* t_4 = (I − A P (Pᵀ A P)⁻¹ Pᵀ)ᵀ S */
    gemm_tn(w->threads, w->n, w->n, w->n, 1.0, 0.0, w->t_3, w->S, w->t_4);
    /* t_5 = S (I − A P (Pᵀ A P)⁻¹ Pᵀ)ᵀ S */
    gemm_nn(w->threads, w->n, w->n, w->n, 1.0, 0.0, w->S, w->t_4, w->t_5);
    /* PtASft = Pᵀ A S fᵀ */
    gemm_nt(w->threads, w->m, w->n, w->n, 1.0, 0.0, w->PtAS, w->t_5, w->PtASft);
    /* PtASftS = Pᵀ A S fᵀ S */
    gemm_nn(w->threads, w->m, w->n, w->n, 1.0, 0.0, w->PtASft, w->S, w->PtASftS);
    /* t_6 = (Pᵀ A P)⁻¹ Pᵀ A S fᵀ S */
    solve(w->solvers, 0, 0, w->n, w->PtASftS, w->t_6);
    /* PtStf = Pᵀ Sᵀ f */
    gemm_nn(w->threads, w->m, w->n, w->n, 1.0, 0.0, w->PtSt, w->t_5, w->PtStf);
    /* PtStfStA = Pᵀ Sᵀ f Sᵀ A */
    gemm_nt(w->threads, w->m, w->n, w->n, 1.0, 0.0, w->PtStf, w->AS, w->PtStfStA);
    /* t_10 = (Pᵀ A P)⁻¹ Pᵀ Sᵀ f Sᵀ A */
    solve(w->solvers, 0, 0, w->n, w->PtStfStA, w->t_10);
    /* t_11 = Sᵀ f Sᵀ A P (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->n, w->m, 1.0, w->t_6, w->t_11);
    /* t_12 = Pᵀ Sᵀ f Sᵀ A P (Pᵀ A P)⁻¹ */
    spmm_transposed(w->threads, w->m, w->m, &w->at_P_T, 1.0, 0.0, w->P, w->t_11, w->t_12, w->t_12);
    /* t_13 = (Pᵀ A P)⁻¹ Pᵀ Sᵀ f Sᵀ A P (Pᵀ A P)⁻¹ */
    solve(w->solvers, 0, 0, w->m, w->t_12, w->t_13);
    /* t_31 = (Pᵀ A P)⁻¹ Pᵀ A S fᵀ S P (Pᵀ A P)⁻¹ Pᵀ A */
    gemm_tn(w->threads, w->m, w->n, w->m, 1.0, 0.0, w->t_12, w->t, w->t_31);
    /* t_33 = A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ f Sᵀ A P (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->n, w->m, 1.0, w->t_31, w->t_33);
    /* fStA = f Sᵀ A */
    gemm_nt(w->threads, w->n, w->n, w->n, 1.0, 0.0, w->t_5, w->AS, w->fStA);
    /* t_44 = A S fᵀ S P (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->n, w->m, 1.0, w->t_10, w->t_44);
}

STAGE(6) { /* shared by hessian_row, hessian_diagonal, gauss_newton_row, gauss_newton_diagonal */
    /* t_58 = A P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A  at I */
    sddmm(w->threads, w->n, w->m, &w->at_pattern2, w->AP, w->t_45, w->t_58);
    /* t_63 = A P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ A  at I */
    sddmm(w->threads, w->n, w->m, &w->at_pattern2, w->AP, w->t_25, w->t_63);
    /* t_72 = A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S  at I */
    sddmm(w->threads, w->n, w->m, &w->at_pattern2, w->AP, w->t_41, w->t_72);
    /* t_74 = A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹ Pᵀ A  at I */
    sddmm(w->threads, w->n, w->m, &w->at_pattern2, w->AP, w->t_34, w->t_74);
    /* t_79 = Sᵀ S P (Pᵀ A P)⁻¹ Pᵀ A  at I */
    embed(w->threads, w->nnz_pattern2, &w->place_pattern2_T_in_pattern2, 1.0, w->t_72, w->t_79);
    /* t_83 = A S Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ A  at I */
    embed(w->threads, w->nnz_pattern2, &w->place_pattern2_T_in_pattern2, 1.0, w->t_58, w->t_83);
}

STAGE(7) { /* shared by hessian_column, hessian_diagonal, gauss_newton_column, gauss_newton_diagonal */
    /* t_90 = (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹  at I */
    sddmm(w->threads, w->m, w->m, &w->at_pattern3, w->t_8, w->t_21, w->t_90);
    /* t_96 = (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹  at I */
    sddmm(w->threads, w->m, w->m, &w->at_pattern3, w->t_8, w->t_24, w->t_96);
}

STAGE(8) { /* shared by hessian_row, hessian_column, hessian_diagonal */
    /* t_49 = A P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AP, w->t_8, w->t_49);
    /* ASftSP = A S fᵀ S P */
    transpose(w->threads, w->n, w->m, 1.0, w->PtStfStA, w->ASftSP);
    /* t_50 = (Pᵀ A P)⁻¹ Pᵀ Sᵀ f Sᵀ A  at Pᵀ */
    sddmm(w->threads, w->m, w->m, &w->at_Pt, w->t_8, w->ASftSP, w->t_50);
    /* t_51 = (Pᵀ A P)⁻¹ Pᵀ A S fᵀ S P */
    transpose(w->threads, w->m, w->m, 1.0, w->t_12, w->t_51);
    /* t_54 = A P (Pᵀ A P)⁻¹ Pᵀ A S fᵀ S P (Pᵀ A P)⁻¹  at P */
    sddmm(w->threads, w->n, w->m, &w->at_P, w->AP, w->t_13, w->t_54);
    /* t_55 = (Pᵀ A P)⁻¹ Pᵀ A  at Pᵀ */
    embed(w->threads, w->nnz_Pt, &w->place_P_T_in_Pt, 1.0, w->t_49, w->t_55);
    /* t_57 = (Pᵀ A P)⁻¹ Pᵀ Sᵀ f Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ A  at Pᵀ */
    embed(w->threads, w->nnz_Pt, &w->place_P_T_in_Pt, 1.0, w->t_54, w->t_57);
    /* StfStAP = Sᵀ f Sᵀ A P */
    transpose(w->threads, w->n, w->m, 1.0, w->PtASftS, w->StfStAP);
    /* t_65 = (Pᵀ A P)⁻¹ Pᵀ A S fᵀ S  at Pᵀ */
    sddmm(w->threads, w->m, w->m, &w->at_Pt, w->t_8, w->StfStAP, w->t_65);
    /* t_67 = (Pᵀ A P)⁻¹ Pᵀ A S fᵀ S P (Pᵀ A P)⁻¹ Pᵀ A  at Pᵀ */
    sddmm(w->threads, w->m, w->m, &w->at_Pt, w->t_51, w->t_9, w->t_67);
    /* t_69 = A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ f Sᵀ A P (Pᵀ A P)⁻¹  at P */
    embed(w->threads, w->nnz_P, &w->place_Pt_T_in_P, 1.0, w->t_67, w->t_69);
    /* ASft = A S fᵀ */
    transpose(w->threads, w->n, w->n, 1.0, w->fStA, w->ASft);
    /* t_77 = Sᵀ f Sᵀ A P (Pᵀ A P)⁻¹  at P */
    embed(w->threads, w->nnz_P, &w->place_Pt_T_in_P, 1.0, w->t_65, w->t_77);
    /* t_81 = A S fᵀ S P (Pᵀ A P)⁻¹  at P */
    embed(w->threads, w->nnz_P, &w->place_Pt_T_in_P, 1.0, w->t_50, w->t_81);
}

STAGE(9) { /* shared by hessian_matrix, gauss_newton_matrix */
    /* t_20 = A P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A */
    gemm_nn(w->threads, w->n, w->n, w->m, 1.0, 0.0, w->t_9, w->PtASStA, w->t_20);
    /* t_22 = Pᵀ Sᵀ S P (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->m, w->m, 1.0, w->t_21, w->t_22);
    /* t_23 = (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹ */
    solve(w->solvers, 0, 0, w->m, w->t_22, w->t_23);
    /* t_28 = A P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ A */
    gemm_nt(w->threads, w->n, w->n, w->m, 1.0, 0.0, w->AP, w->t_25, w->t_28);
    /* t_36 = A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S */
    gemm_nn(w->threads, w->n, w->n, w->m, 1.0, 0.0, w->AP, w->t_26, w->t_36);
    /* t_39 = A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹ Pᵀ A */
    gemm_nn(w->threads, w->n, w->n, w->m, 1.0, 0.0, w->AP, w->t_27, w->t_39);
    /* t_40 = (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ A */
    transpose(w->threads, w->m, w->n, 1.0, w->t_25, w->t_40);
    /* t_42 = Sᵀ S P (Pᵀ A P)⁻¹ Pᵀ A */
    transpose(w->threads, w->n, w->n, 1.0, w->t_36, w->t_42);
    /* t_46 = A S Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ A */
    transpose(w->threads, w->n, w->n, 1.0, w->t_20, w->t_46);
}

STAGE(10) { /* shared by hessian_row, hessian_diagonal */
    /* t_47 = A P (Pᵀ A P)⁻¹ Pᵀ A S fᵀ S  at I */
    sddmm(w->threads, w->n, w->m, &w->at_pattern2, w->AP, w->t_11, w->t_47);
    /* t_53 = A P (Pᵀ A P)⁻¹ Pᵀ A S fᵀ S P (Pᵀ A P)⁻¹ Pᵀ A  at I */
    sddmm(w->threads, w->n, w->m, &w->at_pattern2, w->AP, w->t_33, w->t_53);
    /* t_56 = A P (Pᵀ A P)⁻¹ Pᵀ A  at I */
    sddmm(w->threads, w->n, w->m, &w->at_pattern2, w->AP, w->t_9, w->t_56);
    /* t_64 = A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ f Sᵀ A  at I */
    sddmm(w->threads, w->n, w->m, &w->at_pattern2, w->AP, w->t_44, w->t_64);
    /* t_68 = A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ f Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ A  at I */
    embed(w->threads, w->nnz_pattern2, &w->place_pattern2_T_in_pattern2, 1.0, w->t_53, w->t_68);
    /* StfStA_2 = Sᵀ f Sᵀ A  at I */
    sddmm(w->threads, w->n, w->n, &w->at_pattern2, w->St, w->ASft, w->StfStA_2);
    /* t_76 = Sᵀ f Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ A  at I */
    embed(w->threads, w->nnz_pattern2, &w->place_pattern2_T_in_pattern2, 1.0, w->t_47, w->t_76);
    /* ASftS_2 = A S fᵀ S  at I */
    embed(w->threads, w->nnz_pattern2, &w->place_pattern2_T_in_pattern2, 1.0, w->StfStA_2,
            w->ASftS_2);
    /* t_80 = A S fᵀ S P (Pᵀ A P)⁻¹ Pᵀ A  at I */
    embed(w->threads, w->nnz_pattern2, &w->place_pattern2_T_in_pattern2, 1.0, w->t_64, w->t_80);
}

STAGE(11) { /* shared by hessian_row, gauss_newton_row */
    /* t_59 = (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹  at Pᵀ·P */
    sddmm(w->threads, w->m, w->m, &w->at_PtP, w->t_8, w->t_21, w->t_59);
    /* t_73 = (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹  at Pᵀ·P */
    sddmm(w->threads, w->m, w->m, &w->at_PtP, w->t_8, w->t_24, w->t_73);
}

STAGE(12) { /* shared by hessian_column, hessian_diagonal */
    /* t_85 = (Pᵀ A P)⁻¹  at I */
    sample(w->threads, w->m, &w->at_pattern3, w->m, w->t_8, w->t_85);
    /* t_86 = (Pᵀ A P)⁻¹ Pᵀ Sᵀ f Sᵀ A P (Pᵀ A P)⁻¹  at I */
    sddmm(w->threads, w->m, w->m, &w->at_pattern3, w->t_8, w->t_51, w->t_86);
    /* t_93 = (Pᵀ A P)⁻¹ Pᵀ A S fᵀ S P (Pᵀ A P)⁻¹  at I */
    embed(w->threads, w->nnz_pattern3, &w->place_pattern3_T_in_pattern3, 1.0, w->t_86, w->t_93);
}

STAGE(13) { /* shared by hessian_column, gauss_newton_column */
    /* t_89 = A P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A  at P·Pᵀ */
    sddmm(w->threads, w->n, w->m, &w->at_PPt, w->AP, w->t_45, w->t_89);
    /* t_91 = A P (Pᵀ A P)⁻¹ Pᵀ A S Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ A  at P·Pᵀ */
    sddmm(w->threads, w->n, w->m, &w->at_PPt, w->AP, w->t_25, w->t_91);
    /* t_95 = A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S  at P·Pᵀ */
    sddmm(w->threads, w->n, w->m, &w->at_PPt, w->AP, w->t_41, w->t_95);
    /* t_97 = A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ S P (Pᵀ A P)⁻¹ Pᵀ A  at P·Pᵀ */
    sddmm(w->threads, w->n, w->m, &w->at_PPt, w->AP, w->t_34, w->t_97);
    /* t_99 = Sᵀ S P (Pᵀ A P)⁻¹ Pᵀ A  at P·Pᵀ */
    embed(w->threads, w->nnz_PPt, &w->place_PPt_T_in_PPt, 1.0, w->t_95, w->t_99);
    /* t_101 = A S Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ A  at P·Pᵀ */
    embed(w->threads, w->nnz_PPt, &w->place_PPt_T_in_PPt, 1.0, w->t_89, w->t_101);
}

STAGE(14) { /* shared by hessian_matrix */
    /* t_7 = A P (Pᵀ A P)⁻¹ Pᵀ A S fᵀ S */
    gemm_tn(w->threads, w->n, w->n, w->m, 1.0, 0.0, w->PtA, w->t_6, w->t_7);
    /* t_14 = Sᵀ f Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ A */
    transpose(w->threads, w->n, w->n, 1.0, w->t_7, w->t_14);
    /* t_15 = Pᵀ Sᵀ f Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ A */
    spmm_transposed(w->threads, w->m, w->n, &w->at_P_T, 1.0, 0.0, w->P, w->t_14, w->t_15, w->t_15);
    /* t_16 = A P (Pᵀ A P)⁻¹ Pᵀ A S fᵀ S P (Pᵀ A P)⁻¹ Pᵀ A */
    gemm_tn(w->threads, w->n, w->n, w->m, 1.0, 0.0, w->t_15, w->t, w->t_16);
    /* t_17 = A P (Pᵀ A P)⁻¹ Pᵀ A S fᵀ S P (Pᵀ A P)⁻¹ */
    gemm_nt(w->threads, w->n, w->m, w->m, 1.0, 0.0, w->AP, w->t_13, w->t_17);
    /* t_18 = A P (Pᵀ A P)⁻¹ Pᵀ A */
    gemm_nn(w->threads, w->n, w->n, w->m, 1.0, 0.0, w->AP, w->t, w->t_18);
    /* t_19 = (Pᵀ A P)⁻¹ Pᵀ Sᵀ f Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ A */
    transpose(w->threads, w->m, w->n, 1.0, w->t_17, w->t_19);
    /* t_29 = A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ f Sᵀ A */
    gemm_nn(w->threads, w->n, w->n, w->m, 1.0, 0.0, w->AP, w->t_10, w->t_29);
    /* t_30 = (Pᵀ A P)⁻¹ Pᵀ A S fᵀ S P (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->m, w->m, 1.0, w->t_13, w->t_30);
    /* t_32 = A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ f Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ A */
    transpose(w->threads, w->n, w->n, 1.0, w->t_16, w->t_32);
    /* StfStA = Sᵀ f Sᵀ A */
    gemm_tn(w->threads, w->n, w->n, w->n, 1.0, 0.0, w->S, w->fStA, w->StfStA);
    /* ASftS = A S fᵀ S */
    transpose(w->threads, w->n, w->n, 1.0, w->StfStA, w->ASftS);
    /* t_43 = A S fᵀ S P (Pᵀ A P)⁻¹ Pᵀ A */
    transpose(w->threads, w->n, w->n, 1.0, w->t_29, w->t_43);
}

STAGE(15) { /* shared by hessian_row */
    /* t_48 = (Pᵀ A P)⁻¹  at Pᵀ·P */
    sample(w->threads, w->m, &w->at_PtP, w->m, w->t_8, w->t_48);
    /* t_52 = (Pᵀ A P)⁻¹ Pᵀ Sᵀ f Sᵀ A P (Pᵀ A P)⁻¹  at Pᵀ·P */
    sddmm(w->threads, w->m, w->m, &w->at_PtP, w->t_8, w->t_51, w->t_52);
    /* t_66 = (Pᵀ A P)⁻¹ Pᵀ A S fᵀ S P (Pᵀ A P)⁻¹  at Pᵀ·P */
    embed(w->threads, w->nnz_PtP, &w->place_PtP_T_in_PtP, 1.0, w->t_52, w->t_66);
}

STAGE(16) { /* shared by hessian_column */
    /* t_84 = A P (Pᵀ A P)⁻¹ Pᵀ A S fᵀ S  at P·Pᵀ */
    sddmm(w->threads, w->n, w->m, &w->at_PPt, w->AP, w->t_11, w->t_84);
    /* t_87 = A P (Pᵀ A P)⁻¹ Pᵀ A S fᵀ S P (Pᵀ A P)⁻¹ Pᵀ A  at P·Pᵀ */
    sddmm(w->threads, w->n, w->m, &w->at_PPt, w->AP, w->t_33, w->t_87);
    /* t_88 = A P (Pᵀ A P)⁻¹ Pᵀ A  at P·Pᵀ */
    sddmm(w->threads, w->n, w->m, &w->at_PPt, w->AP, w->t_9, w->t_88);
    /* t_92 = A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ f Sᵀ A  at P·Pᵀ */
    sddmm(w->threads, w->n, w->m, &w->at_PPt, w->AP, w->t_44, w->t_92);
    /* t_94 = A P (Pᵀ A P)⁻¹ Pᵀ Sᵀ f Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ A  at P·Pᵀ */
    embed(w->threads, w->nnz_PPt, &w->place_PPt_T_in_PPt, 1.0, w->t_87, w->t_94);
    /* StfStA_3 = Sᵀ f Sᵀ A  at P·Pᵀ */
    sddmm(w->threads, w->n, w->n, &w->at_PPt, w->St, w->ASft, w->StfStA_3);
    /* t_98 = Sᵀ f Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ A  at P·Pᵀ */
    embed(w->threads, w->nnz_PPt, &w->place_PPt_T_in_PPt, 1.0, w->t_84, w->t_98);
    /* ASftS_3 = A S fᵀ S  at P·Pᵀ */
    embed(w->threads, w->nnz_PPt, &w->place_PPt_T_in_PPt, 1.0, w->StfStA_3, w->ASftS_3);
    /* t_100 = A S fᵀ S P (Pᵀ A P)⁻¹ Pᵀ A  at P·Pᵀ */
    embed(w->threads, w->nnz_PPt, &w->place_PPt_T_in_PPt, 1.0, w->t_92, w->t_100);
}

STAGE(17) { /* shared by jacobian_matrix */
    /* t_102 = (Pᵀ A P)⁻¹ Pᵀ A S */
    solve(w->solvers, 0, 0, w->n, w->PtAS, w->t_102);
    /* t_103 = Sᵀ A P (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->n, w->m, 1.0, w->t_102, w->t_103);
    /* t_104 = (Pᵀ A P)⁻¹ Pᵀ Sᵀ */
    solve(w->solvers, 0, 0, w->n, w->PtSt, w->t_104);
    /* t_105 = S P (Pᵀ A P)⁻¹ */
    transpose(w->threads, w->n, w->m, 1.0, w->t_104, w->t_105);
    /* t_106 = Sᵀ A P (Pᵀ A P)⁻¹ Pᵀ A */
    gemm_tn(w->threads, w->n, w->n, w->m, 1.0, 0.0, w->PtAS, w->t, w->t_106);
    /* t_107 = S P (Pᵀ A P)⁻¹ Pᵀ A */
    gemm_tn(w->threads, w->n, w->n, w->m, 1.0, 0.0, w->PtSt, w->t, w->t_107);
}

STAGE(18) { /* without g, of A, S, shared by hessian_matrix, hessian_row, hessian_column, hessian_diagonal, jacobian_matrix, gauss_newton_matrix, gauss_newton_row, gauss_newton_column, gauss_newton_diagonal */
    /* AS = A S */
    gemm_nn(w->threads, w->n, w->n, w->n, 1.0, 0.0, w->A, w->S, w->AS);
}

STAGE(19) { /* without g, of S, shared by hessian_matrix, hessian_row, hessian_column, hessian_diagonal, jacobian_matrix, gauss_newton_row, gauss_newton_column, gauss_newton_diagonal */
    /* St = Sᵀ */
    transpose(w->threads, w->n, w->n, 1.0, w->S, w->St);
}

STAGE(20) { /* without g, of S, shared by hessian_matrix, hessian_row, hessian_column, hessian_diagonal, gauss_newton_matrix, gauss_newton_row, gauss_newton_column, gauss_newton_diagonal */
    /* StS = Sᵀ S */
    gemm_tn(w->threads, w->n, w->n, w->n, 1.0, 0.0, w->S, w->S, w->StS);
}

STAGE(21) { /* without g, of A, S, shared by hessian_matrix, hessian_row, hessian_column, hessian_diagonal, gauss_newton_matrix, gauss_newton_row, gauss_newton_column, gauss_newton_diagonal */
    /* ASStA = A S Sᵀ A */
    gemm_nt(w->threads, w->n, w->n, w->n, 1.0, 0.0, w->AS, w->AS, w->ASStA);
}

STAGE(22) { /* without g, shared by hessian_matrix, hessian_row, hessian_column, hessian_diagonal, gauss_newton_row, gauss_newton_column, gauss_newton_diagonal */
    /* eye_2 = I  at I */
    fill(w->threads, w->nnz_pattern3, 1.0, w->eye_2);
    /* I_2 = I */
    fill(w->threads, w->m * w->m, 0.0, w->I_2);
    add_scattered(w->threads, w->m, w->m, &w->at_pattern3, 1.0, w->eye_2, w->I_2);
}

STAGE(23) { /* without g, shared by hessian_matrix, hessian_row, hessian_column, hessian_diagonal */
    /* eye = I  at I */
    fill(w->threads, w->nnz_pattern2, 1.0, w->eye);
}

STAGE(24) { /* without g, of S, shared by hessian_row, hessian_diagonal, gauss_newton_row, gauss_newton_diagonal */
    /* StS_2 = Sᵀ S  at I */
    sddmm(w->threads, w->n, w->n, &w->at_pattern2, w->St, w->St, w->StS_2);
}

STAGE(25) { /* without g, of A, S, shared by hessian_row, hessian_diagonal, gauss_newton_row, gauss_newton_diagonal */
    /* ASStA_2 = A S Sᵀ A  at I */
    sddmm(w->threads, w->n, w->n, &w->at_pattern2, w->AS, w->AS, w->ASStA_2);
}

STAGE(26) { /* without g, of A, shared by hessian_row, hessian_diagonal */
    /* A_2 = A  at I */
    sample(w->threads, w->n, &w->at_pattern2, w->n, w->A, w->A_2);
}

STAGE(27) { /* without g, of S, shared by hessian_column, gauss_newton_column */
    /* StS_3 = Sᵀ S  at P·Pᵀ */
    sddmm(w->threads, w->n, w->n, &w->at_PPt, w->St, w->St, w->StS_3);
}

STAGE(28) { /* without g, of A, S, shared by hessian_column, gauss_newton_column */
    /* ASStA_3 = A S Sᵀ A  at P·Pᵀ */
    sddmm(w->threads, w->n, w->n, &w->at_PPt, w->AS, w->AS, w->ASStA_3);
}

STAGE(29) { /* without g, of A, shared by hessian_column */
    /* A_3 = A  at P·Pᵀ */
    sample(w->threads, w->n, &w->at_PPt, w->n, w->A, w->A_3);
}

STAGE(30) { /* without g, of A, S, shared by jacobian_matrix */
    /* StA = Sᵀ A */
    transpose(w->threads, w->n, w->n, 1.0, w->AS, w->StA);
}

FUNCTION(prepare) { /* what does not depend on g */
    NEED(18) NEED(19) NEED(20) NEED(21) NEED(22) NEED(23) NEED(24) NEED(25) NEED(26) NEED(27) NEED(28) NEED(29) NEED(30)
}

FUNCTION(hessian_matrix) { /* the factors of hessian_matrix */
    NEED(18) NEED(19) NEED(20) NEED(21) NEED(22) NEED(23) NEED(0) NEED(1) NEED(2) NEED(4) NEED(5) NEED(9) NEED(14)
}

FUNCTION(hessian_row) { /* the factors of hessian_row */
    NEED(18) NEED(19) NEED(20) NEED(21) NEED(22) NEED(23) NEED(24) NEED(25) NEED(26) NEED(0) NEED(1) NEED(2) NEED(3) NEED(4) NEED(5) NEED(6) NEED(8) NEED(10) NEED(11) NEED(15)
}

FUNCTION(hessian_column) { /* the factors of hessian_column */
    NEED(18) NEED(19) NEED(20) NEED(21) NEED(22) NEED(23) NEED(27) NEED(28) NEED(29) NEED(0) NEED(1) NEED(2) NEED(3) NEED(4) NEED(5) NEED(7) NEED(8) NEED(12) NEED(13) NEED(16)
}

FUNCTION(hessian_diagonal) { /* the factors of hessian_diagonal */
    NEED(18) NEED(19) NEED(20) NEED(21) NEED(22) NEED(23) NEED(24) NEED(25) NEED(26) NEED(0) NEED(1) NEED(2) NEED(3) NEED(4) NEED(5) NEED(6) NEED(7) NEED(8) NEED(10) NEED(12)
}

FUNCTION(jacobian_matrix) { /* the factors of jacobian_matrix */
    NEED(18) NEED(19) NEED(30) NEED(0) NEED(4) NEED(17)
}

FUNCTION(gauss_newton_matrix) { /* the factors of gauss_newton_matrix */
    NEED(18) NEED(20) NEED(21) NEED(0) NEED(1) NEED(9)
}

FUNCTION(gauss_newton_row) { /* the factors of gauss_newton_row */
    NEED(18) NEED(19) NEED(20) NEED(21) NEED(22) NEED(24) NEED(25) NEED(0) NEED(1) NEED(2) NEED(3) NEED(6) NEED(11)
}

FUNCTION(gauss_newton_column) { /* the factors of gauss_newton_column */
    NEED(18) NEED(19) NEED(20) NEED(21) NEED(22) NEED(27) NEED(28) NEED(0) NEED(1) NEED(2) NEED(3) NEED(7) NEED(13)
}

FUNCTION(gauss_newton_diagonal) { /* the factors of gauss_newton_diagonal */
    NEED(18) NEED(19) NEED(20) NEED(21) NEED(22) NEED(24) NEED(25) NEED(0) NEED(1) NEED(2) NEED(3) NEED(6) NEED(7)
}

