"""A long log in a short time: real events with their commands and replies, appended by the log's own function in large batches.

Nothing is decided on the way: no two of these commands touch the same thing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

import msgspec

from bench.scene import STAFF, bookings, candidates, directory, slots, stored, take, write
from commands.book_slot import BookSlot
from commands.decision import Accepted
from commands.publish_slot import PublishSlot
from commands.register_candidate import RegisterCandidate
from commands.replies import accepted
from events.booking import SlotBooked
from events.candidate import CandidateRegistered
from events.catalogue import CODEC
from events.codec import Event
from events.log import ACCEPTED, Attempt, Written
from events.postgres import open_log
from events.slot import SlotPublished
