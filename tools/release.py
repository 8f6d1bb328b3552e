"""`python -m tools.release VERSION`: check, build and try a release; `--tag` then tags it.

    python -m tools.release 0.2.0          rehearse: says what is missing, tags nothing
    python -m tools.release 0.2.0 --tag    the same; anything missing ends it; tags v0.2.0 locally

Checked are the tree (nothing uncommitted), nzdiff.__version__, the section of CHANGELOG.md and the
tag.  Built are an sdist and from it a wheel, into dist/; twine and check-wheel-contents look at
them, and the README's example runs on the wheel in an environment of its own.  Nothing is uploaded.
Needs the extra "release"; `nox -s release -- 0.2.0` brings it.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VERSION = re.compile(r'^__version__ = "(.*)"$', re.MULTILINE)
EXAMPLE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def main() -> int:
    """The exit status: 0 where all is well, or was only rehearsed."""
    parser = argparse.ArgumentParser(prog="python -m tools.release", description=summary())
    parser.add_argument(
        "version", nargs="?", default=source_version(read("src/nzdiff/__init__.py"))
    )
    parser.add_argument("--tag", action="store_true", help="tag the commit; without it, rehearse")
    wanted = parser.parse_args()
    missing = [*unready(wanted.version), *unclean(wanted.version)]
    for line in missing:
        tell(f"missing: {line}")
    if missing and wanted.tag:
        return 1
    wheel = build(wanted.version)
    try_out(wheel, wanted.version)
    command = ("git", "tag", "--annotate", f"v{wanted.version}", "-m", f"nzdiff {wanted.version}")
    if wanted.tag:
        run(*command)
        tell(f"tagged; next: git push origin v{wanted.version}, twine upload dist/*")
    else:
        tell(f"rehearsed; --tag would run: {' '.join(command)}")
    return 0


def summary() -> str:
    """The first line of this page."""
    return str(__doc__).splitlines()[0]


def read(name: str) -> str:
    """A file of the checkout."""
    return (ROOT / name).read_text(encoding="utf-8")


def source_version(source: str) -> str:
    """The version that nzdiff/__init__.py gives."""
    found = VERSION.search(source)
    if found is None:
        raise ValueError('src/nzdiff/__init__.py: expected a line __version__ = "…"')
    return found[1]


def unready(version: str) -> Iterator[str]:
    """What the texts lack."""
    given = source_version(read("src/nzdiff/__init__.py"))
    if given != version:
        yield f'src/nzdiff/__init__.py: expected __version__ = "{version}", got "{given}"'
    yield from unready_changelog(read("CHANGELOG.md"), version)


def unready_changelog(text: str, version: str) -> Iterator[str]:
    """What a changelog lacks: the section of the version, its date, its lines."""
    heading, _, rest = text.partition(f"\n## [{version}]")[2].partition("\n")
    if not heading:
        yield f"CHANGELOG.md: expected a section ## [{version}] - {date.today().isoformat()}"
        return
    if re.fullmatch(r" - \d{4}-\d{2}-\d{2}", heading) is None:
        yield f"CHANGELOG.md: expected the date of [{version}], got{heading}"
    if re.search(r"^- ", rest.partition("\n## ")[0], re.MULTILINE) is None:
        yield f"CHANGELOG.md: expected lines under [{version}]"


def unclean(version: str) -> Iterator[str]:
    """What git lacks, or has already."""
    if output("git", "status", "--porcelain"):
        yield "git: expected nothing uncommitted"
    if output("git", "tag", "--list", f"v{version}"):
        yield f"git: there is a tag v{version} already"


def build(version: str) -> Path:
    """The wheel, made from the sdist; both are looked at."""
    with tempfile.TemporaryDirectory(prefix="nzdiff-release-") as folder:
        tree = Path(folder) / "tree"  # what is committed alone
        run("git", "clone", "--quiet", str(ROOT), str(tree))
        run(sys.executable, "-m", "build", "--outdir", str(ROOT / "dist"), str(tree))
    archives = sorted((ROOT / "dist").glob(f"nzdiff-{version}[.-]*"))
    wheels = [archive for archive in archives if archive.suffix == ".whl"]
    if len(archives) != 2 or len(wheels) != 1:
        raise ValueError(f"dist/: expected an sdist and a wheel of {version}, got {archives}")
    run(sys.executable, "-m", "twine", "check", "--strict", *map(str, archives))
    run(sys.executable, "-m", "check_wheel_contents", str(wheels[0]))
    return wheels[0]


def try_out(wheel: Path, version: str) -> None:
    """Install the wheel where nothing else is, and run the command and the README's example."""
    with tempfile.TemporaryDirectory(prefix="nzdiff-release-") as folder:
        run(sys.executable, "-m", "venv", f"{folder}/venv")
        run(f"{folder}/venv/bin/pip", "install", "--quiet", str(wheel))
        told = output(f"{folder}/venv/bin/nzdiff", "--version", cwd=folder)
        if told != f"nzdiff {version}":
            raise ValueError(f"{wheel.name}: expected nzdiff {version}, got {told}")
        (example,) = EXAMPLE.findall(read("README.md"))
        output(f"{folder}/venv/bin/python", "-W", "error", "-c", example, cwd=folder)
        tell(f"{wheel.name}: the README's example runs")


def run(*command: str) -> None:
    """Run a command in the checkout; CalledProcessError where it fails."""
    subprocess.run(command, cwd=ROOT, check=True)


def output(*command: str, cwd: str | Path = ROOT) -> str:
    """What a command prints; CalledProcessError where it fails."""
    done = subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip()


def tell(line: str) -> None:
    """Print a line now, between those of the commands."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
