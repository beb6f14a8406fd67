"""What is trained, by which optimiser."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ...oracles.descent import Optimiser, adam, forgetful, sgd
from .models import MODELS, Model

STEPS = 100


@dataclass(frozen=True, slots=True)
class Training:
    """A model, and what makes its steps."""

    model: Model
    by: str
    optimiser: Optimiser

    @property
    def name(self) -> str:
        """`perceptron-adam`."""
        return f"{self.model.name}-{self.by}"

    @property
    def says(self) -> str:
        """What a reader is told that it is."""
        return f"{self.model.says}, by {OPTIMISERS[self.by][0]}"


OPTIMISERS: Mapping[str, tuple[str, Optimiser]] = MappingProxyType(
    {
        "sgd": ("SGD with momentum and weight decay", sgd(0.05, momentum=0.9, decay=0.01)),
        "adam": ("Adam", adam(0.05)),
        "forgetful": (
            "SGD that forgets zero_grad",
            forgetful(sgd(2.0**-9, momentum=0.0, decay=0.0)),
        ),
    }
)
FORGETFUL = ("linear", "perceptron")
"""The models that are also trained without `zero_grad`."""


def _all() -> Iterator[Training]:
    for model in MODELS:
        for by, (_, optimiser) in OPTIMISERS.items():
            if by != "forgetful" or model.name in FORGETFUL:
                yield Training(model, by, optimiser)


TRAININGS: Mapping[str, Training] = MappingProxyType({t.name: t for t in _all()})
"""Every training by its name."""
