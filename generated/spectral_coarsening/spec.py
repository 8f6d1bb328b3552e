"""The data that the kernels of spectral_coarsening work on.

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines spectral_coarsening
"""

from nzdiff.runtime.spec import Argument, Array, Embedding, KernelSpec, Pairs, Rows
from nzdiff.runtime.support import Support

# G
P0 = Support("n", "m", ((("G", False),),))
# L
P1 = Support("n", "n", ((("L", False),),))
# I
P2 = Support("m", "m", ((),))
# Gᵀ·Lᵀ·G
P3 = Support("m", "m", ((("G", True), ("L", True), ("G", False)),))
# Gᵀ·Lᵀ·L·G
P4 = Support("m", "m", ((("G", True), ("L", True), ("L", False), ("G", False)),))
# I
P5 = Support("n", "n", ((),))
# Gᵀ·L
P6 = Support("m", "n", ((("G", True), ("L", False)),))
# Gᵀ·L·G
P7 = Support("m", "m", ((("G", True), ("L", False), ("G", False)),))
# Lᵀ·G
P8 = Support("n", "m", ((("L", True), ("G", False)),))
# Gᵀ·Lᵀ·L
P9 = Support("m", "n", ((("G", True), ("L", True), ("L", False)),))
# Gᵀ·Lᵀ
P10 = Support("m", "n", ((("G", True), ("L", True)),))
# Lᵀ
P11 = Support("n", "n", ((("L", True),),))

SPEC = KernelSpec(
    name="spectral_coarsening",
    formula="‖X − Y Gᵀ L G B‖²",
    dims=("k", "m", "n"),
    arguments=(
        Argument(name="B", kind="dense", rows="m", cols="k"),
        Argument(name="G", kind="unknown", rows="n", cols="m"),
        Argument(name="L", kind="sparse", rows="n", cols="n"),
        Argument(name="X", kind="dense", rows="m", cols="k"),
        Argument(name="Y", kind="diagonal", rows="m", cols="m", symmetric=True),
    ),
    unknowns=("G",),
    scalars=(),
    coefficients=(),
    arrays=(
        Array(name="B", rows="m", cols="k"),
        Array(name="G", rows="n", cols="m", support=P0),
        Array(name="L", rows="n", cols="n", support=P1),
        Array(name="X", rows="m", cols="k"),
        Array(name="Y", rows="m", cols="m", support=P2),
        Array(name="dG", rows="n", cols="m", support=P0),
        Array(name="W_f", rows="m", cols="k"),
        Array(name="BBt", rows="m", cols="m", support=P3),
        Array(name="YY", rows="m", cols="m", support=P2),
        Array(name="BBt_2", rows="m", cols="m", support=P4),
        Array(name="BBt_3", rows="m", cols="m", support=P2),
        Array(name="L_2", rows="n", cols="n", support=P5),
        Array(name="Lt", rows="n", cols="n", support=P5),
        Array(name="GtL", rows="m", cols="n", support=P6),
        Array(name="GtLG", rows="m", cols="m", support=P7),
        Array(name="YGtLG", rows="m", cols="m", support=P7),
        Array(name="YGtLGB", rows="m", cols="k"),
        Array(name="f", rows="m", cols="k"),
        Array(name="sumsq_f", rows=1, cols=1),
        Array(name="energy", rows=1, cols=1),
        Array(name="Bft", rows="m", cols="m", support=P3),
        Array(name="BftY", rows="m", cols="m", support=P3),
        Array(name="GBftY", rows="n", cols="m", support=P8),
        Array(name="LGBftY", rows="n", cols="m", support=P0),
        Array(name="LtGYfBt", rows="n", cols="m", support=P0),
        Array(name="gradient_G", rows="n", cols="m", support=P0),
        Array(name="GtLdG", rows="m", cols="m", support=P7),
        Array(name="dGt_L", rows="m", cols="n", support=P6),
        Array(name="dGt_L_G", rows="m", cols="m", support=P7),
        Array(name="t_2", rows="m", cols="m", support=P7),
        Array(name="t", rows="m", cols="m", support=P7),
        Array(name="t_3", rows="m", cols="k"),
        Array(name="B_W_ft", rows="m", cols="m", support=P3),
        Array(name="B_W_ft_Y", rows="m", cols="m", support=P3),
        Array(name="G_B_W_ft_Y", rows="n", cols="m", support=P8),
        Array(name="L_G_B_W_ft_Y", rows="n", cols="m", support=P0),
        Array(name="Lt_G_Y_W_f_Bt", rows="n", cols="m", support=P0),
        Array(name="vjp_G", rows="n", cols="m", support=P0),
        Array(name="B_dft", rows="m", cols="m", support=P3),
        Array(name="B_dft_Y", rows="m", cols="m", support=P3),
        Array(name="G_B_dft_Y", rows="n", cols="m", support=P8),
        Array(name="L_G_B_dft_Y", rows="n", cols="m", support=P0),
        Array(name="LtGYdfBt", rows="n", cols="m", support=P0),
        Array(name="gnvp_G", rows="n", cols="m", support=P0),
        Array(name="dGBftY", rows="n", cols="m", support=P8),
        Array(name="LdGBftY", rows="n", cols="m", support=P0),
        Array(name="LtdGYfBt", rows="n", cols="m", support=P0),
        Array(name="hvp_G", rows="n", cols="m", support=P0),
        Array(name="GBBt", rows="n", cols="m", support=P8),
        Array(name="LGBBt", rows="n", cols="m", support=P0),
        Array(name="LtGYY", rows="n", cols="m", support=P0),
        Array(name="BBtGt", rows="m", cols="n", support=P9),
        Array(name="BBtGtLt", rows="m", cols="n", support=P10),
        Array(name="GBBtGtLt", rows="n", cols="n", support=P11),
        Array(name="LGBBtGtLt", rows="n", cols="n", support=P5),
        Array(name="YYGtL", rows="m", cols="n", support=P6),
        Array(name="LtGYYGtL", rows="n", cols="n", support=P5),
        Array(name="gn_diagonal_G", rows="n", cols="m", support=P0),
        Array(name="Bft_2", rows="m", cols="m", support=P2),
        Array(name="BftY_2", rows="m", cols="m", support=P2),
        Array(name="YfBt", rows="m", cols="m", support=P2),
        Array(name="hessian_diagonal_G", rows="n", cols="m", support=P0),
    ),
    counts=(
        ("nnz_pattern1", P2),
        ("nnz_pattern3", P5),
        ("nnz_GtL", P6),
        ("nnz_GtLG", P7),
        ("nnz_LtG", P8),
        ("nnz_G", P0),
        ("nnz_GtLtL", P9),
        ("nnz_GtLt", P10),
        ("nnz_Lt", P11),
        ("nnz_GtLtG", P3),
    ),
    tables=(
        Rows(name="at_GtLtG", support=P3),
        Pairs(
            name="pairs_YY",
            left=P2,
            left_transposed=False,
            right=P2,
            right_transposed=False,
            out=P2,
        ),
        Rows(name="at_GtLtLG", support=P4),
        Rows(name="at_pattern1", support=P2),
        Embedding(name="place_L_in_pattern3", source=P1, transposed=False, out=P5),
        Embedding(name="place_pattern3_T_in_pattern3", source=P5, transposed=True, out=P5),
        Pairs(
            name="pairs_GtL",
            left=P0,
            left_transposed=True,
            right=P1,
            right_transposed=False,
            out=P6,
        ),
        Pairs(
            name="pairs_GtLG",
            left=P6,
            left_transposed=False,
            right=P0,
            right_transposed=False,
            out=P7,
        ),
        Pairs(
            name="pairs_YGtLG",
            left=P2,
            left_transposed=False,
            right=P7,
            right_transposed=False,
            out=P7,
        ),
        Rows(name="at_GtLG", support=P7),
        Pairs(
            name="pairs_GBBt",
            left=P0,
            left_transposed=False,
            right=P3,
            right_transposed=False,
            out=P8,
        ),
        Pairs(
            name="pairs_LGBBt",
            left=P1,
            left_transposed=False,
            right=P8,
            right_transposed=False,
            out=P0,
        ),
        Pairs(
            name="pairs_LtGYY",
            left=P6,
            left_transposed=True,
            right=P2,
            right_transposed=False,
            out=P0,
        ),
        Pairs(
            name="pairs_BBtGt",
            left=P4,
            left_transposed=False,
            right=P0,
            right_transposed=True,
            out=P9,
        ),
        Pairs(
            name="pairs_BBtGtLt",
            left=P9,
            left_transposed=False,
            right=P1,
            right_transposed=True,
            out=P10,
        ),
        Pairs(
            name="pairs_GBBtGtLt",
            left=P0,
            left_transposed=False,
            right=P10,
            right_transposed=False,
            out=P11,
        ),
        Pairs(
            name="pairs_LGBBtGtLt",
            left=P1,
            left_transposed=False,
            right=P11,
            right_transposed=False,
            out=P5,
        ),
        Pairs(
            name="pairs_YYGtL",
            left=P2,
            left_transposed=False,
            right=P6,
            right_transposed=False,
            out=P6,
        ),
        Pairs(
            name="pairs_LtGYYGtL",
            left=P6,
            left_transposed=True,
            right=P6,
            right_transposed=False,
            out=P5,
        ),
        Pairs(
            name="pairs_BftY",
            left=P3,
            left_transposed=False,
            right=P2,
            right_transposed=False,
            out=P3,
        ),
        Rows(name="at_G", support=P0),
        Pairs(
            name="pairs_LtGYfBt",
            left=P6,
            left_transposed=True,
            right=P3,
            right_transposed=True,
            out=P0,
        ),
        Embedding(name="place_pattern1_T_in_pattern1", source=P2, transposed=True, out=P2),
    ),
    tangents=("dG",),
    cotangents=("W_f",),
    energy="energy",
    residuals=("f",),
    gradients=("gradient_G",),
    jvps=("t_3",),
    vjps=("vjp_G",),
    gnvps=("gnvp_G",),
    hvps=("hvp_G",),
    gauss_newton_diagonals=("gn_diagonal_G",),
    hessian_diagonals=("hessian_diagonal_G",),
    only_squares=True,
    residual_weights=(1.0,),
    stages=8,
    flops=(
        ("energy", 846698.0),
        ("residual", 786696.0),
        ("gradient", 1536476.0),
        ("jvp", 767508.0),
        ("vjp", 784580.0),
        ("gnvp", 1517288.0),
        ("hvp", 3018964.0),
        ("gn_diagonal", 537210.0),
        ("hessian_diagonal", 1393062.0),
    ),
)
