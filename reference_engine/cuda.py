"""PyTorch's `torch.cuda`, for tensors that live on `torch:cuda`."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

__all__ = [
    "is_available",
    "max_memory_allocated",
    "memory_allocated",
    "reset_peak_memory_stats",
    "synchronize",
]


def is_available() -> bool:
    """Whether there is such a device.

    PyTorch, which takes seconds to import, is asked only where there is a driver.
    """
    driver = Path("/proc/driver/nvidia").exists()
    return driver and find_spec("torch") is not None and bool(_theirs().is_available())


def synchronize() -> None:
    """Wait until all work on the device is done."""
    _theirs().synchronize()


def memory_allocated() -> int:
    """The bytes that tensors hold on the device."""
    return int(_theirs().memory_allocated())


def max_memory_allocated() -> int:
    """The most bytes that they held since `reset_peak_memory_stats`."""
    return int(_theirs().max_memory_allocated())


def reset_peak_memory_stats() -> None:
    """Begin anew to look for the most bytes."""
    _theirs().reset_peak_memory_stats()


def _theirs() -> Any:
    return import_module("torch.cuda")
