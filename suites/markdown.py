"""Tables of the pages that are measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[object]], numbers: int = 0) -> str:
    """A Markdown table; the last `numbers` columns stand to the right.

    >>> print(table(["op", "µs"], [["add", 2]], numbers=1))
    | op | µs |
    | --- | --: |
    | add | 2 |
    """
    rule = ["---"] * (len(head) - numbers) + ["--:"] * numbers
    return "\n".join(f"| {' | '.join(str(c) for c in cells)} |" for cells in (head, rule, *rows))
