"""The trace context: reading, writing, and whose work it is."""

import asyncio

import pytest

from daybook.trace_context import TraceContext, current, within

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"


def test_a_traceparent_is_read_and_written_as_it_was() -> None:
    """Sampled or not."""
    for text in (f"00-{TRACE}-{SPAN}-01", f"00-{TRACE}-{SPAN}-00"):
        assert str(TraceContext.parse(text)) == text


def test_a_traceparent_of_a_later_version_is_read_as_far_as_it_is_known() -> None:
    """The standard asks for that."""
    context = TraceContext.parse(f"cc-{TRACE}-{SPAN}-03-what-the-future-adds")

    assert context == TraceContext(TRACE, SPAN, sampled=True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        f"00-{TRACE}-{SPAN}",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{TRACE}-{SPAN}-01\n",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE[1:]}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-0١",
    ],
)
def test_what_is_no_traceparent_is_none(text: str) -> None:
    """Clients send all sorts of things."""
    assert TraceContext.parse(text) is None


def test_the_current_trace_is_that_of_the_innermost_block() -> None:
    """And the outer one comes back."""
    outer, inner = TraceContext.unrecorded(), TraceContext.unrecorded()

    with within(outer):
        with within(inner):
            assert current() == inner
        assert current() == outer

    assert current() is None


async def test_work_done_side_by_side_keeps_its_own_trace() -> None:
    """Requests are served by one event loop."""
    both_in = asyncio.Barrier(2)

    async def work(context: TraceContext) -> TraceContext | None:
        with within(context):
            await both_in.wait()
            return current()

    first, second = TraceContext.unrecorded(), TraceContext.unrecorded()
    seen = [*await asyncio.gather(work(first), work(second))]

    assert seen == [first, second]
