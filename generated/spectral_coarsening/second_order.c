/* Factors of the matrices of the problem spectral_coarsening.
 *
 * plan f7b2832cabc6
 * floating-point operations at the sizes it was planned for: hessian_matrix 3.77e+06, hessian_row 1.62e+06, hessian_column 3.25e+06, hessian_diagonal 1.15e+06, jacobian_matrix 3.02e+06, gauss_newton_matrix 2.43e+06, gauss_newton_row 3.36e+05, gauss_newton_column 2.44e+06, gauss_newton_diagonal 3.36e+05
 * workspace: 8 (k·m + k·n + 5 m + 2 m·k + 4 n + 2 nnz(G) + 4 nnz(G·Gᵀ) + nnz(G·Gᵀ·L·G) + 2 nnz(Gᵀ) + 5 nnz(Gᵀ·G) + 3 nnz(Gᵀ·L) + 4 nnz(Gᵀ·L·G) + 2 nnz(Gᵀ·Lᵀ·G) + nnz(Gᵀ·Lᵀ·G·Gᵀ) + nnz(Gᵀ·Lᵀ·G·Gᵀ·L·G) + nnz(Gᵀ·Lᵀ·L·G) + 2 nnz(L·G) + nnz(Lᵀ) + nnz(Lᵀ·G) + nnz(Lᵀ·G·Gᵀ·L) + n·k) bytes
 *
 * Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines spectral_coarsening
 */
#include "kernels.h"

/* Where one model keeps its numbers: members of eight bytes each, filled by the runtime. */
typedef struct {
    real *B, *G, *L, *X, *Y, *W_f, *BBt, *YY, *Lt, *L_2, *BBt_2, *BBt_3, *YY_2, *Lt_2, *BBt_4, *L_3;
    real *Lt_3, *BBt_5, *Bt, *GtL, *GtLG, *YGtLG, *YGtLGB, *f, *fBt, *YfBt, *LG, *LGBBt, *YYGtL;
    real *LGBBtGtLt, *BftY, *LtGYYGtL, *LtGYY, *BBtGtLt, *fBt_2, *YfBt_2, *LGBBt_2, *YYGtL_2;
    real *LGBBt_3, *LGBBtGtLt_2, *BftY_2, *LtGYYGtL_2, *LtGYY_2, *BBtGtLt_2, *fBt_3, *YfBt_3;
    real *BftY_3, *LtGYYGtL_3, *LGB, *BtGtLt, *YGtL;
    pair_table pairs_GtL, pairs_LG, pairs_YYGtL, pairs_LGBBt_2, pairs_YYGtL_2, pairs_GtLG;
    pair_table pairs_YGtLG, pairs_LGBBt, pairs_LGBBtGtLt, pairs_LGBBt_3, pairs_LGBBtGtLt_2;
    pair_table pairs_LtGYYGtL_2, pairs_LtGYYGtL, pairs_YfBt_3, pairs_LtGYYGtL_3, pairs_YfBt_2;
    pair_table pairs_YY_2;
    place_table place_Gt_T_in_G, place_G_T_in_Gt, place_GtL_T_in_LtG, place_GGtLG_T_in_GtLtGGt;
    place_table place_pattern11_T_in_pattern11, place_GtLG_T_in_GtLtG, place_GtG_T_in_GtG;
    place_table place_L_in_pattern7, place_pattern7_T_in_pattern7, place_L_T_in_Lt, place_L_in_GGt;
    place_table place_GGt_T_in_GGt;
    row_table at_GtLG, at_pattern11, at_GtG, at_LG, at_GtLtG, at_GtLtGGtLG, at_GtLtLG;
    int64_t k, m, n, nnz_GtL, nnz_LG, nnz_G, nnz_Gt, nnz_GtLG, nnz_GGtLG, nnz_GGt, nnz_pattern7;
    int64_t nnz_LtGGtL, nnz_LtG, nnz_GtLtGGt, nnz_pattern11, nnz_GtLtG, nnz_GtG, nnz_Lt;
    uint8_t *done;
    const struct nzdiff_solvers *solvers;
    int threads;
} nzdiff_workspace;

STAGE(0) { /* shared by hessian_matrix, hessian_row, hessian_column, hessian_diagonal, jacobian_matrix, gauss_newton_matrix, gauss_newton_row, gauss_newton_column, gauss_newton_diagonal */
    /* GtL = Gᵀ L  at Gᵀ·L */
    sparse_product(w->threads, w->nnz_GtL, &w->pairs_GtL, w->G, w->L, w->GtL);
    /* LG = L G  at L·G */
    sparse_product(w->threads, w->nnz_LG, &w->pairs_LG, w->L, w->G, w->LG);
}

STAGE(1) { /* shared by hessian_matrix, hessian_row, hessian_column, hessian_diagonal, gauss_newton_matrix, gauss_newton_row, gauss_newton_column, gauss_newton_diagonal */
    /* YYGtL = Y Y Gᵀ L  at Gᵀ·L */
    sparse_product(w->threads, w->nnz_GtL, &w->pairs_YYGtL, w->YY, w->GtL, w->YYGtL);
}

STAGE(2) { /* shared by hessian_row, hessian_column, hessian_diagonal, gauss_newton_row, gauss_newton_column, gauss_newton_diagonal */
    /* LGBBt_2 = L G B Bᵀ  at G */
    sparse_product(w->threads, w->nnz_G, &w->pairs_LGBBt_2, w->LG, w->BBt_2, w->LGBBt_2);
    /* YYGtL_2 = Y Y Gᵀ L  at Gᵀ */
    sparse_product(w->threads, w->nnz_Gt, &w->pairs_YYGtL_2, w->YY, w->GtL, w->YYGtL_2);
    /* LtGYY_2 = Lᵀ G Y Y  at G */
    embed(w->threads, w->nnz_G, &w->place_Gt_T_in_G, 1.0, w->YYGtL_2, w->LtGYY_2);
    /* BBtGtLt_2 = B Bᵀ Gᵀ Lᵀ  at Gᵀ */
    embed(w->threads, w->nnz_Gt, &w->place_G_T_in_Gt, 1.0, w->LGBBt_2, w->BBtGtLt_2);
}

STAGE(3) { /* shared by hessian_matrix, hessian_row, hessian_column, hessian_diagonal */
    /* GtLG = Gᵀ L G  at Gᵀ·L·G */
    sparse_product(w->threads, w->nnz_GtLG, &w->pairs_GtLG, w->GtL, w->G, w->GtLG);
    /* YGtLG = Y Gᵀ L G  at Gᵀ·L·G */
    sparse_product(w->threads, w->nnz_GtLG, &w->pairs_YGtLG, w->Y, w->GtLG, w->YGtLG);
    /* YGtLGB = Y Gᵀ L G B */
    spmm(w->threads, w->m, w->k, &w->at_GtLG, 1.0, 0.0, w->YGtLG, w->B, w->YGtLGB, w->YGtLGB);
    /* f = (X − Y Gᵀ L G B) */
    linear_2(w->threads, w->m * w->k, 1.0, w->X, -1.0, w->YGtLGB, w->f);
}

STAGE(4) { /* shared by hessian_matrix, hessian_column, gauss_newton_matrix, gauss_newton_column */
    /* LGBBt = L G B Bᵀ  at G·Gᵀ·L·G */
    sparse_product(w->threads, w->nnz_GGtLG, &w->pairs_LGBBt, w->LG, w->BBt, w->LGBBt);
    /* LGBBtGtLt = L G B Bᵀ Gᵀ Lᵀ  at G·Gᵀ */
    sparse_product(w->threads, w->nnz_GGt, &w->pairs_LGBBtGtLt, w->LG, w->LGBBt, w->LGBBtGtLt);
}

STAGE(5) { /* shared by hessian_row, hessian_diagonal, gauss_newton_row, gauss_newton_diagonal */
    /* LGBBt_3 = L G B Bᵀ  at L·G */
    sparse_product(w->threads, w->nnz_LG, &w->pairs_LGBBt_3, w->LG, w->BBt_3, w->LGBBt_3);
    /* LGBBtGtLt_2 = L G B Bᵀ Gᵀ Lᵀ  at I */
    sparse_product(w->threads, w->nnz_pattern7, &w->pairs_LGBBtGtLt_2, w->LGBBt_3, w->LG,
            w->LGBBtGtLt_2);
    /* LtGYYGtL_2 = Lᵀ G Y Y Gᵀ L  at I */
    sparse_product(w->threads, w->nnz_pattern7, &w->pairs_LtGYYGtL_2, w->GtL, w->YYGtL,
            w->LtGYYGtL_2);
}

STAGE(6) { /* shared by hessian_matrix, gauss_newton_matrix */
    /* LtGYYGtL = Lᵀ G Y Y Gᵀ L  at Lᵀ·G·Gᵀ·L */
    sparse_product(w->threads, w->nnz_LtGGtL, &w->pairs_LtGYYGtL, w->GtL, w->YYGtL, w->LtGYYGtL);
    /* LtGYY = Lᵀ G Y Y  at Lᵀ·G */
    embed(w->threads, w->nnz_LtG, &w->place_GtL_T_in_LtG, 1.0, w->YYGtL, w->LtGYY);
    /* BBtGtLt = B Bᵀ Gᵀ Lᵀ  at Gᵀ·Lᵀ·G·Gᵀ */
    embed(w->threads, w->nnz_GtLtGGt, &w->place_GGtLG_T_in_GtLtGGt, 1.0, w->LGBBt, w->BBtGtLt);
}

STAGE(7) { /* shared by hessian_column, hessian_diagonal */
    /* fBt_3 = f Bᵀ  at I */
    sddmm(w->threads, w->m, w->k, &w->at_pattern11, w->f, w->B, w->fBt_3);
    /* YfBt_3 = Y f Bᵀ  at I */
    sparse_product(w->threads, w->nnz_pattern11, &w->pairs_YfBt_3, w->Y, w->fBt_3, w->YfBt_3);
    /* BftY_3 = B fᵀ Y  at I */
    embed(w->threads, w->nnz_pattern11, &w->place_pattern11_T_in_pattern11, 1.0, w->YfBt_3,
            w->BftY_3);
}

STAGE(8) { /* shared by hessian_column, gauss_newton_column */
    /* LtGYYGtL_3 = Lᵀ G Y Y Gᵀ L  at G·Gᵀ */
    sparse_product(w->threads, w->nnz_GGt, &w->pairs_LtGYYGtL_3, w->GtL, w->YYGtL, w->LtGYYGtL_3);
}

STAGE(9) { /* shared by hessian_matrix */
    /* fBt = f Bᵀ  at Gᵀ·L·G */
    sddmm(w->threads, w->m, w->k, &w->at_GtLG, w->f, w->B, w->fBt);
    /* YfBt = Y f Bᵀ  at Gᵀ·L·G */
    sparse_product(w->threads, w->nnz_GtLG, &w->pairs_YGtLG, w->Y, w->fBt, w->YfBt);
    /* BftY = B fᵀ Y  at Gᵀ·Lᵀ·G */
    embed(w->threads, w->nnz_GtLtG, &w->place_GtLG_T_in_GtLtG, 1.0, w->YfBt, w->BftY);
}

STAGE(10) { /* shared by hessian_row */
    /* fBt_2 = f Bᵀ  at Gᵀ·G */
    sddmm(w->threads, w->m, w->k, &w->at_GtG, w->f, w->B, w->fBt_2);
    /* YfBt_2 = Y f Bᵀ  at Gᵀ·G */
    sparse_product(w->threads, w->nnz_GtG, &w->pairs_YfBt_2, w->Y, w->fBt_2, w->YfBt_2);
    /* BftY_2 = B fᵀ Y  at Gᵀ·G */
    embed(w->threads, w->nnz_GtG, &w->place_GtG_T_in_GtG, 1.0, w->YfBt_2, w->BftY_2);
}

STAGE(11) { /* shared by jacobian_matrix */
    /* LGB = L G B */
    spmm(w->threads, w->n, w->k, &w->at_LG, 1.0, 0.0, w->LG, w->B, w->LGB, w->LGB);
    /* BtGtLt = Bᵀ Gᵀ Lᵀ */
    transpose(w->threads, w->k, w->n, 1.0, w->LGB, w->BtGtLt);
    /* YGtL = Y Gᵀ L  at Gᵀ·L */
    sparse_product(w->threads, w->nnz_GtL, &w->pairs_YYGtL, w->Y, w->GtL, w->YGtL);
}

STAGE(12) { /* without g, of Y, shared by hessian_matrix, hessian_row, hessian_column, hessian_diagonal, gauss_newton_matrix, gauss_newton_row, gauss_newton_column, gauss_newton_diagonal */
    /* YY = Y Y  at I */
    sparse_product(w->threads, w->nnz_pattern11, &w->pairs_YfBt_3, w->Y, w->Y, w->YY);
}

STAGE(13) { /* without g, of B, shared by hessian_row, hessian_column, hessian_diagonal, gauss_newton_row, gauss_newton_column, gauss_newton_diagonal */
    /* BBt_2 = B Bᵀ  at Gᵀ·Lᵀ·G */
    sddmm(w->threads, w->m, w->k, &w->at_GtLtG, w->B, w->B, w->BBt_2);
}

STAGE(14) { /* without g, of B, shared by hessian_matrix, hessian_column, gauss_newton_matrix, gauss_newton_column */
    /* BBt = B Bᵀ  at Gᵀ·Lᵀ·G·Gᵀ·L·G */
    sddmm(w->threads, w->m, w->k, &w->at_GtLtGGtLG, w->B, w->B, w->BBt);
}

STAGE(15) { /* without g, of B, shared by hessian_row, hessian_diagonal, gauss_newton_row, gauss_newton_diagonal */
    /* BBt_3 = B Bᵀ  at Gᵀ·Lᵀ·L·G */
    sddmm(w->threads, w->m, w->k, &w->at_GtLtLG, w->B, w->B, w->BBt_3);
}

STAGE(16) { /* without g, of B, shared by hessian_column, hessian_diagonal, gauss_newton_column, gauss_newton_diagonal */
    /* BBt_5 = B Bᵀ  at I */
    sddmm(w->threads, w->m, w->k, &w->at_pattern11, w->B, w->B, w->BBt_5);
}

STAGE(17) { /* without g, of L, shared by hessian_row, hessian_diagonal */
    /* L_2 = L  at I */
    embed(w->threads, w->nnz_pattern7, &w->place_L_in_pattern7, 1.0, w->L, w->L_2);
    /* Lt_2 = Lᵀ  at I */
    embed(w->threads, w->nnz_pattern7, &w->place_pattern7_T_in_pattern7, 1.0, w->L_2, w->Lt_2);
}

STAGE(18) { /* without g, of Y, shared by hessian_row, gauss_newton_row */
    /* YY_2 = Y Y  at Gᵀ·G */
    sparse_product(w->threads, w->nnz_GtG, &w->pairs_YY_2, w->Y, w->Y, w->YY_2);
}

STAGE(19) { /* without g, of B, shared by hessian_row, gauss_newton_row */
    /* BBt_4 = B Bᵀ  at Gᵀ·G */
    sddmm(w->threads, w->m, w->k, &w->at_GtG, w->B, w->B, w->BBt_4);
}

STAGE(20) { /* without g, of L, shared by hessian_matrix */
    /* Lt = Lᵀ  at Lᵀ */
    embed(w->threads, w->nnz_Lt, &w->place_L_T_in_Lt, 1.0, w->L, w->Lt);
}

STAGE(21) { /* without g, of L, shared by hessian_column */
    /* L_3 = L  at G·Gᵀ */
    embed(w->threads, w->nnz_GGt, &w->place_L_in_GGt, 1.0, w->L, w->L_3);
    /* Lt_3 = Lᵀ  at G·Gᵀ */
    embed(w->threads, w->nnz_GGt, &w->place_GGt_T_in_GGt, 1.0, w->L_3, w->Lt_3);
}

STAGE(22) { /* without g, of B, shared by jacobian_matrix */
    /* Bt = Bᵀ */
    transpose(w->threads, w->k, w->m, 1.0, w->B, w->Bt);
}

FUNCTION(prepare) { /* what does not depend on g */
    NEED(12) NEED(13) NEED(14) NEED(15) NEED(16) NEED(17) NEED(18) NEED(19) NEED(20) NEED(21) NEED(22)
}

FUNCTION(hessian_matrix) { /* the factors of hessian_matrix */
    NEED(12) NEED(14) NEED(20) NEED(0) NEED(1) NEED(3) NEED(4) NEED(6) NEED(9)
}

FUNCTION(hessian_row) { /* the factors of hessian_row */
    NEED(12) NEED(13) NEED(15) NEED(17) NEED(18) NEED(19) NEED(0) NEED(1) NEED(2) NEED(3) NEED(5) NEED(10)
}

FUNCTION(hessian_column) { /* the factors of hessian_column */
    NEED(12) NEED(13) NEED(14) NEED(16) NEED(21) NEED(0) NEED(1) NEED(2) NEED(3) NEED(4) NEED(7) NEED(8)
}

FUNCTION(hessian_diagonal) { /* the factors of hessian_diagonal */
    NEED(12) NEED(13) NEED(15) NEED(16) NEED(17) NEED(0) NEED(1) NEED(2) NEED(3) NEED(5) NEED(7)
}

FUNCTION(jacobian_matrix) { /* the factors of jacobian_matrix */
    NEED(22) NEED(0) NEED(11)
}

FUNCTION(gauss_newton_matrix) { /* the factors of gauss_newton_matrix */
    NEED(12) NEED(14) NEED(0) NEED(1) NEED(4) NEED(6)
}

FUNCTION(gauss_newton_row) { /* the factors of gauss_newton_row */
    NEED(12) NEED(13) NEED(15) NEED(18) NEED(19) NEED(0) NEED(1) NEED(2) NEED(5)
}

FUNCTION(gauss_newton_column) { /* the factors of gauss_newton_column */
    NEED(12) NEED(13) NEED(14) NEED(16) NEED(0) NEED(1) NEED(2) NEED(4) NEED(8)
}

FUNCTION(gauss_newton_diagonal) { /* the factors of gauss_newton_diagonal */
    NEED(12) NEED(13) NEED(15) NEED(16) NEED(0) NEED(1) NEED(2) NEED(5)
}

