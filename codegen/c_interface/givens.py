"""What a caller gives: the members of the struct, and the lines of C that take each of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nzdiff.codegen.c_interface.arithmetic import c_arithmetic
from nzdiff.codegen.c_interface.building import Building
from nzdiff.codegen.c_interface.names import spoken
from nzdiff.runtime.data.members import member
from nzdiff.runtime.data.spec import Argument, Array, KernelSpec, OutputName


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the struct that a handle is made of."""

    declaration: str
    comment: str


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the interface: its comment, its head without `;`, its lines."""

    comment: str
    head: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Givens:
    """The arguments, scalars and sizes of a program under the name of its library."""

    name: str
    building: Building

    def members(self) -> list[Member]:
        """Sizes, matrices and scalars, in this order."""
        spec = self.building.spec
        sizes = f"int64_t {', '.join(map(spoken, spec.dims))};"
        found = [Member(sizes, "sizes")] if spec.dims else []
        for a in spec.arguments:
            shape, kind, own = f"{a.rows} x {a.cols}", f"{self.name}_{a.kind}", spoken(a.name)
            if a.kind in ("dense", "sparse"):
                found.append(Member(f"{kind} {own};", f"{shape}{_symmetric(a)}"))
            elif a.kind == "unknown":
                comment = f"where the unknown {a.name} stores values, {shape}{_symmetric(a)}"
                found.append(Member(f"{self.name}_sparse {own};", comment))
            elif a.kind == "diagonal":
                found.append(Member(f"const double *{own};", f"the diagonal, {a.rows} numbers"))
        found += [Member(f"double {spoken(x)};", "a number") for x in spec.scalars]
        return found or [Member("char nothing;", "there is nothing to give")]

    def state(self) -> list[str]:
        """Members of the handle."""
        spec = self.building.spec
        count, residuals = len(spec.unknowns), max(len(spec.residual_weights), 1)
        lines = [
            f"const int32_t *of[{count}];",
            f"int64_t sizes[{count}], counts[{count}];",
            f"double weight[{residuals}];",
            f"int64_t rows[{residuals}], cols[{residuals}], residual_size;",
            "int is_negative;",
        ]
        for a in self._of_kind("sparse"):
            own = spoken(a.name)
            lines += [f"const int32_t *place_{own}, *mirror_{own};", f"int64_t count_{own};"]
        return lines + [f"double scalar_{spoken(x)};" for x in spec.scalars]

    def takers(self) -> list[str]:
        """A function for each matrix of data that takes its numbers; one for coefficients."""
        lines = [line for a, array in self._data() for line in (*self._taker(a, array), "")]
        return [*lines, *self._coefficients()]

    def _taker(self, a: Argument, array: Array) -> list[str]:
        own, to = spoken(a.name), f"self->w.{array.name}"
        size = self.building.size
        if a.kind == "dense":
            given = f"const {self.name}_dense *given"
            call = (
                f'take_dense(s, "{a.name}", given->values, given->ld, given->order, '
                f"{a.symmetric:d}, {size(a.rows)}, {size(a.cols)}, {to});"
            )
        elif a.kind == "sparse":
            given = "const double *given"
            places = f"self->count_{own}, self->place_{own}, self->mirror_{own}"
            call = f'take_stored(s, "{a.name}", {places}, given, {to});'
        else:
            given = "const double *given"
            call = f'take_vector(s, "{a.name}", {size(a.rows)}, given, {to});'
        return [
            f"static void replace_{own}({self.name} *self, {given})",
            "{",
            "    setup *s = &self->setup;",
            "    nzdiff_workspace *w = &self->w;",
            "    (void)w;",
            f"    {call}",
            "}",
        ]

    def _coefficients(self) -> list[str]:
        spec = self.building.spec
        names = {member(name): f"(double)w->{member(name)}" for name in spec.dims}
        names |= {member(name): f"self->scalar_{spoken(name)}" for name in spec.scalars}
        weights = [(str(weight), f"weight[{r}]") for r, weight in enumerate(spec.residual_weights)]
        numbers = [(text, f"coefficient_{name}") for name, text in spec.coefficients]
        lines = [
            f"static void take_scalars({self.name} *self)",
            "{",
            "    setup *s = &self->setup;",
            "    nzdiff_workspace *w = &self->w;",
            "    (void)w;",
        ]
        lines += [f"    double weight[{len(weights)}];"] if weights else []
        for text, target in (*weights, *numbers):
            kind = "double " if target.startswith("coefficient_") else ""
            value, shown = c_arithmetic(text, names), self._shown(text)
            lines.append(f'    {kind}{target} = checked_number(s, "{shown}", {value});')
        lines += ["    if (s->code)", "        return;", "    self->is_negative = 0;"]
        for r in range(len(weights)):
            lines.append(f"    self->is_negative |= weight[{r}] < 0;")
            lines.append(f"    self->weight[{r}] = sqrt(fabs(weight[{r}]));")
        lines += [f"    w->{name} = coefficient_{name};" for name, _ in spec.coefficients]
        return [*lines, "}", ""]

    def _shown(self, text: str) -> str:
        """A formula in the names of the problem."""
        names = (*self.building.spec.dims, *self.building.spec.scalars)
        for name in sorted(names, key=len, reverse=True):
            text = text.replace(member(name), name)
        return text.replace("math.", "")

    def building_lines(self) -> list[str]:
        """The body of what makes a handle."""
        spec, made = self.building.spec, self.building
        stop = ["if (s->code)", "    return;"]
        lines = [
            f'w->{member(d)} = whole(s, "{d}", (double)given->{spoken(d)});' for d in spec.dims
        ]
        lines += [
            f'self->scalar_{x} = checked_number(s, "{x}", given->{x});'
            for x in map(spoken, spec.scalars)
        ]
        lines += stop
        for a in spec.arguments:
            lines += self._pattern(a)
        lines += [*made.constants(), *stop, *made.patterns(), *stop, *made.numbers()]
        lines += [*made.arrays(), f"w->done = room(s, &s->kept, {self.flags}, 1);"]
        lines += [*self._residuals(), "w->threads = 1;", *stop, *made.lists(), *stop]
        for a, _ in self._data():
            values = {"dense": "&given->{}", "sparse": "given->{}.values", "diagonal": "given->{}"}
            own = spoken(a.name)
            lines.append(f"replace_{own}(self, {values[a.kind].format(own)});")
        return [*lines, "take_scalars(self);"]

    def _residuals(self) -> list[str]:
        """The shape of each residual; of a sparse one its stored values as a column."""
        spec, made = self.building.spec, self.building
        known = (spec.output(o) for o in squares_of(spec) if o in ("residual", "jvp"))
        names = next(known, spec.cotangents if "vjp" in squares_of(spec) else ())
        arrays = {array.name: array for array in spec.arrays}
        lines = []
        for r, array in enumerate(arrays[name] for name in names):
            is_dense = array.support is None
            rows = made.size(array.rows) if is_dense else made.length(array)
            cols = made.size(array.cols) if is_dense else "1"
            lines += [f"self->rows[{r}] = {rows};", f"self->cols[{r}] = {cols};"]
            lines.append(f"self->residual_size += self->rows[{r}] * self->cols[{r}];")
        return lines

    @property
    def flags(self) -> int:
        """How many stages and constants are valid or not."""
        return self.building.spec.stages + len(self.building.spec.made_of) + 1

    def _pattern(self, a: Argument) -> list[str]:
        own, leaf = spoken(a.name), f"leaf[{self.building.leaves.get(a.name)}]"
        shape = f"{self.building.size(a.rows)}, {self.building.size(a.cols)}"
        entries = f"given->{own}.count, given->{own}.i, given->{own}.j, given->{own}.start"
        if a.kind == "sparse":
            place = f"self->place_{own}"
            lines = [
                f'{leaf} = take_pattern(s, "{a.name}", {shape}, {entries}, &{place});',
                f"self->count_{own} = given->{own}.count;",
            ]
            if a.symmetric:
                lines.append(f'self->mirror_{own} = mirrored(s, "{a.name}", {leaf}, {place});')
            return lines
        made = {
            "unknown": f'take_pattern(s, "{a.name}", {shape}, {entries}, &place)',
            "unknown dense": f'full(s, "{a.name}", {shape}, &place)',
            "unknown diagonal": f"diagonal(s, {self.building.size(a.rows)}, &place)",
        }.get(a.kind)
        if made is None:
            return []
        u = self.building.spec.unknowns.index(a.name)
        is_tied = a.symmetric and a.kind != "unknown diagonal"
        numbers = (
            f'lower_numbers_of(s, "{a.name}", {leaf}, place, &self->sizes[{u}])'
            if is_tied
            else f"numbers_of(s, {leaf}, place, &self->sizes[{u}])"
        )
        return [
            "{",
            "    const int32_t *place = NULL;",
            f"    {leaf} = {made};",
            f"    self->of[{u}] = {numbers};",
            f"    self->counts[{u}] = s->code ? 0 : {leaf}->count;",
            f"    self->size += self->sizes[{u}];",
            "}",
        ]

    def setters(self) -> Iterator[Function]:
        """A function that replaces each matrix of data, and each number."""
        for a, _ in self._data():
            own = spoken(a.name)
            given = f"const {self.name}_dense *" if a.kind == "dense" else "const double *"
            what = {
                "dense": f"Replace {a.name}",
                "sparse": f"Replace the values of {a.name}, in the order of its entries",
                "diagonal": f"Replace the diagonal {a.name}",
            }[a.kind]
            yield Function(
                f"{what}.  After an error the earlier numbers stay.",
                f"int {self.name}_set_{own}({self.name} *handle, {given}values)",
                (
                    "if (!handle)",
                    "    return NULL_POINTER;",
                    "setup *s = ready(handle);",
                    "if (!values)",
                    f'    fail(s, NULL_POINTER, "{a.name}: expected numbers, got NULL");',
                    "if (s->code)",
                    "    return s->code;",
                    f"replace_{own}(handle, values);",
                    "if (!s->code)",
                    "    forget(handle);",
                    "return s->code;",
                ),
            )
        for x in map(spoken, self.building.spec.scalars):
            yield Function(
                f"Replace the number {x}.  After an error the earlier one stays.",
                f"int {self.name}_set_{x}({self.name} *handle, double number)",
                (
                    "if (!handle)",
                    "    return NULL_POINTER;",
                    "setup *s = ready(handle);",
                    "if (s->code)",
                    "    return s->code;",
                    f"const double before = handle->scalar_{x};",
                    f'handle->scalar_{x} = checked_number(s, "{x}", number);',
                    "take_scalars(handle);",
                    "if (s->code)",
                    f"    handle->scalar_{x} = before;",
                    "else",
                    "    forget(handle);",
                    "return s->code;",
                ),
            )

    def _of_kind(self, kind: str) -> list[Argument]:
        return [a for a in self.building.spec.arguments if a.kind == kind]

    def _data(self) -> list[tuple[Argument, Array]]:
        """The arguments that hold numbers, each with its array."""
        spec = self.building.spec
        pairs = zip(spec.arguments, spec.arrays, strict=False)
        return [(a, array) for a, array in pairs if a.kind in ("dense", "sparse", "diagonal")]


def squares_of(spec: KernelSpec) -> tuple[OutputName, ...]:
    """The functions of a program; those of residuals only where the energy is a sum of squares."""
    of_squares = ("residual", "jvp", "vjp", "gnvp")
    return tuple(o for o, _ in spec.outputs if spec.only_squares or o not in of_squares)


def _symmetric(a: Argument) -> str:
    return ", symmetric" if a.symmetric else ""
