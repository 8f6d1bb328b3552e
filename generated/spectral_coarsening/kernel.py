"""Kernels of the problem spectral_coarsening.

E = ‖X − Y Gᵀ L G B‖²
f = X − Y Gᵀ L G B
dE/dG = −2 (L G B fᵀ Y + Lᵀ G Y f Bᵀ)  at the stored positions
plan 1cc7a49a5294
floating-point operations at the sizes it was planned for: energy 7.27e+05, residual 6.67e+05, gradient 1.42e+06, jvp 7.68e+05, vjp 7.85e+05, gnvp 1.52e+06, hvp 2.9e+06
workspace: 8 (2 m·k + 12 nnz(G) + 2 nnz(Gᵀ·L) + 6 nnz(Gᵀ·L·G) + 6 nnz(Gᵀ·Lᵀ·G) + 4 nnz(Lᵀ·G) + 2) bytes

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines spectral_coarsening
"""

from nzdiff.runtime.numpy_kernels import (
    Workspace,
    add,
    linear_2,
    sddmm,
    sparse_product,
    spmm,
    sum_squares,
)


def stage_0(w: Workspace) -> None:
    """shared by energy, residual, gradient, jvp, vjp, gnvp, hvp"""
    # GtL = Gᵀ L  at Gᵀ·L
    sparse_product(
        w.threads,
        w.nnz_GtL,
        w.pairs_GtL_start,
        w.pairs_GtL_left,
        w.pairs_GtL_right,
        w.G,
        w.L,
        w.GtL,
    )


def stage_1(w: Workspace) -> None:
    """shared by energy, residual, gradient, hvp"""
    # GtLG = Gᵀ L G  at Gᵀ·L·G
    sparse_product(
        w.threads,
        w.nnz_GtLG,
        w.pairs_GtLG_start,
        w.pairs_GtLG_left,
        w.pairs_GtLG_right,
        w.GtL,
        w.G,
        w.GtLG,
    )
    # YGtLG = Y Gᵀ L G  at Gᵀ·L·G
    sparse_product(
        w.threads,
        w.nnz_GtLG,
        w.pairs_YGtLG_start,
        w.pairs_YGtLG_left,
        w.pairs_YGtLG_right,
        w.Y,
        w.GtLG,
        w.YGtLG,
    )
    # f = (X − Y Gᵀ L G B)
    spmm(w.threads, w.m, w.k, w.at_GtLG_start, w.at_GtLG_cols, -1.0, 1.0, w.YGtLG, w.B, w.X, w.f)


def stage_2(w: Workspace) -> None:
    """shared by gradient, hvp"""
    # Bft = B fᵀ  at Gᵀ·Lᵀ·G
    sddmm(w.threads, w.m, w.k, w.at_GtLtG_start, w.at_GtLtG_cols, w.B, w.f, w.Bft)
    # BftY = B fᵀ Y  at Gᵀ·Lᵀ·G
    sparse_product(
        w.threads,
        w.nnz_GtLtG,
        w.pairs_BftY_start,
        w.pairs_BftY_left,
        w.pairs_BftY_right,
        w.Bft,
        w.Y,
        w.BftY,
    )


def stage_3(w: Workspace) -> None:
    """shared by energy"""
    # sumsq_f = ‖f‖²
    sum_squares(w.threads, w.m * w.k, w.f, w.sumsq_f)
    # energy = E
    w.energy[0] = 0.0
    w.energy[0] += 1.0 * w.sumsq_f[0]


def stage_4(w: Workspace) -> None:
    """shared by gradient"""
    # GBftY = G B fᵀ Y  at Lᵀ·G
    sparse_product(
        w.threads,
        w.nnz_LtG,
        w.pairs_GBftY_start,
        w.pairs_GBftY_left,
        w.pairs_GBftY_right,
        w.G,
        w.BftY,
        w.GBftY,
    )
    # LGBftY = L G B fᵀ Y  at G
    sparse_product(
        w.threads,
        w.nnz_G,
        w.pairs_LGBftY_start,
        w.pairs_LGBftY_left,
        w.pairs_LGBftY_right,
        w.L,
        w.GBftY,
        w.LGBftY,
    )
    # LtGYfBt = Lᵀ G Y f Bᵀ  at G
    sparse_product(
        w.threads,
        w.nnz_G,
        w.pairs_LtGYfBt_start,
        w.pairs_LtGYfBt_left,
        w.pairs_LtGYfBt_right,
        w.GtL,
        w.BftY,
        w.LtGYfBt,
    )
    # gradient_G = −2 (L G B fᵀ Y + Lᵀ G Y f Bᵀ)  at G
    linear_2(w.threads, w.nnz_G, -2.0, w.LGBftY, -2.0, w.LtGYfBt, w.gradient_G)


def prepare(w: Workspace) -> None:
    """what does not depend on g"""


def energy(w: Workspace) -> None:
    """E"""
    if not w.done[0]:
        stage_0(w)
        w.done[0] = 1
    if not w.done[1]:
        stage_1(w)
        w.done[1] = 1
    if not w.done[3]:
        stage_3(w)
        w.done[3] = 1


def residual(w: Workspace) -> None:
    """f"""
    if not w.done[0]:
        stage_0(w)
        w.done[0] = 1
    if not w.done[1]:
        stage_1(w)
        w.done[1] = 1


def gradient(w: Workspace) -> None:
    """the gradient at the stored positions"""
    if not w.done[0]:
        stage_0(w)
        w.done[0] = 1
    if not w.done[1]:
        stage_1(w)
        w.done[1] = 1
    if not w.done[2]:
        stage_2(w)
        w.done[2] = 1
    if not w.done[4]:
        stage_4(w)
        w.done[4] = 1


def jvp(w: Workspace) -> None:
    """the directional derivative of f along dG"""
    if not w.done[0]:
        stage_0(w)
        w.done[0] = 1
    # GtLdG = Gᵀ L dG  at Gᵀ·L·G
    sparse_product(
        w.threads,
        w.nnz_GtLG,
        w.pairs_GtLG_start,
        w.pairs_GtLG_left,
        w.pairs_GtLG_right,
        w.GtL,
        w.dG,
        w.GtLdG,
    )
    # dGt_L = dGᵀ L  at Gᵀ·L
    sparse_product(
        w.threads,
        w.nnz_GtL,
        w.pairs_GtL_start,
        w.pairs_GtL_left,
        w.pairs_GtL_right,
        w.dG,
        w.L,
        w.dGt_L,
    )
    # dGt_L_G = dGᵀ L G  at Gᵀ·L·G
    sparse_product(
        w.threads,
        w.nnz_GtLG,
        w.pairs_GtLG_start,
        w.pairs_GtLG_left,
        w.pairs_GtLG_right,
        w.dGt_L,
        w.G,
        w.dGt_L_G,
    )
    # t_2 = (−Gᵀ L dG − dGᵀ L G)  at Gᵀ·L·G
    linear_2(w.threads, w.nnz_GtLG, -1.0, w.GtLdG, -1.0, w.dGt_L_G, w.t_2)
    # t = Y (−Gᵀ L dG − dGᵀ L G)  at Gᵀ·L·G
    sparse_product(
        w.threads,
        w.nnz_GtLG,
        w.pairs_YGtLG_start,
        w.pairs_YGtLG_left,
        w.pairs_YGtLG_right,
        w.Y,
        w.t_2,
        w.t,
    )
    # t_3 = Y (−Gᵀ L dG − dGᵀ L G) B
    spmm(w.threads, w.m, w.k, w.at_GtLG_start, w.at_GtLG_cols, 1.0, 0.0, w.t, w.B, w.t_3, w.t_3)


def vjp(w: Workspace) -> None:
    """the adjoint of the Jacobian applied to W"""
    if not w.done[0]:
        stage_0(w)
        w.done[0] = 1
    # B_W_ft = B W_fᵀ  at Gᵀ·Lᵀ·G
    sddmm(w.threads, w.m, w.k, w.at_GtLtG_start, w.at_GtLtG_cols, w.B, w.W_f, w.B_W_ft)
    # B_W_ft_Y = B W_fᵀ Y  at Gᵀ·Lᵀ·G
    sparse_product(
        w.threads,
        w.nnz_GtLtG,
        w.pairs_BftY_start,
        w.pairs_BftY_left,
        w.pairs_BftY_right,
        w.B_W_ft,
        w.Y,
        w.B_W_ft_Y,
    )
    # G_B_W_ft_Y = G B W_fᵀ Y  at Lᵀ·G
    sparse_product(
        w.threads,
        w.nnz_LtG,
        w.pairs_GBftY_start,
        w.pairs_GBftY_left,
        w.pairs_GBftY_right,
        w.G,
        w.B_W_ft_Y,
        w.G_B_W_ft_Y,
    )
    # L_G_B_W_ft_Y = L G B W_fᵀ Y  at G
    sparse_product(
        w.threads,
        w.nnz_G,
        w.pairs_LGBftY_start,
        w.pairs_LGBftY_left,
        w.pairs_LGBftY_right,
        w.L,
        w.G_B_W_ft_Y,
        w.L_G_B_W_ft_Y,
    )
    # Lt_G_Y_W_f_Bt = Lᵀ G Y W_f Bᵀ  at G
    sparse_product(
        w.threads,
        w.nnz_G,
        w.pairs_LtGYfBt_start,
        w.pairs_LtGYfBt_left,
        w.pairs_LtGYfBt_right,
        w.GtL,
        w.B_W_ft_Y,
        w.Lt_G_Y_W_f_Bt,
    )
    # vjp_G = −(L G B W_fᵀ Y + Lᵀ G Y W_f Bᵀ)  at G
    linear_2(w.threads, w.nnz_G, -1.0, w.L_G_B_W_ft_Y, -1.0, w.Lt_G_Y_W_f_Bt, w.vjp_G)


def gnvp(w: Workspace) -> None:
    """2 JᵀJ applied to dG"""
    if not w.done[0]:
        stage_0(w)
        w.done[0] = 1
    # GtLdG = Gᵀ L dG  at Gᵀ·L·G
    sparse_product(
        w.threads,
        w.nnz_GtLG,
        w.pairs_GtLG_start,
        w.pairs_GtLG_left,
        w.pairs_GtLG_right,
        w.GtL,
        w.dG,
        w.GtLdG,
    )
    # dGt_L = dGᵀ L  at Gᵀ·L
    sparse_product(
        w.threads,
        w.nnz_GtL,
        w.pairs_GtL_start,
        w.pairs_GtL_left,
        w.pairs_GtL_right,
        w.dG,
        w.L,
        w.dGt_L,
    )
    # dGt_L_G = dGᵀ L G  at Gᵀ·L·G
    sparse_product(
        w.threads,
        w.nnz_GtLG,
        w.pairs_GtLG_start,
        w.pairs_GtLG_left,
        w.pairs_GtLG_right,
        w.dGt_L,
        w.G,
        w.dGt_L_G,
    )
    # t_2 = (−Gᵀ L dG − dGᵀ L G)  at Gᵀ·L·G
    linear_2(w.threads, w.nnz_GtLG, -1.0, w.GtLdG, -1.0, w.dGt_L_G, w.t_2)
    # t = Y (−Gᵀ L dG − dGᵀ L G)  at Gᵀ·L·G
    sparse_product(
        w.threads,
        w.nnz_GtLG,
        w.pairs_YGtLG_start,
        w.pairs_YGtLG_left,
        w.pairs_YGtLG_right,
        w.Y,
        w.t_2,
        w.t,
    )
    # t_3 = Y (−Gᵀ L dG − dGᵀ L G) B
    spmm(w.threads, w.m, w.k, w.at_GtLG_start, w.at_GtLG_cols, 1.0, 0.0, w.t, w.B, w.t_3, w.t_3)
    # B_dft = B dfᵀ  at Gᵀ·Lᵀ·G
    sddmm(w.threads, w.m, w.k, w.at_GtLtG_start, w.at_GtLtG_cols, w.B, w.t_3, w.B_dft)
    # B_dft_Y = B dfᵀ Y  at Gᵀ·Lᵀ·G
    sparse_product(
        w.threads,
        w.nnz_GtLtG,
        w.pairs_BftY_start,
        w.pairs_BftY_left,
        w.pairs_BftY_right,
        w.B_dft,
        w.Y,
        w.B_dft_Y,
    )
    # G_B_dft_Y = G B dfᵀ Y  at Lᵀ·G
    sparse_product(
        w.threads,
        w.nnz_LtG,
        w.pairs_GBftY_start,
        w.pairs_GBftY_left,
        w.pairs_GBftY_right,
        w.G,
        w.B_dft_Y,
        w.G_B_dft_Y,
    )
    # L_G_B_dft_Y = L G B dfᵀ Y  at G
    sparse_product(
        w.threads,
        w.nnz_G,
        w.pairs_LGBftY_start,
        w.pairs_LGBftY_left,
        w.pairs_LGBftY_right,
        w.L,
        w.G_B_dft_Y,
        w.L_G_B_dft_Y,
    )
    # LtGYdfBt = Lᵀ G Y df Bᵀ  at G
    sparse_product(
        w.threads,
        w.nnz_G,
        w.pairs_LtGYfBt_start,
        w.pairs_LtGYfBt_left,
        w.pairs_LtGYfBt_right,
        w.GtL,
        w.B_dft_Y,
        w.LtGYdfBt,
    )
    # gnvp_G = −2 (L G B dfᵀ Y + Lᵀ G Y df Bᵀ)  at G
    linear_2(w.threads, w.nnz_G, -2.0, w.L_G_B_dft_Y, -2.0, w.LtGYdfBt, w.gnvp_G)


def hvp(w: Workspace) -> None:
    """the Hessian applied to dG"""
    if not w.done[0]:
        stage_0(w)
        w.done[0] = 1
    if not w.done[1]:
        stage_1(w)
        w.done[1] = 1
    if not w.done[2]:
        stage_2(w)
        w.done[2] = 1
    # GtLdG = Gᵀ L dG  at Gᵀ·L·G
    sparse_product(
        w.threads,
        w.nnz_GtLG,
        w.pairs_GtLG_start,
        w.pairs_GtLG_left,
        w.pairs_GtLG_right,
        w.GtL,
        w.dG,
        w.GtLdG,
    )
    # dGt_L = dGᵀ L  at Gᵀ·L
    sparse_product(
        w.threads,
        w.nnz_GtL,
        w.pairs_GtL_start,
        w.pairs_GtL_left,
        w.pairs_GtL_right,
        w.dG,
        w.L,
        w.dGt_L,
    )
    # dGt_L_G = dGᵀ L G  at Gᵀ·L·G
    sparse_product(
        w.threads,
        w.nnz_GtLG,
        w.pairs_GtLG_start,
        w.pairs_GtLG_left,
        w.pairs_GtLG_right,
        w.dGt_L,
        w.G,
        w.dGt_L_G,
    )
    # t_2 = (−Gᵀ L dG − dGᵀ L G)  at Gᵀ·L·G
    linear_2(w.threads, w.nnz_GtLG, -1.0, w.GtLdG, -1.0, w.dGt_L_G, w.t_2)
    # t = Y (−Gᵀ L dG − dGᵀ L G)  at Gᵀ·L·G
    sparse_product(
        w.threads,
        w.nnz_GtLG,
        w.pairs_YGtLG_start,
        w.pairs_YGtLG_left,
        w.pairs_YGtLG_right,
        w.Y,
        w.t_2,
        w.t,
    )
    # t_3 = Y (−Gᵀ L dG − dGᵀ L G) B
    spmm(w.threads, w.m, w.k, w.at_GtLG_start, w.at_GtLG_cols, 1.0, 0.0, w.t, w.B, w.t_3, w.t_3)
    # B_dft = B dfᵀ  at Gᵀ·Lᵀ·G
    sddmm(w.threads, w.m, w.k, w.at_GtLtG_start, w.at_GtLtG_cols, w.B, w.t_3, w.B_dft)
    # B_dft_Y = B dfᵀ Y  at Gᵀ·Lᵀ·G
    sparse_product(
        w.threads,
        w.nnz_GtLtG,
        w.pairs_BftY_start,
        w.pairs_BftY_left,
        w.pairs_BftY_right,
        w.B_dft,
        w.Y,
        w.B_dft_Y,
    )
    # G_B_dft_Y = G B dfᵀ Y  at Lᵀ·G
    sparse_product(
        w.threads,
        w.nnz_LtG,
        w.pairs_GBftY_start,
        w.pairs_GBftY_left,
        w.pairs_GBftY_right,
        w.G,
        w.B_dft_Y,
        w.G_B_dft_Y,
    )
    # L_G_B_dft_Y = L G B dfᵀ Y  at G
    sparse_product(
        w.threads,
        w.nnz_G,
        w.pairs_LGBftY_start,
        w.pairs_LGBftY_left,
        w.pairs_LGBftY_right,
        w.L,
        w.G_B_dft_Y,
        w.L_G_B_dft_Y,
    )
    # LtGYdfBt = Lᵀ G Y df Bᵀ  at G
    sparse_product(
        w.threads,
        w.nnz_G,
        w.pairs_LtGYfBt_start,
        w.pairs_LtGYfBt_left,
        w.pairs_LtGYfBt_right,
        w.GtL,
        w.B_dft_Y,
        w.LtGYdfBt,
    )
    # dGBftY = dG B fᵀ Y  at Lᵀ·G
    sparse_product(
        w.threads,
        w.nnz_LtG,
        w.pairs_GBftY_start,
        w.pairs_GBftY_left,
        w.pairs_GBftY_right,
        w.dG,
        w.BftY,
        w.dGBftY,
    )
    # LdGBftY = L dG B fᵀ Y  at G
    sparse_product(
        w.threads,
        w.nnz_G,
        w.pairs_LGBftY_start,
        w.pairs_LGBftY_left,
        w.pairs_LGBftY_right,
        w.L,
        w.dGBftY,
        w.LdGBftY,
    )
    # LtdGYfBt = Lᵀ dG Y f Bᵀ  at G
    sparse_product(
        w.threads,
        w.nnz_G,
        w.pairs_LtGYfBt_start,
        w.pairs_LtGYfBt_left,
        w.pairs_LtGYfBt_right,
        w.dGt_L,
        w.BftY,
        w.LtdGYfBt,
    )
    # hvp_G = −2 (L dG B fᵀ Y + L G B dfᵀ Y + Lᵀ dG Y f Bᵀ + Lᵀ G Y df Bᵀ)  at G
    linear_2(w.threads, w.nnz_G, -2.0, w.LdGBftY, -2.0, w.L_G_B_dft_Y, w.hvp_G)
    add(w.threads, w.nnz_G, -2.0, w.LtdGYfBt, w.hvp_G)
    add(w.threads, w.nnz_G, -2.0, w.LtGYdfBt, w.hvp_G)
