"""JAX: functional, over NumPy's names; `jax:jit` compiles each function first."""

import jax

jax.config.update("jax_enable_x64", True)


class Jax:
    """https://docs.jax.dev."""

    name, version, slow = "jax", jax.__version__, 10  # it compiles each op for each shape
    namespace, order = (jax.numpy, jax.scipy, jax.nn), 4
    dtypes = "float64 float32"
    ops = {
        "permute_dims": jax.numpy.transpose,  # theirs refuses negative axes
        "tile": lambda x, repetitions: jax.numpy.tile(x, repetitions),
    }

    def value_and_grad(self, f, arrays):
        return jax.value_and_grad(f, tuple(range(len(arrays))))(*arrays)

    def gradient(self, f):
        return jax.grad(f)


class Jit(Jax):
    """The same, through XLA."""

    name = "jax:jit"

    def value_and_grad(self, f, arrays):
        return jax.jit(jax.value_and_grad(f, tuple(range(len(arrays)))))(*arrays)
