"""The frames of emitted files: the only place that touches Jinja2.  Frames hold finished lines."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2


def rendered(package: str, name: str, **values: Any) -> str:
    """The template of a package, such as ``nzdiff.codegen.package``, filled in."""
    return _environment(package).get_template(name).render(**values)


@cache
def _environment(package: str) -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(str(resources.files(package)))),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
