"""`nzdiff generate --target jax`: a folder that computes without nzdiff."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nzdiff.cli import app
from nzdiff.codegen.jax_package.write import jax_texts
from nzdiff.runtime.kernel.backends.jax import is_installed
from problems import CALCULUS, PROBLEMS

FILE = """
import nzdiff as nz

n, m, p, k = nz.dims("n m p k")
X, Y, B = nz.dense("X", p, k), nz.dense("Y", p, m), nz.dense("B", m, k)
L, G = nz.sparse("L", n, n), nz.sparse("G", n, m)
c = nz.scalar("c")
problem = nz.Problem(nz.sumsq(X - Y * G.T * L * G * B) + c * nz.sumsq(G), wrt=G, name="coarse")
"""
USE = """
import sys


class Refuse:
    def find_spec(self, name, *_):
        if name.partition(".")[0] in ("nzdiff", "sympy"):
            raise ImportError(name)


sys.meta_path.insert(0, Refuse())
import jax
import numpy as np
from scipy import sparse

import coarse_jax

jax.config.update("jax_enable_x64", True)
rng = np.random.default_rng(0)
n, m, p, k = 30, 6, 5, 4
pattern = coarse_jax.Pattern(np.nonzero(rng.random((n, m)) < 0.4), (n, m))
L = sparse.csr_array(np.where(rng.random((n, n)) < 0.1, rng.standard_normal((n, n)), 0.0))
X, Y, B = (rng.standard_normal(shape) for shape in ((p, k), (p, m), (m, k)))
f = coarse_jax.bind(X=X, Y=Y, B=B, L=L, G=pattern, c=0.5)
g, v = rng.standard_normal((2, pattern.size))


def energy(g):
    G = pattern.to_csr(g).toarray()
    return np.sum((X - Y @ G.T @ L.toarray() @ G @ B) ** 2) + 0.5 * g @ g


step = 1e-6
slope = (energy(g + step * v) - energy(g - step * v)) / (2 * step)
np.testing.assert_allclose(jax.jit(f.energy)(g, f.data), energy(g), rtol=1e-12)
np.testing.assert_allclose(jax.grad(f.energy)(g) @ v, slope, rtol=1e-6)
np.testing.assert_allclose(f.vjp(g, f.jvp(g, v)) * 2, f.gnvp(g, v), rtol=1e-9)
print("done")
"""


def run(*arguments: str) -> tuple[int, str]:
    found = CliRunner().invoke(app, ["generate", *arguments])
    return found.exit_code, " ".join(found.output.split())


@pytest.mark.slow
@pytest.mark.skipif(not is_installed(), reason="needs JAX")
def test_the_package_computes_without_nzdiff(tmp_path: Path) -> None:
    file, folder = tmp_path / "coarse.py", tmp_path / "coarse_jax"
    file.write_text(FILE)
    asked = (str(file), "--target", "jax", "--out", str(folder))
    code, said = run(*asked, "--dry-run")
    assert code == 0 and "would write" in said and not folder.exists()
    assert run(*asked)[0] == 0
    assert run(*asked, "--check")[0] == 0
    done = subprocess.run(
        [sys.executable, "-c", USE], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.stdout.split(), done.returncode) == (["done"], 0), done.stderr
    (folder / "kernel_jax.py").write_text("")
    assert run(*asked, "--check")[0] == 1
    code, said = run(*asked)
    assert code == 2 and "--force" in said


def test_one_kind_at_a_time() -> None:
    code, said = run("x.py", "--target", "jax", "--mex")
    assert code == 2 and "expected one kind of code" in said
    code, said = run("x.py", "--target", "tpu")
    assert code == 2 and "--target: expected" in said
    code, said = run("--target", "jax")
    assert code == 2 and "expected a problem file" in said


def test_what_the_folder_holds() -> None:
    texts = jax_texts(PROBLEMS["only_the_unknown"])
    assert {"LICENSE", "pyproject.toml", "kernel_jax.py", "spec.json", "__init__.py"} <= set(texts)
    assert '"jax>=' in texts["pyproject.toml"]
    assert not any("import nzdiff" in text or "from nzdiff" in text for text in texts.values())
    with pytest.raises(NotImplementedError, match="the JAX target has no kernel"):
        jax_texts(CALCULUS["sparse_inverse"])
