"""The page of the bundled engines, and their environments."""

import subprocess

import msgspec
import pytest
from gradassay.reports.records import Case, Check, End, Run, Tally, Verdict, Writer
from gradassay.suites.engines import BUNDLED, environments, table

RUN = Run(
    engine="mine",
    engine_version="1.2",
    spec="mine",
    style="tape",
    seed=0,
    profile="smoke",
    command="",
    started="",
    offered=["add", "sum"],
    adapter='"""A docstring."""\n\n\nclass Mine:\n    """Another."""\n\n    x = 1  # one\n',
)
TALLY = Tally(
    check="ops",
    op="add",
    area="elementwise",
    dtype="float64",
    device="cpu",
    counts={"agrees": 90, "wrong gradient": 8, "declined": 2},
)
CASE = Case(check="ops", op="add", dtype="float64", device="cpu", outcome="agrees", id="7")
VERDICT = Verdict(
    id="1",
    check="ops",
    op="sum",
    outcome="wrong gradient",
    dtype="float64",
    device="cpu",
    message="x0.grad is 2.0,\n but should be 1.0",
)
END = End(status="complete", exit_code=1, seconds=1.0, cpu_seconds=1.0, counts={}, sentence="")


def results(folder, *records):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.jsonl").unlink(missing_ok=True)
    writer = Writer(folder / "results.jsonl")
    writer.write(*records)
    writer.close()
    return folder


def test_a_row_counts_lines_ops_programs_and_differences(tmp_path):
    page = table.page([results(tmp_path, RUN, TALLY, VERDICT, END)])
    row = "| `mine` | 1.2 | tape | 2 | 2 | 98 | 8 wrong gradient | 2 | none tried | smoke | 1 |"
    assert f"{row} not tried |" in page
    assert "- `sum`, wrong gradient: x0.grad is 2.0, but should be 1.0" in page


def test_a_run_that_was_cut_short_is_called_so(tmp_path):
    page = table.page([results(tmp_path, RUN, TALLY)])
    assert "98 (cut short)" in page


def test_a_second_run_from_the_same_seed_is_compared_program_by_program(tmp_path):
    first = results(tmp_path / "a" / "mine", RUN, CASE, TALLY, END)
    again = results(tmp_path / "b" / "mine", RUN, CASE, TALLY, END)
    other = msgspec.structs.replace(CASE, outcome="raised")
    moved = results(tmp_path / "c" / "mine", RUN, other, TALLY, END)
    assert "| smoke | 1 | yes |" in table.page([first], [again])
    assert "| smoke | 1 | no: 1 of 1 |" in table.page([first], [moved])


def test_a_difference_has_its_cause_in_the_source_beside_it(tmp_path):
    run = msgspec.structs.replace(RUN, spec="minitorch")
    page = table.page([results(tmp_path, run, TALLY, VERDICT, END)])
    assert "- `sum`: its rule multiplies by" in page
    assert "- `sum`: not traced yet" in table.page([results(tmp_path, RUN, VERDICT, END)])


def test_the_checks_that_apply_are_counted_and_those_that_differ_are_named(tmp_path):
    made = [
        Check(id=id_, level="L3", requirement="MUST", outcome=outcome, specification="")
        for id_, outcome in (("A1", "holds"), ("A2", "differs"), ("A3", "not applicable"))
    ]
    page = table.page([results(tmp_path, RUN, TALLY, *made, END)])
    assert "| 1 of 2 | smoke |" in page
    assert "- checks of the [standard](standard.md), differs: A2\n" in page


def test_a_long_line_counts_as_several():
    assert table.lines_of(f"x = {'1' * 90}\n") == 2


def test_every_engine_with_an_environment_is_bundled_and_pinned():
    assert {name.partition(":")[0] for name in BUNDLED} >= set(environments.ENVIRONMENTS)
    for pins in environments.ENVIRONMENTS.values():
        assert all("==" in pin for pin in pins.split())


def test_an_environment_stands_only_with_what_is_pinned_now(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(environments.venv, "create", lambda home, **_: home.mkdir(parents=True))
    monkeypatch.setattr(subprocess, "run", lambda command, **_: asked.append(command))
    python = environments.build("jax", tmp_path)
    assert python == tmp_path / "jax" / "bin" / "python"
    assert asked[0][-3:] == environments.ENVIRONMENTS["jax"].split()
    assert environments.installed(tmp_path) == {"jax": python}
    environments.build("jax", tmp_path)
    assert len(asked) == 1
    (tmp_path / "jax" / ".ready").write_text("jax==0.1")
    assert environments.installed(tmp_path) == {}


def test_an_unknown_environment_is_a_mistake(capsys):
    with pytest.raises(SystemExit):
        environments.main(["jaxx"])
    assert "there is no environment for 'jaxx'" in capsys.readouterr().err
