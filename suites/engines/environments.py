"""Foreign engines, each in an environment of its own, with pinned versions.

`python -m gradassay.suites.engines.environments [NAME…]` builds `build/engines/NAME`, then
`gradassay check NAME --python build/engines/NAME/bin/python` checks it. What stands is kept.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path

ENVIRONMENTS: Mapping[str, str] = {
    "dezero": "dezero==0.0.13 numpy==1.23.5 matplotlib==3.9.4 pillow==11.3.0",  # of 2020: np.int
    "jax": "jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6",
    "minitorch": "minitorch==0.1.0 numpy==2.4.6",
    "mlx": "mlx[cpu]==0.32.4 numpy==2.4.6",
    "pytensor": "pytensor==3.0.7",
    "smallpebble": "smallpebble==3.0.5 numpy==2.4.6",
    "tensorflow": "tensorflow-cpu==2.21.0",
    "tinygrad": "tinygrad==0.14.0 numpy==2.4.6",
}
"""What each environment holds, by the name of its engine. Others share the tests' environment."""
FOLDER = Path("build/engines")
TIMEOUT = 1800.0
"""Seconds for one installation."""


def interpreter(name: str, folder: Path = FOLDER) -> Path:
    """The Python of an engine's environment.

    >>> interpreter("jax").as_posix()
    'build/engines/jax/bin/python'
    """
    return folder / name / "bin" / "python"


def installed(folder: Path = FOLDER) -> dict[str, Path]:
    """The engines whose environments stand, as pinned now."""
    return {name: interpreter(name, folder) for name in ENVIRONMENTS if ready(name, folder)}


def ready(name: str, folder: Path = FOLDER) -> bool:
    """Whether an engine's environment stands, and holds what is pinned."""
    note = folder / name / ".ready"
    return note.is_file() and note.read_text() == ENVIRONMENTS[name]


def build(name: str, folder: Path = FOLDER) -> Path:
    """Install an engine into an environment of its own, with the pip of this one.

    Raises `CalledProcessError` or `TimeoutExpired` of `subprocess`.
    """
    home = folder / name
    if not ready(name, folder):
        venv.create(home, clear=True, with_pip=False, symlinks=True)
        pip = [sys.executable, "-m", "pip", "--python", str(interpreter(name, folder)), "install"]
        quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
        subprocess.run([*pip, *quiet, *ENVIRONMENTS[name].split()], check=True, timeout=TIMEOUT)
        (home / ".ready").write_text(ENVIRONMENTS[name])
    return interpreter(name, folder)


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the named environments, or all; 1 if one could not be built."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(ENVIRONMENTS))
    failed = 0
    for name in parser.parse_args(arguments).names or ENVIRONMENTS:
        if name not in ENVIRONMENTS:
            parser.error(
                f"there is no environment for {name!r}: there are {', '.join(ENVIRONMENTS)}"
            )
        try:
            print(build(name), flush=True)
        except (subprocess.SubprocessError, OSError) as error:
            failed = 1
            print(f"{name}: {error}", file=sys.stderr)
    return failed


if __name__ == "__main__":
    sys.exit(main())
