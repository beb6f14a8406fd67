"""Samples fall where the time goes."""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from gradassay.reports.records import Gauge, read
from gradassay.suites.cli import main
from gradassay.suites.performance import hotspots
from gradassay.suites.performance.sampled import place, sampled


def long(until: float) -> None:
    while time.process_time() < until:
        pass


def short(until: float) -> None:
    while time.process_time() < until:
        pass


def both() -> None:
    long(time.process_time() + 0.04)
    short(time.process_time() + 0.01)


def test_a_function_has_the_share_of_its_time() -> None:
    found = sampled(both, 2.0)
    shares = {k.rpartition(" ")[2]: n / found.total() for k, n in found.items()}
    assert shares["long"] == pytest.approx(0.8, abs=0.15)
    assert shares["short"] == pytest.approx(0.2, abs=0.15)


def test_a_place_is_a_file_and_a_function() -> None:
    assert place(sys._getframe()) == (
        "performance/test_hotspots.py test_a_place_is_a_file_and_a_function"
    )


def test_shares_are_of_all_samples_by_file_and_by_function() -> None:
    found = Counter({"a.py f": 6, "a.py g": 2, "b.py f": 2})
    shares = {g.rule: g.measured for g in hotspots.shares("e", 100, found)}
    assert shares == {"a.py": 0.8, "b.py": 0.2, "a.py f": 0.6, "a.py g": 0.2, "b.py f": 0.2}


def test_every_engine_that_was_timed_is_sampled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("micrograd")
    monkeypatch.setattr(hotspots, "SECONDS", 0.3)
    args = ["micrograd", "--family", "chain", "--rounds", "1", "--out", str(tmp_path)]
    assert main(["bench", *args]) == 0
    assert hotspots.main([str(tmp_path)]) == 0
    gauges = [r for r in read(tmp_path / "profiles.jsonl") if isinstance(r, Gauge)]
    files = {g.rule: g.measured or 0 for g in gauges if " " not in g.rule}
    assert max(files, key=lambda name: files[name]) == "micrograd/engine.py"
