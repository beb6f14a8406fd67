"""A stranger's project, with packages of its own named `reports` and `suites`, uses the wheel."""

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parents[2]
ADAPTER = '''
"""An engine that lies in its own package, which is named as one of ours."""

from micrograd.engine import Value

from suites import HERE


class Mine:
    name, version = "mine", HERE
    ranks = {0}
    operators = "add subtract multiply divide negative"
    methods = "backward get_grad"

    def lift(self, array, requires_grad):
        return Value(float(array))

    def value(self, node):
        return node.data

    def grads(self, output, leaves):
        output.backward()
        return [x.grad for x in leaves]
'''
PYPROJECT = """
[tool.pytest.ini_options]
addopts = "--strict-markers --strict-config"
filterwarnings = ["error"]

[tool.gradassay]
engine = "adapters/mine.py:Mine"
profile = "smoke"
suite = ["ops", "state"]
accept = "accept.toml"
"""
ACCEPT = """
[[accept]]
check = "G6"
kind = "design"
reason = "a course shows them"
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the built wheel was installed."""
    built, folder = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    offline = ["--no-deps", "--no-build-isolation"]
    run([*pip, "wheel", *offline, "--wheel-dir", str(built), str(ROOT)])
    (wheel,) = built.glob("gradassay-*.whl")
    run([*pip, "install", "--no-deps", "--target", str(folder), str(wheel)])
    return folder


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stranger's project."""
    root = tmp_path_factory.mktemp("project")
    files = {
        "pyproject.toml": PYPROJECT,
        "accept.toml": ACCEPT,
        "adapters/mine.py": ADAPTER,
        "suites/__init__.py": 'HERE = "1.0 of the stranger"\n',
        "reports/__init__.py": 'raise RuntimeError("this is not the one")\n',
        "tests/test_own.py": "def test_own():\n    import suites\n    assert suites.HERE\n",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)
    return root


def run(
    command: list[str], cwd: Path | None = None, path: str = "", code: int = 0
) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": path, "PYTEST_ADDOPTS": ""}
    done = subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == code, done.stdout[-3000:] + done.stderr[-3000:]
    return done


def pytest_there(
    installed: Path, project: Path, *args: str, code: int = 0
) -> subprocess.CompletedProcess[str]:
    path = f"{installed}{os.pathsep}{project}"
    return run([sys.executable, "-m", "pytest", *args], project, path, code)


def test_the_projects_own_tests_run_as_if_nothing_were_there(
    installed: Path, project: Path
) -> None:
    done = pytest_there(installed, project, "-q", "tests")
    assert "1 passed" in done.stdout
    assert not (project / ".gradassay").exists()


def test_the_settings_name_the_engine(installed: Path, project: Path) -> None:
    junit = project / "junit.xml"
    args = ("-q", "-p", "no:cacheprovider", "--pyargs", "gradassay.suites")
    pytest_there(installed, project, *args, f"--junitxml={junit}", code=1)
    results = (project / ".gradassay" / "mine" / "results.jsonl").read_text()
    assert '"engine_version":"1.0 of the stranger"' in results
    suite = ElementTree.parse(junit).getroot()[0]
    assert int(suite.attrib["tests"]) > 40


def test_the_results_come_from_the_wheel(installed: Path, project: Path) -> None:
    shown = "import gradassay.suites as s, gradassay.reports as r; print(s.__file__, r.__file__)"
    done = run([sys.executable, "-c", shown], project, str(installed))
    assert done.stdout.count(str(installed)) == 2


def test_what_is_accepted_is_not_failed(installed: Path, project: Path) -> None:
    done = pytest_there(installed, project, "-q", "--pyargs", "gradassay.suites", code=1)
    assert "test_state[G8]" in done.stdout
    assert "test_state[G6]" not in done.stdout


def test_a_marker_narrows_the_run(installed: Path, project: Path) -> None:
    args = ("-q", "--pyargs", "gradassay.suites", "-m", "ops")
    done = pytest_there(installed, project, *args)
    assert "deselected" in done.stdout
    assert "test_state" not in done.stdout


def test_two_processes_find_the_same(installed: Path, project: Path) -> None:
    found = []
    for extra in ((), ("-n", "2")):
        args = ("-q", "--pyargs", "gradassay.suites", "-m", "ops", *extra)
        pytest_there(installed, project, *args)
        results = project / ".gradassay" / "mine" / "narrowed" / "results.jsonl"
        lines = results.read_text().splitlines()
        found.append(sorted(line for line in lines if '"record":"case"' in line))
    assert len(found[0]) > 100
    assert found[0] == found[1]


def test_importing_the_plugin_takes_no_time() -> None:
    measure = (
        "import pytest, time; s = time.process_time(); "
        "import gradassay.suites.plugin; print(time.process_time() - s)"
    )
    best = min(float(run([sys.executable, "-c", measure]).stdout) for _ in range(3))
    assert best < 0.05


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('engin = "torch"', "did you mean 'engine'?"),
        ('seed = "1"', "seed is '1', but should be a int"),
        ('engine = "nobody"', "there is no engine 'nobody'"),
    ],
)
def test_a_mistake_in_the_settings_is_one_clear_line(tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.gradassay]\n{line}\n")
    done = run([sys.executable, "-m", "gradassay", "check"], tmp_path, code=4)
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
