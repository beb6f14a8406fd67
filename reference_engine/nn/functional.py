"""The functions of neural networks that are no operation of their own elsewhere."""

from ..elementwise import relu

__all__ = ["relu"]
