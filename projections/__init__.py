"""Read models: tables worked out from the log, and the runner that keeps them up to date."""
