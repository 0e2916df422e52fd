"""The key: that of the settings, or one that is made once and that nobody else may read."""

import stat
from pathlib import Path

import pytest

from daybook.settings import Settings
from events.proofs.keys import WrongKey, as_pem, public_name
from tests.support.sealing import KEY, OTHER_KEY
from workers.signing_key import KEY_FILE, checkpoint_file, replace_key, signing_key


def test_a_key_is_made_once(tmp_path: Path) -> None:
    """Kept in the data folder, for the owner alone."""
    settings = Settings(data_dir=tmp_path / "data")

    first, second = signing_key(settings), signing_key(settings)

    assert public_name(first) == public_name(second)
    kept = tmp_path / "data" / KEY_FILE
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert [each.name for each in kept.parent.iterdir()] == [KEY_FILE]


def test_who_comes_second_takes_the_key_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two processes that start at once one makes the key of both."""
    settings = Settings(data_dir=tmp_path)
    first = signing_key(settings)
    monkeypatch.setattr(Path, "exists", lambda _: False)

    second = signing_key(settings)

    assert public_name(first) == public_name(second)


def test_a_key_of_the_settings_goes_first(tmp_path: Path) -> None:
    """None is made then."""
    settings = Settings(data_dir=tmp_path, signing_key=as_pem(KEY))

    assert public_name(signing_key(settings)) == public_name(KEY)
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_key_is_refused(tmp_path: Path) -> None:
    """A worker without a key does not start."""
    (tmp_path / KEY_FILE).write_text("nothing")

    with pytest.raises(WrongKey):
        signing_key(Settings(data_dir=tmp_path))


def test_a_key_is_replaced(tmp_path: Path) -> None:
    """When it has handed over."""
    settings = Settings(data_dir=tmp_path)
    signing_key(settings)

    replace_key(tmp_path / KEY_FILE, OTHER_KEY)

    assert public_name(signing_key(settings)) == public_name(OTHER_KEY)
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600


def test_checkpoints_stand_beside_it_unless_told_otherwise(tmp_path: Path) -> None:
    """They are to be outside of the database's reach."""
    assert checkpoint_file(Settings(data_dir=tmp_path)) == tmp_path / "checkpoints.jsonl"
    assert checkpoint_file(Settings(checkpoint_file=tmp_path / "elsewhere")) == tmp_path / "elsewhere"
