"""Measurements beside peers, on one machine in one run: `python -m bench`. What they mean stands in docs/bench.md."""
