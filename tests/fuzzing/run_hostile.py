"""Random input, right and wrong, and damaged files against everything that takes them.

    python tests/fuzzing/run_hostile.py pattern bind --count 100000 --seed 0 --jobs 2 --minutes 20

Machines: pattern, bind, language, files, kills, solvers; all of them where none is named.
Each finding is printed with its first seed; `--seed S --count 1` is that input again, and
`--here` runs it in this process, with its traceback.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from importlib import import_module

from rich.console import Console
from rich.table import Table

from hostile.pool import MACHINES, Tally, run
from hostile.verdicts import FINDINGS, REFUSED, RIGHT


def summary(tallies: list[Tally]) -> Table:
    """One line per machine: inputs, verdicts, time."""
    table = Table(title="hostile input")
    columns = ("machine", "inputs", RIGHT, REFUSED, *FINDINGS, "s", "µs each")
    for name in columns:
        table.add_column(name, justify="left" if name == "machine" else "right")
    for tally in tallies:
        numbers = (tally.verdicts[name] for name in (RIGHT, REFUSED, *FINDINGS))
        each = 1e6 * tally.seconds / max(tally.inputs, 1)
        row = (tally.inputs, *numbers, round(tally.seconds), round(each))
        table.add_row(tally.machine, *(f"{number:,}" for number in row))
    return table


def findings(tallies: list[Tally]) -> list[str]:
    """The first finding of each cause, and how often it came."""
    return [
        f"{found[0].machine}, seed {found[0].seed}: {kind} ({len(found)}×), {label}\n"
        f"    {found[0].text}"
        for tally in tallies
        for (kind, label), found in sorted(tally.labels().items(), key=lambda item: -len(item[1]))
    ]


def main() -> int:
    """The exit status: 0 where nothing was found."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("machines", nargs="*", default=list(MACHINES), metavar="machine")
    for name, default in {"count": 1000, "seed": 0, "jobs": 1, "chunk": 200}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="of each machine")
    parser.add_argument("--here", action="store_true", help="one seed, in this process")
    options = parser.parse_args()
    unknown = [name for name in options.machines if name not in MACHINES]
    if unknown:
        parser.error(f"expected machines of {', '.join(MACHINES)}, got {', '.join(unknown)}")
    if options.here:
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", ".*the energy does not contain this unknown", UserWarning)
        print(import_module(MACHINES[options.machines[0]]).examine(options.seed))
        return 0
    console, tallies = Console(width=max(Console().width, 120)), list[Tally]()
    for machine in options.machines:
        tally = run(
            machine,
            options.seed,
            options.count,
            jobs=options.jobs,
            seconds=60 * options.minutes,
            chunk=options.chunk,
        )
        tallies.append(tally)
        for text in findings([tally]):
            console.print(text, markup=False, highlight=False, soft_wrap=True)
    console.print(summary(tallies))
    return int(any(tally.findings for tally in tallies))


if __name__ == "__main__":
    sys.exit(main())
