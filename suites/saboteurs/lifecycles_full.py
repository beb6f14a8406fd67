"""Faults that the other half of L4 catches: threads, `grad()`, several roots, copies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from weakref import WeakSet, WeakValueDictionary

from .patch import Breakage, attribute, together
from .saboteur import Saboteur

# ---- modes and flags ---------------------------------------------------------------------------


@contextmanager
def _one_for_all(engine: Any) -> Iterator[None]:
    """The mode of a thread that begins is what another thread has set last."""
    mode, no_grad = engine.modes.mode, engine.modes.no_grad
    enter, threads = no_grad.enter, type(mode)

    def for_all(self: Any) -> Any:
        before = enter(self)
        threads.recording = False
        return before

    with attribute(threads, "recording", True), attribute(no_grad, "enter", for_all):
        yield


def _inference_is_no_grad(engine: Any) -> AbstractContextManager[None]:
    return attribute(engine, "inference_mode", engine.no_grad)


def _if_all_do(engine: Any) -> AbstractContextManager[None]:
    """A result is recorded if all of its inputs are."""
    apply = engine.elementwise.apply

    def unless_constant(name: str, *inputs: Any, **params: Any) -> Any:
        out = apply(name, *inputs, **params)
        if not all(getattr(x, "requires_grad", True) for x in inputs):
            out.node = None
        return out

    return attribute(engine.elementwise, "apply", unless_constant)


def _leaf_is_constant(engine: Any) -> AbstractContextManager[None]:
    return attribute(engine.Tensor, "is_leaf", property(lambda self: not self.requires_grad))


def _turned_off_anywhere(engine: Any) -> AbstractContextManager[None]:
    flag = engine.Tensor.requires_grad

    def turn(self: Any, wanted: bool) -> None:
        if wanted:
            flag.fset(self, wanted)
        else:
            self.node = None

    return attribute(engine.Tensor, "requires_grad", property(flag.fget, turn))


def _only_as_a_block(engine: Any) -> AbstractContextManager[None]:
    def block(on: bool) -> Any:
        return engine.enable_grad() if on else engine.no_grad()

    return attribute(engine, "set_grad_enabled", block)


# ---- grad() ------------------------------------------------------------------------------------


def _grad(change: Callable[..., Any]) -> Breakage:
    """`change(right, outputs, inputs, **options)` in place of `grad`."""

    def apply(engine: Any) -> AbstractContextManager[None]:
        right = engine.autograd.grad

        def changed(outputs: Any, inputs: Any, **options: Any) -> Any:
            return change(right, outputs, inputs, **options)

        return attribute(engine.autograd, "grad", changed)

    return apply


def _by_backward(right: Any, outputs: Any, inputs: Any, **options: Any) -> Any:
    """A whole sweep comes first."""
    outputs.backward(retain_graph=True)
    return right(outputs, inputs, **options)


def _always_allowed(right: Any, outputs: Any, inputs: Any, **options: Any) -> Any:
    return right(outputs, inputs, **{"allow_unused": True, **options})


def _always_recorded(right: Any, outputs: Any, inputs: Any, **options: Any) -> Any:
    return right(outputs, inputs, **{**options, "create_graph": True})


def _to_the_first_input(engine: Any) -> AbstractContextManager[None]:
    """A sweep for `grad` goes no further down than an inner node that is asked for."""
    leading_to = engine.sweep.leading_to

    def stopping(wanted: Any, roots: Any) -> Any:
        inner = {node for node in wanted if node.rule is not None}
        return leading_to(inner or wanted, roots)

    return attribute(engine.sweep, "leading_to", stopping)


def _by_expression(engine: Any) -> AbstractContextManager[None]:
    """An op on the same inputs as before gets the node that it had before."""
    node = engine.apply.Node
    known: WeakValueDictionary[Any, Any] = WeakValueDictionary()

    def once(out: Any, rule: Any, parents: Any, *rest: Any) -> Any:
        key = rule.name, parents
        return (
            known[key] if key in known else known.setdefault(key, node(out, rule, parents, *rest))
        )

    return attribute(engine.apply, "Node", once)


# ---- roots and graphs --------------------------------------------------------------------------


def _into_all(engine: Any) -> AbstractContextManager[None]:
    """`inputs=` is taken and not looked at."""
    backward = engine.autograd.backward

    def everywhere(tensors: Any, *options: Any) -> None:
        backward(tensors, *options[:3])

    return attribute(engine.autograd, "backward", everywhere)


def _rooted(change: Callable[[list[Any]], list[Any]]) -> Breakage:
    """Roots and seeds, changed before a sweep."""

    def apply(engine: Any) -> AbstractContextManager[None]:
        rooted = engine.autograd.rooted
        return attribute(engine.autograd, "rooted", lambda *given: change(rooted(*given)))

    return apply


def _root_by_root(engine: Any) -> AbstractContextManager[None]:
    """Several roots are swept one after the other, each freeing its graph."""
    backward = engine.autograd.backward

    def each(tensors: Any, seeds: Any = None, *options: Any) -> None:
        roots = engine.autograd.listed(tensors)
        given = seeds if isinstance(seeds, list) else [seeds] * len(roots)
        for root, seed in zip(roots, given, strict=True):
            backward(root, seed, *options)

    return attribute(engine.autograd, "backward", each)


def _any_gradient(engine: Any) -> AbstractContextManager[None]:
    grad = engine.Tensor.grad

    def assign(self: Any, value: Any) -> None:
        self.node.grad = value

    return attribute(engine.Tensor, "grad", property(grad.fget, assign))


def _detached_clone(engine: Any) -> AbstractContextManager[None]:
    clone = engine.Tensor.clone
    return attribute(engine.Tensor, "clone", lambda self: clone(self).detach())


def _freed_by_root(engine: Any) -> AbstractContextManager[None]:
    """A sweep notes at its root alone that the graph was freed."""
    backward = engine.autograd.backward
    swept: WeakSet[Any] = WeakSet()

    def noting(x: Any, seed: Any = None, retain_graph: Any = None, *options: Any) -> None:
        if x.node in swept:
            raise RuntimeError("this graph was freed")
        backward(x, seed, True, *options)
        swept.update(() if retain_graph else (x.node,))

    return attribute(engine.autograd, "backward", noting)


def _whole_tape(engine: Any) -> AbstractContextManager[None]:
    """A sweep frees every graph there is."""
    node, backward = engine.apply.Node, engine.autograd.backward
    tape: WeakSet[Any] = WeakSet()

    def recorded(*args: Any) -> Any:
        made = node(*args)
        tape.add(made)
        return made

    def freeing(*args: Any) -> None:
        backward(*args)
        for made in tape:
            made.saved = None

    return together(
        attribute(engine.apply, "Node", recorded), attribute(engine.autograd, "backward", freeing)
    )


def _not_in_no_grad(engine: Any) -> AbstractContextManager[None]:
    backward = engine.autograd.backward

    def unless_off(*args: Any) -> None:
        if engine.is_grad_enabled():
            backward(*args)

    return attribute(engine.autograd, "backward", unless_off)


# ---- out of the graph --------------------------------------------------------------------------


def _silent_export(engine: Any) -> AbstractContextManager[None]:
    numpy = engine.Tensor.numpy
    return attribute(engine.Tensor, "numpy", lambda self: numpy(self.detach()))


def _without_gradient(engine: Any) -> AbstractContextManager[None]:
    deep = engine.Tensor.__deepcopy__

    def copied(self: Any, memo: Any) -> Any:
        made = deep(self, memo)
        made.grad = None
        return made

    return attribute(engine.Tensor, "__deepcopy__", copied)


def _without_flag(engine: Any) -> AbstractContextManager[None]:
    """What is pickled has lost its flag."""
    reduce = engine.Tensor.__reduce_ex__

    def reduced(self: Any, protocol: Any) -> Any:
        return reduce(self.detach(), protocol)

    return attribute(engine.Tensor, "__reduce_ex__", reduced)


def _lost_data(engine: Any) -> AbstractContextManager[None]:
    return attribute(engine.Tensor, "data", property(lambda self: self.detach().clone()))


ROWS = (
    Saboteur("one_for_all", "the mode that one thread sets is the one in which others begin",
             "modes", "state", _one_for_all, check="G17"),
    Saboteur("inference_is_no_grad", "inference_mode is no_grad by another name",
             "modes", "state", _inference_is_no_grad, check="G18"),
    Saboteur("if_all_do", "a result is recorded only if all of its inputs are",
             "graphs", "state", _if_all_do, check="G19"),
    Saboteur("leaf_is_constant", "what requires a gradient is taken for an inner node",
             "graphs", "state", _leaf_is_constant, check="G20"),
    Saboteur("turned_off", "requires_grad can be turned off on an inner node, and cuts its graph",
             "graphs", "state", _turned_off_anywhere, check="G21"),
    Saboteur("by_backward", "grad() sweeps into every leaf besides",
             "accumulation", "state", _grad(_by_backward), check="G22"),
    Saboteur("always_allowed", "grad() gives none for an input that was not used, and no error",
             "graphs", "state", _grad(_always_allowed), check="G23 G25"),
    Saboteur("to_the_first", "grad() goes no further than the first of its inputs",
             "graphs", "state", _to_the_first_input, check="G24"),
    Saboteur("by_expression", "an expression that is computed anew gets the node of the old one",
             "graphs", "state", _by_expression, check="G25"),
    Saboteur("into_all", "a sweep into chosen inputs goes into all",
             "accumulation", "state", _into_all, check="G26"),
    Saboteur("first_root", "of several roots only the first is swept",
             "seeds", "state", _rooted(lambda seeds: seeds[:1]), check="G27"),
    Saboteur("root_by_root", "roots are swept in turn, and the first frees what the next needs",
             "seeds", "state", _root_by_root, check="G28 G29"),
    Saboteur("roots_as_keys", "seeds are kept by root, so that of a root given twice one is left",
             "seeds", "state", _rooted(lambda seeds: list(dict(seeds).items())), check="G29"),
    Saboteur("any_gradient", "anything can be assigned as a gradient",
             "memory", "state", _any_gradient, check="G30"),
    Saboteur("detached_clone", "a clone has no graph",
             "graphs", "state", _detached_clone, check="G31"),
    Saboteur("freed_by_root", "only the root of a graph knows that the graph was swept",
             "graphs", "state", _freed_by_root, check="G32"),
    Saboteur("whole_tape", "a sweep frees every graph, those of others too",
             "graphs", "state", _whole_tape, check="G33"),
    Saboteur("not_in_no_grad", "a sweep inside no_grad does nothing",
             "modes", "state", _not_in_no_grad, check="G34"),
    Saboteur("always_recorded", "every gradient has a graph",
             "graphs", "state", _grad(_always_recorded), check="G35"),
    Saboteur("silent_export", "what is recorded goes to numpy without a word",
             "graphs", "state", _silent_export, check="G36"),
    Saboteur("without_gradient", "a deep copy has lost its gradient",
             "memory", "state", _without_gradient, check="G37"),
    Saboteur("without_flag", "what was pickled no longer requires a gradient",
             "graphs", "state", _without_flag, check="G38"),
    Saboteur("lost_data", "data is a copy, so what is written through it is lost",
             "memory", "state", _lost_data, check="G39"),
    Saboteur("only_as_a_block", "set_grad_enabled does nothing where it is no block",
             "modes", "state", _only_as_a_block, check="G40"),
)  # fmt: skip
