"""How far the suites can be trusted, and how fast they are: measured, beside existing checkers.

`make trust` writes docs/trust.md. `checkers` and `bulk` print tables of their own.
"""
