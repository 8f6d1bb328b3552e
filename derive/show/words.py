"""Formulas in words, as rules have them ("d(A⁻¹) = −A⁻¹ dA A⁻¹"), as LaTeX or HTML."""

from __future__ import annotations

import re
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
}  # fmt: skip
"""Signs in a line of text, and in LaTeX's mathematics."""
NAMES = re.compile(
    "tr|vec|det|log|exp|diag|expm|d?lyap|sylvester|stein|tanh|sigmoid|softplus|max|min"
)
TOKEN = re.compile(r"⁻[¹ᵀ]|[A-Za-z]+(?:_[A-Za-z0-9]+)?|\d+| : |\s+|\.(?=[(\[])|.", re.DOTALL)
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
    shown = (
        f"\\ensuremath{{{SIGNS[c].strip()}}}" if ord(c) > 127 and c in SIGNS else ESCAPED.get(c, c)
        for c in words
    )
    return f"\\texttt{{{''.join(shown)}}}"


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
    inner = code.rstrip().replace("}^{", "}{}^{")
    space = " " if code[len(inner) :] and not inner.endswith("\\") else ""
    return f"${re.sub(' +', ' ', inner)}${space}"


def _token(token: str) -> tuple[str, bool]:
    """A token in LaTeX, and whether it is mathematics."""
    if token in SIGNS:
        return SIGNS[token], True
    if token == " : ":
        return " : ", True
    if token.isdigit() or token == ".":
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
    return "".join(ESCAPED.get(letter, letter) for letter in token), False
