"""The reference engine behind limits that it enforces: what goes beyond one raises."""
# ruff: noqa: RUF012

import gradassay.reference_engine as torch
import numpy as np
from gradassay.suites.engines.reference import Reference

OPS = {
    "add": torch.add,
    "subtract": torch.subtract,
    "multiply": torch.multiply,
    "exp": torch.exp,
    "sin": torch.sin,
    "pow": torch.pow,
    "sum": torch.sum,
    "max": torch.amax,
    "matmul": torch.matmul,
    "where": torch.where,
    "expand_dims": torch.unsqueeze,
}


def checked(function, check):
    def op(*args, **params):
        check(args)
        found = function(*args, **params)
        check([found])
        return found

    return op


class Strict(Reference):
    """Every op passes `_check` what it takes and what it gives."""

    namespace, methods = None, ()
    order = 1
    devices = "cpu"

    def __init__(self):
        self.ops = {name: checked(function, self._check) for name, function in OPS.items()}

    def lift(self, array, requires_grad):
        node = super().lift(array, requires_grad, "cpu")
        self._check([node])
        return node

    def _check(self, nodes):
        pass

    def _ranks(self, nodes):
        return {node.ndim for node in nodes if hasattr(node, "ndim")}


class Scalars(Strict):
    ranks = {0}

    def _check(self, nodes):
        assert self._ranks(nodes) <= {0}


class ScalarsAndMatrices(Strict):
    ranks = {0, 2}

    def _check(self, nodes):
        assert self._ranks(nodes) <= {0, 2}


class NoScalars(Strict):
    """A sum has one entry, and a shape of (1,)."""

    zero_dimensional = False

    def __init__(self):
        super().__init__()
        self.ops["sum"] = checked(self._sum, self._check)

    def _sum(self, x, dim=None, keepdim=False):
        found = torch.sum(x, dim, keepdim)
        return found if found.ndim else found.reshape((1,))

    def _check(self, nodes):
        assert 0 not in self._ranks(nodes)


class PlainExponents(Strict):
    static = {"pow": 1, "maximum": 1}

    def __init__(self):
        super().__init__()
        self.ops["pow"] = self._pow
        self.ops["maximum"] = self._maximum

    def _maximum(self, x, bound):
        assert isinstance(bound, int | float)
        return torch.where(x > bound, x, x * 0 + bound)

    def _pow(self, x, n):
        assert isinstance(n, int | float)
        return torch.pow(x, n)


class Single(Strict):
    dtypes = "float32"

    def lift(self, array, requires_grad):
        assert array.dtype in (np.float32, bool), array.dtype
        return super().lift(array, requires_grad)


class ShortChains(Strict):
    max_chain = 4
    _calls = 0

    def reset(self):
        self._calls = 0

    def __init__(self):
        super().__init__()
        self.ops = {name: checked(function, self._count) for name, function in OPS.items()}

    def _count(self, nodes):
        self._calls += 1  # twice a call
        assert self._calls <= 8


class Declines(Strict):
    """Says honestly what it cannot do, in words of its own."""

    declines = [r"^ValueError: rank \d is too high"]

    def _check(self, nodes):
        if max(self._ranks(nodes), default=0) > 1:
            raise ValueError("rank 2 is too high for me")


class NoKeepdims(Strict):
    """A keyword that it does not have."""

    def __init__(self):
        super().__init__()
        self.ops["sum"] = lambda x, dim=None: torch.sum(x, dim)
        self.ops["max"] = lambda x, dim=None: torch.amax(x, dim)


class Lazy(Strict):
    """Computes when a value or a gradient is asked for, and not before."""

    def __init__(self):
        super().__init__()
        self.ops = {name: self._later(function) for name, function in OPS.items()}

    def _later(self, function):
        def op(*args, **params):
            return Later(lambda: function(*map(now, args), **params))

        return op

    def value(self, x):
        return now(x).detach().numpy()

    def grads(self, output, leaves):
        now(output).backward()
        return [None if x.grad is None else self.value(x.grad) for x in leaves]


class Later:
    def __init__(self, compute):
        self._compute, self._found = compute, None

    def now(self):
        if self._found is None:
            self._found = self._compute()
        return self._found


def now(x):
    return x.now() if isinstance(x, Later) else x


class GlobalTape:
    """One tape for all programs: a list of partial derivatives, and every leaf's gradient."""

    name, version = "global tape", "1"
    ranks = {0}
    _tape = []

    def __init__(self):
        self.ops = {
            "add": lambda a, b: self._record(a[0] + b[0], (a, 1.0), (b, 1.0)),
            "multiply": lambda a, b: self._record(a[0] * b[0], (a, b[0]), (b, a[0])),
        }

    def _record(self, value, *parents):
        self._tape.append([(at, partial) for (_, at), partial in parents])
        assert len(self._tape) < 60, "the tape is full"
        return value, len(self._tape) - 1

    def reset(self):
        self._tape.clear()

    def lift(self, array, requires_grad):
        return self._record(float(array))

    def value(self, node):
        return node[0]

    def grads(self, output, leaves):
        adjoint = [0.0] * len(self._tape)
        adjoint[output[1]] = 1.0
        for at in range(output[1], -1, -1):
            for parent, partial in self._tape[at]:
                adjoint[parent] += partial * adjoint[at]
        return [adjoint[at] for _, at in leaves]


class Symbolic:
    """Graphs that are built from shapes and dtypes, differentiated as graphs, then compiled."""

    name, version = "symbolic", "1"
    dtypes, keywords = "float64 float32", {"axis": "dim", "keepdims": "keepdim"}

    def __init__(self):
        self.ops = {name: self._node(function) for name, function in OPS.items()}

    def _node(self, function):
        def op(*args, **params):
            return lambda given: function(*(a(given) if callable(a) else a for a in args), **params)

        return op

    def symbol(self, shape, dtype):
        assert isinstance(shape, tuple) and isinstance(dtype, str)

        def node(given):
            array, leaf = given[node]
            assert (array.shape, array.dtype.name) == (shape, dtype)
            return leaf

        return node

    def grad(self, output, leaves):
        return [self._partial(output, leaf) for leaf in leaves]

    def _partial(self, output, leaf):
        def partial(given):
            x = leaf(given)
            (found,) = torch.autograd.grad(output(given), [x], allow_unused=True)
            return torch.zeros(x.shape, dtype=x.dtype) if found is None else found

        return partial

    def compile(self, inputs, outputs):
        def function(*arrays):
            leaves = [torch.from_numpy(a).requires_grad_(a.dtype.kind == "f") for a in arrays]
            given = dict(zip(inputs, zip(arrays, leaves, strict=True), strict=True))
            return [output(given).detach().numpy() for output in outputs]

        return function
