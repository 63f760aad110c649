"""Every verb over HTTP: who may say it, in which state, with what it needs, and at which moment."""

from datetime import timedelta
from typing import Any

import pytest

from libs.contracts.referrals import ClockMet, ReferralAccepted, ReferralTriaged
from libs.kernel.ids import new_id
from libs.kernel.roles import Role
from services.referrals.domain.states import State, Verb
from tests.harness import Stage, caller
from tests.referrals.actors import CASE_SYSTEM, RATIONALE, SCREENER, Actors, slug
from tests.referrals.domain.verb_table import LEADS, SAID_BY
from tests.referrals.verbs import BODY, SAID_OVER_HTTP, WAY, brought_to, path_of


@pytest.mark.parametrize("verb", SAID_OVER_HTTP)
async def test_a_verb_is_refused_to_every_role_that_may_not_say_it(
    stage: Stage, front_door: Actors, verb: Verb
) -> None:
    referral = await front_door.receive()

    for role in set(Role) - SAID_BY[verb]:
        answer = await stage.post(path_of(referral, verb), BODY.get(verb), by=caller(role), if_match=1)
        assert (answer.status_code, slug(answer)) == (403, "forbidden"), role
    assert (await front_door.read(referral["id"]))["revision"] == 1


@pytest.mark.parametrize("state", list(WAY))
async def test_every_verb_in_a_state_is_done_or_refused(stage: Stage, front_door: Actors, state: State) -> None:
    open_one = await front_door.receive()
    referral = await brought_to(front_door, state, open_one)
    for verb in SAID_OVER_HTTP:
        body = BODY.get(verb) if verb is not Verb.JOIN else {"joined_to": open_one["id"], "rationale": RATIONALE}

        answer = await stage.post(path_of(referral, verb), body, by=CASE_SYSTEM, if_match=referral["revision"])

        expected = LEADS[verb].get(state)
        if verb is Verb.ASK_MORE and state is State.TRIAGED:
            expected = State.GATHERING  # it seeks the first information
        after = await front_door.read(referral["id"])
        if expected is None:
            assert (answer.status_code, slug(answer)) == (409, "invalid-transition"), (verb, answer.text)
            assert after["revision"] == referral["revision"]
        else:
            assert answer.is_success, (verb, answer.text)
            assert (after["state"], after["revision"]) == (expected, referral["revision"] + 1)
            referral = await brought_to(front_door, state, open_one)


@pytest.mark.parametrize("verb", SAID_OVER_HTTP)
async def test_a_verb_needs_the_revision_that_was_read(stage: Stage, front_door: Actors, verb: Verb) -> None:
    referral = await front_door.receive()
    body = BODY.get(verb) if verb is not Verb.JOIN else {"joined_to": referral["id"]}

    missing = await stage.post(path_of(referral, verb), body, by=CASE_SYSTEM)
    stale = await stage.post(path_of(referral, verb), body, by=CASE_SYSTEM, if_match=7)
    unknown = await stage.post(path_of({"id": new_id()}, verb), body, by=CASE_SYSTEM, if_match=1)

    assert (missing.status_code, slug(missing)) == (428, "precondition-required")
    assert (stale.status_code, slug(stale)) == (412, "version-conflict")
    assert (unknown.status_code, slug(unknown)) == (404, "not-found")
    assert (await front_door.read(referral["id"]))["revision"] == 1


async def test_a_verb_said_again_with_its_key_is_answered_again(stage: Stage, front_door: Actors) -> None:
    referral = await front_door.receive()
    path, key = f"/v1/referrals/{referral['id']}:triage", str(new_id())

    first = await stage.post(path, {"rag": "red", "level": 4}, by=SCREENER, if_match=1, key=key)
    again = await stage.post(path, {"rag": "red", "level": 4}, by=SCREENER, if_match=1, key=key)

    assert again.json() == first.json()
    assert again.headers["etag"] == '"2"'
    assert len(await stage.said(ReferralTriaged)) == 1


async def test_history_is_loaded_with_its_true_dates(stage: Stage, front_door: Actors) -> None:
    day = stage.clock.now - timedelta(days=700)
    hours = iter(range(100))

    def body(**fields: Any) -> dict[str, Any]:
        return fields | {"occurred_at": (day + timedelta(hours=next(hours))).isoformat()}

    referral = await front_door.receive(by=CASE_SYSTEM, channel="case_system", received_at=day.isoformat())
    for verb, fields in (
        ("triage", {"rag": "green", "level": 3}),
        ("propose-decision", {"outcome": "single_assessment", "rationale": RATIONALE}),
        ("accept", {}),
        ("close", {"reason": "RC8"}),
    ):
        referral = await front_door.say(referral, verb, body(**fields), by=CASE_SYSTEM)

    assert referral["closed_on"] == (day + timedelta(hours=3)).date().isoformat()
    met = {said.data["kind"]: said.data["in_time"] for said in await stage.said(ClockMet)}
    assert met == {"C2": True, "C3": True}
    assert await stage.tick("clocks") == 0
    assert (await stage.said(ReferralAccepted))[0].occurred_at == day + timedelta(hours=2)


@pytest.mark.parametrize(("offset", "problem"), [(-3600, "implausible-date"), (1, "implausible-date")])
async def test_nothing_happens_before_what_it_follows_or_in_the_future(
    stage: Stage, front_door: Actors, offset: int, problem: str
) -> None:
    referral = await front_door.receive()

    answer = await stage.post(
        f"/v1/referrals/{referral['id']}:triage",
        {"rag": "red", "level": 4, "occurred_at": (stage.clock.now + timedelta(seconds=offset)).isoformat()},
        by=SCREENER,
        if_match=1,
    )

    assert (answer.status_code, slug(answer)) == (422, problem)
    assert answer.json()["errors"][0]["pointer"] == "/occurred_at"
