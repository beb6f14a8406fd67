"""The standard on engines as they are: it holds on PyTorch and on the reference engine."""

import resource

import pytest
from gradassay.oracles.vocabulary import VOCABULARY
from gradassay.reports.records import Check
from gradassay.suites.adapter import op_table
from gradassay.suites.checks import CLAUSES
from gradassay.suites.checks.examine import Examiner, exact
from gradassay.suites.host import open_engine

OPS = op_table(VOCABULARY)
CLEAN = ("torch", "reference")
SECONDS = 15.0
Said = dict[str, dict[str, Check]]
Timed = dict[str, tuple[dict[str, Check], float]]


def cpu_seconds() -> float:
    """What this process and the workers that it has ended have taken."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def examined(engine: str, *names: str) -> dict[str, Check]:
    """Some checks, or all, on an engine in a worker."""
    with open_engine(engine, OPS) as handle:
        examiner = Examiner(handle)
        return {name: examiner.check(CLAUSES[name]) for name in names or CLAUSES}


@pytest.fixture(scope="module")
def timed() -> Timed:
    """What the checks say of engines that are taken to be right, and the CPU seconds it took."""

    def run(engine: str) -> tuple[dict[str, Check], float]:
        before = cpu_seconds()
        return examined(engine), cpu_seconds() - before

    return {engine: run(engine) for engine in CLEAN}


@pytest.fixture(scope="module")
def said(timed: Timed) -> Said:
    """What the checks say."""
    return {engine: found for engine, (found, _) in timed.items()}


@pytest.mark.parametrize("check", CLAUSES)
@pytest.mark.parametrize("engine", CLEAN)
def test_it_holds_or_is_not_applicable_with_a_reason(said: Said, engine: str, check: str) -> None:
    found = said[engine][check]
    assert found.outcome in ("holds", "not applicable"), found.message
    assert found.message or found.outcome == "holds"


@pytest.mark.parametrize("check", CLAUSES)
def test_one_of_them_at_least_is_asked(said: Said, check: str) -> None:
    assert "holds" in {said[engine][check].outcome for engine in CLEAN}


@pytest.mark.parametrize("engine", CLEAN)
def test_all_of_it_takes_seconds(timed: Timed, engine: str) -> None:
    assert timed[engine][1] < SECONDS


@pytest.fixture(scope="module")
def micrograd() -> dict[str, Check]:
    """What the checks say of micrograd."""
    return examined("micrograd", "G8", "G9", "T3", "G14")


def test_a_second_sweep_of_micrograd_differs_and_the_hint_says_why(
    micrograd: dict[str, Check],
) -> None:
    found = micrograd["G8"]
    assert found.outcome == "differs"
    assert "x.grad is 324., which is none of adds (216.), replaces (108.)" in found.message
    assert "inner nodes still hold what the first sweep left in them" in found.hint
    assert "v2.backward()" in found.text


def test_what_rests_on_a_check_that_differs_is_blocked(micrograd: dict[str, Check]) -> None:
    assert micrograd["G9"].outcome == "blocked"
    assert "G8" in micrograd["G9"].message


def test_what_an_engine_cannot_have_is_named(micrograd: dict[str, Check]) -> None:
    assert micrograd["T3"].message == "the engine takes arrays of rank 0 alone"
    assert micrograd["G14"].message == "the engine offers no no_grad"


def test_a_second_sweep_that_silently_does_nothing_differs() -> None:
    found = examined("mygrad", "G8")["G8"]
    assert found.outcome == "differs"
    assert "x.grad is 5." in found.message


def test_a_functional_engine_is_asked_for_gradients() -> None:
    said = examined("autograd", "S1", "S4", "T6", "T13", "T14", "G1")
    assert said.pop("G1").message.startswith("the engine offers no backward")
    assert {found.outcome for found in said.values()} == {"holds"}


@pytest.mark.parametrize(
    ("dtypes", "taken"),
    [
        (["float32", "float64"], "float32"),
        (["bfloat16", "float64"], "float64"),
        (["float16"], "float16"),
    ],
)
def test_half_precision_is_taken_where_there_is_no_other(dtypes: list[str], taken: str) -> None:
    assert exact(dtypes) == taken
