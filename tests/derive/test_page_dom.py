"""The page of a derivation in a browser: MathML is real, nothing overflows, all has a name."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pytest

import nzdiff as nz
from problems import PROBLEMS

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
WIDTHS = (1280, 400)
AUDIT = """<script>addEventListener("load", () => {
const page = document.querySelector("iframe").contentDocument, root = page.documentElement;
for (const part of page.querySelectorAll("details")) part.open = true;
const math = [...page.querySelectorAll("math")];
const real = math.filter(m => m.namespaceURI === "http://www.w3.org/1998/Math/MathML"
  && m instanceof page.defaultView.MathMLElement && m.getBoundingClientRect().width > 0);
const wide = [...page.querySelectorAll(".wide")].filter(w => w.scrollWidth > w.clientWidth + 1);
const named = e => e.getAttribute("aria-label") || e.textContent.trim();
const nameless = [...page.querySelectorAll("button, svg, [role]")].filter(e => !named(e));
const found = {math: math.length, real: real.length, over: root.scrollWidth - root.clientWidth,
  wide: wide.filter(w => !w.querySelector("table")).length, nameless: nameless.length};
const said = document.createElement("pre");
said.id = "audit"; said.textContent = JSON.stringify(found); document.body.append(said);
})</script>"""
ENERGIES = {
    "seed": PROBLEMS["seed"],
    "logistic": nz.parse("sum(log(1 + exp(X*w))) - y'*X*w", wrt="w"),
    "long": nz.parse(
        "norm2(X - (A+B+C+D)*G'*(L+M+N+Q+R+S)*G*(U*V*W*Z + A*B*C*D*F + H*G*U*V))^2"
        " + tr(inv(A + G'*L*G + B*B' + C*C' + D*D'))",
        wrt="G",
        sparse="G L",
    ),
    "logdet": nz.parse("logdet(A + G*G') - tr(S*inv(A + G*G'))", wrt="G", sparse="G"),
    "equation": nz.parse("tr(C*lyap(A + B*G, Q))", wrt="G", sparse="G"),
    "cases": nz.parse("sum(huber(A*x - b, 2)) + sum(max(x, 0))", wrt="x"),
    "several": PROBLEMS["two_unknowns"],
}


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ENERGIES)
def test_a_browser_shows_every_formula_and_nothing_overflows(
    name: str, width: int, tmp_path: Path
) -> None:
    found = audit(ENERGIES[name].derive().html(check=False), width, tmp_path)
    assert found["math"] > 50 and found["real"] == found["math"]
    assert found["over"] <= 0 and found["nameless"] == 0
    if width == max(WIDTHS):
        assert found["wide"] == 0


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")
@pytest.mark.parametrize("places", [(3, 2, 3), (5, 3, 6)])
def test_an_example_is_as_wide_as_a_sheet_of_paper(
    places: tuple[int, int, int], tmp_path: Path
) -> None:
    n, m, count = places
    pattern = nz.Pattern(([t % n for t in range(count)], [t % m for t in range(count)]), (n, m))
    derivation = PROBLEMS["seed"].derive()
    example = derivation.example({"n": n, "m": m, "k": 2, "p": 2}, G=pattern)
    found = audit(derivation.html("short", example=example), 718, tmp_path)
    assert found["real"] == found["math"] > 100
    assert found["over"] <= 0 and found["wide"] == 0


def audit(page: str, width: int, folder: Path) -> dict[str, Any]:
    """What the browser says of a page in a frame of that width."""
    (folder / "page.html").write_text(page, encoding="utf-8")
    frame = f'<iframe src="page.html" style="border:0;width:{width}px;height:900px"></iframe>'
    (folder / "frame.html").write_text(f"<body>{frame}{AUDIT}</body>", encoding="utf-8")
    assert CHROMIUM is not None
    options = ["--headless", "--no-sandbox", "--allow-file-access-from-files"]
    size = f"--window-size={width + 40},1000"
    command = [CHROMIUM, *options, size, "--dump-dom", (folder / "frame.html").as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    found = re.search(r'<pre id="audit">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found is not None, done.stdout[-2000:]
    return json.loads(unescape(found[1]))  # type: ignore[no-any-return]
