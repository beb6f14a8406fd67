"""Engines for scripts that misbehave in a verb; all else they do right.

A worker loads this file by path, so it imports nothing of ours.
"""

import os

import numpy as np


class Honest:
    """Linear in its leaves."""

    name, version = "honest", "1"
    operators = "add multiply"

    def lift(self, array, requires_grad):
        return array

    def value(self, node):
        return node

    def grads(self, output, leaves):
        return [np.ones(leaf.shape) for leaf in leaves]

    def backward(self, output):
        """Nothing."""

    def get_grad(self, node):
        return None


class Dying(Honest):
    """Dies in a sweep."""

    name = "dying"

    def backward(self, output):
        os._exit(3)


class Hanging(Honest):
    """Hangs in a sweep."""

    name = "hanging"

    def backward(self, output):
        while True:
            pass


class Leaking(Honest):
    """Dies in its fifth sweep: no script is to blame."""

    name = "leaking"
    _sweeps = 0

    def backward(self, output):
        self._sweeps += 1
        if self._sweeps == 5:
            os._exit(9)


class Leaving(Honest):
    """Raises what should end a program."""

    name = "leaving"

    def backward(self, output):
        raise SystemExit(5)


class Junk(Honest):
    """A gradient that is no array."""

    name = "junk"

    def get_grad(self, node):
        return "text"


class Misspelt(Honest):
    """Lists a method that is none."""

    name = "misspelt"
    methods = "retain_gard"


class Lacking(Honest):
    """Lists a mode that its namespace lacks."""

    name = "lacking"
    namespace = np
    methods = "no_grad"
