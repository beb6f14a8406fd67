"""The bundled engines: adapters that each import their engine alone.

>>> sorted(BUNDLED)
['autograd', 'micrograd', 'mygrad', 'reference', 'torch']
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
    }
)
"""Each engine's name and where its adapter stands."""
