"""The one loop: `run(plan, session)` tries programs on an engine and yields records.

pytest, the command line, sweeps and benchmarks all go through it. A run is a function of its seed
and its counts: the n-th program of a plan depends on (seed, check, op, n) and on nothing else, and
every limit that the generator obeys stands in the records.
"""

from __future__ import annotations

import itertools
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial

import msgspec
import numpy as np

from ..oracles.program import Leaf, Program, call
from ..oracles.rounding import UNIT
from ..oracles.vocabulary import SINGULAR_MARGIN, VOCABULARY
from ..reports.outcomes import OUTCOMES
from ..reports.records import Case, Profile, Tally, Verdict
from .accept import Accepted, Entry
from .adapter import Answer, EngineError
from .builder import Scope
from .canary import alone, answered, told, wrong
from .choices import RandomChoices
from .coverage import features
from .draws import NotOfferedError
from .findings import Finding, blamed_op, find, investigate, tell
from .generate import focused, graph
from .host import EngineHandle
from .judge import Judgement, Rules, judge
from .numerics import drawn as numerics_of
from .numerics import profiles
from .refusals import refusals
from .training import train
from .trial import Trial

BATCH = 32
FIRST = (2, 6, 24)
"""The first batch comes in parts: most faults show in the first few programs of a plan."""
PROBES = 24
WHOLE, WHOLE_GRAPHS = 4, 16
"""One program in so many is of integers, for the exact oracle, where its ops allow that; of random
graphs in float64 fewer, since there the screen is cheaper and sees errors of 1e-11 as well."""
BLAMED = 6
"""Failing programs of one plan and outcome that are cut to find the op to blame."""
OWN_CODE = {"torch": frozenset({"pytorch"})}
"""Oracles that share code with an engine, by the engine's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to try: `count` programs of one check, about one op (or random graphs, op "")."""

    check: str
    op: str = ""
    dtype: str = "float64"
    device: str = "cpu"
    seed: int = 0
    count: int = 100

    @property
    def family(self) -> str:
        """What the programs have in common, for tables."""
        return self.op or "random graphs"


@dataclass(slots=True)
class Session:
    """An open engine, how ENGINE named it, and what has been learned of its limits.

    `python` is the interpreter that has the engine, as it was given; empty for our own. `covered`
    counts the differences that each entry has accepted. `canary` is a program that the engine was
    right about, `spoilt` what it made of it after a difference. `keeps`: some finding was none in a
    fresh process.
    """

    handle: EngineHandle
    only: frozenset[str] | None = None
    without: set[tuple[str, str]] = field(default_factory=set)
    gives_all: bool = False
    spec: str = ""
    python: str = ""
    reduced: Counter[tuple[str, str]] = field(default_factory=Counter)
    accepted: Accepted = field(default_factory=Accepted)
    canary: Trial | None = None
    spoilt: Judgement | None = None
    told: bool = False
    keeps: bool = False
    covered: Counter[Entry] = field(default_factory=Counter)

    @property
    def ops(self) -> tuple[str, ...]:
        """The ops that take part: offered, not withdrawn after crashes, and asked for."""
        return tuple(
            op
            for op in VOCABULARY
            if op in self.handle.hello.offers
            and op not in self.handle.withdrawn
            and (self.only is None or op in self.only)
        )

    def scope(self, dtype: str = "float64") -> Scope:
        """What the generator may draw, now: farther from kinks where a dtype is coarse."""
        limits = self.handle.hello.limits
        offered = {*self.handle.hello.offers} - {*self.handle.withdrawn}
        return Scope(
            ops=tuple(op for op in VOCABULARY if op in offered),
            ranks=None if limits.ranks is None else frozenset(limits.ranks),
            static={op: tuple(slots) for op, slots in limits.static.items()},
            without=frozenset(self.without),
            max_chain=limits.max_chain,
            menu=self.ops,
            margin=max(2 * SINGULAR_MARGIN, 128 * UNIT[dtype]),
        )

    def rules(self, dtype: str) -> Rules:
        """How this engine is judged."""
        own = OWN_CODE.get(self.handle.hello.name, frozenset())
        return Rules(dtype=dtype, gives_all=self.gives_all, without=own)

    def answer(self, program: Program, dtype: str, device: str) -> Answer:
        """One program's answer, to a closer look: its death counts no more."""
        (answer,) = self.handle.answers([program], dtype, device, again=True)
        return answer

    def try_(self, trial: Trial, dtype: str, device: str = "cpu") -> Judgement:
        """One program, run and judged."""
        found = judge(trial, self.answer(trial.program, dtype, device), self.rules(dtype))
        if self.spoilt is not None and wrong(found):
            self.handle.renew()
        return found

    def again(self, trial: Trial) -> Judgement:
        """One program at the usual dtype and device."""
        return self.try_(trial, *self._usual())

    def first(self) -> tuple[Program, Answer] | None:
        """The simplest program, answered; raises `EngineError` if the adapter cannot run it."""
        shape = (1,) * min(self.handle.hello.limits.ranks or (0,))
        leaves = (Leaf.of(np.full(shape, 3.0), requires_grad=True), Leaf.of(np.full(shape, 2.0)))
        binary = next((op for op in ("multiply", "add") if op in self.handle.hello.offers), None)
        if binary is None:
            return None
        calls = (call(binary, 0, 1), *([call("sum", 2)] if shape else []))
        program = Program(leaves, calls, (1 + len(calls),))
        answer = self.answer(program, *self._usual())
        if answer.error is not None and answer.error.type == "AdapterError":
            raise EngineError(f"the adapter: {answer.error.message}", answer.error.traceback)
        return program, answer

    def probe(self) -> Iterator[Profile]:
        """Conventions and gaps of the engine, found before the run so that it stays repeatable."""
        first = self.first()
        if first is not None:
            program, answer = first
            self.gives_all = answer.error is None and answer.grads[1] is not None
            canary = Trial.of(program)
            self.canary = None if wrong(self.again(canary)) else canary
            given = "is given" if self.gives_all else "is none"
            name = "gradient of a leaf that asked for none"
            yield Profile(name=name, observed=given, torch="is none", jax="is none")
        for op in self.ops:
            if VOCABULARY[op].params:
                self._probe_keywords(op)

    def _usual(self) -> tuple[str, str]:
        """The dtype and the device at which the engine is probed."""
        limits = self.handle.hello.limits
        return "float64" if "float64" in limits.dtypes else limits.dtypes[0], limits.devices[0]

    def _probe_keywords(self, op: str) -> None:
        """Draw every keyword of an op a few times; those that the engine refuses are left out."""
        few = min(4, self.handle.hello.limits.slow)
        plan = Plan(check="probe", op=op, count=PROBES // few)
        tried = [t for t in trials(plan, self) if isinstance(t, Trial)]
        errors = answered(self, tried, self._usual(), lambda _, a: a.error, lambda e: e is not None)
        for trial, error in errors:
            if error is not None and error.keyword:
                at = int(error.where.removeprefix("call "))
                self.without.add((trial.program.calls[at].op, error.keyword))


def trials(plan: Plan, session: Session) -> Iterator[Trial | str]:
    """The plan's programs; in place of one that could not be drawn, the outcome that says why."""
    if plan.check == "numerics":
        scope = session.scope(plan.dtype)
        return numerics_of(plan.op, plan.dtype, scope, plan.count, plan.seed)
    base = zlib.crc32(f"{plan.check}:{plan.family}".encode()) + plan.seed * 2_654_435_761
    return _random(plan, session, base * 1_000_003)


def _random(plan: Plan, session: Session, base: int) -> Iterator[Trial | str]:
    """Programs from the generator; it asks what the engine takes once a batch."""
    exact = not plan.op or VOCABULARY[plan.op].exact
    every = WHOLE_GRAPHS if plan.dtype == "float64" and not plan.op else WHOLE
    for n in range(plan.count):
        if n % BATCH == 0:
            scope = session.scope(plan.dtype)
        choices, whole = RandomChoices(base + n), exact and n % every == 0
        try:
            drawn = (
                focused(plan.op, choices, scope, whole) if plan.op else graph(choices, scope, whole)
            )
            yield drawn or "tie"
        except NotOfferedError:
            yield "not offered"


def run(plan: Plan, session: Session) -> Iterator[Case | Profile | Verdict | Tally]:
    """Try a plan's programs: a `Case` each, a `Verdict` for each kind of failure, a `Tally`."""
    if plan.check == "training":
        if session.spoilt is not None:
            session.handle.renew()
        yield from train(plan, session)
        return
    counts: Counter[str] = Counter()
    decided: Counter[str] = Counter()
    drawn: Counter[str] = Counter()
    observed: list[tuple[str, str]] = []
    failures: list[tuple[Trial, Judgement]] = []
    declined: list[tuple[Trial, Judgement]] = []
    known: dict[Entry, tuple[Trial, Judgement]] = {}
    start = time.process_time()
    for trial, judgement, entry in _settled(plan, session):
        if trial is not None and entry is not None:
            known.setdefault(entry, (trial, judgement))
            session.covered[entry] += 1
            judgement = replace(judgement, outcome="accepted")
        counts[judgement.outcome] += 1
        decided[judgement.oracle] += 1
        observed += judgement.observed
        if trial is not None:
            drawn.update("|".join(feature) for feature in features(trial))
            yield judgement.case(plan, trial)
            if OUTCOMES[judgement.outcome].group in ("difference", "unproven"):
                failures.append((trial, judgement))
            if judgement.outcome == "declined":
                declined.append((trial, judgement))
    yield from profiles(observed)
    yield from told(session, plan)
    yield from _verdicts(plan, session, failures)
    yield from _accepted(plan, session, known)
    decided.pop("", None)
    yield Tally(
        check=plan.check,
        op=plan.family,
        area=VOCABULARY[plan.op].area if plan.op else "graphs",
        dtype=plan.dtype,
        device=plan.device,
        counts=dict(counts),
        decided_by=dict(decided),
        drawn=dict(sorted(drawn.items())),
        cpu_seconds=time.process_time() - start,
        declined=refusals(plan, declined),
    )


def _settled(
    plan: Plan, session: Session
) -> Iterator[tuple[Trial | None, Judgement, Entry | None]]:
    """Programs with their judgement and, of a known difference, the entry that accepts it."""
    held: list[tuple[Trial, Judgement]] = []
    for trial, judgement in _judged(plan, session):
        differs = OUTCOMES[judgement.outcome].group == "difference"
        if trial is not None and differs and session.accepted.entries:
            held.append((trial, judgement))  # to blame an op takes the engine, which is busy now
        else:
            yield trial, judgement, None
    for trial, judgement in held:
        op = plan.op or blamed_op(plan, session, trial, judgement)
        found = session.accepted.of_program(op, judgement.outcome, judgement.message)
        yield trial, judgement, found


def _accepted(
    plan: Plan, session: Session, known: dict[Entry, tuple[Trial, Judgement]]
) -> Iterator[Verdict]:
    """A verdict for each entry that was needed: what it covers, reduced, and why it is accepted."""
    for entry, (trial, judgement) in known.items():
        verdict = investigate(plan, session, trial, judgement, accepted=entry.name)
        if verdict is not None:
            yield msgspec.structs.replace(verdict, outcome="accepted", reason=entry.name)


def _judged(plan: Plan, session: Session) -> Iterator[tuple[Trial | None, Judgement]]:
    """Programs in batches, each with its judgement."""
    drawn = trials(plan, session)
    for size in itertools.chain(FIRST, itertools.repeat(BATCH)):
        if not (batch := list(itertools.islice(drawn, size))):
            return
        yield from ((None, Judgement(why)) for why in batch if isinstance(why, str))
        tried = [t for t in batch if isinstance(t, Trial)]
        rules = session.rules(plan.dtype)
        yield from answered(
            session, tried, (plan.dtype, plan.device), partial(judge, rules=rules), wrong
        )


def _verdicts(
    plan: Plan, session: Session, failures: list[tuple[Trial, Judgement]]
) -> Iterator[Verdict]:
    """The smallest program for each way to fail; the same reduced program is shown once."""
    findings: dict[str, Finding] = {}
    cases: dict[str, list[str]] = {}
    blamed: Counter[str] = Counter()
    for trial, judgement in sorted(failures, key=lambda f: len(f[0].program.calls)):
        blamed[judgement.outcome] += 1
        if blamed[judgement.outcome] > BLAMED:
            continue
        finding = find(plan, session, trial, judgement)
        if finding is not None:
            findings[finding.trial.id] = finding
            cases.setdefault(finding.trial.id, []).append(trial.id)
    for finding, ids in zip(
        alone(session, plan, [*findings.values()]), cases.values(), strict=True
    ):
        yield msgspec.structs.replace(tell(plan, session, finding), cases=ids, seen=len(ids))
