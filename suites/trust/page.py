"""docs/trust.md and its plots, from what was measured."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from ..markdown import table
from ..saboteurs.escapes import ESCAPES
from .gradcheck import Rival
from .measures import Alarms, Kill, together
from .planted import Detection

PAGE = """# How far the suites can be trusted

Measured by `make trust` (`python -m gradassay.suites.trust`): seed {seed}, {cpu:.0f}
CPU seconds in all. Nothing here is chosen: the [saboteurs](saboteurs.md) are all there are, and
programs come in the order in which the seed draws them.

## What catches what
Each of {count} engines broken on purpose is hunted in the quick profile to the first kill: {caught}
were caught. A cell counts saboteurs by suite, the oracle that decided, and its tier.

{matrix}

{escaped}A reduced program has {median} calls in the median, {ninety} in 90 % of cases.

The same hunt with other seeds, each with other programs:

{by_seed}

## What may get through
Faults that show only in programs of a kind that is not known to be drawn, hunted in the same way.

{escapes}

## How small an error is found
A factor 1 + ε is planted in programs that the engine gets right, in the gradient of one leaf or in
what one op's vjp passes on. Counted are those in which that changed a bit of some gradient.
*exact*: of integer programs, found by the exact oracle. *screen*: of the others, those that the
cheap oracle did not acquit. *truth*: of the same, those that were convicted in the end.
Some of these factors change nothing but rounding, where contributions cancel (x / x): they count
as not found.

{detection}

![Share of planted factors found, float64](images/trust-float64.svg)
![Share of planted factors found, float32](images/trust-float32.svg)

## Alarms without a cause
Programs on two engines that are taken to be right. Half of *ops and graphs* are random graphs, half
about each op in turn; *numerics* are runs of that suite in the profile quick, with one seed after
another from the one given.

{alarms}

## Beside gradcheck
`torch.autograd.gradcheck` (slow mode, default settings) on the same broken engines, behind a
`torch.autograd.Function`, and on the same float64 programs in the same order, to the first kill or
{limit:.0f} CPU seconds. Programs with an empty leaf are left out for gradcheck, which refuses them.
A program counts as a kill only if gradcheck passes the unbroken engine on it.

{rivals}

{missed}

![CPU seconds to the first kill](images/trust-kills.svg)
{checkers}"""


def share(part: int, whole: int) -> str:
    """A percentage and what it is of.

    >>> share(3, 4), share(0, 0)
    ('75 % of 4', '–')
    """
    return f"{100 * part / whole:.3g} % of {whole:,}" if whole else "–"


def quantile(values: Sequence[float], q: float) -> float:
    """The smallest value that a share `q` of the values does not exceed; NaN of none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(q * len(ordered)) - 1)] if ordered else math.nan


def matrix(kills: Sequence[Kill]) -> str:
    """Kinds of fault by (suite, oracle, tier)."""
    caught = [k for k in kills if k.outcome]
    columns = sorted({(k.suite, k.oracle, k.tier) for k in caught})
    counts = Counter((k.kind, k.suite, k.oracle, k.tier) for k in caught)
    kinds = list(dict.fromkeys(k.kind for k in kills))
    head = ["kind of fault", *(f"{s}: {o}" + (f" ({t})" * (t != o)) for s, o, t in columns)]
    total = Counter(k.kind for k in kills)
    rows = [
        [kind, *(counts[kind, *c] or "" for c in columns), sum(k.kind == kind for k in caught),
         total[kind]]
        for kind in kinds
    ]  # fmt: skip
    return table([*head, "caught", "of"], rows, len(columns) + 2)


def by_seed(kills: Sequence[Kill]) -> str:
    """A row a seed: how many were caught, and what that took."""
    rows = []
    for seed in dict.fromkeys(k.seed for k in kills):
        of = [k for k in kills if k.seed == seed]
        caught = [k for k in of if k.outcome]
        missed = ", ".join(k.name for k in of if not k.outcome)
        programs = [k.programs for k in caught]
        rate = len(caught) / max(sum(k.seconds for k in caught), 1e-9)
        rows.append([seed, share(len(caught), len(of)), missed or "none", quantile(programs, 0.5),
                     max(programs, default=0), f"{rate:.1f}"])  # fmt: skip
    head = ("seed", "caught", "not caught", "programs to the first kill, median", "most",
            "kills a CPU second")  # fmt: skip
    return table(head, rows, 3)


def escapes(found: Sequence[Kill]) -> str:
    """A row a fault: whether it was caught."""
    rows = [
        (k.name, ESCAPES[k.name].says, k.kind, k.suite, f"{k.outcome}, {k.oracle}" * bool(k.outcome)
         or "**not caught**")
        for k in found
    ]  # fmt: skip
    return table(("fault", "what is broken", "kind", "suite", "found"), rows)


def detection(found: Sequence[Detection]) -> str:
    """A row a size and dtype."""
    rows = [
        [d.dtype, d.place, f"{d.size:.0e}", share(d.exact_found, d.exact),
         share(d.alarmed, d.other), share(d.convicted, d.other)]
        for d in found
        if d.exact + d.other
    ]  # fmt: skip
    return table(("dtype", "planted in", "ε", "exact", "screen", "truth"), rows, 4)


def alarms(found: Sequence[Alarms]) -> str:
    """A row an engine and dtype, and what the differences were."""
    rows = [
        [a.suite, a.engine, a.dtype, a.seed, f"{a.tried:,}", a.of("difference"),
         a.outcomes.get("inaccurate", 0), a.of("unproven"), f"{a.tried / a.seconds:,.0f}"]
        for a in together(found)
    ]  # fmt: skip
    head = ("suite", "engine", "dtype", "seed", "programs", "differences", "inaccurate",
            "unproven in all", "programs a CPU second")  # fmt: skip
    lines = [f"- {a.engine}, {a.dtype}: {line}" for a in found for line in a.found]
    return "\n\n".join(part for part in (table(head, rows, 5), "\n".join(lines)) if part)


def rivals(kills: Sequence[Kill], others: Sequence[Rival]) -> str:
    """The two, side by side."""
    caught = [k for k in kills if k.outcome]
    found = [o for o in others if o.caught]
    rows = [
        _side("gradassay", len(caught), len(kills), [k.seconds for k in kills if k.outcome],
              sum(k.programs for k in caught), sum(k.seconds for k in caught)),
        _side("gradcheck slow", len(found), len(others), [o.seconds for o in found],
              sum(o.programs for o in others), sum(o.seconds for o in others)),
    ]  # fmt: skip
    head = ("", "caught", "median to the first kill", "median, uncaught as never",
            "programs a CPU second", "kills a CPU second", "flagged though right")  # fmt: skip
    false = sum(o.false for o in others)
    return table(head, [[*rows[0], 0], [*rows[1], false]], 6)


def _side(
    name: str, caught: int, of: int, times: Sequence[float], programs: int, seconds: float
) -> list[str]:
    never = quantile([*times, *([math.inf] * (of - caught))], 0.5)
    spent = max(seconds, 1e-9)
    return [
        name, f"{caught} of {of}", f"{quantile(times, 0.5):.3f} s",
        f"{never:.3f} s" if never < math.inf else "never",
        f"{programs / spent:,.0f}", f"{caught / spent:.2f}",
    ]  # fmt: skip


def not_caught(others: Sequence[Rival]) -> str:
    """Which saboteurs gradcheck did not catch, in how many programs."""
    missed = [o for o in others if not o.caught]
    names = ", ".join(f"{o.name} ({o.programs:,} programs)" for o in missed)
    return f"Not caught by gradcheck: {names or 'none'}."


def page(
    kills: Sequence[Kill],
    free: Sequence[Kill],
    found: Sequence[Detection],
    clean: Sequence[Alarms],
    others: Sequence[Rival],
    about: Mapping[str, float],
    checkers: str = "",
) -> str:
    """The whole page; `about` has the seed, the CPU seconds in all, and gradcheck's limit."""
    first = [k for k in kills if k.seed == about["seed"]]
    caught = [k for k in first if k.outcome]
    missed = ", ".join(k.name for k in first if not k.outcome)
    calls = [k.calls for k in caught]
    return PAGE.format(
        **about,
        count=len(first),
        caught=len(caught),
        matrix=matrix(first),
        by_seed=by_seed(kills),
        escaped=f"Not caught: {missed}. " if missed else "",
        median=quantile(calls, 0.5),
        ninety=quantile(calls, 0.9),
        escapes=escapes(free),
        detection=detection(found),
        alarms=alarms(clean),
        rivals=rivals(first, others),
        missed=not_caught(others),
        checkers=f"\n## Existing checkers on planted faults\n{checkers}\n" if checkers else "",
    )
