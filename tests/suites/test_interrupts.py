"""Ctrl-C ends a run even where the exception that it raises is swallowed on the way."""

import os
import signal

import pytest
from gradassay.reports.records import Check
from gradassay.suites.assay import Assay

RECORD = Check(id="S1", level="", requirement="MUST", outcome="holds", specification="")


def test_a_swallowed_interrupt_ends_the_run_at_the_next_record() -> None:
    outside = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may ignore it
    assay = object.__new__(Assay)
    assay.interrupted, assay.worker, assay.buffer = False, True, []
    assay._note_interrupts()
    try:
        assay._take(RECORD)
        with pytest.raises(KeyboardInterrupt):  # what a destructor or a callback would swallow
            os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            assay._take(RECORD)
        assay.undo()
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, outside)
    assert len(assay.buffer) == 1
