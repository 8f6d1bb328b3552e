"""The PyTorch layer: its derivatives are those of the function that it computes."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import nzdiff as nz
from bound_problems import EVERYTHING, data_of
from layer_models import every_problem, model_and_point
from nzdiff.runtime.model import Model
from problems import PROBLEMS, USUAL, random_data, scattered

torch = pytest.importorskip("torch")
Floats = NDArray[np.float64]


def bound(name: str, situation: str = "scattered", dtype: str = "float64") -> tuple[Model, Any]:
    """A model of the table, and a point where tests look at it."""
    model, g = model_and_point(name, situation, dtype)
    return model, torch.tensor(g, requires_grad=True)


def outputs(model: Model) -> list[Any]:
    energy = [] if model.is_function else ["energy"]
    return [*energy, "residual"] if model.is_sum_of_squares or model.is_function else energy


@every_problem
def test_first_derivatives_of_every_problem(name: str, situation: str) -> None:
    model, g = bound(name, situation)
    for output in outputs(model):
        layer = nz.layers.torch(model, output)
        assert np.array_equal(layer(g).detach(), getattr(model, output)(g.detach().numpy()))
        assert torch.autograd.gradcheck(layer, (g,), check_forward_ad=True)


@every_problem
def test_second_derivatives_of_every_problem(name: str, situation: str) -> None:
    model, g = bound(name, situation)
    for output in outputs(model):
        layer = nz.layers.torch(model, output)
        assert torch.autograd.gradgradcheck(layer, (g,), check_fwd_over_rev=True)


@pytest.mark.parametrize("name", ["seed", "regularised", "two_unknowns"])
def test_single_precision(name: str) -> None:
    single, g = bound(name, dtype="float32")
    double, _ = bound(name)
    x = g.detach().double().requires_grad_()
    c = torch.arange(1.0, single.residual_size + 1)
    for output in ("energy", "residual"):
        found, expected = nz.layers.torch(single, output)(g), nz.layers.torch(double, output)(x)
        assert found.dtype == torch.float32
        torch.testing.assert_close(found.double(), expected, rtol=1e-5, atol=1e-4)
        weights = c if output == "residual" else torch.ones(())
        (of_g,) = torch.autograd.grad(found, g, weights)
        (of_x,) = torch.autograd.grad(expected, x, weights.double())
        assert of_g.dtype == torch.float32
        torch.testing.assert_close(of_g.double(), of_x, rtol=1e-5, atol=1e-5 * float(of_x.norm()))


def test_transforms_of_torch_func() -> None:
    model, g = bound("two_unknowns")
    layer, residual, x = nz.layers.torch(model), nz.layers.torch(model, "residual"), g.detach()
    H, J, v = model.hessian(x).toarray(), model.jacobian(x).toarray(), torch.randn_like(x)
    w = torch.randn(model.residual_size, dtype=x.dtype)
    func = torch.func
    close = np.testing.assert_allclose
    close(func.grad(layer)(x), model.gradient(x))
    close(func.jvp(residual, (x,), (v,))[1], J @ v.numpy(), atol=1e-12)
    close(func.vjp(residual, x)[1](w)[0], J.T @ w.numpy(), atol=1e-12)
    close(func.jvp(func.grad(layer), (x,), (v,))[1], H @ v.numpy(), atol=1e-10)
    close(func.grad(lambda y: func.grad(layer)(y) @ v)(x), H @ v.numpy(), atol=1e-10)
    close(func.hessian(layer)(x), H, atol=1e-10)
    close(func.jacrev(residual)(x), J, atol=1e-12)
    close(func.jacfwd(residual)(x), J, atol=1e-12)
    rows = torch.stack([x, v, x + v], 1)
    found = func.vmap(func.grad(layer), in_dims=1)(rows)
    close(found, [model.gradient(row) for row in rows.numpy().T])
    check = func.hessian(lambda y: residual(y).square().sum())
    close(check(x), H, atol=1e-10)
    scaled = func.grad(lambda y, a: func.grad(lambda z: layer(a * z))(y) @ v, (0, 1))(x, w[0])
    assert scaled[0].shape == x.shape and scaled[1].shape == ()


def test_transforms_nest() -> None:
    model, g = model_and_point("seed", "scattered", "float64")
    energy, at = nz.layers.torch(model), torch.tensor(g)
    u, v = torch.randn(2, model.size, dtype=torch.float64)
    H, slope = torch.tensor(model.hessian(g).toarray()), torch.tensor(model.gradient(g))
    scale = 1 + energy(at)

    def along(f: Any, v: Any) -> Any:
        return lambda x: torch.func.jvp(f, (x,), (v,))[1]

    def log(x: Any) -> Any:
        return torch.log(1 + energy(x))

    for f, expected in ((energy, H), (log, H / scale - torch.outer(slope, slope) / scale**2)):
        assert torch.allclose(along(along(f, v), u)(at), u @ expected @ v)
        assert torch.allclose(torch.func.jacfwd(torch.func.jacfwd(f))(at), expected)
        assert torch.allclose(along(torch.func.grad(f), v)(at), expected @ v)
    with pytest.raises(NotImplementedError, match="third derivative"):
        along(along(along(energy, v), u), v)(at)
    with pytest.raises(ValueError, match="vmap: expected at least one instance"):
        torch.func.vmap(energy)(torch.zeros(0, model.size, dtype=at.dtype))
    assert torch.equal(energy(torch.complex(at, -at).conj().imag), energy(at))


def test_optimisers_of_pytorch_take_the_parameters() -> None:
    problem = nz.parse("norm2(X - U*G)^2 + norm2(U)^2", wrt=("U", "G"), sparse="G")
    pattern, rng = nz.Pattern(([0, 1, 2, 3], [1, 0, 2, 1]), (4, 3)), np.random.default_rng(0)
    model = problem.bind(X=rng.standard_normal((3, 3)), U=(3, 4), G=pattern)
    layer = nz.layers.torch(model, start=rng.standard_normal(model.size))
    apart = nz.layers.torch(model, start=[x.detach().numpy() for x in layer.unknowns.values()])
    first = layer().item()
    assert apart().item() == first
    optimiser = torch.optim.LBFGS(layer.parameters(), line_search_fn="strong_wolfe")

    def closure() -> Any:
        optimiser.zero_grad()
        loss = layer()
        loss.backward()
        return loss

    optimiser.step(closure)
    assert layer().item() < first
    assert torch.nn.utils.parameters_to_vector(layer.parameters()).shape == (model.size,)


@pytest.mark.filterwarnings("ignore::UserWarning")  # of what the compiler looks at
@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_a_compiled_function_may_hold_a_layer(backend: str) -> None:
    model, g = bound("seed")
    layer = nz.layers.torch(model)

    def loss(x: Any) -> Any:
        return 3 * (layer(torch.sin(x)) + x.sum())

    torch._dynamo.reset()
    found = torch.compile(loss, backend=backend)
    for x in (g, (2 * g).detach().requires_grad_()):
        (expected,) = torch.autograd.grad(loss(x), x)
        torch.testing.assert_close(found(x), loss(x))
        torch.testing.assert_close(torch.autograd.grad(found(x), x)[0], expected)


def test_parameters_are_the_unknowns() -> None:
    problem = EVERYTHING["dense_and_sparse"]
    model = problem.bind(**data_of(problem, "scattered"), backend="numpy")
    start = np.random.default_rng(0).standard_normal(model.size)
    layer = nz.layers.torch(model, start=start)
    dense, stored = model.unpack(start)
    assert layer.shapes == {"U": dense.shape, "G": (stored.nnz,)}
    assert np.array_equal(layer.unknowns["U"].detach(), dense)
    assert np.array_equal(layer.matrix("G").detach().to_dense(), stored.toarray())
    layer().backward()
    gradient = model.gradient(start)
    found = [parameter.grad.numpy() for parameter in layer.parameters()]
    assert np.array_equal(np.concatenate([found[0].ravel("F"), found[1]]), gradient)
    again = torch.autograd.grad(layer(*layer.parameters()), list(layer.parameters()))
    assert all(torch.equal(a, p.grad) for a, p in zip(again, layer.parameters(), strict=True))
    for other in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        assert torch.equal(other(), layer()) and other.model is not model


@pytest.mark.parametrize("situation", ["scattered", "duplicated", "tied", "row_sums"])
def test_the_matrix_of_any_pattern(situation: str) -> None:
    model, _ = bound("only_the_unknown", situation)
    g = np.random.default_rng(0).standard_normal(model.size)
    layer = nz.layers.torch(model, start=g)
    assert np.allclose(layer.matrix().detach().to_dense(), model.unpack(g).toarray())
    found = layer.matrix().to_dense().square().sum()
    assert np.isclose(found.item(), layer().item())
    (gradient,) = torch.autograd.grad(found, layer.parameters())
    assert np.allclose(gradient, model.gradient(g))


def test_nothing_is_shared_with_the_memory_of_the_model() -> None:
    model, g = bound("seed")
    layer, residual = nz.layers.torch(model, start=g), nz.layers.torch(model, "residual")
    r, E = residual(g), layer(g)
    (first,) = torch.autograd.grad(E, g, retain_graph=True)
    kept = [x.clone() for x in (r, E, first)]
    residual(2 * g)
    torch.autograd.grad(layer(2 * g), g)
    assert all(torch.equal(a, b) for a, b in zip(kept, (r, E, first), strict=True))
    first.zero_()
    assert torch.equal(torch.autograd.grad(E, g)[0], kept[2])
    layer.unknowns["G"].data.zero_()
    assert not torch.equal(g, layer.unknowns["G"])


def test_an_energy_has_no_gradient_where_none_is_wanted() -> None:
    model, g = bound("seed")
    layer = nz.layers.torch(model)
    with torch.no_grad():
        assert not layer(g).requires_grad
    assert not layer(g.detach()).requires_grad


def test_other_data_between_forward_and_backward() -> None:
    problem = PROBLEMS["regularised"]
    data = random_data(problem, USUAL, scattered, np.random.default_rng(0))
    model = problem.bind(**data, backend="numpy")
    g = torch.ones(model.size, dtype=torch.float64, requires_grad=True)
    layer, residual = nz.layers.torch(model), nz.layers.torch(model, "residual")
    E, r = layer(g), residual(g)
    expected = model.gradient(g.detach())
    model.update(mu=3.0)
    assert np.array_equal(torch.autograd.grad(E, g, retain_graph=True)[0], expected)
    for late in (lambda: torch.autograd.grad(E, g, create_graph=True), r.sum().backward):
        with pytest.raises(RuntimeError, match=r"model\.update has replaced the data"):
            late()
    total = layer(g)
    assert np.isclose(total.item(), model.energy(g.detach()))


def test_derivatives_that_do_not_exist_are_refused() -> None:
    model, g = bound("seed")
    v = torch.ones_like(g)
    (gradient,) = torch.autograd.grad(nz.layers.torch(model)(g), g, create_graph=True)
    (product,) = torch.autograd.grad(gradient @ v, g, create_graph=True)
    with pytest.raises(NotImplementedError, match="third derivative"):
        torch.autograd.grad(product @ v, g)
    residual = nz.layers.torch(model, "residual")
    with pytest.raises(NotImplementedError, match="two directions"):
        torch.func.jvp(lambda y: torch.func.jvp(residual, (y,), (v,))[1], (g.detach(),), (v,))


def test_errors_say_what_to_do() -> None:
    model, g = bound("two_unknowns")
    layer, G, size = nz.layers.torch(model), *bound("two_unknowns")[1:], model.size
    first = model.patterns[0].size
    for given, kind, message in (
        ((np.zeros(size),), TypeError, "g: expected a torch tensor, got ndarray"),
        (
            (g.detach().float(),),
            TypeError,
            r"g\.to\(torch\.float64\), or bind with dtype=torch\.fl",
        ),
        ((g.detach().long(),), TypeError, r"got torch\.int64; pass g\.to\(torch\.float64\)$"),
        ((torch.zeros(size, dtype=torch.float64).to_sparse(),), TypeError, "dense tensor on the C"),
        ((g.detach().to("meta"),), TypeError, r"on meta; pass g\.cpu\(\)"),
        ((g[1:],), TypeError, "a tensor for each of G, H, got 1 tensors"),
        ((), TypeError, "needs a start, start=g"),
        ((g[:first], g[: first + 1]), ValueError, "H: expected shape"),
        ((g * float("nan"),), ValueError, "g: expected finite numbers"),
    ):
        with pytest.raises(kind, match=message):
            layer(*given)
    with pytest.raises(ValueError, match=r"start: expected shape \(31,\), got \(3,\)"):
        nz.layers.torch(model, start=[1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="G, H"):
        nz.layers.torch(model, start=G).matrix()
    with pytest.raises(TypeError, match=r"expected a model, as problem\.bind makes it, got str"):
        nz.layers.torch("model")
    with pytest.raises(ValueError, match='"energy" or "residual"'):
        nz.layers.torch(model, "gradient")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match='pass output="residual"'):
        nz.layers.torch(bound("function_of_an_inverse")[0])
    with pytest.raises(TypeError, match="no sum of squares"):
        nz.layers.torch(bound("traces")[0], "residual")


def test_tensors_are_data_and_dtypes_are_precisions() -> None:
    problem = PROBLEMS["seed"]
    data = random_data(problem, USUAL, scattered, np.random.default_rng(0))
    tensors = {n: torch.tensor(x) if isinstance(x, np.ndarray) else x for n, x in data.items()}
    model = problem.bind(**tensors, backend="numpy", dtype=torch.float64)
    g = torch.ones(model.size, dtype=torch.float64)
    assert model.energy(g) == problem.bind(**data, backend="numpy").energy(g.numpy())
    assert problem.bind(**data, backend="numpy", dtype=torch.float32).dtype == np.float32
    model.update(X=2 * tensors["X"])
    with pytest.raises(ValueError, match=r'dtype: expected "float64" or "float32", got torch\.flo'):
        problem.bind(**data, dtype=torch.float16)
    with pytest.raises(TypeError, match=r"X: expected real numbers.*detach"):
        model.update(X=tensors["X"].requires_grad_())
    with pytest.raises(TypeError, match=r"g: expected real numbers.*detach"):
        model.energy(g.requires_grad_())
