"""Bodies in the forms in which they are sent: as they are, and compressed for who takes that and where it pays."""

from __future__ import annotations

import gzip
import hashlib
from functools import lru_cache
from typing import Final, NamedTuple

# Compressing takes about as long as three small queries; a body that fits into one packet gains nothing.
LEAST_BYTES: Final = 1_024
LEVEL: Final = 5

Header = tuple[bytes, bytes]

_VARY: Final = (b"vary", b"accept-encoding")
_GZIP: Final = (b"content-encoding", b"gzip")


class Form(NamedTuple):
    """A body as it goes over the line, its entity tag, and the headers that describe it."""

    body: bytes
    etag: bytes
    headers: tuple[Header, ...]


class Content:
    """A body, and its compressed form once somebody has asked for it.

    The two are told apart by their entity tags, as RFC 9110 (8.8.3.3) wants it for strong ones.
    """

    __slots__ = ("_compressed", "_digest", "_media_type", "_plain")

    def __init__(self, body: bytes, media_type: bytes) -> None:
        """Compress nothing yet."""
        self._media_type = media_type
        self._digest = hashlib.blake2b(body, digest_size=16).hexdigest().encode()
        self._plain = self._form(body, b"", ())
        self._compressed: Form | None = None

    @property
    def size(self) -> int:
        """How many bytes it takes to keep it, in both forms: what is worth compressing comes out at half its size."""
        size = len(self._plain.body)
        return size + size // 2 if size >= LEAST_BYTES else size

    def form(self, accept_encoding: bytes | None) -> Form:
        """Return the form for who sends this `Accept-Encoding`."""
        if len(self._plain.body) < LEAST_BYTES or accept_encoding is None or not takes_gzip(accept_encoding):
            return self._plain
        if self._compressed is None:
            body = gzip.compress(self._plain.body, LEVEL, mtime=0)
            self._compressed = self._form(body, b"-gzip", (_GZIP,))
        return self._compressed

    def known(self, if_none_match: bytes, form: Form) -> bytes | None:
        """Return the tag that an `If-None-Match` names, whichever form it is of, or None; for `*` that of `form`.

        A comparison for a safe request is weak (RFC 9110, 13.1.2).
        """
        if if_none_match.strip() == b"*":
            return form.etag
        named = {each.strip().removeprefix(b"W/") for each in if_none_match.split(b",")}
        return next((etag for etag in (form.etag, self._etag(b""), self._etag(b"-gzip")) if etag in named), None)

    def _form(self, body: bytes, suffix: bytes, headers: tuple[Header, ...]) -> Form:
        etag = self._etag(suffix)
        described = (
            (b"content-type", self._media_type),
            (b"content-length", b"%d" % len(body)),
            (b"etag", etag),
            _VARY,
            *headers,
        )
        return Form(body, etag, described)

    def _etag(self, suffix: bytes) -> bytes:
        return b'"%s%s"' % (self._digest, suffix)


class Reply(NamedTuple):
    """What is sent to one who asked."""

    status: int
    headers: tuple[Header, ...]
    body: bytes


def reply(content: Content, accept_encoding: bytes | None, if_none_match: bytes | None) -> Reply:
    """Send a content to who does not have it, and 304 to who does."""
    form = content.form(accept_encoding)
    if if_none_match is not None and (etag := content.known(if_none_match, form)) is not None:
        return Reply(304, ((b"etag", etag), _VARY), b"")
    return Reply(200, form.headers, form.body)


@lru_cache(64)
def takes_gzip(accept_encoding: bytes) -> bool:
    """Tell whether gzip is named, and not with a weight of nothing."""
    for each in accept_encoding.lower().split(b","):
        coding, _, weight = each.partition(b";")
        if coding.strip() == b"gzip":
            return weight.replace(b" ", b"").rstrip(b".0") != b"q="
    return False
