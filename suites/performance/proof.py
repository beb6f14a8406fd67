"""That verdicts on slowness convict: each planted slowdown beside the verdict that must flag it.

`python -m gradassay.suites.performance.proof` tries them and prints the table of docs/bench.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ...oracles.vocabulary import VOCABULARY
from ...reports.records import Gauge
from ..adapter import op_table
from ..host import EngineHandle, open_engine
from ..saboteurs import SABOTEURS
from ..saboteurs.slow import SLOW
from .accumulation import accumulation
from .depth import deep
from .families import FAMILIES
from .measure import measure, single_threaded
from .verdicts import verdicts

Look = Callable[[Mapping[str, EngineHandle]], Iterator[Gauge]]
ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Proof:
    """A saboteur, the verdict that must be broken, and where to look."""

    saboteur: str
    rule: str
    look: Look


def family(name: str, *sizes: int) -> Look:
    """A family's own verdicts, at these sizes."""

    def look(engines: Mapping[str, EngineHandle]) -> Iterator[Gauge]:
        chosen = replace(FAMILIES[name], sizes=sizes)
        series = list(measure([chosen], engines, "cpu", ROUNDS))
        for engine in engines:
            timings = [t for made in series for t in made if t.engine == engine]
            yield from verdicts({(name, engine): timings})

    return look


def chains(engines: Mapping[str, EngineHandle]) -> Iterator[Gauge]:
    """Chains of up to a million ops."""
    return deep(engines, "cpu")


def further_uses(engines: Mapping[str, EngineHandle]) -> Iterator[Gauge]:
    """The cost of a further use of a large value."""
    return accumulation(engines, "cpu")


PROOFS = (
    Proof("replaying", "cheap gradient", family("perceptron", 16, 64)),
    Proof("searched", "growth of time", family("chain", 100, 1000, 3000)),
    Proof("every_path", "growth of time", family("doubling", 4, 8, 12)),
    Proof("copied_tapes", "growth of memory", family("chain", 100, 500, 2000)),
    Proof("copied_tape", "cost of depth", chains),
    Proof("recursive", "depth", chains),
    Proof("hoarding", "memory released", family("elementwise", 1000, 100_000)),
    Proof("leaking", "no leak", family("elementwise", 1000, 100_000)),
    Proof("copying", "accumulation in place", further_uses),
)


def looked(spec: str, proof: Proof) -> list[Gauge]:
    """What the verdicts of a proof say of an engine."""
    with open_engine(spec, op_table(VOCABULARY), timeout=60.0) as handle:
        return list(proof.look({spec: handle}))


def flags(found: Sequence[Gauge], rule: str) -> list[Gauge]:
    """The broken verdicts of a rule."""
    return [g for g in found if g.rule == rule and g.outcome == "broken"]


def table() -> Iterator[str]:
    """A line for each saboteur, as Markdown."""
    yield "| planted slowdown | flagged by | evidence | the same of the reference engine |"
    yield "| --- | --- | --- | --- |"
    for proof in PROOFS:
        bad = flags(looked(f"saboteur:{proof.saboteur}", proof), proof.rule)
        good = [g for g in looked("reference", proof) if g.rule == proof.rule]
        says = (SLOW.get(proof.saboteur) or SABOTEURS[proof.saboteur]).says
        shown = f"{bad[-1].workload}: {bad[-1].text}" if bad else "**not flagged**"
        yield f"| {proof.saboteur}: {says} | {proof.rule} | {shown} | {good[-1].text} |"


if __name__ == "__main__":
    single_threaded()
    for line in table():
        print(line, flush=True)
