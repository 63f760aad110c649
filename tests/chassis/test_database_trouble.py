"""What is answered when the database refuses, is busy or is away."""

import asyncio
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
from libs.kernel.ids import new_id
from libs.kernel.roles import Role
from tests.chassis import example
from tests.harness import Clock, Stage, caller, on_stage

SCREENER = caller(Role.SCREENER)
ANALYST = caller(Role.ANALYST)


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
