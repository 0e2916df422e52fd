"""Cards of slots as pages in Redis, of those that are asked for again and again."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from daybook.engine import Engine
from events import tags
from projections.topics import DIRECTORY
from queries.day_page import micros, moment
from queries.found import Found
from queries.page_reader import PageReader
from queries.slot_card import slot_card

REMEMBERED: Final = 10_000


class CardPage(msgspec.Struct, frozen=True, array_like=True):
    """The JSON of a card, which holds until the clock shows `until`: microseconds since 1970, None for good."""

    until: int | None
    card: bytes


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(CardPage).decode


class SlotCards:
    """Keeps in mind what was asked for lately: a card that is wanted once is not worth a page, nor looking for one."""

    def __init__(self, reader: PageReader, engine: Engine) -> None:
        """Both are open."""
        self._reader = reader
        self._engine = engine
        self._asked = OrderedDict[UUID, None]()

    async def answer(self, slot_id: UUID, now: datetime, position: int) -> Found[bytes] | None:
        """Show a slot as of a position that is served; None if that is to be asked of PostgreSQL.

        Raises Away, and whatever a query raises.
        """
        if not self._was_asked(slot_id):
            return None
        topic = tags.slot(slot_id)
        epoch, pages = await self._reader.look([topic], _decode, now, position)
        page = pages.get(topic) or await self._work_out(slot_id, now, epoch)
        if page is None:
            return None
        return Found(page.card, frozenset({topic, DIRECTORY}), None if page.until is None else moment(page.until))

    def _was_asked(self, slot_id: UUID) -> bool:
        """Say whether it was asked for before, and take note that it is."""
        was_asked = slot_id in self._asked
        self._asked[slot_id] = None
        self._asked.move_to_end(slot_id)
        if len(self._asked) > REMEMBERED:
            self._asked.popitem(last=False)
        return was_asked

    async def _work_out(self, slot_id: UUID, now: datetime, epoch: str) -> CardPage | None:
        at = self._reader.position
        async with self._engine.connect() as connection:
            found = await slot_card(connection, slot_id, now)
        if found is None:
            return None
        until = None if found.until is None else micros(found.until)
        page = CardPage(until, msgspec.json.encode(found.answer))
        self._reader.write(epoch, at, {tags.slot(slot_id): _encode(page)})
        return page
