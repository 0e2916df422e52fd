"""Clients of a synchronous library: threads that each send the next command when the last is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import Final, TypeVar

THREADS: Final = 16

T = TypeVar("T")


def drive(job: Callable[[T], object], work: Sequence[T]) -> float:
    """Do all the work in a pool of threads; return seconds."""

    def client(number: int) -> None:
        for each in work[number::THREADS]:
            job(each)

    with ThreadPoolExecutor(THREADS) as pool:
        started = perf_counter()
        for done in [pool.submit(client, number) for number in range(THREADS)]:
            done.result()
        return perf_counter() - started
