"""JAX: functional, over NumPy's names; `jax:jit` compiles each function first."""

from functools import lru_cache
from types import SimpleNamespace

import jax

jax.config.update("jax_enable_x64", True)


def conv2d(x, w, stride=1, padding=0, dilation=1, groups=1):
    """JAX wants a number for each axis, and of padding two."""
    step, around, apart = ((n, n) if isinstance(n, int) else n for n in (stride, padding, dilation))
    return jax.lax.conv_general_dilated(
        x, w, step, [(n, n) for n in around], rhs_dilation=apart, feature_group_count=groups
    )


class Jax:
    """https://docs.jax.dev."""

    # It compiles each op for each shape.
    name, version, slow = "jax", jax.__version__, 10
    namespace, transforms, order = (jax.numpy, jax.scipy, jax.nn), jax, 4
    dtypes = "float64 float32"
    ops = {
        "nn.functional.conv2d": conv2d,
        "permute_dims": jax.numpy.transpose,  # theirs refuses negative axes
        "tile": lambda x, repetitions: jax.numpy.tile(x, repetitions),
    }


@lru_cache(maxsize=1)
def compiled(f, argnums):
    """Once for a function that is asked for again, as one that is timed is."""
    return jax.jit(jax.value_and_grad(f, argnums))


class Jit(Jax):
    """The same, through XLA."""

    name, transforms = "jax:jit", SimpleNamespace(value_and_grad=compiled, grad=jax.grad)
