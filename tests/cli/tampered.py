"""Evidence that was tampered with, each in one way, and what has to be said about it."""

from collections.abc import Callable
from typing import Any, NamedTuple

from msgspec import structs

from events.log import Recorded, content_hash
from events.proofs.bundle import event_line, header_line
from events.proofs.checkpoint import read
from events.proofs.keys import public_name
from tests.cli.evidence import Evidence
from tests.support.sealing import KEY, OTHER_KEY, kept

Tamper = Callable[[Evidence], None]
ANOTHER_LOG = "00000000-0000-4000-8000-000000000000"


class Case(NamedTuple):
    """What is done, and how what is said begins."""

    tamper: Tamper
    said: str


CASES: list[Case] = []
HONEST: list[Tamper] = []


def found(said: str) -> Callable[[Tamper], Tamper]:
    """Note what has to be said."""

    def noted(tamper: Tamper) -> Tamper:
        CASES.append(Case(tamper, f"FAULT: {said}"))
        return tamper

    return noted


def honest(tamper: Tamper) -> Tamper:
    """Note that nothing has to be said."""
    HONEST.append(tamper)
    return tamper


def by_another(event: Recorded) -> Recorded:
    """Have an event caused by somebody else, and its content hash with it."""
    changed = structs.replace(event, actor="admin:eve")
    return structs.replace(changed, content_hash=content_hash(changed, changed, changed.decided_at))


# The bundle


@found("position 1: the bundle has no header")
def no_header(evidence: Evidence) -> None:
    """No header."""
    del evidence.lines[0]


@found("position 1: the bundle begins at 2")
def a_beginning_that_is_cut_off(evidence: Evidence) -> None:
    """A beginning that is cut off."""
    evidence.part(2, 8)
    evidence.options = []


@found("position 1: the chain does not begin as that of every log")
def another_beginning(evidence: Evidence) -> None:
    """Another beginning."""
    evidence.previous = bytes(32)
    evidence.lines = evidence.written()


@found("position 4: no block begins here, but one that says 6 to 6")
def a_block_that_is_cut_out_with_its_events(evidence: Evidence) -> None:
    """A block that is cut out with its events."""
    del evidence.lines[6:9]


@found("position 4: no block begins here")
def a_block_that_is_cut_out(evidence: Evidence) -> None:
    """A block that is cut out."""
    del evidence.lines[6]


@found("position 2: no block begins here, but one that says 2 to 1")
def a_block_that_ends_before_it_begins(evidence: Evidence) -> None:
    """A block that ends before it begins."""
    evidence.lines[3] = evidence.lines[3].replace(b"[2,3]", b"[2,1]")


@found("position 2: the block was recorded earlier than the one before it")
def a_block_that_is_dated_back(evidence: Evidence) -> None:
    """A block that is dated back."""
    earlier = evidence.history[0].events[0].recorded_at.replace(year=2026)
    evidence.rewrite(1, lambda event: structs.replace(event, recorded_at=earlier))
    evidence.published, evidence.keys = False, []


@found("position 5: the event is missing")
def an_event_that_is_cut_out(evidence: Evidence) -> None:
    """An event that is cut out."""
    del evidence.lines[8]


@found("position 2: the event is missing")
def two_lines_that_are_swapped(evidence: Evidence) -> None:
    """Two lines that are swapped."""
    evidence.lines[4:6] = evidence.lines[5], evidence.lines[4]


@found("position 2: the block that begins here and ends at 3")
def two_events_that_are_swapped(evidence: Evidence) -> None:
    """Two events that are swapped."""
    evidence.lines[4:6] = (
        evidence.lines[5].replace(b'"at":3', b'"at":2'),
        evidence.lines[4].replace(b'"at":2', b'"at":3'),
    )


@found("position 6: the event was not recorded when its block was")
def an_event_that_is_dated_back(evidence: Evidence) -> None:
    """An event that is dated back."""
    evidence.lines[10] = evidence.lines[10].replace(b'"recorded":1', b'"recorded":-1')


@found("position 5: the event does not say what the hash kept with it was made of")
def an_event_with_the_hash_it_had(evidence: Evidence) -> None:
    """An event with the hash it had."""
    event = evidence.history[2].events[1]
    forged = kept(structs.replace(event, actor="admin:eve"), event.content_hash)
    evidence.lines[8] = event_line(*forged)[:-1]


@found("position 4: the block that begins here and ends at 5 does not follow from the chain")
def an_event_that_says_something_else(evidence: Evidence) -> None:
    """An event that says something else."""
    evidence.lines[8] = evidence.lines[8].replace(b'"n":5', b'"n":6')


@found("position 4: the event is missing")
def an_event_with_an_open_end(evidence: Evidence) -> None:
    """An event with an open end."""
    evidence.lines[7] += b" "


@found("position 6: the block that begins here and ends at 6 does not follow from the chain")
def a_block_with_another_hash(evidence: Evidence) -> None:
    """A block with another hash."""
    evidence.lines[9] = evidence.lines[9][:-66] + b"00" * 32 + b'"}'


@found("position 9: no block begins here")
def an_event_too_many(evidence: Evidence) -> None:
    """An event too many."""
    evidence.lines.append(evidence.lines[-1].replace(b'"at":8', b'"at":9'))


@found("position 9: the event is missing; the bundle says that it reaches 9")
def an_end_that_is_cut_off_the_bundle(evidence: Evidence) -> None:
    """An end that is cut off the bundle."""
    evidence.last = 9
    evidence.lines[0] = header_line(evidence.log, 1, 9, evidence.previous)[:-1]


@found("position 7: the event is missing; checkpoint 3 reaches 8")
def an_end_that_is_cut_off_the_log(evidence: Evidence) -> None:
    """An end that is cut off the log."""
    del evidence.lines[11:]
    evidence.lines[0] = header_line(evidence.log, 1, 6, evidence.previous)[:-1]


# The log and its checkpoints


@found("position 4: what stands from here to 6 is not what checkpoint 2 was signed over")
def a_history_that_is_written_anew(evidence: Evidence) -> None:
    """A history that is written anew."""
    evidence.rewrite(3, by_another)


@found("position 4: what stands from here to 6 is not what checkpoint 2 was signed over")
def a_part_that_is_written_anew(evidence: Evidence) -> None:
    """A part that is written anew."""
    evidence.part(4, 8)
    evidence.rewrite(1, by_another)


@found("position 4: what stands from here to 3 is not what checkpoint 1 was signed over")
def a_part_that_follows_from_something_else(evidence: Evidence) -> None:
    """A part that follows from something else."""
    evidence.part(4, 8)
    evidence.previous = bytes(32)
    evidence.rewrite(0, lambda event: event)


@found("position 4: checkpoint 2 names another root than that of its events")
def another_root(evidence: Evidence) -> None:
    """Another root."""
    evidence.resign(2, root="00" * 32)


@found("position 4: checkpoint 2 ends at 4, within the block")
def a_checkpoint_that_ends_within_a_block(evidence: Evidence) -> None:
    """A checkpoint that ends within a block."""
    evidence.resign(2, last=4)


@found("position 1: checkpoint 1 is of another log")
def checkpoints_of_another_log(evidence: Evidence) -> None:
    """Checkpoints of another log."""
    evidence.lines[0] = evidence.lines[0].replace(b"7f0e4c52", b"7f0e4c53")


# Checkpoints


@found("position 4: checkpoint 2 should stand")
def a_line_that_is_no_checkpoint(evidence: Evidence) -> None:
    """A line that is no checkpoint."""
    evidence.checkpoints[1] = b"{}"


@found("position 4: checkpoint 2 should stand")
def a_checkpoint_that_is_edited(evidence: Evidence) -> None:
    """A checkpoint that is edited."""
    evidence.checkpoints[1] = evidence.checkpoints[1].replace(b'"signed_at":"2027', b'"signed_at":"2026')


@found("position 7: checkpoint 3 should stand")
def a_last_checkpoint_that_is_edited(evidence: Evidence) -> None:
    """A last checkpoint that is edited."""
    evidence.checkpoints[2] = evidence.checkpoints[2].replace(b'"signed_at":"2027', b'"signed_at":"2026')


@found("position 4: checkpoint 2 should stand")
def a_key_that_the_next_one_did_not_prove(evidence: Evidence) -> None:
    """A key that the next one did not prove."""
    body = evidence.checkpoints[1].partition(b',"proof"')[0] + b',"proof":"%b"' % (b"00" * 64)
    evidence.checkpoints[1] = body + b',"signature":"%b"}' % KEY.sign(body).hex().encode()


@found("position 4: checkpoint 2 should stand")
def a_key_without_a_proof(evidence: Evidence) -> None:
    """A key without a proof."""
    body = evidence.checkpoints[1].partition(b',"proof"')[0]
    evidence.checkpoints[1] = body + b',"signature":"%b"}' % KEY.sign(body).hex().encode()


@found("position 4: checkpoint 2 is missing; number 3 stands in its place")
def a_checkpoint_that_is_cut_out(evidence: Evidence) -> None:
    """A checkpoint that is cut out."""
    del evidence.checkpoints[1]


@found("position 1: checkpoint 1 is missing; number 2 stands in its place")
def a_first_checkpoint_that_is_cut_off(evidence: Evidence) -> None:
    """A first checkpoint that is cut off."""
    del evidence.checkpoints[0]


@found("position 9: checkpoint 4 is missing; number 2 stands in its place")
def an_old_checkpoint_that_is_put_back(evidence: Evidence) -> None:
    """An old checkpoint that is put back."""
    evidence.checkpoints.append(evidence.checkpoints[1])


@found("position 4: checkpoint 2 is of another log")
def a_checkpoint_of_another_log(evidence: Evidence) -> None:
    """A checkpoint of another log."""
    evidence.resign(2, log=ANOTHER_LOG)


@found("position 4: checkpoint 2 does not follow from the one before it")
def a_checkpoint_that_does_not_follow(evidence: Evidence) -> None:
    """A checkpoint that does not follow."""
    evidence.resign(2, previous="00" * 32)


@found("position 1: checkpoint 1 does not follow from the one before it")
def a_first_checkpoint_that_follows_from_something(evidence: Evidence) -> None:
    """A first checkpoint that follows from something."""
    evidence.resign(1, previous="11" * 32)


@found("position 4: checkpoint 2 is signed with a key that nobody handed over to")
def a_key_that_nobody_handed_over_to(evidence: Evidence) -> None:
    """A key that nobody handed over to."""
    evidence.resign(2, OTHER_KEY)


@found("position 7: checkpoint 3 is signed with a key that nobody handed over to")
def a_key_that_has_handed_over(evidence: Evidence) -> None:
    """A key that has handed over."""
    evidence.resign(3, KEY)


@found("position 4: checkpoint 2 says 5 to 6")
def a_checkpoint_that_begins_later(evidence: Evidence) -> None:
    """A checkpoint that begins later."""
    evidence.resign(2, first=5)


@found("position 4: checkpoint 2 says 4 to 2")
def a_checkpoint_that_ends_before_it_begins(evidence: Evidence) -> None:
    """A checkpoint that ends before it begins."""
    evidence.resign(2, last=2)


@found("position 1: no checkpoint is signed with the key")
def a_key_that_is_swapped(evidence: Evidence) -> None:
    """A key that is swapped."""
    evidence.resign(1, OTHER_KEY)
    evidence.resign(2, OTHER_KEY)


@found("position 1: no checkpoint is signed with the key")
def checkpoints_that_are_wiped_out(evidence: Evidence) -> None:
    """Checkpoints that are wiped out."""
    evidence.checkpoints.clear()


@found("position 4: checkpoint 2 should stand")
def a_checkpoint_behind_the_part_that_does_not_hold(evidence: Evidence) -> None:
    """A checkpoint behind the part that does not hold."""
    evidence.part(1, 3)
    evidence.checkpoints[1] = b"{}"


@found("position 7: checkpoint 3 should stand")
def a_last_checkpoint_behind_the_part_that_does_not_hold(evidence: Evidence) -> None:
    """A last checkpoint behind the part that does not hold."""
    evidence.part(1, 3)
    evidence.checkpoints[2] = b"{}"


# Proofs and receipts


def proof_of(evidence: Evidence) -> dict[str, Any]:
    """Ask for the proof of position 5; return what it says of the event."""
    evidence.prove(5)
    assert evidence.proof is not None
    told: dict[str, Any] = evidence.proof["events"][0]
    return told


def checkpoint_of(evidence: Evidence) -> dict[str, Any]:
    """Ask for the same; return the whole."""
    evidence.prove(5)
    assert evidence.proof is not None
    return evidence.proof


@found("position 7: checkpoint 2 does not cover it")
def a_proof_of_a_later_event(evidence: Evidence) -> None:
    """A proof of a later event."""
    proof_of(evidence)["position"] = 7


@found("position 5: checkpoint 2 does not cover it")
def a_proof_from_before_time(evidence: Evidence) -> None:
    """A proof from before time."""
    proof_of(evidence)["recorded"] = -1


@found("position 4: it does not lead to the root of checkpoint 2")
def a_proof_of_another_position(evidence: Evidence) -> None:
    """A proof of another position."""
    proof_of(evidence)["position"] = 4


@found("position 5: it does not lead to the root of checkpoint 2")
def a_proof_of_another_moment(evidence: Evidence) -> None:
    """A proof of another moment."""
    proof_of(evidence)["recorded"] += 1


@found("position 5: it does not lead to the root of checkpoint 2")
def a_proof_of_something_else(evidence: Evidence) -> None:
    """A proof of something else."""
    proof_of(evidence)["content"] = "00" * 32


@found("position 5: it does not lead to the root of checkpoint 2")
def a_proof_of_more_than_a_hash(evidence: Evidence) -> None:
    """A proof of more than a hash."""
    evidence.prove(5, receipt=True)
    assert evidence.proof
    evidence.proof["events"][0]["content"] += "00"


@found("position 5: it does not lead to the root of checkpoint 2")
def a_proof_that_goes_too_far(evidence: Evidence) -> None:
    """A proof that goes too far."""
    proof_of(evidence)["path"].append("00" * 32)


@found("it is not of the form of a proof")
def a_proof_that_does_not_go_far_enough(evidence: Evidence) -> None:
    """A proof that does not go far enough."""
    proof_of(evidence)["path"].pop()


@found("position 5: it does not say what its hash was made of")
def a_proof_with_other_data(evidence: Evidence) -> None:
    """A proof with other data."""
    proof_of(evidence)["data"] = '{"n":6}'


@found("its checkpoint does not hold")
def a_proof_with_a_forged_checkpoint(evidence: Evidence) -> None:
    """A proof with a forged checkpoint."""
    proof = checkpoint_of(evidence)
    proof["checkpoint"] = proof["checkpoint"].replace('"number":2', '"number":3')


@found("its checkpoint is signed with another key")
def a_proof_by_a_stranger(evidence: Evidence) -> None:
    """A proof by a stranger."""
    evidence.resign(2, OTHER_KEY)
    evidence.prove(5)
    evidence.published, evidence.keys = False, [public_name(KEY)]


@found("its checkpoint 2 is not the one in the file")
def a_proof_with_a_checkpoint_that_was_never_published(evidence: Evidence) -> None:
    """A proof with a checkpoint that was never published."""
    checkpoints = list(evidence.checkpoints)
    evidence.resign(2, signed_at=read(checkpoints[1]).checkpoint.signed_at.replace(year=2028))
    evidence.prove(5)
    evidence.checkpoints = checkpoints


@found("it proves nothing")
def a_proof_without_a_checkpoint(evidence: Evidence) -> None:
    """A proof without a checkpoint."""
    checkpoint_of(evidence)["checkpoint"] = None


@found("it proves nothing")
def a_proof_of_no_event(evidence: Evidence) -> None:
    """A proof of no event."""
    checkpoint_of(evidence)["events"] = []


@found("it is not of the form of a proof")
def a_proof_that_is_none(evidence: Evidence) -> None:
    """A proof that is none."""
    checkpoint_of(evidence).clear()


# What is honest


@honest
def all_of_it(_: Evidence) -> None:
    """All of it."""


@honest
def all_of_it_without_checkpoints(evidence: Evidence) -> None:
    """All of it without checkpoints."""
    evidence.published, evidence.keys = False, []


@honest
def a_part(evidence: Evidence) -> None:
    """A part, whose ends are not those of checkpoints."""
    evidence.part(2, 5)


@honest
def a_part_with_later_checkpoints(evidence: Evidence) -> None:
    """A part with later checkpoints."""
    evidence.part(4, 8)
    del evidence.checkpoints[0]


@honest
def a_proof(evidence: Evidence) -> None:
    """A proof that is signed with a key that one knows."""
    evidence.prove(5)
    evidence.published = False


@honest
def a_receipt_by_a_later_key(evidence: Evidence) -> None:
    """A receipt by a later key than the one that one knows."""
    evidence.prove(7, receipt=True)
    evidence.keys = [public_name(KEY)]
