"""What the host knows of an engine: how ENGINE names it, its facts, and its answers."""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import msgspec

from .engines import BUNDLED

GROUP = "gradassay.engines"
"""The group of entry points by which a package names its engines."""


class EngineError(Exception):
    """The engine could not be started; one clear line, and the `traceback` if there is one."""

    def __init__(self, message: str, traceback: str = "") -> None:
        """`traceback` is text, for --debug."""
        super().__init__(message)
        self.traceback = traceback


class UnknownEngine(EngineError):  # noqa: N818  what is unknown is the name
    """ENGINE names nothing."""


class ProtocolError(EngineError):
    """What the worker wrote is not what docs/wire.md says."""


# ---- its name ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Target:
    """Where an engine is: what a Python worker imports, or the command that is a worker."""

    engine: str
    command: tuple[str, ...] = ()


def locate(spec: str) -> Target:
    """The engine that ENGINE names; raises `UnknownEngine`.

    >>> locate("cmd:./my-worker --fast").command
    ('./my-worker', '--fast')
    >>> locate("package.module:Adapter").engine
    'package.module:Adapter'
    """
    if spec.startswith("cmd:"):
        command = tuple(shlex.split(spec.removeprefix("cmd:")))
        if not command:
            raise UnknownEngine("cmd: names no command")
        return Target(spec, command)
    if spec.startswith("saboteur:"):
        home = Path(__file__).parent / "saboteurs" / "engines.py"
        return Target(f"{home}:{spec.removeprefix('saboteur:')}")
    if spec == "by-hand":
        return Target("gradassay.suites.performance.by_hand:ByHand")
    if spec in BUNDLED:
        return Target(_file_of(BUNDLED[spec]))
    found = _installed().get(spec)
    if found is not None:
        return Target(found.value)
    if spec.endswith(".py") and Path(spec).is_file():
        raise UnknownEngine(f"which object of {spec}? {_objects(Path(spec))}")
    path, _, attribute = spec.rpartition(":")
    if not path or not attribute:
        raise UnknownEngine(_unknown(spec))
    if not path.endswith(".py"):
        return Target(spec)
    if not Path(path).is_file():
        raise UnknownEngine(f"there is no file {path}")
    return Target(f"{Path(path).resolve()}:{attribute}")


def _file_of(bundled: str) -> str:
    """A bundled adapter by its file, so that another interpreter needs no package of ours."""
    module, _, attribute = bundled.partition(":")
    return f"{Path(__file__).parent / 'engines' / module.rpartition('.')[2]}.py:{attribute}"


def _objects(path: Path) -> str:
    """How to name the classes of a file as engines; its text is read, never run."""
    names = re.findall(r"^class (\w+)", path.read_text("utf-8", "replace"), re.MULTILINE)
    if len(names) > 1:
        return f"say {path}:NAME, with NAME one of {', '.join(names)}"
    return f"say {path}:{names[0]}" if names else "it has no class"


def _installed() -> Mapping[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


def _unknown(spec: str) -> str:
    names = sorted({*BUNDLED, *_installed()})
    near = difflib.get_close_matches(spec, names, 1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return (
        f"there is no engine {spec!r}: {hint}known are {', '.join(names)}; "
        "or give package.module:attr, path/file.py:attr or cmd:COMMAND"
    )


# ---- its facts ---------------------------------------------------------------------------------


class Limits(msgspec.Struct, frozen=True):
    """What programs the engine takes; the generator obeys.

    `slow` divides how many programs a run tries.
    """

    ranks: tuple[int, ...] | None = None
    zero_dimensional: bool = True
    dtypes: tuple[str, ...] = ("float64",)
    devices: tuple[str, ...] = ("cpu",)
    order: int = 1
    max_chain: int | None = None
    slow: int = 1
    static: dict[str, tuple[int, ...]] = {}
    keywords: dict[str, str] = {}


class Hello(msgspec.Struct, frozen=True):
    """What an engine says of itself; `offers` maps each op to where it comes from.

    `verbs` are what it offers to scripts beyond programs: `backward`, `detach`, `no_grad` …;
    `usual` are the methods that the adapter leaves to the worker.
    """

    name: str
    version: str
    style: str
    offers: dict[str, dict[str, str]]
    verbs: tuple[str, ...] = ()
    usual: tuple[str, ...] = ()
    limits: Limits = Limits()
    environment: dict[str, str] = {}
    source: str = ""
    attribute: str = ""


def op_table(vocabulary: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The vocabulary as `hello` carries it: all that a worker must know of an op to serve it.

    >>> from gradassay.oracles.vocabulary import VOCABULARY
    >>> op_table(VOCABULARY)["pow"]
    {'args': 2, 'list': False, 'params': [], 'operator': '**', 'aliases': ['power']}
    """
    return {
        name: {
            "args": op.args,
            "list": op.sequence,
            "params": list(op.params),
            "operator": op.operator,
            "aliases": list(op.aliases),
        }
        for name, op in vocabulary.items()
    }


# ---- its answers -------------------------------------------------------------------------------


class Failure(msgspec.Struct, frozen=True):
    """Why there is no answer: a kind of docs/wire.md, or the host's `crashed` and `timed out`."""

    kind: str
    type: str = ""
    message: str = ""
    where: str = ""
    traceback: str = ""
    keyword: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one step of a script: nothing to see, an array, none, a flag, or an error."""

    array: Any = None
    none: bool = False
    flag: bool | None = None
    data: Any = None
    error: Failure | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What an engine made of a program: values and gradients, or an error.

    `values` holds an array for each output, `grads` an array or none for each leaf, `mutated` the
    leaves whose bytes changed; `seconds` is the time inside the engine.
    """

    values: tuple[Any, ...] = ()
    grads: tuple[Any, ...] = ()
    mutated: tuple[int, ...] = ()
    error: Failure | None = None
    seconds: float = 0.0


class Timed(msgspec.Struct, frozen=True):
    """What the clock said of a program: seconds of (forward, backward), once a pass.

    `times` has the collector off, `collected` on. `launched`, on another device than the CPU, has
    the seconds until the calls of `times` came back, before their work was done. `memory` has the
    bytes `peak` and `live`, `by` says what saw them, `objects` how many more the collector tracks
    after a forward pass (-1: not counted). `Timing` in performance/measure.py says it in full.
    """

    times: tuple[tuple[float, float], ...] = ()
    collected: tuple[tuple[float, float], ...] = ()
    launched: tuple[tuple[float, float], ...] = ()
    memory: dict[str, int] = {}
    by: str = ""
    objects: int = -1
