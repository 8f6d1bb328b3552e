"""Formulas in words, as rules have them ("d(A⁻¹) = −A⁻¹ dA A⁻¹"), as LaTeX or HTML."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from markupsafe import Markup, escape

SIGNS = {
    "ᵀ": r"^{\top}", "⁻¹": "^{-1}", "⁻ᵀ": r"^{-\top}", "²": "^{2}", "³": "^{3}", "ⁱ": "^{i}",
    "ʲ": "^{j}", "ᵏ": "^{k}", "′": "'", "−": "-", "×": r"\times ", "⊗": r"\otimes ",
    "∘": r"\circ ", "⊘": r"\oslash ", "⨼": r"\lrcorner ", "⨽": r"\llcorner ", "·": r"\cdot ",
    "→": r"\to ", "⇒": r"\Rightarrow ", "↦": r"\mapsto ", "⟨": r"\langle ", "⟩": r"\rangle ",
    "‖": r"\|", "≤": r"\le ", "≥": r"\ge ", "≠": r"\ne ", "≻": r"\succ ", "∂": r"\partial ",
    "∈": r"\in ", "∪": r"\cup ", "Σ": r"\sum ", "Γ": r"\Gamma ", "φ": r"\varphi ", "σ": r"\sigma ",
    "λ": r"\lambda ", "δ": r"\delta ", "ψ": r"\psi ", "ℓ": r"\ell ", "√": r"\surd ",
    "∞": r"\infty ", "…": r"\dots ", "(": "(", ")": ")", "[": "[", "]": "]", "=": "=", "+": "+",
    "/": "/", "|": "|", "<": "<", ">": ">", "!": "!", "*": "^{*}", "₁": "_{1}", "₂": "_{2}",
    "∑": r"\sum ", "∏": r"\prod ", "∧": r"\wedge ", "∨": r"\vee ", "¬": r"\neg ",
    "ℝ": r"\mathbb{R}", "⊤": r"\top ", "✓": r"\checkmark ",
}  # fmt: skip
"""Signs in a line of text, and in LaTeX's mathematics; letters of Unicode are in `_letter`."""
PROSE = {
    "‐": "-", "‑": "-", "–": "--", "—": "---", "’": "'", "‘": "`", "“": "``", "”": "''",
    "ß": r"{\ss}", "ø": r"{\o}", "Ø": r"{\O}", "æ": r"{\ae}", "ł": r"{\l}",
}  # fmt: skip
"""Signs and letters of prose."""
ACCENTS = {
    "\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0308": '"', "\u0327": "c ",
    "\u030a": "r ", "\u030c": "v ",
}  # fmt: skip
OWN_CAPITALS = {"gamma", "delta", "theta", "lambda", "xi", "pi", "sigma", "upsilon", "phi", "psi",
                "omega"}  # fmt: skip
"""Greek capitals that no Latin one looks like."""
LATIN_CAPITALS = {"eta": "H", "rho": "P", "chi": "X"}
NAMES = re.compile(
    "tr|vec|det|log|exp|diag|expm|d?lyap|sylvester|stein|tanh|sigmoid|softplus|max|min"
)
TOKEN = re.compile(
    r"⁻[¹ᵀ]|[A-Za-zÀ-ÖØ-öø-ɏ]+(?:_[A-Za-z0-9]+)?|\d+| : |\s+|\.(?=[(\[])|.", re.DOTALL
)
UPRIGHT_D = '<mi mathvariant="normal">d</mi>'
ESCAPED = {"_": r"\_", "&": r"\&", "%": r"\%", "#": r"\#", "$": r"\$", "{": r"\{", "}": r"\}",
           "^": r"\^{}", "~": r"\~{}", "\\": r"\textbackslash{}"}  # fmt: skip


def latex_of(words: str) -> str:
    """Mathematics between dollar signs, words between; what has no sign in LaTeX stays out."""
    parts = list[list[Any]]()
    for token in TOKEN.findall(words):
        code, is_math = _token(token)
        if parts and (token.isspace() or parts[-1][0] == is_math):
            parts[-1][1] += code
        else:
            parts.append([is_math, code])
    return "".join(_closed(code) if is_math else code for is_math, code in parts)


def code_of(words: str) -> str:
    """A line of a program: letters of one width, signs as LaTeX has them."""
    return f"\\texttt{{{''.join(map(_letter_of_code, words))}}}"


def _letter_of_code(letter: str) -> str:
    if letter.isascii():
        return ESCAPED.get(letter, letter)
    code, is_math = _letter(letter)
    return f"\\ensuremath{{{code.strip()}}}" if is_math else code


def _letter(letter: str) -> tuple[str, bool]:
    """A letter that is not ASCII, as LaTeX has it, and whether it is mathematics.

    Raised and lowered letters, Greek, accents and signs of prose; of others, the name.
    """
    if letter in SIGNS or letter in PROSE:
        return (SIGNS[letter], True) if letter in SIGNS else (PROSE[letter], False)
    kind, *parts = unicodedata.decomposition(letter).split() or [""]
    if kind in ("<super>", "<sub>"):
        inner = "".join(_letter_or_ascii(chr(int(part, 16))) for part in parts).strip()
        return f"{'^' if kind == '<super>' else '_'}{{{inner}}}", True
    name = unicodedata.name(letter, f"U+{ord(letter):04X}")
    if greek := re.fullmatch(r"GREEK (SMALL|CAPITAL) LETTER (\w+)", name):
        return _greek(
            greek[2].lower().replace("lamda", "lambda"), is_small=greek[1] == "SMALL"
        ), True
    base, *marks = list(unicodedata.normalize("NFKD", letter))
    if marks and marks[0] in ACCENTS:
        return f"\\{ACCENTS[marks[0]]}{{{base}}}", False
    plain = "".join(c for c in (base, *marks) if c.isascii())
    return (plain if plain and "\u2044" not in marks else f"[{name.lower()}]"), False


def _letter_or_ascii(letter: str) -> str:
    return letter if letter.isascii() else _letter(letter)[0]


def _greek(name: str, *, is_small: bool) -> str:
    """Of capitals, LaTeX has those that differ from Latin ones."""
    if name == "omicron":
        return "o" if is_small else "O"
    if not is_small and name not in OWN_CAPITALS:
        return LATIN_CAPITALS.get(name, name[0].upper())
    return f"\\{name if is_small else name.capitalize()} "


def html_of(words: str) -> Markup:
    """Letters that are names as MathML, words as they are."""
    return Markup("").join(map(_html, TOKEN.findall(words)))


def _html(token: str) -> Markup:
    name, _, index = token.partition("_")
    if token == "d":
        return Markup("<math>{}</math>").format(Markup(UPRIGHT_D))
    if not re.fullmatch(r"d?[A-Zb-z]|(d[A-Z]|[A-Za-z])_[A-Za-z0-9]+", token):
        return escape(token)
    d, letter = (name[0], name[1:]) if len(name) == 2 else ("", name)
    shown = Markup("<mi>{}</mi>").format(letter)
    if index:
        shown = Markup("<msub>{}<mi>{}</mi></msub>").format(shown, index)
    return Markup("<math>{}{}</math>").format(Markup(UPRIGHT_D) if d else "", shown)


def _closed(code: str) -> str:
    """In dollar signs, the space behind outside of them."""
    inner = code.rstrip().replace("}^{", "}{}^{").replace("}_{", "}{}_{")
    space = " " if code[len(inner) :] and not inner.endswith("\\") else ""
    return f"${re.sub(' +', ' ', inner)}${space}"


def _token(token: str) -> tuple[str, bool]:
    """A token in LaTeX, and whether it is mathematics."""
    if token in SIGNS:
        return SIGNS[token], True
    if token == " : ":
        return " : ", True
    if (token.isascii() and token.isdigit()) or token == ".":
        return token, True
    if NAMES.fullmatch(token):
        return f"\\operatorname{{{token}}}", True
    if re.fullmatch(r"d[A-Zfgst]", token):
        return f"\\mathrm{{d}}{token[1]}", True
    if token == "d":
        return r"\mathrm{d}", True
    if re.fullmatch(r"[A-Zb-z]", token):
        return token, True
    if re.fullmatch(r"[A-Za-z]_[A-Za-z0-9]+", token):
        name, index = token.split("_")
        return f"{name}_{{{index}}}", True
    if len(token) == 1 and not token.isascii():
        return _letter(token)
    return "".join(
        ESCAPED.get(letter, letter) if letter.isascii() else _letter(letter)[0] for letter in token
    ), False
