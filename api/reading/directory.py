"""The directory over HTTP: cities, stages and tests."""

from __future__ import annotations

from litestar import get
from litestar.types import ControllerRouterHandler

from api.answering import answer_kept
from api.as_of import AS_OF, AsOf
from api.auth import READERS, ROLES
from api.exchange import Answer
from api.reading.parameters import Asked, Cursor, Limit, paging_of
from api.replies import READ_ERRORS, responses
from projections.directory import DIRECTORY
from queries.directory import ListedCity, ListedStage, ListedTest, cities, stages, tests
from queries.page import DEFAULT_LIMIT, Page


@get(
    "/v1/cities",
    operation_id="cities",
    summary="The cities, by id",
    tags=["directory"],
    opt={ROLES: READERS, AS_OF: AsOf((DIRECTORY,))},
    responses=responses(Page[ListedCity], READ_ERRORS),
)
async def list_cities(request: Asked, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Answer:
    """List where interviews are held."""
    return await answer_kept(request, lambda connection: cities(connection, paging_of(request, limit, cursor)))


@get(
    "/v1/stages",
    operation_id="stages",
    summary="The stages, in their order",
    tags=["directory"],
    opt={ROLES: READERS, AS_OF: AsOf((DIRECTORY,))},
    responses=responses(Page[ListedStage], READ_ERRORS),
)
async def list_stages(request: Asked, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Answer:
    """List the stages, each in its newest version."""
    return await answer_kept(request, lambda connection: stages(connection, paging_of(request, limit, cursor)))


@get(
    "/v1/tests",
    operation_id="tests",
    summary="The tests, by id",
    tags=["directory"],
    opt={ROLES: READERS, AS_OF: AsOf((DIRECTORY,))},
    responses=responses(Page[ListedTest], READ_ERRORS),
)
async def list_tests(request: Asked, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Answer:
    """List what candidates are tested in."""
    return await answer_kept(request, lambda connection: tests(connection, paging_of(request, limit, cursor)))


DIRECTORY_ROUTES: list[ControllerRouterHandler] = [list_cities, list_stages, list_tests]
