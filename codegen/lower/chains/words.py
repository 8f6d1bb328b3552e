"""Chains as words, a letter per atom, and what is known of a word: sizes, pattern, dependence."""

from __future__ import annotations

from dataclasses import dataclass, field

from nzdiff.codegen.lower.chains.structure import Atom, Chain, Structure, is_solve
from nzdiff.codegen.plan.sizes import Sizes
from nzdiff.runtime.data.support import Support

FIRST = 0x100
FEW = 20_000
"""Stored positions of all bound patterns up to which a product of them is formed factor by factor;
larger ones are multiplied in the order that keeps intermediate patterns small."""


@dataclass(slots=True)
class Words:
    """Letters of atoms, made as atoms are met."""

    structure: Structure
    sizes: Sizes
    _letters: dict[Atom, str] = field(default_factory=dict)
    _turned: dict[int, int] = field(default_factory=dict)
    _atoms: dict[str, Atom] = field(default_factory=dict)
    _sizes_of: dict[str, tuple[int, int]] = field(default_factory=dict)
    _dense: set[str] = field(default_factory=set)
    _moving: set[str] = field(default_factory=set)
    _solves: set[str] = field(default_factory=set)
    _selectable: set[str] = field(default_factory=set)
    _triangles: set[str] = field(default_factory=set)
    _supports: dict[str, Support] = field(default_factory=dict)
    _numbers: dict[str, int] = field(default_factory=dict)

    def word(self, chain: Chain) -> str:
        """The word of a chain."""
        return "".join([self._letters.get(atom) or self._letter(atom) for atom in chain])

    def flip(self, word: str) -> str:
        """The word of the transposed product."""
        return word[::-1].translate(self._turned)

    def chain(self, word: str) -> Chain:
        """The chain of a word."""
        return tuple(self._atoms[letter] for letter in word)

    def rows(self, word: str) -> int:
        """Rows of the product."""
        return self._sizes_of[word[0]][0]

    def cols(self, word: str) -> int:
        """Columns of the product."""
        return self._sizes_of[word[-1]][1]

    def is_sparse(self, word: str) -> bool:
        """Whether every factor is sparse, and so the product."""
        return self._dense.isdisjoint(word)

    def is_diagonal(self, word: str) -> bool:
        """Whether the product is declared diagonal."""
        return self.support(word).is_diagonal

    def moves(self, word: str) -> bool:
        """Whether the product depends on an unknown, a direction or a cotangent."""
        return not self._moving.isdisjoint(word)

    def is_solve(self, word: str) -> bool:
        """Whether a word is the inverse of a matrix alone, and not sparse."""
        return word in self._solves

    def middles(self, word: str) -> tuple[str, ...] | None:
        """M₁ … M_{k−1} of A₁⁻¹ M₁ … A_k⁻¹, all sparse; None of any other word.

        Entries of such a product come from factors of the A alone.  "" for an identity.
        """
        if word[0] not in self._selectable or word[-1] not in self._selectable:
            return None
        found, open_ = [], ""
        for letter in word[1:]:
            if letter in self._selectable:
                found.append(open_)
                open_ = ""
            elif letter in self._dense:
                return None
            else:
                open_ += letter
        return tuple(found)

    def is_triangle(self, word: str) -> bool:
        """Whether a word is a triangular matrix alone."""
        return word in self._triangles

    def is_transposed(self, letter: str) -> bool:
        """Whether an atom is the transpose of what is stored."""
        return self._atoms[letter].transposed

    def support(self, word: str) -> Support:
        """The recipe of the pattern of a sparse product."""
        if word not in self._supports:
            found = self.structure.support(self.chain(word))
            assert found is not None
            self._supports[word] = found
        return self._supports[word]

    def number(self, word: str) -> int:
        """The number of the pattern of a sparse product."""
        if word not in self._numbers:
            if len(word) > 1 and self._are_few:
                found = self.sizes.product(self.number(word[:-1]), self.number(word[-1]))
                self.sizes.learn(self.support(word), found)
            else:
                found = self.sizes.number(self.support(word))
            self._numbers[word] = found
        return self._numbers[word]

    @property
    def _are_few(self) -> bool:
        return bool(sum(leaf.nnz for leaf in self.sizes.supports.leaves.values()) <= FEW)

    def _letter(self, atom: Atom) -> str:
        letter = self._add(atom)
        turned = atom.T
        other = letter if turned == atom else self._letters.get(turned) or self._add(turned)
        self._turned[ord(letter)], self._turned[ord(other)] = ord(other), ord(letter)
        return letter

    def _add(self, atom: Atom) -> str:
        letter = chr(FIRST + len(self._letters))
        self._letters[atom], self._atoms[letter] = letter, atom
        self._sizes_of[letter] = self.sizes.dim(atom.rows), self.sizes.dim(atom.cols)
        if self.structure.depends((atom,)):
            self._moving.add(letter)
        if self.structure.support((atom,)) is None:
            self._dense.add(letter)
            if self.structure.is_solve((atom,)):
                self._solves.add(letter)
                if is_solve((atom,)) and self.structure.of_expr(atom.node.arg) is not None:
                    self._selectable.add(letter)
        if self.structure.is_triangle((atom,)):
            self._triangles.add(letter)
        return letter
