"""What lowering knows of each factor before anything is computed: shape, pattern, dependencies.

A product is a `Chain` of atoms; an atom is a leaf or a sum, transposed or not.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from typing import Any

import sympy as sp

from nzdiff.codegen.arguments import dim
from nzdiff.derive.calculus.canonical import (
    applied,
    canonical,
    is_symmetric,
    product,
    split,
    transpose,
)
from nzdiff.derive.calculus.derivation import Derivation
from nzdiff.derive.calculus.determinants import continued, has_polynomial_spectra
from nzdiff.derive.language.equations import Equation, Exponential
from nzdiff.derive.language.nodes import (
    VARIABLE,
    Apply,
    CommutationMatrix,
    ContractLeft,
    ContractRight,
    Diag,
    Hadamard,
    Indicator,
    Kronecker,
    MapNonzeros,
    Node,
    PositiveDefinite,
    PositiveLogDet,
    Selection,
    Shift,
    Unit,
)
from nzdiff.derive.language.notation import text
from nzdiff.derive.language.selections import indices_of
from nzdiff.derive.language.spectra import PartialTrace
from nzdiff.derive.language.symbols import Matrix
from nzdiff.runtime.data.support import Constant, Dim, Support, diagonal_support, leaf_support
from nzdiff.runtime.data.supports import Supports


@dataclass(frozen=True, slots=True)
class Atom:
    """A factor of a product, transposed or not: a symbol, a sum, an operation."""

    node: Any
    transposed: bool = False

    @property
    def T(self) -> Atom:
        """The atom transposed."""
        return self if is_symmetric(self.node) else Atom(self.node, not self.transposed)

    @property
    def rows(self) -> Dim:
        """Rows of the atom."""
        return dim(self.node.cols if self.transposed else self.node.rows)

    @property
    def cols(self) -> Dim:
        """Columns of the atom."""
        return dim(self.node.rows if self.transposed else self.node.cols)

    def __str__(self) -> str:
        if isinstance(self.node, sp.MatAdd):
            return f"({text(self.node)})" + ("ᵀ" if self.transposed else "")
        return text(sp.Transpose(self.node) if self.transposed else self.node)


Chain = tuple[Atom, ...]


def flip(chain: Chain) -> Chain:
    """The chain of the transposed product."""
    return tuple(atom.T for atom in reversed(chain))


def chain_of(expr: Any) -> tuple[sp.Expr, Chain]:
    """The coefficient and the atoms of a product."""
    coefficient, factors = split(expr)
    return coefficient, tuple(atom for factor in factors for atom in _atoms(factor))


def chain_text(chain: Chain) -> str:
    """The chain as mathematics."""
    return " ".join(str(atom) for atom in chain)


@dataclass(frozen=True, slots=True)
class Structure:
    """Pattern and dependencies of every symbol of one problem.

    supports: pattern of each sparse symbol, None for dense ones.  inputs: what each symbol
    depends on.  symmetric: names whose pattern equals its transpose.  definite: the matrices that
    must be positive definite for the energy to exist.  triangles: dense upper triangular data.
    continued: the matrices that may be singular (see `calculus.determinants`).
    polynomial_spectra: whether those may whose determinants are taken by eigenvalues.
    bound: where patterns that follow from the
    dimensions are bound as they are met.
    """

    supports: dict[Any, Support | None]
    inputs: dict[Any, frozenset[str]]
    symmetric: frozenset[str]
    definite: frozenset[Any] = frozenset()
    triangles: frozenset[Any] = frozenset()
    continued: frozenset[Any] = frozenset()
    polynomial_spectra: bool = False
    known_inputs: dict[Any, frozenset[str]] = field(default_factory=dict)
    known_supports: dict[Any, Support | None] = field(default_factory=dict)
    constants: dict[str, Constant] = field(default_factory=dict)
    bound: Supports | None = None

    def add_data(self, *symbols: Matrix | None) -> None:
        """Take dense data that is no argument of the problem."""
        for symbol in symbols:
            if symbol is not None:
                self.supports[symbol], self.inputs[symbol] = None, frozenset()

    def add_residuals(self, derivation: Derivation) -> None:
        """Take the residuals of a derivation with their tangents and cotangents."""
        pairs = zip(derivation.problem.residuals, derivation.cotangents, strict=True)
        for residual, cotangent in pairs:
            symbol, tangent = residual.symbol, derivation.residual_tangents[residual.symbol]
            support = self.of_expr(residual.expr)
            self.supports.update(dict.fromkeys((symbol, tangent, cotangent), support))
            self.inputs[symbol] = self.depends((Atom(residual.expr),))
            self.inputs[tangent] = self.depends((Atom(derivation.definitions[tangent]),))
            self.inputs[cotangent] = frozenset({str(cotangent.name)})

    def is_triangle(self, chain: Chain) -> bool:
        """Whether a chain is a triangular matrix alone."""
        return len(chain) == 1 and chain[0].node in self.triangles

    def is_solve(self, chain: Chain) -> bool:
        """Whether a chain is an inverse alone, or an exponential of sparse matrices alone.

        It is not formed to be multiplied by.
        """
        if len(chain) != 1 or not isinstance(chain[0].node, Exponential):
            return is_solve(chain)
        return all(self.of_expr(arg) is not None for arg in chain[0].node.args)

    def support(self, chain: Chain) -> Support | None:
        """Pattern of a product; None where a factor is dense."""
        found = [self._atom_support(atom) for atom in chain]
        if any(support is None for support in found):
            return None
        return reduce(self.product, (support for support in found if support is not None))

    def depends(self, chain: Chain) -> frozenset[str]:
        """The unknowns, tangents and cotangents a product depends on."""
        return frozenset[str]().union(*(self.inputs_of(atom.node) for atom in chain))

    def inputs_of(self, expr: Any) -> frozenset[str]:
        """The unknowns, tangents and cotangents an expression depends on; a pattern on none."""
        if isinstance(expr, sp.MatrixSymbol):
            return self.inputs[expr]
        if expr not in self.known_inputs:
            parts = () if isinstance(expr, Indicator) else expr.args
            found = frozenset[str]().union(*(self.inputs_of(part) for part in parts))
            self.known_inputs[expr] = found
        return self.known_inputs[expr]

    def product(self, left: Support, right: Support) -> Support:
        """Pattern of a product of two patterns."""
        return self.normal(left @ right)

    def normal(self, support: Support) -> Support:
        """The recipe with the transposes of symmetric patterns dropped."""
        if not self.symmetric:
            return support
        chains = {
            tuple((name, flag and name not in self.symmetric) for name, flag in chain)
            for chain in support.chains
        }
        return Support(support.rows, support.cols, tuple(sorted(chains)))

    def of_expr(self, expr: Any) -> Support | None:
        """Pattern of a matrix expression; None where it is dense."""
        if isinstance(expr, Matrix):
            return self.supports[expr]
        if expr not in self.known_supports:
            self.known_supports[expr] = self._of_node(expr)
        return self.known_supports[expr]

    def _of_node(self, expr: Any) -> Support | None:
        if isinstance(expr, sp.MatAdd):
            found = [self.of_expr(term) for term in expr.args]
            if any(support is None for support in found):
                return None
            return reduce(lambda a, b: a | b, (s for s in found if s is not None))
        if isinstance(expr, sp.ZeroMatrix):
            return Support(dim(expr.rows), dim(expr.cols), ())
        if isinstance(expr, (sp.Identity, Diag)):
            return diagonal_support(dim(expr.rows))
        if isinstance(expr, (Unit, Selection, Shift, CommutationMatrix)):
            return self.constant(expr)
        if isinstance(expr, sp.Inverse):
            inner = self.of_expr(expr.arg)
            return inner if inner is not None and inner.is_diagonal else None
        if isinstance(expr, Hadamard):
            found = [self.of_expr(factor) for factor in expr.args]
            return min((s for s in found if s is not None), key=_closeness, default=None)
        if isinstance(expr, Indicator):
            return self.of_expr(expr.args[0])
        if isinstance(expr, Apply):
            keeps_zero = isinstance(expr, MapNonzeros) or expr.function(sp.Integer(0)) == 0
            return self.of_expr(expr.matrix) if keeps_zero else None
        if isinstance(expr, Node):
            return None
        if isinstance(expr, sp.OneMatrix):
            return None
        return self.support(chain_of(expr)[1])

    def constant(self, expr: Any) -> Support:
        """The pattern of a matrix of zeros and ones that follows from the dimensions."""
        name, kind, sizes = _constant(expr)
        if name not in self.constants:
            self.constants[name] = (name, kind, sizes)
            if self.bound is not None:
                self.bound.add_constants([self.constants[name]])
        return leaf_support(name, dim(expr.rows), dim(expr.cols))

    def mixed_parts(self, node: Any) -> tuple[Any, ...]:
        """The summands of a sum that is dense although some of them are sparse; else nothing.

        So is a function of a sparse matrix with f(0) ≠ 0: f(0) 1 1ᵀ plus what is stored.
        """
        if isinstance(node, sp.MatAdd):
            sparse = [self.of_expr(term) is not None for term in node.args]
            return node.args if any(sparse) and not all(sparse) else ()
        if not isinstance(node, Apply) or self.of_expr(node) is not None:
            return ()
        at_zero = node.function(sp.Integer(0))
        if self.of_expr(node.matrix) is None or not at_zero.is_finite:
            return ()
        rest = sp.Lambda(VARIABLE, node.function(VARIABLE) - at_zero)
        return product(at_zero, sp.OneMatrix(*node.shape)), applied(rest, node.matrix)

    def _atom_support(self, atom: Atom) -> Support | None:
        support = self.of_expr(atom.node)
        if support is None or not atom.transposed:
            return support
        return self.normal(support.T)


def _constant(expr: Any) -> Constant:
    """The name of a constant pattern, its kind, and what it is made of."""
    if isinstance(expr, Selection):
        places = str(expr.args[0])
        digest = hashlib.blake2b(places.encode(), digest_size=8).hexdigest()
        sizes = dim(expr.cols), *indices_of(expr.args[0])
        return f"rows:{digest}:{sizes[0]}", "rows", sizes
    kinds: dict[Any, Any] = {Unit: "unit", Shift: "shift", CommutationMatrix: "commutation"}
    kind, sizes = kinds[type(expr)], tuple(map(dim, expr.args))
    return ":".join(str(part) for part in (kind, *sizes)), kind, sizes


def structure_of(
    derivation: Derivation,
    bound: Supports | None = None,
    triangles: frozenset[Any] = frozenset(),
) -> Structure:
    """Pattern and dependencies of data, unknowns, tangents, residuals and cotangents."""
    problem = derivation.problem
    unknowns = {str(unknown.name) for unknown in problem.wrt}
    supports: dict[Any, Support | None] = {s: declared_support(s) for s in problem.matrices}
    inputs = {s: frozenset({str(s.name)} & unknowns) for s in problem.matrices}
    symmetric = {str(s.name) for s in problem.matrices if s.symmetric and s.kind_of == "sparse"}
    definite = frozenset(n.arg for n in problem.energy.atoms(PositiveLogDet, PositiveDefinite))
    structure = Structure(
        supports,
        inputs,
        frozenset(symmetric),
        definite,
        triangles,
        continued(problem.energy),
        has_polynomial_spectra(problem.energy),
        bound=bound,
    )
    for unknown, tangent in derivation.tangents.items():
        supports[tangent] = supports[unknown]
        inputs[tangent] = frozenset({str(tangent.name)})
    structure.add_residuals(derivation)
    return structure


def declared_support(symbol: Matrix) -> Support | None:
    """The pattern a symbol is declared with: its own, the identity, or None for dense."""
    if symbol.kind_of == "dense":
        return None
    if symbol.kind_of == "diagonal":
        return diagonal_support(dim(symbol.rows))
    return leaf_support(str(symbol.name), dim(symbol.rows), dim(symbol.cols))


ORIENTED = (
    sp.MatAdd,
    sp.Inverse,
    Hadamard,
    Apply,
    Kronecker,
    ContractLeft,
    ContractRight,
    Equation,
    Exponential,
    PartialTrace,
    Indicator,
    Unit,
)
"""Nodes whose transpose is a node of the same kind: one of the two is computed."""


def is_solve(chain: Chain) -> bool:
    """Whether a chain is the inverse of a matrix alone."""
    return len(chain) == 1 and isinstance(chain[0].node, sp.Inverse)


@lru_cache(maxsize=4096)
def _atoms(factor: Any) -> Chain:
    if isinstance(factor, sp.Transpose):
        return tuple(atom.T for atom in reversed(_atoms(factor.arg)))
    if isinstance(factor, sp.OneMatrix):
        column, row = Atom(sp.OneMatrix(factor.rows, 1)), Atom(sp.OneMatrix(factor.cols, 1), True)
        if factor.cols == 1:
            return (column,)
        return (row,) if factor.rows == 1 else (column, row)
    if isinstance(factor, ORIENTED):
        return (_oriented(factor),)
    return (Atom(factor),)


def _closeness(support: Support) -> tuple[bool, int, str]:
    """Which of several patterns is likely to be the smallest."""
    lengths = sum(len(chain) for chain in support.chains)
    return not support.is_diagonal, lengths, str(support)


def _oriented(node: Any) -> Atom:
    """A node in whichever orientation reads first, so that it and its transpose are one node."""
    solve = isinstance(node, sp.Inverse)  # its transpose is the inverse of another matrix, too
    turned = canonical(sp.Inverse(transpose(node.arg)) if solve else transpose(node))
    plain = canonical(node)
    return Atom(plain) if text(plain) <= text(turned) else Atom(turned, True)
