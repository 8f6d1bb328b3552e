"""Build the documentation site, with warnings as errors, and check that its inner links hold.

    python -m tools.site [FOLDER]    into build/site where no folder is named; the extra `docs`

What is printed by Python in the pages is compared by tests/project/test_docs.py.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tools.site.links import broken

ROOT = Path(__file__).resolve().parents[2]


def main(folder: Path) -> int:
    """The exit status: Sphinx's own, or 1 where links lead nowhere."""
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-E", "-a"]
    built = subprocess.run([*command, "-b", "html", ROOT / "docs", folder], check=False)
    if built.returncode:
        return built.returncode
    lost = broken(folder)
    for page, link in lost:
        sys.stderr.write(f"{page}: nothing is at {link}\n")
    pages = sum(1 for _ in folder.rglob("*.html"))
    sys.stdout.write(f"{folder / 'index.html'}: {pages} pages, {len(lost)} broken links\n")
    return int(bool(lost))


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]) if sys.argv[1:] else ROOT / "build" / "site"))
