"""What a script that runs alone quotes from the worker: what the adapter leaves to it."""

from __future__ import annotations

import ast
import functools
import inspect
from collections.abc import Callable

from ..oracles.program import Program
from . import worker
from .adapter import Hello

USUAL: dict[str, Callable[..., object]] = {
    "lift": worker.torch_lift,
    "value": worker.usual_value,
    "grads": worker.usual_grads,
    "value_and_grad": worker.transformed,
}
"""What of a script's need an adapter may leave out."""
HELPERS = (worker.all_axes, worker.prod, worker.roll, worker.first, worker.named)
"""What the rows of `SPELLINGS` call, or what is called for them."""


def usual(hello: Hello) -> list[str]:
    """The methods that the adapter leaves to the worker; values of functions are arrays anyway."""
    needed = [n for n in hello.usual if n in USUAL and (hello.style, n) != ("functional", "value")]
    made = [
        f"\n{_bare(inspect.getsource(USUAL[name]))}\n\n"
        f"engine.{name} = functools.partial({USUAL[name].__name__}, engine)"
        for name in needed
    ]
    namespace = ["\nengine.namespace = engine.torch"] if "namespace" in hello.usual else []
    return [*(["\nimport functools"] if made else []), *made, *namespace]


def rows(program: Program, hello: Hello) -> list[str]:
    """The rows of the worker's `SPELLINGS` that a program needs, as functions."""
    found = {op: hello.offers[op] for op in program.ops if "spelling" in hello.offers.get(op, {})}
    texts = {op: _rows()[whence["spelling"], op] for op, whence in found.items()}
    named = ["named"] if any("names" in whence for whence in found.values()) else []
    used = " ".join([*texts.values(), "all_axes" * ("prod" in texts), *named])
    lines = [_bare(inspect.getsource(f)).strip() + "\n" for f in HELPERS if f.__name__ in used]
    return [*lines, *(f"{row_name(op)} = {text}" for op, text in texts.items())]


def row_name(op: str) -> str:
    """The name that a row has in the script.

    >>> row_name("linalg.diagonal")
    'spelt_linalg_diagonal'
    """
    return f"spelt_{op.replace('.', '_')}"


def _bare(text: str) -> str:
    """The worker's text without its types; an error of ours is one of Python's."""
    for typed in (": Any", " -> Any", " -> list[Any]", ": str"):
        text = text.replace(typed, "")
    text = text.replace("UnsupportedError", "NotImplementedError")
    return text.replace("AdapterError", "AttributeError").rstrip()


@functools.cache
def _rows() -> dict[tuple[str, str], str]:
    """The text of every function in the worker's `SPELLINGS`, by spelling and op."""
    table = next(
        node.value
        for node in ast.parse(inspect.getsource(worker)).body
        if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "SPELLINGS"
    )
    assert isinstance(table, ast.Dict)
    found = {}
    for spelling, listed in zip(table.keys, table.values, strict=True):
        assert isinstance(spelling, ast.Constant) and isinstance(listed, ast.Dict)
        for op, row in zip(listed.keys, listed.values, strict=True):
            if isinstance(op, ast.Constant) and isinstance(row, ast.Tuple):
                found[str(spelling.value), str(op.value)] = ast.unparse(row.elts[1])
    return found
