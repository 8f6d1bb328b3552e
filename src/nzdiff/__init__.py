"""nzdiff: derivatives with respect to the nonzeros.

You write a matrix energy in which some matrices are sparse with a fixed pattern; nzdiff derives
its derivatives with respect to the stored values, proves them, prints them, emits NumPy and C
source, and solves with it.  Names are imported when first used: a generated solver runs without
SymPy, and deriving needs no NumPy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nzdiff import layers as layers
    from nzdiff.blockwise.reduce import reduce_dimension as reduce_dimension
    from nzdiff.blockwise.sums import BlockSum as BlockSum
    from nzdiff.blockwise.sums import blocks as blocks
    from nzdiff.codegen.c_interface.write import generate_c as generate_c
    from nzdiff.codegen.jax_package.write import generate_jax as generate_jax
    from nzdiff.codegen.mex.write import generate_mex as generate_mex
    from nzdiff.codegen.package.write import generate as generate
    from nzdiff.derive.claims.claim import check as check
    from nzdiff.derive.dimensions.report import dimensions as dimensions
    from nzdiff.derive.language.entrywise import absolute as absolute
    from nzdiff.derive.language.entrywise import acos as acos
    from nzdiff.derive.language.entrywise import asin as asin
    from nzdiff.derive.language.entrywise import asinh as asinh
    from nzdiff.derive.language.entrywise import atan as atan
    from nzdiff.derive.language.entrywise import atan2 as atan2
    from nzdiff.derive.language.entrywise import atanh as atanh
    from nzdiff.derive.language.entrywise import cos as cos
    from nzdiff.derive.language.entrywise import cosh as cosh
    from nzdiff.derive.language.entrywise import entrywise as entrywise
    from nzdiff.derive.language.entrywise import exp as exp
    from nzdiff.derive.language.entrywise import gammaln as gammaln
    from nzdiff.derive.language.entrywise import gelu as gelu
    from nzdiff.derive.language.entrywise import huber as huber
    from nzdiff.derive.language.entrywise import log as log
    from nzdiff.derive.language.entrywise import logsumexp as logsumexp
    from nzdiff.derive.language.entrywise import map_nonzeros as map_nonzeros
    from nzdiff.derive.language.entrywise import maximum as maximum
    from nzdiff.derive.language.entrywise import minimum as minimum
    from nzdiff.derive.language.entrywise import power as power
    from nzdiff.derive.language.entrywise import relu as relu
    from nzdiff.derive.language.entrywise import sigmoid as sigmoid
    from nzdiff.derive.language.entrywise import sign as sign
    from nzdiff.derive.language.entrywise import sin as sin
    from nzdiff.derive.language.entrywise import sinh as sinh
    from nzdiff.derive.language.entrywise import softmax as softmax
    from nzdiff.derive.language.entrywise import softplus as softplus
    from nzdiff.derive.language.entrywise import sqrt as sqrt
    from nzdiff.derive.language.entrywise import tan as tan
    from nzdiff.derive.language.entrywise import tanh as tanh
    from nzdiff.derive.language.entrywise import where as where
    from nzdiff.derive.language.equations import dlyap as dlyap
    from nzdiff.derive.language.equations import expm as expm
    from nzdiff.derive.language.equations import lyap as lyap
    from nzdiff.derive.language.equations import stein as stein
    from nzdiff.derive.language.equations import sylvester as sylvester
    from nzdiff.derive.language.errors import UnsupportedNodeError as UnsupportedNodeError
    from nzdiff.derive.language.errors import VerificationError as VerificationError
    from nzdiff.derive.language.functions import as_scalar as as_scalar
    from nzdiff.derive.language.functions import commutation as commutation
    from nzdiff.derive.language.functions import cross as cross
    from nzdiff.derive.language.functions import det as det
    from nzdiff.derive.language.functions import diag as diag
    from nzdiff.derive.language.functions import diag_of as diag_of
    from nzdiff.derive.language.functions import domain as domain
    from nzdiff.derive.language.functions import entry as entry
    from nzdiff.derive.language.functions import hadamard as hadamard
    from nzdiff.derive.language.functions import hstack as hstack
    from nzdiff.derive.language.functions import identity as identity
    from nzdiff.derive.language.functions import inner as inner
    from nzdiff.derive.language.functions import inv as inv
    from nzdiff.derive.language.functions import kron as kron
    from nzdiff.derive.language.functions import logdet as logdet
    from nzdiff.derive.language.functions import mask as mask
    from nzdiff.derive.language.functions import norm as norm
    from nzdiff.derive.language.functions import ones as ones
    from nzdiff.derive.language.functions import pinv as pinv
    from nzdiff.derive.language.functions import quotient as quotient
    from nzdiff.derive.language.functions import sumsq as sumsq
    from nzdiff.derive.language.functions import total as total
    from nzdiff.derive.language.functions import trace as trace
    from nzdiff.derive.language.functions import unit as unit
    from nzdiff.derive.language.functions import unvec as unvec
    from nzdiff.derive.language.functions import vec as vec
    from nzdiff.derive.language.functions import vstack as vstack
    from nzdiff.derive.language.functions import zeros as zeros
    from nzdiff.derive.language.symbols import dense as dense
    from nzdiff.derive.language.symbols import diagonal as diagonal
    from nzdiff.derive.language.symbols import dims as dims
    from nzdiff.derive.language.symbols import scalar as scalar
    from nzdiff.derive.language.symbols import sparse as sparse
    from nzdiff.derive.typed.grammar import FormulaError as FormulaError
    from nzdiff.pattern import Pattern as Pattern
    from nzdiff.problem import Problem as Problem
    from nzdiff.problem import parse as parse
    from nzdiff.runtime.batch import BatchModel as BatchModel
    from nzdiff.runtime.model import Model as Model
    from nzdiff.solvers import compare as compare
    from nzdiff.solvers import solve as solve
    from nzdiff.verification import verify as verify

__version__ = "0.1.0"

_SYMBOLS = ("dense", "diagonal", "dims", "scalar", "sparse")
_ENTRYWISE = (
    "absolute",
    "acos",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cos",
    "cosh",
    "entrywise",
    "exp",
    "gammaln",
    "gelu",
    "huber",
    "log",
    "logsumexp",
    "softmax",
    "map_nonzeros",
    "maximum",
    "minimum",
    "power",
    "relu",
    "sigmoid",
    "sign",
    "sin",
    "sinh",
    "softplus",
    "sqrt",
    "tan",
    "tanh",
    "where",
)
_EQUATIONS = ("dlyap", "expm", "lyap", "stein", "sylvester")
_FUNCTIONS = (
    "as_scalar",
    "commutation",
    "cross",
    "det",
    "diag",
    "diag_of",
    "domain",
    "entry",
    "hadamard",
    "hstack",
    "identity",
    "inner",
    "inv",
    "kron",
    "logdet",
    "mask",
    "norm",
    "ones",
    "pinv",
    "quotient",
    "sumsq",
    "total",
    "trace",
    "unit",
    "unvec",
    "vec",
    "vstack",
    "zeros",
)
_HOME = {
    "BatchModel": "nzdiff.runtime.batch",
    "BlockSum": "nzdiff.blockwise.sums",
    "FormulaError": "nzdiff.derive.typed.grammar",
    "Model": "nzdiff.runtime.model",
    "Pattern": "nzdiff.pattern",
    "Problem": "nzdiff.problem",
    "UnsupportedNodeError": "nzdiff.derive.language.errors",
    "VerificationError": "nzdiff.derive.language.errors",
    "blocks": "nzdiff.blockwise.sums",
    "check": "nzdiff.derive.claims.claim",
    "compare": "nzdiff.solvers",
    "dimensions": "nzdiff.derive.dimensions.report",
    "generate": "nzdiff.codegen.package.write",
    "generate_c": "nzdiff.codegen.c_interface.write",
    "generate_jax": "nzdiff.codegen.jax_package.write",
    "generate_mex": "nzdiff.codegen.mex.write",
    "parse": "nzdiff.problem",
    "reduce_dimension": "nzdiff.blockwise.reduce",
    "solve": "nzdiff.solvers",
    "verify": "nzdiff.verification",
    **dict.fromkeys(_SYMBOLS, "nzdiff.derive.language.symbols"),
    **dict.fromkeys(_ENTRYWISE, "nzdiff.derive.language.entrywise"),
    **dict.fromkeys(_EQUATIONS, "nzdiff.derive.language.equations"),
    **dict.fromkeys(_FUNCTIONS, "nzdiff.derive.language.functions"),
}

__all__ = [*sorted(_HOME), "__version__"]  # noqa: PLE0604 # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name == "layers":
        return import_module("nzdiff.layers")
    if name not in _HOME:
        raise AttributeError(f"module 'nzdiff' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "layers"]
