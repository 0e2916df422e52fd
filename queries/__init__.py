"""Answers: one question to the read models each."""
