"""Random well-shaped expressions over the whole language, as text that two readers understand.

`generate(seed, depth, mix)` writes an expression such as ``sumsq(X_pk - Y_pm * G.T * B_mk)``.  Read
with the functions of nzdiff it is a problem; read with those of `jax_meaning` it is a number.
Sizes are texts as well: ``n``, ``n*m``, ``n+m``.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import nzdiff as nz
from nzdiff.derive.language import entrywise, functions
from nzdiff.derive.language.symbols import Matrix

DIMS = ("n", "m", "p")
UNKNOWNS: dict[str, str] = {
    "dense": "dense('G', n, m)",
    "dense column": "dense('G', n, 1)",
    "sparse": "sparse('G', n, m)",
    "sparse square": "sparse('G', n, n)",
    "diagonal": "diagonal('G', n)",
    "dense symmetric": "dense('G', n, n, symmetric=True)",
    "sparse symmetric": "sparse('G', n, n, symmetric=True)",
}
"""The kinds of unknowns, and how each is declared."""
WORDS: dict[str, Any] = {
    **{name: getattr(nz, name) for name in nz.__all__ if name in dir(functions) + dir(entrywise)},
    **{name: getattr(nz, name) for name in ("dense", "sparse", "diagonal")},
    **dict(zip(DIMS, nz.dims(" ".join(DIMS)), strict=True)),
    "mu": nz.scalar("mu"),
}
"""What the words of a text mean to nzdiff."""
NUMBERS = ("2", "3", "-1", "0.5", "-0.25", "1.5")


@dataclass(frozen=True)
class Expression:
    """An expression as text, its declarations by name, and what it is made of."""

    text: str
    declarations: dict[str, str]
    unknowns: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    operations: Counter[str] = field(default_factory=Counter)

    @property
    def nodes(self) -> int:
        """Operations and symbols of the text."""
        return sum(self.operations.values())

    @property
    def symbols(self) -> dict[str, Matrix]:
        """The declared matrices by name."""
        return {name: eval(text, dict(WORDS)) for name, text in self.declarations.items()}

    def problem(self) -> nz.Problem:
        """What nzdiff makes of the text."""
        symbols = self.symbols
        unknowns = tuple(symbols[name] for name in self.unknowns)
        return nz.Problem(eval(self.text, WORDS | symbols), wrt=unknowns)

    def __str__(self) -> str:
        made = "; ".join(f"{name} = {maker}" for name, maker in self.declarations.items())
        return f"{self.text}\n    wrt {', '.join(self.unknowns)}; {made}"


def generate(
    seed: int, depth: int = 3, mix: Mapping[str, float] | None = None
) -> tuple[nz.Problem, Expression]:
    """A random problem of one or two unknowns and its text, the same for the same arguments.

    mix: the weight of each operation by its name in `OPERATIONS`; 1 where it says nothing.
    """
    rng = random.Random(f"{seed} {depth}")
    while True:
        expression = _Writer(rng, mix or {}).expression(depth)
        try:
            return expression.problem(), expression
        except Exception as error:  # what SymPy cancelled, or a size that no matrix sets
            if not re.search("does not contain this unknown|has this dimension", str(error)):
                error.add_note(str(expression))
                raise


Rule = Callable[..., str | None]


@dataclass
class _Writer:
    rng: random.Random
    mix: Mapping[str, float]
    declarations: dict[str, str] = field(default_factory=dict)
    unknowns: dict[str, tuple[str, str]] = field(default_factory=dict)
    operations: Counter[str] = field(default_factory=Counter)

    def expression(self, depth: int) -> Expression:
        rng = self.rng
        kinds = [rng.choice(list(UNKNOWNS))]
        if rng.random() < 0.3:
            kinds.append(rng.choice(list(UNKNOWNS)))
        for name, kind in zip("GH", kinds, strict=False):
            declaration = UNKNOWNS[kind].replace("G", name)
            rows, cols = "n", "n"
            if "1)" in declaration or "m)" in declaration:
                cols = "1" if "1)" in declaration else "m"
            self.unknowns[name] = rows, cols
            self.declarations[name] = declaration
        while True:
            self.operations.clear()
            if rng.random() < 0.7:
                text = self.number(depth)
            else:
                text = self.matrix(self.size(), self.size(), depth)
            if all(re.search(rf"\b{name}\b", text) for name in self.unknowns):
                break
        used = {k: v for k, v in self.declarations.items() if re.search(rf"\b{k}\b", text)}
        return Expression(text, used, tuple(self.unknowns), tuple(kinds), +self.operations)

    def size(self) -> str:
        """One of the sizes of an unknown more often than another."""
        sizes = [size for shape in self.unknowns.values() for size in shape]
        return self.rng.choice([*sizes, *sizes, *DIMS, "1"])

    def matrix(self, rows: str, cols: str, depth: int) -> str:
        """An expression of this shape, no deeper than `depth`."""
        if depth <= 0:
            return self.leaf(rows, cols)
        return self.choose(MATRICES, depth, rows, cols) or self.leaf(rows, cols)

    def number(self, depth: int) -> str:
        """An expression that is a number."""
        if depth <= 0:
            return self.count(self.rng.choice(["mu", *NUMBERS]), "number")
        return self.choose(SCALARS, depth) or "mu"

    def choose(self, rules: Mapping[str, Rule], depth: int, *shape: str) -> str | None:
        names = list(rules)
        weights = [self.mix.get(name, WEIGHTS.get(name, 1.0)) for name in names]
        for _ in range(50):
            name = self.rng.choices(names, weights)[0]
            text = rules[name](self, *shape, depth - 1)
            if text is not None:
                return self.count(text, name)
        return None

    def count(self, text: str, name: str) -> str:
        self.operations[name] += 1
        return text

    def leaf(self, rows: str, cols: str) -> str:
        """An unknown where one fits, data otherwise."""
        fitting = [name for name, shape in self.unknowns.items() if shape == (rows, cols)]
        turned = [f"{n}.T" for n, shape in self.unknowns.items() if shape == (cols, rows)]
        if (fitting or turned) and self.rng.random() < 0.75:
            return self.count(self.rng.choice(fitting + turned), "unknown")
        return self.count(self.data(rows, cols), "data")

    def data(self, rows: str, cols: str, sparse: bool = False) -> str:
        """A matrix that does not vary; a constant where no symbol has this shape."""
        simple = all(size in (*DIMS, "1") for size in (rows, cols))
        if not simple:
            return self.assembled(rows, cols)
        kinds = [f"sparse('S_{rows}{cols}', {rows}, {cols})"]
        if not sparse:
            kinds += [f"dense('{x}_{rows}{cols}', {rows}, {cols})" for x in "XY"]
        if rows == cols and rows != "1":
            kinds.append(f"sparse('T_{rows}', {rows}, {rows}, symmetric=True)")
            if not sparse:
                kinds.append(f"diagonal('D_{rows}', {rows})")
                kinds.append(f"dense('M_{rows}', {rows}, {rows}, symmetric=True)")
        declaration = self.rng.choice(kinds)
        name = declaration.split("'")[1]
        self.declarations[name] = declaration
        return name

    def assembled(self, rows: str, cols: str) -> str:
        """A Kronecker product or a stack of data and unknowns, for sizes of two parts."""
        for sign, sides in (("*", ("kron", "kron")), ("+", ("vstack", "hstack"))):
            for place, size in enumerate((rows, cols)):
                if sign in size:
                    one, two = size.split(sign)
                    other = (cols, rows)[place]
                    if sign == "+":
                        shapes = [(one, other), (two, other)]
                    else:
                        a, _, b = other.partition("*")
                        shapes = [(one, a), (two, b or "1")]
                    parts = [s if place == 0 else s[::-1] for s in shapes]
                    made = [self.leaf(*part) for part in parts]
                    return self.count(f"{sides[place]}({made[0]}, {made[1]})", sides[place])
        raise AssertionError(f"{rows} × {cols}")

    def positive(self, rows: str, cols: str, depth: int) -> str:
        """A matrix of positive entries; now and then data, which may be anything."""
        inner = self.matrix(rows, cols, depth - 1)
        self.operations["positive"] += 1
        return self.rng.choice(
            (
                f"exp(0.5 * {_tight(inner)})",
                f"(hadamard({inner}, {inner}) + 0.5 * ones({rows}, {cols}))",
                f"softplus({inner})",
                f"cosh(0.5 * {_tight(inner)})",
                f"(absolute({inner}) + ones({rows}, {cols}))",
                f"(2 * ones({rows}, {cols}) + sin({inner}))",
            )
        )

    def regular(self, size: str, depth: int) -> str:
        """A matrix that is seldom singular."""
        inner = self.matrix(size, size, depth - 1)
        self.operations["regular"] += 1
        shift = f"{self.rng.choice('23')} * identity({size})"
        gram = self.matrix(self.size(), size, depth - 1)
        choices = [
            f"({inner} + {shift})",
            f"({_tight(gram)}.T * {_tight(gram)} + {shift})",
            f"({_tight(inner)} * {_tight(inner)}.T + {shift})",
        ]
        if size in DIMS:
            self.declarations[f"R_{size}"] = f"dense('R_{size}', {size}, {size})"
            choices += [f"(R_{size} + {inner})", f"R_{size}"]
        return self.rng.choice(choices)

    def pattern(self, rows: str, cols: str) -> str | None:
        """An expression of which the stored positions are known, unknowns among it."""
        found = []
        for name, shape in self.unknowns.items():
            if not self.declarations[name].startswith("dense"):
                found += [name] if shape == (rows, cols) else []
                found += [f"{name}.T"] if shape == (cols, rows) else []
        if all(size in DIMS for size in (rows, cols)):
            found.append(self.data(rows, cols, sparse=True))
            if self.rng.random() < 0.3:
                first = self.rng.choice(found)
                return f"({first} + {self.data(rows, cols, sparse=True)})"
            if self.rng.random() < 0.2:
                k = self.rng.choice(DIMS)
                pair = self.data(rows, k, sparse=True), self.data(k, cols, sparse=True)
                return f"({pair[0]} * {pair[1]})"
        return self.rng.choice(found) if found else None

    def place(self, rows: str, cols: str) -> tuple[str, str]:
        """Row and column of an entry that is there at every size above 1."""
        return tuple("0" if size == "1" else self.rng.choice("01") for size in (rows, cols))  # type: ignore[return-value]


def _tight(text: str) -> str:
    return text if re.fullmatch(r"\w+", text) else f"({text})"


# matrices: each takes the writer, rows, columns and the depth that is left; None where it fits not


def _add(w: _Writer, r: str, c: str, d: int) -> str:
    return f"({w.matrix(r, c, d)} {w.rng.choice('+-')} {w.matrix(r, c, d)})"


def _multiply(w: _Writer, r: str, c: str, d: int) -> str:
    k = w.size()
    return f"{_tight(w.matrix(r, k, d))} * {_tight(w.matrix(k, c, d))}"


def _transpose(w: _Writer, r: str, c: str, d: int) -> str:
    return f"{_tight(w.matrix(c, r, d))}.T"


def _scale(w: _Writer, r: str, c: str, d: int) -> str:
    return f"{_tight(w.number(w.rng.choice((0, d))))} * {_tight(w.matrix(r, c, d))}"


def _divide(w: _Writer, r: str, c: str, d: int) -> str:
    return f"{_tight(w.matrix(r, c, d))} / {_positive_number(w, w.rng.choice((0, d)))}"


def _inverse(w: _Writer, r: str, c: str, d: int) -> str | None:
    return f"inv({w.regular(r, d)})" if r == c else None


def _solve(w: _Writer, r: str, c: str, d: int) -> str:
    transposed = w.rng.choice(("", ".T"))
    return f"inv({w.regular(r, d)}){transposed} * {_tight(w.matrix(r, c, d))}"


def _matrix_power(w: _Writer, r: str, c: str, d: int) -> str | None:
    if r != c:
        return None
    exponent = w.rng.choice((2, 3, -1, -2, 0))
    inner = w.regular(r, d) if exponent < 0 else w.matrix(r, r, d)
    return f"{_tight(inner)}**{exponent}" if exponent >= 0 else f"{_tight(inner)}**({exponent})"


def _hadamard(w: _Writer, r: str, c: str, d: int) -> str:
    factors = [w.matrix(r, c, d) for _ in range(w.rng.choice((2, 2, 3)))]
    return f"hadamard({', '.join(factors)})"


def _quotient(w: _Writer, r: str, c: str, d: int) -> str:
    return f"quotient({w.matrix(r, c, d)}, {w.positive(r, c, d)})"


def _entry_power(w: _Writer, r: str, c: str, d: int) -> str:
    if w.rng.random() < 0.5:
        return f"power({w.matrix(r, c, d)}, {w.rng.choice((2, 3, 4))})"
    return (
        f"power({w.positive(r, c, d)}, {w.rng.choice(('0.5', '1.5', '-1', '-2', '2.5', '-0.5'))})"
    )


def _function(name: str) -> Rule:
    """A function on every entry that is smooth on the real line."""

    def rule(w: _Writer, r: str, c: str, d: int) -> str:
        inner = w.matrix(r, c, d)
        return f"{name}(0.5 * {_tight(inner)})" if w.rng.random() < 0.3 else f"{name}({inner})"

    return rule


def _of_positive(name: str) -> Rule:
    return lambda w, r, c, d: f"{name}({w.positive(r, c, d)})"


def _atanh(w: _Writer, r: str, c: str, d: int) -> str:
    return f"atanh(0.5 * {w.rng.choice(('tanh', 'sin', 'cos'))}({w.matrix(r, c, d)}))"


LAMBDAS = (
    "lambda x: x / (1 + x**2)",
    "lambda x: x * exp(-x)",
    "lambda x: sqrt(1 + x**2)",
    "lambda x: 2 * x",
    "lambda x: 3",
    "lambda x: x**2 - x",
    "lambda x: log(1 + exp(x)) * sin(x)",
    "lambda x: absolute(x) ** 3 / 4",
    "lambda x: x * sigmoid(2 * x)",
    "lambda x: 1 / (2 + cos(x))",
)


def _lambda(w: _Writer, r: str, c: str, d: int) -> str:
    return f"entrywise({w.rng.choice(LAMBDAS)}, {w.matrix(r, c, d)})"


def _map_nonzeros(w: _Writer, r: str, c: str, _: int) -> str | None:
    inner, functions = w.pattern(r, c), ("exp", "cos", "sqrt", "absolute", *LAMBDAS)
    if inner is None:
        return None
    function = w.rng.choice([f for f in functions if f != "sqrt" or inner.isidentifier()])
    if function == "sqrt":
        function = "lambda x: sqrt(x**2 + 0.1)"
    return f"map_nonzeros({function}, {inner})"


def _mask(w: _Writer, r: str, c: str, d: int) -> str | None:
    inner = w.pattern(r, c)
    return None if inner is None else f"mask({w.matrix(r, c, d)}, {inner})"


def _kron(w: _Writer, r: str, c: str, d: int) -> str:
    rows, cols = (size.split("*") if "*" in size else w.rng.choice(([size, "1"], ["1", size]))
                  for size in (r, c))  # fmt: skip
    return f"kron({w.matrix(rows[0], cols[0], d)}, {w.matrix(rows[1], cols[1], d)})"


def _diag(w: _Writer, r: str, c: str, d: int) -> str | None:
    return f"diag({w.matrix(r, '1', d)})" if r == c else None


def _diag_of(w: _Writer, r: str, c: str, d: int) -> str | None:
    return f"diag_of({w.matrix(r, r, d)})" if c == "1" else None


def _vec(w: _Writer, r: str, c: str, d: int) -> str | None:
    rows, _, cols = r.partition("*")
    return f"vec({w.matrix(rows, cols or '1', d)})" if c == "1" else None


def _unvec(w: _Writer, r: str, c: str, d: int) -> str | None:
    if "*" in r + c or "1" in (r, c):
        return None
    return f"unvec({w.matrix(f'{r}*{c}', '1', d)}, {r}, {c})"


def _commutation(w: _Writer, r: str, c: str, d: int) -> str | None:
    if "*" not in r:
        return None
    sizes = r.split("*")
    order = w.rng.choice((sizes, sizes[::-1]))
    return f"commutation({', '.join(order)}) * {_tight(w.matrix(r, c, d))}"


def _identity(w: _Writer, r: str, c: str, _: int) -> str | None:
    return f"identity({r})" if r == c else None


def _constant(w: _Writer, r: str, c: str, _: int) -> str:
    return f"{w.rng.choice(('ones', 'ones', 'zeros'))}({r}, {c})"


def _unit(w: _Writer, r: str, c: str, _: int) -> str:
    i, j = w.place(r, c)
    return f"unit({i}, {j}, {r}, {c})"


def _stacked_product(w: _Writer, r: str, c: str, d: int) -> str:
    k, j = w.size(), w.size()
    left = f"hstack({w.matrix(r, k, d)}, {w.matrix(r, j, d)})"
    return f"{left} * vstack({w.matrix(k, c, d)}, {w.matrix(j, c, d)})"


FUNCTIONS = ("exp", "sin", "cos", "tanh", "sinh", "cosh", "asinh", "absolute", "sign", "sigmoid",
             "softplus")  # fmt: skip
MATRICES: dict[str, Rule] = {
    "add": _add,
    "multiply": _multiply,
    "transpose": _transpose,
    "scale": _scale,
    "divide": _divide,
    "inverse": _inverse,
    "solve": _solve,
    "matrix power": _matrix_power,
    "hadamard": _hadamard,
    "quotient": _quotient,
    "entry power": _entry_power,
    **{name: _function(name) for name in FUNCTIONS},
    "tan": lambda w, r, c, d: f"tan(0.5 * sin({w.matrix(r, c, d)}))",
    "log": _of_positive("log"),
    "sqrt": _of_positive("sqrt"),
    "atanh": _atanh,
    "lambda": _lambda,
    "map_nonzeros": _map_nonzeros,
    "mask": _mask,
    "kron": _kron,
    "diag": _diag,
    "diag_of": _diag_of,
    "vec": _vec,
    "unvec": _unvec,
    "commutation": _commutation,
    "identity": _identity,
    "constant": _constant,
    "unit": _unit,
    "stack": _stacked_product,
    "leaf": lambda w, r, c, _: w.leaf(r, c),
}
"""The operations that make a matrix, by name."""


def _any_shape(w: _Writer) -> tuple[str, str]:
    """A shape, sometimes of sizes that only products and stacks have."""
    r, c = w.size(), w.size()
    draw = w.rng.random()
    if draw < 0.08 and "1" not in (r, c):
        return f"{r}*{c}", w.rng.choice(("1", "1", w.size()))
    if draw < 0.12 and r != "1":
        return f"{r}+{w.rng.choice(DIMS)}", c
    return (r, c) if draw < 0.9 or "1" in (r, c) else (c, f"{r}*{c}")


def _of_matrix(template: str) -> Rule:
    def rule(w: _Writer, d: int) -> str:
        r, c = _any_shape(w)
        if "+" in r:
            one, two = r.split("+")
            stacked = f"stack({w.matrix(one, c, d)}, {w.matrix(two, c, d)})"
            stacked = w.rng.choice(
                (stacked.replace("stack", "vstack", 1), f"hstack{_turned(stacked[5:])}")
            )
            return template.format(stacked)
        return template.format(w.matrix(r, c, d))

    return rule


def _turned(pair: str) -> str:
    """(A, B) as a tuple of transposes, which `hstack` takes."""
    depth, cut = 0, 0
    for place, letter in enumerate(pair[1:-1], start=1):
        depth += (letter in "([") - (letter in ")]")
        if letter == "," and depth == 0:
            cut = place
    return f"(({pair[1:cut]}).T, ({pair[cut + 2 : -1]}).T)"


def _of_square(template: str) -> Rule:
    def rule(w: _Writer, d: int) -> str:
        r = w.size()
        return template.format(w.matrix(r, r, d))

    return rule


def _of_regular(template: str) -> Rule:
    def rule(w: _Writer, d: int) -> str:
        return template.format(w.regular(w.size(), d))

    return rule


def _inner(w: _Writer, d: int) -> str:
    r, c = _any_shape(w)
    r = r.partition("+")[0]
    return f"inner({w.matrix(r, c, d)}, {w.matrix(r, c, d)})"


def _entry(w: _Writer, d: int) -> str:
    r, c = w.size(), w.size()
    i, j = w.place(r, c)
    return f"entry({w.matrix(r, c, d)}, {i}, {j})"


def _as_scalar(w: _Writer, d: int) -> str:
    r, c = w.size(), w.size()
    left, right = w.matrix(r, "1", d - 1), w.matrix(c, "1", d - 1)
    return f"as_scalar({_tight(left)}.T * {_tight(w.matrix(r, c, d))} * {_tight(right)})"


def _positive_number(w: _Writer, d: int) -> str:
    inner = w.number(d)
    w.operations["positive number"] += 1
    return w.rng.choice(
        (f"(1 + {_tight(inner)}**2)", f"(2 + sin({inner}))", f"exp(0.1 * {_tight(inner)})",
         f"(absolute({inner}) + 0.5)", f"softplus({inner})")
    )  # fmt: skip


SMOOTH = ("sin", "cos", "tanh", "asinh", "sigmoid", "softplus", "absolute", "sign")


def _scalar_function(w: _Writer, d: int) -> str:
    inner = w.number(d)
    choices = [f"{w.rng.choice(SMOOTH)}({inner})", f"exp(-0.1 * {_tight(inner)})"]
    choices += [f"{name}(sin({inner}) / 2)" for name in ("tan", "atanh", "sinh", "cosh", "exp")]
    return w.rng.choice(choices)


def _scalar_root(w: _Writer, d: int) -> str:
    return f"{w.rng.choice(('log', 'sqrt'))}({_positive_number(w, d)})"


def _scalar_power(w: _Writer, d: int) -> str:
    if w.rng.random() < 0.15:
        return f"power({_positive_number(w, d)}, sin({w.number(d)}))"
    if w.rng.random() < 0.5:
        return f"{_tight(w.number(d))}**{w.rng.choice((2, 3))}"
    return f"{_positive_number(w, d)}**({w.rng.choice(('0.5', '-0.5', '-1', '-2', '1.5'))})"


SCALARS: dict[str, Rule] = {
    "sumsq": _of_matrix("sumsq({})"),
    "norm": _of_matrix("norm({})"),
    "norm 1": _of_matrix("norm({}, 1)"),
    "norm 3": _of_matrix("norm({}, 3)"),
    "total": _of_matrix("total({})"),
    "trace": _of_square("trace({})"),
    "det": _of_square("det({})"),
    "det of regular": _of_regular("det({})"),
    "logdet": _of_regular("logdet({})"),
    "log of det": _of_regular("log(absolute(det({})))"),
    "inner": _inner,
    "entry": _entry,
    "as_scalar": _as_scalar,
    "scalar add": lambda w, d: f"({w.number(d)} {w.rng.choice('+-')} {w.number(d)})",
    "scalar multiply": lambda w, d: f"{_tight(w.number(d))} * {_tight(w.number(d))}",
    "scalar divide": lambda w, d: f"{_tight(w.number(d))} / {_positive_number(w, d)}",
    "scalar function": _scalar_function,
    "scalar root": _scalar_root,
    "scalar power": _scalar_power,
}
"""The operations that make a number, by name."""
OPERATIONS = (*MATRICES, *SCALARS)
WEIGHTS = {"add": 4.0, "multiply": 8.0, "transpose": 2.0, "hadamard": 2.0, "scale": 2.0,
           "solve": 2.0, "leaf": 3.0, "unit": 0.5, "identity": 0.5, "constant": 0.5,
           "sumsq": 4.0, "total": 3.0, "trace": 2.0, "inner": 2.0, "scalar add": 2.0,
           "matrix power": 2.0, "kron": 0.7, "vec": 6.0, "unvec": 1.5, "commutation": 9.0,
           "det": 0.3, "diag": 2.0, "diag_of": 3.0, "map_nonzeros": 2.0, "mask": 1.5,
           **dict.fromkeys(FUNCTIONS, 0.5)}  # fmt: skip
"""How often each operation is chosen where `mix` says nothing; 1 for the rest."""


def unknown_kinds(problem: nz.Problem) -> tuple[str, ...]:
    """The declared kinds of the unknowns of a problem."""
    unknowns: tuple[Matrix, ...] = problem.wrt
    return tuple(("symmetric " if u.symmetric else "") + u.kind_of for u in unknowns)
