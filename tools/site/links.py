"""Do the links of a built site hold?  Of those that stay inside: the file, and the place in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LINKS = {"href", "src"}


@dataclass(frozen=True, slots=True)
class Page:
    """Where a page leads, and the places in it that others may lead to."""

    links: set[str] = field(default_factory=set)
    places: set[str] = field(default_factory=set)


def broken(folder: Path) -> list[tuple[Path, str]]:
    """The page and the address of each link that leads nowhere, pages by their path in `folder`."""
    folder = folder.resolve()
    paths = [
        path for path in sorted(folder.rglob("*.html")) if folder / "_static" not in path.parents
    ]
    pages = {path: read(path) for path in paths}
    return [
        (path.relative_to(folder), link)
        for path, page in pages.items()
        for link in sorted(page.links)
        if not holds(path, link, pages)
    ]


def holds(path: Path, link: str, pages: dict[Path, Page]) -> bool:
    """Is there something at `link`, seen from the page at `path`?  Other sites are not asked."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return True
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if target.is_dir():
        target /= "index.html"
    place = unquote(parts.fragment)
    if target in pages and place:
        return place in pages[target].places
    return target.is_file()


def read(path: Path) -> Page:
    """The links and places of one file."""
    reader = _Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader.page


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in LINKS and value and value != "#":
                self.page.links.add(value)
            if name == "id" and value:
                self.page.places.add(value)
