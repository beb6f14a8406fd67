"""Where an engine's processor time goes, by samples: a script for the engine's own interpreter.

`python sampled.py FOLDER ENGINE` reads {"ops": …, "program": …, "seconds": s} as JSON from standard
input and prints how many samples fell into each place, `package/file.py function`. FOLDER holds the
worker. A timer of processor time interrupts both passes of the program; a sample belongs to the
Python function that runs or has called into C. Nothing is traced, so calls cost what they cost.
Standard library and numpy only, as for the worker.
"""

from __future__ import annotations

import gc
import importlib
import json
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import PurePath
from types import FrameType
from typing import Any

STEP = 0.001
"""Seconds of processor time between samples."""


def place(frame: FrameType) -> str:
    """The function of a frame, with its file below the folder of packages or its last two names."""
    parts = PurePath(frame.f_code.co_filename).parts
    below = parts.index("site-packages") + 1 if "site-packages" in parts else -2
    return f"{'/'.join(parts[below:])} {frame.f_code.co_name}"


def sampled(work: Callable[[], Any], seconds: float) -> Counter[str]:
    """How often each place was met while `work` ran again and again for so much processor time."""
    found: Counter[str] = Counter()

    def note(number: int, frame: FrameType | None) -> None:
        if frame is not None:
            found[place(frame)] += 1

    before = signal.signal(signal.SIGPROF, note)
    signal.setitimer(signal.ITIMER_PROF, STEP, STEP)
    try:
        end = time.process_time() + seconds
        while time.process_time() < end:
            work()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.signal(signal.SIGPROF, before)
    return found


def main() -> None:
    """Sample both passes of a program."""
    folder, engine = sys.argv[1:3]
    sys.path[0] = folder
    worker = importlib.import_module("worker")
    asked = json.load(sys.stdin)
    leaves, calls, outputs = worker.read_program(asked["program"])
    loaded = worker.Engine.load(engine, asked["ops"])
    passes = worker.Passes(loaded, leaves, calls, outputs[-1], asked["dtype"], "cpu")

    def both() -> None:
        forward, backward = passes.begin()
        backward(None if passes.twice else forward())

    both()
    gc.collect()
    gc.freeze()
    gc.disable()  # as when passes are timed; what cycles hold is let go between them
    found = Counter[str]()
    end = time.process_time() + asked["seconds"]
    while time.process_time() < end:
        found += sampled(both, asked["seconds"] / 8)
        gc.collect()
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
