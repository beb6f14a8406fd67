"""A script that shows one difference of an engine in another language: it speaks docs/wire.md."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..oracles.program import Program
from ..oracles.vocabulary import VOCABULARY
from .adapter import locate, op_table
from .worker import PROTOCOL

if TYPE_CHECKING:
    from .run import Plan

ASK = """
requests = [
    {"kind": "hello", "seq": 0, "protocol": PROTOCOL, "engine": "", "ops": OPS},
    {"kind": "answers", "seq": 1, "dtype": DTYPE, "device": DEVICE, "programs": [PROGRAM]},
    {"kind": "bye", "seq": 2},
]
lines = "".join(json.dumps(request) + "\\n" for request in requests)
done = subprocess.run(COMMAND, input=lines, stdout=subprocess.PIPE, text=True)
replies = [json.loads(line) for line in done.stdout.splitlines()]
answer = next((reply for reply in replies if reply.get("i") == 0), None)
if answer is None or "error" in answer:
    error = answer["error"] if answer else {"message": f"it ended with status {done.returncode}"}
    sys.exit("the engine: " + ", ".join(error[k] for k in ("message", "where") if k in error))


def array(wire):
    if wire is None:
        return None
    data = base64.b64decode(wire["b64"]) if "b64" in wire else open(wire["file"], "rb").read()
    if wire["dtype"] == "bfloat16":
        return (np.frombuffer(data, "<u2").astype("<u4") << 16).view("<f4").reshape(wire["shape"])
    return np.frombuffer(data, wire["dtype"]).reshape(wire["shape"])


values, grads = [list(map(array, answer[name])) for name in ("values", "grads")]
names = [f"x{k}" for k in answer.get("mutated", ())]  # the engine says itself what it changed
arrays, copies = [np.array(0.0)] * len(names), [b""] * len(names)
"""


def asking(program: Program, plan: Plan, spec: str) -> list[str]:
    """The parts of the script up to its `values` and `grads`."""
    table, sent = op_table(VOCABULARY), json.loads(program.to_json())
    ops = {op: table[op] for op in dict.fromkeys(program.ops) if op in table}
    return [
        "import base64\nimport json\nimport subprocess\nimport sys\n\nimport numpy as np\n",
        "# ---- the engine, as seen from where it was checked, and the program",
        f"COMMAND = {list(locate(spec).command)!r}",
        f"DTYPE, DEVICE, PROTOCOL = {plan.dtype!r}, {plan.device!r}, {PROTOCOL}",
        f"OPS = {{\n{_lines(f'{op!r}: {row!r}' for op, row in ops.items())}}}",
        f"LEAVES = [\n{_lines(map(repr, sent['leaves']))}]",
        f"CALLS = [\n{_lines(map(repr, sent['calls']))}]",
        f"PROGRAM = {{'leaves': LEAVES, 'calls': CALLS, 'outputs': {sent['outputs']}}}",
        ASK,
    ]


def _lines(rows: Iterable[str]) -> str:
    return "".join(f"    {row},\n" for row in rows)
