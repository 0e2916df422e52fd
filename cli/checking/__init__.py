"""An independent check of a log: the rules of the domain restated, with nothing of the code that decided or folded it.

It is naive on purpose. What it takes from the service is the stored form of an event alone.
"""
