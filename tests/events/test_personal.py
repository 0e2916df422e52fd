"""Personal data: where it stands, and that it can be left out."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from msgspec.inspect import type_info

from commands.change_contact import ChangeContact
from commands.link_chat import LinkChat
from commands.register_candidate import RegisterCandidate
from events.candidate import CandidateRegistered, ChatLinked, ContactChanged
from events.catalogue import EVENT_TYPES
from events.personal import REDACTED, personal_fields, redact
from tests.events.examples import CANDIDATE, EXAMPLES

CANARY = "canary"
KIM = CandidateRegistered(CANDIDATE, CANARY, CANARY, None, CANARY, "berlin", "screening", "de")


def marks(info: Any) -> Iterator[str]:
    """Find every mark of personal data in a type, however deep."""
    if isinstance(info, msgspec.inspect.Metadata) and (info.extra or {}).get("personal"):
        yield "personal"
    if isinstance(info, msgspec.inspect.StructType):
        for field in info.fields:
            yield from marks(field.type)
    elif isinstance(info, msgspec.Struct):
        for name in info.__struct_fields__:
            yield from marks(getattr(info, name))
    elif isinstance(info, tuple):
        for each in info:
            yield from marks(each)


PERSONAL: dict[type[msgspec.Struct], tuple[str, ...]] = {
    CandidateRegistered: ("name", "phone", "email", "telegram_id"),
    ContactChanged: ("name", "phone", "email"),
    ChatLinked: ("telegram_id",),
    RegisterCandidate: ("name", "phone", "email", "telegram_id"),
    ChangeContact: ("name", "phone", "email"),
    LinkChat: ("telegram_id",),
}


@pytest.mark.parametrize("struct", PERSONAL)
def test_the_contact_of_a_candidate_is_personal(struct: type[msgspec.Struct]) -> None:
    """Name and contact data are marked, in the events and in the commands that ask for them."""
    assert sorted(personal_fields(struct)) == sorted(PERSONAL[struct])


@pytest.mark.parametrize("struct", [each.struct for each in EVENT_TYPES], ids=lambda struct: struct.__name__)
def test_no_event_hides_personal_data(struct: type[msgspec.Struct]) -> None:
    """A mark stands at the top of an event, where it is found, and only what a candidate is reached by has any."""
    assert len(personal_fields(struct)) == len(list(marks(type_info(struct))))
    assert bool(personal_fields(struct)) == (struct in PERSONAL)


def test_what_is_personal_is_left_out() -> None:
    """Every personal value that is there is replaced; what is not there stays so, and the rest stays as it is."""
    redacted = redact(KIM)

    assert redacted == CandidateRegistered(CANDIDATE, REDACTED, REDACTED, None, REDACTED, "berlin", "screening", "de")
    assert CANARY not in msgspec.json.encode(redacted).decode()


def test_what_was_left_out_or_taken_away_stays_so() -> None:
    """Only what is there is replaced: a change that says nothing of the name, and takes the phone away, still does."""
    changed = ContactChanged(CANDIDATE, phone=None, email=CANARY, locale="pt")

    redacted = redact(changed)

    assert redacted == ContactChanged(CANDIDATE, phone=None, email=REDACTED, locale="pt")
    assert msgspec.json.decode(msgspec.json.encode(redacted), type=ContactChanged) == redacted


def test_what_is_left_out_can_be_read() -> None:
    """The redacted form is as valid as the one with the values in it."""
    redacted = redact(KIM)

    assert msgspec.json.decode(msgspec.json.encode(redacted), type=CandidateRegistered) == redacted


@pytest.mark.parametrize(
    "event",
    [event for event in EXAMPLES if type(event) not in PERSONAL],
    ids=lambda event: type(event).__name__,
)
def test_what_is_not_personal_is_left_alone(event: msgspec.Struct) -> None:
    """An event without personal data is returned as it is."""
    assert redact(event) is event


def test_what_is_not_a_struct_has_no_personal_fields() -> None:
    """Only the fields of structs are marked."""
    assert personal_fields(dict[str, str]) == ()
