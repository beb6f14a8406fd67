"""docs/performance.md and its plots, from the records of a bench alone.

`python -m gradassay.suites.performance.page FOLDER [AGAIN] --write docs` reads what a bench left in
FOLDER/results.jsonl, and the samples of FOLDER/profiles.jsonl if `hotspots` wrote them. AGAIN is a
second run of the same, whose ratios are set beside those of the first.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ...reports.records import Gauge, read
from .page_agreement import two_runs
from .page_families import family, plotted
from .page_limits import Facts, sampled, sentences
from .page_plots import plot
from .page_run import BesideRun, beside_run, slug
from .page_tables import absences, glance, goals, heading, hot, verdicts

PAGE = """# How fast engines are

{heading}

How this is measured, and what a ratio's interval says: [bench.md](bench.md). How fast the checking
is: [checking-speed.md](checking-speed.md).

## At a glance
Both passes of each family at its largest size, in those of torch in the same rounds. Above 1 is
slower than torch. *no op*: the family needs one that the engine has not. *too long*: more than
{longest:g} s a pass, or no answer to the first ones. *fails*: it raised, as told below.

{glance}
{absent}
## What limits each
Shares are of samples taken while the engine ran both passes of a chain; a sample counts for the
Python function that runs or has called into C.

{limits}

{hot}

## Goals of the reference engine
{goals}

## Verdicts
What should hold of any engine ([bench.md](bench.md) says what each means), and what did not. Two
things to know: where no answer came, the first pass was among what was waited for, in which an
engine may compile; and the forward pass of tinygrad only notes what is to be done, so that the
ratio of both passes to it says nothing.

{verdicts}

{two}## Family by family
µs are CPU time of the least round. *total/forward* and *× torch* are medians of rounds; in brackets
are the ends of the interval that holds the true median in nine of ten cases. *growth* is the power
of the size with which the time of both passes grows between the two largest sizes. *peak* is the
most that both passes held in memory at once: of torch entries of tensors alone, as it says itself,
of the others all that Python and numpy hold; a dash where nothing could see it. An engine that
differentiates functions runs forward again in its gradient: its backward is the time of the
gradient less that of the plain function.

{families}
"""


def page(run: BesideRun, gauges: Sequence[Gauge], again: BesideRun | None = None) -> str:
    """The page; `gauges` are the samples."""
    known = [g for g in run.gauges if g.kind != "profile"]
    limits = []
    for engine in run.engines:
        said = " ".join(sentences(Facts(engine, run.of(engine), sampled(gauges, engine))))
        limits.append(f"- **{engine}**: {said or 'nothing is known from this run.'}")
    return PAGE.format(
        heading=heading(run),
        longest=run.longest,
        glance=glance(run),
        absent=absences(run),
        limits="\n".join(limits),
        hot=hot(gauges, run.engines),
        goals=goals(known),
        verdicts=verdicts(known, run.engines),
        two=f"## Two runs\n{two_runs(run, again)}\n\n" if again else "",
        families="\n\n".join(family(run, name) for name in run.families),
    )


def write(run: BesideRun, gauges: Sequence[Gauge], again: BesideRun | None, to: Path) -> Path:
    """The page and its plots; the path of the page."""
    images = to / "images"
    images.mkdir(parents=True, exist_ok=True)
    places = {engine: k for k, engine in enumerate(run.everyone)}
    for name in run.families:
        title = f"{name}: time of both passes against size, an engine a line"
        drawn = plot(title, run.axis(name), "seconds, both passes", plotted(run, name), places)
        (images / f"performance-{slug(name)}.svg").write_text(drawn, encoding="utf-8")
    path = to / "performance.md"
    path.write_text(page(run, gauges, again), encoding="utf-8")
    return path


def main(argv: Sequence[str] | None = None) -> int:
    """Write the page, or print it."""
    parser = argparse.ArgumentParser("python -m gradassay.suites.performance.page")
    parser.add_argument("folder", type=Path, help="where `gradassay bench` left its results.jsonl")
    parser.add_argument("again", type=Path, nargs="?", help="the same of a second run")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="where the page goes")
    options = parser.parse_args(argv)
    run = beside_run(read(options.folder / "results.jsonl"))
    again = beside_run(read(options.again / "results.jsonl")) if options.again else None
    samples = options.folder / "profiles.jsonl"
    gauges = [r for r in read(samples) if isinstance(r, Gauge)] if samples.is_file() else []
    if options.write:
        print(write(run, gauges, again, options.write))
    else:
        print(page(run, gauges, again))
    return 0


if __name__ == "__main__":
    sys.exit(main())
