"""Objects without attributes of the caller's making: `model.lam = 100` would change nothing."""

from __future__ import annotations

from functools import cache
from inspect import get_annotations
from typing import Any, ClassVar


class Sealed:
    """Attributes that the class declares are set once, by itself; no others can be set.

    Names with an underscore are the class's own business.
    """

    advice: ClassVar[str]
    """What to do instead of setting an attribute."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_") and (name in vars(self) or not self._declares(name)):
            kind = type(self).__name__
            raise AttributeError(f"{name}: cannot be set on a {kind}; {self.advice}")
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{name}: cannot be deleted from a {type(self).__name__}")

    def _declares(self, name: str) -> bool:
        return name in _declared(*type(self).__mro__)


@cache
def _declared(*kinds: Any) -> frozenset[str]:
    return frozenset(name for kind in kinds for name in get_annotations(kind))
