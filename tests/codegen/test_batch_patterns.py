"""Instances with patterns of their own give what a model of each, on its pattern, gives."""

import pickle
from typing import Any

import numpy as np
import pytest
from scipy import sparse

import nzdiff as nz
from nzdiff.codegen.unroll import stored
from problems import CALCULUS, PROBLEMS, SITUATIONS, Generator, agree, random_data

EVERY = {**PROBLEMS, **CALCULUS}
NAMES = [name for name, problem in EVERY.items() if not problem.is_function]
QUICK = ("seed", "masked")
COUNT = 3


def part_of(whole: Any, symmetric: bool, rng: Generator) -> Any:
    """Some of the positions of a matrix of ones."""
    kept = rng.random(whole.shape) < 0.6
    kept = (kept | kept.T) if symmetric else kept
    part = sparse.csr_array(whole.multiply(kept))
    part.eliminate_zeros()
    return part


def instances_of(name: str, rng: Generator) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The data of a batch of a problem, and that of each instance."""
    problem, chosen = EVERY[name], SITUATIONS["full" if name == "dense_unknown" else "scattered"]
    data = random_data(problem, chosen.sizes, chosen.pattern, rng)
    given, own = dict(data), [dict(data) for _ in range(COUNT)]
    for matrix in problem.matrices:
        key, value = str(matrix.name), data[str(matrix.name)]
        if isinstance(value, nz.Pattern) and value.offset is None and not value.is_full:
            ones = sparse.csr_array(
                (np.ones(value.nnz), value.indices, value.indptr), shape=value.shape
            )
            tied = value.matrix is not None
            parts = [part_of(ones, tied, rng) for _ in range(COUNT)]
            patterns = [nz.Pattern.from_scipy(part) for part in parts]
            given[key] = [p.symmetric() if tied else p for p in patterns]
        elif sparse.issparse(value):
            parts = [part_of(value, bool(matrix.symmetric), rng) for _ in range(COUNT)]
            given[key] = [sparse.csr_array(part * rng.uniform(0.5, 1.5)) for part in parts]
        for i in range(COUNT):
            own[i][key] = given[key][i] if isinstance(given[key], list) else value
    return given, own


def check(batch: nz.BatchModel, models: list[nz.Model], g: Any) -> None:
    energies, gradients = batch.energy_and_gradient(g)
    hessians = batch.hessian(g)
    for i, model in enumerate(models):
        assert batch.stored is None or not batch.stored.all()
        has = np.ones(batch.size, dtype=bool) if batch.stored is None else batch.stored[i]
        x = g[i][has]
        assert model.size == has.sum()
        assert agree(energies[i], np.array(model.energy(x)))
        assert agree(gradients[i][has], model.gradient(x)) and not gradients[i][~has].any()
        assert agree(hessians[i][np.ix_(has, has)], model.hessian(x).toarray(), 1e-11)
        assert not hessians[i][~has].any() and not hessians[i][:, ~has].any()


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[] if n in QUICK else [pytest.mark.slow]) for n in NAMES],
)
def test_patterns_of_their_own(name: str, rng: Generator) -> None:
    given, own = instances_of(name, rng)
    batch = EVERY[name].bind_batch(**given, backend="numpy")
    models = [EVERY[name].bind(**each, backend="numpy") for each in own]
    check(batch, models, rng.uniform(0.5, 1.5, (COUNT, batch.size)))


def completion() -> tuple[nz.Problem, Any]:
    n, m, r = nz.dims("n m r")
    U, V, R = nz.dense("U", n, r), nz.dense("V", m, r), nz.sparse("R", n, m)
    lam = nz.scalar("lam")
    energy = nz.sumsq(nz.mask(U @ V.T - R, R)) + lam * nz.sumsq(U)
    return nz.Problem(energy, wrt=(U, V)), {"U": (6, 2), "V": (5, 2)}


def known(count: int, rng: Generator) -> list[Any]:
    return [sparse.random_array((6, 5), density=0.4, rng=rng, format="csr") for _ in range(count)]


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["numpy", "c"])
def test_each_instance_knows_other_entries(backend: str, rng: Generator) -> None:
    problem, shapes = completion()
    given, lam = known(11, rng), rng.uniform(1, 2, 11)
    batch = problem.bind_batch(R=given, lam=lam, **shapes, backend=backend)
    models = [
        problem.bind(R=R, lam=x, **shapes, backend="numpy") for R, x in zip(given, lam, strict=True)
    ]
    assert batch.stored is None
    g = rng.standard_normal((11, batch.size))
    energies, gradients = batch.energy_and_gradient(g)
    hessians = batch.hessian(g)
    for i, model in enumerate(models):
        assert agree(energies[i], np.array(model.energy(g[i])))
        assert agree(gradients[i], model.gradient(g[i]))
        assert agree(hessians[i], model.hessian(g[i]).toarray(), 1e-11)


@pytest.mark.slow
def test_thousands_of_patterns(rng: Generator) -> None:
    n, m, p, k = nz.dims("n m p k")
    X, Y, B = nz.dense("X", p, k), nz.dense("Y", p, m), nz.dense("B", m, k)
    L, G = nz.sparse("L", n, n), nz.sparse("G", n, m)
    problem = nz.Problem(nz.sumsq(X - Y @ G.T @ L @ G @ B), wrt=G)
    shared = {
        "X": rng.standard_normal((4, 6)),
        "Y": rng.standard_normal((4, 6)),
        "B": rng.standard_normal((6, 6)),
        "L": sparse.random_array((12, 12), density=0.3, rng=rng, format="csr"),
    }
    each = [sparse.random_array((12, 6), density=0.2, rng=rng, format="csr") for _ in range(4000)]
    batch = problem.bind_batch(**shared, G=each)
    assert batch.stored is not None and batch.stored.shape == (4000, 72)
    g = batch.pack(each)
    energies, gradients = batch.energy_and_gradient(g)
    slopes = batch.unpack(gradients)
    for i in rng.choice(4000, 20):
        model = problem.bind(**shared, G=each[i], backend="numpy")
        x = model.pack(each[i])
        assert agree(energies[i], np.array(model.energy(x)))
        assert agree(slopes[i].toarray(), model.unpack(model.gradient(x)).toarray())


def test_matrices_go_in_and_out(rng: Generator) -> None:
    n, m = nz.dims("n m")
    G, H = nz.sparse("G", n, n), nz.dense("H", n, m)
    problem = nz.Problem(nz.sumsq(G @ H), wrt=(G, H))
    parts = [sparse.eye_array(3, k=k, format="csr") for k in (0, 1)]
    batch = problem.bind_batch(G=parts, H=(3, 2), backend="numpy")
    assert batch.stored is not None
    dense = [True] * 6
    assert batch.stored.tolist() == [
        [True, False, True, False, True, *dense],
        [False, True, False, True, False, *dense],
    ]
    matrices = [(parts[i] * (2.0 + i), rng.standard_normal((3, 2))) for i in range(2)]
    g = batch.pack(matrices)
    for (G0, H0), (G1, H1) in zip(matrices, batch.unpack(g), strict=True):
        assert (G0 != G1).nnz == 0 and G1.nnz == G0.nnz and np.array_equal(H0, H1)
    with pytest.raises(ValueError, match="more"):
        batch.pack([*matrices, matrices[0]])
    with pytest.raises(ValueError, match="expected 2 matrices of instance 0, got 1"):
        batch.pack([parts[0]])
    with pytest.raises(ValueError, match="pack: instance 0: pattern: no g gives this matrix"):
        batch.pack([(parts[1], matrices[0][1])])


def test_other_numbers_need_no_other_code(rng: Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    problem, shapes = completion()
    given, lam = known(3, rng), rng.uniform(1, 2, 3)
    batch = problem.bind_batch(R=given, lam=lam, **shapes, backend="numpy")
    g = rng.standard_normal((3, batch.size))
    batch.hessian(g)
    batch.energy(g)
    others = [sparse.csr_array(2 * R) for R in given]
    fresh = problem.bind_batch(R=others, lam=lam + 1, **shapes, backend="numpy")
    expected = fresh.energy(g), fresh.gradient(g), fresh.hessian(g)
    monkeypatch.setattr("nzdiff.codegen.unroll.batch.unroll", None)
    batch.update(R=others)
    batch.update(lam=lam + 1)
    for found, each in zip(
        (batch.energy(g), batch.gradient(g), batch.hessian(g)), expected, strict=True
    ):
        assert np.array_equal(found, each)
    with pytest.raises(ValueError, match="R: expected the pattern of each instance"):
        batch.update(R=others[::-1])
    with pytest.raises(ValueError, match="lam: expected for each of 3 instances, as it was bound"):
        batch.update(lam=2.0)
    with pytest.raises(ValueError, match="expected 3 instances, which were bound, got 2"):
        batch.update(lam=[1.0, 2.0])
    with pytest.raises(TypeError, match="U is an unknown"):
        batch.update(U=np.ones((6, 2)))
    with pytest.raises(TypeError, match="not known x; expected some of R, lam"):
        batch.update(x=1)
    assert np.array_equal(batch.energy(g), expected[0])


def test_other_numbers_of_models(rng: Generator) -> None:
    n = nz.dims("n")[0]
    S, A = nz.sparse("S", n, n, symmetric=True), nz.sparse("A", n, n)
    problem = nz.Problem(-nz.logdet(S, positive=True) + nz.trace(A @ S), wrt=S)
    full = nz.Pattern.full((2, 2))
    values = rng.standard_normal((2, 4))
    batch = problem.bind_batch(S=full.symmetric(), A=(full, values), backend="numpy")
    g = np.array([[2.0, 0.5, 3.0], [1.0, 0.0, 1.0]])
    before = batch.energy(g)
    batch.update(A=(full, 2 * values))
    fresh = problem.bind_batch(S=full.symmetric(), A=(full, 2 * values), backend="numpy")
    assert np.array_equal(batch.energy(g), fresh.energy(g)) and (before != batch.energy(g)).all()
    again = batch.rebind(A=(full, values))
    assert np.array_equal(again.energy(g), before)


def test_shared_data_is_updated_and_pickled(rng: Generator) -> None:
    problem, shapes = completion()
    (R,) = known(1, rng)
    batch = problem.bind_batch(R=R, lam=1.0, **shapes, backend="numpy")
    g = rng.standard_normal((2, batch.size))
    batch.update(lam=3.0)
    copy = pickle.loads(pickle.dumps(batch))
    fresh = problem.bind_batch(R=R, lam=3.0, **shapes, backend="numpy")
    assert np.array_equal(batch.energy(g), fresh.energy(g))
    assert np.array_equal(copy.energy(g), fresh.energy(g))
    with pytest.raises(ValueError, match="lam: expected once, for all instances"):
        batch.update(lam=[1.0, 2.0])


def test_wrong_lists_are_refused(rng: Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    problem, shapes = completion()
    with pytest.raises(ValueError, match="R: expected at least one instance, got an empty list"):
        problem.bind_batch(R=[], lam=1.0, **shapes)
    with pytest.raises(ValueError, match=r"R: expected one shape of all instances, got"):
        problem.bind_batch(R=[sparse.eye_array(2), sparse.eye_array(3)], lam=1.0, **shapes)
    with pytest.raises(TypeError, match=r"R: expected a SciPy sparse matrix.*\(instance 1 of R\)"):
        problem.bind_batch(R=[sparse.eye_array(2), np.eye(2)], lam=1.0, **shapes)
    with pytest.raises(ValueError, match="one number of instances, got 3 of R, 2 of lam"):
        problem.bind_batch(R=known(3, rng), lam=[1.0, 2.0], **shapes)
    G = nz.sparse("G", 2, 2)
    tied = nz.Pattern.full((2, 2)).fixed({0: 1.0})
    with pytest.raises(TypeError, match="fixed values in the one of instance 1; bind"):
        nz.Problem(nz.sumsq(G), wrt=G).bind_batch(G=[nz.Pattern.diagonal(2), tied])
    monkeypatch.setattr(stored, "MOST_FLAGS", 1)
    given = known(2, rng)
    batch = problem.bind_batch(R=given, lam=1.0, **shapes, backend="numpy")
    g = rng.standard_normal((2, batch.size))
    expected = [
        problem.bind(R=R, lam=1.0, **shapes).energy(x) for R, x in zip(given, g, strict=True)
    ]
    np.testing.assert_allclose(batch.energy(g), expected)


def test_what_is_not_stored_may_be_divided_by() -> None:
    G, Y = nz.sparse("G", 3, 2), nz.dense("Y", 3, 2)
    problem = nz.Problem(nz.sumsq(Y - G) + nz.total(nz.power(G, -1)), wrt=G)
    pattern = nz.Pattern(([0, 1, 2, 2], [0, 0, 1, 0]), (3, 2))
    model = problem.bind(Y=np.ones((3, 2)), G=pattern, backend="numpy")
    batch = problem.bind_batch(Y=np.ones((3, 2)), G=pattern, backend="numpy")
    g = np.ones((2, 4))
    assert model.energy(g[0]) == np.inf and (batch.energy(g) == np.inf).all()
