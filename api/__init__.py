"""Daybook over HTTP."""
