"""The data that the kernels of spectral_coarsening work on.

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate (problem spectral_coarsening)
"""

from nzdiff.runtime.spec import Argument, Array, KernelSpec, Pairs, Rows
from nzdiff.runtime.support import Support

P0 = Support("n", "m", ((("G", False),),))  # G
P1 = Support("n", "n", ((("L", False),),))  # L
P2 = Support("m", "m", ((),))  # I
P3 = Support("m", "n", ((("G", True), ("L", False)),))  # Gᵀ·L
P4 = Support("m", "m", ((("G", True), ("L", False), ("G", False)),))  # Gᵀ·L·G
P5 = Support("m", "m", ((("G", True), ("L", True), ("G", False)),))  # Gᵀ·Lᵀ·G
P6 = Support("n", "m", ((("L", True), ("G", False)),))  # Lᵀ·G

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
        Array(name="GtL", rows="m", cols="n", support=P3),
        Array(name="GtLG", rows="m", cols="m", support=P4),
        Array(name="YGtLG", rows="m", cols="m", support=P4),
        Array(name="YGtLGB", rows="m", cols="k"),
        Array(name="f", rows="m", cols="k"),
        Array(name="sumsq_f", rows=1, cols=1),
        Array(name="energy", rows=1, cols=1),
        Array(name="Bft", rows="m", cols="m", support=P5),
        Array(name="BftY", rows="m", cols="m", support=P5),
        Array(name="GBftY", rows="n", cols="m", support=P6),
        Array(name="LGBftY", rows="n", cols="m", support=P0),
        Array(name="LtGYfBt", rows="n", cols="m", support=P0),
        Array(name="gradient_G", rows="n", cols="m", support=P0),
        Array(name="GtLdG", rows="m", cols="m", support=P4),
        Array(name="dGt_L", rows="m", cols="n", support=P3),
        Array(name="dGt_L_G", rows="m", cols="m", support=P4),
        Array(name="t_2", rows="m", cols="m", support=P4),
        Array(name="t", rows="m", cols="m", support=P4),
        Array(name="t_3", rows="m", cols="k"),
        Array(name="B_W_ft", rows="m", cols="m", support=P5),
        Array(name="B_W_ft_Y", rows="m", cols="m", support=P5),
        Array(name="G_B_W_ft_Y", rows="n", cols="m", support=P6),
        Array(name="L_G_B_W_ft_Y", rows="n", cols="m", support=P0),
        Array(name="Lt_G_Y_W_f_Bt", rows="n", cols="m", support=P0),
        Array(name="vjp_G", rows="n", cols="m", support=P0),
    ),
    counts=(("nnz_GtL", P3), ("nnz_GtLG", P4), ("nnz_GtLtG", P5), ("nnz_LtG", P6), ("nnz_G", P0)),
    tables=(
        Pairs(
            name="pairs_GtL",
            left=P0,
            left_transposed=True,
            right=P1,
            right_transposed=False,
            out=P3,
        ),
        Pairs(
            name="pairs_GtLG",
            left=P3,
            left_transposed=False,
            right=P0,
            right_transposed=False,
            out=P4,
        ),
        Pairs(
            name="pairs_YGtLG",
            left=P2,
            left_transposed=False,
            right=P4,
            right_transposed=False,
            out=P4,
        ),
        Rows(name="at_GtLG", support=P4),
        Rows(name="at_GtLtG", support=P5),
        Pairs(
            name="pairs_BftY",
            left=P5,
            left_transposed=False,
            right=P2,
            right_transposed=False,
            out=P5,
        ),
        Pairs(
            name="pairs_GBftY",
            left=P0,
            left_transposed=False,
            right=P5,
            right_transposed=False,
            out=P6,
        ),
        Pairs(
            name="pairs_LGBftY",
            left=P1,
            left_transposed=False,
            right=P6,
            right_transposed=False,
            out=P0,
        ),
        Pairs(
            name="pairs_LtGYfBt",
            left=P3,
            left_transposed=True,
            right=P5,
            right_transposed=True,
            out=P0,
        ),
    ),
    tangents=("dG",),
    cotangents=("W_f",),
    energy="energy",
    residuals=("f",),
    gradients=("gradient_G",),
    jvps=("t_3",),
    vjps=("vjp_G",),
    only_squares=True,
    residual_weights=(1.0,),
    stages=4,
    flops=(
        ("energy", 846698.0),
        ("residual", 786696.0),
        ("gradient", 1536476.0),
        ("jvp", 767508.0),
        ("vjp", 784580.0),
    ),
)
