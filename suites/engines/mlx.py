"""MLX: functional, over NumPy's names, on the CPU. Its float64 is no more right than float32."""

from importlib.metadata import version

import mlx.core as mx
import numpy as np

mx.set_default_device(mx.cpu)


class Mlx:
    """https://github.com/ml-explore/mlx."""

    name, version = "mlx", version("mlx")
    namespace, spelling, transforms, order = mx, "numpy", mx, 2
    dtypes = "float32"
    # Tuples of axes and corrections that are no integers; masks as indices.
    declines = "incompatible function arguments", "Too many indices|Boolean indices not supported"

    def asarray(self, array):
        return mx.array(np.array(array, order="C"))  # it refuses negative strides
