"""A C program that asks everything of the interface of a problem, and prints what it is told."""

import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

import nzdiff as nz
from nzdiff.codegen.c_interface.example import array_lines, declarations
from nzdiff.codegen.compile import checked
from nzdiff.runtime.model import Model

SANITIZED = (
    *("-std=c11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-pedantic-errors"),
    *("-fsanitize=address,undefined", "-fno-sanitize-recover=all"),
)
ENERGY = {"energy": "1", "gradient": "SIZE"}
SQUARES = {"residual": "RESIDUAL", "jvp": "RESIDUAL", "vjp": "SIZE", "gnvp": "SIZE"}
ALONG = {"jvp": "v, ", "vjp": "w, ", "gnvp": "v, ", "hvp": "v, "}


def compiled(compiler: str, folder: Path, name: str, flags: tuple[str, ...] = SANITIZED) -> Path:
    """The object file of an interface."""
    found = folder / f"{name}-{compiler}.o"
    run(compiler, *flags, "-c", folder / f"{name}.c", "-o", found)
    return found


def run(*command: Any) -> str:
    """Run a command; what it printed. An AssertionError holds what it complained about."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def can(*command: Any) -> bool:
    """Whether a command is there and succeeds."""
    with suppress(FileNotFoundError):
        return subprocess.run([*command], capture_output=True, check=False).returncode == 0
    return False


def asked(
    problem: nz.Problem, given: Mapping[str, Any], model: Model, vectors: Mapping[str, Any], w: Any
) -> str:
    """The text of the program: every function twice, in two orders."""
    name = problem.name
    arrays, filling = declarations(model.spec, checked(problem, given))
    for own, vector in {**vectors, "w": w}.items():
        kind = "int32_t" if own in ("row", "column") else "double"
        arrays += array_lines(kind, own, vector)
    is_squares = model.spec.only_squares
    sizes = {**ENERGY, **(SQUARES if is_squares else {}), "hvp": "SIZE"}
    calls = [line for what, size in sizes.items() for line in _call(name, what, size)]
    again = [line for what in ("hvp", "energy") for line in _call(name, what, sizes[what])]
    again += _hessian(name, len(vectors["row"]))
    residual = model.residual_size if is_squares and model.is_sum_of_squares else len(w)
    check = [f"if ({name}_residual_size(handle) != {len(w)}) return 2;"] if len(w) else []
    return "\n".join(
        [
            f'#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include "{name}.h"',
            f"enum {{ SIZE = {model.size}, RESIDUAL = {residual} }};",
            *arrays,
            "static int print(const char *what, int code, int64_t count, const double *values,",
            "                 const char *detail)",
            "{",
            '    printf("%s %d", what, code);',
            "    for (int64_t t = 0; code == 0 && t < count; t++)",
            '        printf(" %a", values[t]);',
            '    printf("%s%s\\n", code ? " " : "", detail);',
            "    return code;",
            "}",
            "int main(void)",
            "{",
            f"    {name}_data data;",
            "    (void)w;",
            "    memset(&data, 0, sizeof data);",
            *(f"    {line}" for line in filling),
            "    double *result = calloc(SIZE * SIZE + SIZE + RESIDUAL + 1, sizeof *result);",
            f"    {name} *handle;",
            f"    int code = {name}_create(&data, &handle);",
            f'    print("create", code, 0, NULL, {name}_detail(handle));',
            f"    if ({name}_size(handle) != (code ? -1 : SIZE)) return 1;",
            "    if (code == 0) {",
            *(f"        {line}" for line in (*check, *calls, *again)),
            "    }",
            f"    {name}_destroy(handle);",
            "    free(result);",
            "    return 0;",
            "}\n",
        ]
    )


def _call(name: str, what: str, size: str) -> list[str]:
    return [
        f"code = {name}_{what}(handle, g, {ALONG.get(what, '')}result);",
        f'print("{what}", code, {size}, result, {name}_detail(handle));',
    ]


def _hessian(name: str, count: int) -> list[str]:
    """The values on a pattern, and what is said where it lacks them."""
    return [
        f"const {name}_sparse pattern = {{{count}, row, column, NULL, NULL}}, none = {{0}};",
        f"code = {name}_set_hessian_pattern(handle, &pattern);",
        f"code = code ? code : {name}_hessian_values(handle, g, result);",
        f'print("hessian", code, {count}, result, {name}_detail(handle));',
        f"code = {name}_set_hessian_pattern(handle, &none);",
        f"code = code ? code : {name}_hessian_values(handle, g, result);",
        'print("missing", code, 0, NULL, "");',
    ]


def answers(
    problem: nz.Problem,
    given: Mapping[str, Any],
    object_file: Path,
    compiler: str,
    *libraries: str,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the program prints, and what the model in Python says, by function."""
    model = problem.bind(**given)
    rng = np.random.default_rng(7)
    g, v = rng.standard_normal(model.size), rng.standard_normal(model.size)
    squares = model.spec.only_squares and model.is_sum_of_squares
    w = rng.standard_normal(model.residual_size) if squares else np.zeros(0)
    source = object_file.with_name("asked.c")
    H = model.hessian(g).toarray()
    row, column = np.nonzero(np.tril(np.abs(H) > 1e-14 * np.abs(H).max(initial=0.0)))
    order = rng.permutation(row.size)
    vectors = {"g": g, "v": v, "row": row[order], "column": column[order]}
    source.write_text(asked(problem, given, model, vectors, w))
    program = object_file.with_name("asked")
    run(
        compiler,
        *SANITIZED,
        "-I",
        object_file.parent,
        source,
        object_file,
        *libraries,
        "-lm",
        "-o",
        program,
    )
    told = dict[str, Any]()
    for line in run(program).splitlines():
        what, code, *numbers = line.split(" ")
        told[what] = [float.fromhex(x) for x in numbers if x] if code == "0" else line
    expected: dict[str, Any] = {"create": []}
    expected |= {"energy": [model.energy(g)], "gradient": model.gradient(g)}
    if squares:
        expected |= {"residual": model.residual(g), "jvp": model.jvp(g, v)}
        expected |= {"vjp": model.vjp(g, w), "gnvp": model.gauss_newton(g) @ v}
    elif model.spec.only_squares:
        refused = "9 the weight of a squared norm is negative"
        expected |= {what: f"{what} {refused}" for what in SQUARES}
    expected |= {"hvp": H @ v, "hessian": H[row, column][order]}
    return told, expected | {"missing": "missing 4 " if row.size else []}
