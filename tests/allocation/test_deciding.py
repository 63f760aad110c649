"""The manager's decision: confirm, override, decline; stale, late, too early, not yours."""

from datetime import timedelta
from uuid import UUID

from libs.chassis.auth import Caller
from libs.contracts import allocation as said
from libs.kernel.ids import new_id
from libs.kernel.roles import Role
from tests.allocation.county import (
    MANAGER,
    NORTH,
    SERVICE_MANAGER,
    SOUTH_MANAGER,
    County,
    ok,
    problem,
)
from tests.harness import caller

WHY = {"reason": "worker_view", "text": "Talked through in supervision."}


async def test_a_confirmed_option_becomes_an_allocation(county: County) -> None:
    proposal = await county.proposed()

    decided = ok(await county.decide(proposal, "confirm"))

    assert decided["state"] == "confirmed"
    assert (decided["decision"]["rank"], decided["decision"]["by"]) == (1, str(MANAGER.id))
    assert (await county.request_of(UUID(decided["family_id"])))["state"] == "filled"
    confirmed, filled, started = (await county.stage.said())[-3:]
    assert [event.type for event in (confirmed, filled, started)] == [
        said.ProposalConfirmed.type_name,
        said.RequestFilled.type_name,
        said.AllocationStarted.type_name,
    ]
    assert started.data["worker_id"] == proposal["options"][0]["worker_id"]
    assert (started.data["role"], started.data["reason"]) == ("lead", "FCONTA")
    assert started.data["requested_at"] is not None
    assert filled.data["allocation_id"] == started.data["allocation_id"]


async def test_another_option_may_be_confirmed_and_its_rank_is_kept(county: County) -> None:
    proposal = await county.proposed()

    decided = ok(await county.decide(proposal, "confirm", {"worker_id": proposal["options"][1]["worker_id"]}))

    assert decided["decision"]["rank"] == 2
    assert (await county.stage.said(said.ProposalConfirmed))[0].data["rank"] == 2


async def test_an_override_needs_a_code_and_words_and_is_kept_with_them(county: County) -> None:
    proposal = await county.proposed()
    other = proposal["options"][1]["worker_id"]

    without = await county.decide(proposal, "override", {"worker_id": other, "reason": "skills"})
    decided = ok(await county.decide(proposal, "override", {"worker_id": other, **WHY}))

    assert without.status_code == 422
    assert (decided["state"], decided["decision"]["reason"]) == ("overridden", "worker_view")
    assert decided["decision"]["text"] == WHY["text"]
    assert (await county.stage.said(said.ProposalOverridden))[0].data["reason"] == "worker_view"
    assert len(await county.stage.said(said.AllocationStarted)) == 1


async def test_the_best_is_confirmed_and_not_overridden(county: County) -> None:
    proposal = await county.proposed()

    answer = await county.decide(proposal, "override", {"worker_id": proposal["options"][0]["worker_id"], **WHY})

    assert problem(answer) == (409, "nothing-to-override")


async def test_an_override_breaks_no_hard_rule(county: County) -> None:
    proposal = await county.proposed()

    answer = await county.decide(
        proposal, "override", {"worker_id": str(county.workers["cleo"]), **WHY}, by=SERVICE_MANAGER
    )

    assert problem(answer) == (409, "worker-not-eligible")
    assert answer.json()["rules"] == ["wrong_area"]


async def test_a_declined_proposal_leaves_the_family_unallocated(county: County) -> None:
    proposal = await county.proposed()

    decided = ok(await county.decide(proposal, "decline", {"reason": "wait_for_worker"}))

    request = await county.request_of(UUID(decided["family_id"]))
    assert (decided["state"], request["state"], request["unallocated"]) == ("declined", "open", True)
    assert len(await county.stage.said(said.ProposalDeclined)) == 1


async def test_numbers_that_changed_are_refused_and_said_afresh(county: County) -> None:
    proposal, other = await county.proposed(), await county.proposed()
    taken = proposal["options"][0]["worker_id"]
    ok(await county.decide(other, "confirm", {"worker_id": taken}))

    answer = await county.decide(proposal, "confirm", {"worker_id": taken})

    assert problem(answer) == (409, "proposal-stale")
    assert answer.json()["fresh"]["before"]["load"] == 21.5
    assert answer.json()["fresh"]["excluded_by"] == []
    assert (await county.request_of(UUID(proposal["family_id"])))["state"] == "proposed"


async def test_changes_of_others_do_not_make_an_option_stale(county: County) -> None:
    proposal, other = await county.proposed(), await county.proposed()
    first, second = (option["worker_id"] for option in proposal["options"])
    ok(await county.decide(other, "confirm", {"worker_id": first}))

    assert ok(await county.decide(proposal, "confirm", {"worker_id": second}))["state"] == "confirmed"


async def test_a_fresh_proposal_overtakes_the_undecided_one(county: County) -> None:
    proposal = await county.proposed()

    fresh = ok(await county.stage.post("/v1/proposals", {"request_id": proposal["request_id"]}, by=MANAGER))

    assert (await county.proposal_of(UUID(proposal["family_id"])))["id"] == fresh["id"]
    old = ok(await county.stage.get(f"/v1/proposals/{proposal['id']}", by=MANAGER))
    assert old["state"] == "stale"
    assert problem(await county.decide(old, "confirm")) == (409, "invalid-transition")


async def test_who_read_an_older_revision_is_told_so(county: County) -> None:
    proposal = await county.proposed()
    ok(await county.decide(proposal, "decline", {"reason": "other"}))

    assert problem(await county.decide(proposal, "confirm")) == (412, "version-conflict")
    assert problem(await county.decide(proposal, "confirm", if_match=None)) == (428, "precondition-required")


async def test_a_manager_decides_for_the_own_team_only(county: County) -> None:
    proposal = await county.proposed()

    for manager in (SOUTH_MANAGER, caller(Role.TEAM_MANAGER)):
        assert problem(await county.decide(proposal, "confirm", by=manager)) == (403, "forbidden")
        assert problem(await county.decide(proposal, "decline", {"reason": "other"}, by=manager)) == (403, "forbidden")
    assert ok(await county.decide(proposal, "confirm", by=SERVICE_MANAGER))["state"] == "confirmed"


async def test_nobody_allocates_to_themselves_and_no_system_confirms(county: County) -> None:
    proposal = await county.proposed()

    for role in (Role.SOCIAL_WORKER, Role.CASE_SYSTEM, Role.SERVICE_ADMIN, Role.SCREENER):
        assert problem(await county.decide(proposal, "confirm", by=caller(role, team=NORTH))) == (403, "forbidden")


async def test_above_the_soft_ceiling_a_manager_says_why(county: County) -> None:
    ada = county.post("ada", extra_duties=80)
    revision = 1
    ok(await county.stage.put(f"/v1/workers/{ada.pop('id')}", ada, by=_admin(), if_match=revision))
    proposal = await county.proposed()
    option = next(each for each in proposal["options"] if county.name(each["worker_id"]) == "ada")
    body = {"worker_id": option["worker_id"]}

    unsaid = await county.decide(proposal, "confirm", body)
    decided = ok(await county.decide(proposal, "confirm", {**body, "text": "Nobody else speaks with the family."}))

    assert option["needs_reason"]
    assert problem(unsaid) == (409, "over-capacity")
    assert decided["decision"]["text"] == "Nobody else speaks with the family."


def _admin() -> Caller:
    return caller(Role.SERVICE_ADMIN)


async def test_a_sensitive_note_is_for_its_author_and_the_service_manager(county: County) -> None:
    proposal = await county.proposed()
    body = {"oversight_note": "Only between us.", "note_is_sensitive": True}
    ok(await county.decide(proposal, "confirm", body))

    notes = []
    for reader in (MANAGER, SERVICE_MANAGER, SOUTH_MANAGER):
        found = ok(await county.stage.get(f"/v1/proposals/{proposal['id']}", by=reader))
        notes.append(found["decision"]["oversight_note"])

    assert notes == ["Only between us.", "Only between us.", None]


async def test_history_is_loaded_with_its_true_dates(county: County) -> None:
    at = county.now - timedelta(days=300)
    proposal = await county.proposed(at=at)

    then = (at + timedelta(days=1)).isoformat()
    ok(await county.decide(proposal, "confirm", {"occurred_at": then}))

    started = (await county.stage.said(said.AllocationStarted))[0]
    assert started.occurred_at == at + timedelta(days=1)
    assert started.data["requested_at"].startswith(at.date().isoformat())


async def test_nobody_decides_before_the_proposal_or_in_the_future(county: County) -> None:
    proposal = await county.proposed()

    for off in (-1, 1):
        body = {"occurred_at": (county.now + timedelta(hours=off)).isoformat()}
        assert problem(await county.decide(proposal, "confirm", body)) == (422, "implausible-date")


async def test_an_old_proposal_lapses_and_the_family_is_proposed_for_again(county: County) -> None:
    proposal = await county.proposed()
    county.stage.clock.forward(days=8)

    late = await county.decide(proposal, "confirm")
    assert await county.stage.tick("proposals") == 1
    assert await county.stage.tick("proposals") == 0

    assert problem(late) == (409, "proposal-lapsed")
    assert ok(await county.stage.get(f"/v1/proposals/{proposal['id']}", by=MANAGER))["state"] == "lapsed"
    assert (await county.proposal_of(UUID(proposal["family_id"])))["state"] == "proposed"
    assert len(await county.stage.said(said.ProposalLapsed)) == 1


async def test_why_and_why_not_are_answered_for_anybody(county: County) -> None:
    proposal = await county.proposed()
    path = f"/v1/proposals/{proposal['id']}/why?worker_id="

    best = ok(await county.stage.get(f"{path}{proposal['options'][0]['worker_id']}", by=MANAGER))
    far = ok(await county.stage.get(f"{path}{county.workers['cleo']}", by=MANAGER))
    nobody = await county.stage.get(f"{path}{new_id()}", by=MANAGER)

    assert best["proposed"]["rank"] == 1
    assert best["now"]["total"] == best["proposed"]["total"] == sum(term["points"] for term in best["now"]["terms"])
    assert (far["now"], [each["rule"] for each in far["now_excluded"]["breaches"]]) == (None, ["wrong_area"])
    assert far["excluded"]["breaches"][0]["needs"].startswith("The team would have to serve it")
    assert problem(nobody) == (404, "not-found")


async def test_a_worker_who_left_since_is_explained_too(county: County) -> None:
    proposal = await county.proposed()
    ada = county.post("ada", active=False)
    ok(await county.stage.put(f"/v1/workers/{ada.pop('id')}", ada, by=_admin(), if_match=1))

    why = ok(
        await county.stage.get(f"/v1/proposals/{proposal['id']}/why?worker_id={county.workers['ada']}", by=MANAGER)
    )

    assert why["proposed"] is not None
    assert [breach["rule"] for breach in why["now_excluded"]["breaches"]] == ["inactive", "no_hours"]


async def test_every_decision_is_audited_with_its_outcome(county: County) -> None:
    proposal = await county.proposed()
    ok(await county.decide(proposal, "confirm"))

    decided = [row for row in await county.stage.audited() if row.action == "proposals:decide"]
    assert [(row.outcome, str(row.family_id)) for row in decided] == [("confirmed", proposal["family_id"])]


async def test_a_worker_with_more_than_an_even_part_of_a_kind_of_work_is_dearer_for_one_more(county: County) -> None:
    for _ in range(3):
        await county.allocated("ada")

    proposal = await county.proposed()

    found = {
        county.name(option["worker_id"]): next(term for term in option["terms"] if term["code"] == "mix")
        for option in proposal["options"]
    }
    assert {name: term["points"] for name, term in found.items()} == {"ada": 1.0, "ben": 0.0}
    assert found["ada"]["sentence"] == (
        "This worker leads 3 families being assessed; an even part of the team's would be 2."
    )
