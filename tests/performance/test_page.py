"""The page on engines' speed says all that the records say, and nothing that they do not."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from gradassay.reports.records import AnyRecord, Bench, End, Gauge, Run, Writer
from gradassay.suites.performance import hotspots, page
from gradassay.suites.performance.families import FAMILIES
from gradassay.suites.performance.page_agreement import pairs, two_runs
from gradassay.suites.performance.page_limits import LIMITS, Facts, sentences
from gradassay.suites.performance.page_plots import COLOURS, DASHES, MARKS, plot
from gradassay.suites.performance.page_run import BesideRun, beside_run, slug

MICRO = {"reference": 2.0, "by-hand": 0.1, "torch": 4.0, "jax": 130.0, "micrograd": 1.0}
"""Made-up microseconds a call."""


def bench(family: str, size: int, engine: str, factor: float) -> Bench:
    axis, why_not = FAMILIES[family].axis, ""
    if engine == "micrograd" and family != "chain":
        why_not = "has no matmul"
    elif engine == "jax" and size > 10_000:
        why_not = "would take 99 s by its growth, more than 3 s a pass"
    if why_not:
        return Bench(workload=family, size=size, engine=engine, device="cpu", seconds={},
                     axis=axis, why_not=why_not)  # fmt: skip
    seconds, ratio = 1e-6 * MICRO[engine] * size * factor, MICRO[engine] / MICRO["torch"] * factor
    rounds = [(seconds * k / 3, 2 * seconds * k / 3) for k in (1.0, 1.01, 1.02, 1.03, 1.04)]
    beside = {"torch": [ratio, ratio * 0.99, ratio * 1.01], "by-hand": [40 * ratio] * 3}
    return Bench(
        workload=family,
        size=size,
        engine=engine,
        device="cpu",
        seconds={"forward": rounds[0][0], "backward": rounds[0][1]},
        memory={} if engine == "jax" else {"peak": 800 * size},
        axis=axis,
        calls=len(FAMILIES[family].make(1).calls),
        rounds=rounds,
        beside={} if engine == "torch" else beside,
    )


def gauges() -> Iterator[Gauge]:
    yield Gauge(kind="goal", rule="10,000 ops on one entry", engine="reference", outcome="holds",
                text="", beside="torch", measured=0.5, low=0.49, high=0.51, limit=0.6)  # fmt: skip
    yield Gauge(kind="goal", rule="bytes a node", engine="reference", outcome="missed", text="",
                measured=700.0, low=700.0, high=700.0, limit=500.0)  # fmt: skip
    yield Gauge(kind="verdict", rule="depth", engine="micrograd", outcome="broken",
                text="1,000 ops: RecursionError", workload="chain", size=1000)  # fmt: skip


def records(factor: float = 1.0) -> Iterator[AnyRecord]:
    configuration = {"longest": 3.0, "versions": {"reference": "0.1", "torch": "2.0"},
                     "absent": {"tinygrad": "ModuleNotFoundError: No module named 'tinygrad'"},
                     }  # fmt: skip
    yield Run(engine="", engine_version="", spec="", style="tape", seed=0, profile="bench",
              command="gradassay bench", started="2026-01-02T03:04:05+00:00",
              configuration=configuration, environment={"python": "3.11", "load": "0.1"},
              )  # fmt: skip
    for name, family in FAMILIES.items():
        for size in family.sizes:
            for engine in MICRO:
                yield bench(name, size, engine, 1.0 if engine == "torch" else factor)
    yield from gauges()
    yield End(status="complete", exit_code=0, seconds=300.0, cpu_seconds=1.0, counts={},
              sentence="done.")  # fmt: skip


def run(factor: float = 1.0) -> BesideRun:
    return beside_run(records(factor))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bench")
    for name in ("bench.md", "checking-speed.md"):
        (folder / name).touch()
    with Writer(folder / "results.jsonl") as writer:
        writer.write(*records())
    with Writer(folder / "profiles.jsonl") as writer:
        writer.write(next(records()), *hotspots.shares("jax", 1000, counter()))
    assert page.main([str(folder), "--write", str(folder)]) == 0
    return folder


def counter() -> hotspots.Counter[str]:
    return hotspots.Counter({"jax/_src/pjit.py call": 30, "jax/_src/core.py bind": 70})


@pytest.fixture(scope="module")
def text(written: Path) -> str:
    return (written / "performance.md").read_text(encoding="utf-8")


def section(text: str, title: str) -> str:
    return re.split(r"^###? ", text.split(f"# {title}\n", 1)[1], flags=re.M)[0]


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_its_plot_and_every_engine(text: str, written: Path, family: str) -> None:
    said = section(text, family)
    for engine in (*MICRO, "tinygrad"):
        assert engine in said
    assert (written / "images" / f"performance-{slug(family)}.svg").is_file()


def test_who_is_absent_is_named_with_the_reason(text: str) -> None:
    assert "`tinygrad` is absent: ModuleNotFoundError" in text
    assert "| absent |" in section(text, "At a glance")


def test_what_takes_too_long_is_left_out_visibly(text: str) -> None:
    assert "- jax at 100,000, 1,000,000: more than 3 s a pass" in section(text, "elementwise")
    assert "| too long |" in section(text, "At a glance")


def test_an_op_that_is_missing_is_named(text: str) -> None:
    assert "- micrograd: has no matmul" in section(text, "perceptron")


def test_figures_are_those_of_the_records(text: str) -> None:
    row = next(
        line for line in section(text, "chain").splitlines() if "| 10,000 | reference" in line
    )
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[2:6] == ["6,667", "13,333", "20,000", "3.00"]
    assert cells[6:] == ["0.500 (0.495 to 0.505)", "1.00", "7.63 MiB"]


def test_goals_stand_beside_what_was_measured(text: str) -> None:
    said = section(text, "Goals of the reference engine")
    assert "| 10,000 ops on one entry | 0.6 × torch | 0.500 (0.490 to 0.510) | holds |" in said
    assert "| bytes a node | 500 | 700 | **missed** |" in said
    assert "1 of 2 hold" in said


def test_a_broken_verdict_is_told(text: str) -> None:
    assert "- micrograd, depth, chain: 1,000 ops: RecursionError" in text


def test_shares_are_those_of_the_samples(text: str) -> None:
    assert "100 % fell into pjit.py and core.py" in text
    assert "no single function had more than 70 %" in text


def test_links_resolve(text: str, written: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", text):
        path, _, anchor = target.partition("#")
        assert not path or (written / path).is_file(), target
        assert not anchor or anchor in {slug(name) for name in FAMILIES}, target


def test_nothing_on_the_page_is_no_number(text: str, written: Path) -> None:
    for said in (text, *(p.read_text() for p in (written / "images").glob("*.svg"))):
        assert not re.search(r"\b(nan|inf|None)\b", said)


def test_the_page_is_a_function_of_the_records(text: str, written: Path) -> None:
    page.main([str(written), "--write", str(written)])
    assert (written / "performance.md").read_text(encoding="utf-8") == text


@pytest.mark.parametrize("engine", LIMITS)
def test_a_sentence_without_its_figure_is_not_said(engine: str) -> None:
    said = list(sentences(Facts(engine, {})))
    assert not any("{" in s or "}" in s or "None" in s for s in said)
    assert len(said) < len(LIMITS[engine])


def test_two_runs_that_agree_say_how_closely() -> None:
    said = two_runs(run(), run(1.05))
    assert "was 0.500 and then 0.525, 5 % apart" in said
    assert "| family |" not in said


def test_two_runs_that_differ_are_listed() -> None:
    found = pairs(run(), run(1.25))
    assert found[0].apart == pytest.approx(1.25)
    assert not found[0].overlap
    row = "| chain | 100 | reference | 0.500 (0.495 to 0.505) | 0.625 (0.619 to 0.631) | 25 % |"
    assert row in two_runs(run(), run(1.25))


def test_runs_whose_intervals_meet_overlap() -> None:
    assert pairs(run(), run(1.01))[0].overlap


def test_a_run_that_was_cut_short_says_so() -> None:
    assert "**was cut short**" in page.page(beside_run(list(records())[:-1]), [])


def test_records_of_no_bench_are_refused() -> None:
    with pytest.raises(ValueError, match="not the records of a"):
        beside_run(list(records())[-1:])


# ---- plots -------------------------------------------------------------------------------------


def test_styles_differ_without_colour() -> None:
    assert len({*MARKS}) == len(MARKS) == len(COLOURS) == len(DASHES)


def test_a_plot_is_whole_and_keeps_its_style_inside() -> None:
    series = {"a": [(1.0, 1e-6), (100.0, 1e-4), (10.0, math.nan)], "b": [(1.0, 0.0)]}
    drawn = plot("t & u", "n", "seconds", series, {"a": 0, "b": 1})
    tree = ElementTree.fromstring(drawn)
    assert tree.find("{*}title").text == "t & u"  # type: ignore[union-attr]
    assert "nan" not in drawn and "class=" not in drawn
    names = [e.text for e in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert "a" in names and "b" not in names
