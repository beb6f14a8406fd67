"""The conformance suites, as pytest collects them: each test is one plan for the one loop.

`pytest --pyargs gradassay.suites --engine ENGINE` runs them, and so does `gradassay check ENGINE`.
"""
