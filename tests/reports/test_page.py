"""The page as text: what it says, that nothing escapes into it, how large it is."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from html.parser import HTMLParser

import pytest
from gradassay.reports.html import cases as html_cases
from gradassay.reports.html import graph, layout, render
from gradassay.reports.html.escape import Html, tag
from gradassay.reports.records import RecordsError

from . import sample

VOID = {"br", "col", "input", "link", "meta"}


class Strict(HTMLParser):
    """Collects elements, and fails on one that is not closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def ids(self) -> list[str]:
        return [str(a["id"]) for _, a in self.seen if "id" in a]


RUNS = {
    "failing": sample.failing,
    "passing": sample.passing,
    "cut": sample.cut,
    "attacked": sample.attacked,
    "timed": sample.timed,
    "nothing but a run": lambda: [sample.run()],
}


@pytest.mark.parametrize("name", RUNS)
def test_page_is_well_formed(name: str) -> None:
    page = Strict(render(RUNS[name]()))
    assert len(page.ids()) == len(set(page.ids()))


@pytest.mark.parametrize("name", RUNS)
def test_page_has_no_inline_style_handler_or_foreign_link(name: str) -> None:
    for _, attributes in Strict(render(RUNS[name]())).seen:
        assert not [a for a in attributes if a == "style" or a.startswith("on")]
        assert (attributes.get("href") or "#").startswith("#")
        assert "src" not in attributes


def test_hostile_text_adds_no_element() -> None:
    seen = [name for name, _ in Strict(render(sample.attacked())).seen]
    assert seen.count("script") == 3  # two blocks of data and the page's own
    assert "img" not in seen
    page = render(sample.attacked())
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "\x1b" not in page
    assert "\u202e" not in page


@pytest.mark.parametrize("attribute", ["style", "onclick"])
def test_builder_refuses_what_the_policy_forbids(attribute: str) -> None:
    with pytest.raises(ValueError, match="forbids the attribute"):
        tag("p", **{attribute: "x"})


def test_builder_refuses_a_link_that_runs_code() -> None:
    with pytest.raises(ValueError, match="not to 'javascript:alert"):
        tag("a", "x", href="javascript:alert(1)")


def test_builder_escapes_text_and_attributes_but_not_html() -> None:
    assert tag("p", "<", Html("<b>"), [1, None, "&"], title='"') == (
        '<p title="&quot;">&lt;<b>1&amp;</p>'
    )


def test_page_says_what_failed_in_words() -> None:
    page = render(sample.failing())
    assert "69 of 2,000 programs differ" in page
    assert "x1.grad is [-0.0625], but should be [-0.4375]" in page
    assert "gradassay replay" in page
    assert "gradassay check engines/smallgrad.py:Engine --profile quick --seed 20261" in page
    assert "proved nothing (8 of 1,985 executed)" in page


def test_page_says_what_declined_and_why() -> None:
    page = render(sample.refusing("ValueError: <img src=x>"))
    assert '<section id="declined"' in page
    assert "<code>sort</code>" in page
    assert "ValueError: &lt;img src=x&gt;" in page
    assert 'id="declined"' not in render([sample.run()])


def test_a_run_without_end_is_called_cut_short() -> None:
    page = render(sample.cut())
    assert "This run was cut short" in page
    assert "No verdict" in page
    assert "Hallmark, not struck" in page


def test_only_a_clean_complete_run_is_struck() -> None:
    assert "Hallmark, struck" in render(sample.passing())
    assert "Hallmark, not struck" in render(sample.failing())


def test_records_without_a_run_are_refused() -> None:
    with pytest.raises(RecordsError, match="no run record"):
        render(sample.passing()[1:])


def test_the_same_records_give_the_same_page() -> None:
    assert render(sample.failing()) == render(sample.failing())


def test_twenty_thousand_cases_stay_small_and_quick() -> None:
    records = sample.failing(20_000)
    start = time.process_time()
    page = render(records)
    assert time.process_time() - start < 2.0
    assert len(page.encode()) < 450_000


def test_a_large_run_keeps_every_case_that_does_not_agree() -> None:
    kept, left_out = html_cases.sampled(list(sample.listed(4_000)), 40_000)
    assert left_out > 0
    assert len(kept) + left_out == 4_000
    others = [c for c in sample.listed(4_000) if c.outcome != "agrees"]
    assert [c for c in kept if c.outcome != "agrees"] == others
    assert len(html_cases.cases_data(kept)) < 48_000


def test_a_page_that_would_be_too_large_says_what_it_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gradassay.reports.html.page.LIMIT", 200_000)
    page = render(sample.failing(8_000))
    assert re.search(r"[\d,]+ cases that agree are left out, evenly", page)
    assert len(page) < 220_000


def test_at_most_fifty_groups_are_drawn() -> None:
    many = [sample.changed(sample.raised(), op=f"op{k}", id=f"{k:012x}") for k in range(60)]
    page = render(sample.assembled(sample.run(), many, 600))
    assert page.count('class="fault"') == 50
    assert "10 groups more (80 programs)" in page


def test_a_large_graph_is_cut_to_the_values_around_the_first_wrong_one() -> None:
    (drawing,) = graph.draw_all([sample.wide(90)])
    assert drawing is not None
    assert "16 of 90 values are drawn" in drawing
    assert "v50 = add" in drawing
    assert "v3 = add" not in drawing


def test_own_layers_serve_without_graphviz(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "_graphviz", lambda: None)
    (drawing,) = graph.draw_all([sample.division()])
    assert drawing is not None
    assert drawing.count("<rect") == 6
    assert "First wrong value: v2" in drawing


@pytest.mark.parametrize("with_graphviz", [True, False])
def test_boxes_do_not_overlap(with_graphviz: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not with_graphviz:
        monkeypatch.setattr(layout, "_graphviz", lambda: None)
    boxes = [layout.Box(100, 40, a) for a in [(), (), (0, 1), (), (2, 3), (2, 2), (4, 5)]]
    (plan,) = layout.layouts([boxes])
    places = list(enumerate(plan.centres))
    for i, (x, y) in places:
        assert 50 <= x <= plan.width - 50
        for j, (other_x, other_y) in places:
            assert i == j or abs(x - other_x) >= 99 or abs(y - other_y) >= 39
    assert sorted((a, b) for a, b, _ in plan.edges) == [
        (0, 2), (1, 2), (2, 4), (2, 5), (2, 5), (3, 4), (4, 6), (5, 6),
    ]  # fmt: skip


def test_import_needs_neither_numpy_nor_torch() -> None:
    check = (
        "import sys, gradassay.reports.html.page, gradassay.reports.terminal, "
        "gradassay.reports.summary; sys.exit(bool({'numpy', 'torch'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", check], check=True)
