"""Records of runs that never were, by hand: the material of the tests of the reports."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from gradassay.reports.records import (
    AnyRecord,
    Bench,
    Case,
    Check,
    Coverage,
    End,
    Gauge,
    Node,
    Profile,
    Refusal,
    Row,
    Run,
    Tally,
    Verdict,
    Writer,
)

T = TypeVar("T", bound=msgspec.Struct)
HOSTILE = "<script>alert(1)</script>"
AREAS = {
    "elementwise": "abs add atan2 clip divide exp hypot log maximum multiply power sqrt tanh where",
    "reductions": "cumulative_sum logsumexp max mean min prod std sum var",
    "shapes": "broadcast_to concat flip permute_dims reshape roll squeeze stack",
    "linalg": "linalg.cholesky linalg.det linalg.inv linalg.matrix_norm linalg.solve matmul",
    "nn": "nn.functional.gelu nn.functional.log_softmax nn.functional.relu",
}
DTYPES = ("float64", "float32", "float16")

SCRIPT = '''"""divide: the gradient of x1 is wrong. Exits 1 while the difference is there."""
import numpy as np
from tinygrad_like import Tensor

x0 = Tensor(np.array([1.0, 2.0]), requires_grad=True)
x1 = Tensor(np.array([4.0]), requires_grad=True)
y = ((x0 / x1) * np.array([1.0, 3.0])).sum()
y.backward()
print("x1.grad is", x1.grad, "but should be [-0.4375]")
raise SystemExit(abs(x1.grad[0] + 0.4375) > 1e-12)
'''


def run(engine: str = "smallgrad", version: str = "0.4.2") -> Run:
    return Run(
        engine=engine,
        engine_version=version,
        spec="engines/smallgrad.py:Engine",
        style="tape",
        seed=20261,
        profile="quick",
        command="gradassay check engines/smallgrad.py:Engine --profile quick --seed 20261",
        started="2026-11-23 16:02:11 UTC",
        suites=["ops", "graphs", "numerics", "higher_order"],
        dtypes=list(DTYPES),
        devices=["cpu"],
        oracles={"exact": "1", "complex_step": "1", "taylor": "1 (flint 3.2)", "pytorch": "2.13.0"},
        offered=" ".join(AREAS.values()).split(),
        not_offered=["fft.fft", "linalg.eigh", "special.erf"],
        limits={"ranks": None, "order": 2, "max_chain": 500},
        configuration={"programs_per_check": 100, "draws": 32, "workers": 2},
        environment={"python": "3.11.7", "numpy": "2.4.6", "platform": "Linux x86_64"},
        adapter="class Engine:\n    name = 'smallgrad'\n",
        gradassay="0.1.0",
    )


def division(number: int = 0, message: str | None = None, seen: int = 61) -> Verdict:
    """A lost sum over the broadcast axis of a quotient's denominator."""
    nodes = [
        Node(name="x0", text="leaf([1., 2.])", shape=[2], requires_grad=True, engine="[1., 2.]"),
        Node(name="x1", text="leaf([4.])", shape=[1], requires_grad=True, engine="[4.]"),
        Node(
            name="v2",
            text="divide(x0, x1)",
            op="divide",
            args=[0, 1],
            shape=[2],
            engine="∂ [-0.0625]",
            truth="∂ [-0.4375]",
            wrong=True,
        ),
        Node(name="x3", text="leaf([1., 3.])", shape=[2], engine="[1., 3.]"),
        Node(
            name="v4",
            text="multiply(v2, x3)",
            op="multiply",
            args=[2, 3],
            shape=[2],
            engine="[0.25, 1.5]",
        ),
        Node(name="v5", text="sum(v4)", op="sum", args=[4], engine="1.75"),
    ]
    return Verdict(
        id=program_id(number),
        check="ops.broadcast",
        op="divide",
        outcome="wrong gradient",
        dtype="float64",
        device="cpu",
        message=message or "x1.grad is [-0.0625], but should be [-0.4375]",
        ops=["divide", "multiply", "sum"],
        got="[-0.0625]",
        want="[-0.4375]",
        rows=[
            Row(entry="value", got="1.75", want="1.75", error="0", oracles={"exact": "1.75"}),
            Row(entry="x0.grad[0]", got="0.25", want="0.25", error="0", oracles={"exact": "0.25"}),
            Row(entry="x0.grad[1]", got="0.75", want="0.75", error="0", oracles={"exact": "0.75"}),
            Row(
                entry="x1.grad[0]",
                got="-0.0625",
                want="-0.4375",
                error="inf",
                wrong=True,
                oracles={"exact": "-0.4375"},
            ),
        ],
        tolerance="exact: nothing rounds in this program, so the comparison is ==",
        oracle="exact",
        text="x0 = leaf([1., 2.], requires_grad=True)\nx1 = leaf([4.], requires_grad=True)\n"
        "v2 = divide(x0, x1)\nx3 = leaf([1., 3.])\nv4 = multiply(v2, x3)\nv5 = sum(v4)\nreturn v5",
        nodes=nodes,
        first_wrong=2,
        hint="x1 was broadcast from (1,) to (2,), so its gradient is the sum of two entries, "
        "-x0/x1² each; the engine kept only the first.",
        script=SCRIPT,
        replay=f"gradassay replay {program_id(number)} --engine engines/smallgrad.py:Engine",
        seen=seen,
    )


def raised(number: int = 1) -> Verdict:
    return Verdict(
        id=program_id(number),
        check="ops.shapes",
        op="roll",
        outcome="raised",
        dtype="float32",
        device="cpu",
        message="roll(x0, shift=2, axis=-1) raised IndexError: tuple index out of range",
        text="x0 = leaf([[1.]], requires_grad=True)\nv1 = roll(x0, shift=2, axis=-1)\n"
        "v2 = sum(v1)\nreturn v2",
        nodes=[
            Node(name="x0", text="leaf([[1.]])", shape=[1, 1], requires_grad=True),
            Node(
                name="v1",
                text="roll(x0, shift=2)",
                op="roll",
                args=[0],
                wrong=True,
                engine="IndexError",
                shape=[1, 1],
                truth="[[1.]]",
            ),
            Node(name="v2", text="sum(v1)", op="sum", args=[1]),
        ],
        first_wrong=1,
        traceback='Traceback (most recent call last):\n  File "engine.py", line 8, in roll\n'
        "IndexError: tuple index out of range",
        replay=f"gradassay replay {program_id(number)} --engine engines/smallgrad.py:Engine",
        seen=8,
    )


def unproven(number: int = 2) -> Verdict:
    return Verdict(
        id=program_id(number),
        check="numerics.special_values",
        op="std",
        outcome="oracles disagree",
        dtype="float16",
        device="cpu",
        message="pytorch says 0.0 and complex_step says nan; no ball settles it",
        text="x0 = leaf([2., 2.], requires_grad=True)\nv1 = std(x0)\nreturn v1",
        seen=3,
    )


def accepted(number: int = 3) -> Verdict:
    return Verdict(
        id=program_id(number),
        check="ops.kinks",
        op="abs",
        outcome="accepted",
        dtype="float64",
        device="cpu",
        message="abs'(0) is 1, which lies in [-1, 1]",
        reason="documented convention; see the engine's manual, chapter 4 (expires 2027-06-01)",
        seen=4,
    )


def wide(values: int = 90, number: int = 4) -> Verdict:
    """A chain that is too long to be drawn whole; its 50th value is wrong."""
    nodes = [Node(name="x0", text="leaf(1.)", requires_grad=True)]
    for i in range(1, values):
        args = [i - 1, max(0, i - 2)]
        nodes.append(Node(name=f"v{i}", text=f"add(v{i - 1})", op="add", args=args, wrong=i == 50))
    return Verdict(
        id=program_id(number),
        check="graphs.chain",
        op="add",
        outcome="wrong value",
        dtype="float64",
        device="cpu",
        message="v50 is 3.0, but should be 2.0",
        nodes=nodes,
        first_wrong=50,
        seen=2,
    )


def hostile(number: int = 5) -> Verdict:
    """Every text that an engine can put into a verdict, as markup and control characters."""
    return Verdict(
        id=program_id(number),
        check=HOSTILE,
        op="</td><img src=x onerror=alert(2)>",
        outcome="wrong shape",
        dtype='"><b>',
        device="javascript:alert(3)",
        message=f"{HOSTILE} \x1b[31mred\x1b[0m \u202edesrever `|` ```",
        got=HOSTILE,
        want="</pre>",
        text=f"{HOSTILE}\n</code></pre>{HOSTILE}\n```\n# heading",
        nodes=[Node(name=HOSTILE, text="</title>", op="</svg>", engine=HOSTILE, wrong=True)],
        first_wrong=0,
        hint=HOSTILE,
        script="</script><script>alert(4)</script>",
        replay="'; rm -rf / #</script>",
        traceback="</details>" + HOSTILE,
    )


def program_id(number: object) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()[:12]


def failing(count: int = 2_000, seed: int = 1) -> list[AnyRecord]:
    """A complete run with several kinds of difference."""
    verdicts = [division(), raised(), unproven(), accepted()]
    return assembled(run(), verdicts, count, seed)


def passing(count: int = 500) -> list[AnyRecord]:
    """A complete run without a difference."""
    return assembled(run(), [], count, 2)


def cut(count: int = 500) -> list[AnyRecord]:
    """A run that was killed: no closing record."""
    return failing(count)[:-1]


def refusing(message: str = "NotImplementedError: sort has no gradient here") -> list[AnyRecord]:
    """A run in which two ops declined, one of them in its own programs and in random graphs."""
    refusals = [Refusal(op="sort", count=9, message=message), Refusal(op="stack", count=2)]
    common = {"dtype": "float64", "device": "cpu"}
    tallies = [
        Tally(
            check="graphs", op="random graphs", counts={"declined": 11}, declined=refusals, **common
        ),
        Tally(
            check="ops",
            op="sort",
            counts={"declined": 40},
            declined=[Refusal(op="sort", count=40, message="NotImplementedError: another")],
            **common,
        ),
    ]
    *rest, end = passing()
    return [*rest, *tallies, end]


def attacked() -> list[AnyRecord]:
    """A run of an engine that tries to break the report."""
    return assembled(run(HOSTILE, "\x1b[31m<b>1</b>"), [hostile()], 50, 3)


def assembled(
    head: Run, verdicts: list[Verdict], count: int, seed: int = 1, extras: bool = True
) -> list[AnyRecord]:
    """All records of a run with these verdicts and `count` programs in all."""
    cases = [_case_of(v, k) for v in verdicts for k in range(v.seen)]
    cases += _agreeing(count - len(cases), seed)
    cases.sort(key=lambda c: (c.check, c.op, c.dtype))
    counts = dict(Counter(c.outcome for c in cases))
    records: list[AnyRecord] = [head, *_tallies(cases), *cases, *verdicts]
    if extras:
        records += [*CHECKS, *PROFILES, *COVERAGE, *BENCHES, *GAUGES]
    return [*records, _end(counts)]


def _case_of(v: Verdict, k: int) -> Case:
    identity = v.id if k == 0 else program_id(f"{v.outcome} {k}")
    score = 200.0 + k if v.outcome == "wrong gradient" else -1.0
    return Case(
        check=v.check,
        op=v.op,
        dtype=v.dtype,
        device=v.device,
        outcome=v.outcome,
        id=identity,
        oracle=v.oracle,
        score=score,
    )


def _agreeing(count: int, seed: int) -> list[Case]:
    rng = random.Random(seed)
    ops = [(a, op) for a, names in AREAS.items() for op in names.split()]
    made = []
    for k in range(count):
        name, op = ops[k % len(ops)]
        dtype = DTYPES[(k // len(ops)) % len(DTYPES)]
        draw = rng.random()
        outcome = "no power" if draw < 0.004 else "declined" if draw < 0.012 else "agrees"
        oracle = rng.choice(["exact", "complex_step", "taylor", "pytorch"])
        score = 0.0 if oracle == "exact" else min(0.9, rng.lognormvariate(-4, 1.2))
        made.append(
            Case(
                check=f"{name}.{rng.choice(['broadcast', 'random', 'special'])}",
                op=op,
                dtype=dtype,
                device="cpu",
                outcome=outcome,
                id=program_id(rng.getrandbits(48)),
                oracle=oracle,
                score=score if outcome == "agrees" else -1.0,
                resolution=rng.lognormvariate(-30, 2),
            )
        )
    return made


def _tallies(cases: list[Case]) -> list[Tally]:
    area = {op: name for name, names in AREAS.items() for op in names.split()}
    cells: dict[tuple[str, str, str, str], Counter[str]] = {}
    for c in cases:
        cells.setdefault((c.check, c.op, c.dtype, c.device), Counter())[c.outcome] += 1
    return [
        Tally(check=k[0], op=k[1], dtype=k[2], device=k[3], counts=dict(n), area=area.get(k[1], ""))
        for k, n in cells.items()
    ]


def _end(counts: dict[str, int]) -> End:
    wrong = counts.get("wrong gradient", 0) + counts.get("raised", 0) + counts.get("wrong shape", 0)
    total = sum(counts.values())
    said = (
        f"{wrong} of {total:,} programs differ: two faults, the first in divide."
        if wrong
        else f"No difference in {total:,} programs."
    )
    return End(
        status="complete",
        exit_code=int(wrong > 0),
        seconds=52.3,
        cpu_seconds=91.0,
        counts=counts,
        sentence=said,
        grade="" if wrong else "silver",
        short_of="Kept from bronze by divide (wrong gradient) and roll (raised)."
        if wrong
        else "Kept from gold by H4, which it does not offer.",
    )


CHECKS = [
    Check(
        id="S1",
        level="L1 scalar",
        requirement="MUST",
        outcome="agrees",
        specification="chain rule: the derivative of (3x+1)² at 2 is 42",
    ),
    Check(
        id="S5",
        level="L1 scalar",
        requirement="MUST",
        outcome="agrees",
        specification="an unused leaf has no gradient",
    ),
    Check(
        id="T1",
        level="L2 tensor",
        requirement="MUST",
        outcome="agrees",
        specification="a broadcast operand's gradient is summed back to its own shape",
    ),
    Check(
        id="H4",
        level="L7 higher order",
        requirement="MUST",
        outcome="not applicable",
        specification="a gradient penalty reaches another parameter",
        needs=["order 2"],
        blocked_by=["H1"],
    ),
]
PROFILES = [
    Profile(name="relu at 0", observed="0", torch="0", jax="0"),
    Profile(name="abs at 0", observed="1", torch="0", jax="1"),
    Profile(name="max over a tie", observed="shared", torch="shared", jax="shared"),
]
COVERAGE = [
    Coverage(dimension="rank", drawn={"0": 120, "1": 610, "2": 930, "3": 340}, never=["5", "6"]),
    Coverage(dimension="special values", drawn={"0": 88, "1": 91, "1e200": 12}),
]
BENCHES = [
    Bench(
        workload="mlp",
        size=n,
        engine=e,
        device="cpu",
        seconds={"forward": n * f / 3 + 1e-6, "backward": n * f + 1e-5},
        memory={"peak": n * 900, "live": n},
        axis="rows",
        calls=12,
        rounds=[(n * f / 3 + 1e-6, n * f + 1e-5)] * 5,
        collected=[(n * f / 3 + 1e-6, n * f + 2e-5)] * 5,
        beside={"torch": [1.5, 1.4, 1.6]} if e != "torch" else {},
    )
    for e, f in (("smallgrad", 4e-6), ("torch", 3e-7))
    for n in (10, 100, 1000, 10000)
]
GAUGES = [
    Gauge(kind="verdict", rule="growth of time", engine="smallgrad", workload="mlp", size=10000,
          outcome="broken", text="from 1,000 to 10,000 rows as their power 1.90 (1.80 to 2.00)",
          measured=1.9, low=1.8, high=2.0, limit=1.5),
    Gauge(kind="verdict", rule="growth of time", engine="torch", workload="mlp", size=10000,
          outcome="holds", text="from 1,000 to 10,000 rows as their power 1.00 (0.90 to 1.10)",
          measured=1.0, low=0.9, high=1.1, limit=1.5),
    Gauge(kind="goal", rule="a step of the mlp", engine="smallgrad", beside="torch",
          workload="mlp", outcome="missed", text="a step of the mlp: 1.50 × torch",
          measured=1.5, low=1.4, high=1.6, limit=1.0, unit="×"),
]  # fmt: skip
COMPARED = [
    Gauge(kind="comparison", rule="time of both passes", engine="<b>head</b>", beside="base",
          workload="mlp", size=size, outcome=outcome, text=f"{ratio} times as long: {outcome}",
          measured=ratio, low=low, high=high, limit=1.25, unit="×")
    for size, ratio, low, high, outcome in (
        (10, 0.8, 0.7, 0.9, "faster"), (100, 1.0, 0.98, 1.02, "same"),
        (1000, 1.2, 1.1, 1.3, "slower"), (10000, 2.0, 1.9, 2.1, "tripped"),
    )
]  # fmt: skip


def timed() -> list[AnyRecord]:
    """A run that timed engines, and tried nothing."""
    return [run(), *BENCHES, *GAUGES, *COMPARED, _end({})]


def listed(count: int) -> list[Case]:
    """The cases of a run with several kinds of difference."""
    return [r for r in failing(count) if isinstance(r, Case)]


def changed(record: T, **fields: Any) -> T:
    """The record with some fields changed."""
    made: T = msgspec.structs.replace(record, **fields)
    return made


def write(path: Path, records: list[AnyRecord]) -> Path:
    """The records as a result file."""
    with Writer(path) as writer:
        writer.write(*records)
    return path
