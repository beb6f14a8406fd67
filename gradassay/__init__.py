"""Give it an autograd engine; it says, with evidence, whether the gradients are right.

The rooms, in the order in which a verdict is made:

- `gradassay.oracles`: what is right. Programs as data, and independent ways to differentiate them.
- `gradassay.suites`: how we try. Engines, generator, judge, reducer, command line, pytest plugin.
- `gradassay.reports`: what we say. The records of a run, and every output made from them.
- `gradassay.reference_engine`: an engine to read and learn from.

`gradassay.check(f, *arrays, grad=...)` checks the gradient of a single function.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .suites.checking import Checked, GradientError, check

__all__ = ["Checked", "GradientError", "__version__", "check"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """`check` and what it returns and raises, imported on first use: they need numpy."""
    if name in ("Checked", "GradientError", "check"):
        from .suites import checking

        return getattr(checking, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
