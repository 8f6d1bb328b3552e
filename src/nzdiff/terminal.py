"""How lines reach the terminal: as they are, however narrow it is."""

from rich.console import Console
from rich.text import Text


def say(console: Console, *parts: str | tuple[str, str]) -> None:
    """Print texts, or (text, style), as one line.

    A path in it can be copied: it is not broken, and its [brackets] and :colons: are no markup.
    """
    console.print(Text.assemble(*parts), soft_wrap=True)
