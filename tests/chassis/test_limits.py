"""What is limited: how often one caller may ask, what may be accepted, how long an address may be, a pool that is used up."""

import pytest

from libs.chassis.limits import Asked, Rate, accepts_json
from libs.kernel.ids import new_id
from libs.kernel.roles import Role
from tests.harness import Clock, Stage, caller

SCREENER = caller(Role.SCREENER)
TWICE = Rate(2, 60)


def test_who_asked_often_enough_waits_until_the_first_question_is_old() -> None:
    clock, who = Clock(), new_id()
    asked = Asked(clock)

    assert [asked.wait_for("a", by=who, rate=TWICE) for _ in range(3)] == [0, 0, 60]
    clock.forward(seconds=45)
    assert asked.wait_for("a", by=who, rate=TWICE) == 15
    clock.forward(seconds=15)
    assert asked.wait_for("a", by=who, rate=TWICE) == 0


def test_others_and_other_questions_are_counted_by_themselves() -> None:
    asked, who = Asked(Clock()), new_id()

    waits = [asked.wait_for(what, by=by, rate=Rate(1, 60)) for what, by in (("a", who), ("b", who), ("a", new_id()))]

    assert waits == [0, 0, 0]


def test_what_is_remembered_of_callers_has_a_bound() -> None:
    asked = Asked(Clock())

    for _ in range(5000):
        asked.wait_for("a", by=new_id(), rate=TWICE)

    assert len(asked._moments) <= 4096


TAKES = {"*/*": True, "application/*;q=0.5": True, "text/html, application/json": True, "APPLICATION/JSON": True}
LEAVES = {
    "text/html": False,
    "application/json;q=0": False,
    "application/json; q=0.000": False,
    "": False,
    "json": False,
}


@pytest.mark.parametrize(("accept", "taken"), (TAKES | LEAVES).items())
def test_an_accept_header_takes_json_or_not(accept: str, taken: bool) -> None:
    assert accepts_json(accept) is taken


async def test_who_takes_no_json_is_refused_before_anything_is_done(stage: Stage) -> None:
    answer = await stage.post("/v1/boxes", {"label": "A"}, by=SCREENER, headers={"accept": "text/html"})

    assert (answer.status_code, answer.json()["type"]) == (406, "urn:fsp:problem:not-acceptable")
    assert (await stage.get("/v1/boxes", by=SCREENER)).json()["items"] == []


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "identity, gzip", "x"])
async def test_a_packed_body_is_not_unpacked(stage: Stage, encoding: str) -> None:
    answer = await stage.post("/v1/boxes", {"label": "A"}, by=SCREENER, headers={"content-encoding": encoding})

    assert (answer.status_code, answer.json()["type"]) == (415, "urn:fsp:problem:unsupported-media-type")


@pytest.mark.parametrize("address", ["/v1/boxes?state=" + "a" * 8192, "/v1/boxes/" + "a" * 8192, "/" + "a" * 9000])
async def test_an_address_that_is_too_long_is_refused(stage: Stage, address: str) -> None:
    answer = await stage.get(address, by=SCREENER)

    assert (answer.status_code, answer.json()["type"]) == (414, "urn:fsp:problem:address-too-long")
    assert "aaa" not in answer.text


async def test_a_pool_that_is_used_up_is_told_with_when_to_come_again(stage: Stage) -> None:
    engine = stage.database.engine
    engine.sync_engine.pool._timeout = 0.05  # type: ignore[attr-defined]
    held = [await engine.connect() for _ in range(5)]

    refused = await stage.get("/v1/boxes", by=SCREENER)
    for connection in held:
        await connection.close()

    assert (refused.status_code, refused.json()["type"]) == (503, "urn:fsp:problem:overloaded")
    assert int(refused.headers["retry-after"]) > 0
    assert (await stage.get("/v1/boxes", by=SCREENER)).status_code == 200
