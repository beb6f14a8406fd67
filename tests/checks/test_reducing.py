"""Scripts reduced: they still differ in the same way, and another engine vouches for them."""

from gradassay.suites.checks import CLAUSES
from gradassay.suites.checks.judge import Finding
from gradassay.suites.checks.reduce import reduced, without
from gradassay.suites.checks.script import Builder, Script


def vouch(script: Script) -> Finding:
    return Finding("holds")


def story() -> Script:
    s = Builder()
    x = s.leaf(3.0)
    s.call("multiply", x, x)
    s.enter("no_grad")
    y = s.call("add", x, x)
    s.leave()
    s.equals(s.value(x), 3.0)
    s.equals(s.value(y), 6.0)
    return s.script()


def verbs(script: Script) -> list[str]:
    return [step.verb for step in script.steps]


def test_a_step_goes_with_all_that_depends_on_it() -> None:
    cut = without(story(), 3)
    assert verbs(cut) == ["leaf", "call", "enter", "leave", "value"]
    assert [e.step for e in cut.expected] == [4]


def test_a_block_loses_both_ends() -> None:
    for end in (2, 4):
        assert verbs(without(story(), end)) == ["leaf", "call", "call", "value", "value"]


def test_what_the_difference_does_not_need_goes() -> None:
    def play(script: Script) -> Finding:
        wrong = any(step.given.get("op") == "add" for step in script.steps)
        return Finding("differs", got="7.") if wrong else Finding("holds")

    assert verbs(reduced(story(), play, vouch)) == ["leaf", "call", "value"]


def test_another_difference_is_not_taken_for_this_one() -> None:
    def play(script: Script) -> Finding:
        return Finding("differs", got=f"{len(script.steps)} {len(script.expected)}")

    assert reduced(story(), play, vouch) == story()


def test_nothing_goes_that_the_witness_needs() -> None:
    script = CLAUSES["G8"].script()

    def doubtful(shorter: Script) -> Finding:
        return Finding("holds" if shorter == script else "differs")

    assert reduced(script, lambda s: Finding("differs"), doubtful) == script
