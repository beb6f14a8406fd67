"""`gradassay new-adapter`: a file to begin with, for each style of engine.

Each is a whole adapter that fails helpfully: what is to be written says so.
"""

from __future__ import annotations

TAPE = '''\
"""The door between gradassay and {name}: a tape."""

import {name}


class Adapter:
    name, version = "{name}", getattr({name}, "__version__", "unknown")
    namespace = {name}  # every op of the vocabulary found here by name is offered
    operators = "add subtract multiply divide negative"  # served by Python's own operators
    ops = {{}}  # what goes by another name: {{"special.expit": {name}.sigmoid}}
    keywords = {{}}  # what a keyword is called there: {{"axis": "dim", "keepdims": "keepdim"}}
    methods = ""  # for checks of state: "backward get_grad detach requires_grad no_grad"

    def lift(self, array, requires_grad):
        """A leaf that holds this numpy array."""
        return {name}.tensor(array, requires_grad=requires_grad)

    def value(self, x):
        """The numpy array that a tensor is."""
        return x.numpy()

    def grads(self, output, leaves):
        """Sweep back from a scalar; for every leaf its gradient as an array, or None."""
        output.backward()
        return [None if x.grad is None else self.value(x.grad) for x in leaves]
'''
FUNCTIONAL = '''\
"""The door between gradassay and {name}: a function in, its gradient out."""

import {name}
import {name}.numpy


class Adapter:
    name, version = "{name}", getattr({name}, "__version__", "unknown")
    namespace = {name}.numpy  # every op of the vocabulary found here by name is offered
    ops = {{}}  # what goes by another name: {{"pow": {name}.numpy.power}}
    keywords = {{}}  # what a keyword is called there: {{"correction": "ddof"}}

    def value_and_grad(self, f, arrays):
        """The value of f(*arrays), a scalar, and its gradient with respect to each array."""
        return {name}.value_and_grad(f, argnums=tuple(range(len(arrays))))(*arrays)
'''
SCALAR = '''\
"""The door between gradassay and {name}: an engine of single numbers."""

from {name} import Value


class Adapter:
    name, version = "{name}", "unknown"
    ranks = {{0}}  # tensors of these ranks only: plain numbers
    operators = "add subtract multiply divide negative power"  # served by Python's own operators
    static = {{"power": 1}}  # the exponent must be a plain number
    ops = {{}}  # what goes by another name: {{"tanh": Value.tanh}}
    methods = "backward get_grad"  # for checks of state

    def lift(self, array, requires_grad):
        """A leaf that holds this number."""
        return Value(float(array))

    def value(self, x):
        """The number that a value is."""
        return x.data

    def grads(self, output, leaves):
        """Sweep back from the output; for every leaf its gradient."""
        output.backward()
        return [x.grad for x in leaves]
'''
STYLES = {"tape": TAPE, "functional": FUNCTIONAL, "scalar": SCALAR}


def adapter(name: str, style: str) -> str:
    """The text of a new adapter for the package `name`.

    >>> adapter("mine", "scalar").splitlines()[2]
    'from mine import Value'
    """
    return STYLES[style].format(name=name)
