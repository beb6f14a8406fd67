"""Every example in docstrings and documents, as it stands."""

from __future__ import annotations

import doctest
import importlib
import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("gradassay", "reference_engine", "oracles", "reports", "suites")
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.M | re.S)
ENGINES = (
    *("micrograd", "autograd", "mygrad", "tinygrad", "jax", "mlx"),
    *("dezero", "minitorch", "pytensor", "smallpebble", "tensorflow"),
)


def modules() -> list[str]:
    found = []
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            parts = file.relative_to(ROOT).with_suffix("").parts
            parts = parts if parts[0] == "gradassay" else ("gradassay", *parts)
            found.append(".".join(p for p in parts if p != "__init__"))
    return [m for m in found if not m.endswith("__main__")]


@pytest.mark.parametrize("name", modules())
def test_docstrings(name):
    bundled = name.rpartition(".")[2]
    if bundled in ENGINES and importlib.util.find_spec(bundled) is None:
        pytest.skip(f"{bundled} is not installed")
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0


def test_there_are_doctests():
    finder = doctest.DocTestFinder()
    found = [t for m in ("program", "exact", "evaluate") for t in finder.find(
        importlib.import_module(f"gradassay.oracles.{m}")) if t.examples]  # fmt: skip
    assert len(found) >= 3


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_sessions_in_a_document(path, tmp_path, monkeypatch):
    if not path.is_file():
        pytest.skip(f"{path.name} is not there yet")
    monkeypatch.chdir(tmp_path)
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    result = doctest.testfile(str(path), module_relative=False, optionflags=flags)
    assert result.failed == 0


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_python_blocks_in_a_document_compile(path):
    if not path.is_file():
        pytest.skip(f"{path.name} is not there yet")
    for block in BLOCK.findall(path.read_text(encoding="utf-8")):
        if ">>>" not in block:
            compile(block, str(path), "exec")


def test_the_adapter_in_the_document_is_a_whole_one(tmp_path):
    pytest.importorskip("micrograd")
    from gradassay.oracles.vocabulary import VOCABULARY
    from gradassay.suites.adapter import op_table
    from gradassay.suites.host import open_engine

    text = (ROOT / "docs" / "adapters.md").read_text(encoding="utf-8")
    block = next(b for b in BLOCK.findall(text) if "class Micrograd" in b)
    (tmp_path / "documented.py").write_text(block, encoding="utf-8")
    spec = f"{tmp_path}/documented.py:Micrograd"
    with open_engine(spec, op_table(VOCABULARY), in_process=True) as handle:
        assert {"add", "pow", "nn.functional.relu"} <= handle.hello.offers.keys()


def test_the_adapter_in_the_readme_is_the_bundled_one():
    bundled = (ROOT / "suites" / "engines" / "micrograd.py").read_text(encoding="utf-8")
    shown = (ROOT / "README.md").read_text(encoding="utf-8")
    assert bundled.partition("\n\n")[2].strip() in shown
