"""The map of the code, held by tests: who may import whom, and what must not be there."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("gradassay", "reference_engine", "oracles", "reports", "suites")
FILES = sorted(f for package in PACKAGES for f in (ROOT / package).rglob("*.py"))
MAY = {  # package: the packages of ours that it may import
    "gradassay": {"gradassay", "oracles", "reports", "suites", "reference_engine"},
    "reference_engine": {"reference_engine"},
    "oracles": {"oracles"},
    "reports": {"reports"},
    "suites": {"suites", "oracles", "reports"},
}
ADAPTER_OF_THE_REFERENCE = ROOT / "suites" / "engines" / "reference.py"
CORE = ("graph", "sweep", "broadcast", "apply", "autograd", "modes")
FIRST_RULES = ("__init__", "table", "elementwise", "reductions", "shapes", "linear_algebra")
DERIVATIVE = re.compile(r"grad(?!assay)|vjp|jvp|cotangent|backward|adjoint|derivative", re.I)
MACHINE = re.compile(r"(?<![\w.])/(home|Users|root|srv)/\w")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path, text: ast.AST | None = None) -> set[str]:
    """Full dotted names, relative imports resolved as they install."""
    relative = path.relative_to(ROOT).with_suffix("").parts
    package = (*(() if relative[0] == "gradassay" else ("gradassay",)), *relative)
    package = package[:-1]
    found = set()
    for node in ast.walk(text or tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*above, *([node.module] if node.module else [])])
            found |= {f"{base}.{alias.name}" for alias in node.names}
    return found


def ours(path: Path, text: ast.AST | None = None) -> set[str]:
    """Which of our packages a file imports."""
    parts = [i.split(".") for i in imports(path, text) if i.split(".")[0] == "gradassay"]
    return {p[1] if len(p) > 1 and p[1] in PACKAGES else "gradassay" for p in parts}


def strangers(path: Path, text: ast.AST | None = None) -> set[str]:
    allowed = MAY[path.relative_to(ROOT).parts[0]]
    if path == ADAPTER_OF_THE_REFERENCE:
        allowed = {"reference_engine"}
    return ours(path, text) - allowed


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_file_imports_only_what_the_map_allows(path):
    assert not strangers(path)


@pytest.mark.parametrize(
    ("where", "line", "stranger"),
    [
        ("oracles/kit.py", "from ..suites import run", "suites"),
        ("oracles/kit.py", "from gradassay.reports import records", "reports"),
        ("oracles/vocabulary/op.py", "from ...reference_engine import graph", "reference_engine"),
        ("reports/text.py", "def f():\n    import gradassay.oracles.kit", "oracles"),
        ("suites/run.py", "import gradassay.reference_engine", "reference_engine"),
        ("reference_engine/graph.py", "from .. import oracles", "oracles"),
        ("suites/engines/reference.py", "from ...oracles import kit", "oracles"),
    ],
)
def test_a_forbidden_import_is_seen(where, line, stranger):
    assert strangers(ROOT / where, ast.parse(line)) == {stranger}


@pytest.mark.parametrize("path", FILES, ids=name)
def test_no_file_imports_tests(path):
    assert not {i for i in imports(path) if i.split(".")[0] in ("tests", "conftest")}


@pytest.mark.parametrize("path", FILES, ids=name)
def test_no_file_imports_a_folder_by_its_bare_name(path):
    """`import reports` would be the user's."""
    bare = {i.split(".")[0] for i in imports(path)}
    assert not bare & (set(PACKAGES) - {"gradassay"})


STANDARD = set(sys.stdlib_module_names)


def third_parties(folder: str) -> set[str]:
    files = [f for f in FILES if f.relative_to(ROOT).parts[0] == folder]
    every = {i.split(".")[0] for f in files for i in imports(f)}
    return every - STANDARD - {"gradassay"}


def test_the_reports_need_no_numbers():
    assert third_parties("reports") <= {"msgspec", "graphviz_pure", "graphviz"}


def test_the_reference_engine_needs_numpy_and_no_more():
    assert third_parties("reference_engine") <= {"numpy", "torch", "array_api_compat"}


def test_the_worker_needs_numpy_and_the_standard_library():
    worker = ROOT / "suites" / "worker.py"
    assert {i.split(".")[0] for i in imports(worker)} - STANDARD <= {"numpy"}


IN_WORKER = sorted((ROOT / "suites" / "checks" / "in_worker").glob("*.py"))
ELSEWHERE = [ROOT / "suites" / "worker.py", ROOT / "suites" / "guard.py", *IN_WORKER]


@pytest.mark.parametrize("path", ELSEWHERE, ids=name)
def test_what_runs_elsewhere_is_python_3_8(path):
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))


@pytest.mark.parametrize("path", IN_WORKER, ids=name)
def test_functions_in_the_worker_need_the_standard_library(path):
    assert {i.split(".")[0] for i in imports(path)} - STANDARD <= {"gradassay"}


def test_newer_syntax_would_be_seen():
    with pytest.raises(SyntaxError):
        ast.parse("match x:\n    case 1: pass", feature_version=(3, 8))


@pytest.mark.parametrize("path", sorted((ROOT / "oracles" / "vocabulary").glob("*.py")), ids=name)
def test_the_vocabulary_knows_no_derivative(path):
    assert not [word for word in words(tree(path)) if DERIVATIVE.search(word)]


def words(text: ast.AST) -> set[str]:
    """Names, attributes, keywords and functions of code; texts and comments are free."""
    found = set()
    for node in ast.walk(text):
        found |= {getattr(node, k) for k in ("id", "attr", "arg", "name") if hasattr(node, k)}
    return {w for w in found if isinstance(w, str)} - {"differentiable"}


@pytest.mark.parametrize("line", ["x.grad", "def sin_vjp(g): pass", "f(backward=1)"])
def test_a_derivative_would_be_seen(line):
    assert [word for word in words(ast.parse(line)) if DERIVATIVE.search(word)]


def test_the_core_of_the_reference_engine_is_small():
    files = [ROOT / "reference_engine" / f"{n}.py" for n in CORE]
    files += [ROOT / "reference_engine" / "rules" / f"{n}.py" for n in FIRST_RULES]
    assert sum(map(code_lines, files)) <= 700


def code_lines(path: Path) -> int:
    """Lines that are neither empty, nor comment, nor docstring."""
    text, skip = tree(path), set()
    for node in ast.walk(text):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skip |= set(range(node.lineno, (node.end_lineno or 0) + 1))
    lines = enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
    return sum(
        bool(t.strip()) and not t.strip().startswith("#") and n not in skip for n, t in lines
    )


FORBIDDEN = {"eval", "exec", "compile", "__import__"}
UNSAFE = {"pickle", "marshal", "shelve", "dill", "cloudpickle"}


def dangers(text: ast.AST) -> list[str]:
    calls = [n.func for n in ast.walk(text) if isinstance(n, ast.Call)]
    return [c.id for c in calls if isinstance(c, ast.Name) and c.id in FORBIDDEN]


OWN = ROOT / "suites" / "checks" / "in_worker" / "copies.py"
"""Reads a pickle of an engine's tensor that it has just made itself (G38)."""


@pytest.mark.parametrize("path", FILES, ids=name)
def test_no_text_is_run_and_nothing_is_unpickled(path):
    assert not dangers(tree(path))
    if path != OWN:
        assert not {i.split(".")[0] for i in imports(path)} & UNSAFE


@pytest.mark.parametrize("line", ["eval('1')", "x = [exec(s) for s in y]"])
def test_running_text_would_be_seen(line):
    assert dangers(ast.parse(line))


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_file_is_read_in_one_sitting(path):
    if path.name != "worker.py":
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def tracked() -> list[Path]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    files = [ROOT / f for f in done.stdout.decode().split("\0") if f]
    return [f for f in files if f.is_file() and f.suffix not in (".png", ".gz")]


def test_no_tracked_file_has_a_path_of_some_machine():
    if not (ROOT / ".git").exists():
        pytest.skip("no checkout")
    found = [
        f"{name(f)}:{n}: {line.strip()[:100]}"
        for f in tracked()
        for n, line in enumerate(f.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if MACHINE.search(line) and f != Path(__file__)
    ]
    assert not found


@pytest.mark.parametrize("line", ['open("/home/ada/x")', "see /Users/ada"])
def test_a_path_of_some_machine_would_be_seen(line):
    assert MACHINE.search(line)


def test_every_package_is_installed():
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed = set(config["tool"]["setuptools"]["packages"])
    folders = {f.parent.relative_to(ROOT) for f in FILES if f.name == "__init__.py"}
    there = {
        ".".join(f.parts if f.parts[0] == "gradassay" else ("gradassay", *f.parts)) for f in folders
    }
    assert listed == there


def test_what_is_imported_is_declared():
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needs = [
        *config["dependencies"],
        *chain.from_iterable(config["optional-dependencies"].values()),
    ]
    declared = {re.split(r"[\[>=<]", n)[0].replace("-", "_") for n in needs}
    declared |= {"flint" if d == "python_flint" else d for d in declared}
    assert set().union(*map(third_parties, PACKAGES)) - declared <= OPTIONAL


OPTIONAL = {"dezero", "jax", "mlx", "mygrad", "pytensor", "smallpebble", "tensorflow", "tinygrad"}
"""Engines that a user brings."""
