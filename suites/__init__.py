"""How we try: engines, generator, judge, reducer, command line, pytest plugin.

Read `run` (the one loop) first; from there `generate`, `judge`, `reduce` and `findings`. The door
by which an engine comes in is `adapter`, `worker`, `host`.
"""
