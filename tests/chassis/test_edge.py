"""The edge: one transaction a request, committed before the answer leaves."""

import asyncio

import pytest

from libs.kernel.ids import new_id
from libs.kernel.roles import Role
from tests.harness import Stage, caller, token

SCREENER = caller(Role.SCREENER)
ANALYST = caller(Role.ANALYST)


async def test_a_created_record_has_its_etag_and_its_address(stage: Stage) -> None:
    answer = await stage.post("/v1/boxes", {"label": "A"}, by=SCREENER)

    assert answer.status_code == 201
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["location"] == f"/v1/boxes/{answer.json()['id']}"
    assert (await stage.get(answer.headers["location"], by=ANALYST)).json() == answer.json()


async def test_what_was_said_and_audited_is_committed_with_the_answer(stage: Stage) -> None:
    answer = await stage.post("/v1/boxes", {"label": "A"}, by=SCREENER)

    [said] = await stage.said()
    assert (said.type, str(said.aggregate_id), said.revision) == (
        "events.example.box.opened.v1",
        answer.json()["id"],
        1,
    )
    [audited] = await stage.audited()
    assert (audited.action, audited.actor_id) == ("boxes:open", SCREENER.id)


async def test_a_change_needs_the_revision_that_was_read(stage: Stage) -> None:
    box = (await stage.post("/v1/boxes", {"label": "A"}, by=SCREENER)).json()
    address = f"/v1/boxes/{box['id']}:close"

    missing = await stage.post(address, by=SCREENER)
    stale = await stage.post(address, by=SCREENER, if_match=7)
    right = await stage.post(address, by=SCREENER, if_match=1)
    twice = await stage.post(address, by=SCREENER, if_match=2)

    assert (missing.status_code, stale.status_code, right.status_code) == (428, 412, 200)
    assert right.headers["etag"] == '"2"'
    assert (twice.status_code, twice.json()["type"]) == (409, "urn:fsp:problem:invalid-transition")
    assert twice.json()["state"] == "closed"


async def test_of_fifty_editors_one_wins(stage: Stage) -> None:
    box = (await stage.post("/v1/boxes", {"label": "A"}, by=SCREENER)).json()

    answers = await asyncio.gather(
        *[stage.post(f"/v1/boxes/{box['id']}:close", by=SCREENER, if_match=1) for _ in range(50)]
    )

    assert sorted(answer.status_code for answer in answers).count(200) == 1
    assert {answer.status_code for answer in answers} <= {200, 409, 412, 503}


async def test_who_lacks_the_role_is_refused_before_the_body_is_read(stage: Stage) -> None:
    answer = await stage.post("/v1/boxes", {"nonsense": True}, by=ANALYST)

    assert (answer.status_code, answer.json()["type"]) == (403, "urn:fsp:problem:forbidden")


HOSTILE = {
    "expired": {"exp": 1},
    "another audience": {"aud": ["somebody"]},
    "another issuer": {"iss": "https://evil.test"},
    "no subject": {"sub": None},
    "not yet": {"iat": 99999999999},
}


@pytest.mark.parametrize("claims", HOSTILE.values(), ids=HOSTILE)
async def test_a_token_that_is_not_right_is_refused(stage: Stage, claims: dict[str, object]) -> None:
    bad = token(SCREENER, at=stage.clock.now, **claims)

    answer = await stage.client.get("/v1/boxes", headers={"authorization": f"Bearer {bad}"})

    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.json()["type"] == "urn:fsp:problem:unauthenticated"


async def test_pages_hold_every_item_once_and_a_forged_cursor_is_refused(stage: Stage) -> None:
    made = {(await stage.post("/v1/boxes", {"label": str(n)}, by=SCREENER)).json()["id"] for n in range(7)}

    seen: list[str] = []
    after = ""
    while True:
        page = (await stage.get(f"/v1/boxes?limit=3{after}", by=ANALYST)).json()
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"

    assert len(seen) == 7
    assert set(seen) == made
    for forged in ("x", "W10", "WzFd", "eyJhIjoxfQ", "W251bGxd"):
        answer = await stage.get(f"/v1/boxes?after={forged}", by=ANALYST)
        assert (answer.status_code, answer.json()["type"]) == (422, "urn:fsp:problem:invalid-parameter")


@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=201", "limit=x", "limit=99999999999999999999"])
async def test_a_page_that_cannot_be_is_refused(stage: Stage, query: str) -> None:
    answer = await stage.get(f"/v1/boxes?{query}", by=ANALYST)

    assert (answer.status_code, answer.json()["type"]) == (422, "urn:fsp:problem:invalid-parameter")


async def test_an_unknown_record_and_an_unknown_address_are_not_found(stage: Stage) -> None:
    assert (await stage.get(f"/v1/boxes/{new_id()}", by=ANALYST)).status_code == 404
    assert (await stage.get("/v1/nothing", by=ANALYST)).json()["type"] == "urn:fsp:problem:not-found"
    assert (await stage.get("/v1/boxes/1", by=ANALYST)).json()["type"] == "urn:fsp:problem:invalid-parameter"


async def test_the_correlation_id_goes_from_the_request_into_the_event_and_back(stage: Stage) -> None:
    correlation = str(new_id())

    answer = await stage.post("/v1/boxes", {"label": "A"}, by=SCREENER, headers={"x-correlation-id": correlation})

    assert answer.headers["x-correlation-id"] == correlation
    [row] = await stage.as_owner("SELECT correlation_id FROM outbox")
    assert str(row[0]) == correlation


async def test_a_tick_goes_on_until_nothing_is_left(stage: Stage) -> None:
    await stage.post("/v1/boxes", {"label": "A"}, by=SCREENER)

    assert await stage.tick("close-all") == 1
    assert await stage.tick("close-all") == 0


async def test_reading_costs_one_statement(stage: Stage) -> None:
    await stage.get("/v1/boxes", by=ANALYST)

    with stage.statements() as seen:
        await stage.get("/v1/boxes", by=ANALYST)

    assert len(seen) == 1


async def test_health_and_documents_need_no_token(stage: Stage) -> None:
    for address in ("/livez", "/docs", "/openapi.json", "/asyncapi.json", "/metrics", "/assets/swagger-ui.css"):
        assert (await stage.client.get(address)).status_code == 200, address
    assert "http" not in (await stage.client.get("/docs")).text.replace("http-equiv", "")
