"""Requests and decisions: what may be asked of Daybook, and what is answered."""
