"""Names that emitted C uses itself."""

from nzdiff.codegen.emit.targets.c.kernels import KERNELS
from nzdiff.codegen.lower.names import Reserved

WORDS = (
    "auto break case char const continue default do double else enum extern float for goto if "
    "inline int long register restrict return short signed sizeof static struct switch typedef "
    "union unsigned void volatile while real w "
    "exp log sqrt sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh lgamma "
    "fabs abs pow fmax fmin max min log1p erf erfc cbrt "
    "EXPORT KERNEL FUNCTION NEED NZDIFF_REAL SQUARE LANES OWN PRAGMA PARALLEL_ROWS SIMD_SUM NULL "
    "SETUP SAYS "
    "int32_t int64_t uint8_t uint32_t "
    "alignas alignof asm bool complex constexpr false imaginary noreturn nullptr static_assert "
    "thread_local true typeof typeof_unqual near far unix linux i386 vax "
    "NAN INFINITY HUGE HUGE_VAL HUGE_VALF HUGE_VALL MAXFLOAT DOMAIN SING OVERFLOW UNDERFLOW PLOSS "
    "TLOSS X_TLOSS EDOM ERANGE EOF errno math_errhandling I"
)
RESERVED = Reserved(
    frozenset(WORDS.split()) | frozenset(KERNELS),
    prefixes=("nzdiff_", "FP_", "MATH_", "M_"),  # how macros of <math.h> begin
    suffixes=("_t", "_MAX", "_MIN", "_C", "_WIDTH"),  # how the names of C's own headers end
)
