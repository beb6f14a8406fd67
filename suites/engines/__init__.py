"""The bundled engines: adapters that each import their engine alone.

>>> "torch" in BUNDLED, "jax:jit" in BUNDLED
(True, True)
"""

from collections.abc import Mapping
from types import MappingProxyType

BUNDLED: Mapping[str, str] = MappingProxyType(
    {
        "reference": "gradassay.suites.engines.reference:Reference",
        "torch": "gradassay.suites.engines.torch:Torch",
        "autograd": "gradassay.suites.engines.autograd:Autograd",
        "micrograd": "gradassay.suites.engines.micrograd:Micrograd",
        "mygrad": "gradassay.suites.engines.mygrad:Mygrad",
        "dezero": "gradassay.suites.engines.dezero:Dezero",
        "jax": "gradassay.suites.engines.jax:Jax",
        "jax:jit": "gradassay.suites.engines.jax:Jit",
        "minitorch": "gradassay.suites.engines.minitorch:Minitorch",
        "mlx": "gradassay.suites.engines.mlx:Mlx",
        "pytensor": "gradassay.suites.engines.pytensor:Pytensor",
        "smallpebble": "gradassay.suites.engines.smallpebble:Smallpebble",
        "tensorflow": "gradassay.suites.engines.tensorflow:Tensorflow",
        "tensorflow:graph": "gradassay.suites.engines.tensorflow:Graph",
        "tinygrad": "gradassay.suites.engines.tinygrad:Tinygrad",
    }
)
"""Each engine's name and where its adapter stands."""
