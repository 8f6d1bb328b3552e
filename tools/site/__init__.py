"""The documentation site: `python -m tools.site` builds docs/ by Sphinx and checks its links."""
