"""Neural networks, under PyTorch's names.

In this order: `module` (what a module is), `layers`, `containers`, `multihead`; `functions` makes
modules of the functions in `functional`, and `init` says where parameters begin.
"""

from . import functional as functional
from . import init as init
from . import utils as utils
from .containers import ModuleDict as ModuleDict
from .containers import ModuleList as ModuleList
from .containers import Sequential as Sequential
from .functions import *  # noqa: F403
from .layers import BatchNorm1d as BatchNorm1d
from .layers import BatchNorm2d as BatchNorm2d
from .layers import Conv1d as Conv1d
from .layers import Conv2d as Conv2d
from .layers import Dropout as Dropout
from .layers import Embedding as Embedding
from .layers import EmbeddingBag as EmbeddingBag
from .layers import LayerNorm as LayerNorm
from .layers import Linear as Linear
from .module import Module as Module
from .module import Parameter as Parameter
from .multihead import MultiheadAttention as MultiheadAttention
