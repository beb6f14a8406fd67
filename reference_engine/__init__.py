"""A reverse-mode automatic differentiation engine to read, in PyTorch's names.

>>> import gradassay.reference_engine as torch
>>> w = torch.tensor([[1.0], [2.0]], requires_grad=True)
>>> x = torch.tensor([[3.0, 4.0]])
>>> loss = (torch.mm(x, w) - 10).pow(2).sum()
>>> loss
tensor(1., grad_fn=<SumBackward>)
>>> loss.backward()
>>> w.grad
tensor([[6.],
        [8.]])

To read it in an hour, in this order:

1. `rules.table` and `rules.elementwise`: what an operation is, and its derivatives.
2. `apply`: it runs an operation and records it. `modes`: when nothing is recorded.
3. `graph`: the nodes. `tensors`: an array and its place in the graph.
4. `sweep`: the backward loop. `broadcast`: broadcasting undone, in one place.
5. `autograd`: `backward` and `grad`, which start a sweep.

That is the core. Further rows of the table, in the same manner: `rules.reductions`,
`rules.shapes`, `rules.linear_algebra`, and the other files of `rules`.

Then what is built on the core, each in a file of its own that can be read alone:

- writing in place: `memory` (which memory was written to, and when), `views`, `inplace`;
- looking on and taking part: `hooks`, `function` and `user_backward` (operations of the user's
  own), `saving` (what becomes of saved values), `checkpoint`, `anomaly`, `inference`;
- `jacobians` (PyTorch's `autograd.functional`), and `copying`;
- networks: `nn.module` and `nn.layers`, then any file of `nn`, and `optim`.

The rest is surface: `elementwise`, `functional`, `statistics`, `indexing`, `creation`, `methods`
and others give PyTorch's names, `errors` words errors, `devices` says where the arrays live, and
`plain_numpy` is NumPy with less in between.
"""

from . import autograd as autograd
from . import cuda as cuda
from . import jacobians, outputs
from . import linalg as linalg
from . import methods as methods
from . import nn as nn
from . import optim as optim
from . import special as special
from . import utils as utils
from .creation import *  # noqa: F403
from .decompositions import *  # noqa: F403
from .einsum import *  # noqa: F403
from .elementary import *  # noqa: F403
from .elementwise import *  # noqa: F403
from .functional import *  # noqa: F403
from .inference import inference_mode as inference_mode
from .inference import is_inference_mode_enabled as is_inference_mode_enabled
from .linalg import outer as outer
from .linalg import tensordot as tensordot
from .modes import enable_grad as enable_grad
from .modes import is_grad_enabled as is_grad_enabled
from .modes import no_grad as no_grad
from .modes import set_grad_enabled as set_grad_enabled
from .norms import *  # noqa: F403
from .ordering import *  # noqa: F403
from .products import *  # noqa: F403
from .rearranging import *  # noqa: F403
from .reshaping import *  # noqa: F403
from .rounding import *  # noqa: F403
from .selecting import *  # noqa: F403
from .special_functions import *  # noqa: F403
from .statistics import *  # noqa: F403
from .tensors import Tensor as Tensor

float, double, half, long = float32, float64, float16, int64  # noqa: F405
cfloat, cdouble = complex64, complex128  # noqa: F405

globals().update(outputs.given_out(globals()))
autograd.functional = jacobians  # type: ignore[attr-defined]
