"""Read models: what the facts add up to for those who ask, one file each, and the runner that keeps them up to date."""
