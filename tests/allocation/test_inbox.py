"""What other services say, and what allocation makes of it."""

from datetime import timedelta
from uuid import UUID

import pytest

from libs.contracts import allocation as said
from libs.contracts.envelope import Event
from libs.contracts.referrals import FamilyMerged, ReferralClosed, ReferralMarkedInError, ReferralWithdrawn
from libs.contracts.workbook import (
    AssessmentAuthorised,
    AssessmentStarted,
    PlanSpellEnded,
    PlanSpellStarted,
    WorkbookClosed,
)
from libs.kernel.ids import derived_id, new_id
from libs.kernel.roles import Role
from tests.allocation.county import MANAGER, NORTH, County, ok, problem
from tests.harness import FRIDAY, caller

TODAY = FRIDAY.date()


def spell_started(family_id: UUID, child_id: UUID, kind: str, spell_id: UUID | None = None) -> PlanSpellStarted:
    return PlanSpellStarted(
        spell_id=spell_id or new_id(),
        workbook_id=derived_id("workbook", family_id),
        family_id=family_id,
        child_id=child_id,
        kind=kind,
        started_on=TODAY,
    )


async def test_an_accepted_referral_becomes_a_request_and_a_ranked_proposal(county: County) -> None:
    accepted = await county.accept()

    request = await county.request_of(accepted.family_id)
    proposal = await county.proposal_of(accepted.family_id)
    assert (request["state"], request["unallocated"], request["age_days"]) == ("proposed", True, 0)
    assert [county.name(option["worker_id"]) for option in proposal["options"]] == sorted(
        ["ada", "ben"], key=lambda name: str(county.workers[name])
    )
    assert {county.name(each["worker_id"]) for each in proposal["excluded"]} == {"cleo", "dan"}
    assert [breach["rule"] for breach in proposal["excluded"][0]["breaches"]] == ["wrong_area"]
    opened, made = (await county.stage.said())[-2:]
    assert (opened.type, made.type) == (said.RequestOpened.type_name, said.ProposalMade.type_name)
    assert made.data["best_worker_id"] == proposal["options"][0]["worker_id"]
    assert made.data["team_id"] == str(NORTH)
    assert (opened.revision, made.revision) == (1, 2)
    assert made.occurred_at == accepted.decided_at


async def test_the_same_acceptance_again_opens_nothing_more(county: County) -> None:
    accepted = await county.accept()
    await county.stage.hear(accepted)

    assert len(await county.stage.said(said.RequestOpened)) == 1


async def test_a_family_that_nobody_can_take_waits_and_is_said_to_wait(county: County) -> None:
    accepted = await county.accept(area="nowhere")

    request = await county.request_of(accepted.family_id)
    assert (request["state"], request["unallocated"]) == ("waiting", True)
    assert [event.data["family_id"] for event in await county.stage.said(said.RequestWaiting)] == [
        str(accepted.family_id)
    ]
    assert await county.stage.said(said.ProposalMade) == []
    proposal = await county.proposal_of(accepted.family_id)
    assert (proposal["state"], proposal["options"], len(proposal["excluded"])) == ("infeasible", [], 4)


@pytest.mark.parametrize("ending", [ReferralClosed, ReferralWithdrawn, ReferralMarkedInError])
async def test_a_referral_that_ends_asks_for_nobody_any_more(county: County, ending: type[Event]) -> None:
    accepted = await county.accept()
    more = {"children": accepted.children, "reason": "RC8", "closed_on": TODAY} if ending is ReferralClosed else {}

    await county.stage.hear(ending(referral_id=accepted.referral_id, family_id=accepted.family_id, **more))

    assert (await county.request_of(accepted.family_id))["state"] == "cancelled"
    assert (await county.proposal_of(accepted.family_id))["state"] == "stale"
    assert len(await county.stage.said(said.RequestCancelled)) == 1


async def test_a_referral_in_error_takes_its_allocation_with_it(county: County) -> None:
    accepted = await county.accept()
    proposal = await county.proposal_of(accepted.family_id)
    ok(await county.decide(proposal, "confirm"))

    await county.stage.hear(ReferralMarkedInError(referral_id=accepted.referral_id, family_id=accepted.family_id))

    assert [event.data["reason"] for event in await county.stage.said(said.AllocationEnded)] == ["correction"]


async def test_a_closed_workbook_ends_everybodys_part(county: County) -> None:
    lead = await county.allocated("ada")
    beside = {"worker_id": str(county.workers["ben"])}
    ok(await county.stage.post(f"/v1/allocations/{lead['id']}:add-co-worker", beside, by=MANAGER, if_match=1))

    closed = WorkbookClosed(workbook_id=new_id(), family_id=UUID(lead["family_id"]), reason="RC7", closed_on=TODAY)
    await county.stage.hear(closed)

    ended = await county.stage.said(said.AllocationEnded)
    assert sorted(event.data["role"] for event in ended) == ["co", "lead"]
    assert {event.data["reason"] for event in ended} == {"closure"}
    assert (await county.capacity("ada"))["load"] == 15.0


async def test_a_closed_workbook_of_a_family_that_waits_asks_for_nobody(county: County) -> None:
    accepted = await county.accept()

    closed = WorkbookClosed(workbook_id=new_id(), family_id=accepted.family_id, reason="RC7", closed_on=TODAY)
    await county.stage.hear(closed)

    assert (await county.request_of(accepted.family_id))["cancel_reason"] == "no_longer_needed"


async def test_a_family_that_came_back_before_its_closure_was_heard_goes_on_waiting(county: County) -> None:
    first = await county.accept()
    county.stage.clock.forward(days=30)
    again = await county.accept(family_id=first.family_id, children=first.children)
    closed_at = FRIDAY + timedelta(days=20)

    closed = WorkbookClosed(
        workbook_id=new_id(),
        family_id=first.family_id,
        referral_id=first.referral_id,
        reason="RC7",
        closed_on=closed_at.date(),
    )
    await county.stage.hear(closed, occurred_at=closed_at)

    path = f"/v1/requests?family_id={first.family_id}"
    states = {one["referral_id"]: one["state"] for one in ok(await county.stage.get(path, by=MANAGER))["items"]}
    assert states[str(first.referral_id)] == "cancelled"
    assert states[str(again.referral_id)] != "cancelled"


async def test_a_childs_work_weighs_by_its_plans(county: County) -> None:
    held = await county.allocated("ada")
    family, child = UUID(held["family_id"]), UUID(held["children"][0])
    spell = new_id()

    loads = [(await county.capacity("ada"))["load"]]
    await county.stage.hear(spell_started(family, child, "proceedings", spell))
    loads.append((await county.capacity("ada"))["load"])
    court = (await county.capacity("ada"))["court"]
    ended = PlanSpellEnded(
        spell_id=spell,
        workbook_id=derived_id("workbook", family),
        family_id=family,
        child_id=child,
        kind="proceedings",
        started_on=TODAY,
        ended_on=TODAY,
        reason="ended",
    )
    await county.stage.hear(ended)
    loads.append((await county.capacity("ada"))["load"])

    assert loads == [21.5, 26.5, 18.5]  # 15 and: not assessed 6.5; proceedings at the median 11.5; step-down 3.5
    assert court == 11.5


async def test_a_plan_of_a_child_that_nobody_knows_yet_is_kept_for_later(county: County) -> None:
    family, child = new_id(), new_id()

    await county.stage.hear(spell_started(family, child, "cp"))

    work = ok(await county.stage.get(f"/v1/families/{family}/work", by=MANAGER))
    assert [each["case_type"] for each in work["children"]] == ["cp"]


async def test_an_authorised_assessment_says_how_complex_and_why(county: County) -> None:
    held = await county.allocated("ada")
    family, children = UUID(held["family_id"]), tuple(UUID(child) for child in held["children"])
    assessment = {"assessment_id": new_id(), "workbook_id": new_id(), "family_id": family, "children": children}

    await county.stage.hear(AssessmentStarted(**assessment, started_on=TODAY))
    before = ok(await county.stage.get(f"/v1/families/{family}/work", by=MANAGER))["children"][0]
    factors = ("2B", "3A", "4B")
    await county.stage.hear(
        AssessmentAuthorised(**assessment, started_on=TODAY, authorised_on=TODAY, factors=factors, outcome="cin")
    )
    after = ok(await county.stage.get(f"/v1/families/{family}/work", by=MANAGER))["children"][0]

    assert (before["being_assessed"], before["complexity"]) == (True, None)
    assert (after["being_assessed"], after["complexity"]) == (False, 2)
    assert after["complexity_scores"] == [
        {"rule": "two_of_trio", "score": 1, "inputs": ["2B", "3A", "4B"]},
        {"rule": "whole_trio", "score": 1, "inputs": ["2B", "3A", "4B"]},
    ]
    assert (await county.capacity("ada"))["provisional"] is False


async def test_a_family_that_comes_back_is_assessed_anew(county: County) -> None:
    held = await county.allocated("ada")
    family, child = UUID(held["family_id"]), UUID(held["children"][0])
    await county.stage.hear(spell_started(family, child, "cin"))
    await county.stage.hear(WorkbookClosed(workbook_id=new_id(), family_id=family, reason="RC7", closed_on=TODAY))

    await county.accept(family_id=family, children=(child,))

    work = ok(await county.stage.get(f"/v1/families/{family}/work", by=MANAGER))["children"][0]
    assert (work["case_type"], work["plans"]) == ("assessment", [])


async def test_the_worker_who_knew_the_family_is_proposed_first_when_it_comes_back(county: County) -> None:
    held = await county.allocated("ben")
    county.stage.clock.forward(days=200)
    family = UUID(held["family_id"])
    await county.stage.hear(WorkbookClosed(workbook_id=new_id(), family_id=family, reason="RC7", closed_on=TODAY))

    proposal = await county.proposed(family_id=family, children=tuple(UUID(each) for each in held["children"]))

    best = proposal["options"][0]
    assert county.name(best["worker_id"]) == "ben"
    assert next(term for term in best["terms"] if term["code"] == "continuity") == {
        "code": "continuity",
        "points": -6.0,
        "sentence": "This worker knows the family from 7 months of work with them.",
    }


async def test_a_second_referral_of_a_family_goes_to_the_worker_who_leads_it(county: County) -> None:
    held = await county.allocated("ada")

    proposal = await county.proposed(family_id=UUID(held["family_id"]), children=(UUID(held["children"][0]), new_id()))
    decided = await county.decide(proposal, "confirm")

    assert [county.name(option["worker_id"]) for option in proposal["options"]] == ["ada"]
    ok(decided)
    families = (await county.capacity("ada"))["cases"]
    assert [(case["family_id"], case["children"]) for case in families] == [(held["family_id"], 2)]


async def test_two_records_of_a_family_become_one(county: County) -> None:
    one, two = await county.accept(), await county.accept()
    held = await county.allocated("ada")

    await county.stage.hear(
        FamilyMerged(family_id=one.family_id, merged_family_id=two.family_id, people=(*one.children, *two.children))
    )
    await county.stage.hear(FamilyMerged(family_id=one.family_id, merged_family_id=UUID(held["family_id"]), people=()))

    merged = ok(await county.stage.get(f"/v1/requests?family_id={one.family_id}&unallocated=true", by=MANAGER))["items"]
    assert [sorted(each["children"]) for each in merged] == [sorted(map(str, (*one.children, *two.children)))]
    cancelled = await county.stage.said(said.RequestCancelled)
    assert [event.data["reason"] for event in cancelled] == ["family_merged"]
    now = ok(await county.stage.get(f"/v1/allocations?family_id={one.family_id}", by=MANAGER))["items"]
    assert [each["id"] for each in now] == [held["id"]]


async def test_an_acceptance_under_a_merged_id_counts_for_the_family_that_stays(county: County) -> None:
    one, two = await county.accept(), await county.accept()
    await county.stage.hear(FamilyMerged(family_id=one.family_id, merged_family_id=two.family_id, people=()))

    again = await county.accept(family_id=two.family_id)
    body = {"family_id": str(two.family_id), "purpose": "co_worker", "children": [str(new_id())]}
    asked = await county.stage.post("/v1/requests", body, by=MANAGER)

    found = ok(await county.stage.get(f"/v1/requests?family_id={one.family_id}", by=MANAGER))["items"]
    assert str(again.referral_id) in {each["referral_id"] for each in found}
    assert problem(asked) == (409, "invalid-transition")
    assert asked.json()["family_id"] == str(one.family_id)


async def test_an_acceptance_counts_for_the_family_that_stays_though_the_merge_was_heard_first(county: County) -> None:
    stays, dead = await county.accept(), new_id()
    await county.stage.hear(FamilyMerged(family_id=stays.family_id, merged_family_id=dead, people=()))

    await county.accept(family_id=dead)

    found = ok(await county.stage.get(f"/v1/requests?family_id={stays.family_id}", by=MANAGER))["items"]
    assert len(found) == 2


async def test_families_merged_one_after_the_other_are_known_as_the_last_that_stays(county: County) -> None:
    one, two, three = [await county.accept() for _ in range(3)]
    for merged, into in ((one, two), (two, three)):
        await county.stage.hear(FamilyMerged(family_id=into.family_id, merged_family_id=merged.family_id, people=()))

    again = await county.accept(family_id=one.family_id)

    found = ok(await county.stage.get(f"/v1/requests?family_id={three.family_id}", by=MANAGER))["items"]
    assert str(again.referral_id) in {each["referral_id"] for each in found}


async def test_what_is_said_of_a_merged_family_counts_for_the_one_that_stays(county: County) -> None:
    held, stays = await county.allocated("ada"), await county.accept()
    old = UUID(held["family_id"])
    await county.stage.hear(FamilyMerged(family_id=stays.family_id, merged_family_id=old, people=()))
    await county.stage.hear(spell_started(old, child := new_id(), "cp"))
    work = ok(await county.stage.get(f"/v1/families/{stays.family_id}/work", by=MANAGER))["children"]

    await county.stage.hear(WorkbookClosed(workbook_id=new_id(), family_id=old, reason="RC7", closed_on=TODAY))

    assert str(child) in {each["child_id"] for each in work}
    assert (await county.capacity("ada"))["load"] == 15.0


async def test_of_two_restrictions_that_become_one_only_those_whom_both_permit_remain(county: County) -> None:
    ada, ben = (str(county.workers[name]) for name in ("ada", "ben"))
    stays, merged = await county.accept(), await county.accept()
    steward = caller(Role.RESTRICTION_STEWARD)
    for family, permitted in ((stays, [ada, ben]), (merged, [ada])):
        body = {"family_id": str(family.family_id), "kind": "restricted_record", "permitted": permitted}
        ok(await county.stage.post("/v1/exclusions", body, by=steward))

    await county.stage.hear(FamilyMerged(family_id=stays.family_id, merged_family_id=merged.family_id, people=()))

    found = ok(await county.stage.get(f"/v1/exclusions?family_id={stays.family_id}", by=steward))["items"]
    assert [each["permitted"] for each in found] == [[ada]]
