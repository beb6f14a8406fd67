"""Optimizers, under PyTorch's names: how gradients move parameters.

>>> from gradassay import reference_engine as torch
>>> w = torch.tensor([3.0], requires_grad=True)
>>> optimizer = torch.optim.SGD([w], lr=0.25)
>>> for _ in range(3):
...     optimizer.zero_grad()
...     (w * w).sum().backward()
...     optimizer.step()
>>> w
tensor([0.3750], requires_grad=True)
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .elementwise import maximum, sqrt
from .modes import enable_grad, no_grad
from .tensors import Tensor

__all__ = ["SGD", "Adam", "AdamW", "Optimizer"]


class Optimizer:
    """Parameters in groups, each with its own numbers, and what is remembered of each parameter.

    A subclass says in `update` how one parameter moves.
    """

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        """Parameters, or dictionaries {"params": [...], "lr": ...} of groups."""
        self.defaults = defaults
        self.param_groups: list[dict[str, Any]] = []
        self.state: defaultdict[Any, dict[str, Any]] = defaultdict(dict)
        groups = list(params)
        if not groups:
            raise ValueError("an optimizer needs parameters, and got none")
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)

    def add_param_group(self, group: dict[str, Any]) -> None:
        """One group more; what it does not say is as the optimizer's defaults."""
        one = isinstance(group["params"], Tensor)
        params = [group["params"]] if one else list(group["params"])
        known = {id(p) for g in self.param_groups for p in g["params"]}
        if len({id(p) for p in params} - known) < len(params):
            raise ValueError("a parameter is given to the optimizer twice")
        if not all(p.is_leaf for p in params):
            raise ValueError("only leaves can be optimized; a result would be computed anew")
        self.param_groups.append({**self.defaults, **group, "params": params})

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients, or make them 0: the next sweep adds to them."""
        for group in self.param_groups:
            for p in group["params"]:
                if set_to_none or p.grad is None:
                    p.grad = None
                else:
                    p.grad = p.grad.detach().zero_()

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move each parameter that has a gradient, in place and unrecorded.

        A closure computes the loss anew, with its gradients, and its result is given back.
        """
        with enable_grad():
            loss = closure() if closure else None
        with no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    if p.grad is not None:
                        g = -p.grad if group["maximize"] else p.grad.detach()
                        self.update(p, g, self.state[p], **group)
        return loss

    def update(self, p: Tensor, g: Tensor, state: dict[str, Any], **how: Any) -> None:
        """Move one parameter by its gradient g."""
        raise NotImplementedError(f"{type(self).__name__} has no update")

    def state_dict(self) -> dict[str, Any]:
        """The numbers of the groups and what is remembered, with parameters by their place."""
        places = {p: i for i, p in enumerate(self._parameters())}
        groups = [{**g, "params": [places[p] for p in g["params"]]} for g in self.param_groups]
        return {"state": {places[p]: s for p, s in self.state.items()}, "param_groups": groups}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on where another optimizer was, of as many parameters in groups of the same sizes."""
        sizes, theirs = (
            [len(g["params"]) for g in groups]
            for groups in (self.param_groups, state_dict["param_groups"])
        )
        if sizes != theirs:
            raise ValueError(f"the state is of groups of sizes {theirs}, but here they are {sizes}")
        state = copy.deepcopy(dict(state_dict["state"]))
        for own, group in zip(self.param_groups, state_dict["param_groups"], strict=True):
            own.update({k: v for k, v in group.items() if k != "params"})
        parameters = self._parameters()
        self.state = defaultdict(dict, {parameters[i]: s for i, s in state.items()})

    def _parameters(self) -> list[Tensor]:
        return [p for group in self.param_groups for p in group["params"]]

    def __repr__(self) -> str:
        """The groups and their numbers."""
        groups = ({k: v for k, v in g.items() if k != "params"} for g in self.param_groups)
        return f"{type(self).__name__}({', '.join(map(str, groups))})"


def check(**numbers: float) -> None:
    """Raise ValueError for a negative number."""
    for name, number in numbers.items():
        if not number >= 0:
            raise ValueError(f"{name} is {number}, but should not be negative")


class SGD(Optimizer):
    """p ← p - lr·v, where v is the gradient or, with momentum, a running sum of gradients.

    v ← momentum·v + (1 - dampening)·g; Nesterov's momentum looks one step ahead, g + momentum·v.
    Weight decay adds weight_decay·p to the gradient.
    """

    def __init__(
        self, params: Iterable[Any], lr: float = 1e-3, momentum: float = 0.0,
        dampening: float = 0.0, weight_decay: float = 0.0, nesterov: bool = False, *,
        maximize: bool = False,
    ) -> None:  # fmt: skip
        """Raises ValueError for numbers without sense."""
        check(lr=lr, momentum=momentum, weight_decay=weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov's momentum needs a momentum, and no dampening")
        super().__init__(params, {
            "lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay,
            "nesterov": nesterov, "maximize": maximize,
        })  # fmt: skip

    def update(self, p: Tensor, g: Tensor, state: dict[str, Any], **how: Any) -> None:
        """Move one parameter by its gradient g."""
        momentum = how["momentum"]
        g = g + how["weight_decay"] * p if how["weight_decay"] else g
        if momentum:
            v = state.get("momentum_buffer")
            v = g.clone() if v is None else momentum * v + (1 - how["dampening"]) * g
            state["momentum_buffer"] = v
            g = g + momentum * v if how["nesterov"] else v
        p.sub_(how["lr"] * g)


class Adam(Optimizer):
    """p ← p - lr·m / (√v + eps), of running means m of gradients and v of their squares.

    Kingma and Ba, 2015, algorithm 1. Both begin at 0, and are divided by the share that their
    weights have reached. With `amsgrad`, v is the greatest so far. Weight decay adds
    weight_decay·p to the gradient.
    """

    decoupled = False

    def __init__(
        self, params: Iterable[Any], lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8, weight_decay: float = 0.0, amsgrad: bool = False, *,
        maximize: bool = False,
    ) -> None:  # fmt: skip
        """Raises ValueError for numbers without sense."""
        check(lr=lr, eps=eps, weight_decay=weight_decay)
        if not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"betas are {betas}, but should lie in [0, 1)")
        super().__init__(params, {
            "lr": lr, "betas": tuple(betas), "eps": eps, "weight_decay": weight_decay,
            "amsgrad": amsgrad, "maximize": maximize,
        })  # fmt: skip

    def update(self, p: Tensor, g: Tensor, state: dict[str, Any], **how: Any) -> None:
        """Move one parameter by its gradient g."""
        (beta1, beta2), decay = how["betas"], how["weight_decay"]
        if decay and self.decoupled:
            p.mul_(1 - how["lr"] * decay)
        elif decay:
            g = g + decay * p
        step = state["step"] = state.get("step", 0) + 1
        m = state["exp_avg"] = beta1 * state.get("exp_avg", 0.0) + (1 - beta1) * g
        v = state["exp_avg_sq"] = beta2 * state.get("exp_avg_sq", 0.0) + (1 - beta2) * (g * g)
        if how["amsgrad"]:
            v = state["max_exp_avg_sq"] = maximum(state.get("max_exp_avg_sq", v), v)
        spread = sqrt(v / (1 - beta2**step)) + how["eps"]
        p.sub_(how["lr"] / (1 - beta1**step) * m / spread)


class AdamW(Adam):
    """As `Adam`, but weight decay shrinks p itself: Loshchilov and Hutter, 2019, algorithm 2."""

    decoupled = True

    def __init__(
        self, params: Iterable[Any], lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8, weight_decay: float = 1e-2, amsgrad: bool = False, *,
        maximize: bool = False,
    ) -> None:  # fmt: skip
        """Raises ValueError for numbers without sense."""
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize)
