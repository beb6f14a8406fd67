"""`gradassay new-adapter`: a file to begin with, for each style of engine.

Each is a whole adapter that fails helpfully: what is to be written says so.
"""

from __future__ import annotations

TORCH = '''\
"""The door between gradassay and {name}, which has PyTorch's names."""

import {name}


class Adapter:
    name, version = "{name}", getattr({name}, "__version__", "unknown")
    torch = {name}  # what it has of PyTorch's names is found there: ops, `backward`, `no_grad` …
    dtypes = "float64"  # "float64 float32"
    ops = {{}}  # what goes by another name: {{"special.expit": {name}.logistic}}
    # declines = "not implemented"  # an exception with these words means "not supported"

    # A leaf is `from_numpy(array).requires_grad_()` unless this is written here:
    # def lift(self, array, requires_grad): a leaf that holds this numpy array
'''
TAPE = '''\
"""The door between gradassay and {name}: a tape."""

import {name}


class Adapter:
    name, version = "{name}", getattr({name}, "__version__", "unknown")
    namespace = {name}  # every op of the vocabulary found here by name is offered
    spelling = "torch"  # whose names and keywords those are: "numpy", "torch" or ""
    operators = "add subtract multiply divide negative"  # served by Python's own operators
    # static = {{"pow": 1, "clip": (1, 2)}}  # places that take a plain number, no tensor
    ops = {{}}  # what goes by another name: {{"special.expit": {name}.sigmoid}}
    # declines = "not implemented"  # an exception with these words means "not supported"
    methods = ""  # for checks of state: "backward get_grad detach requires_grad no_grad"

    def lift(self, array, requires_grad):
        """A leaf that holds this numpy array."""
        return {name}.tensor(array, requires_grad=requires_grad)

    # Unless these are written here, a tensor's array is `x.numpy()` or `x.data`, and a sweep is
    # `output.backward()`, which leaves `x.grad`:
    # def value(self, x): the numpy array that a tensor is
    # def grads(self, output, leaves): for every leaf its gradient as an array, or None
'''
FUNCTIONAL = '''\
"""The door between gradassay and {name}: a function in, its gradient out."""

import {name}
import {name}.numpy  # where the ops are; perhaps {name} itself


class Adapter:
    name, version = "{name}", getattr({name}, "__version__", "unknown")
    namespace = {name}.numpy  # every op of the vocabulary found here by name is offered
    spelling = "numpy"  # whose names and keywords those are: "numpy", "torch" or ""
    ops = {{}}  # what goes by another name: {{"special.expit": {name}.sigmoid}}
    # declines = "not implemented"  # an exception with these words means "not supported"
    transforms = {name}  # where value_and_grad(f, argnums) and grad(f) are

    # If they are called otherwise, write here in place of `transforms`:
    # def value_and_grad(self, f, arrays): f(*arrays), a scalar, and its gradients, one an array
    # def value(self, x): the numpy array that an array of the engine's is, if numpy cannot see it
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
    # declines = "not implemented"  # an exception with these words means "not supported"
    methods = "backward get_grad"  # for checks of state

    def lift(self, array, requires_grad):
        """A leaf that holds this number."""
        return Value(float(array))

    # Unless these are written here, a number is `x.data`, and a sweep is `output.backward()`, which
    # leaves `x.grad`:
    # def value(self, x): the number that a value is
    # def grads(self, output, leaves): for every leaf its gradient, or None
'''
SYMBOLIC = '''\
"""The door between gradassay and {name}: graphs of symbols, differentiated, then compiled."""

import {name}


class Adapter:
    name, version = "{name}", getattr({name}, "__version__", "unknown")
    namespace = {name}.tensor  # every op of the vocabulary found here by name is offered
    spelling = "numpy"  # whose names and keywords those are: "numpy", "torch" or ""
    operators = "add subtract multiply divide negative"  # served by Python's own operators
    # static = {{"pow": 1, "clip": (1, 2)}}  # places that take a plain number, no tensor
    ops = {{}}  # what goes by another name: {{"special.expit": {name}.tensor.sigmoid}}
    # declines = "not implemented"  # an exception with these words means "not supported"

    def symbol(self, shape, dtype):
        """An input of this shape (a tuple) and dtype (its name)."""
        return {name}.tensor.tensor(shape=shape, dtype=dtype)

    def grad(self, output, leaves):
        """For each leaf the gradient as a symbol; None where the output does not depend on it."""
        return {name}.grad(output, leaves, disconnected_inputs="ignore")

    def compile(self, inputs, outputs):
        """A function of the inputs' arrays that gives a list of the outputs' arrays."""
        return {name}.function(inputs, outputs, on_unused_input="ignore")
'''
STYLES = {
    "torch": TORCH,
    "tape": TAPE,
    "functional": FUNCTIONAL,
    "symbolic": SYMBOLIC,
    "scalar": SCALAR,
}


def adapter(name: str, style: str) -> str:
    """The text of a new adapter for the package `name`.

    >>> adapter("mine", "scalar").splitlines()[2]
    'from mine import Value'
    """
    return STYLES[style].format(name=name)
