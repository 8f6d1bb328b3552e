"""Factors of the matrices of the problem butterfly.

plan ef52eadfe46d

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines butterfly
"""

# fmt: off

from nzdiff.runtime.kernel.backends.numpy_kernels import (
    Workspace, add_scattered, embed, fill, linear_1, need, sample, sparse_product
)

def stage_0(w: Workspace) -> None:
    sparse_product(w.nnz_S1S2, w.pairs_S1S2, w.S1, w.S2, w.S1S2)
    sparse_product(w.nnz_S3S4, w.pairs_S3S4, w.S3, w.S4, w.S3S4)
    sparse_product(w.nnz_S4tS3tS2tS1t, w.pairs_S4t_S3t_S2t_S1t, w.S3S4, w.S1S2, w.S4t_S3t_S2t_S1t)
    sparse_product(w.nnz_S4tS3tS2t, w.pairs_S4t_S3t_S2t, w.S3S4, w.S2, w.S4t_S3t_S2t)
    sparse_product(w.nnz_S0S1S2, w.pairs_S0S1S2, w.S0, w.S1S2, w.S0S1S2)
    sparse_product(w.nnz_S0S1S2S3, w.pairs_S0S1S2S3, w.S0S1S2, w.S3, w.S0S1S2S3)

def stage_1(w: Workspace) -> None:
    sparse_product(w.nnz_S3S4S4tS3tS2tS1t, w.pairs_S3_S4_S4t_S3t_S2t_S1t, w.S3S4, w.S4t_S3t_S2t_S1t,
        w.S3_S4_S4t_S3t_S2t_S1t)
    sparse_product(w.nnz_pattern7, w.pairs_S1_S2_S3_S4_S4t_S3t_S2t, w.S3_S4_S4t_S3t_S2t_S1t, w.S2,
        w.S1_S2_S3_S4_S4t_S3t_S2t)
    sparse_product(w.nnz_S0tS0, w.pairs_S0t_S0, w.S0, w.S0, w.S0t_S0)
    sparse_product(w.nnz_S0tS0S1, w.pairs_S0t_S0_S1, w.S0t_S0, w.S1, w.S0t_S0_S1)
    sparse_product(w.nnz_S2S3S4S4tS3t, w.pairs_S2_S3_S4_S4t_S3t, w.S4t_S3t_S2t, w.S3S4,
        w.S2_S3_S4_S4t_S3t)
    sparse_product(w.nnz_S0tS0S1S2, w.pairs_S0t_S0_S1_S2, w.S0t_S0_S1, w.S2, w.S0t_S0_S1_S2)
    sparse_product(w.nnz_S0tS0S1S2S3, w.pairs_S0t_S0_S1_S2_S3, w.S0, w.S0S1S2S3, w.S0t_S0_S1_S2_S3)
    sparse_product(w.nnz_S1tS0tS0S1S2, w.pairs_S1t_S0t_S0_S1_S2, w.S1, w.S0t_S0_S1_S2,
        w.S1t_S0t_S0_S1_S2)
    sparse_product(w.nnz_S3S4S4t, w.pairs_S3_S4_S4t, w.S3S4, w.S4, w.S3_S4_S4t)
    sparse_product(w.nnz_S1tS0tS0S1S2S3, w.pairs_S1t_S0t_S0_S1_S2_S3, w.S1, w.S0t_S0_S1_S2_S3,
        w.S1t_S0t_S0_S1_S2_S3)
    sparse_product(w.nnz_pattern16, w.pairs_S2t_S1t_S0t_S0_S1_S2_S3, w.S2, w.S1t_S0t_S0_S1_S2_S3,
        w.S2t_S1t_S0t_S0_S1_S2_S3)

def stage_2(w: Workspace) -> None:
    sparse_product(w.nnz_pattern17, w.pairs_S0t_S0_2, w.S0, w.S0, w.S0t_S0_2)
    sparse_product(w.nnz_pattern17, w.pairs_S1t_S0t_S0_S1_2, w.S1, w.S0t_S0_S1, w.S1t_S0t_S0_S1_2)
    sparse_product(w.nnz_pattern17, w.pairs_S2t_S1t_S0t_S0_S1_S2_2, w.S2, w.S1t_S0t_S0_S1_S2,
        w.S2t_S1t_S0t_S0_S1_S2_2)
    sparse_product(w.nnz_pattern17, w.pairs_t_4, w.S3, w.S2t_S1t_S0t_S0_S1_S2_S3, w.t_4)

def stage_3(w: Workspace) -> None:
    sparse_product(w.nnz_pattern17, w.pairs_t_5, w.S1, w.S1_S2_S3_S4_S4t_S3t_S2t, w.t_5)
    sparse_product(w.nnz_pattern17, w.pairs_S2_S3_S4_S4t_S3t_S2t_3, w.S2, w.S2_S3_S4_S4t_S3t,
        w.S2_S3_S4_S4t_S3t_S2t_3)
    sparse_product(w.nnz_pattern17, w.pairs_S3_S4_S4t_S3t_3, w.S3, w.S3_S4_S4t, w.S3_S4_S4t_S3t_3)
    sparse_product(w.nnz_pattern17, w.pairs_S4_S4t_3, w.S4, w.S4, w.S4_S4t_3)

def stage_4(w: Workspace) -> None:
    sparse_product(w.nnz_S0S1, w.pairs_S0S1, w.S0, w.S1, w.S0S1)
    embed(w.nnz_S4tS3t, w.place_S3S4_T_in_S4tS3t, 1.0, w.S3S4, w.S4t_S3t)
    embed(w.nnz_S4t, w.place_S4_T_in_S4t, 1.0, w.S4, w.S4t)

def stage_5(w: Workspace) -> None:
    sparse_product(w.nnz_pattern22, w.pairs_t, w.S1S2, w.S3_S4_S4t_S3t_S2t_S1t, w.t)
    embed(w.nnz_S1S2S3S4S4tS3t, w.place_S3S4S4tS3tS2tS1t_T_in_S1S2S3S4S4tS3t, 1.0,
        w.S3_S4_S4t_S3t_S2t_S1t, w.S1_S2_S3_S4_S4t_S3t)
    sparse_product(w.nnz_S1S2S3S4S4t, w.pairs_S1_S2_S3_S4_S4t, w.S4t_S3t_S2t_S1t, w.S4,
        w.S1_S2_S3_S4_S4t)
    embed(w.nnz_S1S2S3S4, w.place_S4tS3tS2tS1t_T_in_S1S2S3S4, 1.0, w.S4t_S3t_S2t_S1t, w.S1S2S3S4)
    embed(w.nnz_S0t, w.place_S0_T_in_S0t, 1.0, w.S0, w.S0t)
    embed(w.nnz_pattern28, w.place_pattern7_T_in_pattern28, 1.0, w.S1_S2_S3_S4_S4t_S3t_S2t,
        w.S2_S3_S4_S4t_S3t_S2t_S1t)
    sparse_product(w.nnz_S2S3S4S4tS3tS2t, w.pairs_S2_S3_S4_S4t_S3t_S2t, w.S4t_S3t_S2t,
        w.S4t_S3t_S2t, w.S2_S3_S4_S4t_S3t_S2t)
    sparse_product(w.nnz_S2S3S4S4t, w.pairs_S2_S3_S4_S4t, w.S4t_S3t_S2t, w.S4, w.S2_S3_S4_S4t)
    embed(w.nnz_S2S3S4, w.place_S4tS3tS2t_T_in_S2S3S4, 1.0, w.S4t_S3t_S2t, w.S2S3S4)
    embed(w.nnz_S1tS0t, w.place_S0S1_T_in_S1tS0t, 1.0, w.S0S1, w.S1t_S0t)
    embed(w.nnz_S1tS0tS0, w.place_S0tS0S1_T_in_S1tS0tS0, 1.0, w.S0t_S0_S1, w.S1t_S0t_S0)
    embed(w.nnz_S3S4S4tS3tS2t, w.place_S2S3S4S4tS3t_T_in_S3S4S4tS3tS2t, 1.0, w.S2_S3_S4_S4t_S3t,
        w.S3_S4_S4t_S3t_S2t)
    sparse_product(w.nnz_S1tS0tS0S1, w.pairs_S1t_S0t_S0_S1, w.S1, w.S0t_S0_S1, w.S1t_S0t_S0_S1)
    sparse_product(w.nnz_S3S4S4tS3t, w.pairs_S3_S4_S4t_S3t, w.S3S4, w.S3S4, w.S3_S4_S4t_S3t)
    embed(w.nnz_S2tS1tS0t, w.place_S0S1S2_T_in_S2tS1tS0t, 1.0, w.S0S1S2, w.S2t_S1t_S0t)
    embed(w.nnz_S4S4tS3tS2tS1t, w.place_S1S2S3S4S4t_T_in_S4S4tS3tS2tS1t, 1.0, w.S1_S2_S3_S4_S4t,
        w.S4_S4t_S3t_S2t_S1t)
    embed(w.nnz_S2tS1tS0tS0, w.place_S0tS0S1S2_T_in_S2tS1tS0tS0, 1.0, w.S0t_S0_S1_S2,
        w.S2t_S1t_S0t_S0)
    embed(w.nnz_S4S4tS3tS2t, w.place_S2S3S4S4t_T_in_S4S4tS3tS2t, 1.0, w.S2_S3_S4_S4t,
        w.S4_S4t_S3t_S2t)
    embed(w.nnz_S2tS1tS0tS0S1, w.place_S1tS0tS0S1S2_T_in_S2tS1tS0tS0S1, 1.0, w.S1t_S0t_S0_S1_S2,
        w.S2t_S1t_S0t_S0_S1)
    embed(w.nnz_S4S4tS3t, w.place_S3S4S4t_T_in_S4S4tS3t, 1.0, w.S3_S4_S4t, w.S4_S4t_S3t)
    sparse_product(w.nnz_S2tS1tS0tS0S1S2, w.pairs_S2t_S1t_S0t_S0_S1_S2, w.S2, w.S1t_S0t_S0_S1_S2,
        w.S2t_S1t_S0t_S0_S1_S2)
    sparse_product(w.nnz_S4S4t, w.pairs_S4_S4t, w.S4, w.S4, w.S4_S4t)
    embed(w.nnz_S3tS2tS1tS0t, w.place_S0S1S2S3_T_in_S3tS2tS1tS0t, 1.0, w.S0S1S2S3,
        w.S3t_S2t_S1t_S0t)
    embed(w.nnz_S3tS2tS1tS0tS0, w.place_S0tS0S1S2S3_T_in_S3tS2tS1tS0tS0, 1.0, w.S0t_S0_S1_S2_S3,
        w.S3t_S2t_S1t_S0t_S0)
    embed(w.nnz_S3tS2tS1tS0tS0S1, w.place_S1tS0tS0S1S2S3_T_in_S3tS2tS1tS0tS0S1, 1.0,
        w.S1t_S0t_S0_S1_S2_S3, w.S3t_S2t_S1t_S0t_S0_S1)
    embed(w.nnz_pattern48, w.place_pattern16_T_in_pattern48, 1.0, w.S2t_S1t_S0t_S0_S1_S2_S3,
        w.S3t_S2t_S1t_S0t_S0_S1_S2)
    sparse_product(w.nnz_pattern49, w.pairs_t_2, w.S3, w.S2t_S1t_S0t_S0_S1_S2_S3, w.t_2)

def stage_6(w: Workspace) -> None:
    sparse_product(w.nnz_S0tS0, w.pairs_t_3, w.S1, w.S1_S2_S3_S4_S4t_S3t_S2t, w.t_3)
    sparse_product(w.nnz_S1tS1, w.pairs_S2_S3_S4_S4t_S3t_S2t_2, w.S2, w.S2_S3_S4_S4t_S3t,
        w.S2_S3_S4_S4t_S3t_S2t_2)
    sparse_product(w.nnz_S2tS2, w.pairs_S3_S4_S4t_S3t_2, w.S3, w.S3_S4_S4t, w.S3_S4_S4t_S3t_2)
    sparse_product(w.nnz_S3tS3, w.pairs_S4_S4t_2, w.S4, w.S4, w.S4_S4t_2)

def stage_7(w: Workspace) -> None:
    sparse_product(w.nnz_S1S1t, w.pairs_S0t_S0_3, w.S0, w.S0, w.S0t_S0_3)
    sparse_product(w.nnz_S2S2t, w.pairs_S1t_S0t_S0_S1_3, w.S1, w.S0t_S0_S1, w.S1t_S0t_S0_S1_3)
    sparse_product(w.nnz_S3S3t, w.pairs_S2t_S1t_S0t_S0_S1_S2_3, w.S2, w.S1t_S0t_S0_S1_S2,
        w.S2t_S1t_S0t_S0_S1_S2_3)
    sparse_product(w.nnz_S4S4t, w.pairs_t_6, w.S3, w.S2t_S1t_S0t_S0_S1_S2_S3, w.t_6)

def stage_8(w: Workspace) -> None:
    sparse_product(w.nnz_S0S1S2S3S4, w.pairs_S0S1S2S3S4, w.S0, w.S4t_S3t_S2t_S1t, w.S0S1S2S3S4)
    linear_1(w.n * w.n, 1.0, w.A, w.f)
    add_scattered(w.n, w.n, w.at_S0S1S2S3S4, -1.0, w.S0S1S2S3S4, w.f)
    sample(w.n, w.at_S0S1S2S3S4, w.n, w.f, w.f_2)
    sparse_product(w.nnz_S0S1, w.pairs_f_S4t_S3t_S2t, w.f_2, w.S4t_S3t_S2t, w.f_S4t_S3t_S2t)
    sparse_product(w.nnz_S0S1S2, w.pairs_f_S4t_S3t, w.f_2, w.S3S4, w.f_S4t_S3t)
    sparse_product(w.nnz_S0S1S2S3, w.pairs_f_S4t, w.f_2, w.S4, w.f_S4t)
    sparse_product(w.nnz_S1S2S3, w.pairs_S1S2S3, w.S1S2, w.S3, w.S1S2S3)
    embed(w.nnz_S1tS0t, w.place_S0S1_T_in_S1tS0t, 1.0, w.f_S4t_S3t_S2t, w.S2S3S4ft)
    sparse_product(w.nnz_S1S2, w.pairs_S0t_f_S4t_S3t, w.S0, w.f_S4t_S3t, w.S0t_f_S4t_S3t)
    sparse_product(w.nnz_S1S2S3, w.pairs_S0t_f_S4t, w.S0, w.f_S4t, w.S0t_f_S4t)
    sparse_product(w.nnz_S1S2S3S4, w.pairs_S0t_f, w.S0, w.f_2, w.S0t_f)
    sparse_product(w.nnz_S2S3, w.pairs_S2S3, w.S2, w.S3, w.S2S3)
    embed(w.nnz_S1t, w.place_S1_T_in_S1t, 1.0, w.S1, w.S1t)
    embed(w.nnz_S2tS1tS0t, w.place_S0S1S2_T_in_S2tS1tS0t, 1.0, w.f_S4t_S3t, w.S3S4ft)
    embed(w.nnz_S2tS1t, w.place_S1S2_T_in_S2tS1t, 1.0, w.S0t_f_S4t_S3t, w.S3S4ftS0)
    sparse_product(w.nnz_S2S3, w.pairs_S1t_S0t_f_S4t, w.S1, w.S0t_f_S4t, w.S1t_S0t_f_S4t)
    sparse_product(w.nnz_S2S3S4, w.pairs_S1t_S0t_f, w.S1, w.S0t_f, w.S1t_S0t_f)
    embed(w.nnz_S2tS1t, w.place_S1S2_T_in_S2tS1t, 1.0, w.S1S2, w.S2t_S1t)
    embed(w.nnz_S3tS2tS1tS0t, w.place_S0S1S2S3_T_in_S3tS2tS1tS0t, 1.0, w.f_S4t, w.S4ft)
    embed(w.nnz_S2t, w.place_S2_T_in_S2t, 1.0, w.S2, w.S2t)
    embed(w.nnz_S3tS2tS1t, w.place_S1S2S3_T_in_S3tS2tS1t, 1.0, w.S0t_f_S4t, w.S4ftS0)
    embed(w.nnz_S3tS2t, w.place_S2S3_T_in_S3tS2t, 1.0, w.S1t_S0t_f_S4t, w.S4ftS0S1)
    sparse_product(w.nnz_S3S4, w.pairs_S2t_S1t_S0t_f, w.S2, w.S1t_S0t_f, w.S2t_S1t_S0t_f)
    embed(w.nnz_S3tS2tS1t, w.place_S1S2S3_T_in_S3tS2tS1t, 1.0, w.S1S2S3, w.S3t_S2t_S1t)
    embed(w.nnz_S4tS3tS2tS1tS0t, w.place_S0S1S2S3S4_T_in_S4tS3tS2tS1tS0t, 1.0, w.f_2, w.ft)
    embed(w.nnz_S3tS2t, w.place_S2S3_T_in_S3tS2t, 1.0, w.S2S3, w.S3t_S2t)
    embed(w.nnz_S4tS3tS2tS1t, w.place_S1S2S3S4_T_in_S4tS3tS2tS1t, 1.0, w.S0t_f, w.ftS0)
    embed(w.nnz_S3t, w.place_S3_T_in_S3t, 1.0, w.S3, w.S3t)
    embed(w.nnz_S4tS3tS2t, w.place_S2S3S4_T_in_S4tS3tS2t, 1.0, w.S1t_S0t_f, w.ftS0S1)
    embed(w.nnz_S4tS3t, w.place_S3S4_T_in_S4tS3t, 1.0, w.S2t_S1t_S0t_f, w.ftS0S1S2)

def stage_9(w: Workspace) -> None:
    fill(w.nnz_pattern17, 1.0, w.eye)

def stage_10(w: Workspace) -> None:
    embed(w.nnz_S4tS4, w.place_pattern17_in_S4tS4, 1.0, w.eye, w.I_2)

def stage_11(w: Workspace) -> None:
    embed(w.nnz_S0S0t, w.place_pattern17_in_S0S0t, 1.0, w.eye, w.I_3)

def prepare(w: Workspace) -> None:
    """what does not depend on g"""
    need(w, STAGES, 9, 10, 11)

def hessian_matrix(w: Workspace) -> None:
    """the factors of hessian_matrix"""
    need(w, STAGES, 9, 0, 1, 4, 5, 8)

def hessian_row(w: Workspace) -> None:
    """the factors of hessian_row"""
    need(w, STAGES, 9, 10, 0, 1, 2, 6)

def hessian_column(w: Workspace) -> None:
    """the factors of hessian_column"""
    need(w, STAGES, 9, 11, 0, 1, 3, 7)

def hessian_diagonal(w: Workspace) -> None:
    """the factors of hessian_diagonal"""
    need(w, STAGES, 9, 0, 1, 2, 3)

def jacobian_matrix(w: Workspace) -> None:
    """the factors of jacobian_matrix"""
    need(w, STAGES, 9, 0, 4)

def gauss_newton_matrix(w: Workspace) -> None:
    """the factors of gauss_newton_matrix"""
    need(w, STAGES, 9, 0, 1, 4, 5)

def gauss_newton_row(w: Workspace) -> None:
    """the factors of gauss_newton_row"""
    need(w, STAGES, 9, 10, 0, 1, 2, 6)

def gauss_newton_column(w: Workspace) -> None:
    """the factors of gauss_newton_column"""
    need(w, STAGES, 9, 11, 0, 1, 3, 7)

def gauss_newton_diagonal(w: Workspace) -> None:
    """the factors of gauss_newton_diagonal"""
    need(w, STAGES, 9, 0, 1, 2, 3)

STAGES = (stage_0, stage_1, stage_2, stage_3, stage_4, stage_5, stage_6, stage_7, stage_8, stage_9, stage_10, stage_11, )
