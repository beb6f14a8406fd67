"""What we say: the records of a run, and every output that is made from them alone.

`records` reads and writes `results.jsonl`; `digest` counts and groups what is in it; `html`,
`terminal` and `summary` write it up. Nothing here imports another part of gradassay.
"""
