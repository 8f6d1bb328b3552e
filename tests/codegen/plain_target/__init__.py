"""A target for reading: a program as numbered lines of plain text."""

from plain_target.emit import PLAIN as PLAIN
