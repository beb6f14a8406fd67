"""The pytest plugin: `pytest --pyargs gradassay.suites --engine ENGINE` checks an engine.

Imported by every pytest run of whoever has gradassay installed, so it only adds options; the rest
is loaded when `--engine` is given.
"""

from __future__ import annotations

from pathlib import Path

import pytest

PROFILES = ("smoke", "quick", "full")
SUITES = ("ops", "graphs", "numerics", "state", "training", "performance")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the group gradassay."""
    group = parser.getgroup("gradassay", "check an autograd engine")
    add = group.addoption
    add("--engine", metavar="ENGINE", help="a bundled name, package.module:attr, path/file.py:attr")
    add("--assay-profile", choices=PROFILES, help="how much (default: quick)")
    add("--assay-seed", type=int, metavar="N", help="seed of all programs (default: 0)")
    add("--assay-suite", action="append", metavar="S", help="a suite; repeat for several")
    add("--assay-only", metavar="OPS", help="these ops only, separated by commas")
    add("--assay-dtype", action="append", metavar="D", help="dtype; repeat for several")
    add("--assay-device", metavar="D", help="device (default: cpu)")
    add("--assay-accept", metavar="FILE", help="an accept.toml of known differences")
    add("--assay-baseline", metavar="RESULTS", help="an earlier run to compare with")
    add("--assay-grade", metavar="G", help="pass if this grade is reached")
    add("--assay-python", metavar="PATH", help="the interpreter that has the engine")
    add("--assay-in-process", action="store_true", help="no process of its own, for a debugger")
    add("--assay-out", metavar="DIR", help="where results go (default: .gradassay/ENGINE; of a run "
        "that the command narrows: narrowed/ in it)")  # fmt: skip
    add("--assay-command", metavar="TEXT", help="how this run was started, for the report")


def pytest_configure(config: pytest.Config) -> None:
    """Open the engine, if one is named: by an option, or in the project's pyproject.toml."""
    for suite in SUITES:
        config.addinivalue_line("markers", f"{suite}: the suite {suite} of gradassay")
    option = config.option
    wanted = any("gradassay.suites" in arg for arg in config.args)
    if not option.engine and not wanted:
        return
    from ..oracles.program import ProgramError
    from ..reports.records import RecordsError
    from .adapter import EngineError
    from .settings import settings

    try:
        said = {name for name, value in vars(option).items() if value is not None}
        for key, value in settings(config.invocation_params.dir).items():
            name = "engine" if key == "engine" else f"assay_{key}"
            if name not in said:
                setattr(option, name, value)
        if option.engine:
            from .assay import Assay

            config.pluginmanager.register(Assay(config, said), "gradassay-assay")
    except (EngineError, ProgramError, RecordsError) as error:
        raise pytest.UsageError(f"gradassay: {error}") from None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A suite without an engine is a mistake, not a skip; timing is done when asked for by name."""
    home = Path(__file__).parent
    timed = [item for item in items if home / "performance" in item.path.parents]
    if timed and not any("performance" in arg for arg in config.args):
        items[:] = [item for item in items if item not in timed]
    if any(home in item.path.parents for item in items) and not config.getoption("--engine"):
        raise pytest.UsageError(
            "gradassay: which engine? Give --engine ENGINE, or name it in [tool.gradassay]"
        )
