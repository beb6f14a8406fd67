"""A script as a person reads it: a line a step in PyTorch's manner, then what is expected."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator

from ...oracles.program import Static, decode
from . import in_worker
from .script import (
    Absent,
    Alike,
    AnyExpectation,
    AtMost,
    Choice,
    Equals,
    Flag,
    Raises,
    Returns,
    Script,
    Step,
    leaf_of,
    plain_params,
    shown,
)

NAMES = "xyzuvw"


def lines(script: Script) -> list[str]:
    """All lines of a script; of functions that run in the worker, their text first."""
    return [*functions(script), *(line for _, line in steps(script)), *expectations(script)]


def functions(script: Script) -> Iterator[str]:
    """The text of its functions that run in the worker."""
    for step in script.steps:
        if step.verb == "python":
            function = in_worker.FUNCTIONS.get(step.given["name"])
            yield from inspect.getsource(function).splitlines() if function else ()
            yield ""


def names(script: Script) -> list[str]:
    """What each step's result is called: leaves by letters, the rest by number."""
    leaves = iter(NAMES)
    return [
        next(leaves, f"x{k}") if step.verb == "leaf" else f"v{k}"
        for k, step in enumerate(script.steps)
    ]


def steps(script: Script) -> Iterator[tuple[int, str]]:
    """Each step's number and line, indented inside the blocks that it stands in."""
    called, depth = names(script), 0
    for k, step in enumerate(script.steps):
        depth -= step.verb == "leave"
        yield k, "    " * depth + _line(script, step, called[k], called)
        depth += step.verb == "enter"


def phrase(script: Script, k: int) -> str:
    """What a step's result is, in words: `x.grad`, `multiply(x, y)`; or what it does."""
    return dict(steps(script))[k].strip().removeprefix(f"{names(script)[k]} = ")


def _line(script: Script, step: Step, name: str, called: list[str]) -> str:
    if step.verb == "item":
        return f"{name} = {_item(script, step, called)}"
    of = [repr(decode(a.static)) if isinstance(a, Static) else called[a] for a in step.of]
    write = _WRITERS.get(step.verb)
    if write is not None:
        return write(step, name, of)
    given = [*of[1:], *(f"{k}={v!r}" for k, v in step.given.items())]
    return f"{name} = {of[0]}.{step.verb}({', '.join(given)})" if of else f"{name} = {step.verb}()"


def _item(script: Script, step: Step, called: list[str]) -> str:
    """One of several results; of gradients, whose."""
    (source,), index = step.refs, step.given["index"]
    if script.steps[source].verb != "grads":
        return f"{called[source]}[{index}]"
    y, *leaves = script.steps[source].refs
    return f"gradient of {called[y]} for {called[leaves[index]]}"


def _leaf(step: Step, name: str, of: list[str]) -> str:
    leaf = leaf_of(step)
    extras = [f"shape={leaf.shape}"] if 0 in leaf.shape else []
    extras += [f"dtype={step.given['dtype']}"] if "dtype" in step.given else []
    extras += [f"layout={leaf.layout!r}"] if leaf.layout != "C" else []
    extras += ["requires_grad=True"] if leaf.requires_grad else []
    kind = {"integer": "integers", "bool": "mask"}.get(leaf.kind, "leaf")
    return f"{name} = {kind}({', '.join([shown(leaf.array), *extras])})"


def _call(step: Step, name: str, of: list[str]) -> str:
    given = [f"{k}={v!r}" for k, v in plain_params(step).items()]
    return f"{name} = {step.given['op']}({', '.join([*of, *given])})"


def _backward(step: Step, name: str, of: list[str]) -> str:
    kept = [f"{k}={v}" for k, v in step.given.items()]
    return f"{of[0]}.backward({', '.join([*of[1:], *kept])})"


def _inplace(step: Step, name: str, of: list[str]) -> str:
    return f"{name} = {of[0]}.{step.given['name']}({', '.join(of[1:])})"


def _grad(step: Step, name: str, of: list[str]) -> str:
    more = ", create_graph=True" if step.given.get("create_graph") else ""
    return f"{name} = grad({of[0]}, [{', '.join(of[1:])}]{more})"


def _key(step: Step) -> str:
    """The index of an assignment."""
    parts = [
        ":".join("" if n is None else str(n) for n in part["slice"][:2])
        if isinstance(part, dict)
        else str(part)
        for part in step.given["key"]
    ]
    return ", ".join(parts)


def _repeat(step: Step, name: str, of: list[str]) -> str:
    op, times = step.given["op"], step.given["times"]
    return f"{name} = {of[0]}; {times} times: {name} = {op}({', '.join([name, *of[1:]])})"


def _growth(step: Step, name: str, of: list[str]) -> str:
    called = f"{step.given['op']}({', '.join(of)})"
    return f"{name} = the {step.given['what']} of a chain of {called} 8 times as long"


def _leave(step: Step, name: str, of: list[str]) -> str:
    return "(the block ends by an exception)" if step.given.get("raising") else "(the block ends)"


_WRITERS: dict[str, Callable[[Step, str, list[str]], str]] = {
    "leaf": _leaf,
    "call": _call,
    "repeat": _repeat,
    "growth": _growth,
    "backward": _backward,
    "inplace": _inplace,
    "leave": _leave,
    "value": lambda step, name, of: f"{name} = value of {of[0]}",
    "grads": lambda step, name, of: f"{name} = gradients of {of[0]} for {', '.join(of[1:])}",
    "get_grad": lambda step, name, of: f"{name} = {of[0]}.grad",
    "set_grad": lambda step, name, of: f"{of[0]}.grad = {(of[1:] or ['none'])[0]}",
    "zero_grad": lambda step, name, of: f"zero_grad({', '.join(of)})",
    "same": lambda step, name, of: f"{name} = {of[0]} is {of[1]}",
    "requires_grad": lambda step, name, of: f"{name} = {of[0]}.requires_grad",
    "is_leaf": lambda step, name, of: f"{name} = {of[0]}.is_leaf",
    "python": lambda step, name, of: f"{name} = {step.given['name']}(engine)",
    "grad": _grad,
    "set_item": lambda step, name, of: f"{of[0]}[{_key(step)}] = {of[1]}",
    "set_requires_grad": lambda step, name, of: f"{of[0]}.requires_grad = {step.given['value']}",
    "enter": lambda step, name, of: f"with {step.given['mode']}():",
}


def expectations(script: Script) -> Iterator[str]:
    """Each expectation in one line."""
    called = names(script)
    for expected in script.expected:
        why = f" ({expected.why})" if expected.why else ""
        raising = isinstance(expected, Raises)
        name = f"`{phrase(script, expected.step)}`" if raising else called[expected.step]
        yield f"expect {wanted(expected, name)}{why}"


def wanted(expected: AnyExpectation, name: str) -> str:
    """What is expected of the step that is called `name`."""
    if isinstance(expected, Equals):
        return f"{name} == {shown(expected.want.array)}"
    if isinstance(expected, Returns):
        return f"{name} == {expected.want!r}"
    if isinstance(expected, Choice):
        return f"{expected.name}: {' or '.join(a.label for a in expected.among)}"
    if isinstance(expected, Flag):
        return f"{name} is {expected.want}"
    if isinstance(expected, AtMost):
        return f"{name} is at most {expected.most:g}"
    if isinstance(expected, Alike):
        return f"{name} == v{expected.to}, bit for bit"
    if isinstance(expected, Absent):
        return f"{name} is none"
    return f"{name} raises" if isinstance(expected, Raises) else f"{name} raises nothing"
