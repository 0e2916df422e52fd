"""Measurements beside peers, on one machine in one run: `python -m bench`. What each of them means stands in docs/bench.md."""
