"""Bad input is refused by an error that names the argument, what was expected and what came."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy as sp
from scipy import sparse
from sympy.matrices.expressions.slice import MatrixSlice

import nzdiff as nz
from nzdiff.derive.language.errors import UnsupportedNodeError
from nzdiff.runtime.model import Model
from problems import PROBLEMS, A, B, G, L, S, V, X, Y, Z, k, m, mu, n, p

Bad = tuple[type[Exception], str]

PATTERN = nz.Pattern(([0, 1, 2, 3, 3], [0, 1, 2, 2, 0]), (4, 3))
GOOD: dict[str, Any] = {
    "B": np.ones((3, 2)),
    "G": PATTERN,
    "S": sparse.diags_array([1.0, 2.0, 3.0, 4.0]),
    "V": np.ones(3),
    "X": np.ones((5, 2)),
    "Y": np.ones((5, 3)),
    "Z": np.ones((3, 2)),
    "mu": 2.0,
}
EVERY_KIND = nz.Problem(
    nz.sumsq(X - Y * G.T * S * G * B) + mu * nz.sumsq(Z - V * G.T * S * G * B), wrt=G
)
"""Dense, diagonal, symmetric sparse and scalar arguments, and an unknown."""


def bind(**changed: Any) -> Model:
    return EVERY_KIND.bind(**{"backend": "numpy", **GOOD, **changed})


def with_one(array: np.ndarray[Any, Any], value: Any) -> np.ndarray[Any, Any]:
    changed = array.astype(np.result_type(array, type(value)))
    changed.flat[1] = value
    return changed


def test_the_good_input_is_good() -> None:
    model = bind()
    assert np.isfinite(model.gradient(np.ones(model.size))).all()


ASYMMETRIC = sparse.csr_array(np.triu(np.ones((4, 4))))
LOPSIDED = sparse.csr_array(([1.0, 0.0], ([0, 0], [0, 1])), shape=(4, 4))
SKEW = sparse.csr_array(np.triu(np.ones((4, 4))) - np.tril(np.ones((4, 4)), -1))

BAD_DATA: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    # shapes
    "inner size": (
        {"B": np.ones((4, 2))},
        ValueError,
        r"expected 4 (rows|columns) \(m = 4 from B\)",
    ),
    "columns": ({"X": np.ones((5, 3))}, ValueError, r"X: .*2 columns \(k = 2 from B\).*\(5, 3\)"),
    "rows": ({"Y": np.ones((6, 3))}, ValueError, r"Y: .*5 rows \(p = 5 from X\).*\(6, 3\)"),
    "transposed": ({"Y": np.ones((3, 5))}, ValueError, r"Y: .*5 rows.*\(3, 5\)"),
    "vector for dense": ({"X": np.ones(10)}, ValueError, r"X: .*two dimensions.*\(10,\)"),
    "number for dense": ({"X": 1.0}, ValueError, r"X: .*two dimensions.*\(\)"),
    "three dimensions": ({"X": np.ones((5, 2, 1))}, ValueError, r"X: .*\(5, 2, 1\)"),
    "not square": ({"S": sparse.csr_array((4, 5))}, ValueError, "S: declared symmetric"),
    "sparse size": (
        {"S": sparse.eye_array(5)},
        ValueError,
        r"S: .*4 rows \(n = 4 from G\).*\(5, 5\)",
    ),
    "pattern size": ({"G": nz.Pattern(([], []), (4, 2))}, ValueError, r"G: .*3 columns .*\(4, 2\)"),
    "diagonal size": ({"V": np.ones(4)}, ValueError, r"V: .*3 rows \(m = 3 from B\).*\(4, 4\)"),
    "diagonal as matrix": ({"V": np.eye(3)}, ValueError, r"V: .*diagonal as a vector.*\(3, 3\)"),
    "sparse vector": ({"S": sparse.coo_array(np.ones(4))}, ValueError, r"S: .*two dimen.*\(4,\)"),
    # values
    "NaN": (
        {"X": with_one(GOOD["X"], np.nan)},
        ValueError,
        r"X: .*nan at \(0, 1\)",
    ),
    "infinite": ({"Y": with_one(GOOD["Y"], -np.inf)}, ValueError, "Y: expected finite"),
    "NaN in a diagonal": ({"V": with_one(GOOD["V"], np.nan)}, ValueError, "V: expected finite"),
    "NaN in sparse": (
        {"S": GOOD["S"] * np.nan},
        ValueError,
        r"S: .*nan at \(0, 0\)",
    ),
    "infinite scalar": ({"mu": np.inf}, ValueError, "mu: expected a finite real number.*inf"),
    "asymmetric values": ({"S": SKEW}, ValueError, "S: declared symmetric, but"),
    "zero stored on one side": ({"S": LOPSIDED}, ValueError, "S: declared symmetric, but"),
    "asymmetric pattern": ({"S": ASYMMETRIC}, ValueError, "S: declared symmetric, but"),
    # types
    "complex": ({"X": with_one(GOOD["X"], 1j)}, TypeError, "X: expected real .*complex128"),
    "complex sparse": ({"S": GOOD["S"] * 1j}, TypeError, "S: expected real .*complex128"),
    "booleans": ({"X": np.ones((5, 2), bool)}, TypeError, "X: expected real .*bool"),
    "strings": ({"X": np.full((5, 2), "1")}, TypeError, "X: expected real .*<U1"),
    "a string": ({"X": "ones"}, TypeError, "X: expected real"),
    "objects": ({"X": np.ones((5, 2), object)}, TypeError, "X: expected real .*object"),
    "nothing": ({"X": None}, TypeError, "X: expected real .*object"),
    "complex scalar": ({"mu": 1j}, ValueError, "mu: expected a finite real number.*1j"),
    "array for scalar": ({"mu": [1.0, 2.0]}, ValueError, "mu: expected a finite real number"),
    "string for scalar": ({"mu": "1"}, ValueError, "mu: expected a finite real number.*'1'"),
    # kinds
    "dense for sparse": ({"S": np.eye(4)}, TypeError, "S: expected a SciPy sparse.*ndarray"),
    "pattern for sparse": (
        {"S": nz.Pattern.full((4, 4))},
        TypeError,
        "S: expected a SciPy.*Pattern",
    ),
    "sparse for dense": (
        {"X": sparse.csr_array((5, 2))},
        TypeError,
        "X: expected an array, got a sparse matrix; .*toarray",
    ),
    "sparse for diagonal": (
        {"V": sparse.eye_array(3)},
        TypeError,
        "V: expected a vector, got a sp",
    ),
    "dense for the unknown": ({"G": np.ones((4, 3))}, TypeError, "G: expected a Pattern.*ndarray"),
    "values for the unknown": ({"G": [1.0, 2.0]}, TypeError, "G: expected a Pattern.*list"),
    # names and options
    "not known": ({"W": np.ones(1)}, TypeError, "bind: .*B, G, S, V, X, Y, Z, mu: not known W"),
    "backend": ({"backend": "fortran"}, ValueError, 'backend: expected "auto".*fortran'),
    "no threads": ({"threads": 0}, ValueError, "threads: .*at least 1, got 0"),
    "negative threads": ({"threads": -2}, ValueError, "threads: .*at least 1, got -2"),
    "half a thread": ({"threads": 1.5}, ValueError, "threads: .*got 1.5"),
    "true threads": ({"threads": True}, ValueError, "threads: .*got True"),
}


@pytest.mark.parametrize("case", list(BAD_DATA))
def test_bad_data_is_refused(case: str) -> None:
    changed, error, words = BAD_DATA[case]
    with pytest.raises(error, match=words):
        bind(**changed)


@pytest.mark.parametrize("name", list(GOOD))
def test_a_missing_argument_is_named(name: str) -> None:
    rest = {key: value for key, value in GOOD.items() if key != name}
    with pytest.raises(TypeError, match=f"bind: expected .*: missing {name}$"):
        EVERY_KIND.bind(**rest, backend="numpy")


def test_only_a_vector_is_told_how_to_become_a_column() -> None:
    for value, advice in ((np.ones(3), True), (np.ones((3, 3, 3)), False)):
        with pytest.raises(ValueError, match="X: expected two dimensions") as found:
            bind(X=value)
        assert ("value[:, None]" in str(found.value)) == advice


def test_a_rectangular_matrix_is_no_square_one() -> None:
    with pytest.raises(ValueError, match=r"A: expected 3 columns \(n = 3 from A\).*\(3, 4\)"):
        PROBLEMS["cubic"].bind(A=nz.Pattern(([], []), (3, 4)), backend="numpy")


def test_a_declared_number_is_the_size() -> None:
    F = nz.sparse("F", 3, n)
    problem = nz.Problem(nz.sumsq(F), wrt=F)
    assert problem.bind(F=nz.Pattern.full((3, 2)), backend="numpy").size == 6
    with pytest.raises(ValueError, match=r"F: expected 3 rows \(as declared\), got shape \(2, 2\)"):
        problem.bind(F=nz.Pattern.full((2, 2)), backend="numpy")


def test_nearly_symmetric_is_symmetric() -> None:
    matrix = sparse.csr_array(np.ones((4, 4)) + 1e-14 * np.triu(np.ones((4, 4))))
    assert bind(S=matrix).size == 5


@pytest.mark.parametrize("dtype", [np.float32, np.int8, np.uint16, np.int64, np.longdouble])
def test_real_numbers_of_any_type_are_taken(dtype: Any) -> None:
    changed = {name: GOOD[name].astype(dtype) for name in ("B", "V", "X", "Y", "Z", "S")}
    g = np.ones(5)
    assert bind(**changed).energy(g) == bind().energy(g)


def test_sparse_data_may_be_unsorted_with_duplicates() -> None:
    start, columns = [0, 3, 5, 5, 6], [3, 0, 3, 1, 0, 2]
    values = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    raw = sparse.csr_array((values, columns, start), shape=(4, 4))
    problem = nz.Problem(nz.sumsq(G.T * L * G), wrt=G)
    g = np.arange(1.0, 6.0)
    found = problem.bind(L=raw, G=PATTERN, backend="numpy")
    tidy = problem.bind(L=sparse.csr_array(raw.toarray()), G=PATTERN, backend="numpy")
    assert found.energy(g) == pytest.approx(tidy.energy(g), rel=1e-14)
    assert np.allclose(found.gradient(g), tidy.gradient(g), rtol=1e-14)
    assert raw.data.tolist() == values.tolist()  # the caller's matrix is as it was


def test_any_memory_layout_is_taken() -> None:
    rng = np.random.default_rng(0)
    data = {name: rng.standard_normal(GOOD[name].shape) for name in ("B", "X", "Y")}
    strided = {name: np.repeat(np.asfortranarray(x), 2, axis=0)[::2] for name, x in data.items()}
    assert bind(**strided, V=np.ones(6)[::2]).energy(np.ones(5)) == bind(**data).energy(np.ones(5))


@pytest.mark.parametrize(("value", "source"), [(0.0, "mu"), (-1.0, "sqrt")])
def test_a_coefficient_that_is_no_number_is_refused(value: float, source: str) -> None:
    factor = 1 / mu if source == "mu" else sp.sqrt(mu)
    problem = nz.Problem(factor * nz.sumsq(G), wrt=G)
    with pytest.raises(ValueError, match=f"scalars: .*{source}.*'mu': {value}"):
        problem.bind(G=PATTERN, mu=value, backend="numpy")


# g, v, w

BAD_VECTORS: dict[str, tuple[Any, type[Exception], str]] = {
    "too short": (np.ones(4), ValueError, r"expected shape \(5,\), got \(4,\)"),
    "too long": (np.ones(6), ValueError, r"expected shape \(5,\), got \(6,\)"),
    "a column": (np.ones((5, 1)), ValueError, r"expected shape \(5,\), got \(5, 1\)"),
    "a number": (1.0, ValueError, r"expected shape \(5,\), got \(\)"),
    "NaN": (np.array([1, 2, 3, np.nan, 5]), ValueError, "expected finite .*nan at position 3"),
    "infinite": (np.array([np.inf, 2, 3, 4, 5]), ValueError, "expected finite .*inf at position 0"),
    "complex": (np.ones(5) + 0j, TypeError, "expected real .*complex128"),
    "booleans": (np.ones(5, bool), TypeError, "expected real .*bool"),
    "strings": (np.full(5, "1"), TypeError, "expected real .*<U1"),
    "nothing": (None, TypeError, "expected real .*object"),
}
FULL = nz.Problem(nz.sumsq(G), wrt=G)

VECTOR_CALLS: dict[str, tuple[str, Callable[[Model, Any], Any]]] = {
    "energy": ("g", lambda model, bad: model.energy(bad)),
    "gradient": ("g", lambda model, bad: model.gradient(bad)),
    "energy_and_gradient": ("g", lambda model, bad: model.energy_and_gradient(bad)),
    "residual": ("g", lambda model, bad: model.residual(bad)),
    "jacobian": ("g", lambda model, bad: model.jacobian(bad)),
    "unpack": ("g", lambda model, bad: model.unpack(bad)),
    "jvp at g": ("g", lambda model, bad: model.jvp(bad, np.ones(5))),
    "vjp at g": ("g", lambda model, bad: model.vjp(bad, np.ones(5))),
    "jvp": ("v", lambda model, bad: model.jvp(np.ones(5), bad)),
    "vjp": ("w", lambda model, bad: model.vjp(np.ones(5), bad)),
}


@pytest.mark.parametrize("case", list(BAD_VECTORS))
@pytest.mark.parametrize("call", list(VECTOR_CALLS))
def test_bad_vectors_are_refused(call: str, case: str, small: Model) -> None:
    name, function = VECTOR_CALLS[call]
    bad, error, words = BAD_VECTORS[case]
    with pytest.raises(error, match=f"^{name}: {words}"):
        function(small, bad)
    assert small.energy(np.ones(5)) == 5.0  # the refused vector left nothing behind


@pytest.fixture(scope="module")
def small() -> Model:
    """E = ‖G‖²: g, v and w have 5 entries each."""
    return FULL.bind(G=PATTERN, backend="numpy")


# problems

plain = sp.MatrixSymbol("F", n, n)
BAD_PROBLEMS: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "permanent": (
        lambda: nz.Problem(sp.Permanent(A), wrt=A),
        UnsupportedNodeError,
        r"Permanent: no rule for Permanent\(A\); only traces, determinants and norms",
    ),
    "SymPy's slice": (
        lambda: nz.Problem(nz.sumsq(MatrixSlice(A, (1, 2), (0, n))), wrt=A),
        UnsupportedNodeError,
        r"MatrixSlice: no rule .*X\[rows, cols\]",
    ),
    "undefined function": (
        lambda: nz.Problem(sp.Function("h")(nz.trace(A)), wrt=A),
        UnsupportedNodeError,
        r"h: no rule for h\(tr\(A\)\)",
    ),
    "undefined entry function": (
        lambda: nz.Problem(nz.sumsq(nz.entrywise(sp.Function("h"), A)), wrt=A),
        UnsupportedNodeError,
        "h: no rule for h",
    ),
    "function of a matrix": (
        lambda: nz.Problem(sp.exp(A), wrt=A),
        UnsupportedNodeError,
        r"exp: no rule for exp\(A\).*nz\.entrywise",
    ),
    "inverse of a rectangle": (
        lambda: nz.Problem(nz.sumsq(nz.inv(G)), wrt=G),
        ValueError,
        "square",
    ),
    "determinant of a rectangle": (
        lambda: nz.Problem(nz.det(G), wrt=G),
        ValueError,
        r"det: expected a square matrix, got n × m",
    ),
    "mapped dense matrix": (
        lambda: nz.Problem(nz.sumsq(nz.map_nonzeros(sp.exp, Y)), wrt=Y),
        TypeError,
        "expected a sparse matrix, of which some entries are stored; Y is dense",
    ),
    "Hadamard shapes": (
        lambda: nz.hadamard(A, G),
        ValueError,
        "hadamard: expected equal shapes, got n × n and n × m",
    ),
    "symbolic power": (
        lambda: nz.Problem(nz.sumsq(sp.MatPow(A, n)), wrt=A),
        UnsupportedNodeError,
        "MatPow: no rule",
    ),
    "plain symbol": (
        lambda: nz.Problem(nz.sumsq(plain * A), wrt=A),
        TypeError,
        "F: expected a matrix declared by nz.dense, nz.sparse or nz.diagonal, got a plain",
    ),
    "number as energy": (lambda: nz.Problem(1.0, wrt=A), TypeError, r"energy: expected .*sumsq"),
    "array as energy": (lambda: nz.Problem(np.eye(2), wrt=A), TypeError, "energy: expected"),
    "no unknown": (lambda: nz.Problem(nz.sumsq(A), wrt=()), ValueError, "wrt: .*at least one"),
    "plain unknown": (lambda: nz.Problem(nz.sumsq(plain), wrt=plain), TypeError, "F|wrt"),
    "expression as unknown": (lambda: nz.Problem(nz.sumsq(A), wrt=A.T), TypeError, "wrt: "),
    "name as unknown": (lambda: nz.Problem(nz.sumsq(A), wrt="A"), TypeError, "wrt: .*'A'"),
    "unknown twice": (lambda: nz.Problem(nz.sumsq(A), wrt=(A, A)), ValueError, "A: .*(twice|once)"),
    "one name twice": (
        lambda: nz.Problem(nz.sumsq(A + nz.sparse("A", n, n, symmetric=True)), wrt=A),
        ValueError,
        "A: the same name",
    ),
    "matrix named as a size": (
        lambda: nz.Problem(nz.sumsq(A + nz.dense("n", n, n)), wrt=A),
        ValueError,
        "n: the same name",
    ),
    "name of the differential": (
        lambda: nz.Problem(nz.sumsq(A + nz.dense("dA", n, n)), wrt=A),
        ValueError,
        "dA: this name is kept",
    ),
    "size that is a power": (
        lambda: nz.sparse("A", n**m, n),
        TypeError,
        "A: expected sums and products of sizes",
    ),
    "shapes of a product": (lambda: nz.Problem(nz.sumsq(Y * G), wrt=G), ValueError, "shape|size"),
    "shapes of a sum": (lambda: nz.Problem(nz.sumsq(L * G + Y), wrt=G), ValueError, "shape|size"),
    "power of a rectangle": (lambda: nz.Problem(nz.sumsq(G**2), wrt=G), ValueError, "shape|square"),
    "trace of a rectangle": (lambda: nz.Problem(sp.Trace(G), wrt=G), ValueError, "shape|square"),
    "sumsq of a number": (lambda: nz.sumsq(mu), TypeError, "sumsq: expected a matrix"),
    "name of a matrix": (lambda: nz.dense("a b", n, n), ValueError, "name: .*'a b'"),
    "symmetric rectangle": (
        lambda: nz.sparse("S", n, m, symmetric=True),
        ValueError,
        "S: .*square",
    ),
    "name of the problem": (
        lambda: nz.Problem(nz.sumsq(A), wrt=A, name="my problem"),
        ValueError,
        "name: .*'my problem'",
    ),
}


@pytest.mark.parametrize("case", list(BAD_PROBLEMS))
def test_bad_problems_are_refused(case: str) -> None:
    call, error, words = BAD_PROBLEMS[case]
    with pytest.raises(error, match=words):
        call()


def test_what_was_refused_once_is_a_problem() -> None:
    """Each of these is differentiated; test_operations.py and the table run them."""
    squares = (A.I, A * (A + L).I - L, sp.HadamardProduct(A, L), sp.Trace(A) * A)
    energies = (sp.log(nz.sumsq(A)), sp.Determinant(A), nz.sumsq(A) * sp.Trace(A), nz.sumsq(A) ** 2)
    for energy in (*map(nz.sumsq, squares), *energies):
        assert nz.Problem(energy, wrt=A).derive().gradient.matrix is not None
    for unknown in (X, V, S):
        derivation = nz.Problem(nz.sumsq(unknown), wrt=unknown).derive()
        assert derivation.problem.wrt == (unknown,)
        assert derivation.gradient.matrix == 2 * derivation.problem.residuals[0].symbol
    assert nz.Problem(A * A, wrt=A).is_function


@pytest.mark.parametrize("name", ["backend", "dtype", "threads", "self", "lambda"])
@pytest.mark.parametrize("declare", [nz.scalar, lambda name: nz.dense(name, n, n)])
def test_options_of_bind_are_no_names(name: str, declare: Callable[[str], Any]) -> None:
    """bind(threads=…) could not tell which is meant."""

    def declared() -> nz.Problem:
        symbol = declare(name)
        term = symbol * A if isinstance(symbol, sp.Symbol) else A + symbol
        return nz.Problem(nz.sumsq(term), wrt=A)

    with pytest.raises(ValueError, match=f"^{name}: "):
        declared()


def test_sizes_are_checked_by_name() -> None:
    assert {str(size) for size in EVERY_KIND.dimensions} == {str(x) for x in (n, m, p, k)}
