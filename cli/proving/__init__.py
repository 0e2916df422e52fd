"""`daybook audit export | verify | checkpoint`: what an auditor takes away, and what it is verified by."""
