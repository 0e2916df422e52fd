"""The short way to an answer that is kept: before routes, parameters and queries."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from api.auth import token_in
from api.compression import Reply, reply
from api.headers import NEVER_STORED, at_position
from api.services import Services, services_of
from commands.actor import Actor

MIN_POSITION_HEADER: Final = b"daybook-min-position"
MIN_POSITION_PARAMETER: Final = b"min_position="

_POSITION: Final = re.compile(rb"[0-9]{1,18}")


class Question(NamedTuple):
    """What is asked, as it stands in the request: path, and query without the position that is waited for."""

    path: str
    query: bytes


def recalled(app: ASGIApp) -> ASGIApp:
    """Answer with what is kept, to who may see it; all else goes on to `app`.

    Nothing is refused here, nor waited for: whoever cannot be answered at once takes the long way, which authenticates,
    validates, waits, and says no where that is the answer.
    """

    async def recall(scope: Scope, receive: Receive, send: Send) -> None:
        found = _recall(scope) if scope["type"] == ScopeType.HTTP and scope["method"] == "GET" else None
        if found is None:
            await app(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": found.status, "headers": found.headers})
        await send({"type": "http.response.body", "body": found.body, "more_body": False})

    return recall


def question_of(scope: Scope) -> tuple[Question, bytes | None]:
    """Return what is asked, and the position that the query names, if it does so plainly.

    However else it may say it, it stays part of the question: then an answer to the same question reflects it.
    """
    path, query = scope["path"], scope["query_string"]
    if MIN_POSITION_PARAMETER not in query:
        return Question(path, query), None
    parts = query.split(b"&")
    named = [part for part in parts if part.startswith(MIN_POSITION_PARAMETER)]
    if len(named) != 1 or any(b"%" in part.partition(b"=")[0] for part in parts):
        return Question(path, query), None
    return Question(path, b"&".join(part for part in parts if part is not named[0])), named[0].partition(b"=")[2]


def _recall(scope: HTTPScope) -> Reply | None:
    services = services_of(scope)
    question, named = question_of(scope)
    kept = services.kept.find(question)
    if kept is None or not services.changes.attentive():
        return None
    headers = dict(reversed(list(scope["headers"])))  # of two that are the same the first counts
    position = services.kept.as_of(question, kept)
    if not _is_enough(position, headers.get(MIN_POSITION_HEADER) if named is None else named):
        return None
    actor = _remembered(services, headers.get(b"authorization"))
    if actor is None or not kept.may_be_seen_by(actor):
        return None
    scope["path_template"] = kept.route
    services.kept.recalled()
    told = reply(kept.content, headers.get(b"accept-encoding"), headers.get(b"if-none-match"))
    return told._replace(headers=(*told.headers, *NEVER_STORED, at_position(position)))


def _is_enough(position: int, wanted: bytes | None) -> bool:
    return wanted is None or (_POSITION.fullmatch(wanted) is not None and int(wanted) <= position)


def _remembered(services: Services, authorization: bytes | None) -> Actor | None:
    token = None if authorization is None else token_in(authorization.decode("latin-1"))
    return None if token is None else services.tokens.remembered(token)
