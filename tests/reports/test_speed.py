"""What the page says of engines that were timed."""

from __future__ import annotations

import re

from gradassay.reports.html import render
from gradassay.reports.records import Gauge

from . import sample


def text(page: str) -> str:
    """The page without its elements."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.split("<main")[1].split("</main")[0]).split())


def test_a_run_that_only_timed_says_nothing_of_programs() -> None:
    shown = text(render(sample.timed()))
    assert "Speed of smallgrad" in shown
    assert "8 timings" in shown
    for absent in ("Smallest failure", "No program was executed", "Conformance report", "Seed"):
        assert absent not in shown


def test_times_ratios_and_memory_are_numbers_on_the_page() -> None:
    shown = text(render(sample.timed()))
    assert "1.50 (1.40 to 1.60)" in shown
    assert "9.00 MB" in shown
    assert "torch" in shown


def test_every_outcome_of_a_comparison_has_a_word_and_a_sign() -> None:
    shown = text(render(sample.timed()))
    for said in ("▲ faster", "= same", "▼ slower", "✗ tripped", "✗ missed", "✗ broken", "✓ holds"):
        assert said in shown


def test_what_is_broken_is_said_in_words_before_the_folds() -> None:
    section = render(sample.timed()).split('id="slowness"')[1].split("<details")[0]
    assert "smallgrad, mlp" in section
    assert "as their power 1.90" in section
    assert "as their power 1.00" not in section


def test_hostile_names_stay_text() -> None:
    page = render(sample.timed())
    assert "<b>head</b>" not in page
    assert "&lt;b&gt;head&lt;/b&gt;" in page


def test_a_figure_without_an_interval_is_drawn_without_one() -> None:
    records = sample.timed()
    bare = Gauge(kind="goal", rule="objects left", engine="smallgrad", outcome="not known", text="")
    counted = Gauge(
        kind="goal", rule="bytes a node", engine="smallgrad", outcome="holds", text="",
        measured=220.0, low=220.0, high=220.0, limit=500.0,
    )  # fmt: skip
    shown = text(render([*records[:-1], bare, counted, records[-1]]))
    assert "bytes a node 500 220" in shown
    assert "objects left 0" in shown


def test_curves_share_one_legend_and_keep_each_engine_its_line() -> None:
    page = render(sample.timed())
    section = page.split('id="performance"')[1].split("</section>")[0]
    assert section.count('class="legend"') == 1
    assert section.count("<figure>") == 2  # time and memory of one family
    assert 'class="series s0"' in section
    assert 'class="series s1"' in section
