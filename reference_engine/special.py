"""`special`: PyTorch's second names for special functions."""

from .elementary import exp2, expm1, log1p
from .elementary import sigmoid as expit
from .statistics import log_softmax, logsumexp, softmax

__all__ = ["exp2", "expit", "expm1", "log1p", "log_softmax", "logsumexp", "softmax"]
