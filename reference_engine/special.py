"""`special`: PyTorch's second names for special functions."""

from .elementary import exp2, expm1, log1p
from .elementary import sigmoid as expit
from .rounding import round
from .special_functions import (
    digamma,
    entr,
    erf,
    erfc,
    erfinv,
    logit,
    ndtr,
    ndtri,
    polygamma,
    sinc,
    xlog1py,
    xlogy,
)
from .special_functions import digamma as psi
from .special_functions import lgamma as gammaln
from .special_functions import mvlgamma as multigammaln
from .statistics import log_softmax, logsumexp, softmax

__all__ = [
    "digamma", "entr", "erf", "erfc", "erfinv", "exp2", "expit", "expm1", "gammaln", "log1p",
    "log_softmax", "logit", "logsumexp", "multigammaln", "ndtr", "ndtri", "polygamma", "psi",
    "round", "sinc", "softmax", "xlog1py", "xlogy",
]  # fmt: skip
