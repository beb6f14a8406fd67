"""`Module`: a function with parameters. They are found by looking at its attributes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from ..modes import no_grad
from ..tensors import Tensor


class Parameter(Tensor):
    """A leaf that a module learns: `Module.parameters` finds it."""

    __slots__ = ()

    def __init__(self, data: Tensor, requires_grad: bool = True) -> None:
        """A parameter in the memory of `data`."""
        super().__init__(data.detach().array)
        self.requires_grad_(requires_grad)

    def __deepcopy__(self, memo: dict[int, Any]) -> Parameter:
        """A parameter in memory of its own, with a copy of its gradient."""
        made = memo[id(self)] = Parameter(self.detach().clone(), self.requires_grad)
        if self.grad is not None:
            made.grad = self.grad.detach().clone()
        return made

    def __repr__(self) -> str:
        """As PyTorch shows a parameter."""
        return "Parameter containing:\n" + super().__repr__()


class Loaded(NamedTuple):
    """What a state and a module do not have in common."""

    missing_keys: list[str]
    unexpected_keys: list[str]


class Module:
    """A function with parameters: subclasses set them, and other modules, as attributes.

    >>> from gradassay.reference_engine import nn
    >>> class Twice(nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.inner = nn.Linear(2, 2)
    ...     def forward(self, x):
    ...         return self.inner(self.inner(x))
    >>> [name for name, _ in Twice().named_parameters()]
    ['inner.weight', 'inner.bias']
    """

    training = True

    def __init__(self) -> None:
        """Without parameters so far."""
        self._buffers: dict[str, bool] = {}  # by name, whether it is kept in the state

    def __setattr__(self, name: str, value: Any) -> None:
        """Raises TypeError where a parameter would be lost: `m.w = m.w - step` makes a tensor."""
        lost = isinstance(value, Tensor) and not isinstance(value, Parameter)
        if lost and isinstance(getattr(self, name, None), Parameter):
            raise TypeError(
                f"{name} is a parameter, and a tensor is none; write into it under no_grad(), or "
                "assign nn.Parameter(x)"
            )
        super().__setattr__(name, value)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes."""
        raise NotImplementedError(f"{type(self).__name__} has no forward")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The same as `forward`."""
        return self.forward(*args, **kwargs)

    # What it consists of.

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Set a tensor that is not learned, but belongs to the module and to its state."""
        self._buffers[name] = persistent
        setattr(self, name, tensor)

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Set a parameter, or None for one that this module does without."""
        setattr(self, name, param)

    def add_module(self, name: str, module: Module | None) -> None:
        """Set a module that is a part of this one."""
        setattr(self, name, module)

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules that are attributes of this one."""
        return ((name, v) for name, v in vars(self).items() if isinstance(v, Module))

    def children(self) -> Iterator[Module]:
        """As `named_children`, without names."""
        return (child for _, child in self.named_children())

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """This module and all below it, by their paths; one that is used twice comes once."""
        return unique(self._paths(prefix))

    def modules(self) -> Iterator[Module]:
        """As `named_modules`, without paths."""
        return (module for _, module in self.named_modules())

    def _paths(self, prefix: str) -> Iterator[tuple[str, Module]]:
        yield prefix, self
        for name, child in self.named_children():
            yield from child._paths(joined(prefix, name))

    def named_parameters(
        self, prefix: str = "", recurse: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """The parameters by their paths; one that is used twice comes once."""
        return unique(self._tensors(prefix, recurse, own_parameters))

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """As `named_parameters`, without paths: what an optimizer is given."""
        return (p for _, p in self.named_parameters(recurse=recurse))

    def named_buffers(self, prefix: str = "", recurse: bool = True) -> Iterator[tuple[str, Tensor]]:
        """The buffers by their paths."""
        return unique(self._tensors(prefix, recurse, own_buffers))

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """As `named_buffers`, without paths."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def _tensors(
        self, prefix: str, recurse: bool, own: Callable[[Module], dict[str, Any]]
    ) -> Iterator[tuple[str, Any]]:
        for path, module in self._paths(prefix) if recurse else [(prefix, self)]:
            yield from ((joined(path, name), x) for name, x in own(module).items())

    # Its state.

    def state_dict(self) -> dict[str, Tensor]:
        """Parameters and buffers by their paths, detached, in the memory of the module."""
        return {path: x.detach() for path, x in self._tensors("", True, own_state)}

    def load_state_dict(self, state_dict: Mapping[str, Tensor], strict: bool = True) -> Loaded:
        """Write a state into the parameters and buffers.

        Raises RuntimeError, before anything is written, for other shapes and, if `strict`, for
        paths that only one of both has.
        """
        own = dict(self._tensors("", True, own_state))
        both = [path for path in own if path in state_dict]
        unknown = [path for path in state_dict if path not in own]
        found = Loaded([path for path in own if path not in state_dict], unknown)
        if strict and any(found):
            raise RuntimeError(f"the state lacks {found[0]}, and the module knows no {found[1]}")
        for path in both:
            if own[path].shape != state_dict[path].shape:
                raise RuntimeError(
                    f"{path} has shape {own[path].shape}, but {state_dict[path].shape} in the state"
                )
        with no_grad():
            for path in both:
                own[path].copy_(state_dict[path])
        return found

    # What is done to all of it.

    def apply(self, fn: Callable[[Module], Any]) -> Module:
        """Call `fn` on each module, the inner ones first."""
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    def train(self, mode: bool = True) -> Module:
        """Let dropout and batch norm work as in training, or as in use."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Module:
        """The same as `train(False)`."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Module:
        """Let the parameters be learned, or freeze them."""
        for p in self.parameters():
            p.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients, or make them 0."""
        clear(self.parameters(), set_to_none)

    def to(self, *args: Any, **kwargs: Any) -> Module:
        """Bring parameters and buffers to another device, or those that are real to a dtype."""
        for x in [*self.parameters(), *self.buffers()]:
            moved = x.detach().to(*args, **kwargs)
            counts = x.dtype.kind != "f"  # and stays a count in every dtype
            renew(x, x.detach().to(moved.device) if counts else moved)
        return self

    def double(self) -> Module:
        """In float64."""
        return self.to(dtype="float64")

    def float(self) -> Module:
        """In float32."""
        return self.to(dtype="float32")

    def extra_repr(self) -> str:
        """What stands in the brackets."""
        return ""

    def __repr__(self) -> str:
        """The modules, one a line, indented by depth."""
        rows = [f"({name}): {child!r}" for name, child in self.named_children()]
        inner = "".join("\n  " + row.replace("\n", "\n  ") for row in rows)
        inside = inner + "\n" if rows else self.extra_repr()
        return f"{type(self).__name__}({inside})"


def joined(path: str, name: str) -> str:
    """A path with one name more."""
    return f"{path}.{name}" if path else name


def unique(pairs: Iterator[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Each object once, by its first path."""
    seen: set[int] = set()
    for path, x in pairs:
        if id(x) not in seen:
            seen.add(id(x))
            yield path, x


def own_parameters(module: Module) -> dict[str, Parameter]:
    """The parameters that are attributes of this very module."""
    return {name: v for name, v in vars(module).items() if isinstance(v, Parameter)}


def own_buffers(module: Module) -> dict[str, Tensor]:
    """The buffers of this very module."""
    named = ((name, getattr(module, name)) for name in module._buffers)
    return {name: buffer for name, buffer in named if buffer is not None}


def own_state(module: Module) -> dict[str, Tensor]:
    """The parameters of this very module, and its buffers as far as they are kept."""
    kept = {name: x for name, x in own_buffers(module).items() if module._buffers[name]}
    return {**own_parameters(module), **kept}


def clear(parameters: Any, set_to_none: bool) -> None:
    """Forget gradients, or make them 0 in place."""
    for p in parameters:
        if set_to_none or p.grad is None:
            p.grad = None
        else:
            p.grad = p.grad.detach().zero_()


def renew(x: Tensor, moved: Tensor) -> None:
    """Give a leaf other memory, of another dtype or on another device: x stays the same object."""
    gradient, wanted = x.grad, x.requires_grad
    x.requires_grad_(False)
    x.array = moved.array
    x.requires_grad_(wanted)
    if gradient is not None:
        x.grad = gradient.detach().to(moved.device).to(moved.dtype)
