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
        "jax": "gradassay.suites.engines.jax:Jax",
        "jax:jit": "gradassay.suites.engines.jax:Jit",
    }
)
"""Each engine's name and where its adapter stands."""
