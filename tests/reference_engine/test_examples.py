"""The examples, the docstrings and the walk in the documentation, as they stand."""

from __future__ import annotations

import doctest
import importlib
import math
import pkgutil
import runpy
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradassay.reference_engine as engine
import pytest
import torch

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
def test_example_is_short_and_quick(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    began = time.process_time()
    runpy.run_path(str(path))
    assert time.process_time() - began < 5
    assert capsys.readouterr().out
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 60


ENDS = {
    "linear_regression": "w = [2.0, -3.0]\nb = 1.0\n",
    "linear_regression_with_nn": "w = [2.0, -3.0]\nb = 1.0\n",
    "attention_copy": "right 192 of 192\n",
    "text_classifier": "film' is good\n'a long and terrible end' is bad\n",
}


@pytest.mark.parametrize("name", ENDS)
def test_example_gets_there(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(ROOT / "examples" / f"{name}.py"))
    assert capsys.readouterr().out.endswith(ENDS[name])


# The same texts on PyTorch: only the import lines are changed, and chance is shared.


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_prints_the_same_on_pytorch(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    runpy.run_path(str(path))
    ours = capsys.readouterr().out
    share_chance(monkeypatch)
    exec(imports_changed(path.read_text(encoding="utf-8")), {"__name__": path.stem})
    assert_alike(ours, capsys.readouterr().out)


def imports_changed(text: str) -> str:
    text = text.replace("import gradassay.reference_engine as torch", "import torch")
    text = text.replace("from gradassay.reference_engine import", "from torch import")
    assert "gradassay" not in text
    return text


def share_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let PyTorch's tensors and parameters begin with the engine's random numbers."""
    monkeypatch.setattr(torch, "manual_seed", engine.manual_seed)
    monkeypatch.setattr(torch, "randn", lambda *size: torch.tensor(engine.randn(*size).numpy()))
    for name in ("kaiming_uniform_", "uniform_", "normal_"):
        monkeypatch.setattr(torch.nn.init, name, drawn(name))
    monkeypatch.setattr(torch.nn.modules.activation, "xavier_uniform_", drawn("xavier_uniform_"))


def drawn(name: str) -> Callable[..., torch.Tensor]:
    def init(tensor: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        numbers = getattr(engine.nn.init, name)(engine.zeros(*tensor.shape), *args, **kwargs)
        with torch.no_grad():
            return tensor.copy_(torch.tensor(numbers.numpy()))

    return init


def assert_alike(ours: str, theirs: str) -> None:
    """The same words, and numbers equal but for rounding in float32."""
    for a, b in zip(ours.split(), theirs.split(), strict=True):
        a, b = a.strip("[],"), b.strip("[],")
        assert a == b or math.isclose(float(a), float(b), rel_tol=1e-4, abs_tol=2e-5), (a, b)


@pytest.mark.parametrize("theirs", ["loss 0.51", "lost 0.5", "loss 0.5 more", "loss nan"])
def test_another_print_would_be_seen(theirs: str) -> None:
    with pytest.raises((AssertionError, ValueError)):
        assert_alike("loss 0.5", theirs)


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
