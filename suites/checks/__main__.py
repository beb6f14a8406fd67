"""`python -m gradassay.suites.checks`: the standard as a page."""

from __future__ import annotations

import argparse
from pathlib import Path

from .page import page


def main() -> None:
    """Print the page, or write it."""
    parser = argparse.ArgumentParser(prog="python -m gradassay.suites.checks", description=__doc__)
    parser.add_argument("--write", metavar="FILE", type=Path, help="write the page there")
    path = parser.parse_args().write
    if path is None:
        print(page(), end="")
    else:
        path.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
