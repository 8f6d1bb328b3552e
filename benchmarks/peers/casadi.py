"""CasADi: an MX graph with exact sparsity, differentiated by CasADi, called through its buffers.

    interpreted        Y (Gᵀ (L (G B))) by CasADi's virtual machine
    compiled           the C it generates, by the C compiler with -O3 -march=native
    compiled_sampled   the same with Q = Gᵀ L G as a sparse product, Y (Q B)

The data are arguments, so that the C holds patterns alone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.evaluation.program import MATRICES, WORKS, NotAvailable, Program, library
from benchmarks.evaluation.seed import Seed

Floats = NDArray[np.float64]

FLAGS = ("-O3", "-march=native", "-fPIC", "-shared")
LARGEST_MATRIX = 1_500


def interpreted(seed: Seed) -> Program:
    """The natural order, by the virtual machine."""
    return _program(seed, sampled=False, compiled=False)


def compiled(seed: Seed) -> Program:
    """The natural order, as compiled C."""
    return _program(seed, sampled=False, compiled=True)


def compiled_sampled(seed: Seed) -> Program:
    """Q formed by hand, as compiled C."""
    return _program(seed, sampled=True, compiled=True)


def _program(seed: Seed, *, sampled: bool, compiled: bool) -> Program:
    """Every work, made when it is first called: some take long to generate."""
    graph = _Graph(seed, sampled)
    order = np.lexsort((seed.rows, seed.cols))  # CasADi stores by columns
    place = np.argsort(order)

    def lazily(work: str) -> Callable[..., Floats]:
        made: dict[str, Callable[..., Floats]] = {}

        def call(*arguments: Floats) -> Any:
            if work not in made:
                function = graph.function(work)
                made[work] = graph.caller(_compiled(function) if compiled else function, work)
            return made[work](*arguments)

        return call

    works = [work for work in WORKS if work not in MATRICES or seed.s <= LARGEST_MATRIX]
    form = "Q = Gᵀ L G as a sparse product" if sampled else "Y (Gᵀ (L (G B)))"
    how = "generated C, gcc -O3 -march=native" if compiled else "virtual machine"
    return Program(
        {work: lazily(work) for work in works},
        f"MX, {form}, {how}",
        values=lambda g: np.ascontiguousarray(g[order]),
        matrix=lambda w: w.ravel(order="F"),
        values_back=lambda g: np.asarray(g)[place],
        triangle_back=lambda H: np.asarray(H)[np.ix_(place, place)],
        order="F",
    )


class _Graph:
    """The expressions of one instance, and what their arguments are."""

    def __init__(self, seed: Seed, sampled: bool) -> None:
        ca = self.ca = library("casadi")
        n, m, p, k = seed.n, seed.m, seed.p, seed.k
        self.seed = seed
        shape = ca.Sparsity.triplet(n, m, seed.rows.tolist(), seed.cols.tolist())
        inner = ca.Sparsity(n, n, seed.L_indptr.tolist(), seed.L_indices.tolist())  # symmetric
        g, v, w = ca.MX.sym("g", seed.s), ca.MX.sym("v", seed.s), ca.MX.sym("w", p * k)
        Y = ca.MX.sym("Y", ca.Sparsity.diag(m)) if seed.is_diagonal else ca.MX.sym("Y", p, m)
        X, B, L = ca.MX.sym("X", p, k), ca.MX.sym("B", m, k), ca.MX.sym("L", inner)
        G = ca.MX(shape, g)
        product = ca.mtimes
        if sampled:
            f = X - product(Y, product(product(G.T, product(L, G)), B))
        else:
            f = X - product(Y, product(G.T, product(L, product(G, B))))
        self.g, self.v, self.w = g, v, w
        self.f, self.energy = ca.vec(f), ca.sumsqr(f)
        self.given = [X, Y, B, L]
        Y_values = seed.Y if seed.is_diagonal else seed.Y.ravel(order="F")
        self.values = (seed.X.ravel(order="F"), Y_values, seed.B.ravel(order="F"), seed.L_values)

    def function(self, work: str) -> Any:
        """The casadi.Function of a work, its outputs dense."""
        ca, g, v, w, f, E = self.ca, self.g, self.v, self.w, self.f, self.energy
        outputs: dict[str, Callable[[], tuple[Any, ...]]] = {
            "energy": lambda: (E,),
            "energy_and_gradient": lambda: (E, ca.gradient(E, g)),
            "jvp": lambda: (ca.jtimes(f, g, v),),
            "vjp": lambda: (ca.jtimes(f, g, w, True),),
            "gauss_newton_product": lambda: (2 * ca.jtimes(f, g, ca.jtimes(f, g, v), True),),
            "hessian_product": lambda: (ca.jtimes(ca.gradient(E, g), g, v),),
            "gauss_newton_matrix": lambda: (self._square(ca.jacobian(f, g)),),
            "hessian_matrix": lambda: (ca.hessian(E, g)[0],),
        }
        more = {"jvp": [v], "vjp": [w], "gauss_newton_product": [v], "hessian_product": [v]}
        results = [ca.densify(result) for result in outputs[work]()]
        return ca.Function(work, [g, *self.given, *more.get(work, [])], results)

    def caller(self, function: Any, work: str) -> Callable[..., Any]:
        """A function of NumPy arrays over the buffers of a casadi.Function."""
        buffer, run = function.buffer()
        values = [np.ascontiguousarray(value, dtype=np.float64) for value in self.values]
        for place, value in enumerate(values):
            buffer.set_arg(1 + place, _view(value))
        shapes = [function.size_out(place) for place in range(function.n_out())]
        results = [np.zeros(shape[0] * shape[1]) for shape in shapes]
        for place, result in enumerate(results):
            buffer.set_res(place, _view(result))

        def call(g: Floats, *more: Floats) -> Any:
            buffer.set_arg(0, _view(g))
            for direction in more:
                buffer.set_arg(1 + len(values), _view(direction))
            run()
            if work == "energy_and_gradient":
                return results[0][0], results[1]
            (found,) = results
            return found.reshape(shapes[0], order="F") if work in MATRICES else found

        return call

    def _square(self, J: Any) -> Any:
        return 2 * self.ca.mtimes(J.T, J)


def _view(array: Any) -> memoryview:
    return memoryview(array)


def _compiled(function: Any) -> Any:
    """The same function from its generated C."""
    ca = library("casadi")
    compiler = shutil.which(os.environ.get("CC", "gcc")) or shutil.which("cc")
    if compiler is None:
        raise NotAvailable("no C compiler")
    folder = Path(mkdtemp(prefix="casadi-", dir=os.environ.get("EVALUATION_FOLDER")))
    name = function.name()
    with chdir(folder):
        function.generate(f"{name}.c", {"with_header": False})
    target = folder / f"{name}.so"
    subprocess.run(
        [compiler, *FLAGS, str(folder / f"{name}.c"), "-o", str(target), "-lm"],
        check=True,
        capture_output=True,
    )
    return ca.external(name, str(target))
