"""Sizes and coefficients as text: arithmetic, and nothing else."""

import math

import pytest

from nzdiff.runtime.data.formula import evaluate

NAMES = {"n": 7, "m": 2, "mu": 0.5, "λ": 3.0, "abs_": -1.0, "math": 5, "abs": 6}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2 * m + n", 11),
        ("n*m - 3", 11),
        ("-n // m % 3", -7 // 2 % 3),
        ("m ** -1", 0.5),
        ("λ / 2", 1.5),
        ("math.sqrt(mu) / n", math.sqrt(0.5) / 7),
        ("math.pi", math.pi),
        ("max(mu, 0.0) + math.log1p(math.exp(-abs(mu)))", 0.5 + math.log1p(math.exp(-0.5))),
        ("(math.copysign(1.0, mu)*(mu != 0))", 1.0),
        ("(n if mu < 1 and not m > 3 else 0)", 7),
        ("(0 if mu >= 1 or m == 3 else 1e-3)", 1e-3),
        ("math", 5),
        ("abs(abs)", 6),
    ],
)
def test_arithmetic_is_what_python_makes_of_it(text: str, value: float) -> None:
    found = evaluate(text, NAMES)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "().__class__",
        "n.bit_length()",
        "math.__loader__",
        "math.sqrt.__self__",
        "math.nothing(1)",
        "math.pi(1)",
        "open('x')",
        "[n][0]",
        "'a' * 3",
        "lambda: 1",
        "(x := 1)",
        "print(1)",
        "n if m",
        "q",
        "math.sqrt(x=1)",
        "math.sqrt(*[1])",
        "f'{n}'",
        "",
        "-" * 100_000 + "1",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        evaluate(text, NAMES)


def test_errors_of_arithmetic_are_pythons() -> None:
    with pytest.raises(ZeroDivisionError):
        evaluate("1/m", {"m": 0})
    with pytest.raises(ValueError, match="domain"):
        evaluate("math.sqrt(m)", {"m": -1})
