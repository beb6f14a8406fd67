"""A worker whose imports come from another copy of a repository.

`python elsewhere.py HERE THERE worker.py` runs the worker; whatever it would import from a file
under HERE is imported from the file of the same name under THERE, and from nowhere if there is
none. So a package that is installed in place (`pip install --editable`) cannot bring the code of
one state into a measurement of the other. Standard library only, as for the worker.
"""

from __future__ import annotations

import importlib.util
import runpy
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType


class Elsewhere:
    """A finder that asks all others, and moves what they find from `here` to `there`."""

    def __init__(self, here: str, there: str, but: Sequence[str] = ()) -> None:
        """Folders; what lies in one of `but` stays, such as an environment inside `here`."""
        self.here, self.there = Path(here).resolve(), Path(there).resolve()
        self.kept = [self.there, *(Path(folder).resolve() for folder in but)]

    def moved(self, path: str) -> str:
        """The path under `there`, of one under `here`; another as it is."""
        real = Path(path).resolve()
        if not real.is_relative_to(self.here) or any(map(real.is_relative_to, self.kept)):
            return path
        return str(self.there / real.relative_to(self.here))

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """As importlib asks for it."""
        for finder in sys.meta_path:
            found = None if finder is self else finder.find_spec(name, path, target)
            if found is not None:
                return self._redirected(name, found)
        return None

    def _redirected(self, name: str, found: ModuleSpec) -> ModuleSpec | None:
        folders = found.submodule_search_locations
        moved = None if folders is None else [self.moved(folder) for folder in folders]
        if not found.has_location or found.origin is None:
            found.submodule_search_locations = moved  # a package without a file has folders alone
            return found
        origin = self.moved(found.origin)
        if origin == found.origin:
            return found
        if not Path(origin).exists():
            raise ModuleNotFoundError(
                f"that revision has no {Path(origin).relative_to(self.there)}, which {name} is",
                name=name,
            )
        return importlib.util.spec_from_file_location(
            name, origin, submodule_search_locations=moved
        )


def main() -> None:
    """Run the worker."""
    here, there, worker = sys.argv[1:4]
    sys.path[0] = str(Path(worker).parent)  # which the worker takes out again
    sys.meta_path.insert(0, Elsewhere(here, there, (sys.prefix, sys.base_prefix)))
    sys.argv[:] = [worker]
    runpy.run_path(worker, run_name="__main__")


if __name__ == "__main__":
    main()
