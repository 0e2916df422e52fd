"""What was signed once is verified for good: every hash, line and signature, byte for byte.

Auditors keep bundles and checkpoints, and programs of their own that read them. Entries of `golden/proofs.json` are
never altered; another form gets another format id.
"""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from cli.verify_daybook import verify_bundle
from events.log import BEGINNING
from events.proofs.bundle import block_line, event_line, header_line
from events.proofs.checkpoint import Checkpoint, sign
from events.proofs.keys import public_name
from events.proofs.merkle import leaf_hash, path_to, root_hash
from tests.support.sealing import COMMAND, KEY, LOG, MONDAY, OTHER_KEY, SIGNED_AT, hashed, kept, linked, recorded
from workers.sealing import Stretch, draw_up

GOLDEN: dict[str, Any] = json.loads((Path(__file__).parents[1] / "golden" / "proofs.json").read_text(encoding="utf-8"))
FIRST = MONDAY + timedelta(milliseconds=2)
SECOND = MONDAY + timedelta(seconds=1, microseconds=7)
EVENTS = [
    recorded(1, FIRST),
    recorded(
        2,
        SECOND,
        type="SlotBooked",
        version=2,
        tags=("slot:1", 'note:"quoted"', "note:Łódź\n"),
        data='{"name":"Łódź","note":"a \\"b\\"\\n"}'.encode(),
        decided_at=MONDAY + timedelta(microseconds=120_000),
        causation_id=COMMAND,
        trace="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    ),
    recorded(3, SECOND, tags=()),
]


def made() -> dict[str, Any]:
    """Make everything anew."""
    one = linked(BEGINNING.hash, EVENTS[:1])
    two = linked(one.hash, EVENTS[1:])
    leaves = [leaf_hash(each) for each in hashed(EVENTS)]
    drawn = draw_up(None, Stretch([one, two], hashed(EVENTS)), log=LOG, key=public_name(KEY), signed_at=SIGNED_AT)
    assert isinstance(drawn, Checkpoint)
    checkpoint = sign(drawn, KEY)
    again = draw_up(checkpoint, Stretch([], []), log=LOG, key=public_name(KEY), signed_at=SIGNED_AT)
    assert isinstance(again, Checkpoint)
    return {
        "content_hashes": [each.content_hash.hex() for each in EVENTS],
        "link_hashes": [one.hash.hex(), two.hash.hex()],
        "leaf_hashes": [each.hex() for each in leaves],
        "root_hash": root_hash(leaves).hex(),
        "root_hash_of_nothing": root_hash([]).hex(),
        "paths": [[each.hex() for each in path_to(leaves, index)] for index in range(len(leaves))],
        "checkpoint": checkpoint.line.decode(),
        "checkpoint_that_hands_over": sign(again, KEY, OTHER_KEY).line.decode(),
        "bundle": [
            header_line(LOG, 1, 3, BEGINNING.hash).decode(),
            block_line(one).decode(),
            event_line(*kept(EVENTS[0])).decode(),
            block_line(two).decode(),
            event_line(*kept(EVENTS[1])).decode(),
            event_line(*kept(EVENTS[2])).decode(),
        ],
        "line_of_an_event_with_a_false_hash": event_line(*kept(EVENTS[0], bytes(32))).decode(),
    }


def test_everything_comes_out_as_ever() -> None:
    """Hashes, paths, lines and signatures are those that were made once."""
    assert made() == GOLDEN


def test_the_golden_bundle_is_verified(tmp_path: Path) -> None:
    """An auditor who has kept these lines can still show what they show."""
    bundle, checkpoints = tmp_path / "bundle", tmp_path / "checkpoints"
    bundle.write_text("".join(GOLDEN["bundle"]), encoding="utf-8")
    checkpoints.write_text(f"{GOLDEN['checkpoint']}\n{GOLDEN['checkpoint_that_hands_over']}\n")

    report = verify_bundle(bundle, checkpoints, [public_name(KEY), public_name(OTHER_KEY)], part=False)

    assert "verified: positions 1 to 3" in report
