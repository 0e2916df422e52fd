"""`daybook demo`: a running Daybook with a realistic recruiting week in it.

The story is worked out first, whole and pure (`telling`), then sent through the HTTP API (`performing`), and at the
end the log is read and checked by a program that shares nothing with the service (`cli.checking`).
"""
