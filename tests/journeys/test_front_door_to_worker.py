"""From a concern to a named worker: referrals and allocation together."""

import pytest

from tests.journeys.county import County
from tests.journeys.family import Family, child
from tests.journeys.people import FRONT_DOOR_MANAGER, SCREENER, TEAM_MANAGER, right, say, settle


@pytest.fixture
async def family(county: County) -> Family:
    await settle(county)
    return Family(county)


async def test_an_accepted_family_gets_the_best_worker_with_reasons(family: Family) -> None:
    await family.is_referred()
    await family.is_triaged()
    await family.is_proposed()
    await family.is_accepted()

    proposal = await family.has_a_proposal()
    best = proposal["options"][0]
    assert best["total"] == pytest.approx(sum(term["points"] for term in best["terms"]))
    assert all(term["sentence"] for term in best["terms"])
    assert best["after"]["load"] > best["before"]["load"]

    worker_id = await family.is_allocated()
    assert worker_id == best["worker_id"]

    async def referral_knows() -> bool:
        return (await family.reads_referral())["state"] == "allocated"

    await family.county.eventually(referral_knows)
    caseload = right(await family.county.allocation.get(f"/v1/workers/{worker_id}/caseload", by=TEAM_MANAGER))
    assert family.family_id in {held["family_id"] for held in caseload["families"]}


async def test_siblings_go_to_one_worker_and_weigh_less_than_strangers(family: Family) -> None:
    await family.is_referred(children=[child("Ash"), child("Bay", born="2015-01-20"), child("Cy", born="2021-05-05")])
    await family.is_triaged()
    await family.is_proposed()
    await family.is_accepted()

    worker_id = await family.is_allocated()

    caseload = right(await family.county.allocation.get(f"/v1/workers/{worker_id}/caseload", by=TEAM_MANAGER))
    held = next(each for each in caseload["families"] if each["family_id"] == family.family_id)
    assert {each["child_id"] for each in held["children"]} == set(family.children)
    alone = max(line["points"] for line in held["points"]["lines"])
    assert held["points"]["total"] < 3 * alone


async def test_an_override_needs_a_reason_and_is_kept(family: Family) -> None:
    await family.is_referred()
    await family.is_triaged()
    await family.is_proposed()
    await family.is_accepted()
    proposal = await family.has_a_proposal()
    second = proposal["options"][1]["worker_id"]
    path = f"/v1/proposals/{proposal['id']}"

    without = await family.county.allocation.post(
        f"{path}:override", {"worker_id": second}, by=TEAM_MANAGER, if_match=1
    )
    assert without.status_code == 422
    body = {"worker_id": second, "reason": "knows_family", "text": "Invented: she knows the grandmother."}
    answer = await family.county.allocation.post(
        f"{path}:override", body, by=TEAM_MANAGER, if_match=proposal["revision"]
    )

    kept = right(await family.county.allocation.get(path, by=TEAM_MANAGER))
    assert (kept["state"], kept["decision"]["worker_id"], kept["decision"]["reason"]) == (
        "overridden",
        second,
        "knows_family",
    ), answer.text
    assert kept["options"] == proposal["options"]


async def test_a_stale_proposal_is_refused_with_fresh_numbers(family: Family) -> None:
    await family.is_referred()
    await family.is_triaged()
    await family.is_proposed()
    await family.is_accepted()
    proposal = await family.has_a_proposal()
    other = Family(family.county)
    await other.is_referred()
    await other.is_triaged()
    await other.is_proposed()
    await other.is_accepted()
    await other.is_allocated()

    answer = await family.county.allocation.post(
        f"/v1/proposals/{proposal['id']}:confirm", {}, by=TEAM_MANAGER, if_match=proposal["revision"]
    )

    if answer.is_success:
        # The other family went elsewhere and nothing that this proposal rests on has changed.
        assert other.worker_id not in {option["worker_id"] for option in proposal["options"]}
    else:
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:fsp:problem:proposal-stale")


async def test_a_step_down_that_early_help_refuses_comes_back(family: Family) -> None:
    from tests.journeys.people import EARLY_HELP

    await family.is_referred()
    await family.is_triaged(rag="green", level=2)
    await family.is_proposed("early_help")
    await say(family.county.referrals, FRONT_DOOR_MANAGER, f"{family.referral}:step-down", {})

    refused = await say(
        family.county.referrals, EARLY_HELP, f"{family.referral}:refuse-step-down", {"reason": "risk_too_high"}
    )

    assert refused["state"] == "awaiting_decision"


async def test_a_child_referred_again_within_a_year_is_a_re_referral(family: Family) -> None:
    robin = child("Robin")
    await family.is_referred(children=[robin])
    await family.is_triaged(rag="green", level=2)
    await family.is_proposed("nfa")
    await say(family.county.referrals, FRONT_DOOR_MANAGER, f"{family.referral}:advise", {})
    family.county.clock.forward(days=200)

    again = Family(family.county)
    sent = await again.is_referred(
        by=SCREENER, family_id=family.family_id, children=[{"person_id": family.children[0]}], adults=[]
    )

    assert sent["re_referral"] is True
    assert sent["prior_referral_id"] == family.referral_id


async def test_a_second_referral_joins_the_open_workbook_and_waits_for_it(family: Family) -> None:
    await family.is_worked_with()
    again = Family(family.county)
    await again.is_referred(
        by=SCREENER, family_id=family.family_id, children=[{"person_id": family.children[0]}], adults=[]
    )
    await again.is_triaged()
    await again.is_proposed()
    await again.is_accepted()

    async def joined() -> bool:
        return (await again.reads_referral())["workbook"] == "open"

    await family.county.eventually(joined)
    workbook = await again.has_a_workbook()
    assert (workbook["id"], workbook["further_referrals"]) == (family.workbook_id, [again.referral_id])
    read = await family.county.referrals.get(again.referral, by=TEAM_MANAGER)
    refused = await family.county.referrals.post(
        f"{again.referral}:close", {"reason": "RC7"}, by=TEAM_MANAGER, if_match=read.headers["etag"]
    )
    assert refused.status_code == 409


async def test_the_sender_is_told_nothing_of_who_is_known(family: Family) -> None:
    robin = child("Robin")
    await family.is_referred(children=[robin])

    again = Family(family.county)
    sent = await again.is_referred(children=[robin])
    staff = await Family(family.county).is_referred(by=SCREENER, children=[robin])

    assert not sent.get("candidates")
    assert sent.get("family_id") is None
    assert staff["candidates"]
    assert staff["candidates"][0]["hits"]
