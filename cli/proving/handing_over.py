"""Handing over to another signing key: a checkpoint that the old one signs, and that names the new one."""

from __future__ import annotations

from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cli.environment import Failed
from daybook.database import connect
from daybook.settings import Settings
from events.postgres import open_log
from events.proofs.checkpoint import Sealed
from workers import ledger
from workers.published import Taken, Unpublishable, publishing
from workers.signing import Refused, Turn
from workers.signing_key import KEY_FILE, checkpoint_file, replace_key, signing_key

SECONDS = 60.0

_STOP_FIRST = "a worker seals the log: stop it, hand over, and start it again with the new key"


async def hand_over(settings: Settings, successor: Ed25519PrivateKey) -> Sealed:
    """Sign what there is to sign with the present key, for the last time. Raises Failed, WrongKey.

    A key in the data folder is replaced; one that the settings name is for whoever set it to replace.
    """
    sealed = await _sign(settings, signing_key(settings), successor)
    if settings.signing_key is None:
        replace_key(settings.data_dir / KEY_FILE, successor)
    return sealed


async def _sign(settings: Settings, key: Ed25519PrivateKey, successor: Ed25519PrivateKey) -> Sealed:
    url = str(settings.database_url)
    connection = await connect(url, "daybook hand over", SECONDS)
    try:
        if not await ledger.take_turn(connection):
            raise Failed(_STOP_FIRST)
        async with open_log(url) as log:
            with publishing(checkpoint_file(settings)) as published:
                turn = Turn(connection, published, log, key, lambda: datetime.now(UTC))
                sealed = await turn.seal(await turn.read_back(), successor)
    except Refused as refused:
        raise Failed(f"nothing is signed: {refused.fault}") from refused
    except Taken as error:
        raise Failed(_STOP_FIRST) from error
    except Unpublishable as error:
        raise Failed(f"checkpoints cannot be published: {error}") from error
    finally:
        await connection.close()
    assert sealed is not None  # noqa: S101  with a successor there is always something to sign
    return sealed
