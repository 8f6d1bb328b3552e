"""The kernels of the C target: short files in the folders of `kernels/`, each with its needs."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import resources

KERNELS: dict[str, tuple[str, ...]] = {
    "row_table": (),
    "pair_table": (),
    "place_table": (),
    "spread_table": (),
    "outer_table": (),
    "sampled_table": (),
    "blas": (),
    "solvers": (),
    "lanes": (),
    "turn_lanes": ("lanes",),
    "strip_sizes": ("lanes",),
    "gemm": ("blas",),
    "trmm": ("blas",),
    "add_spread": ("lanes",),
    "spmm_row": ("lanes",),
    "is_accurate": (),
    "polygamma": (),
    "add": (),
    "add_embedded": ("place_table",),
    "add_scattered": ("row_table",),
    "add_scattered_transposed": ("row_table",),
    "add_transposed": (),
    "embed": ("place_table",),
    "external": ("solvers",),
    "factor": ("solvers",),
    "fill": (),
    "gemm_nn": ("gemm",),
    "gemm_nt": ("gemm",),
    "gemm_tn": ("gemm",),
    "gemm_tt": ("gemm",),
    "inner": (),
    "kron": (),
    "kron_left": (),
    "kron_right": (),
    "linear_1": (),
    "linear_2": (),
    "log_sum_exp": (),
    "multiply": (),
    "product_outer": ("outer_table", "lanes"),
    "product_sampled": ("sampled_table", "lanes"),
    "product_spread": ("spread_table", "add_spread"),
    "sample": ("row_table",),
    "sample_transposed": ("row_table",),
    "strips": ("strip_sizes",),
    "sampled_spmm": ("row_table", "turn_lanes", "strip_sizes"),
    "scale_cols": (),
    "scale_rows": (),
    "sddmm": ("row_table", "lanes"),
    "select_entries": ("solvers",),
    "solve": ("solvers",),
    "sparse_product": ("pair_table",),
    "spmm": ("row_table", "spmm_row"),
    "spmm_transposed": ("row_table", "spmm_row"),
    "sum_squares": (),
    "total": (),
    "transpose": (),
    "trmm_n": ("trmm",),
    "trmm_t": ("trmm",),
}
"""What each needs, in the order in which they are written."""


def with_needs(kernels: Iterable[str]) -> tuple[str, ...]:
    """Some kernels and everything they need, in order."""
    found: set[str] = set()
    open_ = list(kernels)
    while open_:
        name = open_.pop()
        if name not in found:
            found.add(name)
            open_.extend(KERNELS[name])
    return tuple(name for name in KERNELS if name in found)


def kernel_text(name: str) -> str:
    """The text of one kernel."""
    folders = (resources.files("nzdiff.codegen.emit.targets.c") / "kernels").iterdir()
    files = (folder / f"{name}.c" for folder in folders)
    return next(file for file in files if file.is_file()).read_text(encoding="utf-8")
