"""Expressions of numbers or arrays in Python on JAX: those of NumPy and SciPy by other modules."""

from __future__ import annotations

import ast
from typing import Any

from nzdiff.codegen.emit.targets.numpy.expressions import numpy_text

JAX = {"numpy": "jax.numpy", "scipy": "jax.scipy"}


class _Modules(ast.NodeTransformer):
    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.parse(JAX.get(node.id, node.id), mode="eval").body


def jax_text(expr: Any) -> str:
    """An expression of numbers or arrays, with the modules written out."""
    return ast.unparse(_Modules().visit(ast.parse(numpy_text(expr), mode="eval")))
