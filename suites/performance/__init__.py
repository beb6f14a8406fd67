"""Engines timed beside one another, and what of that should hold of any engine."""
