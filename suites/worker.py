"""The worker: runs an engine's programs in a process of its own, or in ours for a debugger.

One file that needs numpy and the standard library, in the syntax of Python 3.8, so that it runs in
any interpreter that has the engine: `python worker.py` speaks the wire (docs/wire.md). In order:
arrays, finding the engine, reading its adapter, its ops, running a program, timing one, running a
script, the wire.
"""

from __future__ import annotations

import binascii
import contextlib
import difflib
import faulthandler
import functools
import gc
import importlib
import importlib.util
import inspect
import itertools
import json
import operator
import os
import platform
import random
import re
import sys
import time
import traceback
import tracemalloc
from typing import (
    Any,
    BinaryIO,
    Callable,
    Collection,
    Iterator,
    List,
    Mapping,
    NamedTuple,
    Sequence,
    Tuple,
)

import numpy as np

PROTOCOL = 1


class AdapterError(Exception):
    """The engine cannot be used; the message is one line that says what to change."""


class UnsupportedError(NotImplementedError):
    """The engine does not claim to do this."""


# ---- arrays ------------------------------------------------------------------------------------

STORED = {"real": "<f8", "complex": "<c16", "integer": "<i8", "bool": "?"}
COMPLEX = {"float64": "complex128", "float32": "complex64"}
DTYPES = ("float64", "float32", "float16", "bfloat16", "complex128", "complex64")


def encode_array(array: Any) -> dict[str, Any]:
    """A numeric array as on the wire: little-endian, C order, base64."""
    array = np.asarray(array)
    name, little = wire_dtype(array.dtype)
    if little is not array.dtype:
        array = array.astype(little, copy=False)
    data = binascii.b2a_base64(array.tobytes(), newline=False).decode()
    return {"dtype": name, "shape": array.shape, "b64": data}


@functools.lru_cache(maxsize=None)
def wire_dtype(dtype: Any) -> tuple[str, Any]:
    """A dtype's name, which numpy is slow to tell, and the dtype of its little-endian bytes."""
    little = dtype.newbyteorder("<")
    return dtype.name, dtype if little == dtype else little


def decode_array(dtype: str, shape: Sequence[int], data: bytes) -> Any:
    """The writable array with these entries; bfloat16 comes back as float32, which holds it."""
    if dtype == "bfloat16":
        return widen(np.frombuffer(data, "<u2").reshape(shape))
    kind, little = read_dtype(dtype)
    return np.frombuffer(data, little).astype(kind).reshape(shape)


@functools.lru_cache(maxsize=None)
def read_dtype(name: str) -> tuple[Any, Any]:
    """The dtype of this name, and that of its little-endian bytes."""
    kind = np.dtype(name)
    if kind.kind not in "fciub":
        raise ValueError("%r is no dtype of the wire" % name)
    return kind, kind.newbyteorder("<")


def widen(bits: Any) -> Any:
    """The float32 values of bfloat16 numbers that are given as their 16 bits."""
    return (bits.astype(np.uint32) << 16).view(np.float32)


def arrange(array: Any, dtype: str, layout: str) -> tuple[Any, Any]:
    """A buffer of its own and the view of it that holds `array` in this dtype and layout."""
    if layout == "C" or not array.ndim:
        buffer = np.array(array, dtype, order="C")
        return buffer, buffer
    if layout == "F":
        buffer = np.array(array, dtype, order="F")
        return buffer, buffer
    if layout == "reversed":
        back = (slice(None, None, -1),) * array.ndim
        buffer = np.array(array[back], dtype, order="C")
        return buffer, buffer[back]
    # Not a number in the gaps, so that reading a neighbour shows.
    fill = np.nan if np.dtype(dtype).kind in "fc" else -1
    buffer = np.full([2 * n for n in array.shape], fill, dtype)
    view = buffer[(slice(None, None, 2),) * array.ndim]
    view[...] = array
    return buffer, view


def run_dtype(kind: str, dtype: str) -> str:
    """The dtype in which a leaf of this kind is given in a run of `dtype`."""
    if kind == "real":
        return "float32" if dtype == "bfloat16" else dtype
    if kind == "complex":
        if dtype not in COMPLEX:
            raise UnsupportedError("there is no complex dtype for %s" % dtype)
        return COMPLEX[dtype]
    return STORED[kind]


def numbers(value: Any, what: str) -> Any:
    """What an engine reports, as an array of our own; anything but numbers is a `TypeError`."""
    if isinstance(value, int):
        value = float(value)  # a scalar engine's untouched gradient is Python's 0
    try:
        array = np.array(value)
    except Exception as error:
        shown = type(value).__name__
        raise TypeError("%s is a %s, which makes no array: %s" % (what, shown, error)) from error
    if array.dtype.kind not in "fciub":
        if array.dtype.name == "bfloat16":
            return widen(array.view(np.uint16))
        shown = "a %s of dtype %s" % (type(value).__name__, array.dtype)
        raise TypeError("%s is %s, but should be an array of floats" % (what, shown))
    return array


# ---- finding the engine ------------------------------------------------------------------------


def find(spec: str) -> tuple[Any, str, str]:
    """The object that `package.module:attr` or `path/file.py:attr` names, its source, its name."""
    target, _, attribute = spec.rpartition(":")
    if not target or not attribute:
        raise AdapterError("%r: expected package.module:attr or path/file.py:attr" % spec)
    module = load_file(target) if target.endswith(".py") else load_module(target)
    found: Any = module
    for part in attribute.split("."):
        if not hasattr(found, part):
            names = [n for n in dir(found) if not n.startswith("_")]
            raise AdapterError("%s has no %r%s" % (target, attribute, nearest(part, names)))
        found = getattr(found, part)
    return found, source_of(module), attribute


def load_file(path: str) -> Any:
    """The module in the file at `path`, under a name of its own."""
    if not os.path.isfile(path):
        raise AdapterError("there is no file %s" % path)
    path = os.path.abspath(path)
    folder = os.path.dirname(path)
    if not os.path.exists(os.path.join(folder, "__init__.py")):
        reach(folder)  # its neighbours, as for a script; last, so that it can hide no package
    name = "gradassay_adapter_" + os.path.basename(path)[:-3]
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def load_module(name: str) -> Any:
    """The module of this dotted name; the working directory is searched last."""
    reach(os.getcwd())
    return importlib.import_module(name)


def reach(folder: str) -> None:
    """Let imports look into `folder`, after all else."""
    if folder not in sys.path:
        sys.path.append(folder)


def source_of(module: Any) -> str:
    """The text of a module's file, empty if there is none."""
    try:
        with open(inspect.getsourcefile(module) or "", encoding="utf-8") as file:
            return file.read()
    except (OSError, TypeError, UnicodeDecodeError):
        return ""


def nearest(name: str, names: Collection[str]) -> str:
    """`; did you mean 'lift'?`, or nothing if no name is near."""
    near = difflib.get_close_matches(name, names, 1)
    return "; did you mean %r?" % near[0] if near else ""


# ---- reading the adapter -----------------------------------------------------------------------

STYLES = {
    "tape": ("lift",),
    "functional": ("value_and_grad",),
    "symbolic": ("symbol", "grad", "compile"),
}
HIGHER = {"tape": "grad", "functional": "gradient", "symbolic": "grad"}
TENSOR = (
    *("backward", "seed", "retain_graph", "create_graph", "get_grad", "set_grad", "zero_grad"),
    *("retain_grad", "detach", "requires_grad", "is_leaf", "inplace"),
    *("set_requires_grad", "clone", "set_item", "version_counter", "astype", "dropout"),
)
SPELT = {"get_grad": "grad", "version_counter": "_version"}
"""The verbs that read an attribute which PyTorch calls otherwise."""
KEYWORDS = ("seed", "retain_graph", "create_graph")
"""Not verbs of their own: what `backward` takes."""
MODES = ("no_grad", "enable_grad", "autocast", "is_grad_enabled")
VERBS = (*TENSOR, *MODES)
"""What an adapter may offer beyond programs, for scripts: on tensors, and on the mode."""
ATTRIBUTES = {
    *("name", "version", "style", "namespace", "operators", "ops", "without", "keywords"),
    *("spelling", "transforms"),
    *("static", "ranks", "zero_dimensional", "dtypes", "devices", "order", "max_chain", "declines"),
    "slow",
    *("lift", "value", "grads", "grad", "reset", "value_and_grad", "gradient", "asarray"),
    *("symbol", "compile"),
    *("methods", "torch", *VERBS),
    *("synchronize", "memory"),
}


def check_names(adapter: Any) -> None:
    """Every public attribute must be one that we know."""
    for name in dir(adapter):
        if name not in ATTRIBUTES and not name.startswith("_"):
            hint = nearest(name, ATTRIBUTES) or "; begin the adapter's own names with an underscore"
            raise AdapterError("the adapter has an unknown attribute %r%s" % (name, hint))
    for name in ("name", "version"):
        if not isinstance(getattr(adapter, name, None), str):
            raise AdapterError("the adapter needs the attribute %r, a text" % name)


def style_of(adapter: Any) -> str:
    """How the engine differentiates: what `style` says, or the style whose methods are there."""
    said = getattr(adapter, "style", None)
    if said is not None and said not in STYLES:
        raise AdapterError("style %r is unknown%s" % (said, nearest(str(said), STYLES)))
    styles = [said] if said else list(STYLES)
    lacks = {
        style: [n for n in STYLES[style] if not callable(getattr(adapter, n, None))]
        for style in styles
    }
    fits = [style for style in styles if not lacks[style]]
    fits = fits or [style for style in styles if {*lacks[style]} <= {*usual_of(adapter, style)}]
    if len(fits) == 1:
        return fits[0]
    if fits:
        said = " or ".join(map(repr, fits))
        raise AdapterError("the methods make two styles: say style = " + said)
    text = " or ".join("%s (%s)" % (", ".join(lacks[style]), style) for style in lacks)
    raise AdapterError("the methods make no style: the adapter lacks " + text)


def words(value: Any, what: str) -> list[str]:
    """Names given as text split at spaces, or as a collection."""
    listed = value.split() if isinstance(value, str) else list(value)
    if not all(isinstance(w, str) for w in listed):
        raise AdapterError("%s: expected names, got %r" % (what, value))
    return listed


def limits_of(adapter: Any, style: str) -> dict[str, Any]:
    """What the generator must respect, as `hello` reports it."""
    order = whole(getattr(adapter, "order", 1), "order", 1)
    if order > 1 and not callable(getattr(adapter, HIGHER[style], None)):
        raise AdapterError("order = %d needs the method %r" % (order, HIGHER[style]))
    chain = getattr(adapter, "max_chain", None)
    dtypes = words(getattr(adapter, "dtypes", "float64"), "dtypes")
    for dtype in dtypes:
        if dtype not in DTYPES:
            raise AdapterError("dtypes names %r, no dtype%s" % (dtype, nearest(dtype, DTYPES)))
    return {
        **ranks_of(adapter),
        "dtypes": dtypes,
        "devices": words(getattr(adapter, "devices", "cpu"), "devices"),
        "order": order,
        "max_chain": None if chain is None else whole(chain, "max_chain", 1),
        "slow": whole(getattr(adapter, "slow", 1), "slow", 1),
        "keywords": {**KEYWORDS_OF[spelling_of(adapter)], **getattr(adapter, "keywords", {})},
    }


def ranks_of(adapter: Any) -> dict[str, Any]:
    """The ranks of an engine's tensors, and whether it has 0-d ones."""
    ranks, has = getattr(adapter, "ranks", None), getattr(adapter, "zero_dimensional", True)
    if not isinstance(has, bool):
        raise AdapterError("zero_dimensional: expected True or False, got %r" % (has,))
    if ranks is None and not has:
        ranks = (1, 2, 3)
    listed = None if ranks is None else sorted(whole(r, "ranks", 0) for r in ranks)
    if not has and 0 in (listed or ()):
        raise AdapterError("ranks holds 0, but zero_dimensional is False")
    return {"ranks": listed, "zero_dimensional": has}


def whole(value: Any, what: str, least: int) -> int:
    """An integer that is not less than `least`."""
    if not isinstance(value, int) or value < least:
        raise AdapterError("%s: expected %d or more, got %r" % (what, least, value))
    return value


def patterns(adapter: Any) -> list[Any]:
    """The adapter's `declines`, one regular expression or a collection of them."""
    declines = getattr(adapter, "declines", ())
    try:
        return [re.compile(p) for p in ([declines] if isinstance(declines, str) else declines)]
    except (re.error, TypeError) as error:
        raise AdapterError("declines: no regular expression: %s" % error) from error


# ---- what an adapter leaves to us --------------------------------------------------------------


def complete(adapter: Any, style: str) -> list[str]:
    """Give the adapter the usual methods that it leaves out; their names.

    Who names a whole API, by `torch` or `transforms`, need only say what differs from it.
    """
    left = dict(usual_of(adapter, style))
    for name, function in left.items():
        setattr(adapter, name, functools.partial(function, adapter))
    if style == "tape" and getattr(adapter, "torch", None) is not None:
        said = {"namespace": adapter.torch, "spelling": "torch", "methods": of_torch(adapter)}
        for name in [name for name in said if not hasattr(adapter, name)]:
            setattr(adapter, name, said[name])
            left[name] = said[name]
    return list(left)


def of_torch(adapter: Any) -> list[str]:
    """The verbs of PyTorch's that a module has, and a leaf made of it."""
    leaf: Any = None
    with contextlib.suppress(Exception):
        leaf = sample(adapter, "tape", True)
    sweep = parameters(getattr(leaf, "backward", None))
    seeds = ["seed"] if {*sweep} - {"retain_graph", "create_graph"} else []
    return [
        *(mode for mode in OF_TORCH_MODES if has(adapter.torch, mode)),
        *(verb for verb, name in OF_TORCH.items() if hasattr(leaf, name)),
        *(["inplace"] if hasattr(leaf, "add_") or hasattr(leaf, "__iadd__") else []),
        *(verb for verb in KEYWORDS if verb in (*sweep, *seeds)),
    ]


def sample(adapter: Any, style: str, requires_grad: bool = False) -> Any:
    """One of the engine's own leaves, made to be looked at."""
    getattr(adapter, "reset", lambda: None)()
    rank = min(getattr(adapter, "ranks", None) or (0,))
    dtype, device = (
        words(getattr(adapter, what, default), what)[0]
        for what, default in (("dtypes", "float64"), ("devices", "cpu"))
    )
    array = np.ones((1,) * rank, run_dtype("real", dtype))
    if style == "tape":
        known = {"dtype": dtype, "device": device}
        return adapter.lift(array, requires_grad, **{n: known[n] for n in extras(adapter)})
    if style == "symbolic":
        return adapter.symbol(array.shape, dtype)
    seen: list[Any] = []

    def kept(x: Any) -> Any:
        seen.append(x)
        return x

    with contextlib.suppress(Exception):  # its value may have to be a scalar
        adapter.value_and_grad(kept, [getattr(adapter, "asarray", lambda array: array)(array)])
    return seen[0]


def extras(adapter: Any) -> list[str]:
    """What a tape's `lift` takes beyond the array and the flag."""
    takes = parameters(adapter.lift)
    return [name for name in ("dtype", "device") if name in takes]


def parameters(function: Any) -> Collection[str]:
    """The names of a function's parameters; none where they cannot be told."""
    try:
        return tuple(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return ()


def usual_of(adapter: Any, style: str) -> dict[str, Callable[..., Any]]:
    """The methods that an adapter of this style leaves out, where the engine has what they need."""
    return {
        name: function
        for name, (function, path) in USUAL[style].items()
        if getattr(adapter, name, None) is None and has(adapter, path)
    }


def has(adapter: Any, paths: str) -> bool:
    """Whether there is an attribute at the end of a path such as `torch.optim.SGD`, or of any."""
    return not paths or any(dotted(adapter, path) is not None for path in paths.split())


def usual_value(engine: Any, x: Any) -> Any:
    """A tensor as an array: what `x.detach().numpy()` gives, or `x.data`."""
    if isinstance(x, (int, float, complex, np.ndarray, np.generic)):
        return x
    x = x.detach() if callable(getattr(x, "detach", None)) else x
    if not callable(getattr(x, "numpy", None)):
        return x.data
    try:
        return x.numpy()
    except (TypeError, RuntimeError):
        if not hasattr(x, "resolve_conj"):
            raise
        # PyTorch's own tensor, of a dtype or a device that numpy does not have.
        return (x.float() if "bfloat16" in str(x.dtype) else x).numpy(force=True)


def usual_array(engine: Any, x: Any) -> Any:
    """What `numpy.asarray` reads."""
    return x


def usual_grads(engine: Any, output: Any, leaves: Any) -> list[Any]:
    """A sweep by `output.backward()`; then each leaf's `grad`."""
    if not hasattr(output, "backward"):
        raise AdapterError("write grads(output, leaves): the output has no backward()")
    output.backward()
    found = [getattr(x, "grad", None) for x in leaves]
    return [None if grad is None else engine.value(grad) for grad in found]


def torch_lift(engine: Any, array: Any, requires_grad: bool, dtype: str, device: str) -> Any:
    """A leaf by `from_numpy`, `tensor` or `Tensor`; PyTorch has no negative strides."""
    back = any(stride < 0 for stride in array.strides)
    names = [name for name in ("from_numpy", "tensor", "Tensor") if hasattr(engine.torch, name)]
    x = getattr(engine.torch, names[0])(array.copy() if back else array)
    x = x if device == "cpu" else x.to(device)
    if dtype == "bfloat16" and array.dtype == "float32":
        x = x.to(engine.torch.bfloat16)
    if requires_grad:
        x.requires_grad = True
    return x


def torch_grad(engine: Any, output: Any, leaves: Any, create_graph: bool) -> Any:
    """Gradients as tensors."""
    return engine.torch.autograd.grad(output, leaves, create_graph=create_graph)


def torch_zero_grad(engine: Any, leaves: Any) -> None:
    """What a training loop calls."""
    engine.torch.optim.SGD(leaves).zero_grad()


def torch_astype(engine: Any, x: Any, dtype: str) -> Any:
    """A tensor in another dtype, by its name."""
    if not hasattr(engine.torch, dtype):
        raise UnsupportedError("the engine has no %s" % dtype)
    return x.to(getattr(engine.torch, dtype))


def torch_dropout(engine: Any, x: Any, p: float) -> Any:
    """Entries zeroed with probability p."""
    return engine.torch.nn.functional.dropout(x, p)


def torch_autocast(engine: Any) -> Any:
    """A mode that computes in bfloat16."""
    return engine.torch.autocast("cpu", engine.torch.bfloat16)


def torch_synchronize(engine: Any, device: str) -> None:
    """Wait for the device."""
    if "cuda" in device:
        engine.torch.cuda.synchronize()


def torch_memory(engine: Any, run: Callable[[], Any], device: str) -> Tuple[int, int] | None:
    """What the allocator of the device says, or on the CPU PyTorch's profiler if there is one."""
    if "cuda" not in device:
        return profiled(engine.torch.profiler, run) if has(engine, "torch.profiler") else None
    cuda = engine.torch.cuda
    cuda.synchronize()
    cuda.reset_peak_memory_stats()
    before = cuda.memory_allocated()
    held = run()
    cuda.synchronize()
    peak, live = cuda.max_memory_allocated(), cuda.memory_allocated()
    del held
    return peak - before, live - before


def profiled(profiler: Any, run: Callable[[], Any]) -> Tuple[int, int]:
    """What a profile of a call says was taken and given back, in its order."""
    cpu = [profiler.ProfilerActivity.CPU]
    with profiler.profile(activities=cpu, profile_memory=True) as profile:
        held = run()
    del held
    events = [e for e in profile.profiler.kineto_results.events() if e.name() == "[memory]"]
    taken = [e.nbytes() for e in sorted(events, key=lambda e: e.start_ns())]
    return max(itertools.accumulate(taken, initial=0)), sum(taken)


def transformed(engine: Any, f: Any, arrays: Any) -> Any:
    """A function's value and gradients; of a single one MLX makes no tuple."""
    both = engine.transforms.value_and_grad(f, tuple(range(len(arrays))))
    value, grads = both(*arrays)
    return value, grads if isinstance(grads, (tuple, list)) else [grads]


def transformed_gradient(engine: Any, f: Any) -> Any:
    """The gradient of a function of one argument."""
    return engine.transforms.grad(f)


OF_TORCH = {
    **{v: v for v in ("backward", "retain_grad", "detach", "requires_grad", "is_leaf", "clone")},
    **{"get_grad": "grad", "set_grad": "grad", "version_counter": "_version"},
    **{"set_requires_grad": "requires_grad", "set_item": "__setitem__"},
}
"""The verbs that an engine under PyTorch's names has, and what of a tensor serves each."""
OF_TORCH_MODES = ("no_grad", "enable_grad", "is_grad_enabled")
"""Those that its module serves."""


USUAL: dict[str, dict[str, Tuple[Callable[..., Any], str]]] = {
    "tape": {
        "lift": (torch_lift, "torch.from_numpy torch.tensor torch.Tensor"),
        "value": (usual_value, ""),
        "grads": (usual_grads, ""),
        "grad": (torch_grad, "torch.autograd.grad"),
        "zero_grad": (torch_zero_grad, "torch.optim.SGD"),
        "astype": (torch_astype, "torch.Tensor.to"),
        "dropout": (torch_dropout, "torch.nn.functional.dropout"),
        "autocast": (torch_autocast, "torch.autocast"),
        "synchronize": (torch_synchronize, "torch.cuda.synchronize"),
        "memory": (torch_memory, "torch.cuda.memory_allocated"),
    },
    "functional": {
        "value": (usual_array, ""),
        "value_and_grad": (transformed, "transforms.value_and_grad"),
        "gradient": (transformed_gradient, "transforms.grad"),
    },
    "symbolic": {},
}
"""What an adapter of each style may leave out, and what it or the engine must have for that."""


# ---- its ops -----------------------------------------------------------------------------------

Ops = Mapping[str, Mapping[str, Any]]
Handler = Callable[[Any, Sequence[Any]], Any]
SYMBOLS: dict[str, Callable[..., Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "//": operator.floordiv, "%": operator.mod, "**": operator.pow, "@": operator.matmul,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "==": operator.eq, "!=": operator.ne, "&": operator.and_, "|": operator.or_,
    "^": operator.xor, "~": operator.invert, "[]": operator.getitem,
    "neg": operator.neg, "pos": operator.pos, "abs": abs,
}  # fmt: skip


def all_axes(x: Any, axis: Any) -> Any:
    """Axes as a tuple, for what takes neither None for all of them nor a number for one."""
    return tuple(range(x.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)


def prod(f: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """PyTorch's takes one axis at a time."""
    if axis is None and not keepdims:
        return f(x)
    for a in sorted((a % x.ndim for a in all_axes(x, axis)), reverse=True):
        x = f(x, a, keepdims)
    return x


def first(found: Any) -> Any:
    """The values of what sorts; PyTorch gives the indices with them."""
    return found[0] if isinstance(found, (tuple, list)) else found


def named(f: Any, places: str, keywords: str = "") -> Any:
    """A function as PyTorch's rows call it: `places` after the tensor, then `keywords`.

    Where its signature can be read, and has other places or names, all go by the names that it has.
    """
    try:
        has = inspect.signature(f).parameters
    except (TypeError, ValueError):
        return f
    kinds = [p.kind for p in has.values()]
    order = places.split()
    also = {"dim": "axis", "keepdim": "keepdims"}
    placed = [n for n, p in has.items() if p.kind in (0, 1)][1:]  # by position
    fits = len(placed) >= len(order) and all(map(lambda n, m: m in (n, also.get(n)), order, placed))
    known = all(n in has or also.get(n) in has for n in (*order, *keywords.split()))
    unsure = not known and (2 in kinds or 4 in kinds)  # *args, **kwargs
    if unsure or (fits and {*keywords.split()} <= {*has}):
        return f

    def called(x: Any, *given: Any, **more: Any) -> Any:
        said = {**dict(map(lambda n, value: (n, value), order, given)), **more}
        if "correction" not in has and "unbiased" in has and said.get("correction") in (0, 1):
            said["unbiased"] = bool(said.pop("correction"))
        theirs = {n: n if n in has else also.get(n, n) for n in said}
        lacks = [n for n in said if theirs[n] not in has and said[n] not in (None, False)]
        if lacks:
            raise UnsupportedError("it takes no %s" % lacks[0])
        return f(x, **{theirs[n]: value for n, value in said.items() if theirs[n] in has})

    return called


def roll(f: Any, x: Any, shift: Any, axis: Any = None) -> Any:
    """PyTorch's takes a shift for each axis."""
    many = isinstance(axis, tuple) and isinstance(shift, int)
    return f(x, (shift,) * len(axis) if many else shift, axis)


SPELLINGS: dict[str, dict[str, Any]] = {
    "": {},
    "numpy": {
        "pow": "power",
        "asin": "arcsin",
        "acos": "arccos",
        "atan": "arctan",
        "atan2": "arctan2",
        "asinh": "arcsinh",
        "acosh": "arccosh",
        "atanh": "arctanh",
        "concat": "concatenate",
        "clip": ("clip", lambda f, x, min=None, max=None: f(x, min, max)),  # noqa: A006
        "cumulative_sum": ("cumsum", lambda f, x, axis: f(x, axis)),
        "cumulative_prod": ("cumprod", lambda f, x, axis: f(x, axis)),
        "reshape": ("reshape", lambda f, x, shape: f(x, shape)),
        "permute_dims": ("transpose", lambda f, x, axes: f(x, axes)),
        "broadcast_to": ("broadcast_to", lambda f, x, shape: f(x, shape)),
        "tile": ("tile", lambda f, x, repetitions: f(x, repetitions)),
        "split": ("split", lambda f, x, indices_or_sections, axis=0: f(
            x, indices_or_sections, axis)),
        "pad": ("pad", lambda f, x, pad_width, constant_values=0: f(
            x, pad_width, "constant", constant_values=constant_values)),
        "sort": ("sort", lambda f, x, axis=-1, descending=False:
            -f(-x, axis) if descending else f(x, axis)),
        "linalg.diagonal": ("diagonal", lambda f, x, offset=0: f(x, offset, -2, -1)),
    },
    "torch": {
        "clip": ("clip", lambda f, x, min=None, max=None: f(x, min, max)),  # noqa: A006
        "sum": ("sum", lambda f, x, axis=None, keepdims=False: f(x, axis, keepdims), "dim keepdim"),
        "mean": ("mean", lambda f, x, axis=None, keepdims=False: f(x, axis, keepdims),
            "dim keepdim"),
        "max": "amax",
        "min": "amin",
        "prod": ("prod", prod, "dim keepdim"),
        "var": ("var", lambda f, x, axis=None, correction=0, keepdims=False: f(
            x, axis, correction=correction, keepdim=keepdims), "dim", "correction keepdim"),
        "std": ("std", lambda f, x, axis=None, correction=0, keepdims=False: f(
            x, axis, correction=correction, keepdim=keepdims), "dim", "correction keepdim"),
        "special.logsumexp": ("logsumexp", lambda f, x, axis=None, keepdims=False: f(
            x, all_axes(x, axis), keepdims), "dim keepdim"),
        "cumulative_sum": ("cumsum", lambda f, x, axis: f(x, axis), "dim"),
        "cumulative_prod": ("cumprod", lambda f, x, axis: f(x, axis), "dim"),
        "reshape": ("reshape", lambda f, x, shape: f(x, shape)),
        "permute_dims": ("permute", lambda f, x, axes: f(x, axes)),
        "expand_dims": ("unsqueeze", lambda f, x, axis: f(x, axis)),
        "squeeze": ("squeeze", lambda f, x, axis: f(x, axis)),
        "broadcast_to": ("broadcast_to", lambda f, x, shape: f(x, shape)),
        "split": ("tensor_split", lambda f, x, indices_or_sections, axis=0: f(
            x, indices_or_sections, axis)),
        "flip": ("flip", lambda f, x, axis=None: f(x, all_axes(x, axis))),
        "roll": ("roll", roll),
        "repeat": ("repeat_interleave", lambda f, x, repeats, axis=None: f(x, repeats, axis)),
        "tile": ("tile", lambda f, x, repetitions: f(x, repetitions)),
        "pad": ("nn.functional.pad", lambda f, x, pad_width, constant_values=0: f(
            x, [n for widths in pad_width[::-1] for n in widths], value=constant_values)),
        "take": ("index_select", lambda f, x, indices, axis: f(x, axis, indices)),
        "sort": ("sort", lambda f, x, axis=-1, descending=False: first(f(x, axis, descending)),
            "dim descending"),
        "linalg.diagonal": ("diagonal", lambda f, x, offset=0: f(x, offset, -2, -1)),
    },
}  # fmt: skip
"""How NumPy and PyTorch call an op that the array API calls otherwise: the name and, if more than
keywords differ, a function that takes theirs and the arguments in our own spelling, and what that
gives theirs by place and by keyword, if an engine may have it otherwise (`named`)."""
BRIEFLY = {
    "subtract": "sub", "multiply": "mul", "divide": "div", "negative": "neg",
    "greater": "gt", "greater_equal": "ge", "less": "lt", "less_equal": "le",
}  # fmt: skip
"""Further names that PyTorch has for what it also calls as the array API does."""
OTHERS = ("transpose", "split", "repeat", "take")
"""Names that it has for something else."""
KEYWORDS_OF: dict[str, dict[str, str]] = {
    "": {},
    "numpy": {"correction": "ddof"},
    "torch": {"axis": "dim", "keepdims": "keepdim", "axes": "dims", "k": "diagonal"},
}


def spelling_of(adapter: Any) -> str:
    """Whose names and keywords the namespace has: `numpy`, `torch` or the array API's own."""
    said = getattr(adapter, "spelling", "")
    if said not in SPELLINGS:
        known = [s for s in SPELLINGS if s]
        hint = nearest(str(said), known) or "; there are %s" % ", ".join(map(repr, known))
        raise AdapterError("spelling %r is unknown%s" % (said, hint))
    return str(said)


def spelt_ops(adapter: Any, ops: Ops) -> Iterator[tuple[str, Any, dict[str, str]]]:
    """The ops that the namespace has as NumPy or PyTorch spells them: function, and whence."""
    spelling = spelling_of(adapter)
    for op, row in SPELLINGS[spelling].items():
        name, *more = (row,) if isinstance(row, str) else row
        found, whence = served(getattr(adapter, "namespace", ()), name)
        if op not in ops or not callable(found):
            continue
        if not more:
            yield op, found, whence
            continue
        take, *names = more
        theirs = named(found, *names) if names else found
        said = {} if theirs is found else {"names": "; ".join(names)}
        yield op, functools.partial(take, theirs), {**whence, "spelling": spelling, **said}


class Names:
    """Resolves an adapter's spellings of op names."""

    def __init__(self, ops: Ops) -> None:
        """`ops` is the op table of `hello`."""
        self.known = {alias: op for op, row in ops.items() for alias in row.get("aliases", ())}
        self.known.update((op, op) for op in ops)

    def op(self, name: str, where: str) -> str:
        """The op of this name or alias."""
        if name not in self.known:
            hint = nearest(name, self.known)
            raise AdapterError("%s names %r, which is no op%s" % (where, name, hint))
        return self.known[name]

    def mapping(self, adapter: Any, where: str) -> dict[str, Any]:
        """An attribute keyed by ops, its keys resolved."""
        given = getattr(adapter, where, {})
        if not isinstance(given, Mapping):
            raise AdapterError("%s is %r, but should map names of ops" % (where, given))
        return {self.op(name, where): value for name, value in given.items()}

    def listed(self, adapter: Any, where: str) -> dict[str, str]:
        """An attribute that lists ops: each op, and how it was spelt."""
        return {self.op(n, where): n for n in words(getattr(adapter, where, ()), where)}


def resolve(adapter: Any, ops: Ops) -> tuple[dict[str, Any], dict[str, dict[str, str]]]:
    """The function that serves each op, and where it comes from: `ops`, operators, namespace."""
    names = Names(ops)
    functions: dict[str, Any] = {}
    offers: dict[str, dict[str, str]] = {}
    namespace = getattr(adapter, "namespace", None)
    for op, function, whence in spelt_ops(adapter, ops):
        functions[op], offers[op] = function, whence
    torch = spelling_of(adapter) == "torch"
    for op, row in ops.items() if namespace is not None else ():
        also = [BRIEFLY[op]] if torch and op in BRIEFLY else []
        for name in (op, *row.get("aliases", ()), *also):
            found, whence = served(namespace, name)
            if op not in functions and callable(found) and not (torch and name in OTHERS):
                functions[op], offers[op] = found, whence
    for op, python in of_python(adapter, ops):
        if op not in functions:
            functions[op], offers[op] = SYMBOLS[python], {"operator": python}
    operators = names.listed(adapter, "operators")
    if namespace is not None and "getitem" in ops and "getitem" not in operators:
        functions["getitem"] = SYMBOLS["[]"]
        offers["getitem"] = {"operator": "[]", "assumed": "yes"}
    for op, spelling in operators.items():
        symbol = ops[op].get("operator")
        if symbol not in SYMBOLS:
            raise AdapterError("operators names %r, for which Python has no operator" % spelling)
        functions[op], offers[op] = SYMBOLS[symbol], {"operator": symbol}
    for op, function in names.mapping(adapter, "ops").items():
        if not callable(function):
            raise AdapterError("ops[%r] is %r, which cannot be called" % (op, function))
        functions[op], offers[op] = function, {"ops": op}
    for op in names.listed(adapter, "without"):
        functions.pop(op, None)
        offers.pop(op, None)
    return functions, offers


def of_python(adapter: Any, ops: Ops) -> Iterator[Tuple[str, str]]:
    """The ops that a leaf serves by Python's own operators, where we may assume them.

    That is under PyTorch's names, and where the namespace is the very class of the leaves.
    """
    namespace, module = getattr(adapter, "namespace", None), getattr(adapter, "torch", None)
    ours = module is not None and namespace is module
    if hasattr(adapter, "operators") or not (ours or isinstance(namespace, type)):
        return
    kind: type = object
    with contextlib.suppress(Exception):
        kind = type(sample(adapter, "tape", True))
    if not (ours or kind is namespace):
        return
    for op, row in ops.items():
        symbol = row.get("operator")
        if symbol in SYMBOLS:
            name = "__%s__" % SYMBOLS[symbol].__name__.strip("_")
            found = getattr(kind, name, None)
            if callable(found) and found is not getattr(object, name, None):
                yield op, symbol


def dotted(namespace: Any, path: str) -> Any:
    """`linalg.solve` of a namespace, or of the first of several that has it; or none."""
    return served(namespace, path)[0]


def served(namespace: Any, path: str) -> tuple[Any, dict[str, str]]:
    """The same, and whence it is: `part` says of which of several, as an index."""
    several = isinstance(namespace, (tuple, list))
    for k, found in enumerate(namespace if several else [namespace]):
        for part in path.split("."):
            found = getattr(found, part, None)
        if found is not None:
            return found, {"namespace": path, **({"part": "[%d]" % k} if several else {})}
    return None, {}


def static_slots(adapter: Any, ops: Ops) -> dict[str, list[int]]:
    """For each op the slots that take a plain number."""
    slots = {}
    for op, given in Names(ops).mapping(adapter, "static").items():
        slots[op] = [given] if isinstance(given, int) else sorted(given)
        if not all(isinstance(s, int) and 0 <= s < ops[op]["args"] for s in slots[op]):
            raise AdapterError("static[%r] is %r: %s has no such slot" % (op, given, op))
    return slots


def plain(value: Any) -> Any:
    """A parameter from JSON as Python's: `{"f": "nan"}` a float, lists tuples."""
    if isinstance(value, dict):
        return float(value["f"])
    return tuple(map(plain, value)) if isinstance(value, (list, tuple)) else value


def tensors(call: Any, values: Sequence[Any]) -> list[Any]:
    """The arguments of a call."""
    return [values[a] if type(a) is int else plain(a.static) for a in call.args]


def handler(function: Any, keywords: Mapping[str, str], sequence: bool) -> Handler:
    """What runs a call of the op that `function` serves."""

    def run(call: Any, values: Sequence[Any]) -> Any:
        args = tensors(call, values)
        if sequence:
            args = [args]
        if not call.params:
            return function(*args)
        return function(*args, **{keywords.get(k, k): plain(v) for k, v in call.params.items()})

    return run


def ready(function: Any, call: Any, keywords: Mapping[str, str]) -> Callable[[Sequence[Any]], Any]:
    """One call of an op, to be run again and again: what can be decided before is decided here."""
    args = call.args
    params = {keywords.get(k, k): plain(v) for k, v in call.params.items()}
    if params or any(type(a) is not int for a in args):
        return lambda values: function(*tensors(call, values), **params)
    if len(args) == 1:
        (x,) = args
        return lambda values: function(values[x])
    if len(args) == 2:
        x, y = args
        return lambda values: function(values[x], values[y])
    return lambda values: function(*[values[a] for a in args])


def index_handler(function: Any, plain_index: Callable[[Any], Any]) -> Handler:
    """What runs a `getitem`: its key may hold slices and index arrays."""

    def run(call: Any, values: Sequence[Any]) -> Any:
        args = tensors(call, values)
        key = [index_part(entry, args, plain_index) for entry in call.params["key"]]
        return function(args[0], tuple(key))

    return run


def index_part(entry: Any, args: Sequence[Any], plain_index: Callable[[Any], Any]) -> Any:
    """One entry of a `getitem` key: a slice, an index array among `args`, or as it stands."""
    if isinstance(entry, dict):
        return slice(*entry["slice"]) if "slice" in entry else plain_index(args[entry["arg"]])
    return ... if entry == "..." else entry


# ---- running a program -------------------------------------------------------------------------


class Leaf(NamedTuple):
    """An input, its entries in the widest dtype of its kind."""

    kind: str
    array: Any
    requires_grad: bool
    layout: str


class Static(NamedTuple):
    """A plain number in a slot that takes no tensor."""

    static: Any


class Call(NamedTuple):
    """One op applied to earlier values."""

    op: str
    args: tuple[Any, ...]
    params: Mapping[str, Any]


class Outcome(NamedTuple):
    """What came of a program: values, gradients and changed leaves, or an error as on the wire."""

    values: list[Any]
    grads: list[Any]
    mutated: list[int]
    error: dict[str, Any] | None
    seconds: float


REFUSAL = re.compile(r"keyword|unexpected|invalid combination of arguments|argument '\w+'")
MISFIT = re.compile(r"positional argument|keyword argument|keyword-only argument")
_Found = Tuple[List[Any], List[Any]]


class Engine:
    """An engine behind its adapter: `run` takes decoded programs, `hello` states its facts."""

    def __init__(self, adapter: Any, ops: Ops, source: str = "", attribute: str = "") -> None:
        """Check the adapter; raises `AdapterError` if it cannot be used."""
        self.adapter = adapter() if isinstance(adapter, type) else adapter
        check_names(self.adapter)
        self.style = style_of(self.adapter)
        self.usual = complete(self.adapter, self.style)
        self.limits = limits_of(self.adapter, self.style)
        self.limits["static"] = static_slots(self.adapter, ops)
        functions, self.offers = resolve(self.adapter, ops)
        if self.offers.get("getitem", {}).pop("assumed", "") and not self._indexes():
            del functions["getitem"], self.offers["getitem"]
        self.declines = patterns(self.adapter)
        self.verbs = serves(self.adapter)
        self.source, self.attribute = source, attribute
        self.functions = functions
        self._lists = {op for op in functions if ops[op].get("list")}
        self._handlers = {
            op: handler(f, self._theirs(op), op in self._lists) for op, f in functions.items()
        }
        self._handlers["item"] = lambda call, values: values[call.args[0]][call.params["index"]]
        if self.limits["order"] > 1:
            functional = self.style == "functional"
            self._handlers["grad"] = self._functional_grad if functional else self._node_grad
        self._extras = extras(self.adapter) if self.style == "tape" else []
        self.reset: Callable[[], Any] | None = getattr(self.adapter, "reset", None)
        self.asarray: Callable[[Any], Any] = getattr(self.adapter, "asarray", lambda array: array)
        self.index: Callable[[Any], Any] = lambda x: x
        if "getitem" in functions:
            if self._wants_plain_indices(functions["getitem"]):
                self.offers["getitem"]["indices"] = "arrays"
                self.index = self._plain_index
            self._handlers["getitem"] = index_handler(functions["getitem"], self.index)
        self._at: int | str = "start"
        self._calls: Sequence[Any] = ()

    def _indexes(self) -> bool:
        """Whether the engine's tensors can be indexed, as far as one can be made to see it."""
        with contextlib.suppress(Exception):
            return hasattr(type(sample(self.adapter, self.style)), "__getitem__")
        return True

    def _wants_plain_indices(self, getitem: Any) -> bool:
        """Whether numpy arrays index the engine's tensors, and its own of integers do not."""
        if self.style != "tape" or "ops" in self.offers["getitem"]:
            return False
        array, index = np.ones(2, run_dtype("real", self.limits["dtypes"][0])), np.array([0])
        takes = []
        (self.reset or (lambda: None))()
        for own in (True, False):
            with contextlib.suppress(Exception):
                at = [self.limits[what][0] for what in ("dtypes", "devices")]
                x = self.lift(array.copy(), True, *at)
                getitem(x, (self.lift(index, False, *at) if own else index,))
                takes.append(own)
        return takes == [False]

    def _plain_index(self, x: Any) -> Any:
        """An index as a numpy array, of whole numbers or of truth values."""
        array = np.asarray(self.adapter.value(x))
        if array.dtype.kind not in "biu":
            raise UnsupportedError("the engine keeps no integers to index with")
        return array

    @classmethod
    def load(cls, spec: str, ops: Ops) -> Engine:
        """The engine that `package.module:attr` or `path/file.py:attr` names."""
        adapter, source, attribute = find(spec)
        return cls(adapter, ops, source, attribute)

    @property
    def hello(self) -> dict[str, Any]:
        """The engine's facts, as the wire's `hello` reports them."""
        return {
            "protocol": PROTOCOL,
            "name": self.adapter.name,
            "version": self.adapter.version,
            "style": self.style,
            "offers": self.offers,
            "verbs": sorted({*self.verbs, *OURS}),
            "usual": self.usual,
            "limits": self.limits,
            "environment": {
                "python": platform.python_version(),
                "numpy": np.__version__,
                "platform": platform.platform(),
            },
            "source": self.source,
            "attribute": self.attribute,
        }

    def run(
        self,
        leaves: Sequence[Any],
        calls: Sequence[Any],
        outputs: Sequence[int],
        dtype: str = "float64",
        device: str = "cpu",
    ) -> Outcome:
        """Run a program; whatever the engine raises is in the outcome.

        Leaves, calls and plain numbers are those above or anything with their attributes. Every
        program starts from the same random state, so that its place in a batch changes nothing.
        """
        start = time.perf_counter()
        self._at, self._calls = "start", calls
        try:
            random.seed(0)
            np.random.seed(0)
            with np.errstate(all="ignore"):
                values, grads, mutated = self._run(leaves, calls, outputs, dtype, device)
        except BaseException as error:  # also SystemExit: it is the engine's doing
            return Outcome([], [], [], self.failure(error), time.perf_counter() - start)
        return Outcome(values, grads, mutated, None, time.perf_counter() - start)

    def _theirs(self, op: str) -> Mapping[str, str]:
        """Our keywords as the function that serves an op has them."""
        return {} if "spelling" in self.offers[op] else self.limits["keywords"]

    def _run(
        self, leaves: Any, calls: Any, outputs: Any, dtype: str, device: str
    ) -> tuple[list[Any], list[Any], list[int]]:
        for what, asked in (("dtypes", dtype), ("devices", device)):
            if asked not in self.limits[what]:
                raise UnsupportedError("the adapter's %s lack %r" % (what, asked))
        given = [arrange(x.array, run_dtype(x.kind, dtype), x.layout) for x in leaves]
        before = [buffer.tobytes() for buffer, _ in given]
        arrays = [view for _, view in given]
        if self.reset is not None:
            self.reset()
        if self.style == "tape":
            values, grads = self._tape(leaves, arrays, outputs, dtype, device)
        elif self.style == "symbolic":
            values, grads = self._symbolic(leaves, arrays, outputs, dtype)
        else:
            values, grads = self._functional(leaves, arrays, outputs)
        if values[-1].shape == (1,) and not self.limits["zero_dimensional"]:
            values[-1] = values[-1].reshape(())
        mutated = [i for i, (buffer, _) in enumerate(given) if buffer.tobytes() != before[i]]
        return values, grads, mutated

    def at(self, where: int | str) -> None:
        """Where the engine is now, for what it may raise."""
        self._at = where

    def lift(self, array: Any, requires_grad: bool, dtype: str, device: str) -> Any:
        """The engine's own leaf, on a tape."""
        known = {"dtype": dtype, "device": device}
        given = {name: known[name] for name in self._extras}
        return self.adapter.lift(array, requires_grad, **given)

    def call(self, call: Call, values: Sequence[Any]) -> Any:
        """The value of one call."""
        run = self._handlers.get(call.op)
        if run is None:
            raise UnsupportedError("%s is not offered" % call.op)
        return run(call, values)

    def _tape(
        self, leaves: Any, arrays: list[Any], outputs: Any, dtype: str, device: str
    ) -> _Found:
        adapter = self.adapter
        nodes = []
        for i, leaf in enumerate(leaves):
            self._at = "leaf %d" % i
            nodes.append(self.lift(arrays[i], leaf.requires_grad, dtype, device))
        self._forward(nodes)
        read_first = len(self._calls) % 2 == 0  # both orders: lazy engines tell them apart
        values = self._values(nodes, outputs) if read_first else []
        self._at = "sweep"
        grads: Sequence[Any] = [None] * len(arrays)
        if any(leaf.requires_grad for leaf in leaves):
            grads = adapter.grads(nodes[outputs[-1]], nodes[: len(arrays)])
        found = self.gradients(grads, len(arrays))
        return values or self._values(nodes, outputs), found

    def _values(self, nodes: Sequence[Any], outputs: Any) -> list[Any]:
        values = []
        for i, output in enumerate(outputs):
            self._at = "output %d" % i
            values.append(numbers(self.adapter.value(nodes[output]), "the value"))
        return values

    def _symbolic(self, leaves: Any, arrays: list[Any], outputs: Any, dtype: str) -> _Found:
        """Build the graph and its gradients, compile both into one function, call it once."""
        nodes: list[Any] = []
        for i, array in enumerate(arrays):
            self._at = "leaf %d" % i
            name = dtype if leaves[i].kind == "real" else array.dtype.name
            nodes.append(self.adapter.symbol(array.shape, name))
        inputs = list(nodes)
        self._forward(nodes)
        self._at = "sweep"
        wanted = [i for i, leaf in enumerate(leaves) if leaf.requires_grad]
        given = self.adapter.grad(nodes[outputs[-1]], [nodes[i] for i in wanted]) if wanted else ()
        given = counted(given, len(wanted), "gradients for %d leaves")
        asked = [k for k, node in enumerate(given) if node is not None]
        results = [*(nodes[o] for o in outputs), *(given[k] for k in asked)]
        function = self.adapter.compile(inputs, results)
        found = counted(function(*arrays), len(outputs) + len(asked), "results for %d outputs")
        values = [numbers(v, "output %d" % i) for i, v in enumerate(found[: len(outputs)])]
        grads: list[Any] = [None] * len(arrays)
        for k, grad in enumerate(self.gradients(found[len(outputs) :], len(asked))):
            grads[wanted[asked[k]]] = grad
        return values, grads

    def _functional(self, leaves: Any, arrays: list[Any], outputs: Any) -> _Found:
        arrays = [self.asarray(array) for array in arrays]
        wanted = [i for i, leaf in enumerate(leaves) if leaf.requires_grad]
        scalar = self._scalar(arrays, wanted, outputs[-1])
        found = list(arrays)
        if len(outputs) > 1 or not wanted:
            self._forward(found)  # apart from the sweep, where they are the engine's tracers
        grads: list[Any] = [None] * len(arrays)
        if wanted:
            last, given = self.adapter.value_and_grad(scalar, [arrays[i] for i in wanted])
            given = self.gradients(self.read(given), len(wanted))
            for k, i in enumerate(wanted):
                grads[i] = given[k]
        else:
            last = found[outputs[-1]]
        values = [self.adapter.value(v) for v in (*(found[o] for o in outputs[:-1]), last)]
        return [numbers(v, "output %d" % i) for i, v in enumerate(values)], grads

    def _scalar(self, arrays: list[Any], wanted: list[int], root: int) -> Callable[..., Any]:
        """The program as a function of the leaves that are wanted, for a functional engine."""

        def scalar(*primals: Any) -> Any:
            values = list(arrays)
            for k, i in enumerate(wanted):
                values[i] = primals[k]
            self._forward(values)
            self._at = "sweep"
            return values[root]

        return scalar

    def _forward(self, values: list[Any], start: int = 0, stop: int | None = None) -> None:
        """Append the value of each call from `start` to before `stop`."""
        handlers, calls = self._handlers, self._calls
        for k in range(start, len(calls) if stop is None else stop):
            self._at = k
            call = calls[k]
            run = handlers.get(call.op)
            if run is None:
                raise UnsupportedError("%s is not offered" % call.op)
            values.append(run(call, values))

    def ready(self, call: Call) -> Callable[[list[Any]], Any]:
        """What gives a call's value, in the shortest way there is from Python to the engine."""
        if call.op not in self._handlers:
            raise UnsupportedError("%s is not offered" % call.op)
        if call.op in self.functions and call.op != "getitem" and call.op not in self._lists:
            return ready(self.functions[call.op], call, self._theirs(call.op))
        return functools.partial(self._handlers[call.op], call)

    def read(self, grads: Any) -> list[Any]:
        """Gradients of a functional engine, as `value` gives them."""
        if not isinstance(grads, (tuple, list)):
            said = "value_and_grad gave a %s for the gradients, not one for each array in a list"
            raise AdapterError(said % type(grads).__name__)
        return [None if grad is None else self.adapter.value(grad) for grad in grads]

    def gradients(self, grads: Any, count: int) -> list[Any]:
        """What an engine gave for `count` leaves, as arrays or none."""
        return [
            None if grad is None else numbers(grad, "gradient %d" % i)
            for i, grad in enumerate(counted(grads, count, "gradients for %d leaves"))
        ]

    def _node_grad(self, call: Any, values: Sequence[Any]) -> Any:
        """The gradient as a node of the tape, or of the graph."""
        y, x = call.args
        more = {"create_graph": True} if self.style == "tape" else {}
        (node,) = self.adapter.grad(values[y], [values[x]], **more)
        if node is None:
            raise AdapterError("grad gave none: the engine says that y does not depend on x")
        return node

    def _functional_grad(self, call: Any, values: Sequence[Any]) -> Any:
        """The gradient of the function that runs the calls between x and y again."""
        (y, x), at = call.args, self._at
        count = len(values) - int(at)  # the number of leaves

        def scalar(primal: Any) -> Any:
            again = list(values[: max(count, x + 1)])
            again[x] = primal
            self._forward(again, len(again) - count, y - count + 1)
            return again[y]

        node = self.adapter.gradient(scalar)(values[x])
        self._at = at
        return node

    def failure(self, error: BaseException, call: Any = None) -> dict[str, Any]:
        """An exception as the wire reports it; `call` is what a step of a script ran."""
        at = self._at
        call = self._calls[at] if isinstance(at, int) else call
        failure = {"kind": "raised", **describe(error)}
        failure["where"] = "call %d" % at if isinstance(at, int) else at
        text = "%s: %s" % (failure["type"], failure["message"])
        if isinstance(error, NotImplementedError) or any(p.search(text) for p in self.declines):
            failure["kind"] = "unsupported"
        elif isinstance(error, TypeError) and call is not None:
            keyword = self._refused(call, failure["message"])
            if keyword:
                failure.update(kind="keyword", keyword=keyword)
            elif misfits(error):
                failure["kind"] = "unsupported"
        return failure

    def _refused(self, call: Any, message: str) -> str | None:
        """The keyword that a `TypeError` complains about, in our spelling."""
        if not call.params or not REFUSAL.search(message):
            return None
        for keyword in call.params:
            theirs = self._theirs(call.op).get(keyword, keyword)
            if re.search(r"\b%s\b" % re.escape(theirs), message):
                return str(keyword)
        named = re.search(r"keyword argument '\w+'", message)
        return None if named else str(next(iter(call.params)))


def misfits(error: BaseException) -> bool:
    """Whether a function of the engine's was never entered: it takes other arguments than these."""
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    ours = at is not None and at.tb_frame.f_globals is globals()
    return ours and bool(MISFIT.search(str(error)))


def counted(found: Any, count: int, what: str) -> list[Any]:
    """What an engine gave, which must be so many."""
    listed = list(found)
    if len(listed) != count:
        raise AdapterError("%d %s" % (len(listed), what % count))
    return listed


def text_of(error: BaseException) -> str:
    """What an exception says; its own `__str__` may fail."""
    try:
        return str(error)
    except BaseException:
        return "(its text cannot be read)"


def describe(error: BaseException) -> dict[str, Any]:
    """An exception's type, message and what it came from, and its traceback."""
    message = text_of(error).strip()
    if error.__cause__ is not None:
        message += " (from %s: %s)" % (type(error.__cause__).__name__, text_of(error.__cause__))
    try:
        frames = traceback.format_exception(type(error), error, error.__traceback__, limit=-20)
    except BaseException:
        frames = ["(its traceback cannot be read)"]
    return {
        "type": type(error).__name__,
        "message": clean(message, 4000),
        "traceback": clean("".join(frames), 20000),
    }


def clean(text: str, length: int) -> str:
    """Text that JSON can carry, its end cut off."""
    return text[:length].encode("utf-8", "replace").decode("utf-8")


# ---- timing a program --------------------------------------------------------------------------

WARM = 3
"""How often another device than the CPU runs a program before it is timed; the CPU does it once."""
PROBE = 1 << 16
"""So many entries, or so many calls on one, must be seen before an engine's memory is believed."""
Pair = Tuple[float, float]


class Timed(NamedTuple):
    """What `time` replies: seconds of (forward, backward), and the memory that they took."""

    times: List[Pair]
    collected: List[Pair]
    launched: List[Pair]
    memory: dict[str, int]
    by: str
    objects: int


class Passes:
    """Both passes of a program on an engine, to be run again and again.

    An adapter may offer `synchronize(device)`, which returns when all work on a device is done.
    Then the clock is read after it, and a tape is swept by `backward`. From other engines the
    gradients are read, and so waited for.
    """

    def __init__(
        self, engine: Engine, leaves: Any, calls: Any, root: int, dtype: str, device: str
    ) -> None:
        """Make all ready that no pass has to do; `root` is the value that is differentiated."""
        self.engine, self.adapter, self.leaves, self.root = engine, engine.adapter, leaves, root
        self.dtype, self.device = dtype, device
        self.arrays = [arrange(x.array, run_dtype(x.kind, dtype), x.layout)[1] for x in leaves]
        self.wanted = [i for i, leaf in enumerate(leaves) if leaf.requires_grad]
        self.steps = [(engine.ready(call), dead) for call, dead in with_dead(calls, leaves, root)]
        self.waits: Any = getattr(self.adapter, "synchronize", None)
        self.clock = time.process_time if device.endswith("cpu") else time.perf_counter
        self.twice = engine.style != "tape"
        self.begin: Callable[[], Tuple[Callable[[], Any], Callable[[Any], Any]]]
        self.begin = getattr(self, "_" + engine.style)()

    def synchronize(self) -> None:
        """Wait for the device, if the engine says how."""
        if self.waits is not None:
            self.waits(self.device)

    def once(self) -> Tuple[Pair, Pair]:
        """The seconds of both passes, and those until their calls came back.

        An engine that is no tape runs forward once more inside its gradient: its backward is the
        gradient's time less that of the plain function.
        """
        forward, backward = self.begin()
        gc.collect()
        self.synchronize()
        clock = self.clock
        start = clock()
        y = forward()
        came = clock()
        self.synchronize()
        middle = clock()
        held = backward(y)
        back = clock()
        self.synchronize()
        end = clock()
        del held
        first, second = middle - start, end - middle
        if self.twice:
            first = min(first, second)
            second -= first
        return (first, second), (came - start, min(back - middle, second))

    def forward(self, values: list[Any]) -> Any:
        """The program's value; each value on the way is let go after its last use."""
        append = values.append
        for run, dead in self.steps:
            append(run(values))
            for k in dead:
                values[k] = None
        return values[self.root]

    def _tape(self) -> Any:
        engine, adapter = self.engine, self.adapter
        sweep = engine.verbs.get("backward") if self.waits is not None else None

        def begin() -> Any:
            if engine.reset is not None:
                engine.reset()
            nodes = [
                engine.lift(array, leaf.requires_grad, self.dtype, self.device)
                for array, leaf in zip(self.arrays, self.leaves)  # noqa: B905
            ]
            swept = sweep or (lambda y: adapter.grads(y, nodes))
            return lambda: self.forward(list(nodes)), lambda y: (y, nodes, swept(y))

        return begin

    def _functional(self) -> Any:
        arrays = [self.engine.asarray(array) for array in self.arrays]
        primals = [arrays[i] for i in self.wanted]

        def scalar(*primals: Any) -> Any:
            values = list(arrays)
            for k, i in enumerate(self.wanted):
                values[i] = primals[k]
            return self.forward(values)

        def gradient(_: Any) -> Any:
            return self._read(*self.adapter.value_and_grad(scalar, primals))

        return lambda: (lambda: self._read(scalar(*primals), ()), gradient)

    def _symbolic(self) -> Any:
        adapter = self.adapter
        inputs = [
            adapter.symbol(array.shape, self.dtype if leaf.kind == "real" else array.dtype.name)
            for array, leaf in zip(self.arrays, self.leaves)  # noqa: B905
        ]
        y = self.forward(list(inputs))
        grads = list(adapter.grad(y, [inputs[i] for i in self.wanted]))
        both = adapter.compile(inputs, [y, *grads])
        halves = getattr(both, "halves", None)
        if halves is not None:
            forward, backward = halves
            self.twice = False
            return lambda: (lambda: forward(*self.arrays), lambda held: (held, backward(held)))
        value = adapter.compile(inputs, [y])
        return lambda: (lambda: value(*self.arrays), lambda _: both(*self.arrays))

    def _read(self, value: Any, grads: Any) -> Any:
        """Results, read unless they can be waited for."""
        if self.waits is None:
            for found in (value, *grads):
                np.asarray(self.adapter.value(found))
        return value, grads

    def objects(self) -> int:
        """What the collector tracks more after a forward pass than before; -1 if no tape is there.

        Nothing is collected in between.
        """
        if self.twice:
            return -1
        forward, _ = self.begin()
        gc.collect()
        before = len(gc.get_objects())
        held = forward()
        after = len(gc.get_objects())
        del held
        return after - before

    def memory(self) -> Tuple[dict[str, int], str]:
        """The bytes that both passes take, at most and after the sweep, and what saw them."""
        forward, backward = self.begin()
        gc.collect()

        def run() -> Any:
            return backward(None if self.twice else forward())

        def again() -> None:
            forward, backward = self.begin()
            backward(None if self.twice else forward())
            self._forget()

        measure, by = getattr(self.adapter, "memory", None), "adapter"
        found = None if measure is None else measure(run, self.device)
        if found is None and self.device.endswith("cpu") and self._traceable():
            found, by = traced(run, self._forget, again), "tracemalloc"
        if found is None:
            return {}, ""
        wide = np.dtype(run_dtype("real", self.dtype)).itemsize
        wide = 2 if self.dtype == "bfloat16" else wide
        gradients = sum(self.arrays[i].size * wide for i in self.wanted)
        weighed = {"peak": int(found[0]), "live": max(0, int(found[1]) - gradients)}
        return {**weighed, **({"kept": max(0, found[2])} if by == "tracemalloc" else {})}, by

    def _forget(self) -> None:
        """Let the engine drop what only a reset or the collector can."""
        if self.engine.reset is not None:
            self.engine.reset()
        gc.collect()

    def _traceable(self) -> bool:
        """Whether tracemalloc sees what the results of an op take."""
        engine, op = self.engine, next((op for op in PROBED if op in self.engine.functions), "")
        if not op or engine.style == "symbolic":
            return False
        ranks = engine.limits["ranks"]
        scalars = ranks == [0]
        rank = 1 if ranks is None else ranks[-1]
        x = np.ones((PROBE, 1, 1, 1, 1)[:rank], run_dtype("real", self.dtype))
        tape = engine.style == "tape"
        held = [engine.lift(x, True, self.dtype, self.device) if tape else engine.asarray(x)]
        run = engine.ready(Call(op, (0,) if op == "negative" else (0, 0), {}))

        def calls() -> Any:
            held.extend([run(held) for _ in range(PROBE if scalars else 1)])
            return held

        return traced(calls)[1] >= x.itemsize * PROBE


PROBED = ("negative", "add", "multiply")
"""Ops of which one tells whether an engine's memory is seen."""


def with_dead(calls: Sequence[Any], leaves: Any, root: int) -> List[Tuple[Any, Tuple[int, ...]]]:
    """Each call with the values that nothing uses after it; leaves and the root are always used."""
    count, last = len(leaves), {}
    for k, call in enumerate(calls):
        last[count + k] = k
        last.update((a, k) for a in call.args if type(a) is int)
    dead: List[List[int]] = [[] for _ in calls]
    for value, k in last.items():
        if value >= count and value != root:
            dead[k].append(value)
    return [(call, tuple(dead[k])) for k, call in enumerate(calls)]


def traced(run: Callable[[], Any], *after: Callable[[], Any]) -> Tuple[int, int, int]:
    """The bytes of Python and numpy that a call takes.

    They are what it takes at most, what it takes while its result is held, and what the last of
    `after` leaves, which run when the result is let go. What an engine takes once, such as the room
    of a dict, is there by then.
    """
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        held = run()
        live, peak = tracemalloc.get_traced_memory()
        del held
        left = 0
        for call in after:
            left = tracemalloc.get_traced_memory()[0]
            call()
        return peak - before, live - before, tracemalloc.get_traced_memory()[0] - left
    finally:
        tracemalloc.stop()


def timed(
    engine: Engine,
    leaves: Sequence[Any],
    calls: Sequence[Any],
    outputs: Sequence[int],
    dtype: str,
    device: str,
    rounds: int,
    memory: bool = False,
) -> Timed:
    """Both passes of a program `rounds` times with the collector off, and as often with it on.

    Seconds are CPU time on the CPU, else elapsed time; `memory` is looked at in passes of its own.
    """
    engine.at("time")
    gc.collect()
    gc.freeze()  # what was there before is not the engine's doing
    gc.disable()
    try:
        with np.errstate(all="ignore"):
            passes = Passes(engine, leaves, calls, outputs[-1], dtype, device)
            for _ in range(1 if device.endswith("cpu") else WARM):
                passes.once()  # what is made once is made now
            off = [passes.once() for _ in range(rounds)]
            gc.enable()
            on = [passes.once() for _ in range(rounds)]
            gc.disable()
            weighed, by = passes.memory() if memory else ({}, "")  # last: a profiler slows the next
            objects = passes.objects() if memory else -1
    finally:
        gc.enable()
        gc.unfreeze()
    launched = [] if device.endswith("cpu") else [came for _, came in off]
    return Timed([t for t, _ in off], [t for t, _ in on], launched, weighed, by, objects)


# ---- running a script --------------------------------------------------------------------------


class Step(NamedTuple):
    """One step: a verb, the steps whose results it takes, and what else it is given."""

    verb: str
    of: tuple[Any, ...]
    given: Mapping[str, Any]


def serves(adapter: Any) -> dict[str, Callable[..., Any]]:
    """What serves each verb: the adapter's own method, or, if `methods` lists it, PyTorch's name.

    Listed verbs are looked up on the tensor (`x.detach()`, `x.is_leaf`) and modes in the
    namespace. What `backward` takes is listed too, or read off the adapter's own method.
    """
    listed = words(getattr(adapter, "methods", ()), "methods")
    for name in listed:
        if name not in VERBS:
            raise AdapterError("methods names %r, no verb%s" % (name, nearest(name, VERBS)))
    found: dict[str, Callable[..., Any]] = {}
    for verb in VERBS:
        own = None if verb in KEYWORDS else getattr(adapter, verb, None)
        if callable(own):
            found[verb] = own
        elif verb in listed:
            space = getattr(adapter, "namespace", ())
            served = dotted(space, verb) if verb in MODES else spelt(verb)
            if not callable(served):
                raise AdapterError("methods names %r, but the namespace has none" % verb)
            found[verb] = served
    for keyword in KEYWORDS if callable(getattr(adapter, "backward", None)) else ():
        if keyword in parameters(adapter.backward):
            found[keyword] = adapter.backward
    if callable(getattr(adapter, "grad", None)) and callable(getattr(adapter, "lift", None)):
        found["grad"] = adapter.grad
    if getattr(adapter, "torch", None) is not None:
        found["python"] = lambda function: function(adapter.torch)
    return found


def spelt(verb: str) -> Callable[..., Any]:
    """The verb as a tensor itself serves it, under PyTorch's name."""
    if verb in SPELT:
        return operator.attrgetter(SPELT[verb])
    if verb in ("set_grad", "set_requires_grad"):
        return lambda x, value: setattr(x, verb[len("set_") :], value)
    if verb == "set_item":
        return operator.setitem
    if verb == "inplace":
        return in_place

    def served(x: Any, *args: Any, **given: Any) -> Any:
        found = getattr(x, verb)
        return found(*args, **given) if callable(found) else found

    return served


IN_PLACE = {
    "add_": "iadd", "sub_": "isub", "mul_": "imul", "div_": "itruediv", "copy_": "setitem",
}  # fmt: skip
"""What Python calls PyTorch's methods that write in place."""


def in_place(x: Any, name: str, *others: Any) -> Any:
    """`x.add_(y)`, or `x += y` for a tensor that has Python's name for it."""
    if hasattr(x, name):
        return getattr(x, name)(*others)
    served = IN_PLACE.get(name, "")
    if type(x) is np.ndarray or not hasattr(x, "__%s__" % served):  # an array is none of theirs
        raise UnsupportedError("%s has no %s" % (type(x).__name__, name))
    where = (...,) if served == "setitem" else ()
    return getattr(operator, served)(x, *where, *others)


COMPUTED = ("call", "item", "repeat")
"""The verbs that compute: what a functional engine runs again to differentiate it."""
OURS = ("repeat", "forget", "collect", "growth", "clock")
"""Verbs that this worker serves for every engine: long chains, and what they cost."""
READ = ("value", "get_grad", "item", "version_counter", "collect", "growth", "clock")
"""The verbs whose result is read: an array."""


SHORT, LONGER, MOST, CLOCK, TRIES = 250, 8, 8000, 0.01, 4
"""The shorter of two chains (divided by `slow`), how much longer the other is, the most that the
shorter may have, the seconds that it must take at least, and how often both are timed."""


def seconds_of(run: Callable[[int], Any], times: int) -> float:
    """The processor's time that a call takes."""
    gc.collect()
    gc.disable()  # what else is alive in this process is not the engine's doing
    try:
        start = time.process_time()
        run(times)
        return time.process_time() - start
    finally:
        gc.enable()


def bytes_of(run: Callable[[int], Any], times: int) -> float:
    """The most memory that a call holds at once, of what Python and numpy take; at least a page."""
    tracemalloc.start()
    try:
        run(times)
        return max(4096.0, tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()


class Script:
    """The steps of one script on an engine: each gives a result, or an error; none stops it."""

    def __init__(self, engine: Engine, dtype: str, device: str) -> None:
        """Arrays are given in `dtype` unless a step says otherwise."""
        self.engine, self.adapter = engine, engine.adapter
        self.dtype, self.device = dtype, device
        self.steps: list[Step] = []
        self.values: list[Any] = []
        self.failed: set[int] = set()
        self.entered: list[Any] = []

    def run(self, steps: Sequence[Step]) -> list[dict[str, Any]]:
        """What came of each step, as on the wire but for arrays; modes left on are undone."""
        if self.engine.style == "tape" and callable(getattr(self.adapter, "reset", None)):
            self.adapter.reset()
        random.seed(0)
        np.random.seed(0)
        with np.errstate(all="ignore"):
            results = [self._step(k, step) for k, step in enumerate(steps)]
            while self.entered:
                self.entered.pop().__exit__(None, None, None)
        gc.enable()
        return results

    def _step(self, k: int, step: Step) -> dict[str, Any]:
        self.steps.append(step)
        self.values.append(None)
        lost = [ref for ref in step.of if ref in self.failed]
        if lost:
            self.failed.add(k)
            return {"error": {"kind": "blocked", "message": "step %d has no result" % lost[0]}}
        self.engine.at("step %d" % k)
        try:
            return self._result(step.verb, k, self._do(k, step))
        except BaseException as error:
            self.failed.add(k)
            ran = step.verb == "call"
            call = Call(step.given["op"], step.of, step.given.get("params") or {}) if ran else None
            return {"error": self.engine.failure(error, call)}

    def _do(self, k: int, step: Step) -> Any:
        special = getattr(self, "_" + step.verb, None)
        if special is not None:
            return special(k, *step.of, **step.given)
        if step.verb not in self.engine.verbs:
            raise UnsupportedError("the engine offers no %s" % step.verb)
        given = {name: plain(value) for name, value in step.given.items()}
        return self.engine.verbs[step.verb](*[self.values[ref] for ref in step.of], **given)

    def _result(self, verb: str, k: int, found: Any) -> dict[str, Any]:
        self.values[k] = found
        if verb == "python":
            return {"data": json.loads(json.dumps(found, allow_nan=False))}
        if found is None:
            return {"none": True}
        if isinstance(found, (bool, np.bool_)):
            return {"flag": bool(found)}
        return {"array": self._read(found)} if verb in READ else {}

    def _read(self, x: Any) -> Any:
        plain_ = isinstance(x, (int, float, complex, np.ndarray, np.generic))
        read = plain_ or self.engine.style == "symbolic"
        return numbers(x if read else self.adapter.value(x), "it")

    # Verbs that are not the adapter's: each takes its own number and the numbers of others.

    def _leaf(self, k: int, leaf: Leaf, dtype: str | None = None) -> Any:
        array = arrange(leaf.array, run_dtype(leaf.kind, dtype or self.dtype), leaf.layout)[1]
        if self.engine.style == "symbolic":
            return array
        if self.engine.style == "functional":
            return self.engine.asarray(array)
        return self.engine.lift(array, leaf.requires_grad, dtype or self.dtype, self.device)

    def _call(self, k: int, *of: Any, op: str, params: Mapping[str, Any] = {}) -> Any:
        return self._again(Step("call", of, {"op": op, "params": params}), self.values)

    def _value(self, k: int, x: int) -> Any:
        return self.values[x]

    def _item(self, k: int, x: int, index: int) -> Any:
        return self.values[x][index]

    def _same(self, k: int, x: int, y: int) -> bool:
        return self.values[x] is self.values[y]

    def _grads(self, k: int, y: int, *leaves: int) -> Any:
        if self.engine.style == "tape":
            found = self.adapter.grads(self.values[y], [self.values[x] for x in leaves])
            return self.engine.gradients(found, len(leaves))

        def scalar(*primals: Any) -> Any:
            again = list(self.values)
            for n, x in enumerate(leaves):
                again[x] = primals[n]
            for n in range(y + 1):
                if n not in self.failed and self.steps[n].verb in COMPUTED:
                    again[n] = self._again(self.steps[n], again)
            return again[y]

        found = self.adapter.value_and_grad(scalar, [self.values[x] for x in leaves])[1]
        return self.engine.gradients(self.engine.read(found), len(leaves))

    def _again(self, step: Step, values: list[Any]) -> Any:
        if step.verb == "item":
            return values[step.of[0]][step.given["index"]]
        call = Call(step.given["op"], step.of, step.given.get("params") or {})
        if step.verb == "repeat":
            x, *others = step.of
            return self._repeated(call.op, values[x], [values[o] for o in others], **step.given)
        if call.op == "grad" and self.engine.style == "functional":
            return self._derivative(values, *step.of)
        return self.engine.call(call, values)

    def _derivative(self, values: Sequence[Any], y: int, x: int) -> Any:
        """The gradient of the function that runs the calls between x and y again."""

        def scalar(primal: Any) -> Any:
            again = list(values)
            again[x] = primal
            for n in range(x + 1, y + 1):
                if n not in self.failed and self.steps[n].verb in COMPUTED:
                    again[n] = self._again(self.steps[n], again)
            return again[y]

        return self.adapter.gradient(scalar)(values[x])

    def _repeat(self, k: int, *of: int, **given: Any) -> Any:
        return self._again(self.steps[k], self.values)

    def _repeated(self, name: str, x: Any, others: list[Any], times: int, **_: Any) -> Any:
        """An op applied so often to its own result, and to others in its other slots."""
        args = [x, *others]
        call = Call(name, tuple(range(len(args))), {})
        for _n in range(times):
            args[0] = self.engine.call(call, args)
        return args[0]

    def _forget(self, k: int, *xs: int) -> None:
        for x in xs:
            self.values[x] = None

    def _collect(self, k: int, begin: bool = False) -> int:
        """Free what only the collector can: how many objects that were. `begin` turns it off."""
        found = gc.collect()
        (gc.disable if begin else gc.enable)()
        return found

    def _clock(self, k: int) -> float:
        """The processor's time so far."""
        return time.process_time()

    def _growth(self, k: int, x: int, *others: int, op: str, what: str) -> float:
        """How much more a chain that is `LONGER` times as long costs, swept and freed.

        The least ratio of several pairs; the shorter chain is long enough for the clock, and no
        longer where the engine says that it is slow, so that not the deadline decides.
        """
        rest = [self.values[o] for o in others]
        times = max(1, SHORT // self.engine.limits["slow"])

        def swept(times: int) -> None:
            if self.engine.style == "tape":
                y = self._repeated(op, self.values[x], rest, times)
                self.adapter.grads(y, [self.values[x]])
            else:
                run = lambda primal: self._repeated(op, primal, rest, times)  # noqa: E731
                self.adapter.value_and_grad(run, [self.values[x]])

        if what == "memory":
            return bytes_of(swept, LONGER * times) / bytes_of(swept, times)
        while seconds_of(swept, times) < CLOCK and times < MOST:
            times *= 2
        return min(
            seconds_of(swept, LONGER * times) / seconds_of(swept, times) for _ in range(TRIES)
        )

    def _set_grad(self, k: int, x: int, grad: int | None = None) -> None:
        self._verb("set_grad")(self.values[x], None if grad is None else self.values[grad])

    def _zero_grad(self, k: int, *xs: int) -> None:
        self._verb("zero_grad")([self.values[x] for x in xs])

    def _backward(self, k: int, y: int, *seed: int, **given: bool) -> None:
        for keyword in ("seed",) * len(seed) + tuple(given):
            self._verb(keyword)
        self._verb("backward")(self.values[y], *[self.values[s] for s in seed], **given)

    def _grad(self, k: int, y: int, *xs: int, create_graph: bool = False) -> Any:
        wanted = [self.values[x] for x in xs]
        return list(self._verb("grad")(self.values[y], wanted, create_graph=create_graph))

    def _set_item(self, k: int, x: int, value: int, key: Sequence[Any] = ()) -> None:
        self._verb("set_item")(self.values[x], self._key(key), self.values[value])

    def _key(self, key: Sequence[Any]) -> tuple[Any, ...]:
        """An index as `getitem` has it; an array in it is the result of a step."""
        return tuple([index_part(entry, self.values, self.engine.index) for entry in key])

    def _set_requires_grad(self, k: int, x: int, value: bool) -> None:
        self._verb("set_requires_grad")(self.values[x], value)

    def _python(self, k: int, name: str) -> Any:
        """A function beside this file that needs an engine under PyTorch's names."""
        serve = self._verb("python")
        folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "checks", "in_worker")
        functions = load_file(os.path.join(folder, "__init__.py"))
        try:
            return serve(functions.FUNCTIONS[name])
        except Exception as error:
            if functions.lacks(error):
                raise UnsupportedError(str(error)) from error
            raise

    def _inplace(self, k: int, x: int, *others: int, name: str) -> Any:
        return self._verb("inplace")(self.values[x], name, *[self.values[o] for o in others])

    def _enter(self, k: int, mode: str) -> None:
        manager = self._verb(mode)()
        manager.__enter__()
        self.entered.append(manager)

    def _leave(self, k: int, raising: bool = False) -> None:
        error = RuntimeError("raised inside the block") if raising else None
        self.entered.pop().__exit__(type(error) if error else None, error, None)

    def _verb(self, name: str) -> Callable[..., Any]:
        if name not in self.engine.verbs:
            raise UnsupportedError("the engine offers no %s" % name)
        return self.engine.verbs[name]


# ---- the wire ----------------------------------------------------------------------------------


def read_steps(steps: Sequence[Mapping[str, Any]]) -> list[Step]:
    """A script from JSON, ready to run."""
    read = []
    for step in steps:
        of = tuple([a if type(a) is int else Static(a["static"]) for a in step.get("of", ())])
        given = dict(step.get("given", {}))
        if "leaf" in given:
            given["leaf"] = read_leaf(given["leaf"])
        read.append(Step(step["verb"], of, given))
    return read


def read_leaf(leaf: Mapping[str, Any]) -> Leaf:
    """A leaf from JSON, its entries an array."""
    array = np.frombuffer(binascii.a2b_base64(leaf["data"]), STORED[leaf["kind"]])
    layout = leaf.get("layout", "C")
    return Leaf(
        leaf["kind"], array.reshape(leaf["shape"]), leaf.get("requires_grad", False), layout
    )


def write_result(result: Mapping[str, Any]) -> dict[str, Any]:
    """What came of a step, its arrays as they travel."""
    written = dict(result)
    if "array" in written:
        written["array"] = encode_array(written["array"])
    return written


def read_program(program: Mapping[str, Any]) -> tuple[list[Leaf], list[Call], list[int]]:
    """A program from JSON, ready to run."""
    leaves = [read_leaf(leaf) for leaf in program["leaves"]]
    calls = []
    for call in program["calls"]:
        args = tuple([a if type(a) is int else Static(a["static"]) for a in call["args"]])
        calls.append(Call(call["op"], args, call.get("params") or {}))
    return leaves, calls, program["outputs"]


def write_outcome(outcome: Outcome) -> dict[str, Any]:
    """A program's outcome as a reply."""
    if outcome.error is not None:
        return {"error": outcome.error, "seconds": outcome.seconds}
    return {
        "values": [encode_array(v) for v in outcome.values],
        "grads": [None if g is None else encode_array(g) for g in outcome.grads],
        "mutated": outcome.mutated,
        "seconds": outcome.seconds,
    }


def take_descriptors() -> tuple[BinaryIO, int]:
    """Private copies of standard input and output; what the engine prints goes to 2."""
    reading, writing = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)

    def leave() -> None:
        for descriptor in (reading, writing):
            with contextlib.suppress(OSError):
                os.close(descriptor)

    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=leave)
    return os.fdopen(reading, "rb", closefd=False), writing


class Wire:
    """The message loop around one engine."""

    def __init__(self, reader: BinaryIO, writer: int) -> None:
        """Read from a file, write to a descriptor."""
        self.reader, self.writer = reader, writer
        self.engine: Engine | None = None

    def serve(self) -> None:
        """Answer requests until `bye` or the end of the input."""
        for line in iter(self.reader.readline, b""):
            request: Any = None
            try:
                request = json.loads(line)
                if request["kind"] == "bye":
                    return
                self.reply(request)
            except Exception as error:
                seq = request.get("seq") if isinstance(request, dict) else None
                failure = {"kind": "invalid", **describe(error)}
                self.send({"seq": seq, "ok": False, "error": failure})

    def reply(self, request: Mapping[str, Any]) -> None:
        """Answer one request."""
        if request["kind"] == "hello":
            self.send({"seq": request["seq"], **self.hello(request)})
        elif request["kind"] == "answers":
            self.answers(request)
        elif request["kind"] == "script":
            self.script(request)
        elif request["kind"] == "time":
            self.time(request)
        else:
            raise ValueError("a message of kind %r is unknown" % request["kind"])

    def hello(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Load the engine and state its facts."""
        try:
            if request["protocol"] != PROTOCOL:
                raise AdapterError("this worker speaks protocol %d" % PROTOCOL)
            self.engine = Engine.load(request["engine"], request["ops"])
            return {"ok": True, **self.engine.hello}
        except BaseException as error:  # an engine may leave by SystemExit while it is imported
            return {"ok": False, "error": {"kind": "invalid", **describe(error)}}

    def answers(self, request: Mapping[str, Any]) -> None:
        """Run a batch, each outcome written as soon as it is known."""
        if self.engine is None:
            raise ValueError("hello comes first")
        seq = request["seq"]
        for i, program in enumerate(request["programs"]):
            try:
                ready = read_program(program)
            except Exception as error:
                self.send({"seq": seq, "i": i, "error": {"kind": "invalid", **describe(error)}})
                continue
            outcome = self.engine.run(*ready, request["dtype"], request["device"])
            try:
                reply = write_outcome(outcome)
            except Exception as error:
                reply = {"error": {"kind": "internal", **describe(error)}}
            self.send({"seq": seq, "i": i, **reply})
        self.send({"seq": seq, "done": True})

    def script(self, request: Mapping[str, Any]) -> None:
        """Run the steps of a script; one reply."""
        if self.engine is None:
            raise ValueError("hello comes first")
        script = Script(self.engine, request["dtype"], request["device"])
        results = [write_result(r) for r in script.run(read_steps(request["steps"]))]
        self.send({"seq": request["seq"], "steps": results})

    def time(self, request: Mapping[str, Any]) -> None:
        """Time a program; one reply."""
        if self.engine is None:
            raise ValueError("hello comes first")
        ready = read_program(request["program"])
        rest = request["dtype"], request["device"], request["rounds"], request["memory"]
        try:
            reply: dict[str, Any] = timed(self.engine, *ready, *rest)._asdict()
        except BaseException as error:
            reply = {"error": self.engine.failure(error)}
        self.send({"seq": request["seq"], **reply})

    def send(self, message: Mapping[str, Any]) -> None:
        """Write one line, whole."""
        data = json.dumps(message).encode() + b"\n"
        while data:
            data = data[os.write(self.writer, data) :]


def main() -> None:
    """Speak the wire on standard input and output."""
    wire = Wire(*take_descriptors())
    faulthandler.enable()  # a fault in C leaves a Python traceback on standard error
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [p for p in sys.path if os.path.abspath(p) != here]  # not the engine's modules
    try:
        wire.serve()
    except OSError:
        os._exit(3)  # the wire is gone: closed by the engine, or the host is dead
    os._exit(0)  # threads that the engine left must not keep us


if __name__ == "__main__":
    main()
