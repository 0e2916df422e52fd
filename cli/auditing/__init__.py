"""`daybook audit`, for those who ask what was: histories, read models of then, what changed, and what if."""
