"""The errors of the derivation, each of which names the node and says where it stands."""

from __future__ import annotations

from typing import Any

from nzdiff.derive.language.notation import text


class UnsupportedNodeError(NotImplementedError):
    """An expression holds a node for which there is no rule."""

    def __init__(self, node: Any, place: Any, instead: str = "") -> None:
        """`node` has no rule, `place` is where it stands, `instead` what to write."""
        advice = instead or INSTEAD.get(
            type(node).__name__, "docs/reference/language.md lists what there is"
        )
        where = f" in {text(place)}" if place is not None and place != node else ""
        super().__init__(f"{type(node).__name__}: no rule for {text(node)}{where}; {advice}")


INSTEAD = {
    "Sum": "write nz.as_scalar(x.T*A*x), nz.entry(A, i, j) or nz.total(A) for sums over entries",
    "MatrixSymbol": "declare the matrix by nz.dense, nz.sparse or nz.diagonal",
    "ImmutableDenseMatrix": "declare the matrix by nz.dense and bind its numbers",
    "MutableDenseMatrix": "declare the matrix by nz.dense and bind its numbers",
    "MatrixSlice": "declare the matrix by nz.dense or nz.sparse, whose X[rows, cols] is understood",
    "PermutationMatrix": "declare the matrix by nz.sparse and bind it",
    "Permanent": "only traces, determinants and norms make numbers of matrices",
    "DotProduct": "write nz.inner(x, y)",
    "ExprCondPair": "write it by nz.absolute and nz.sign, or by sympy.Heaviside",
    "Adjoint": "matrices are real: write .T",
}
"""What to write in place of a node that has no rule."""


class VerificationError(AssertionError):
    """A derivative failed a check; the message holds the report."""
