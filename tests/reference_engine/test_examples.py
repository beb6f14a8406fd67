"""The examples, the docstrings and the walk in the documentation, as they stand."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import runpy
from pathlib import Path

import gradassay.reference_engine as engine
import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
MODULES = [engine.__name__] + [
    m.name for m in pkgutil.walk_packages(engine.__path__, engine.__name__ + ".")
]


@pytest.mark.parametrize("module", MODULES)
def test_docstrings(module: str) -> None:
    assert doctest.testmod(importlib.import_module(module)).failed == 0


def test_the_walk_through_a_backward_pass() -> None:
    walk = str(ROOT / "docs" / "engine.md")
    result = doctest.testfile(walk, module_relative=False)
    assert result.failed == 0
    assert result.attempted > 0


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(path))
    assert capsys.readouterr().out


def test_linear_regression_finds_the_plane(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(ROOT / "examples" / "linear_regression.py"))
    assert capsys.readouterr().out.endswith("w = [2.0, -3.0]\nb = 1.0\n")


LISTING = """
import torch

x = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
w = torch.tensor([[0.5], [-0.5]], requires_grad=True)
b = torch.tensor([1.0], requires_grad=True)
lr = 0.01

loss = (torch.mm(x, w) + b).pow(2).sum()
loss.backward()
print(w.grad)
with torch.no_grad():
    w -= lr * w.grad
    b -= lr * b.grad
w.grad.zero_()
b.grad.zero_()
print(w, w.grad)
"""


def test_a_pytorch_listing_runs_with_only_its_import_changed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    exec(LISTING, {})
    theirs = capsys.readouterr().out
    exec(LISTING.replace("import torch", "import gradassay.reference_engine as torch"), {})
    assert capsys.readouterr().out == theirs
