"""What the projector tells about itself."""

from daybook.metrics import Metrics
from projections.catalogue import PROJECTIONS
from tests.events.postgres.looking import until
from tests.projections.running import at_work, caught_up, log_of, runner, story


async def test_positions_lag_and_batches_are_measured(database_url: str) -> None:
    """Every read model has a position and a lag, and the batches are counted."""
    log = await log_of(story(seed=8))
    metrics = Metrics()

    async def is_measured() -> bool:
        return (
            f'daybook_projection_position{{projection="slots"}} {float(await log.head())}' in metrics.render().decode()
        )

    async with at_work(runner(log, database_url, metrics=metrics)):
        assert await caught_up(log, database_url)
        await until(is_measured)

    told = metrics.render().decode()
    for projection in PROJECTIONS:
        assert f'daybook_projection_lag_events{{projection="{projection.name}"}} 0.0' in told
        assert f'daybook_projection_lag_seconds{{projection="{projection.name}"}} 0.0' in told
    assert f"daybook_projector_batch_size_sum {float(await log.head())}" in told
