"""Steps of what libraries compute from whole matrices, and of what several of them share."""

from __future__ import annotations

from typing import Any

import sympy as sp

from nzdiff.codegen import plan as ir
from nzdiff.codegen.arguments import dim
from nzdiff.codegen.lower.builder import Builder
from nzdiff.codegen.lower.chains.structure import Atom, chain_text
from nzdiff.derive.calculus.canonical import transpose
from nzdiff.derive.language.equations import Equation
from nzdiff.derive.language.notation import text
from nzdiff.derive.language.spectra import (
    PRODUCT,
    PartialTrace,
    PositiveSpectrum,
    SpectralDeterminant,
)


def equation(node: Equation, build: Builder) -> ir.Operand:
    """The X of an equation."""
    forms = [schur_form(build, operator) for operator in node.operators]
    right = build.expression(node.right, None)
    operands = (*(form for form, _ in forms if form is not None), right)
    out = build.new((Atom(node),), None)
    flags = tuple(int(transposed) for _, transposed in forms)
    build.steps.append(ir.External(out, node.name, flags, operands))
    return ir.Operand(out)


def partial_trace(node: PartialTrace, build: Builder) -> ir.Operand:
    """A partial trace of an inverse, by eigenvectors."""
    form, left, right, *along = node.args
    bases = [eigenbasis(build, matrix) for matrix in (left, right)]
    directions = [(w, d) for w, d in enumerate(along) if not isinstance(d, sp.ZeroMatrix)]
    moved = tuple(build.expression(direction, None) for _, direction in directions)
    operands = (*(basis for basis, _ in bases), *moved)
    turned = tuple(int(transposed) for _, transposed in bases)
    moving = (which for which, _ in directions)
    may_vanish = int(build.structure.polynomial_spectra)
    flags = (*turned, int(form == PRODUCT), may_vanish, *moving)
    out = build.new((Atom(node),), None)
    build.steps.append(ir.External(out, "partial_trace", flags, operands))
    return ir.Operand(out)


def eigenvalues(build: Builder, node: SpectralDeterminant) -> ir.Value:
    """(log |det K|, sign of det K) of the two factors of K."""
    form, left, right = node.args
    bases = tuple(eigenbasis(build, matrix)[0] for matrix in (left, right))
    key = ("eigenvalues", form, *(basis.name for basis in bases))
    if key not in build.factors:
        inputs = build.structure.inputs_of(node)
        out = build.value("spectrum", text(node), 2, 1, None, inputs)
        step = ir.External(out, "spectral_log_det", (0, 0, int(form == PRODUCT)), bases)
        build.steps.append(step)
        build.factors[key] = out
    return build.factors[key]


def eigenbasis(build: Builder, matrix: Any) -> tuple[ir.Value, bool]:
    """Eigenvalues and eigenvectors of A, or of Aᵀ, and which; once per matrix."""
    flags = (int(build.structure.polynomial_spectra),)
    return _shared(build, matrix, "eigenbasis", 5 * matrix.rows + 2, flags=flags)


def positive_spectrum(node: PositiveSpectrum, build: Builder) -> ir.Value:
    """What is computed to know whether K is positive definite."""
    form, *pair = node.args
    bases = tuple(eigenbasis(build, matrix)[0] for matrix in pair)
    out = build.value("domain", text(node), 1, 1, None, build.structure.inputs_of(node))
    step = ir.External(out, "positive_spectrum", (0, 0, int(form == PRODUCT)), bases)
    build.steps.append(step)
    return out


def schur_form(build: Builder, matrix: Any, *, known: bool = False) -> tuple[ir.Value | None, bool]:
    """[T U] with A = U T Uᵀ, or of Aᵀ, and which; once per matrix.  known: None where not made."""
    return _shared(build, matrix, "schur_form", 2 * matrix.rows, known=known)


def _shared(
    build: Builder,
    matrix: Any,
    operation: str,
    width: Any,
    *,
    flags: tuple[int, ...] = (),
    known: bool = False,
) -> tuple[Any, bool]:
    """What a library makes of A, or of Aᵀ, for others, and which; once per matrix."""
    turned = transpose(matrix)
    transposed = text(turned) < text(matrix)
    plain = turned if transposed else matrix
    key = (operation, plain)
    if key not in build.factors and not known:
        source, name = build.expression(plain, None), NAMES[operation]
        formula = f"{name} of {chain_text((Atom(plain),))}"
        inputs = build.structure.inputs_of(plain)
        stem = name.lower().split()[0]
        out = build.value(stem, formula, dim(plain.rows), dim(width), None, inputs)
        build.steps.append(ir.External(out, operation, flags, (source,)))
        build.factors[key] = out
    return build.factors.get(key), transposed


NAMES = {"schur_form": "Schur form", "eigenbasis": "eigenvectors"}
"""What is shared by several operations."""
