"""The families under pytest-benchmark: `pytest --pyargs gradassay.suites.performance --engine E`.

What pytest-benchmark times is a message to the engine's process and back; `extra_info` has the
seconds of each pass inside it, which are what `gradassay bench` compares.
"""

from typing import Any

import pytest
from gradassay.suites.adapter import Failure
from gradassay.suites.host import EngineHandle
from gradassay.suites.performance.families import FAMILIES
from gradassay.suites.performance.measure import unable

pytestmark = pytest.mark.performance


@pytest.mark.parametrize("family", FAMILIES)
def test_families(family: str, engine_handle: EngineHandle, benchmark: Any) -> None:
    """Both passes of the middle size of a family."""
    chosen = FAMILIES[family]
    program = chosen.make(chosen.sizes[1])
    why_not = unable(engine_handle, program.ops, chosen.dtype, "cpu")
    if why_not:
        pytest.skip(f"the engine {why_not}")
    found = benchmark(engine_handle.times, program, chosen.dtype, rounds=1)
    assert not isinstance(found, Failure), found
    forward, backward = min(found.times, key=sum)
    benchmark.extra_info.update(forward=forward, backward=backward, calls=len(program.calls))
