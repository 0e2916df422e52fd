"""Candidates over HTTP: their cards, and the stages they stand in."""

from __future__ import annotations

from uuid import UUID

from litestar import get
from litestar.params import FromPath, FromQuery
from litestar.types import ControllerRouterHandler

from api.answering import answer, answer_kept
from api.as_of import AS_OF, AsOf
from api.auth import READERS, ROLES
from api.exchange import Answer
from api.reading.parameters import AnySlug, Asked, Cursor, Limit, Search, now_of, paging_of, sought_by
from api.replies import READ_ERRORS, responses
from events import tags
from events.candidate import CandidateStatus
from projections.candidates import CANDIDATES
from projections.directory import DIRECTORY
from projections.waitlists import WAITLISTS
from queries.board import StageCount, board
from queries.candidate_card import CandidateCard, candidate_card
from queries.candidates import CandidateFilters, ListedCandidate, candidates
from queries.page import DEFAULT_LIMIT, Page
from queries.searching import Sought


@get(
    "/v1/candidates",
    operation_id="candidates",
    summary="Candidates, those who have been in their stage longest first; those who are looked for, by name",
    tags=["candidates"],
    opt={ROLES: READERS, AS_OF: AsOf((CANDIDATES,))},
    responses=responses(Page[ListedCandidate], READ_ERRORS),
)
async def list_candidates(  # noqa: PLR0913  what the route takes
    *,
    request: Asked,
    stage_id: AnySlug = None,
    city_id: AnySlug = None,
    status: FromQuery[CandidateStatus | None] = None,
    q: Search = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Answer:
    """With a `stage_id` this is one column of the stage board.

    With `q` it is those whose name has these words, or parts of words, in it, and whose phone number has these digits.
    """
    asked = CandidateFilters(stage_id, city_id, status, sought_by(request, q, Sought.name_or_number))
    return await answer(request, lambda connection: candidates(connection, asked, paging_of(request, limit, cursor)))


@get(
    "/v1/candidates/{candidate_id:str}",
    operation_id="candidate",
    summary="One candidate",
    tags=["candidates"],
    opt={ROLES: READERS, AS_OF: AsOf((CANDIDATES, WAITLISTS, DIRECTORY))},
    responses=responses(CandidateCard, READ_ERRORS),
)
async def show_candidate(request: Asked, candidate_id: FromPath[UUID]) -> Answer:
    """Tell who they are, where they stand, what they hold and wait for, and the test results that count."""
    now = now_of(request)
    return await answer_kept(
        request,
        lambda connection: candidate_card(connection, candidate_id, now),
        unknown="unknown-candidate",
        tag=tags.candidate(candidate_id),
    )


@get(
    "/v1/board",
    operation_id="board",
    summary="How many candidates stand in each stage, in the order of the stages",
    tags=["candidates"],
    opt={ROLES: READERS, AS_OF: AsOf((CANDIDATES, DIRECTORY))},
    responses=responses(Page[StageCount], READ_ERRORS),
)
async def show_board(request: Asked, city_id: AnySlug = None) -> Answer:
    """Count by status; who left the process is counted where they stood."""
    return await answer(request, lambda connection: board(connection, city_id))


CANDIDATE_ROUTES: list[ControllerRouterHandler] = [list_candidates, show_candidate, show_board]
