"""Facts: what happened, the state it adds up to, and the log that keeps it."""
