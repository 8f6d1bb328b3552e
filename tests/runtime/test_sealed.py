"""What a caller sets on a model would do nothing: it is refused, with what to do instead."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nzdiff as nz


def _bound() -> dict[str, Any]:
    G, lam = nz.sparse("G", 3, 3), nz.scalar("lam")
    problem = nz.Problem(lam * nz.sumsq(G), wrt=G, name="sealed")
    data: dict[str, Any] = {"lam": 2.0, "G": nz.Pattern.full((3, 3))}
    model = problem.bind(**data)
    g = np.ones(9)
    return {
        "model": model,
        "batch": problem.bind_batch(**data),
        "jacobian": model.jacobian(g),
        "hessian": model.hessian(g),
        "pattern": data["G"],
    }


@pytest.mark.parametrize("which", ["model", "batch", "jacobian", "hessian", "pattern"])
def test_no_attribute_can_be_set_or_deleted(which: str) -> None:
    thing = _bound()[which]
    refused = (AttributeError, TypeError)  # TypeError: a frozen dataclass with slots, unknown names
    for name in ("lam", "X", "energy", "shape", "size", "weights"):
        with pytest.raises(refused):
            setattr(thing, name, 100.0)
    for name in ("patterns", "shape"):
        with pytest.raises(refused):
            delattr(thing, name)


def test_the_error_says_what_to_do() -> None:
    with pytest.raises(AttributeError, match=r"lam: cannot be set on a Model; give the model"):
        _bound()["model"].lam = 100.0


def test_a_model_of_a_generated_package_is_sealed_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    G, lam = nz.sparse("G", 3, 3), nz.scalar("lam")
    nz.generate(nz.Problem(lam * nz.sumsq(G), wrt=G, name="sealed"), tmp_path / "sealed_package")
    monkeypatch.syspath_prepend(str(tmp_path))
    model = import_module("sealed_package").bind(lam=2.0, G=nz.Pattern.full((3, 3)))
    with pytest.raises(AttributeError, match=r"model\.update"):
        model.lam = 100.0
    assert model.energy(np.ones(9)) == 18.0


@pytest.mark.parametrize("name", ["foo", "shape", "rows", "_hidden"])
def test_patterns_and_layouts_say_that_they_are_fixed(name: str) -> None:
    pattern = nz.Pattern(([0, 1], [0, 1]), (2, 2))
    X = nz.sparse("X", 2, 2)
    layout = nz.Problem(nz.sumsq(X), wrt=X).bind(X=pattern).residual_layout
    for kept in (pattern, layout):
        with pytest.raises(FrozenInstanceError, match=f"{name}: cannot be set on a "):
            setattr(kept, name, 1)
        with pytest.raises(FrozenInstanceError, match="or deleted"):
            delattr(kept, name)
    assert pickle.loads(pickle.dumps(pattern)).shape == copy.copy(pattern).shape == (2, 2)
