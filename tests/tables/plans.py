"""What the plan of every problem consists of and costs, as plans.txt keeps it.

PYTHONPATH=tests/tables python tests/tables/plans.py     # write the table anew
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np

from nzdiff.codegen import plan as ir
from nzdiff.codegen.compile import checked
from nzdiff.codegen.lower.assembly import lower_assemblies, requests_of
from nzdiff.codegen.lower.choose import lower
from nzdiff.codegen.plan.price import FREE, peak_bytes, price
from nzdiff.codegen.plan.sizes import Sizes
from problems import CALCULUS, PROBLEMS, SITUATIONS, random_data

FILE = Path(__file__).with_suffix(".txt")
EVERY = {**PROBLEMS, **CALCULUS}
MANY = ("seed", "regularised", "kronecker_product")
PLANS = [(name, "scattered") for name in EVERY]
PLANS += [(name, situation) for name in MANY for situation in ("wide", "full")]


@cache
def planned(name: str, situation: str = "scattered") -> tuple[ir.Plan, Sizes]:
    """The plan of a problem's energy and derivatives, and the sizes it was made for."""
    problem, chosen = EVERY[name], SITUATIONS[situation]
    data = checked(
        problem, random_data(problem, chosen.sizes, chosen.pattern, np.random.default_rng(0))
    )
    plan = lower(problem.derive(), data.supports)
    data.supports.add_constants(plan.constants)
    data.supports.add_groupings(plan.groupings)
    return plan, Sizes(data.supports)


def line(name: str, situation: str) -> str:
    """One plan in one line: how many steps of each kind, operations, bytes, seconds, memory."""
    plan, sizes = planned.__wrapped__(name, situation)  # what others look at has grown
    kinds = Counter(type(step).__name__ for step in plan.steps)
    kinds.update(step.form for step in plan.steps if isinstance(step, ir.SparseProduct))
    cost = sum((price(step, sizes) for step in plan.steps), FREE)
    shown = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    numbers = f"{cost.flops:.0f} flops, {cost.bytes:.0f} bytes, {cost.seconds:.5e} s"
    return f"{name} {situation}: {shown}; {numbers}; {peak_bytes(plan, sizes)} bytes"


def assembly_line(name: str) -> str:
    """The plan of the matrices that are assembled of factors."""
    problem, chosen = EVERY[name], SITUATIONS["scattered"]
    data = checked(
        problem, random_data(problem, chosen.sizes, chosen.pattern, np.random.default_rng(0))
    )
    derivation = problem.derive()
    requests = requests_of(derivation)
    plan = lower_assemblies(derivation, data.supports, requests)
    data.supports.add_constants(plan.constants)
    data.supports.add_groupings(plan.groupings)
    cost = sum((price(step, Sizes(data.supports)) for step in plan.steps), FREE)
    kinds = Counter(type(step).__name__ for step in plan.steps)
    shown = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    asked = " ".join("-".join(request) for request in requests)
    return f"{name} assembled: {asked}; {shown}; {cost.flops:.0f} flops, {cost.seconds:.5e} s"


if __name__ == "__main__":
    lines = [*(line(*plan) for plan in PLANS), *(assembly_line(name) for name in PROBLEMS)]
    FILE.write_text("\n".join(lines) + "\n", encoding="utf-8")
