"""Where faults are planted: every function of the derivation that makes a formula."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from nzdiff.derive.calculus import (
    canonical,
    derivation,
    differential,
    first_order,
    linear_maps,
    normal_form,
    problem,
    second_order,
    steps,
)
from nzdiff.derive.calculus.identities import equations, numbers, products
from nzdiff.derive.language import nodes
from nzdiff.derive.proof import evaluate

Function = Callable[..., Any]
DERIVING = (
    canonical,
    derivation,
    differential,
    equations,
    evaluate,
    first_order,
    linear_maps,
    normal_form,
    numbers,
    problem,
    products,
    second_order,
    steps,
)
"""The modules in which functions are replaced: what checks a derivation stays as it is."""


def forget() -> None:
    """Empty the caches: what was found before a fault was planted must not hide it, nor after."""
    canonical.canonical.cache_clear()
    canonical.transpose.cache_clear()


@dataclass(frozen=True, slots=True)
class Site:
    """A function by its group and name; `put` sets another in its place."""

    group: str
    name: str
    original: Function
    put: Callable[[Function], None]

    @contextmanager
    def planted(self, other: Function) -> Iterator[None]:
        """The other function in its place, for a while."""
        self.put(other)
        forget()
        try:
            yield
        finally:
            self.put(self.original)
            forget()

    def __str__(self) -> str:
        return f"{self.group}: {self.name}"


def _registered(group: str, table: Any, *only: type) -> list[Site]:
    """The functions of a single dispatch, one per type."""
    table = getattr(table, "dispatcher", table)
    return [
        Site(group, _name(kind), found, table.register(kind))
        for kind, found in table.registry.items()
        if kind is not object and (not only or kind in only)
    ]


def _name(kind: type) -> str:
    return f"sp.{kind.__name__}" if kind.__module__.startswith("sympy") else kind.__name__


def _methods(group: str, kind: type, *names: str) -> list[Site]:
    def site(name: str) -> Site:
        own = vars(kind)[name]
        found = getattr(own, "fget", getattr(own, "func", own))

        def put(other: Function) -> None:
            setattr(kind, name, other if own is found else property(other))

        return Site(group, f"{kind.__name__}.{name}", found, put)

    return [site(name) for name in names]


def _functions(group: str, module: Any, *names: str) -> list[Site]:
    def site(name: str) -> Site:
        found = getattr(module, name)
        users = [
            (user, key) for user in DERIVING for key, value in vars(user).items() if value is found
        ]

        def put(other: Function) -> None:
            for user, key in users:
                setattr(user, key, other)

        return Site(group, name, found, put)

    return [site(name) for name in names]


MAPS = (
    linear_maps.Sandwich,
    linear_maps.Transposition,
    linear_maps.Weight,
    linear_maps.ToDiagonal,
    linear_maps.FromDiagonal,
    linear_maps.Stacking,
    linear_maps.Unstacking,
    linear_maps.KroneckerBy,
    linear_maps.Contraction,
    linear_maps.ContractionOf,
    linear_maps.Solving,
    linear_maps.Exponentiating,
    linear_maps.Tracing,
    linear_maps.RankOne,
)
RULES = _registered("rule", vars(differential._Rules)["rule"])
LINEAR_MAPS = [
    site for kind in MAPS for site in _methods("map", kind, "__call__", "adjoint", "matrix")
]
STEPS = _registered("walk", vars(normal_form._Walk)["step"])
SITES: tuple[Site, ...] = (
    *RULES,
    *_methods("rule", differential._Rules, "multilinear", "varies"),
    *_functions("rule", differential, "derivative", "derivative_by", "scalar_nodes", "_trace"),
    *LINEAR_MAPS,
    *_functions("map", linear_maps, "inner", "contract_right", "contract_left", "_swap", "_vec"),
    *_functions("map", linear_maps, "_diag"),
    *STEPS,
    *_methods("walk", normal_form._Walk, "slopes", "traces"),
    *_methods("walk", normal_form.Term, "apply", "adjoint", "kronecker"),
    *_functions("walk", normal_form, "_extended", "collect", "gather_terms"),
    *_functions("read off", first_order, "_gradient_matrix", "_gradient_kronecker"),
    *_functions("read off", first_order, "_jacobian_kronecker"),
    *_methods("read off", first_order.FirstOrder, "vjp", "energy_differential", "cotangent_values"),
    *_functions("second order", second_order, "hessian_product", "gauss_newton_product"),
    *_functions("second order", second_order, "second_order_blocks", "_terms", "canonical_df"),
    *_functions("identity", products, "times", "vec", "unvec"),
    *_functions("identity", numbers, "_product_of"),
    *_functions(
        "canonical",
        canonical,
        "solution",
        "exponential",
        "partial_trace",
        "product",
        "add",
        "hadamard",
        "applied",
        "kronecker",
    ),
    *_functions("canonical", canonical, "kronecker"),
    *_functions("canonical", canonical, "inverse", "linear", "split", "is_symmetric", "_scalar"),
    *_registered("form", canonical._form),
    *_registered("transpose", canonical._transposed),
    *_functions("constant", evaluate, "commutation_matrix"),
    *_registered(
        "constant",
        vars(evaluate.Evaluator)["node"],
        nodes.CommutationMatrix,
        nodes.DiagonalSelection,
        nodes.Selection,
        nodes.Shift,
        nodes.Unit,
    ),
)
"""Every site."""
