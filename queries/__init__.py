"""Answers: a result and one select each, read from the tables of the read models."""
