"""Give it an autograd engine; it says, with evidence, whether the gradients are right.

The rooms, in the order in which a verdict is made:

- `gradassay.oracles`: what is right. Programs as data, and independent ways to differentiate them.
- `gradassay.suites`: how we try. Engines, generator, judge, reducer, command line, pytest plugin.
- `gradassay.reports`: what we say. The records of a run, and every output made from them.
- `gradassay.reference_engine`: an engine to read and learn from.
"""

__version__ = "0.1.0"
