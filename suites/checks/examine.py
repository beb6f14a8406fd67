"""Clauses tried on an engine: each becomes a `Check` record, each choice a `Profile`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec

import msgspec

from ...oracles.vocabulary import VOCABULARY
from ...reports.grades import HOLDS, NOT_TRIED
from ...reports.records import Check, Profile
from ..accept import Accepted
from ..adapter import Hello, op_table
from ..hints import command
from ..host import EngineHandle, open_engine
from . import CLAUSES
from .clause import LEVELS, Clause
from .judge import Finding, judge
from .reduce import Play, reduced
from .script import Choice, Offer, Script

EXACT = ("float64", "float32")
"""The dtypes that hold the numbers of scripts; in fewer bits 363 is 364."""
PATIENT = 20_000
"""A script with more ops than this has more time than others, in proportion."""
REDUCIBLE = 200
"""A script with more ops is shown as it is: to reduce it would take minutes."""


OFFERED = {"python": "names of PyTorch throughout (the adapter's attribute `torch`)"}
"""What a verb asks of an engine, where its name does not say it."""


@dataclass(slots=True)
class Examiner:
    """An open engine, and what its clauses have shown so far."""

    handle: EngineHandle
    dtype: str = "float64"
    device: str = "cpu"
    spec: str = ""
    python: str = ""
    accepted: Accepted = field(default_factory=Accepted)
    found: dict[str, Check] = field(default_factory=dict)
    chosen: dict[str, str] = field(default_factory=dict)

    def check(self, clause: Clause) -> Check:
        """What came of a clause; those that it is blocked by are tried first."""
        if clause.id not in self.found:
            self.found[clause.id] = self._check(clause)
        return self.found[clause.id]

    def records(self, clause: Clause) -> Iterator[Check | Profile]:
        """The clause's record, and a convention for each choice that the engine makes in it."""
        check = self.check(clause)
        yield check
        if check.outcome != "not applicable":
            yield from self._profiles(clause)

    def _check(self, clause: Clause) -> Check:
        script = self.script(clause)
        missing = lacks(script, self.handle.hello, self.dtype)
        if missing:
            return self._record(clause, script, Finding("not applicable", missing))
        blocks = [c for c in clause.blocked_by if not self._stands(c)]
        if blocks:
            said = f"blocked by {', '.join(blocks)}: mend that first"
            return self._record(clause, script, Finding("blocked", said))
        check = self._record(clause, script, self._consistent(self.play(script)))
        if check.outcome not in HOLDS:
            self.handle.renew()  # a mode that was left on must not be held against what comes next
        return check

    def _stands(self, clause: str) -> bool:
        return self.check(CLAUSES[clause]).outcome in (*HOLDS, "not applicable")

    def script(self, clause: Clause) -> Script:
        """The clause's script for this engine."""
        return clause.script(offer_of(self.handle.hello))

    def play(self, script: Script) -> Finding:
        """A script, run and judged."""
        steps = msgspec.json.encode(script.steps)
        results = self.handle.script(
            steps,
            len(script.steps),
            self.dtype,
            self.device,
            patience=patience(script, self.handle.hello),
        )
        return judge(script, results, self.dtype)

    def _record(self, clause: Clause, script: Script, finding: Finding) -> Check:
        differs = finding.outcome not in (*HOLDS, *NOT_TRIED)
        entry = self.accepted.of_check(clause.id, finding.message) if differs else None
        if finding.outcome == "differs" and script.chain <= REDUCIBLE:
            script = self._reduced(script)
        return Check(
            id=clause.id,
            level=LEVELS[clause.level],
            requirement=clause.requirement,
            outcome="accepted" if entry else finding.outcome,
            reason=entry.name if entry else "",
            specification=clause.says,
            message=finding.message,
            grade=clause.grade,
            needs=[*script.verbs, *script.ops],
            blocked_by=list(clause.blocked_by),
            text=str(script) if differs else "",
            script=msgspec.to_builtins(script) if differs else None,
            hint=clause.explains if differs else "",
            replay=self._replay(clause) if differs else "",
        )

    def _replay(self, clause: Clause) -> str:
        where = [] if self.device == "cpu" else ["--device", self.device]
        return command("replay", clause.id, "--engine", self.spec, *where, python=self.python)

    def _reduced(self, script: Script) -> Script:
        """The smallest script that shows it, as far as another engine can vouch for it."""
        with witness(self.handle.hello.name) as vouch:
            return script if vouch is None else reduced(script, self.play, vouch)

    def _consistent(self, finding: Finding) -> Finding:
        """A choice that was made otherwise in another clause is a difference."""
        for name, label in finding.chosen.items():
            before = self.chosen.setdefault(name, label)
            if before != label:
                return Finding("differs", f"{name}: {label} here, {before} in another check")
        return finding

    def _profiles(self, clause: Clause) -> Iterator[Profile]:
        for e in self.script(clause).expected:
            if isinstance(e, Choice) and e.name in self.chosen:
                name = f"{clause.id}: {e.name}"
                observed = self.chosen[e.name]
                yield Profile(name=name, observed=observed, torch=e.torch, jax=e.jax)


def exact(dtypes: Sequence[str]) -> str:
    """The first dtype in which scripts can be judged.

    >>> exact(["bfloat16", "float64", "float32"])
    'float64'
    """
    return next((d for d in dtypes if d in EXACT), dtypes[0])


@contextmanager
def witness(engine: str) -> Iterator[Play | None]:
    """An engine that vouches for scripts against another one, if there is any."""
    other = "reference" if engine == "torch" else "torch"
    if other == "torch" and find_spec("torch") is None:
        yield None
        return
    with open_engine(other, op_table(VOCABULARY), in_process=True) as handle:
        examiner = Examiner(handle)
        yield (
            lambda script: (
                Finding("not applicable")
                if lacks(script, handle.hello, examiner.dtype)
                else examiner.play(script)
            )
        )


def patience(script: Script, hello: Hello) -> float:
    """How many times as long as a program a script may take: a long one, or of a slow engine."""
    return max(float(hello.limits.slow), script.chain / PATIENT)


def offer_of(hello: Hello) -> Offer:
    """What an engine says that it offers."""
    ops = {*hello.offers, *(["grad"] if hello.limits.order > 1 else [])}
    operators = frozenset(op for op, by in hello.offers.items() if "operator" in by)
    return Offer(frozenset(hello.verbs), frozenset(ops), hello.limits.static, operators)


def lacks(script: Script, hello: Hello, dtype: str) -> str:
    """Why a script cannot be tried on an engine; empty if it can."""
    if hello.style == "symbolic":
        return "scripts of steps are not played on symbolic engines"
    verbs = [v for v in script.verbs if v not in hello.verbs]
    if verbs:
        return f"the engine offers no {', no '.join(OFFERED.get(v, v) for v in verbs)}"
    if script.chain > (hello.limits.max_chain or script.chain):
        return f"the engine takes at most {hello.limits.max_chain} ops"
    if script.order > hello.limits.order:
        return f"the engine has no derivatives of order {script.order}"
    ops = [op for op in script.ops if op not in offer_of(hello).ops]
    if ops:
        return f"the engine has no {', no '.join(ops)}"
    calls = [step for step in script.steps if step.verb == "call"]
    plain = [c.given["op"] for c in calls if not offer_of(hello).takes(c.given["op"], *c.of)]
    if plain:
        return f"the engine's {plain[0]} takes a plain number there"
    limits = hello.limits
    if limits.ranks is not None and not script.ranks <= {*limits.ranks}:
        return f"the engine takes arrays of rank {', '.join(map(str, limits.ranks))} alone"
    dtypes = {*script.dtypes, *_kinds(script, dtype)} - {*limits.dtypes}
    return f"the engine has no {', no '.join(sorted(dtypes))}" if dtypes else ""


def _kinds(script: Script, dtype: str) -> Sequence[str]:
    """The dtypes that complex leaves need."""
    if not any(leaf.kind == "complex" for leaf in script.leaves):
        return ()
    return ("complex64" if dtype == "float32" else "complex128",)
