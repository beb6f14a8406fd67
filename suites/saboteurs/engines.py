"""The saboteurs as engines like any other: `engines.py:NAME` is an adapter.

It is loaded by its path, in a worker or in our process, so its imports are absolute.

>>> from gradassay.suites.saboteurs import engines
>>> engines.swapped.name
'saboteur:swapped'
"""

from gradassay.suites.engines.reference import Reference
from gradassay.suites.saboteurs import SABOTEURS, Saboteur
from gradassay.suites.saboteurs.slow import SLOW


def adapter(saboteur: Saboteur) -> type[Reference]:
    """The reference engine's adapter; an object of it breaks the engine for as long as it lives."""

    class Broken(Reference):
        name = f"saboteur:{saboteur.name}"

        def __init__(self) -> None:
            self._breakage = saboteur.broken()
            self._breakage.__enter__()

    return Broken


# Under their own names, so that a failure's script finds them too.
both = {**SABOTEURS, **SLOW}
globals().update({name: adapter(saboteur) for name, saboteur in both.items()})
