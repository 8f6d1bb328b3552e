"""How a library, its matrices, scalars and sizes are called in its header."""

from __future__ import annotations

import re

from nzdiff.codegen.emit.targets.c.words import RESERVED
from nzdiff.runtime.data.members import member

WORDS = (
    "alignas alignof and and_eq asm auto bitand bitor bool break case catch char class compl "
    "concept const consteval constexpr constinit continue co_await co_return co_yield decltype "
    "default delete do double dynamic_cast else enum explicit export extern false float for "
    "friend goto if inline int long mutable namespace new noexcept not not_eq nullptr operator or "
    "or_eq private protected public register reinterpret_cast requires restrict return short "
    "signed sizeof static static_assert static_cast struct switch template this thread_local "
    "throw true try typedef typeid typename typeof union unsigned using virtual void volatile "
    "wchar_t while xor xor_eq linux unix i386 near far"
)
"""Words of C and C++, and macros of some compilers."""


def spoken(name: str) -> str:
    """The name itself where C and C++ can say it, else its spelling in programs: λ, new."""
    plain = re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII) and name not in WORDS.split()
    return name if plain else member(name)


OWN = (
    "check_values choose_columns grouped hessian_plan plan_hessian scatter_numbers take_columns "
    "add_up called block brief_places build chain check_indices check_result check_vector "
    "checked_number clear commutation diagonal fail forget from_vector full gather_numbers "
    "identity in_row joined kept_numbers kept_places kept_starts lay linked_blas list_pairs "
    "list_places list_rows list_spread lower_numbers_of main mirrored move new_pattern numbers_of "
    "one_a_row own own_dgemm owners product ready release room search setup shift some_rows "
    "spread_numbers stored take_dense take_pattern take_scalars take_stored take_vector taken "
    "to_vector transposed turned unit whole blas lanes loaded_lanes own_lanes lane_index lane_sum "
    "calloc free malloc memcmp memcpy memset printf floor isfinite FIRST MOST"
)
"""What the source of an interface, and C's library in it, call something else."""
PREFIXES = ("stage_", "map_", "replace_", "at_")


def check_name(name: str) -> None:
    """ValueError for the name of a problem that cannot be that of a library in C."""
    taken = {*WORDS.split(), *OWN.split()} | RESERVED.words
    is_word = re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII) is not None
    begins = name.startswith((*PREFIXES, *RESERVED.prefixes))
    if not is_word or begins or name in taken or name.endswith(RESERVED.suffixes):
        raise ValueError(
            f"name: the C interface of a problem is called by its name, and {name!r} cannot be one "
            'in C; choose another, as in nz.Problem(…, name="fit")'
        )
