"""The guard kills what was announced and not taken back, and nothing else."""

import subprocess
import sys

import pytest
from gradassay.suites.process import Guard

SLEEP = [sys.executable, "-c", "import time; time.sleep(1000)"]
pytestmark = pytest.mark.usefixtures("mark")


def test_the_guard_kills_the_groups_that_are_left():
    left, gone = (subprocess.Popen(SLEEP, start_new_session=True) for _ in range(2))
    guard = Guard()
    guard.tell("+", left.pid, "a")
    guard.tell("+", gone.pid, "b")
    guard.tell("-", gone.pid, "b")
    guard.close()
    try:
        assert left.wait(5) == -9
        assert gone.poll() is None
    finally:
        gone.kill()
        gone.wait()
