"""The standard, clause by clause, on PyTorch and on the engine: one list of small programs."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import gradassay.reference_engine as engine
import pytest
import torch

from . import clauses_extension, clauses_graph, clauses_lifecycle, clauses_mutation, clauses_scale

FILES = (clauses_graph, clauses_lifecycle, clauses_mutation, clauses_extension, clauses_scale)
Clause = Callable[[Any], None]


def clauses() -> dict[str, Clause]:
    """`m3 a saved value changed` and its program, for each function that is named like a clause."""
    return {
        name.replace("_", " "): f
        for file in FILES
        for name, f in vars(file).items()
        if re.match(r"[stngmxhrkd]\d+_", name)
    }


class OnDevice:
    """The engine, with PyTorch's arrays in the place of numpy's."""

    def __getattr__(self, name: str) -> Any:
        made = getattr(engine, name)
        if name in ("tensor", "zeros", "ones", "rand"):
            return lambda *args, **options: made(*args, **{"device": "torch:cpu", **options})
        return made


# May, not must: memory of PyTorch's arrays has one owner, by whatever name it is written to.
NOT_ON_DEVICE = {"g39 writing through data is unseen"}


@pytest.mark.parametrize("name", sorted(clauses().keys() - NOT_ON_DEVICE))
def test_clause_on_a_device(name: str) -> None:
    clauses()[name](OnDevice())


@pytest.mark.filterwarnings("ignore:Using backward:UserWarning")
@pytest.mark.filterwarnings("ignore:Anomaly Detection:UserWarning")
@pytest.mark.parametrize("m", [torch, engine], ids=["pytorch", "engine"])
@pytest.mark.parametrize("clause", clauses().values(), ids=clauses())
def test_clause(clause: Clause, m: ModuleType) -> None:
    clause(m)
    assert m.is_grad_enabled()


def test_no_clause_is_defined_twice() -> None:
    assert len(clauses()) == sum(
        len(re.findall(r"^def [stngmxhrkd]\d+_", text(f), re.M)) for f in FILES
    )


def text(file: ModuleType) -> str:
    assert file.__file__ is not None
    return Path(file.__file__).read_text(encoding="utf-8")
