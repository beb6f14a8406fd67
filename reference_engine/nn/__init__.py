"""Neural networks, under PyTorch's names."""

from . import functional

__all__ = ["functional"]
