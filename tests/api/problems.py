"""What every problem looks like."""

import httpx

MEMBERS = ["type", "title", "status", "detail", "code", "facts", "trace_id"]


def assert_problem(response: httpx.Response, status: int, code: str) -> None:
    """An answer is a problem, whole and in form."""
    problem = response.json()
    assert (response.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert response.headers["content-type"] == "application/problem+json"
    assert "daybook-position" in response.headers
    assert list(problem) == MEMBERS
    assert problem["type"] == f"urn:daybook:error:{code}"
    assert problem["title"]
    assert problem["detail"].endswith(".")
