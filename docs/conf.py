"""How Sphinx builds these pages: `python -m tools.site`, with the extra `docs`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # for tools.site

import nzdiff

project = "nzdiff"
author = copyright = "The nzdiff developers"  # noqa: A001
release = nzdiff.__version__
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx_copybutton",
    "tools.site.docstrings",
    "tools.site.mathml",
    "tools.site.pictures",
]
exclude_patterns = ["page", "_build"]

myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 4
html_math_renderer = "mathml"
copybutton_selector = "div.highlight-python pre, div.highlight-sh pre"

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_type_aliases = {"ArrayLike": "ArrayLike", "Floats": "Floats"}
python_display_short_literal_types = True
maximum_signature_line_length = 80

html_theme = "pydata_sphinx_theme"
html_title = "nzdiff"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_sidebars = {"index": [], "tutorial": [], "gallery/index": []}
html_theme_options = {
    "header_links_before_dropdown": 7,
    "navigation_with_keys": False,
    "show_prev_next": True,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": ["theme-version"],
}
