"""How long the machines run: a slice that is the same each time, and nights of ever new sequences."""

from hypothesis import HealthCheck, settings

SLICE = settings(
    max_examples=45,
    stateful_step_count=50,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
NIGHTLY = settings(SLICE, max_examples=20_000, stateful_step_count=80, derandomize=False, print_blob=True)
