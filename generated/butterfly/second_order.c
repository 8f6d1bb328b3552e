/* Factors of the matrices of the problem butterfly.
 *
 * plan ef52eadfe46d
 * floating-point operations at the sizes it was planned for: hessian_matrix 8.1e+04, hessian_row 2.52e+04, hessian_column 2.54e+04, hessian_diagonal 2.34e+04, jacobian_matrix 5.62e+03, gauss_newton_matrix 5.32e+04, gauss_newton_row 2.52e+04, gauss_newton_column 2.54e+04, gauss_newton_diagonal 2.34e+04
 * workspace: 8 (9 n + nnz(S0·S0ᵀ) + 2 nnz(S0·S1) + 2 nnz(S0·S1·S2) + 2 nnz(S0·S1·S2·S3) + 2 nnz(S0·S1·S2·S3·S4) + nnz(S0ᵀ) + 2 nnz(S0ᵀ·S0) + nnz(S0ᵀ·S0·S1) + nnz(S0ᵀ·S0·S1·S2) + nnz(S0ᵀ·S0·S1·S2·S3) + nnz(S1·S1ᵀ) + 2 nnz(S1·S2) + 2 nnz(S1·S2·S3) + 2 nnz(S1·S2·S3·S4) + nnz(S1·S2·S3·S4·S4ᵀ) + nnz(S1·S2·S3·S4·S4ᵀ·S3ᵀ) + nnz(S1·S2·S3·S4·S4ᵀ·S3ᵀ·S2ᵀ) + nnz(S1·S2·S3·S4·S4ᵀ·S3ᵀ·S2ᵀ·S1ᵀ) + nnz(S1ᵀ) + 2 nnz(S1ᵀ·S0ᵀ) + nnz(S1ᵀ·S0ᵀ·S0) + nnz(S1ᵀ·S0ᵀ·S0·S1) + nnz(S1ᵀ·S0ᵀ·S0·S1·S2) + nnz(S1ᵀ·S0ᵀ·S0·S1·S2·S3) + nnz(S1ᵀ·S1) + nnz(S2·S2ᵀ) + 2 nnz(S2·S3) + 2 nnz(S2·S3·S4) + nnz(S2·S3·S4·S4ᵀ) + nnz(S2·S3·S4·S4ᵀ·S3ᵀ) + nnz(S2·S3·S4·S4ᵀ·S3ᵀ·S2ᵀ) + nnz(S2·S3·S4·S4ᵀ·S3ᵀ·S2ᵀ·S1ᵀ) + nnz(S2ᵀ) + 2 nnz(S2ᵀ·S1ᵀ) + 2 nnz(S2ᵀ·S1ᵀ·S0ᵀ) + nnz(S2ᵀ·S1ᵀ·S0ᵀ·S0) + nnz(S2ᵀ·S1ᵀ·S0ᵀ·S0·S1) + nnz(S2ᵀ·S1ᵀ·S0ᵀ·S0·S1·S2) + nnz(S2ᵀ·S1ᵀ·S0ᵀ·S0·S1·S2·S3) + nnz(S2ᵀ·S2) + nnz(S3·S3ᵀ) + 2 nnz(S3·S4) + nnz(S3·S4·S4ᵀ) + nnz(S3·S4·S4ᵀ·S3ᵀ) + nnz(S3·S4·S4ᵀ·S3ᵀ·S2ᵀ) + nnz(S3·S4·S4ᵀ·S3ᵀ·S2ᵀ·S1ᵀ) + nnz(S3ᵀ) + 2 nnz(S3ᵀ·S2ᵀ) + 2 nnz(S3ᵀ·S2ᵀ·S1ᵀ) + 2 nnz(S3ᵀ·S2ᵀ·S1ᵀ·S0ᵀ) + nnz(S3ᵀ·S2ᵀ·S1ᵀ·S0ᵀ·S0) + nnz(S3ᵀ·S2ᵀ·S1ᵀ·S0ᵀ·S0·S1) + nnz(S3ᵀ·S2ᵀ·S1ᵀ·S0ᵀ·S0·S1·S2) + nnz(S3ᵀ·S2ᵀ·S1ᵀ·S0ᵀ·S0·S1·S2·S3) + nnz(S3ᵀ·S3) + 2 nnz(S4·S4ᵀ) + nnz(S4·S4ᵀ·S3ᵀ) + nnz(S4·S4ᵀ·S3ᵀ·S2ᵀ) + nnz(S4·S4ᵀ·S3ᵀ·S2ᵀ·S1ᵀ) + nnz(S4ᵀ) + 2 nnz(S4ᵀ·S3ᵀ) + 2 nnz(S4ᵀ·S3ᵀ·S2ᵀ) + 2 nnz(S4ᵀ·S3ᵀ·S2ᵀ·S1ᵀ) + nnz(S4ᵀ·S3ᵀ·S2ᵀ·S1ᵀ·S0ᵀ) + nnz(S4ᵀ·S4) + n·n) bytes
 *
 * Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines butterfly
 */
#include "kernels.h"

/* Where one model keeps its numbers: members of eight bytes each, filled by the runtime. */
typedef struct {
    real *A, *S0, *S1, *S2, *S3, *S4, *W_f, *eye, *I_2, *I_3, *S1S2, *S3S4, *S4t_S3t_S2t_S1t;
    real *S3_S4_S4t_S3t_S2t_S1t, *t, *S1_S2_S3_S4_S4t_S3t_S2t, *S0S1S2S3S4, *f, *f_2, *S4t_S3t_S2t;
    real *f_S4t_S3t_S2t, *S0S1, *S1_S2_S3_S4_S4t_S3t, *f_S4t_S3t, *S0S1S2, *S1_S2_S3_S4_S4t, *f_S4t;
    real *S0S1S2S3, *S1S2S3S4, *S1S2S3, *S0t, *S2_S3_S4_S4t_S3t_S2t_S1t, *S2S3S4ft, *S0t_S0;
    real *S2_S3_S4_S4t_S3t_S2t, *S0t_S0_S1, *S2_S3_S4_S4t_S3t, *S0t_f_S4t_S3t, *S0t_S0_S1_S2;
    real *S2_S3_S4_S4t, *S0t_f_S4t, *S0t_S0_S1_S2_S3, *S2S3S4, *S0t_f, *S2S3, *S1t_S0t, *S1t;
    real *S3S4ft, *S1t_S0t_S0, *S3_S4_S4t_S3t_S2t, *S3S4ftS0, *S1t_S0t_S0_S1, *S3_S4_S4t_S3t;
    real *S1t_S0t_S0_S1_S2, *S3_S4_S4t, *S1t_S0t_f_S4t, *S1t_S0t_S0_S1_S2_S3, *S1t_S0t_f;
    real *S2t_S1t_S0t, *S4_S4t_S3t_S2t_S1t, *S2t_S1t, *S4ft, *S2t_S1t_S0t_S0, *S4_S4t_S3t_S2t, *S2t;
    real *S4ftS0, *S2t_S1t_S0t_S0_S1, *S4_S4t_S3t, *S4ftS0S1, *S2t_S1t_S0t_S0_S1_S2, *S4_S4t;
    real *S2t_S1t_S0t_S0_S1_S2_S3, *S2t_S1t_S0t_f, *S3t_S2t_S1t_S0t, *S3t_S2t_S1t, *ft;
    real *S3t_S2t_S1t_S0t_S0, *S3t_S2t, *ftS0, *S3t_S2t_S1t_S0t_S0_S1, *S4t_S3t, *S3t, *ftS0S1;
    real *S3t_S2t_S1t_S0t_S0_S1_S2, *S4t, *ftS0S1S2, *t_2, *t_3, *S0t_S0_2, *S2_S3_S4_S4t_S3t_S2t_2;
    real *S1t_S0t_S0_S1_2, *S3_S4_S4t_S3t_2, *S2t_S1t_S0t_S0_S1_S2_2, *S4_S4t_2, *t_4, *t_5;
    real *S0t_S0_3, *S2_S3_S4_S4t_S3t_S2t_3, *S1t_S0t_S0_S1_3, *S3_S4_S4t_S3t_3;
    real *S2t_S1t_S0t_S0_S1_S2_3, *S4_S4t_3, *t_6;
    pair_table pairs_S1S2, pairs_S3S4, pairs_S4t_S3t_S2t_S1t, pairs_S4t_S3t_S2t, pairs_S0S1S2;
    pair_table pairs_S0S1S2S3, pairs_S3_S4_S4t_S3t_S2t_S1t, pairs_S1_S2_S3_S4_S4t_S3t_S2t;
    pair_table pairs_S0t_S0, pairs_S0t_S0_S1, pairs_S2_S3_S4_S4t_S3t, pairs_S0t_S0_S1_S2;
    pair_table pairs_S0t_S0_S1_S2_S3, pairs_S1t_S0t_S0_S1_S2, pairs_S3_S4_S4t;
    pair_table pairs_S1t_S0t_S0_S1_S2_S3, pairs_S2t_S1t_S0t_S0_S1_S2_S3, pairs_S0t_S0_2;
    pair_table pairs_S1t_S0t_S0_S1_2, pairs_S2t_S1t_S0t_S0_S1_S2_2, pairs_t_4, pairs_t_5;
    pair_table pairs_S2_S3_S4_S4t_S3t_S2t_3, pairs_S3_S4_S4t_S3t_3, pairs_S4_S4t_3, pairs_S0S1;
    pair_table pairs_t, pairs_S1_S2_S3_S4_S4t, pairs_S2_S3_S4_S4t_S3t_S2t, pairs_S2_S3_S4_S4t;
    pair_table pairs_S1t_S0t_S0_S1, pairs_S3_S4_S4t_S3t, pairs_S2t_S1t_S0t_S0_S1_S2, pairs_S4_S4t;
    pair_table pairs_t_2, pairs_t_3, pairs_S2_S3_S4_S4t_S3t_S2t_2, pairs_S3_S4_S4t_S3t_2;
    pair_table pairs_S4_S4t_2, pairs_S0t_S0_3, pairs_S1t_S0t_S0_S1_3, pairs_S2t_S1t_S0t_S0_S1_S2_3;
    pair_table pairs_t_6, pairs_S0S1S2S3S4, pairs_f_S4t_S3t_S2t, pairs_f_S4t_S3t, pairs_f_S4t;
    pair_table pairs_S1S2S3, pairs_S0t_f_S4t_S3t, pairs_S0t_f_S4t, pairs_S0t_f, pairs_S2S3;
    pair_table pairs_S1t_S0t_f_S4t, pairs_S1t_S0t_f, pairs_S2t_S1t_S0t_f;
    place_table place_S3S4_T_in_S4tS3t, place_S4_T_in_S4t;
    place_table place_S3S4S4tS3tS2tS1t_T_in_S1S2S3S4S4tS3t, place_S4tS3tS2tS1t_T_in_S1S2S3S4;
    place_table place_S0_T_in_S0t, place_pattern7_T_in_pattern28, place_S4tS3tS2t_T_in_S2S3S4;
    place_table place_S0S1_T_in_S1tS0t, place_S0tS0S1_T_in_S1tS0tS0;
    place_table place_S2S3S4S4tS3t_T_in_S3S4S4tS3tS2t, place_S0S1S2_T_in_S2tS1tS0t;
    place_table place_S1S2S3S4S4t_T_in_S4S4tS3tS2tS1t, place_S0tS0S1S2_T_in_S2tS1tS0tS0;
    place_table place_S2S3S4S4t_T_in_S4S4tS3tS2t, place_S1tS0tS0S1S2_T_in_S2tS1tS0tS0S1;
    place_table place_S3S4S4t_T_in_S4S4tS3t, place_S0S1S2S3_T_in_S3tS2tS1tS0t;
    place_table place_S0tS0S1S2S3_T_in_S3tS2tS1tS0tS0, place_S1tS0tS0S1S2S3_T_in_S3tS2tS1tS0tS0S1;
    place_table place_pattern16_T_in_pattern48, place_S1_T_in_S1t, place_S1S2_T_in_S2tS1t;
    place_table place_S2_T_in_S2t, place_S1S2S3_T_in_S3tS2tS1t, place_S2S3_T_in_S3tS2t;
    place_table place_S0S1S2S3S4_T_in_S4tS3tS2tS1tS0t, place_S1S2S3S4_T_in_S4tS3tS2tS1t;
    place_table place_S3_T_in_S3t, place_S2S3S4_T_in_S4tS3tS2t, place_pattern17_in_S4tS4;
    place_table place_pattern17_in_S0S0t;
    row_table at_S0S1S2S3S4;
    int64_t n, nnz_S1S2, nnz_S3S4, nnz_S4tS3tS2tS1t, nnz_S4tS3tS2t, nnz_S0S1S2, nnz_S0S1S2S3;
    int64_t nnz_S3S4S4tS3tS2tS1t, nnz_pattern7, nnz_S0tS0, nnz_S0tS0S1, nnz_S2S3S4S4tS3t;
    int64_t nnz_S0tS0S1S2, nnz_S0tS0S1S2S3, nnz_S1tS0tS0S1S2, nnz_S3S4S4t, nnz_S1tS0tS0S1S2S3;
    int64_t nnz_pattern16, nnz_pattern17, nnz_S0S1, nnz_S4tS3t, nnz_S4t, nnz_pattern22;
    int64_t nnz_S1S2S3S4S4tS3t, nnz_S1S2S3S4S4t, nnz_S1S2S3S4, nnz_S0t, nnz_pattern28;
    int64_t nnz_S2S3S4S4tS3tS2t, nnz_S2S3S4S4t, nnz_S2S3S4, nnz_S1tS0t, nnz_S1tS0tS0;
    int64_t nnz_S3S4S4tS3tS2t, nnz_S1tS0tS0S1, nnz_S3S4S4tS3t, nnz_S2tS1tS0t, nnz_S4S4tS3tS2tS1t;
    int64_t nnz_S2tS1tS0tS0, nnz_S4S4tS3tS2t, nnz_S2tS1tS0tS0S1, nnz_S4S4tS3t, nnz_S2tS1tS0tS0S1S2;
    int64_t nnz_S4S4t, nnz_S3tS2tS1tS0t, nnz_S3tS2tS1tS0tS0, nnz_S3tS2tS1tS0tS0S1, nnz_pattern48;
    int64_t nnz_pattern49, nnz_S1tS1, nnz_S2tS2, nnz_S3tS3, nnz_S1S1t, nnz_S2S2t, nnz_S3S3t;
    int64_t nnz_S0S1S2S3S4, nnz_S1S2S3, nnz_S2S3, nnz_S1t, nnz_S2tS1t, nnz_S2t, nnz_S3tS2tS1t;
    int64_t nnz_S3tS2t, nnz_S4tS3tS2tS1tS0t, nnz_S3t, nnz_S4tS4, nnz_S0S0t;
    uint8_t *done;
    const struct nzdiff_solvers *solvers;
    int threads;
} nzdiff_workspace;

STAGE(0) { /* shared by hessian_matrix, hessian_row, hessian_column, hessian_diagonal, jacobian_matrix, gauss_newton_matrix, gauss_newton_row, gauss_newton_column, gauss_newton_diagonal */
    /* S1S2 = S1 S2  at S1·S2 */
    sparse_product(w->threads, w->nnz_S1S2, &w->pairs_S1S2, w->S1, w->S2, w->S1S2);
    /* S3S4 = S3 S4  at S3·S4 */
    sparse_product(w->threads, w->nnz_S3S4, &w->pairs_S3S4, w->S3, w->S4, w->S3S4);
    /* S4t_S3t_S2t_S1t = S4ᵀ S3ᵀ S2ᵀ S1ᵀ  at S4ᵀ·S3ᵀ·S2ᵀ·S1ᵀ */
    sparse_product(w->threads, w->nnz_S4tS3tS2tS1t, &w->pairs_S4t_S3t_S2t_S1t, w->S3S4, w->S1S2,
            w->S4t_S3t_S2t_S1t);
    /* S4t_S3t_S2t = S4ᵀ S3ᵀ S2ᵀ  at S4ᵀ·S3ᵀ·S2ᵀ */
    sparse_product(w->threads, w->nnz_S4tS3tS2t, &w->pairs_S4t_S3t_S2t, w->S3S4, w->S2,
            w->S4t_S3t_S2t);
    /* S0S1S2 = S0 S1 S2  at S0·S1·S2 */
    sparse_product(w->threads, w->nnz_S0S1S2, &w->pairs_S0S1S2, w->S0, w->S1S2, w->S0S1S2);
    /* S0S1S2S3 = S0 S1 S2 S3  at S0·S1·S2·S3 */
    sparse_product(w->threads, w->nnz_S0S1S2S3, &w->pairs_S0S1S2S3, w->S0S1S2, w->S3, w->S0S1S2S3);
}

STAGE(1) { /* shared by hessian_matrix, hessian_row, hessian_column, hessian_diagonal, gauss_newton_matrix, gauss_newton_row, gauss_newton_column, gauss_newton_diagonal */
    /* S3_S4_S4t_S3t_S2t_S1t = S3 S4 S4ᵀ S3ᵀ S2ᵀ S1ᵀ  at S3·S4·S4ᵀ·S3ᵀ·S2ᵀ·S1ᵀ */
    sparse_product(w->threads, w->nnz_S3S4S4tS3tS2tS1t, &w->pairs_S3_S4_S4t_S3t_S2t_S1t, w->S3S4,
            w->S4t_S3t_S2t_S1t, w->S3_S4_S4t_S3t_S2t_S1t);
    /* S1_S2_S3_S4_S4t_S3t_S2t = S1 S2 S3 S4 S4ᵀ S3ᵀ S2ᵀ  at S1·S2·S3·S4·S4ᵀ·S3ᵀ·S2ᵀ */
    sparse_product(w->threads, w->nnz_pattern7, &w->pairs_S1_S2_S3_S4_S4t_S3t_S2t,
            w->S3_S4_S4t_S3t_S2t_S1t, w->S2, w->S1_S2_S3_S4_S4t_S3t_S2t);
    /* S0t_S0 = S0ᵀ S0  at S0ᵀ·S0 */
    sparse_product(w->threads, w->nnz_S0tS0, &w->pairs_S0t_S0, w->S0, w->S0, w->S0t_S0);
    /* S0t_S0_S1 = S0ᵀ S0 S1  at S0ᵀ·S0·S1 */
    sparse_product(w->threads, w->nnz_S0tS0S1, &w->pairs_S0t_S0_S1, w->S0t_S0, w->S1, w->S0t_S0_S1);
    /* S2_S3_S4_S4t_S3t = S2 S3 S4 S4ᵀ S3ᵀ  at S2·S3·S4·S4ᵀ·S3ᵀ */
    sparse_product(w->threads, w->nnz_S2S3S4S4tS3t, &w->pairs_S2_S3_S4_S4t_S3t, w->S4t_S3t_S2t,
            w->S3S4, w->S2_S3_S4_S4t_S3t);
    /* S0t_S0_S1_S2 = S0ᵀ S0 S1 S2  at S0ᵀ·S0·S1·S2 */
    sparse_product(w->threads, w->nnz_S0tS0S1S2, &w->pairs_S0t_S0_S1_S2, w->S0t_S0_S1, w->S2,
            w->S0t_S0_S1_S2);
    /* S0t_S0_S1_S2_S3 = S0ᵀ S0 S1 S2 S3  at S0ᵀ·S0·S1·S2·S3 */
    sparse_product(w->threads, w->nnz_S0tS0S1S2S3, &w->pairs_S0t_S0_S1_S2_S3, w->S0, w->S0S1S2S3,
            w->S0t_S0_S1_S2_S3);
    /* S1t_S0t_S0_S1_S2 = S1ᵀ S0ᵀ S0 S1 S2  at S1ᵀ·S0ᵀ·S0·S1·S2 */
    sparse_product(w->threads, w->nnz_S1tS0tS0S1S2, &w->pairs_S1t_S0t_S0_S1_S2, w->S1,
            w->S0t_S0_S1_S2, w->S1t_S0t_S0_S1_S2);
    /* S3_S4_S4t = S3 S4 S4ᵀ  at S3·S4·S4ᵀ */
    sparse_product(w->threads, w->nnz_S3S4S4t, &w->pairs_S3_S4_S4t, w->S3S4, w->S4, w->S3_S4_S4t);
    /* S1t_S0t_S0_S1_S2_S3 = S1ᵀ S0ᵀ S0 S1 S2 S3  at S1ᵀ·S0ᵀ·S0·S1·S2·S3 */
    sparse_product(w->threads, w->nnz_S1tS0tS0S1S2S3, &w->pairs_S1t_S0t_S0_S1_S2_S3, w->S1,
            w->S0t_S0_S1_S2_S3, w->S1t_S0t_S0_S1_S2_S3);
    /* S2t_S1t_S0t_S0_S1_S2_S3 = S2ᵀ S1ᵀ S0ᵀ S0 S1 S2 S3  at S2ᵀ·S1ᵀ·S0ᵀ·S0·S1·S2·S3 */
    sparse_product(w->threads, w->nnz_pattern16, &w->pairs_S2t_S1t_S0t_S0_S1_S2_S3, w->S2,
            w->S1t_S0t_S0_S1_S2_S3, w->S2t_S1t_S0t_S0_S1_S2_S3);
}

STAGE(2) { /* shared by hessian_row, hessian_diagonal, gauss_newton_row, gauss_newton_diagonal */
    /* S0t_S0_2 = S0ᵀ S0  at I */
    sparse_product(w->threads, w->nnz_pattern17, &w->pairs_S0t_S0_2, w->S0, w->S0, w->S0t_S0_2);
    /* S1t_S0t_S0_S1_2 = S1ᵀ S0ᵀ S0 S1  at I */
    sparse_product(w->threads, w->nnz_pattern17, &w->pairs_S1t_S0t_S0_S1_2, w->S1, w->S0t_S0_S1,
            w->S1t_S0t_S0_S1_2);
    /* S2t_S1t_S0t_S0_S1_S2_2 = S2ᵀ S1ᵀ S0ᵀ S0 S1 S2  at I */
    sparse_product(w->threads, w->nnz_pattern17, &w->pairs_S2t_S1t_S0t_S0_S1_S2_2, w->S2,
            w->S1t_S0t_S0_S1_S2, w->S2t_S1t_S0t_S0_S1_S2_2);
    /* t_4 = S3ᵀ S2ᵀ S1ᵀ S0ᵀ S0 S1 S2 S3  at I */
    sparse_product(w->threads, w->nnz_pattern17, &w->pairs_t_4, w->S3, w->S2t_S1t_S0t_S0_S1_S2_S3,
            w->t_4);
}

STAGE(3) { /* shared by hessian_column, hessian_diagonal, gauss_newton_column, gauss_newton_diagonal */
    /* t_5 = S1 S2 S3 S4 S4ᵀ S3ᵀ S2ᵀ S1ᵀ  at I */
    sparse_product(w->threads, w->nnz_pattern17, &w->pairs_t_5, w->S1, w->S1_S2_S3_S4_S4t_S3t_S2t,
            w->t_5);
    /* S2_S3_S4_S4t_S3t_S2t_3 = S2 S3 S4 S4ᵀ S3ᵀ S2ᵀ  at I */
    sparse_product(w->threads, w->nnz_pattern17, &w->pairs_S2_S3_S4_S4t_S3t_S2t_3, w->S2,
            w->S2_S3_S4_S4t_S3t, w->S2_S3_S4_S4t_S3t_S2t_3);
    /* S3_S4_S4t_S3t_3 = S3 S4 S4ᵀ S3ᵀ  at I */
    sparse_product(w->threads, w->nnz_pattern17, &w->pairs_S3_S4_S4t_S3t_3, w->S3, w->S3_S4_S4t,
            w->S3_S4_S4t_S3t_3);
    /* S4_S4t_3 = S4 S4ᵀ  at I */
    sparse_product(w->threads, w->nnz_pattern17, &w->pairs_S4_S4t_3, w->S4, w->S4, w->S4_S4t_3);
}

STAGE(4) { /* shared by hessian_matrix, jacobian_matrix, gauss_newton_matrix */
    /* S0S1 = S0 S1  at S0·S1 */
    sparse_product(w->threads, w->nnz_S0S1, &w->pairs_S0S1, w->S0, w->S1, w->S0S1);
    /* S4t_S3t = S4ᵀ S3ᵀ  at S4ᵀ·S3ᵀ */
    embed(w->threads, w->nnz_S4tS3t, &w->place_S3S4_T_in_S4tS3t, 1.0, w->S3S4, w->S4t_S3t);
    /* S4t = S4ᵀ  at S4ᵀ */
    embed(w->threads, w->nnz_S4t, &w->place_S4_T_in_S4t, 1.0, w->S4, w->S4t);
}

STAGE(5) { /* shared by hessian_matrix, gauss_newton_matrix */
    /* t = S1 S2 S3 S4 S4ᵀ S3ᵀ S2ᵀ S1ᵀ  at S1·S2·S3·S4·S4ᵀ·S3ᵀ·S2ᵀ·S1ᵀ */
    sparse_product(w->threads, w->nnz_pattern22, &w->pairs_t, w->S1S2, w->S3_S4_S4t_S3t_S2t_S1t,
            w->t);
    /* S1_S2_S3_S4_S4t_S3t = S1 S2 S3 S4 S4ᵀ S3ᵀ  at S1·S2·S3·S4·S4ᵀ·S3ᵀ */
    embed(w->threads, w->nnz_S1S2S3S4S4tS3t, &w->place_S3S4S4tS3tS2tS1t_T_in_S1S2S3S4S4tS3t, 1.0,
            w->S3_S4_S4t_S3t_S2t_S1t, w->S1_S2_S3_S4_S4t_S3t);
    /* S1_S2_S3_S4_S4t = S1 S2 S3 S4 S4ᵀ  at S1·S2·S3·S4·S4ᵀ */
    sparse_product(w->threads, w->nnz_S1S2S3S4S4t, &w->pairs_S1_S2_S3_S4_S4t, w->S4t_S3t_S2t_S1t,
            w->S4, w->S1_S2_S3_S4_S4t);
    /* S1S2S3S4 = S1 S2 S3 S4  at S1·S2·S3·S4 */
    embed(w->threads, w->nnz_S1S2S3S4, &w->place_S4tS3tS2tS1t_T_in_S1S2S3S4, 1.0,
            w->S4t_S3t_S2t_S1t, w->S1S2S3S4);
    /* S0t = S0ᵀ  at S0ᵀ */
    embed(w->threads, w->nnz_S0t, &w->place_S0_T_in_S0t, 1.0, w->S0, w->S0t);
    /* S2_S3_S4_S4t_S3t_S2t_S1t = S2 S3 S4 S4ᵀ S3ᵀ S2ᵀ S1ᵀ  at S2·S3·S4·S4ᵀ·S3ᵀ·S2ᵀ·S1ᵀ */
    embed(w->threads, w->nnz_pattern28, &w->place_pattern7_T_in_pattern28, 1.0,
            w->S1_S2_S3_S4_S4t_S3t_S2t, w->S2_S3_S4_S4t_S3t_S2t_S1t);
    /* S2_S3_S4_S4t_S3t_S2t = S2 S3 S4 S4ᵀ S3ᵀ S2ᵀ  at S2·S3·S4·S4ᵀ·S3ᵀ·S2ᵀ */
    sparse_product(w->threads, w->nnz_S2S3S4S4tS3tS2t, &w->pairs_S2_S3_S4_S4t_S3t_S2t,
            w->S4t_S3t_S2t, w->S4t_S3t_S2t, w->S2_S3_S4_S4t_S3t_S2t);
    /* S2_S3_S4_S4t = S2 S3 S4 S4ᵀ  at S2·S3·S4·S4ᵀ */
    sparse_product(w->threads, w->nnz_S2S3S4S4t, &w->pairs_S2_S3_S4_S4t, w->S4t_S3t_S2t, w->S4,
            w->S2_S3_S4_S4t);
    /* S2S3S4 = S2 S3 S4  at S2·S3·S4 */
    embed(w->threads, w->nnz_S2S3S4, &w->place_S4tS3tS2t_T_in_S2S3S4, 1.0, w->S4t_S3t_S2t,
            w->S2S3S4);
    /* S1t_S0t = S1ᵀ S0ᵀ  at S1ᵀ·S0ᵀ */
    embed(w->threads, w->nnz_S1tS0t, &w->place_S0S1_T_in_S1tS0t, 1.0, w->S0S1, w->S1t_S0t);
    /* S1t_S0t_S0 = S1ᵀ S0ᵀ S0  at S1ᵀ·S0ᵀ·S0 */
    embed(w->threads, w->nnz_S1tS0tS0, &w->place_S0tS0S1_T_in_S1tS0tS0, 1.0, w->S0t_S0_S1,
            w->S1t_S0t_S0);
    /* S3_S4_S4t_S3t_S2t = S3 S4 S4ᵀ S3ᵀ S2ᵀ  at S3·S4·S4ᵀ·S3ᵀ·S2ᵀ */
    embed(w->threads, w->nnz_S3S4S4tS3tS2t, &w->place_S2S3S4S4tS3t_T_in_S3S4S4tS3tS2t, 1.0,
            w->S2_S3_S4_S4t_S3t, w->S3_S4_S4t_S3t_S2t);
    /* S1t_S0t_S0_S1 = S1ᵀ S0ᵀ S0 S1  at S1ᵀ·S0ᵀ·S0·S1 */
    sparse_product(w->threads, w->nnz_S1tS0tS0S1, &w->pairs_S1t_S0t_S0_S1, w->S1, w->S0t_S0_S1,
            w->S1t_S0t_S0_S1);
    /* S3_S4_S4t_S3t = S3 S4 S4ᵀ S3ᵀ  at S3·S4·S4ᵀ·S3ᵀ */
    sparse_product(w->threads, w->nnz_S3S4S4tS3t, &w->pairs_S3_S4_S4t_S3t, w->S3S4, w->S3S4,
            w->S3_S4_S4t_S3t);
    /* S2t_S1t_S0t = S2ᵀ S1ᵀ S0ᵀ  at S2ᵀ·S1ᵀ·S0ᵀ */
    embed(w->threads, w->nnz_S2tS1tS0t, &w->place_S0S1S2_T_in_S2tS1tS0t, 1.0, w->S0S1S2,
            w->S2t_S1t_S0t);
    /* S4_S4t_S3t_S2t_S1t = S4 S4ᵀ S3ᵀ S2ᵀ S1ᵀ  at S4·S4ᵀ·S3ᵀ·S2ᵀ·S1ᵀ */
    embed(w->threads, w->nnz_S4S4tS3tS2tS1t, &w->place_S1S2S3S4S4t_T_in_S4S4tS3tS2tS1t, 1.0,
            w->S1_S2_S3_S4_S4t, w->S4_S4t_S3t_S2t_S1t);
    /* S2t_S1t_S0t_S0 = S2ᵀ S1ᵀ S0ᵀ S0  at S2ᵀ·S1ᵀ·S0ᵀ·S0 */
    embed(w->threads, w->nnz_S2tS1tS0tS0, &w->place_S0tS0S1S2_T_in_S2tS1tS0tS0, 1.0,
            w->S0t_S0_S1_S2, w->S2t_S1t_S0t_S0);
    /* S4_S4t_S3t_S2t = S4 S4ᵀ S3ᵀ S2ᵀ  at S4·S4ᵀ·S3ᵀ·S2ᵀ */
    embed(w->threads, w->nnz_S4S4tS3tS2t, &w->place_S2S3S4S4t_T_in_S4S4tS3tS2t, 1.0,
            w->S2_S3_S4_S4t, w->S4_S4t_S3t_S2t);
    /* S2t_S1t_S0t_S0_S1 = S2ᵀ S1ᵀ S0ᵀ S0 S1  at S2ᵀ·S1ᵀ·S0ᵀ·S0·S1 */
    embed(w->threads, w->nnz_S2tS1tS0tS0S1, &w->place_S1tS0tS0S1S2_T_in_S2tS1tS0tS0S1, 1.0,
            w->S1t_S0t_S0_S1_S2, w->S2t_S1t_S0t_S0_S1);
    /* S4_S4t_S3t = S4 S4ᵀ S3ᵀ  at S4·S4ᵀ·S3ᵀ */
    embed(w->threads, w->nnz_S4S4tS3t, &w->place_S3S4S4t_T_in_S4S4tS3t, 1.0, w->S3_S4_S4t,
            w->S4_S4t_S3t);
    /* S2t_S1t_S0t_S0_S1_S2 = S2ᵀ S1ᵀ S0ᵀ S0 S1 S2  at S2ᵀ·S1ᵀ·S0ᵀ·S0·S1·S2 */
    sparse_product(w->threads, w->nnz_S2tS1tS0tS0S1S2, &w->pairs_S2t_S1t_S0t_S0_S1_S2, w->S2,
            w->S1t_S0t_S0_S1_S2, w->S2t_S1t_S0t_S0_S1_S2);
    /* S4_S4t = S4 S4ᵀ  at S4·S4ᵀ */
    sparse_product(w->threads, w->nnz_S4S4t, &w->pairs_S4_S4t, w->S4, w->S4, w->S4_S4t);
    /* S3t_S2t_S1t_S0t = S3ᵀ S2ᵀ S1ᵀ S0ᵀ  at S3ᵀ·S2ᵀ·S1ᵀ·S0ᵀ */
    embed(w->threads, w->nnz_S3tS2tS1tS0t, &w->place_S0S1S2S3_T_in_S3tS2tS1tS0t, 1.0, w->S0S1S2S3,
            w->S3t_S2t_S1t_S0t);
    /* S3t_S2t_S1t_S0t_S0 = S3ᵀ S2ᵀ S1ᵀ S0ᵀ S0  at S3ᵀ·S2ᵀ·S1ᵀ·S0ᵀ·S0 */
    embed(w->threads, w->nnz_S3tS2tS1tS0tS0, &w->place_S0tS0S1S2S3_T_in_S3tS2tS1tS0tS0, 1.0,
            w->S0t_S0_S1_S2_S3, w->S3t_S2t_S1t_S0t_S0);
    /* S3t_S2t_S1t_S0t_S0_S1 = S3ᵀ S2ᵀ S1ᵀ S0ᵀ S0 S1  at S3ᵀ·S2ᵀ·S1ᵀ·S0ᵀ·S0·S1 */
    embed(w->threads, w->nnz_S3tS2tS1tS0tS0S1, &w->place_S1tS0tS0S1S2S3_T_in_S3tS2tS1tS0tS0S1, 1.0,
            w->S1t_S0t_S0_S1_S2_S3, w->S3t_S2t_S1t_S0t_S0_S1);
    /* S3t_S2t_S1t_S0t_S0_S1_S2 = S3ᵀ S2ᵀ S1ᵀ S0ᵀ S0 S1 S2  at S3ᵀ·S2ᵀ·S1ᵀ·S0ᵀ·S0·S1·S2 */
    embed(w->threads, w->nnz_pattern48, &w->place_pattern16_T_in_pattern48, 1.0,
            w->S2t_S1t_S0t_S0_S1_S2_S3, w->S3t_S2t_S1t_S0t_S0_S1_S2);
    /* t_2 = S3ᵀ S2ᵀ S1ᵀ S0ᵀ S0 S1 S2 S3  at S3ᵀ·S2ᵀ·S1ᵀ·S0ᵀ·S0·S1·S2·S3 */
    sparse_product(w->threads, w->nnz_pattern49, &w->pairs_t_2, w->S3, w->S2t_S1t_S0t_S0_S1_S2_S3,
            w->t_2);
}

STAGE(6) { /* shared by hessian_row, gauss_newton_row */
    /* t_3 = S1 S2 S3 S4 S4ᵀ S3ᵀ S2ᵀ S1ᵀ  at S0ᵀ·S0 */
    sparse_product(w->threads, w->nnz_S0tS0, &w->pairs_t_3, w->S1, w->S1_S2_S3_S4_S4t_S3t_S2t,
            w->t_3);
    /* S2_S3_S4_S4t_S3t_S2t_2 = S2 S3 S4 S4ᵀ S3ᵀ S2ᵀ  at S1ᵀ·S1 */
    sparse_product(w->threads, w->nnz_S1tS1, &w->pairs_S2_S3_S4_S4t_S3t_S2t_2, w->S2,
            w->S2_S3_S4_S4t_S3t, w->S2_S3_S4_S4t_S3t_S2t_2);
    /* S3_S4_S4t_S3t_2 = S3 S4 S4ᵀ S3ᵀ  at S2ᵀ·S2 */
    sparse_product(w->threads, w->nnz_S2tS2, &w->pairs_S3_S4_S4t_S3t_2, w->S3, w->S3_S4_S4t,
            w->S3_S4_S4t_S3t_2);
    /* S4_S4t_2 = S4 S4ᵀ  at S3ᵀ·S3 */
    sparse_product(w->threads, w->nnz_S3tS3, &w->pairs_S4_S4t_2, w->S4, w->S4, w->S4_S4t_2);
}

STAGE(7) { /* shared by hessian_column, gauss_newton_column */
    /* S0t_S0_3 = S0ᵀ S0  at S1·S1ᵀ */
    sparse_product(w->threads, w->nnz_S1S1t, &w->pairs_S0t_S0_3, w->S0, w->S0, w->S0t_S0_3);
    /* S1t_S0t_S0_S1_3 = S1ᵀ S0ᵀ S0 S1  at S2·S2ᵀ */
    sparse_product(w->threads, w->nnz_S2S2t, &w->pairs_S1t_S0t_S0_S1_3, w->S1, w->S0t_S0_S1,
            w->S1t_S0t_S0_S1_3);
    /* S2t_S1t_S0t_S0_S1_S2_3 = S2ᵀ S1ᵀ S0ᵀ S0 S1 S2  at S3·S3ᵀ */
    sparse_product(w->threads, w->nnz_S3S3t, &w->pairs_S2t_S1t_S0t_S0_S1_S2_3, w->S2,
            w->S1t_S0t_S0_S1_S2, w->S2t_S1t_S0t_S0_S1_S2_3);
    /* t_6 = S3ᵀ S2ᵀ S1ᵀ S0ᵀ S0 S1 S2 S3  at S4·S4ᵀ */
    sparse_product(w->threads, w->nnz_S4S4t, &w->pairs_t_6, w->S3, w->S2t_S1t_S0t_S0_S1_S2_S3,
            w->t_6);
}

STAGE(8) { /* shared by hessian_matrix */
    /* S0S1S2S3S4 = S0 S1 S2 S3 S4  at S0·S1·S2·S3·S4 */
    sparse_product(w->threads, w->nnz_S0S1S2S3S4, &w->pairs_S0S1S2S3S4, w->S0, w->S4t_S3t_S2t_S1t,
            w->S0S1S2S3S4);
    /* f = (A − S0 S1 S2 S3 S4) */
    linear_1(w->threads, w->n * w->n, 1.0, w->A, w->f);
    add_scattered(w->threads, w->n, w->n, &w->at_S0S1S2S3S4, -1.0, w->S0S1S2S3S4, w->f);
    /* f_2 = f  at S0·S1·S2·S3·S4 */
    sample(w->threads, w->n, &w->at_S0S1S2S3S4, w->n, w->f, w->f_2);
    /* f_S4t_S3t_S2t = f S4ᵀ S3ᵀ S2ᵀ  at S0·S1 */
    sparse_product(w->threads, w->nnz_S0S1, &w->pairs_f_S4t_S3t_S2t, w->f_2, w->S4t_S3t_S2t,
            w->f_S4t_S3t_S2t);
    /* f_S4t_S3t = f S4ᵀ S3ᵀ  at S0·S1·S2 */
    sparse_product(w->threads, w->nnz_S0S1S2, &w->pairs_f_S4t_S3t, w->f_2, w->S3S4, w->f_S4t_S3t);
    /* f_S4t = f S4ᵀ  at S0·S1·S2·S3 */
    sparse_product(w->threads, w->nnz_S0S1S2S3, &w->pairs_f_S4t, w->f_2, w->S4, w->f_S4t);
    /* S1S2S3 = S1 S2 S3  at S1·S2·S3 */
    sparse_product(w->threads, w->nnz_S1S2S3, &w->pairs_S1S2S3, w->S1S2, w->S3, w->S1S2S3);
    /* S2S3S4ft = S2 S3 S4 fᵀ  at S1ᵀ·S0ᵀ */
    embed(w->threads, w->nnz_S1tS0t, &w->place_S0S1_T_in_S1tS0t, 1.0, w->f_S4t_S3t_S2t,
            w->S2S3S4ft);
    /* S0t_f_S4t_S3t = S0ᵀ f S4ᵀ S3ᵀ  at S1·S2 */
    sparse_product(w->threads, w->nnz_S1S2, &w->pairs_S0t_f_S4t_S3t, w->S0, w->f_S4t_S3t,
            w->S0t_f_S4t_S3t);
    /* S0t_f_S4t = S0ᵀ f S4ᵀ  at S1·S2·S3 */
    sparse_product(w->threads, w->nnz_S1S2S3, &w->pairs_S0t_f_S4t, w->S0, w->f_S4t, w->S0t_f_S4t);
    /* S0t_f = S0ᵀ f  at S1·S2·S3·S4 */
    sparse_product(w->threads, w->nnz_S1S2S3S4, &w->pairs_S0t_f, w->S0, w->f_2, w->S0t_f);
    /* S2S3 = S2 S3  at S2·S3 */
    sparse_product(w->threads, w->nnz_S2S3, &w->pairs_S2S3, w->S2, w->S3, w->S2S3);
    /* S1t = S1ᵀ  at S1ᵀ */
    embed(w->threads, w->nnz_S1t, &w->place_S1_T_in_S1t, 1.0, w->S1, w->S1t);
    /* S3S4ft = S3 S4 fᵀ  at S2ᵀ·S1ᵀ·S0ᵀ */
    embed(w->threads, w->nnz_S2tS1tS0t, &w->place_S0S1S2_T_in_S2tS1tS0t, 1.0, w->f_S4t_S3t,
            w->S3S4ft);
    /* S3S4ftS0 = S3 S4 fᵀ S0  at S2ᵀ·S1ᵀ */
    embed(w->threads, w->nnz_S2tS1t, &w->place_S1S2_T_in_S2tS1t, 1.0, w->S0t_f_S4t_S3t,
            w->S3S4ftS0);
    /* S1t_S0t_f_S4t = S1ᵀ S0ᵀ f S4ᵀ  at S2·S3 */
    sparse_product(w->threads, w->nnz_S2S3, &w->pairs_S1t_S0t_f_S4t, w->S1, w->S0t_f_S4t,
            w->S1t_S0t_f_S4t);
    /* S1t_S0t_f = S1ᵀ S0ᵀ f  at S2·S3·S4 */
    sparse_product(w->threads, w->nnz_S2S3S4, &w->pairs_S1t_S0t_f, w->S1, w->S0t_f, w->S1t_S0t_f);
    /* S2t_S1t = S2ᵀ S1ᵀ  at S2ᵀ·S1ᵀ */
    embed(w->threads, w->nnz_S2tS1t, &w->place_S1S2_T_in_S2tS1t, 1.0, w->S1S2, w->S2t_S1t);
    /* S4ft = S4 fᵀ  at S3ᵀ·S2ᵀ·S1ᵀ·S0ᵀ */
    embed(w->threads, w->nnz_S3tS2tS1tS0t, &w->place_S0S1S2S3_T_in_S3tS2tS1tS0t, 1.0, w->f_S4t,
            w->S4ft);
    /* S2t = S2ᵀ  at S2ᵀ */
    embed(w->threads, w->nnz_S2t, &w->place_S2_T_in_S2t, 1.0, w->S2, w->S2t);
    /* S4ftS0 = S4 fᵀ S0  at S3ᵀ·S2ᵀ·S1ᵀ */
    embed(w->threads, w->nnz_S3tS2tS1t, &w->place_S1S2S3_T_in_S3tS2tS1t, 1.0, w->S0t_f_S4t,
            w->S4ftS0);
    /* S4ftS0S1 = S4 fᵀ S0 S1  at S3ᵀ·S2ᵀ */
    embed(w->threads, w->nnz_S3tS2t, &w->place_S2S3_T_in_S3tS2t, 1.0, w->S1t_S0t_f_S4t,
            w->S4ftS0S1);
    /* S2t_S1t_S0t_f = S2ᵀ S1ᵀ S0ᵀ f  at S3·S4 */
    sparse_product(w->threads, w->nnz_S3S4, &w->pairs_S2t_S1t_S0t_f, w->S2, w->S1t_S0t_f,
            w->S2t_S1t_S0t_f);
    /* S3t_S2t_S1t = S3ᵀ S2ᵀ S1ᵀ  at S3ᵀ·S2ᵀ·S1ᵀ */
    embed(w->threads, w->nnz_S3tS2tS1t, &w->place_S1S2S3_T_in_S3tS2tS1t, 1.0, w->S1S2S3,
            w->S3t_S2t_S1t);
    /* ft = fᵀ  at S4ᵀ·S3ᵀ·S2ᵀ·S1ᵀ·S0ᵀ */
    embed(w->threads, w->nnz_S4tS3tS2tS1tS0t, &w->place_S0S1S2S3S4_T_in_S4tS3tS2tS1tS0t, 1.0,
            w->f_2, w->ft);
    /* S3t_S2t = S3ᵀ S2ᵀ  at S3ᵀ·S2ᵀ */
    embed(w->threads, w->nnz_S3tS2t, &w->place_S2S3_T_in_S3tS2t, 1.0, w->S2S3, w->S3t_S2t);
    /* ftS0 = fᵀ S0  at S4ᵀ·S3ᵀ·S2ᵀ·S1ᵀ */
    embed(w->threads, w->nnz_S4tS3tS2tS1t, &w->place_S1S2S3S4_T_in_S4tS3tS2tS1t, 1.0, w->S0t_f,
            w->ftS0);
    /* S3t = S3ᵀ  at S3ᵀ */
    embed(w->threads, w->nnz_S3t, &w->place_S3_T_in_S3t, 1.0, w->S3, w->S3t);
    /* ftS0S1 = fᵀ S0 S1  at S4ᵀ·S3ᵀ·S2ᵀ */
    embed(w->threads, w->nnz_S4tS3tS2t, &w->place_S2S3S4_T_in_S4tS3tS2t, 1.0, w->S1t_S0t_f,
            w->ftS0S1);
    /* ftS0S1S2 = fᵀ S0 S1 S2  at S4ᵀ·S3ᵀ */
    embed(w->threads, w->nnz_S4tS3t, &w->place_S3S4_T_in_S4tS3t, 1.0, w->S2t_S1t_S0t_f,
            w->ftS0S1S2);
}

STAGE(9) { /* without g, shared by hessian_matrix, hessian_row, hessian_column, hessian_diagonal, jacobian_matrix, gauss_newton_matrix, gauss_newton_row, gauss_newton_column, gauss_newton_diagonal */
    /* eye = I  at I */
    fill(w->threads, w->nnz_pattern17, 1.0, w->eye);
}

STAGE(10) { /* without g, shared by hessian_row, gauss_newton_row */
    /* I_2 = I  at S4ᵀ·S4 */
    embed(w->threads, w->nnz_S4tS4, &w->place_pattern17_in_S4tS4, 1.0, w->eye, w->I_2);
}

STAGE(11) { /* without g, shared by hessian_column, gauss_newton_column */
    /* I_3 = I  at S0·S0ᵀ */
    embed(w->threads, w->nnz_S0S0t, &w->place_pattern17_in_S0S0t, 1.0, w->eye, w->I_3);
}

FUNCTION(prepare) { /* what does not depend on g */
    NEED(9) NEED(10) NEED(11)
}

FUNCTION(hessian_matrix) { /* the factors of hessian_matrix */
    NEED(9) NEED(0) NEED(1) NEED(4) NEED(5) NEED(8)
}

FUNCTION(hessian_row) { /* the factors of hessian_row */
    NEED(9) NEED(10) NEED(0) NEED(1) NEED(2) NEED(6)
}

FUNCTION(hessian_column) { /* the factors of hessian_column */
    NEED(9) NEED(11) NEED(0) NEED(1) NEED(3) NEED(7)
}

FUNCTION(hessian_diagonal) { /* the factors of hessian_diagonal */
    NEED(9) NEED(0) NEED(1) NEED(2) NEED(3)
}

FUNCTION(jacobian_matrix) { /* the factors of jacobian_matrix */
    NEED(9) NEED(0) NEED(4)
}

FUNCTION(gauss_newton_matrix) { /* the factors of gauss_newton_matrix */
    NEED(9) NEED(0) NEED(1) NEED(4) NEED(5)
}

FUNCTION(gauss_newton_row) { /* the factors of gauss_newton_row */
    NEED(9) NEED(10) NEED(0) NEED(1) NEED(2) NEED(6)
}

FUNCTION(gauss_newton_column) { /* the factors of gauss_newton_column */
    NEED(9) NEED(11) NEED(0) NEED(1) NEED(3) NEED(7)
}

FUNCTION(gauss_newton_diagonal) { /* the factors of gauss_newton_diagonal */
    NEED(9) NEED(0) NEED(1) NEED(2) NEED(3)
}

