"""Master keys: reading them, and what they wrap."""

import base64
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from daybook.master_keys import CannotUnwrap, MasterKeys, master_key_file

ONE, OTHER = (base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2))


@pytest.mark.parametrize("text", [f"{ONE},{OTHER}", f"{ONE}\n{OTHER}\n", f" {ONE} ,\n {OTHER}"])
def test_the_first_wraps_and_all_unwrap(text: str) -> None:
    """Keys come in lines or separated by commas; what an old one wrapped is still unwrapped."""
    masters = MasterKeys.parse(text)

    old = MasterKeys.parse(OTHER).wrap(b"key", "anna")
    new = masters.wrap(b"key", "anna")

    assert new.master_id == masters.first == MasterKeys.parse(ONE).first
    assert masters.unwrap(old, "anna") == masters.unwrap(new, "anna") == b"key"


def test_what_is_wrapped_is_bound_to_its_owner() -> None:
    """It unwraps as nobody else's, and not when altered or under a master key that is not given."""
    masters = MasterKeys.parse(ONE)
    wrapped = masters.wrap(b"key", "anna")

    for broken, owner in (
        (wrapped, "ben"),
        (wrapped._replace(sealed=wrapped.sealed[:-1] + b"?"), "anna"),
        (wrapped._replace(master_id=MasterKeys.parse(OTHER).first), "anna"),
    ):
        with pytest.raises(CannotUnwrap):
            masters.unwrap(broken, owner)
    with pytest.raises(CannotUnwrap):
        MasterKeys.parse(OTHER).unwrap(wrapped, "anna")


def test_a_master_key_is_made_once_and_is_for_its_owner_only(tmp_path: Path) -> None:
    """Of many who start at once all get one key, in a file that nobody else can read; nothing else is left."""
    file = tmp_path / "master.key"

    with ThreadPoolExecutor(8) as pool:
        texts = set(pool.map(lambda _: master_key_file(file), range(16)))

    assert texts == {file.read_text().strip()}
    assert len(MasterKeys.parse(texts.pop()).first) == 16
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]
