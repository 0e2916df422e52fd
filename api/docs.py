"""The documentation page, which works offline, and the document it shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from litestar import Request, get
from litestar.static_files import create_static_files_router
from litestar.types import ControllerRouterHandler

from api.auth import PUBLIC, ROLES
from api.exchange import Answer
from api.services import services_of

_PAGE: Final = b"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Daybook API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/static/swagger-ui/swagger-ui.css">
</head>
<body>
<main id="docs"></main>
<script src="/static/swagger-ui/swagger-ui-bundle.js"></script>
<script src="/static/docs.js"></script>
</body>
</html>
"""
# Pictures inside the style sheet are data: addresses; nothing else comes from anywhere but here.
_POLICY: Final = b"default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"


@get("/docs", opt={ROLES: PUBLIC}, include_in_schema=False)
async def docs() -> Answer:
    """Show the API, ready to be tried out."""
    return Answer(_PAGE, (b"content-security-policy", _POLICY), media_type=b"text/html; charset=utf-8")


@get("/openapi.json", opt={ROLES: PUBLIC}, include_in_schema=False)
async def openapi(request: Request[Any, Any, Any]) -> Answer:
    """Describe every route and every body."""
    return Answer(services_of(request.scope).openapi())


static = create_static_files_router(
    path="/static", directories=[Path(__file__).parent / "static"], opt={ROLES: PUBLIC}, include_in_schema=False
)

DOCS_ROUTES: list[ControllerRouterHandler] = [docs, openapi, static]
