"""The guard: a process that outlives the host just long enough to kill what it left behind.

The host writes `+ID MARK` when it has started a process group and `-ID MARK` when that one is gone.
The end of the input means that the host is gone, by whatever death: every group still listed is
killed, and every process that carries its mark in the environment, wherever it has moved.
Standard library only.
"""

import contextlib
import os
import signal
import sys
from collections.abc import Iterable
from pathlib import Path

MARK = "GRADASSAY_WORKER"
"""The variable by which all that a worker starts is known, also what has left its group."""
ROUNDS = 20


def groups_left(lines: Iterable[bytes]) -> list[tuple[int, str]]:
    """The groups that were announced and never taken back, each with its mark.

    >>> groups_left([b"+7 a", b"+9 b", b"-7 a"])
    [(9, 'b')]
    """
    left: dict[tuple[int, str], None] = {}
    for line in lines:
        number, mark = line[1:].decode().split()
        if line[:1] == b"+":
            left[int(number), mark] = None
        else:
            left.pop((int(number), mark), None)
    return list(left)


def carriers(mark: str) -> list[int]:
    """The living processes whose environment carries a mark; none where there is no /proc."""
    entry = f"{MARK}={mark}\0".encode()
    found = []
    for name in os.listdir("/proc") if Path("/proc/self/environ").exists() else ():  # noqa: PTH208
        if name.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{name}/environ", "rb") as file:  # noqa: PTH123
                if entry in file.read():
                    found.append(int(name))
    return found


def kill_all(group: int, mark: str) -> None:
    """Kill a process group and whatever else carries its mark, also while it multiplies."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
    for _ in range(ROUNDS):
        left = carriers(mark)
        for process in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process, signal.SIGKILL)
        if not left:
            return


def main() -> None:
    """Wait for the end of standard input, then kill."""
    for group, mark in groups_left(sys.stdin.buffer):
        kill_all(group, mark)


if __name__ == "__main__":
    main()
