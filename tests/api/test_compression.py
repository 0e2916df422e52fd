"""One content, two forms: as it is, and compressed for who takes that; each with an entity tag of its own."""

import gzip

import pytest

from api.compression import LEAST_BYTES, Content, reply, takes_gzip

LONG = b'{"items": [' + b"1, " * LEAST_BYTES + b"1]}"
GZIP = b"gzip, deflate"


@pytest.fixture
def content() -> Content:
    """A content that is worth compressing."""
    return Content(LONG, b"application/json")


def test_who_takes_gzip_gets_it(content: Content) -> None:
    """The same bytes once unpacked, fewer on the way; caches are told what it depends on."""
    plain, compressed = reply(content, None, None), reply(content, GZIP, None)

    assert plain.body == gzip.decompress(compressed.body) == LONG
    assert len(compressed.body) < len(LONG) / 4
    assert (b"content-encoding", b"gzip") in compressed.headers
    assert (b"content-length", b"%d" % len(compressed.body)) in compressed.headers
    for told in (plain, compressed):
        assert (b"vary", b"accept-encoding") in told.headers


def test_it_is_compressed_once(content: Content) -> None:
    """What is kept is compressed for the first who asks, and for nobody if none does."""
    assert content.form(GZIP).body is content.form(b"gzip").body


def test_what_is_small_is_sent_as_it_is() -> None:
    """A body that fits into a packet gains nothing."""
    small = Content(b"{}", b"application/json")

    assert reply(small, GZIP, None).body == b"{}"


def test_each_form_has_a_tag_of_its_own(content: Content) -> None:
    """They are strong, so they differ; either is enough for 304, and that names the one the client has."""
    plain, compressed = content.form(None).etag, content.form(GZIP).etag
    assert plain != compressed

    for accept in (None, GZIP):
        for had in (plain, compressed):
            told = reply(content, accept, b'"old", W/' + had)

            assert (told.status, told.body, dict(told.headers)[b"etag"]) == (304, b"", had)
    assert dict(reply(content, GZIP, b"*").headers)[b"etag"] == compressed
    assert reply(content, GZIP, b'"old"').status == 200


@pytest.mark.parametrize(
    ("accepted", "taken"),
    [
        (b"gzip", True),
        (b"deflate, GZIP;q=0.5", True),
        (b"br, gzip ; q=1", True),
        (b"gzip;q=0", False),
        (b"gzip; q=0.000", False),
        (b"identity", False),
        (b"", False),
        (b"*", False),
    ],
)
def test_gzip_has_to_be_named(accepted: bytes, taken: bool) -> None:  # noqa: FBT001  a parameter
    """With a weight over zero."""
    assert takes_gzip(accepted) is taken
