"""One effect for one key, and one answer."""

import asyncio

from libs.kernel.ids import new_id
from libs.kernel.roles import Role
from tests.chassis import example
from tests.harness import Stage, caller

SCREENER = caller(Role.SCREENER)
ANALYST = caller(Role.ANALYST)


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
