"""The saboteurs as engines like any other: `engines.py:NAME` is an adapter.

It is loaded by its path, in a worker or in our process, so its imports are absolute.

>>> import gradassay.suites.saboteurs.engines as door
>>> getattr(door, "third-use").name
'saboteur:third-use'
"""

from __future__ import annotations

from gradassay.suites.engines.reference import Reference
from gradassay.suites.saboteurs import SABOTEURS, Saboteur


def adapter(saboteur: Saboteur) -> type[Reference]:
    """The reference engine's adapter; an object of it breaks the engine for as long as it lives."""

    class Broken(Reference):
        name = f"saboteur:{saboteur.name}"

        def __init__(self) -> None:
            self._breakage = saboteur.broken()
            self._breakage.__enter__()

    return Broken


def __getattr__(name: str) -> type[Reference]:
    """The adapter of the saboteur of this name."""
    if name not in SABOTEURS:
        raise AttributeError(name)
    return adapter(SABOTEURS[name])


def __dir__() -> list[str]:
    """The names to choose from, for messages."""
    return [*SABOTEURS]
