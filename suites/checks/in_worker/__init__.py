"""What no script can say: short functions that the worker runs on an engine under PyTorch's names.

`gradassay` sends their names alone; the worker finds this folder beside itself. Each takes the
engine's module (`torch`, or any that spells the same) and returns what it has seen, as JSON. They
need the standard library and the engine, in the syntax of Python 3.8. A file is an idea; `PARTS`
lists the files, and `kit` holds what the functions share.
"""

from __future__ import annotations

from typing import Any, Callable, Dict

from . import copies, functions, hooks, modes, saving, sturdiness, sweeps, writing
from .kit import lacks as lacks

PARTS = (modes, sweeps, copies, writing, hooks, functions, saving, sturdiness)
FUNCTIONS: Dict[str, Callable[[Any], Any]] = {
    name: function
    for part in PARTS
    for name, function in vars(part).items()
    if getattr(function, "__module__", "") == part.__name__ and not name.startswith("_")
}
"""Every function by its name."""
