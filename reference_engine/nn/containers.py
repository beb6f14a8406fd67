"""Modules made of modules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .module import Module


class ModuleList(Module):
    """Modules in a list. They stand as attributes named "0", "1" …, and so they are found."""

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        """Hold these modules."""
        super().__init__()
        for module in modules:
            self.append(module)

    def append(self, module: Module) -> ModuleList:
        """One more at the end."""
        setattr(self, str(len(self)), module)
        return self

    def __len__(self) -> int:
        """How many there are."""
        return len(list(self.children()))

    def __iter__(self) -> Iterator[Module]:
        """One after the other."""
        return self.children()

    def __getitem__(self, i: Any) -> Any:
        """The module at a place; a slice gives a list of the same kind."""
        found = list(self.children())[i]
        return found if isinstance(found, Module) else of_modules(type(self), found)


def of_modules(kind: type, modules: list[Module]) -> ModuleList:
    """A list, or a sequence, of these modules."""
    made: ModuleList = kind()
    for module in modules:
        made.append(module)
    return made


class Sequential(ModuleList):
    """Modules that are called one after the other.

    >>> from gradassay.reference_engine import nn
    >>> nn.Sequential(nn.Linear(1, 10), nn.Tanh(), nn.Linear(10, 1))
    Sequential(
      (0): Linear(in_features=1, out_features=10, bias=True)
      (1): Tanh()
      (2): Linear(in_features=10, out_features=1, bias=True)
    )
    """

    def __init__(self, *modules: Any) -> None:
        """Hold these modules, or those of a dictionary under their names."""
        named = modules[0] if len(modules) == 1 and isinstance(modules[0], Mapping) else {}
        super().__init__(() if named else modules)
        for name, module in named.items():
            self.add_module(name, module)

    def forward(self, x: Any) -> Any:
        """The last module of … of the first of x."""
        for module in self:
            x = module(x)
        return x


class ModuleDict(Module):
    """Modules under names."""

    def __init__(self, modules: Mapping[str, Module] | None = None) -> None:
        """Hold these modules."""
        super().__init__()
        for name, module in (modules or {}).items():
            self.add_module(name, module)

    def __getitem__(self, name: str) -> Module:
        """The module of this name."""
        return dict(self.named_children())[name]

    def __setitem__(self, name: str, module: Module) -> None:
        """Set the module of this name."""
        self.add_module(name, module)

    def keys(self) -> Iterator[str]:
        """The names."""
        return (name for name, _ in self.named_children())

    def values(self) -> Iterator[Module]:
        """The modules."""
        return self.children()

    def items(self) -> Iterator[tuple[str, Module]]:
        """Names and modules."""
        return self.named_children()
