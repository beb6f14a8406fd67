"""What no script can say: short functions that the worker runs on an engine under PyTorch's names.

`gradassay` sends their names alone; the worker finds this file beside itself. Each takes the
engine's module (`torch`, or any that spells the same) and returns what it has seen, as JSON. It
needs the standard library and the engine. In the syntax of Python 3.8.
"""

from __future__ import annotations

from typing import Any


def raises(run: Any) -> bool:
    """Whether a call raises an exception."""
    try:
        run()
    except Exception:
        return True
    return False
