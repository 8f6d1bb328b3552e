"""A bound problem: energy, residual, gradient, JVP and VJP as functions of the stored values g.

With several unknowns g is their parameters one after the other.  Work at one g is shared:
what an earlier call at the same g computed is not computed again.  Threads may share a model: one
after the other uses it, the others wait; threads that are to compute at once need a model each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nzdiff.arrays import checked_vector
from nzdiff.notebook import table_html
from nzdiff.pattern import Pattern
from nzdiff.runtime.assembly.assembler import Assembler
from nzdiff.runtime.composed_model import ComposedModel
from nzdiff.runtime.data.check import Data
from nzdiff.runtime.data.spec import KernelSpec, Operator, OutputName
from nzdiff.runtime.data.update import updated
from nzdiff.runtime.kernel.bound import LEFT, Bound
from nzdiff.runtime.kernel.native import NativeModel, native_model
from nzdiff.runtime.residual_functions import ResidualFunctions
from nzdiff.runtime.residual_layout import ResidualLayout
from nzdiff.runtime.sealed import Sealed

if TYPE_CHECKING:
    from nzdiff.runtime.operators import Jacobian, SecondOrder

Floats = NDArray[np.float64]


class Model(Sealed):
    """The kernel of a problem on data.  Made by `Problem.bind` or a generated `bind`.

    size: length of g.  residual_size: length of the residual.  backend: "c", "numpy" or "jax".
    patterns: one per unknown.  weights: the root of the factor of each squared norm.
    is_sum_of_squares: whether there is a residual r with E = ‖r‖², and so jvp, vjp, jacobian.
    is_function: whether it is a matrix function F: then `residual` is vec(F), there is neither
    energy nor gradient, and `hessian(g, w)` is that of ⟨w, vec(F)⟩.
    """

    advice = "give the model other data, as in model.update(lam=100.0)"
    spec: KernelSpec
    patterns: tuple[Pattern, ...]
    is_function: bool

    def __init__(
        self,
        bound: Bound,
        assembler: Assembler,
        others: tuple[
            Callable[[Data], ComposedModel | None], Callable[[Data], ResidualFunctions | None]
        ],
        again: Callable[[Mapping[str, Any]], Model],
        home: Callable[[Mapping[str, Any]], Model] | None = None,
    ) -> None:
        data = assembler.data
        self.spec, self.patterns, self._bound = bound.spec, data.patterns, bound
        self._results, self._again, self._home = dict(bound.spec.outputs), again, home
        self._supports = data.supports
        self._layout: ResidualLayout | None = None
        self._compose, self._one_by_one = others
        self._functions: ResidualFunctions | None = None
        self._composition: tuple[ComposedModel | None] | None = None
        self._native: tuple[NativeModel | None] | None = None
        self._assembler = assembler
        self.is_function = bound.spec.is_function
        bound.run("prepare")

    def __repr__(self) -> str:
        sizes = f"{self.size} unknowns, {self.backend} backend"
        name = "F" if self.is_function else "E"
        return f"<Model of {self.spec.name}: {name} = {self.spec.formula}, {sizes}>"

    def _repr_html_(self) -> str:
        """What a notebook shows: the formula, unknowns and where it runs."""
        spec = self.spec
        rows = [
            ("F" if self.is_function else "E", spec.formula),
            *(
                (f"unknown {name}", f"{p.shape[0]} × {p.shape[1]}, {p.size} values in g")
                for name, p in zip(spec.unknowns, self.patterns, strict=True)
            ),
            ("length of g", str(self.size)),
            ("backend", f"{self.backend}, threads: {self.threads}"),
        ]
        return table_html(f"Model of {spec.name}", rows)

    def __reduce__(self) -> tuple[Any, ...]:
        """The problem, or the name of the package, with the data: bound anew on arrival."""
        if self._home is None:
            raise TypeError(
                "pickle: this model was bound from a kernel in memory; one of problem.bind, or of "
                "a package, can be bound anew elsewhere"
            )
        return self._home, (self._assembler.data.bound,)

    def __copy__(self) -> Model:
        return self.rebind()

    def __deepcopy__(self, memo: object) -> Model:
        return self.rebind()

    def update(self, **given: Any) -> None:
        """Take other numbers for bound matrices and scalars, of the same patterns and sizes.

        Nothing is planned, compiled or laid out; of the constants, those that depend on what is
        given are computed again. Checks and errors are those of `bind`; after an error the model
        has the data that it had before. Operators that were made before (`hessian(g)`) raise
        RuntimeError from then on. Other patterns and sizes: `rebind`.
        """
        with self._assembler.lock:
            before = self._assembler.data
            spec = self.spec
            data = updated(before, spec.arguments, spec.unknowns, spec.scalars, given)
            kept = {name: before.values[name].copy() for name in given if name in before.values}
            try:
                self._take(data, given)
            except BaseException:
                self._take(replace(before, values=before.values | kept), given)
                raise

    def _take(self, data: Data, names: Iterable[str]) -> None:
        self._assembler.take(data, names)
        self._composition = self._functions = None
        with self._bound.lock:
            self._bound.run("prepare")

    def rebind(self, **given: Any) -> Model:
        """Another model, with other data, patterns or sizes in place of what is given here.

        Without planning or compiling again: the plan is that of the first data, right for all
        others, and as quick for sizes of about the same proportions.
        """
        return self._again({**self._assembler.data.bound, **given})

    @property
    def is_sum_of_squares(self) -> bool:
        """Whether there is a residual r with E = ‖r‖²; scalars may decide it."""
        return self._bound.is_sum_of_squares

    @property
    def weights(self) -> tuple[float, ...]:
        """The root of the factor of each squared norm."""
        return self._bound.weights

    @property
    def backend(self) -> str:
        """Which backend runs the kernel."""
        return self._bound.backend.name

    @property
    def threads(self) -> int:
        """The number of threads the kernel was bound with."""
        return self._bound.memory.threads

    @property
    def dtype(self) -> np.dtype[Any]:
        """The precision in which the kernel computes: float64 or float32."""
        return self._bound.memory.dtype

    @property
    def updates(self) -> int:
        """How often `update` has given the model other data."""
        return self._assembler.updates

    @property
    def size(self) -> int:
        """Length of g."""
        return self._bound.size

    @property
    def residual_size(self) -> int:
        """Length of the residual vector."""
        self._check_residual("residual_size")
        return self._bound.residual_size

    @property
    def residual_sizes(self) -> tuple[int, ...]:
        """The length of each residual, which follow one another in `residual`."""
        self._check_residual("residual_sizes")
        return tuple(self._bound.residual_sizes)

    @property
    def residual_layout(self) -> ResidualLayout:
        """Which entry of which residual each row of J is; dense matrices to vectors and back."""
        self._check_residual("residual_layout")
        if self._layout is None:
            arrays = tuple(self._bound.arrays[name] for name in self.spec.cotangents)
            self._layout = ResidualLayout.of(arrays, self._supports)
        return self._layout

    @property
    def residual_positions(self) -> NDArray[np.int64]:
        """(i, j) of the residual's entry that each row of J is, shape (residual_size, 2).

        Several residuals follow one another, as in `residual_layout.positions`.
        """
        return np.concatenate(self.residual_layout.positions)

    def energy(self, g: ArrayLike) -> float:
        """E(g)."""
        self._check_energy("energy")
        with self._bound.lock:
            return self._energy(g)

    def gradient(self, g: ArrayLike) -> Floats:
        """∂E/∂g, shape (size,)."""
        self._check_energy("gradient")
        with self._bound.lock:
            return self._vector("gradient", g)

    def energy_and_gradient(self, g: ArrayLike) -> tuple[float, Floats]:
        """E(g) and ∂E/∂g, which share their work."""
        self._check_energy("energy_and_gradient")
        with self._bound.lock:
            return self._energy(g), self._vector("gradient")

    def residual(self, g: ArrayLike) -> Floats:
        """r(g) with E = ‖r‖²: vec(f), column-major, times the root of its weight.

        Several residuals follow one another.  A residual that is itself sparse is given at its
        stored positions, in CSR order: `residual_layout` says which entry each number is.  Raises
        TypeError where the energy is no sum of squares.
        """
        self._check_residual("residual")
        with self._bound.lock:
            return self._vector("residual", g)

    def jvp(self, g: ArrayLike, v: ArrayLike) -> Floats:
        """J(g) v, shape (residual_size,); v has shape (size,)."""
        self._check_residual("jvp")
        with self._bound.lock:
            return self._vector("jvp", g, v)

    def vjp(self, g: ArrayLike, w: ArrayLike) -> Floats:
        """J(g)ᵀ w, shape (size,); w has shape (residual_size,)."""
        self._check_residual("vjp")
        with self._bound.lock:
            return self._vector("vjp", g, w=w)

    def jacobian(self, g: ArrayLike) -> Jacobian:
        """J(g) as a LinearOperator of shape (residual_size, size), with `toarray`."""
        from nzdiff.runtime.assembly.operator_matrix import OperatorMatrix
        from nzdiff.runtime.operators import Jacobian

        self._check_residual("jacobian")
        at = checked_vector("g", g, self.size).copy()
        return Jacobian(self, at, OperatorMatrix(self._assembler, "jacobian", at))

    def gauss_newton(self, g: ArrayLike) -> SecondOrder:
        """Σ 2 w JᵀJ at g, the Hessian without the curvature of r: `@ v`, `diagonal`, `toarray`."""
        self._check_squares("gauss_newton")
        return self._second_order("gauss_newton", "gnvp", g)

    def hessian(self, g: ArrayLike, w: ArrayLike | None = None) -> SecondOrder:
        """∂²E/∂g² at g: `@ v`, `diagonal`, `toarray`.

        Of a matrix function F, the Hessian of ⟨w, vec(F)⟩, w of shape (residual_size,).
        """
        if self.is_function != (w is not None):
            raise TypeError(
                "hessian: expected w, for ⟨w, vec(F)⟩ of a matrix function"
                if self.is_function
                else "hessian: w is for matrix functions; an energy has one Hessian"
            )
        cotangent = None if w is None else checked_vector("w", w, self.residual_size).copy()
        return self._second_order("hessian", "hvp", g, cotangent)

    def hessp(self, g: ArrayLike, v: ArrayLike) -> Floats:
        """∂²E/∂g² v at g, shape (size,): `hessp` of scipy.optimize.minimize."""
        self._check_energy("hessp")
        with self._bound.lock:
            return self._vector("hvp", g, v)

    def curvature(self, g: ArrayLike, w: ArrayLike, v: ArrayLike) -> Floats:
        """∂²⟨w, r⟩/∂g² v at g, shape (size,): how J(g)ᵀ w changes along v.

        w has shape (residual_size,), v (size,).  Of an energy it is computed by a model of each
        residual, bound when it is first asked for; NotImplementedError for models of generated
        packages, which do not hold them.
        """
        self._check_residual("curvature")
        direction = checked_vector("v", v, self.size)
        if self.is_function:
            return np.asarray(self.hessian(g, w) @ direction)
        with self._assembler.lock:
            if self._functions is None:
                self._functions = self._one_by_one(self._assembler.data)
            functions = self._functions
        if functions is None:
            raise NotImplementedError(
                f"curvature: the package of {self.spec.name} holds no kernels of single residuals; "
                "a model that problem.bind makes has them"
            )
        ends = np.cumsum(self._bound.residual_sizes)[:-1]
        parts = np.split(checked_vector("w", w, self.residual_size), ends)
        cotangents = [weight * part for weight, part in zip(self.weights, parts, strict=True)]
        at, along = (
            dict(zip(self.spec.unknowns, self._bound.split(x), strict=True))
            for x in (checked_vector("g", g, self.size), direction)
        )
        found = functions.curvature(self.residual_layout, at, cotangents, along)
        return np.concatenate([found[name] for name in self.spec.unknowns])

    def composition(self) -> ComposedModel | None:
        """E as φ(Q(G)), φ quadratic and Q sparse, both as models of their own; made once.

        None where the energy is no such composition, or quadratic as it stands, and of models of
        a generated package, which holds the kernels of neither.
        """
        with self._assembler.lock:
            if self._composition is None:
                self._composition = (self._compose(self._assembler.data),)
            return self._composition[0]

    def native(self) -> NativeModel | None:
        """The energy and its gradient for C that calls them; made once.

        None where Python takes part in an evaluation: on the NumPy backend, and where a matrix is
        factorised; and where the kernel computes in another precision than double.
        """
        with self._bound.lock:
            if self._native is None:
                self._native = (native_model(self._bound),)
            return self._native[0]

    @property
    def kernel(self) -> Bound:
        """The kernel on its memory, for what runs it in a way of its own (`nzdiff.layers`)."""
        return self._bound

    def pack(self, *matrices: Any) -> Floats:
        """g from the unknown matrices, one per unknown, dense or sparse."""
        self._check_count(len(matrices))
        parts = [p.pack(m) for p, m in zip(self.patterns, matrices, strict=True)]
        return np.concatenate(parts)

    def unpack(self, g: ArrayLike) -> Any:
        """The unknown matrix as CSR, a dense one as an array; a tuple where there are several."""
        vector = checked_vector("g", g, self.size)
        parts = self._bound.split(vector)
        kinds = {argument.name: argument.kind for argument in self.spec.arguments}
        found = tuple(
            p.to_csr(part).toarray() if kinds[name] == "unknown dense" else p.to_csr(part)
            for name, p, part in zip(self.spec.unknowns, self.patterns, parts, strict=True)
        )
        return found[0] if len(found) == 1 else found

    def _second_order(
        self, operator: Operator, output: OutputName, g: ArrayLike, w: Floats | None = None
    ) -> SecondOrder:
        from nzdiff.runtime.assembly.operator_matrix import OperatorMatrix
        from nzdiff.runtime.operators import SecondOrder

        at = checked_vector("g", g, self.size).copy()

        def product(v: Floats) -> Floats:
            with self._bound.lock:
                return self._vector(output, at, v, LEFT if w is None else w)

        return SecondOrder(product, OperatorMatrix(self._assembler, operator, at, w), self.size)

    def _energy(self, g: Any) -> float:
        self._check_output("energy")
        return self._bound.energy(g)

    def _vector(self, output: OutputName, g: Any = LEFT, v: Any = LEFT, w: Any = LEFT) -> Floats:
        """What a function of the kernel gives; whoever calls this holds the lock."""
        self._check_output(output)
        return self._bound.vector(output, g, v, w)

    def _check_output(self, output: OutputName) -> None:
        if output not in self._results:
            raise NotImplementedError(
                f"{output}: the package of {self.spec.name} was generated without it; name it "
                "among the `outputs` of the problem file, or of nz.generate, and generate anew"
            )

    def _check_energy(self, what: str) -> None:
        if self.is_function:
            raise TypeError(
                f"{what}: {self.spec.formula} is a matrix function, not an energy; residual, jvp, "
                "vjp, jacobian and hessian(g, w) are there"
            )

    def _check_residual(self, what: str) -> None:
        if not self.is_function:
            self._check_squares(what)

    def _check_squares(self, what: str) -> None:
        if not self.is_sum_of_squares:
            raise TypeError(
                f"{what}: the energy {self.spec.formula} is no sum of squares, so that it has no "
                "residual; energy and gradient are there"
            )

    def _check_count(self, count: int) -> None:
        if count != len(self.patterns):
            raise TypeError(f"pack: expected {len(self.patterns)} matrices, got {count}")
