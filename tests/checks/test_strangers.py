"""Engines that differ from PyTorch and are right: none is accused, and what is wrong still is."""

from types import SimpleNamespace
from typing import Any

import torch
from gradassay.oracles.vocabulary import VOCABULARY
from gradassay.reports.records import Check
from gradassay.suites.adapter import op_table
from gradassay.suites.checks import CLAUSES
from gradassay.suites.checks.examine import Examiner
from gradassay.suites.host import inside
from gradassay.suites.worker import Engine

OPS = op_table(VOCABULARY)


def said(adapter: Any, *names: str) -> dict[str, Check]:
    """What these checks say of an adapter."""
    with inside(Engine(adapter, OPS)) as handle:
        examiner = Examiner(handle)
        return {name: examiner.check(CLAUSES[name]) for name in names}


def outcomes(adapter: Any, *names: str) -> list[str]:
    """What came of these checks."""
    return [check.outcome for check in said(adapter, *names).values()]


def tape(lift: Any, **more: Any) -> Any:
    """An adapter of PyTorch with leaves of its own."""
    given = {"style": "tape", "namespace": torch, "spelling": "torch", "lift": lift, **more}
    return SimpleNamespace(**{"name": "stranger", "version": "1", **given})


def whole(**names: Any) -> Any:
    """An adapter of PyTorch with other names."""
    module = SimpleNamespace(**{**vars(torch), **names})
    return SimpleNamespace(name="stranger", version="1", torch=module)


def lifted(array: Any, requires_grad: bool) -> Any:
    """A leaf as PyTorch makes it."""
    x = torch.tensor(array)
    return x.requires_grad_() if requires_grad else x


def test_a_second_sweep_that_raises_is_an_error_whatever_the_leaf_still_holds() -> None:
    plain = tape(lifted, methods="backward get_grad")
    assert outcomes(plain, "G8", "G9", "G32") == ["holds"] * 3
