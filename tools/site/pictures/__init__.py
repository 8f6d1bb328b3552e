"""Pictures of the gallery, drawn when the site is built: the directive `picture` with a name.

Each is a module of this package with a function `draw(path)`.  Needs matplotlib and libigl (the
extra `demo`).  The text under the directive says what is seen.
"""

from __future__ import annotations

import runpy
from html import escape
from importlib import import_module
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
FOLDER = "_pictures"
DOTS_PER_INCH = 110


def setup(app: Any) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("picture", Picture)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class Picture(Directive):  # type: ignore[misc] # docutils publishes no types
    """A picture of this package; its description is read aloud, and stands below it."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[Any]:
        """Draw it and refer to it."""
        env = self.state.document.settings.env
        name, said = self.arguments[0], " ".join(self.content)
        folder = Path(env.app.outdir) / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        import_module(f"{__name__}.{name}").draw(folder / f"{name}.png")
        source = "../" * env.docname.count("/") + f"{FOLDER}/{name}.png"
        image = f'<img src="{source}" alt="{escape(said)}">'
        figure = f"<figure>{image}<figcaption>{escape(said)}</figcaption></figure>"
        return [nodes.raw("", figure, format="html")]


def example(name: str) -> dict[str, Any]:
    """The functions of an example, by name; its `main` does not run."""
    return runpy.run_path(str(EXAMPLES / f"{name}.py"))


def entries(axes: Any, matrix: Any) -> Any:
    """Draw the numbers of a dense matrix as colours, 0 white."""
    scale = abs(matrix).max()
    return axes.imshow(matrix, cmap="RdBu", vmin=-scale, vmax=scale, interpolation="nearest")
