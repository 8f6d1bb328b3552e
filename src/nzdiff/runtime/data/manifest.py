"""Which files a generated package consists of, and whether they are the ones that were written.

spec.json lists the fingerprint of every other file, and carries the digest of the package: its own
fingerprint, taken with UNSIGNED in the place of the digest.  `__init__.py` carries the same digest.
So one number stands for every byte of every file, and files of two packages never run together.
What a package that stands alone brings of nzdiff is listed apart, as "vendored": it belongs to the
package, and is not read when that is imported.  Line ends do not count: a checkout may change them.
It tells what went wrong, not who may write.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

SPEC, INIT = "spec.json", "__init__.py"
UNSIGNED = "0" * 32
"""What stands in the place of the digest while it is computed."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The digest of a package, and the fingerprint of each of its files but spec.json by name.

    vendored: those that are not compared at import, by their paths in the folder.
    """

    digest: str
    files: Mapping[str, str]
    vendored: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """All files of the package."""
        return (SPEC, *self.files, *self.vendored)

    def is_ours(self, name: str, text: str) -> bool:
        """Whether a text is what was written as the file `name` of this package."""
        expected = {**self.files, **self.vendored, SPEC: self.digest}.get(name)
        return fingerprint(text.replace(self.digest, UNSIGNED)) == expected


def fingerprint(text: str) -> str:
    """A digest of a text."""
    return sha256(text.encode()).hexdigest()[: len(UNSIGNED)]


def signed(texts: Mapping[str, str]) -> dict[str, str]:
    """The texts of a package with its digest where UNSIGNED stands: in spec.json and __init__.py.

    spec.json holds the fingerprints of the others already.
    """
    digest = fingerprint(texts[SPEC])
    with_digest = {name: texts[name].replace(UNSIGNED, digest) for name in (SPEC, INIT)}
    return {**texts, **with_digest}


def manifest(text: str) -> Manifest:
    """The manifest in the text of a spec.json; ValueError where there is none."""
    try:
        found = json.loads(text)
        digest, files = found["digest"], dict(found["files"])
        vendored = dict(found.get("vendored", {}))
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ValueError(f"{SPEC}: expected a list of the files of a package: {error!r}") from error
    named = (digest, *files.values(), *vendored.values())
    if not all(isinstance(d, str) and re.fullmatch("[0-9a-f]{32}", d) for d in named):
        raise ValueError(f"{SPEC}: expected digests of {len(UNSIGNED)} hexadecimal digits")
    if not all(re.fullmatch(r"\w[\w.]*", name) for name in files):
        raise ValueError(f"{SPEC}: expected plain names of files, got {', '.join(files)}")
    if not all(re.fullmatch(r"(\w[\w.]*/)*\w[\w.]*", name) for name in vendored):
        raise ValueError(f"{SPEC}: expected paths of files, got {', '.join(vendored)}")
    return Manifest(digest, files, vendored)


def checked(read: Callable[[str], str], digest: str) -> dict[str, str]:
    """The text of every file of the package with a digest; ValueError names the one that is wrong.

    read: the text of a file by its name.
    """
    texts = {SPEC: _read(read, SPEC)}
    listed = manifest(texts[SPEC])
    texts |= {name: _read(read, name) for name in listed.files}
    wrong = [name for name, text in texts.items() if not listed.is_ours(name, text)]
    if wrong:
        raise ValueError(f"{', '.join(wrong)}: changed since the package was written")
    if listed.digest != digest:
        raise ValueError(f"{INIT}: of another package than {SPEC}")
    return texts


def _read(read: Callable[[str], str], name: str) -> str:
    try:
        return read(name)
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{name}: cannot be read: {error}") from error
