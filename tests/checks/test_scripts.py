"""Scripts are data: they travel as JSON and read like a program."""

import msgspec
import pytest
from gradassay.oracles.vocabulary import VOCABULARY
from gradassay.suites.checks import CLAUSES
from gradassay.suites.checks.script import Builder, Offer, Script, Step
from gradassay.suites.worker import VERBS

FULL = Offer(verbs=frozenset(VERBS), ops=frozenset([*VOCABULARY, "grad"]))


def scripts() -> list[tuple[str, Script]]:
    """Every clause's script, for an engine that offers nothing and for one that offers all."""
    offers = {"bare": Offer(), "full": FULL}
    return [(f"{c.id} {n}", c.script(o)) for c in CLAUSES.values() for n, o in offers.items()]


@pytest.mark.parametrize(("name", "script"), scripts(), ids=lambda x: x if type(x) is str else "")
def test_a_script_comes_back_from_json_as_it_was(name: str, script: Script) -> None:
    again = msgspec.json.decode(script.to_json(), type=Script)
    assert again.to_json() == script.to_json()
    assert (again.id, str(again)) == (script.id, str(script))


def test_scripts_that_differ_have_other_ids() -> None:
    ids = {str(script): script.id for _, script in scripts()}
    assert len(set(ids.values())) == len(ids)


@pytest.mark.parametrize(("name", "script"), scripts(), ids=lambda x: x if type(x) is str else "")
def test_a_step_takes_only_what_came_before(name: str, script: Script) -> None:
    for k, step in enumerate(script.steps):
        assert all(ref < k for ref in step.refs)
    assert all(0 <= e.step < len(script.steps) for e in script.expected)


def test_the_text_reads_like_a_program() -> None:
    s = Builder()
    x = s.leaf([1.0, 2.0])
    s.enter("no_grad")
    y = s.call("add", 1.0, x)
    s.leave(raising=True)
    s.backward(s.call("sum", y, axis=0), retain_graph=True)
    s.absent(s.get_grad(x), "nothing was recorded")
    s.raises(s.step("detach", y))
    assert str(s.script()).splitlines() == [
        "x = leaf([1., 2.], requires_grad=True)",
        "with no_grad():",
        "    v2 = add(1.0, x)",
        "(the block ends by an exception)",
        "v4 = sum(v2, axis=0)",
        "v4.backward(retain_graph=True)",
        "v6 = x.grad",
        "v7 = v2.detach()",
        "expect v6 is none (nothing was recorded)",
        "expect `v2.detach()` raises",
    ]


def test_a_step_without_a_result_is_called_by_what_it_does() -> None:
    s = Builder()
    x = s.leaf([1.0, 2.0])
    s.raises(s.step("set_requires_grad", x, value=False))
    s.raises(s.step("set_grad", x, s.constant([1.0])))
    s.raises(s.step("set_item", x, s.constant(5.0), key=[0]))
    assert str(s.script()).splitlines()[-3:] == [
        "expect `x.requires_grad = False` raises",
        "expect `x.grad = y` raises",
        "expect `x[0] = z` raises",
    ]


def test_a_script_says_what_it_needs() -> None:
    s = Builder()
    x, seed = s.leaf([1.0, 2.0]), s.constant([1.0, 1.0], dtype="float32")
    s.enter("no_grad")
    s.backward(s.call("multiply", x, x), seed, create_graph=True)
    script = s.script()
    assert script.ops == ("multiply",)
    assert script.verbs == ("no_grad", "backward", "seed", "create_graph")
    assert (script.ranks, script.dtypes) == ({1}, {"float32"})


def test_an_offer_knows_the_slots_of_plain_numbers() -> None:
    offer = Offer(ops=frozenset(["pow", "add"]), static={"pow": (1,)})
    number = Builder()
    number.call("pow", number.leaf(2.0), 3.0)
    (_, step) = number.script().steps
    assert isinstance(step, Step)
    assert offer.takes("pow", *step.of)
    assert offer.takes("add", 0, 1)
    assert not offer.takes("pow", 0, 1)
    assert not offer.takes("exp", 0)
