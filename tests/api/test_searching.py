"""Looking for people over HTTP."""

import pytest

from tests.api.test_reading import shown
from tests.api.world import CITY, STAGE, World

pytestmark = pytest.mark.usefixtures("app")


async def test_staff_find_candidates_and_recruiters_and_a_bot_looks_for_nobody(world: World) -> None:
    """By parts of a name or a number, together with the filters of the list."""
    person = {"name": "Zoë Łukasz", "phone": "+39 06 1234", "city_id": CITY, "stage_id": STAGE, "locale": "it"}
    found_id = (await world.do("register-candidate", person))["candidate_id"]
    await world.candidate()

    async def ids(query: str) -> list[str]:
        page = (await shown(world, f"/v1/candidates?{query}", role="recruiter")).json()
        return [each["candidate_id"] for each in page["items"]]

    assert await ids("q=luk zoe") == await ids(f"q=%2006-12&city_id={CITY}&stage_id={STAGE}") == [found_id]
    assert await ids("q=zoe&status=hired") == await ids("q=nobody") == []
    recruiters = (await shown(world, "/v1/recruiters?q=ADÁ", role="auditor")).json()["items"]
    assert [each["recruiter_id"] for each in recruiters] == [world.recruiter_id]
    assert (await shown(world, "/v1/recruiters?q=grace")).json()["items"] == []
    for asked in ("candidates?q=luk zoe", "recruiters?q=ADÁ"):  # which were answered before, to others
        refused = await world.get(f"/v1/{asked}", role="bot")
        listed = await world.get("/v1/" + asked.partition("?")[0], role="bot")
        assert (refused.status_code, refused.json()["code"], listed.status_code) == (403, "forbidden", 200)


async def test_search_for_too_little_or_too_much_is_refused_by_name_and_not_by_value(world: World) -> None:
    """Spaces around do not count; there must be something to look for."""
    for path in ("candidates", "recruiters"):
        for q in ("", "+x+", "x" * 101, "--", "%25%25%00"):
            refused = await world.get(f"/v1/{path}?q={q}")
            problem = refused.json()
            assert (refused.status_code, problem["code"], problem["facts"]["field"]) == (400, "invalid-parameter", "q")
            assert "xx" not in refused.text
        assert (await world.get(f"/v1/{path}?q=" + "x" * 100)).status_code == 200
