"""A script that shows one difference without gradassay: the adapter's text, the program, the truth.

It needs numpy and the engine, prints what it got beside what it should be, and exits with 1 while
the difference is there.
"""

from __future__ import annotations

import os
import pprint
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..oracles import truth
from ..oracles.compare import FAR, entries
from ..oracles.evaluate import UnsupportedError
from ..oracles.program import Array, Call, Leaf, Program
from ..oracles.vocabulary import VOCABULARY
from .adapter import Hello
from .judge import reaches
from .numerics.script import compared as at_points
from .over_the_wire import asking
from .quoted import row_name, rows, usual

if TYPE_CHECKING:
    from .judge import Judgement, Rules
    from .run import Plan
    from .trial import Trial

CHECK = """
wrong = False
for name, is_, should, tolerance in compared:
    if should is None:
        right, want, dtype = is_ is None or not np.any(is_), "none", "not asked for"
    else:
        right, want = False, f"{should.tolist()}, {DTYPE}"
        if is_ is not None:
            dtype, is_ = np.asarray(is_).dtype, np.asarray(is_, dtype=float)
            near = is_.shape == should.shape and np.all(np.abs(is_ - should) <= tolerance)
            right = bool(near) and (dtype == DTYPE or DTYPE == "bfloat16")
    wrong = wrong or not right
    got = "none" if is_ is None else f"{np.asarray(is_).tolist()}, {dtype}"
    print(f"{name} is {got}, {'as it should be' if right else f'but should be {want}'}")
for name, array, before in zip(names, arrays, copies):
    if array.tobytes() != before:
        wrong = True
        print(f"the engine changed {name}")
sys.exit(1 if wrong else 0)
"""
EXTRAS = """
def lift(array, requires_grad):
    known = {"dtype": DTYPE, "device": DEVICE}
    takes = inspect.signature(engine.lift).parameters
    return engine.lift(array, requires_grad, **{k: v for k, v in known.items() if k in takes})
"""


def script(
    trial: Trial, judgement: Judgement, plan: Plan, hello: Hello, rules: Rules, spec: str = ""
) -> str:
    """The text of the script, or a comment that says why there is none.

    `spec` is how ENGINE was given: a command is asked over the wire, a file has neighbours.
    """
    about = f"{hello.name} {hello.version}: {judgement.outcome}.\n\n{judgement.message}"
    if spec.startswith("cmd:"):
        start = asking(trial.program, plan, spec)
    elif hello.source:
        start = _in_python(trial.program, plan, hello, spec)
    else:
        return "# The text of the adapter is not known: use `gradassay replay`.\n"
    parts = [
        _docstring(f"{about}\n\n{trial.program}"),
        *start,
        "\n# ---- got and expected, with the tolerance that rounding noise allows",
        at_points(trial.program, judgement, plan.dtype)
        if trial.judged and any(row.wrong for row in judgement.rows)
        else _compared(trial, plan, rules, exact=judgement.oracle == "exact"),
        CHECK,
    ]
    return "\n".join(parts)


def _in_python(program: Program, plan: Plan, hello: Hello, spec: str) -> list[str]:
    """The parts up to `values` and `grads`: the adapter, and calls as a person writes them."""
    body = _tape(program, hello) if hello.style == "tape" else _functional(program, hello)
    source, future = _without_future(hello.source)
    return [
        future + "import inspect\nimport sys\n\nimport numpy as np\n",
        *_neighbours(spec),
        f"# ---- the adapter\n{source}\n",
        "# ---- the program",
        f"DTYPE, DEVICE = {plan.dtype!r}, {plan.device!r}",
        f"engine = {hello.attribute}",
        "engine = engine() if isinstance(engine, type) else engine",
        *usual(hello),
        *([EXTRAS] if hello.style == "tape" else []),
        *rows(program, hello),
        body,
    ]


def _neighbours(spec: str) -> list[str]:
    """What lets the adapter import what lies beside its file, as it could when it was checked."""
    path = Path(spec.rpartition(":")[0])
    if path.suffix != ".py":
        return []
    folder = os.path.relpath(path.parent)
    return [f"sys.path.append({folder!r})  # the adapter's folder, from where it was checked\n"]


def _without_future(source: str) -> tuple[str, str]:
    """An adapter's text without its `from __future__` lines, and those, which must come first."""
    lines = source.strip().splitlines()
    future = [line for line in lines if line.startswith("from __future__ import ")]
    rest = "\n".join(line for line in lines if line not in future)
    return rest, "".join(f"{line}\n\n" for line in future)


def _docstring(text: str) -> str:
    """Text that may hold anything, as the docstring of the script."""
    text = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return f'"""{text}\n"""'


def _array(leaf: Leaf) -> str:
    data = pprint.pformat(leaf.array.tolist(), width=80, compact=True)
    if leaf.kind == "real":
        return (
            f"np.array({data}, dtype=DTYPE).reshape({leaf.shape})"
            if 0 in leaf.shape
            else (f"np.array({data}, dtype=DTYPE)")
        )
    return f"np.array({data}, dtype={'bool' if leaf.kind == 'bool' else 'int'})"


def _laid_out(leaf: Leaf) -> str:
    text = _array(leaf)
    if leaf.layout == "F":
        return f"np.asfortranarray({text})"
    if leaf.layout == "reversed":
        flip = f"[{', '.join(['::-1'] * len(leaf.shape))}]"
        return f"{text}{flip}.copy(){flip}"
    if leaf.layout == "strided":
        return f"np.repeat({text}, 2, axis=-1)[..., ::2]"
    return text


def _inputs(program: Program) -> list[str]:
    """The leaves as arrays, with copies that show whether the engine changed them."""
    lines = ["arrays = ["]
    lines += [f"    {_laid_out(leaf)}," for leaf in program.leaves]
    names = [program.name(i) for i in range(len(program.leaves))]
    return [*lines, "]", f"names = {names!r}", "copies = [a.tobytes() for a in arrays]"]


def _tape(program: Program, hello: Hello) -> str:
    leaves = [program.name(i) for i in range(len(program.leaves))]
    lines = _inputs(program)
    lines += [
        f"{name} = lift(arrays[{i}], {leaf.requires_grad})"
        for i, (name, leaf) in enumerate(zip(leaves, program.leaves, strict=True))
    ]
    lines += _calls(program, hello)
    outputs = ", ".join(f"engine.value({program.name(o)})" for o in program.outputs)
    last = program.name(program.outputs[-1])
    read = [f"values = [{outputs}]", f"grads = engine.grads({last}, [{', '.join(leaves)}])"]
    lines += read if len(program.calls) % 2 == 0 else read[::-1]  # as the worker does
    return "\n".join(lines)


def _functional(program: Program, hello: Hello) -> str:
    wanted = [program.name(i) for i in program.wanted]
    leaves = [program.name(i) for i in range(len(program.leaves))]
    taken = 'map(getattr(engine, "asarray", lambda array: array), arrays)'
    lines = [*_inputs(program), f"{', '.join(leaves)}, = {taken}"]
    last = program.name(program.outputs[-1])
    lines += [f"\n\ndef f({', '.join(wanted)}):"]
    lines += [f"    {line}" for line in _calls(program, hello)]
    lines += [f"    return {last}\n\n"]
    early = program.outputs[:-1]
    lines.append(f"value, found = engine.value_and_grad(f, [{', '.join(wanted)}])")
    if early:
        lines += _calls(program, hello)
    lines.append(f"values = [{', '.join([*(program.name(o) for o in early), 'value'])}]")
    if "value" not in hello.usual:
        lines.append("values, found = ([engine.value(x) for x in xs] for xs in (values, found))")
    lines.append(f"grads = [None] * {len(program.leaves)}")
    lines += [f"grads[{i}] = found[{k}]" for k, i in enumerate(program.wanted)]
    return "\n".join(lines)


def _calls(program: Program, hello: Hello) -> list[str]:
    return [
        f"{program.name(i)} = {_spell(program, call, hello)}"
        for i, call in enumerate(program.calls, start=len(program.leaves))
    ]


def _spell(program: Program, call: Call, hello: Hello) -> str:
    """A call as Python: the operator, the adapter's own function, or one of its namespace."""
    args = [program.name(a) if isinstance(a, int) else f"{a.value!r}" for a in call.args]
    found = hello.offers.get(call.op, {})
    if call.op == "getitem":
        return _indexed(call.params["key"], args, found)
    if "operator" in found:
        return _operator(found["operator"], args)
    names = {} if "spelling" in found else hello.limits.keywords
    given = [f"{names.get(k, k)}={v!r}" for k, v in call.keywords.items()]
    if call.op in VOCABULARY and VOCABULARY[call.op].sequence:
        args = [f"[{', '.join(args)}]"]
    if "namespace" in found:
        name = _served(found)
        if "names" in found:
            name = f"named({', '.join([name, *map(repr, found['names'].split('; '))])})"
        if "spelling" in found:
            return f"{row_name(call.op)}({', '.join([name, *args, *given])})"
        return f"{name}({', '.join(args + given)})"
    return f"engine.ops[{found.get('ops', call.op)!r}]({', '.join(args + given)})"


def _operator(symbol: str, args: list[str]) -> str:
    if len(args) == 2:
        return f"{args[0]} {symbol} {args[1]}"
    return {"neg": f"-{args[0]}", "abs": f"abs({args[0]})"}.get(symbol, f"{symbol}{args[0]}")


def _indexed(key: Any, args: list[str], found: Mapping[str, str]) -> str:
    """`x[0, i]`, or the function that serves it with its key as a tuple."""
    plain = found.get("indices") == "arrays"
    args = [args[0], *(f"np.asarray(engine.value({a}))" if plain else a for a in args[1:])]
    parts = ", ".join(_key(k, args) for k in key)
    if "operator" in found or not found:
        return f"{args[0]}[{parts or '()'}]"
    served = f"engine.ops[{found['ops']!r}]" if "ops" in found else _served(found)
    return f"{served}({args[0]}, ({parts}{',' * (len(key) == 1)}))"


def _served(found: Mapping[str, str]) -> str:
    return f"engine.namespace{found.get('part', '')}.{found['namespace']}"


def _key(part: Any, args: list[str]) -> str:
    if isinstance(part, dict) and "slice" in part:
        return f"slice({', '.join(map(repr, part['slice']))})"
    if isinstance(part, dict):
        return args[part["arg"]]
    return "..." if part == "..." else repr(part)


def _compared(trial: Trial, plan: Plan, rules: Rules, exact: bool) -> str:
    """What is compared: outputs and gradients, beside the truth and its tolerance.

    Where nothing rounds, `exact`, there is none.
    """
    program = trial.program
    try:
        known = truth.solve(program, plan.dtype, trial.seed % 2**31, rules.without)
    except (UnsupportedError, truth.DisagreementError):
        return "compared = []  # no oracle can judge this program; it is shown for its behaviour"
    lines = ["compared = ["]
    for k, o in enumerate(program.outputs):
        want, noise = known.run[0][k], known.noise.values[k]
        lines.append(_line(program.name(o), f"values[{k}]", want, noise, plan.dtype, exact))
    for i, leaf in enumerate(program.leaves):
        name, got = f"{program.name(i)}.grad", f"grads[{i}]"
        want_g, noise_g = known.run[1][i], known.noise.gradients[i]
        if want_g is not None and noise_g is not None and reaches(trial, i):
            lines.append(_line(name, got, want_g, noise_g, plan.dtype, exact))
        elif leaf.requires_grad or not rules.gives_all:
            lines.append(f"    ({name!r}, {got}, None, 0.0),")
    return "\n".join([*lines, "]"])


def _line(name: str, got: str, want: Array, noise: Array, dtype: str, exact: bool) -> str:
    noisy = float(np.max(entries(want, want, noise, dtype).tolerance, initial=0.0)) * FAR
    tolerance = 0.0 if exact else noisy
    text = pprint.pformat(want.tolist(), width=80, compact=True)
    shape = f".reshape({want.shape})" if 0 in want.shape else ""
    return f"    ({name!r}, {got}, np.array({text}, dtype=float){shape}, {tolerance:.3g}),"
