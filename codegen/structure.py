"""What lowering knows of each factor before anything is computed: shape, pattern, dependencies.

A product is a `Chain` of atoms; an atom is a leaf or a sum, transposed or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Any

import sympy as sp

from nzdiff.derive.canonical import canonical, split, transpose
from nzdiff.derive.derivation import Derivation
from nzdiff.derive.printing import text
from nzdiff.derive.symbols import Matrix
from nzdiff.runtime.support import Dim, Support, diagonal_support, leaf_support


@dataclass(frozen=True, slots=True)
class Atom:
    """A matrix symbol, an identity or a sum, transposed or not."""

    node: Any
    transposed: bool = False

    @property
    def T(self) -> Atom:
        """The atom transposed."""
        symmetric = isinstance(self.node, sp.Identity) or getattr(self.node, "symmetric", False)
        return self if symmetric else Atom(self.node, not self.transposed)

    @property
    def rows(self) -> Dim:
        """Rows of the atom."""
        return dim(self.node.cols if self.transposed else self.node.rows)

    @property
    def cols(self) -> Dim:
        """Columns of the atom."""
        return dim(self.node.rows if self.transposed else self.node.cols)

    def __str__(self) -> str:
        shown = text(self.node)
        shown = f"({shown})" if isinstance(self.node, sp.MatAdd) else shown
        return shown + ("ᵀ" if self.transposed else "")


Chain = tuple[Atom, ...]


def flip(chain: Chain) -> Chain:
    """The chain of the transposed product."""
    return tuple(atom.T for atom in reversed(chain))


def chain_of(expr: Any) -> tuple[sp.Expr, Chain]:
    """The coefficient and the atoms of a product."""
    coefficient, factors = split(expr)
    return coefficient, tuple(_atom(factor) for factor in factors)


def chain_text(chain: Chain) -> str:
    """The chain as mathematics."""
    return " ".join(str(atom) for atom in chain)


def dim(size: Any) -> Dim:
    """A symbolic size as a name or a number."""
    return int(size) if getattr(size, "is_Integer", False) else str(size)


@dataclass(frozen=True, slots=True)
class Structure:
    """Pattern and dependencies of every symbol of one problem.

    supports: pattern of each sparse symbol, None for dense ones.  inputs: what each symbol
    depends on.  symmetric: names whose pattern equals its transpose.
    """

    supports: dict[Any, Support | None]
    inputs: dict[Any, frozenset[str]]
    symmetric: frozenset[str]

    def support(self, chain: Chain) -> Support | None:
        """Pattern of a product; None where a factor is dense."""
        found = [self._atom_support(atom) for atom in chain]
        if any(support is None for support in found):
            return None
        return reduce(self.product, (support for support in found if support is not None))

    def depends(self, chain: Chain) -> frozenset[str]:
        """The unknowns, tangents and cotangents a product depends on."""
        symbols = {symbol for atom in chain for symbol in atom.node.atoms(sp.MatrixSymbol)}
        found: frozenset[str] = frozenset()
        return found.union(*(self.inputs[symbol] for symbol in symbols)) if symbols else found

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
        if isinstance(expr, sp.MatAdd):
            found = [self.of_expr(term) for term in expr.args]
            if any(support is None for support in found):
                return None
            return reduce(lambda a, b: a | b, (s for s in found if s is not None))
        if isinstance(expr, sp.ZeroMatrix):
            return Support(dim(expr.rows), dim(expr.cols), ())
        if isinstance(expr, sp.Identity):
            return diagonal_support(dim(expr.rows))
        if isinstance(expr, Matrix):
            return self.supports[expr]
        return self.support(chain_of(expr)[1])

    def is_mixed(self, node: Any) -> bool:
        """Whether a sum is dense although a summand is sparse."""
        sparse = [self.of_expr(term) is not None for term in node.args]
        return any(sparse) and not all(sparse)

    def _atom_support(self, atom: Atom) -> Support | None:
        support = self.of_expr(atom.node)
        if support is None or not atom.transposed:
            return support
        return self.normal(support.T)


def structure_of(derivation: Derivation) -> Structure:
    """Pattern and dependencies of data, unknowns, tangents, residuals and cotangents."""
    problem = derivation.problem
    unknowns = {str(unknown.name) for unknown in problem.wrt}
    supports: dict[Any, Support | None] = {s: declared_support(s) for s in problem.matrices}
    inputs = {s: frozenset({str(s.name)} & unknowns) for s in problem.matrices}
    symmetric = {str(s.name) for s in problem.matrices if s.symmetric and s.kind_of == "sparse"}
    structure = Structure(supports, inputs, frozenset(symmetric))
    for unknown, tangent in derivation.tangents.items():
        supports[tangent] = supports[unknown]
        inputs[tangent] = frozenset({str(tangent.name)})
    for residual, cotangent in zip(problem.residuals, derivation.cotangents, strict=True):
        supports[residual.symbol] = structure.of_expr(residual.expr)
        inputs[residual.symbol] = structure.depends((Atom(residual.expr),))
        supports[cotangent] = supports[residual.symbol]
        tangent = derivation.residual_tangents[residual.symbol]
        supports[tangent] = supports[residual.symbol]
        inputs[tangent] = structure.depends((Atom(derivation.definitions[tangent]),))
        inputs[cotangent] = frozenset({str(cotangent.name)})
    return structure


def declared_support(symbol: Matrix) -> Support | None:
    """The pattern a symbol is declared with: its own, the identity, or None for dense."""
    if symbol.kind_of == "dense":
        return None
    if symbol.kind_of == "diagonal":
        return diagonal_support(dim(symbol.rows))
    return leaf_support(str(symbol.name), dim(symbol.rows), dim(symbol.cols))


@lru_cache(maxsize=4096)
def _atom(factor: Any) -> Atom:
    if isinstance(factor, sp.Transpose):
        return Atom(factor.arg, True)
    if isinstance(factor, sp.MatAdd):
        return _oriented(factor)
    return Atom(factor)


def _oriented(node: Any) -> Atom:
    """A sum in whichever orientation reads first, so that a sum and its transpose are one node."""
    plain, turned = canonical(node), canonical(transpose(node))
    return Atom(plain) if text(plain) <= text(turned) else Atom(turned, True)
