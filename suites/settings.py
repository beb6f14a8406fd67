"""`[tool.gradassay]` of a project's pyproject.toml: what a command does not say.

```toml
[tool.gradassay]
engine = "adapters/mine.py:Engine"   # paths are taken from the folder of the file
profile = "full"
dtype = ["float64", "float32"]
accept = "accept.toml"
```
"""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import Any

from ..oracles.program import ProgramError

KEYS: dict[str, type] = {
    "engine": str,
    "profile": str,
    "seed": int,
    "suite": list,
    "only": str,
    "dtype": list,
    "device": str,
    "accept": str,
    "baseline": str,
    "grade": str,
    "python": str,
    "out": str,
}
"""Every key, and the type of its value."""
DEFAULTS: dict[str, Any] = {"profile": "quick", "seed": 0, "device": "cpu"}
"""What holds where neither a command nor a file says anything."""
PATHS = ("accept", "baseline", "python", "out")


def settings(start: Path) -> dict[str, Any]:
    """The settings in force in a folder: of the nearest pyproject.toml, then the defaults.

    Raises `ProgramError` for a key that there is not, or a value of another type.
    """
    for folder in (start, *start.parents):
        file = folder / "pyproject.toml"
        if file.is_file():
            return {**DEFAULTS, **_read(file)}
    return dict(DEFAULTS)


def _read(file: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {})
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProgramError(f"cannot read {file}: {error}") from None
    found: dict[str, Any] = table.get("gradassay", {})
    return {key: _checked(file, key, value) for key, value in found.items()}


def _checked(file: Path, key: str, value: Any) -> Any:
    """A value of the right type, its path made one that does not depend on the working folder."""
    where = f"{file}, [tool.gradassay]"
    if key not in KEYS:
        near = difflib.get_close_matches(key, KEYS, 1)
        hint = f"; did you mean {near[0]!r}?" if near else f": there are {', '.join(KEYS)}"
        raise ProgramError(f"{where}: there is no {key!r}{hint}")
    if KEYS[key] is list and isinstance(value, str):
        value = [value]
    if isinstance(value, bool) or not isinstance(value, KEYS[key]):
        raise ProgramError(f"{where}: {key} is {value!r}, but should be a {KEYS[key].__name__}")
    in_a_file = key == "engine" and ".py:" in str(value) and not str(value).startswith("cmd:")
    return str(file.parent / str(value)) if key in PATHS or in_a_file else value
