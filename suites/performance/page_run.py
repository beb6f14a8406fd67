"""The records of one bench, as the page asks for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ...reports.records import AnyRecord, Bench, End, Gauge, Run
from .families import FAMILIES
from .spread import Spread, exponent, median

NONE = "–"
BESIDE = "torch"
"""The engine that ratios are given against."""
BY_HAND = "by-hand"
"""What is no engine, but what engines are measured by."""


@dataclass(frozen=True, slots=True)
class BesideRun:
    """One run of engines beside one another."""

    run: Run
    end: End | None
    benches: Sequence[Bench]
    gauges: Sequence[Gauge]

    @property
    def engines(self) -> list[str]:
        """Who was timed, in the order of the command."""
        return list(dict.fromkeys(b.engine for b in self.benches))

    @property
    def absent(self) -> Mapping[str, str]:
        """Who was asked for and did not start, and why."""
        return dict(self.run.configuration.get("absent", {}))

    @property
    def everyone(self) -> list[str]:
        """Those who were timed, then those who are absent."""
        return [*self.engines, *(name for name in self.absent if name not in self.engines)]

    @property
    def families(self) -> list[str]:
        """The families, in their order."""
        return list(dict.fromkeys(b.workload for b in self.benches))

    @property
    def longest(self) -> float:
        """Seconds that a pass might take."""
        return float(self.run.configuration.get("longest", 30.0))

    def sizes(self, family: str) -> list[int]:
        """The sizes of a family, the smallest first."""
        return sorted({b.size for b in self.benches if b.workload == family})

    def axis(self, family: str) -> str:
        """What a family's size counts."""
        return next(b.axis for b in self.benches if b.workload == family)

    def at(self, family: str, size: int) -> list[Bench]:
        """Everyone's timing of one size, in the order of the engines."""
        return [b for b in self.benches if b.workload == family and b.size == size]

    def of(self, engine: str) -> Mapping[str, list[Bench]]:
        """An engine's timings by family, the smallest first."""
        found: dict[str, list[Bench]] = {}
        for b in sorted(self.benches, key=lambda b: b.size):
            if b.engine == engine:
                found.setdefault(b.workload, []).append(b)
        return found


def beside_run(records: Iterable[AnyRecord]) -> BesideRun:
    """The records of a bench, perhaps cut short; raises `ValueError` for what is none."""
    found = list(records)
    run = next((r for r in found if isinstance(r, Run)), None)
    end = next((r for r in found if isinstance(r, End)), None)
    benches = [r for r in found if isinstance(r, Bench)]
    if run is None or not benches:
        raise ValueError("these are not the records of a `gradassay bench`")
    return BesideRun(run, end, benches, [r for r in found if isinstance(r, Gauge)])


def both(b: Bench) -> float:
    """Seconds of both passes, the least round."""
    return min(map(sum, b.rounds))


def cheap(b: Bench) -> Spread:
    """Both passes in forward passes."""
    return median([sum(r) / max(r[0], 1e-12) for r in b.rounds])


def beside(b: Bench, other: str = BESIDE) -> Spread | None:
    """How many times as long as another engine; none if it was not timed there."""
    ends = b.beside.get(other)
    if not ends:
        return None
    return Spread(ends[0], *ends[1:]) if len(ends) == 3 else Spread(ends[0])


def growth(series: Sequence[Bench]) -> Spread | None:
    """The power of the size with which time grows between the two largest sizes."""
    timed = [b for b in series if b.rounds]
    if len(timed) < 2 or FAMILIES.get(timed[-1].workload) is None:
        return None
    near, far = (median([sum(r) for r in b.rounds]) for b in timed[-2:])
    return exponent(near, far, timed[-1].size / timed[-2].size)


def slug(name: str) -> str:
    """A name as part of a file's.

    >>> slug("causal attention")
    'causal-attention'
    """
    return name.replace(" ", "-")
