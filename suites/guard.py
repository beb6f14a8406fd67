"""The guard: a process that outlives the host just long enough to kill the groups it left behind.

The host writes `+ID` when it has started a process group and `-ID` when that one is gone. The end
of the input means that the host is gone, by whatever death: every group still listed is killed.
Standard library only.
"""

import contextlib
import os
import signal
import sys
from collections.abc import Iterable


def groups_left(lines: Iterable[bytes]) -> set[int]:
    """The groups that were announced and never taken back.

    >>> sorted(groups_left([b"+7", b"+9", b"-7"]))
    [9]
    """
    left: set[int] = set()
    for line in lines:
        number = int(line[1:])
        left.add(number) if line[:1] == b"+" else left.discard(number)
    return left


def main() -> None:
    """Wait for the end of standard input, then kill."""
    for group in groups_left(sys.stdin.buffer):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()
