"""The areas of a referral: those that teams serve, corrected before somebody is sought who works there."""

import pytest

from libs.contracts.allocation import TeamRecorded
from libs.kernel.ids import derived_id
from tests.harness import Stage
from tests.referrals.actors import CASE_SYSTEM, MANAGER, SCHOOL, SCREENER, Actors, concern, pointers, slug


def team(code: str, *areas: str, active: bool = True) -> TeamRecorded:
    """Return that a team serves these areas."""
    return TeamRecorded(team_id=derived_id("test", code), code=code, areas=areas, active=active)


@pytest.fixture
async def served(stage: Stage) -> None:
    """Let the front door know two teams and three areas."""
    await stage.hear(team("north", "cherwell", "oxford_north"))
    await stage.hear(team("east", "oxford_east", "cherwell"))


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize("by", [SCHOOL, SCREENER, CASE_SYSTEM], ids=["school", "screener", "case system"])
async def test_an_area_that_no_team_serves_is_refused_with_those_that_are(stage: Stage, by: object) -> None:
    answer = await stage.post("/v1/referrals", concern(area="atlantis"), by=by)

    assert (answer.status_code, slug(answer), pointers(answer)) == (422, "unknown-area", {"/area"})
    assert answer.json()["areas"] == ["cherwell", "oxford_east", "oxford_north"]
    assert await stage.as_owner("SELECT id FROM referral") == []


async def test_without_a_known_team_every_area_is_believed(stage: Stage) -> None:
    answer = await stage.post("/v1/referrals", concern(area="atlantis"), by=SCREENER)

    assert answer.status_code == 201


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize(
    "now",
    [team("north", "cherwell"), team("north", "cherwell", "oxford_north", active=False)],
    ids=["serves another", "closed"],
)
async def test_an_area_that_a_team_serves_no_longer_is_refused(stage: Stage, now: TeamRecorded) -> None:
    await stage.hear(now)

    answer = await stage.post("/v1/referrals", concern(area="oxford_north"), by=SCREENER)

    assert answer.status_code == 422


@pytest.mark.usefixtures("served")
async def test_the_areas_are_listed_to_senders_and_staff(stage: Stage) -> None:
    for by in (SCHOOL, SCREENER, CASE_SYSTEM):
        listed = await stage.get("/v1/areas", by=by)
        assert listed.json() == {"served": ["cherwell", "oxford_east", "oxford_north"], "not_known_yet": "unknown"}


@pytest.mark.usefixtures("served")
async def test_an_area_that_is_not_known_yet_is_corrected_before_acceptance(stage: Stage, front_door: Actors) -> None:
    waiting = await front_door.waiting(area="unknown")
    path = f"/v1/referrals/{waiting['id']}"

    refused = await stage.post(f"{path}:accept", {}, by=MANAGER, if_match=waiting["revision"])
    nowhere = await stage.post(f"{path}:correct-area", {"area": "atlantis"}, by=SCREENER, if_match=waiting["revision"])
    corrected = await front_door.say(waiting, "correct-area", {"area": "oxford_east"})
    accepted = await front_door.say(corrected, "accept", {}, by=MANAGER)
    too_late = await stage.post(
        f"{path}:correct-area", {"area": "cherwell"}, by=SCREENER, if_match=accepted["revision"]
    )

    assert (refused.status_code, slug(refused)) == (409, "area-not-served")
    assert refused.json()["areas"] == ["cherwell", "oxford_east", "oxford_north"]
    assert (nowhere.status_code, pointers(nowhere)) == (422, {"/area"})
    assert (corrected["area"], corrected["revision"]) == ("oxford_east", waiting["revision"] + 1)
    assert (too_late.status_code, slug(too_late)) == (409, "invalid-transition")
    (said,) = [one for one in await stage.said() if "accepted" in one.type]
    assert said.data["area"] == "oxford_east"


@pytest.mark.usefixtures("served")
async def test_the_area_that_it_has_changes_nothing(front_door: Actors) -> None:
    received = await front_door.receive()

    corrected = await front_door.say(received, "correct-area", {"area": "cherwell"})

    assert (corrected["area"], corrected["revision"]) == ("cherwell", received["revision"])


@pytest.mark.usefixtures("served")
async def test_loaded_history_that_tells_no_area_is_accepted(front_door: Actors) -> None:
    triaged = await front_door.triaged(area="unknown", by=CASE_SYSTEM)
    proposal = {"outcome": "single_assessment", "rationale": "Decided years ago."}
    waiting = await front_door.say(triaged, "propose-decision", proposal, by=CASE_SYSTEM)

    accepted = await front_door.say(waiting, "accept", {}, by=CASE_SYSTEM)

    assert accepted["state"] == "accepted"
