"""The functions of neural networks that are no operation of their own elsewhere."""

from ..functional import relu

__all__ = ["relu"]
