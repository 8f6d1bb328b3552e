"""The evaluation as Markdown: ratios first, then times, what could not be done, and the machine."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.evaluation.program import LIMIT, OURS, PRODUCTS, WORKS
from benchmarks.evaluation.scaling import exponents
from benchmarks.solvers.report import markdown_table

Content = Mapping[str, Any]

TITLE = "# Evaluation"
EXPLANATION = """E(G) = ‖X − Y Gᵀ L G B‖²_F and its derivatives by the s stored values of G, in
double precision.  Every peer runs in a process of its own; in each round every one is timed once
on each work, at two points in turn, for about 20 ms after a call that is not counted; medians of
the rounds.  Numbers were checked before: whoever is off by more than 1e-8 is not timed."""
RATIOS = """Ratio tables: the peer's time ÷ ours in the same round, the median of all rounds.  More
than 1: ours is faster."""
LIMITS = """`limit`: the dense products with Y alone, by dgemm (diagonal Y: one copy of X, B, L
and g).  Who multiplies by Y cannot be faster; who prepares a triangular factor of Y can."""
DASH = "–"


def markdown(content: Content) -> str:
    """The whole report."""
    parts = [TITLE, EXPLANATION, f"Rounds: {content['repeats']}."]
    if content["stopped"]:
        parts.append("**Stopped before the end.**")
    parts += ["## Ratios", RATIOS, LIMITS, *_per_setting(content, ratio_table)]
    parts += ["## Times", "Milliseconds per call: median (minimum, quartiles)."]
    parts += _per_setting(content, time_table)
    parts += ["## First calls and memory", *_per_setting(content, first_table)]
    parts += ["## Programs", program_list(content)]
    parts += ["## What could not be done", problem_list(content)]
    parts += [*_startup(content), *_scaling(content), *_external(content)]
    parts += ["## Machine", "\n".join(f"- {key}: {value}" for key, value in about(content))]
    return "\n\n".join(part for part in parts if part) + "\n"


def settings_of(content: Content) -> list[tuple[str, int]]:
    """The (instance, threads) measured, in order."""
    found = [(setting["instance"], setting["threads"]) for setting in content["settings"]]
    return list(dict.fromkeys(found))


def outcomes_of(content: Content, instance: str, threads: int) -> list[dict[str, Any]]:
    """The outcomes of one setting."""
    return [
        outcome
        for outcome in content["outcomes"]
        if outcome["instance"] == instance and outcome["threads"] == threads
    ]


def medians(outcomes: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], float]:
    """Median seconds by (peer, work), where there are samples and the numbers were right."""
    return {
        (outcome["peer"], outcome["work"]): statistics.median(outcome["samples"])
        for outcome in outcomes
        if outcome["samples"] and not outcome["problem"]
    }


def ratios(outcomes: Sequence[Mapping[str, Any]], *, unit: str) -> dict[tuple[str, str], float]:
    """By (peer, work), the median over the rounds of its time ÷ that of `unit` in that round."""
    good = {(o["peer"], o["work"]): o["samples"] for o in outcomes if not o["problem"]}
    found = {}
    for (peer, work), samples in good.items():
        units = good.get((unit, work), ())
        if samples and units and len(samples) == len(units):
            pairs = zip(samples, units, strict=True)
            found[peer, work] = statistics.median(sample / one for sample, one in pairs)
        elif samples and units:
            found[peer, work] = statistics.median(samples) / statistics.median(units)
    return found


def ratio_table(content: Content, instance: str, threads: int) -> str:
    """Peer ÷ ours for each work; the last row our share of the limit, ours ÷ limit."""
    outcomes = outcomes_of(content, instance, threads)
    works = _works(outcomes)
    peers = [peer for peer in _peers(outcomes) if peer not in (OURS, LIMIT)]
    found = ratios(outcomes, unit=OURS)
    rows = [(peer, *(_number(found.get((peer, work))) for work in works)) for peer in peers]
    if peers:
        known = ([found[peer, work] for peer in peers if (peer, work) in found] for work in works)
        rows.append(("least of them", *(_number(min(row, default=None)) for row in known)))
    if LIMIT in _peers(outcomes):
        ours = ratios(outcomes, unit=LIMIT)
        rows.append((f"ours ÷ {LIMIT}", *(_number(ours.get((OURS, work))) for work in works)))
    return markdown_table(("peer ÷ ours", *(WORKS[work] for work in works)), rows)


def time_table(content: Content, instance: str, threads: int) -> str:
    """Milliseconds with their spread."""
    outcomes = outcomes_of(content, instance, threads)
    works, peers = _works(outcomes), _peers(outcomes)
    cells = {(outcome["peer"], outcome["work"]): _spread(outcome) for outcome in outcomes}
    rows = [(peer, *(cells.get((peer, work), DASH) for work in works)) for peer in peers]
    return markdown_table(("ms", *(WORKS[work] for work in works)), rows)


def first_table(content: Content, instance: str, threads: int) -> str:
    """Seconds until the first numbers, and the peaks of memory."""
    outcomes = outcomes_of(content, instance, threads)
    works = [work for work in _works(outcomes) if work in PRODUCTS]
    first = {(outcome["peer"], outcome["work"]): outcome["first_seconds"] for outcome in outcomes}
    rows = []
    for setting in content["settings"]:
        here = (setting["instance"], setting["threads"]) == (instance, threads)
        if here and setting["problem"] is None:
            calls = (_number(first.get((setting["peer"], work))) for work in works)
            sizes = (setting[key] for key in ("bytes_before", "bytes_gradient", "bytes_peak"))
            memory = (_number(None if size is None else size / 1e6, ".0f") for size in sizes)
            rows.append((setting["peer"], _number(setting["setup_seconds"]), *calls, *memory))
    head = ("seconds", "import and set-up", *(f"first {WORKS[work]}" for work in works))
    memory_head = ("MB before", "MB after ∂E/∂g", "MB after all")
    return markdown_table((*head, *memory_head), rows)


def program_list(content: Content) -> str:
    """What form each peer takes, with versions."""
    found: dict[str, str] = {}
    for setting in content["settings"]:
        if setting["note"]:
            versions = ", ".join(f"{key} {value}" for key, value in setting["versions"].items())
            found[setting["peer"]] = setting["note"] + (f" ({versions})" if versions else "")
    return "\n".join(f"- **{peer}**: {note}" for peer, note in found.items())


def problem_list(content: Content) -> str:
    """Every reason, once per peer, with the works and instances it was given for."""
    found: dict[tuple[str, str], dict[str, list[str]]] = {}
    for outcome in content["outcomes"]:
        if outcome["problem"] and outcome["peer"] != LIMIT:
            where = f"{outcome['instance']}, {outcome['threads']} threads"
            places = found.setdefault((outcome["peer"], outcome["problem"]), {})
            places.setdefault(where, []).append(WORKS[outcome["work"]])
    return "\n".join(
        f"- **{peer}**: {reason}  ({'; '.join(_places(places))})"
        for (peer, reason), places in found.items()
    )


def about(content: Content) -> Iterator[tuple[str, str]]:
    """The machine, and its copy bandwidth."""
    yield from content["machine"].items()
    rates = [s["copy_bandwidth"] for s in content["settings"] if s["copy_bandwidth"]]
    if rates:
        yield "copy bandwidth", f"{max(rates) / 1e9:.1f} GB/s, bytes read and written"


def curve_medians(points: Sequence[Mapping[str, Any]]) -> dict[str, list[float]]:
    """By peer, median seconds at every point of a curve, NaN where there is none."""
    times = [
        {peer: seconds for (peer, _), seconds in medians(point["outcomes"]).items()}
        for point in points
    ]
    peers = dict.fromkeys(peer for point in times for peer in point)
    return {peer: [point.get(peer, float("nan")) for point in times] for peer in peers}


def _per_setting(content: Content, table: Any) -> list[str]:
    parts = []
    for instance, threads in settings_of(content):
        plural = "thread" if threads == 1 else "threads"
        parts.append(f"### {instance}, {threads} {plural}: {content['sizes'][instance]}")
        parts.append(table(content, instance, threads))
    return parts


def _startup(content: Content) -> list[str]:
    values = content["startup"]
    if not values:
        return []
    rows = [(name.replace("_", " "), f"{1e3 * seconds:.1f}") for name, seconds in values.items()]
    explanation = (
        "Medians of fresh processes.  A bind includes the first energy and gradient, of the small "
        "instance.  Cold: nothing compiled; cached: compiled by an earlier process; again: in the "
        "same process.  Generated: the shipped package, which is derived already."
    )
    return ["## Starting anew", explanation, markdown_table(("", "ms"), rows)]


def _scaling(content: Content) -> list[str]:
    if not content["curves"]:
        return []
    parts = [
        "## Scaling",
        "Energy and gradient, one thread, milliseconds; the last column is the"
        " exponent, the slope of the logarithms.",
    ]
    for name, curve in content["curves"].items():
        points, found = curve["points"], curve_medians(curve["points"])
        slopes = exponents(points, found) if len(points) > 1 else {}
        head = ("ms", *(f"{point['value']:,}" for point in points), "exponent")
        rows = [
            (peer, *(_number(1e3 * s) for s in seconds), _number(slopes.get(peer), ".2f"))
            for peer, seconds in found.items()
        ]
        parts += [f"### {name}: {curve['axis']}", markdown_table(head, rows)]
    return parts


def _external(content: Content) -> list[str]:
    if not content["external"]:
        return []
    rows = [
        (
            case["case"],
            case["peer"],
            case["result"].replace("|", "/"),
            _number(None if case["seconds"] is None else 1e3 * case["seconds"]),
            _number(None if case["bytes"] is None else case["bytes"] / 1e6, ".0f"),
        )
        for case in content["external"]
    ]
    explanation = (
        "sparse-parameter: total(A Y), A 110,000 × 110,000 with 860,000 stored values, Y with 200 "
        "columns; natural-spelling: (Gᵀ L G) B at n = 2,000.  Each program in a process that may "
        "map 8 GB."
    )
    head = ("case", "program", "what happened", "ms", "peak MB")
    return ["## Reported cases", explanation, markdown_table(head, rows, left=(0, 1, 2))]


def _places(places: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for where, works in places.items():
        everything = len(works) >= len(PRODUCTS)
        yield where if everything else f"{where}: {', '.join(works)}"


def _works(outcomes: Sequence[Mapping[str, Any]]) -> list[str]:
    asked = {outcome["work"] for outcome in outcomes}
    return [work for work in WORKS if work in asked]


def _peers(outcomes: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(o["peer"] for o in outcomes if o["samples"] and not o["problem"]))


def _spread(outcome: Mapping[str, Any]) -> str:
    samples = outcome["samples"]
    if outcome["problem"] or not samples:
        return DASH
    quartiles = statistics.quantiles(samples, n=4) if len(samples) > 1 else [samples[0]] * 3
    middle, low, high = statistics.median(samples), quartiles[0], quartiles[2]
    least = min(samples)
    values = (f"{1e3 * value:.3g}" for value in (middle, least, low, high))
    return "{} ({}, {}–{})".format(*values)


def _number(value: float | None, form: str = ".3g") -> str:
    return DASH if value is None or math.isnan(value) else format(value, form)
