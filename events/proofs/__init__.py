"""Signed checkpoints of the log, proofs of single events, and the lines of an export: pure, without any I/O.

How what is made here is verified is said once, in `cli/verify_daybook.py`, which shares no code with it.
"""
