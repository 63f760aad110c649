"""The edge: one transaction a request, committed before the answer leaves."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Row, make_url, select
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from libs.chassis.database import Transaction
from libs.chassis.edge import _depth
from libs.kernel.ids import new_id
from libs.kernel.roles import Role
from tests.chassis import example
from tests.harness import Clock, Stage, caller, on_stage, token

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


async def test_a_commit_that_fails_is_not_answered_with_success(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    from libs.chassis import database

    async def fails(tx: object) -> None:
        raise OperationalError("COMMIT", {}, Exception())

    monkeypatch.setattr(database, "write_out", fails)

    answer = await stage.post("/v1/boxes", {"label": "A"}, by=SCREENER)

    assert answer.status_code == 503
    monkeypatch.undo()
    assert (await stage.get("/v1/boxes", by=ANALYST)).json()["items"] == []


async def test_two_that_wait_for_each_other_both_succeed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = [(await stage.post("/v1/boxes", {"label": "A", "things": 1}, by=SCREENER)).json() for _ in range(2)]
    both_hold_their_first = asyncio.Barrier(2)
    taken: list[UUID] = []

    async def take(tx: Transaction, box_id: UUID) -> Row[Any]:
        row = await really_take(tx, box_id)
        taken.append(box_id)
        if len(taken) <= 2:
            await both_hold_their_first.wait()
        return row

    really_take = example.take
    monkeypatch.setattr(example, "take", take)
    answers = await asyncio.gather(
        stage.post(f"/v1/boxes/{one['id']}:pour", {"into": other["id"]}, by=SCREENER),
        stage.post(f"/v1/boxes/{other['id']}:pour", {"into": one["id"]}, by=SCREENER),
    )

    assert [answer.status_code for answer in answers] == [200, 200]
    assert len(taken) == 5, "one of them was not made to begin again"
    assert sorted(box["things"] for box in (await stage.get("/v1/boxes", by=ANALYST)).json()["items"]) == [0, 2]


async def test_a_record_that_somebody_holds_is_busy_and_the_database_is_not_away(
    stage: Stage, example_database: tuple[str, str]
) -> None:
    one, other = [(await stage.post("/v1/boxes", {"label": "A"}, by=SCREENER)).json() for _ in range(2)]
    owner_url, app_url = example_database

    with capture_logs() as lines:
        async with (
            on_stage(example.SERVICE, owner_url=owner_url, app_url=app_url, clock=Clock(), patient=False) as asked,
            stage.tx(SCREENER) as tx,
        ):
            await example.take(tx, UUID(one["id"]))
            answer = await asked.post(f"/v1/boxes/{one['id']}:pour", {"into": other["id"]}, by=SCREENER)

    assert (answer.status_code, answer.json()["type"]) == (503, "urn:fsp:problem:busy")
    assert answer.headers["retry-after"] == "1"
    assert "database_unavailable" not in {line["event"] for line in lines}


async def test_a_value_that_the_database_refuses_is_the_callers(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    one = (await stage.post("/v1/boxes", {"label": "A"}, by=SCREENER)).json()

    async def takes_a_nul(tx: Transaction, _: UUID) -> Row[Any]:
        raise AssertionError(await tx.row(select(example.box).where(example.box.c.label == "\0")))

    monkeypatch.setattr(example, "take", takes_a_nul)
    answer = await stage.post(f"/v1/boxes/{one['id']}:pour", {"into": one["id"]}, by=SCREENER)

    assert (answer.status_code, answer.json()["type"]) == (422, "urn:fsp:problem:invalid-request")


@asynccontextmanager
async def nobody_listens() -> AsyncIterator[int]:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@asynccontextmanager
async def nobody_speaks() -> AsyncIterator[int]:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        yield held.getsockname()[1]


@pytest.mark.parametrize("port", [nobody_listens, nobody_speaks])
async def test_a_database_that_is_away_is_said_soon_and_with_when_to_ask_again(
    port: Callable[[], AbstractAsyncContextManager[int]],
) -> None:
    async with port() as number:
        url = f"postgresql+asyncpg://somebody:x@127.0.0.1:{number}/x"
        async with on_stage(example.SERVICE, owner_url=url, app_url=url, clock=Clock(), patient=False) as stage:
            started = time.perf_counter()
            answer = await stage.get("/v1/boxes", by=ANALYST)
            ready = await stage.client.get("/readyz")

    assert (answer.status_code, answer.json()["type"]) == (503, "urn:fsp:problem:dependency-unavailable")
    assert answer.headers["retry-after"] == "2"
    assert ready.status_code == 503
    assert time.perf_counter() - started < 40  # the driver by itself waits a minute for each


async def test_a_password_that_the_database_refuses_is_our_trouble(
    stage: Stage, example_database: tuple[str, str]
) -> None:
    _, url = example_database
    wrong = make_url(url).set(password="another").render_as_string(hide_password=False)
    async with on_stage(example.SERVICE, owner_url=wrong, app_url=wrong, clock=Clock()) as refused:
        answer = await refused.get("/v1/boxes", by=ANALYST)
        ready = await refused.client.get("/readyz")

    assert (answer.status_code, answer.headers.get("retry-after")) == (503, "2")
    assert ready.status_code == 503


async def test_a_nul_in_a_query_is_refused_before_the_database_sees_it(stage: Stage) -> None:
    answer = await stage.get("/v1/boxes?state=%00", by=ANALYST)

    assert (answer.status_code, answer.json()["type"]) == (422, "urn:fsp:problem:invalid-parameter")


async def test_a_nul_among_the_reasons_for_parking_is_refused(stage: Stage) -> None:
    answer = await stage.get("/v1/parked-events?reason=%00", by=caller(Role.SERVICE_ADMIN))

    assert (answer.status_code, answer.json()["type"]) == (422, "urn:fsp:problem:invalid-parameter")


async def test_an_unforeseen_error_says_nothing_and_leaves_nothing(stage: Stage) -> None:
    answer = await stage.post(f"/v1/boxes/{new_id()}:break", by=SCREENER)

    assert answer.status_code == 500
    assert answer.json()["type"] == "urn:fsp:problem:internal"
    assert "Ada" not in answer.text
    assert (await stage.get("/v1/boxes", by=ANALYST)).json()["items"] == []


async def test_the_same_key_and_body_give_the_same_answer_and_one_effect(stage: Stage) -> None:
    first = await stage.post("/v1/boxes", {"label": "A"}, by=SCREENER, key="k1")
    again = await stage.post("/v1/boxes", {"label": "A"}, by=SCREENER, key="k1")

    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["etag"] == first.headers["etag"]
    assert len(await stage.said()) == 1


async def test_an_answer_that_is_handed_out_again_is_audited_as_a_look_at_its_record(stage: Stage) -> None:
    first = await stage.post("/v1/boxes", {"label": "A"}, by=SCREENER, key="k1")
    await stage.post("/v1/boxes", {"label": "A"}, by=SCREENER, key="k1")

    done, again = await stage.audited()
    assert (done.outcome, again.outcome) == ("done", "replayed")
    assert (again.action, again.actor_id) == ("boxes:open", SCREENER.id)
    assert str(again.record_id) == first.json()["id"]
    assert again.family_id == done.family_id == example.FAMILY


async def test_the_same_key_with_another_body_is_refused(stage: Stage) -> None:
    await stage.post("/v1/boxes", {"label": "A"}, by=SCREENER, key="k1")

    answer = await stage.post("/v1/boxes", {"label": "B"}, by=SCREENER, key="k1")

    assert (answer.status_code, answer.json()["type"]) == (422, "urn:fsp:problem:idempotency-key-reused")


async def test_another_callers_key_is_another_key(stage: Stage) -> None:
    first = await stage.post("/v1/boxes", {"label": "A"}, by=SCREENER, key="k1")

    other = await stage.post("/v1/boxes", {"label": "A"}, by=caller(Role.SCREENER, id=new_id()), key="k1")

    assert other.json()["id"] != first.json()["id"]


async def test_twenty_at_once_with_one_key_have_one_effect(stage: Stage) -> None:
    answers = await asyncio.gather(*[stage.post("/v1/boxes", {"label": "A"}, by=SCREENER, key="k1") for _ in range(20)])

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    assert len(await stage.said()) == 1


async def test_a_post_without_a_key_is_refused(stage: Stage) -> None:
    answer = await stage.post("/v1/boxes", {"label": "A"}, by=SCREENER, headers={"idempotency-key": ""})

    assert (answer.status_code, answer.json()["type"]) == (400, "urn:fsp:problem:idempotency-key-required")


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


BODIES = {
    "cut off": (b'{"label": ', 400, "malformed-json"),
    "not utf-8": (b'{"label": "\xff"}', 400, "malformed-json"),
    "twice the same key": (b'{"label": "a", "label": "b"}', 400, "duplicate-key"),
    "too deep": (b'{"label":' + b"[" * 40 + b"]" * 40 + b"}", 400, "json-too-complex"),
    "too many digits": (b'{"label": "a", "things": ' + b"9" * 200 + b"}", 400, "json-too-complex"),
    "not a number": (b'{"label": "a", "things": NaN}', 422, "invalid-number"),
    "beyond every number": (b'{"label": "a", "things": 1e999}', 422, "invalid-number"),
    "a NUL": (b'{"label": "a\\u0000b"}', 422, "invalid-text"),
    "half a surrogate": (b'{"label": "a\\ud800b"}', 422, "invalid-text"),
    "a bidi override": ('{"label": "a\u202eb"}'.encode(), 422, "invalid-text"),
    "an unknown field": (b'{"label": "a", "colour": "red"}', 422, "unknown-field"),
    "too long": (json.dumps({"label": "a" * 201}).encode(), 422, "too-long"),
    "no zone": (b'{"label": "a", "occurred_at": "2026-11-20T09:00:00"}', 422, "invalid-datetime"),
    "a number for a moment": (b'{"label": "a", "occurred_at": 0}', 422, "invalid-datetime"),
    "a number in quotes for a moment": (b'{"label": "a", "occurred_at": "0"}', 422, "invalid-datetime"),
    "a moment without seconds": (b'{"label": "a", "occurred_at": "2026-11-20T09:00Z"}', 422, "invalid-datetime"),
    "nothing that is seen": ('{"label": "\u200b"}'.encode(), 422, "invalid-text"),
    "two lines in one": ('{"label": "a\u2028b"}'.encode(), 422, "invalid-text"),
    "30 February": (b'{"label": "a", "on": "2026-02-30"}', 422, "invalid-date"),
    "year 1": (b'{"label": "a", "on": "0001-01-01"}', 422, "invalid-date"),
    "true for one": (b'{"label": "a", "things": true}', 422, "invalid-body"),
    "beyond an integer": (b'{"label": "a", "things": 9999999999}', 422, "invalid-body"),
    "the future": (b'{"label": "a", "occurred_at": "2027-01-01T00:00:00Z"}', 422, "implausible-date"),
    "empty": (b"", 400, "malformed-json"),
    "ten megabytes": (b'{"label": "' + b"a" * 10_000_000 + b'"}', 413, "body-too-large"),
}


@pytest.mark.parametrize(("body", "status", "slug"), BODIES.values(), ids=BODIES)
async def test_bad_bodies_get_the_stated_problem_and_leave_nothing(
    stage: Stage, body: bytes, status: int, slug: str
) -> None:
    answer = await stage.call(
        "POST", "/v1/boxes", by=SCREENER, content=body, headers={"content-type": "application/json"}
    )

    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:fsp:problem:{slug}"), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await stage.get("/v1/boxes", by=ANALYST)).json()["items"] == []


async def test_a_string_without_an_end_does_not_hold_up_the_others(stage: Stage) -> None:
    body = b'{"label":' + b"[" * 33 + b'"' + b'\\"' * 100_000
    started = time.thread_time()  # of this thread alone: a busy machine changes nothing

    answer = await stage.call(
        "POST", "/v1/boxes", by=SCREENER, content=body, headers={"content-type": "application/json"}
    )

    assert answer.json()["type"] == "urn:fsp:problem:json-too-complex"
    assert time.thread_time() - started < 2


def test_a_bracket_in_a_string_is_no_depth() -> None:
    assert _depth(b'{"a": "' + b"[" * 40 + b'\\"' + b"[" * 40 + b'"}') == 1


async def test_a_body_of_a_thousand_and_five_keys_is_read(stage: Stage) -> None:
    body = {"label": "A", **{f"field_{number}": None for number in range(1004)}}

    answer = await stage.post("/v1/boxes", body, by=SCREENER)

    assert answer.json()["type"] == "urn:fsp:problem:unknown-field"


async def test_a_body_of_more_keys_than_anybody_has_is_refused(stage: Stage) -> None:
    answer = await stage.post("/v1/boxes", {f"field_{number}": None for number in range(10_001)}, by=SCREENER)

    assert answer.json()["type"] == "urn:fsp:problem:json-too-complex"


async def test_other_scripts_and_emoji_are_kept_as_they_were_sent(stage: Stage) -> None:
    label = "Zoë Łukasz 李 محمد 👩‍👧"

    answer = await stage.post("/v1/boxes", {"label": label}, by=SCREENER)

    assert answer.json()["label"] == label


@pytest.mark.parametrize("moment", ["2026-11-20T09:00:00Z", "2026-11-20 09:00:00.123456+00:00", "2026-11-20t09:00:00z"])
async def test_a_moment_is_written_as_in_rfc_3339(stage: Stage, moment: str) -> None:
    answer = await stage.post("/v1/boxes", {"label": "A", "occurred_at": moment}, by=SCREENER)

    assert answer.status_code == 201


async def test_all_faults_of_a_body_are_told_at_once_and_nothing_is_echoed(stage: Stage) -> None:
    answer = await stage.post("/v1/boxes", {"label": "a" * 201, "things": -1, "secret": "Ada Example"}, by=SCREENER)

    assert {fault["pointer"] for fault in answer.json()["errors"]} == {"/label", "/things", "/secret"}
    assert "Ada" not in answer.text


async def test_a_body_of_another_kind_is_refused(stage: Stage) -> None:
    answer = await stage.call(
        "POST", "/v1/boxes", by=SCREENER, content=b"label=a", headers={"content-type": "text/plain"}
    )

    assert (answer.status_code, answer.json()["type"]) == (415, "urn:fsp:problem:unsupported-media-type")


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
