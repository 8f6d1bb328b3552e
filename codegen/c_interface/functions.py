"""The functions of an interface: energy, derivatives and products, on a handle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nzdiff.codegen.c_interface.building import Building
from nzdiff.codegen.c_interface.givens import Function, squares_of
from nzdiff.runtime.data.spec import OutputName

OF_RESIDUALS: tuple[OutputName, ...] = ("residual", "jvp", "vjp")
COMMENTS: dict[OutputName, str] = {
    "energy": "E at g.",
    "gradient": "The gradient, of the length of g.",
    "residual": "The residual r with E = |r|^2: vec(f), by columns, times the root of its weight.\n"
    " * Several follow one another; a sparse one is given where it is stored, row by row.",
    "jvp": "J v, for v of the length of g.",
    "vjp": "The transpose of J times w, for w of the length of the residual.",
    "gnvp": "The Gauss-Newton matrix, the Hessian without the curvature of r, times v.",
    "hvp": "The Hessian times v, for v of the length of g.",
}
ALONG: dict[OutputName, str] = {"jvp": "v", "gnvp": "v", "hvp": "v", "vjp": "w"}
RESULTS: dict[OutputName, str] = {"jvp": "product", "vjp": "product", "gnvp": "product"}
RESULTS |= {"hvp": "product"}


@dataclass(frozen=True, slots=True)
class Functions:
    """What can be asked of a handle, under the name of its library."""

    name: str
    building: Building

    def all(self) -> Iterator[Function]:
        """In the order in which the header has them."""
        outputs = squares_of(self.building.spec)
        yield self._function("energy")
        yield self._function("gradient")
        yield self._both()
        if any(output in OF_RESIDUALS for output in outputs):
            yield self._residual_size()
        for output in outputs:
            if output not in ("energy", "gradient"):
                yield self._function(output)
        if self.has_hessian:
            yield from self._hessian()

    @property
    def has_hessian(self) -> bool:
        """Whether there are products with the Hessian, from which its entries follow."""
        return bool(self.building.spec.output("hvp"))

    def moving(self) -> list[str]:
        """Lines that write g into the unknowns."""
        names = self._unknowns()
        lines = [
            f"changed |= spread_numbers(self->counts[{u}], self->of[{u}], g, w->{name});"
            for u, name in names
        ]
        return _after_each(lines, [f"g += self->sizes[{u}];" for u, _ in names])

    def _unknowns(self) -> list[tuple[int, str]]:
        spec = self.building.spec
        arrays = {a.name: b.name for a, b in zip(spec.arguments, spec.arrays, strict=False)}
        return [(u, arrays[name]) for u, name in enumerate(spec.unknowns)]

    def _residual_size(self) -> Function:
        head = f"int64_t {self.name}_residual_size(const {self.name} *handle)"
        lines = ("return handle && !handle->broken ? handle->residual_size : -1;",)
        return Function("The length of the residual; -1 without a working handle.", head, lines)

    def _function(self, output: OutputName) -> Function:
        along, result = ALONG.get(output, ""), RESULTS.get(output, output)
        given = f"const double *{along}, " if along else ""
        head = f"int {self.name}_{output}({self.name} *handle, const double *g, {given}"
        counts = {"energy": "1", "residual": "handle->residual_size"}
        counts |= {"jvp": "handle->residual_size"}
        lines = self._begin(counts.get(output, "handle->size"), result)
        if output in (*OF_RESIDUALS, "gnvp"):
            lines += ["if (handle->is_negative)"]
            lines += ['    fail(s, NO_SQUARES, "the weight of a squared norm is negative");']
        if along:
            of = "handle->residual_size" if along == "w" else "handle->size"
            lines.append(f'check_vector(s, "{along}", {of}, {along});')
        lines += ["if (s->code)", "    return s->code;", *self._written(along)]
        lines += [f"nzdiff_{output}(at);", *self._read(output, result), "return OK;"]
        return Function(COMMENTS[output], f"{head}double *{result})", tuple(lines))

    def _begin(self, count: str, result: str) -> list[str]:
        return [
            "if (!handle)",
            "    return NULL_POINTER;",
            "setup *s = ready(handle);",
            "nzdiff_workspace *at = &handle->w;",
            "move(handle, g);",
            f'check_result(s, "{result}", {result}, {count});',
        ]

    def _written(self, along: str) -> list[str]:
        """Lines that write a direction or a cotangent."""
        spec = self.building.spec
        if along == "v":
            lines = [
                f"spread_numbers(handle->counts[{u}], handle->of[{u}], v, at->{name});"
                for u, name in enumerate(spec.tangents)
            ]
            return _after_each(lines, [f"v += handle->sizes[{u}];" for u in range(len(lines))])
        if along == "w":
            lines = [
                f"from_vector({_residual(r)}, w, at->{name});"
                for r, name in enumerate(spec.cotangents)
            ]
            return _after_each(lines, [f"w += {_length(r)};" for r in range(len(lines))])
        return []

    def _read(self, output: OutputName, result: str) -> list[str]:
        arrays = self.building.spec.output(output)
        if output == "energy":
            return [f"*energy = at->{arrays[0]}[0];"]
        if output in ("residual", "jvp"):
            lines = [
                f"to_vector({_residual(r)}, at->{name}, {result});" for r, name in enumerate(arrays)
            ]
            return _after_each(lines, [f"{result} += {_length(r)};" for r in range(len(lines))])
        lines = [
            f"gather_numbers(handle->sizes[{u}], handle->counts[{u}], handle->of[{u}], at->{name}, "
            f"{result});"
            for u, name in enumerate(arrays)
        ]
        return _after_each(lines, [f"{result} += handle->sizes[{u}];" for u in range(len(lines))])

    def _both(self) -> Function:
        lines = [
            *self._begin("handle->size", "gradient"),
            'check_result(s, "energy", energy, 1);',
            "if (s->code)",
            "    return s->code;",
            "nzdiff_energy(at);",
            *self._read("energy", "energy"),
            "nzdiff_gradient(at);",
            *self._read("gradient", "gradient"),
            "return OK;",
        ]
        head = f"int {self.name}_energy_and_gradient({self.name} *handle, const double *g, "
        return Function(
            "Both, which share their work.",
            f"{head}double *energy, double *gradient)",
            tuple(lines),
        )

    def _hessian(self) -> Iterator[Function]:
        yield Function(
            "State where the Hessian stores values, of one triangle or of both; each entry once.\n"
            " * Columns are put in groups that share no row; a later call replaces the pattern.",
            f"int {self.name}_set_hessian_pattern({self.name} *handle, "
            f"const {self.name}_sparse *pattern)",
            (
                "if (!handle)",
                "    return NULL_POINTER;",
                "setup *s = ready(handle);",
                "if (!pattern)",
                '    fail(s, NULL_POINTER, "pattern: expected a pattern, got NULL");',
                "if (s->code)",
                "    return s->code;",
                "plan_hessian(s, &handle->hessian, handle->size, pattern->count, pattern->i, "
                "pattern->j, pattern->start);",
                "return s->code;",
            ),
        )
        yield Function(
            "How many products hessian_values takes, and one that checks them; -1 without a "
            "pattern.",
            f"int64_t {self.name}_hessian_groups(const {self.name} *handle)",
            ("return handle && handle->hessian.memory ? handle->hessian.groups : -1;",),
        )
        yield Function(
            "The Hessian at g, one value for each entry of its pattern, in their order.\n"
            " * BAD_PATTERN where it has entries outside of the pattern and its mirror.",
            f"int {self.name}_hessian_values({self.name} *handle, const double *g, double *values)",
            (
                "if (!handle)",
                "    return NULL_POINTER;",
                "setup *s = ready(handle);",
                "const hessian_plan *plan = &handle->hessian;",
                "if (!plan->memory)",
                '    fail(s, BAD_PATTERN, "pattern: expected one, by set_hessian_pattern");',
                'check_result(s, "values", values, plan->count);',
                "for (int64_t group = 0; !s->code && group <= plan->groups; group++) {",
                "    if (group < plan->groups)",
                "        choose_columns(plan, group);",
                "    else",
                "        scatter_numbers(plan);",
                f"    if ({self.name}_hvp(handle, g, plan->vector, plan->product))",
                "        break;",
                "    if (group < plan->groups)",
                "        take_columns(plan, group);",
                "}",
                "if (!s->code)",
                "    check_values(s, plan);",
                "for (int64_t e = 0; !s->code && e < plan->count; e++)",
                "    values[e] = plan->values[plan->entry[e]];",
                "return s->code;",
            ),
        )


def _residual(r: int) -> str:
    return f"handle->rows[{r}], handle->cols[{r}], handle->weight[{r}]"


def _length(r: int) -> str:
    return f"handle->rows[{r}] * handle->cols[{r}]"


def _after_each(lines: list[str], steps: list[str]) -> list[str]:
    """Each line, and the step from it to the next."""
    found = [part for pair in zip(lines, steps, strict=True) for part in pair]
    return found[:-1]
