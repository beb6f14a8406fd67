"""What is right: programs as data, oracles that differentiate them, and when two numbers are equal.

Read `program`, then `vocabulary` and `kit`, then the oracles (`exact`, `complex_step`, `taylor`,
`pytorch`), then `rounding`, `compare` and `truth`. Nothing here holds a rule for a derivative, and
nothing here imports an engine.
"""
