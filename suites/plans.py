"""What a run tries: the programs of each suite, by profile; counts are fixed before it starts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..oracles.program import ProgramError
from ..oracles.vocabulary import VOCABULARY
from .run import Plan, Session
from .training import OPTIMISERS, TRAININGS

EVERY = tuple(OPTIMISERS)

SUITES = {
    "ops": "every op alone: all its forms, broadcasting in every slot, every parameter",
    "graphs": "random graphs: reuse, diamonds, unused branches, the same tensor twice",
    "numerics": "every op alone at the far ends, at kinks and at singular points",
    "training": "small models trained a hundred steps by the engine's gradients",
    "state": "what gradients, graphs and modes do over time: the standard, check by check",
}


def known_device(session: Session, device: str) -> None:
    """Raises `ProgramError` for a device that the engine does not have."""
    offered = session.handle.hello.limits.devices
    if device not in offered:
        raise ProgramError(f"the engine has no device {device}: it has {', '.join(offered)}")


@dataclass(frozen=True, slots=True)
class Size:
    """Programs for each op, tests of random graphs and programs in each; then at other dtypes.

    `numerics`: special programs for each op, at the first dtype and at others. `trainings`: the
    optimisers that train every model, likewise; `sparse`: one training in so many is made.
    """

    op: int
    graphs: tuple[int, int]
    other_op: int
    other_graphs: tuple[int, int]
    numerics: tuple[int, int]
    trainings: tuple[tuple[str, ...], tuple[str, ...]] = (EVERY, ())
    sparse: int = 1

    def divided(self, slow: int) -> Size:
        """The same for an engine that is declared slow: counts divided, rounded up.

        Of the trainings by Adam one in so many is left, or one in four.

        >>> PROFILES["quick"].divided(10).op, PROFILES["quick"].divided(10).graphs
        (30, (20, 20))
        """
        if slow == 1:
            return self
        (tests, count), (other_tests, other_count) = self.graphs, self.other_graphs
        return Size(
            -(-self.op // slow),
            (tests, -(-count // slow)),
            -(-self.other_op // slow),
            (other_tests, -(-other_count // slow)),
            (-(-self.numerics[0] // slow), -(-self.numerics[1] // slow)),
            (("adam",), ()),
            min(slow, 4),
        )


PROFILES = {
    "smoke": Size(100, (4, 100), 0, (0, 0), (6, 0), (("adam",), ())),
    "quick": Size(300, (20, 200), 100, (5, 100), (24, 8)),
    "full": Size(3000, (100, 500), 600, (20, 300), (160, 80), (EVERY, EVERY)),
}


def dtypes(session: Session, asked: Sequence[str] | None, profile: str) -> list[str]:
    """The dtypes of a run: as asked, else float64, and float32 where the profile goes
    that far, as the engine has them.

    Raises `ProgramError` for a dtype that the engine does not have.
    """
    offered = session.handle.hello.limits.dtypes
    for dtype in asked or ():
        if dtype.startswith("complex"):
            raise ProgramError(f"{dtype} is the dtype of single leaves: ask for a real one")
        if dtype not in offered:
            raise ProgramError(f"the engine has no {dtype}: it has {', '.join(offered)}")
    if asked:
        return list(asked)
    usual: list[str] = [d for d in ("float64", "float32") if d in offered]
    usual = usual or [offered[0]]
    return usual if PROFILES[profile].other_op else usual[:1]


def plans(
    suite: str, session: Session, profile: str, seed: int, dtypes: Sequence[str], device: str
) -> Iterator[Plan]:
    """The plans of a suite; the first dtype gets most of the programs."""
    size = PROFILES[profile].divided(session.handle.hello.limits.slow)
    for k, dtype in enumerate(dtypes):
        each, (tests, count) = (size.op, size.graphs) if k == 0 else (
            size.other_op, size.other_graphs
        )  # fmt: skip
        if suite == "ops" and each:
            for op in session.ops:
                yield Plan(check="ops", op=op, dtype=dtype, device=device, seed=seed, count=each)
        special = size.numerics[min(k, 1)]
        if suite == "numerics" and special:
            for op in session.ops:
                if VOCABULARY[op].differentiable:
                    yield Plan(
                        check=suite, op=op, dtype=dtype, device=device, seed=seed, count=special
                    )
        if suite == "training" and session.only is None:
            chosen = [n for n, t in TRAININGS.items() if t.by in size.trainings[min(k, 1)]]
            for name in chosen[:: size.sparse]:
                yield Plan(check=suite, op=name, dtype=dtype, device=device, seed=seed)
        if suite == "graphs" and count and session.ops:
            for n in range(tests):
                part = seed * 1000 + n
                yield Plan(check="graphs", dtype=dtype, device=device, seed=part, count=count)
