"""`gradassay new-adapter`: what it writes is a whole adapter, and never replaces a file."""

from pathlib import Path

import pytest
from gradassay.suites.cli import main
from gradassay.suites.templates import STYLES, adapter


@pytest.mark.parametrize("style", STYLES)
def test_every_template_is_python(style: str) -> None:
    compile(adapter("mine", style), "mine_adapter.py", "exec")


def test_the_scalar_one_checks_an_engine_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["new-adapter", "micrograd", "--style", "scalar"]) == 0
    file = tmp_path / "micrograd_adapter.py"
    file.write_text(file.read_text().replace("from micrograd", "from micrograd.engine"))
    assert main(["list", "ops", "--engine", f"{file}:Adapter"]) == 0
    assert "multiply" in capsys.readouterr().out


def test_the_torch_one_checks_an_engine_under_pytorch_s_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    engine = Path(__file__).parents[1] / "door" / "likeness.py"
    (tmp_path / "likeness.py").write_text(engine.read_text())
    assert main(["new-adapter", "likeness", "--style", "torch"]) == 0
    capsys.readouterr()
    assert main(["list", "ops", "--engine", "likeness_adapter.py:Adapter"]) == 0
    listed = capsys.readouterr().out.split("\n")
    offered = [line.split()[0] for line in listed if line and "not offered" not in line]
    assert {"add", "exp", "multiply", "sum"} <= {*offered}


def test_a_file_that_is_there_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine_adapter.py").write_text("mine")
    assert main(["new-adapter", "mine"]) == 4
    assert (tmp_path / "mine_adapter.py").read_text() == "mine"
    assert "cannot write" in capsys.readouterr().err


def test_a_name_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new-adapter", "not a name"]) == 4
    assert "is no name of a package" in capsys.readouterr().err
