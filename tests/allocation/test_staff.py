"""Teams, workers, absences, schemes and declarations through the API."""

from datetime import timedelta
from typing import Any

import pytest
from httpx import Response

from libs.chassis.auth import Caller
from libs.contracts import allocation as said
from libs.contracts.workbook import WorkbookClosed
from libs.kernel.ids import new_id
from libs.kernel.roles import Role
from tests.allocation.county import (
    ADMIN,
    MANAGER,
    NORTH,
    SERVICE_MANAGER,
    SOUTH,
    SOUTH_MANAGER,
    County,
    ok,
    problem,
)
from tests.harness import FRIDAY, caller

TODAY = FRIDAY.date().isoformat()
STEWARD = caller(Role.RESTRICTION_STEWARD)


async def test_a_team_and_its_workers_are_told_to_others(county: County) -> None:
    teams, workers = await county.stage.said(said.TeamRecorded), await county.stage.said(said.WorkerRecorded)

    assert [event.data["areas"] for event in teams] == [["bicester", "cherwell"], ["vale"]]
    assert len(workers) == 4
    assert "name" not in workers[0].data
    assert workers[0].data["fte"] == 1.0


async def test_a_changed_team_keeps_its_id_and_asks_for_the_revision_read(county: County) -> None:
    body = {"code": "north_1", "name": "Invented North", "areas": ["cherwell"]}

    changed = await county.stage.put(f"/v1/teams/{NORTH}", body, by=ADMIN, if_match=1)
    stale = await county.stage.put(f"/v1/teams/{NORTH}", body, by=ADMIN, if_match=1)

    assert ok(changed)["areas"] == ["cherwell"]
    assert changed.headers["etag"] == '"2"'
    assert problem(stale) == (412, "version-conflict")


async def test_a_team_or_worker_that_is_not_there_is_not_found_when_changed(county: County) -> None:
    team = {"code": "x", "name": "X", "areas": ["cherwell"]}
    worker = {name: value for name, value in county.post("eve").items() if name != "id"}

    for path, body in ((f"/v1/teams/{new_id()}", team), (f"/v1/workers/{new_id()}", worker)):
        assert problem(await county.stage.put(path, body, by=ADMIN, if_match=1)) == (404, "not-found")


async def test_only_the_service_admin_changes_teams_and_workers(county: County) -> None:
    body = {"code": "x", "name": "X", "areas": ["cherwell"]}

    for role in (Role.TEAM_MANAGER, Role.SERVICE_MANAGER, Role.SOCIAL_WORKER):
        assert problem(await county.stage.post("/v1/teams", body, by=caller(role))) == (403, "forbidden")
        post = await county.stage.post("/v1/workers", county.post("eve"), by=caller(role))
        assert problem(post) == (403, "forbidden")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"fte": 1.2}, (422, "invalid-worker")),
        ({"fte": 0}, (422, "invalid-worker")),
        ({"fte": True}, (422, "invalid-body")),
        ({"fte": "1"}, (422, "invalid-body")),
        ({"contracted_hours": 80}, (422, "invalid-worker")),
        ({"fte": 0.0001}, (422, "invalid-worker")),
        ({"extra_duties": 10_000}, (422, "invalid-worker")),
        ({"agency_until": TODAY}, (422, "invalid-worker")),
        ({"first_year_from": "2026-02-29"}, (422, "invalid-date")),
        ({"role": "wizard"}, (422, "invalid-body")),
        ({"name": "Eve\u0000"}, (422, "invalid-text")),
        ({"name": "x" * 201}, (422, "too-long")),
        ({"revision": 7}, (422, "unknown-field")),
        ({"skills": ["not a code"]}, (422, "invalid-body")),
        ({"team_id": str(new_id())}, (404, "not-found")),
    ],
)
async def test_a_post_that_cannot_be_is_refused(
    county: County, changes: dict[str, Any], expected: tuple[int, str]
) -> None:
    answer = await county.stage.post("/v1/workers", county.post("eve", **changes), by=ADMIN)

    assert problem(answer) == expected
    assert len(await county.stage.said(said.WorkerRecorded)) == 4


async def test_a_post_is_answered_as_it_is_kept(county: County) -> None:
    joined = ok(await county.stage.post("/v1/workers", county.post("eve", fte=0.66666, extra_duties=0.125), by=ADMIN))
    kept = ok(await county.stage.get(f"/v1/workers/{joined['id']}", by=ADMIN))

    assert (joined["fte"], joined["contracted_hours"], joined["extra_duties"]) == (0.667, 24.67, 0.13)
    assert kept == joined


async def test_the_same_worker_does_not_join_twice(county: County) -> None:
    answer = await county.stage.post("/v1/workers", county.post("ada"), by=ADMIN)

    assert problem(answer) == (409, "conflict")


async def test_workers_are_found_by_team_skill_and_room(county: County) -> None:
    await county.hire("eve", skills=["court"], fte=0.5)
    await county.allocated("ada")

    async def names(query: str, by: Any = MANAGER) -> set[str]:
        page = ok(await county.stage.get(f"/v1/workers?{query}", by=by))
        return {county.name(each["worker"]["id"]) for each in page["items"]}

    assert await names(f"team={NORTH}") == {"ada", "ben", "eve"}
    assert await names("skill=court") == {"eve"}
    assert await names("min_headroom=80") == {"ben", "cleo", "dan"}
    assert await names("min_headroom=42.5") == {"ada", "ben", "cleo", "dan", "eve"}
    assert await names("team=" + str(new_id())) == set()


async def test_who_has_how_much_room_is_for_managers(county: County) -> None:
    admin = ok(await county.stage.get("/v1/workers?limit=1", by=ADMIN))
    refused = await county.stage.get("/v1/workers?min_headroom=1", by=ADMIN)
    manager = ok(await county.stage.get("/v1/workers?limit=1", by=MANAGER))

    assert admin["items"][0]["numbers"] is None
    assert problem(refused) == (403, "forbidden")
    assert manager["items"][0]["numbers"]["utilisation"] == 15.0


async def test_pages_of_workers_miss_nobody(county: County) -> None:
    seen, after = [], ""
    while True:
        page = ok(await county.stage.get(f"/v1/workers?limit=1{after}", by=MANAGER))
        seen += [each["worker"]["id"] for each in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"

    assert sorted(seen) == sorted(map(str, county.workers.values()))
    assert problem(await county.stage.get("/v1/workers?after=nonsense", by=MANAGER)) == (422, "invalid-parameter")


async def test_somebody_away_is_not_available_and_said_to_be_away(county: County) -> None:
    absence = await county.absent("ada", sudden=True)

    found = await county.capacity("ada")
    assert (found["available"], found["utilisation"], found["headroom"]) == (0.0, None, 0.0)
    away = (await county.stage.said(said.WorkerAbsent))[0].data
    assert (away["absence_id"], away["from_on"]) == (absence["id"], TODAY)
    proposal = await county.proposed()
    excluded = {county.name(each["worker_id"]): each["breaches"][0]["rule"] for each in proposal["excluded"]}
    assert excluded["ada"] == "absent"


async def test_why_a_worker_is_away_never_leaves_the_service(county: County) -> None:
    await county.absent("ada", sudden=True, until_on="2026-12-01")

    away = (await county.stage.said(said.WorkerAbsent))[0].data

    assert away.keys() == {"worker_id", "team_id", "absence_id", "from_on", "until_on"}


async def test_why_is_for_the_worker_and_the_own_teams_manager_and_others_see_the_days(county: County) -> None:
    absence = await county.absent("ada", sudden=True, until_on="2026-12-01")
    paths = (f"/v1/absences/{absence['id']}", f"/v1/workers/{county.workers['ada']}/absences")
    both = caller(Role.TEAM_MANAGER, Role.SOCIAL_WORKER, team=SOUTH)

    async def seen(by: Caller) -> list[tuple[Any, ...]]:
        single = ok(await county.stage.get(paths[0], by=by))
        listed = ok(await county.stage.get(paths[1], by=by))["items"]
        return [(each["reason"], each["sudden"], each["from_on"], each["until_on"]) for each in (single, *listed)]

    for who in (county.as_worker("ada"), MANAGER):
        assert await seen(who) == [("sickness", True, TODAY, "2026-12-01")] * 2
    for who in (SOUTH_MANAGER, SERVICE_MANAGER, both):
        assert await seen(who) == [(None, None, TODAY, "2026-12-01")] * 2


async def test_who_records_for_another_team_is_not_told_why_somebody_was_away(county: County) -> None:
    path = f"/v1/workers/{county.workers['ada']}/absences"
    away = ok(await county.stage.post(path, {"reason": "sickness", "from_on": "2026-11-18"}, by=MANAGER))
    path = f"/v1/absences/{away['id']}"

    ended = ok(await county.stage.post(f"{path}:end", {"back_on": TODAY}, by=SERVICE_MANAGER, if_match=1))
    gone = ok(await county.stage.post(f"{path}:take-back", {}, by=SERVICE_MANAGER, if_match=2))

    assert (away["reason"], away["sudden"]) == ("sickness", False)
    for answer in (ended, gone):
        assert (answer["reason"], answer["sudden"]) == (None, None)


async def test_an_absence_ends_or_is_taken_back_and_others_hear_of_it(county: County) -> None:
    first = await county.absent("ada", until_on="2026-12-01")
    second = await county.absent("ben")
    later = {"back_on": "2026-11-25"}

    ended = ok(await county.stage.post(f"/v1/absences/{first['id']}:end", later, by=MANAGER, if_match=1))
    gone = ok(await county.stage.post(f"/v1/absences/{second['id']}:take-back", {}, by=MANAGER, if_match=1))

    assert ended["until_on"] == "2026-11-25"
    assert gone["taken_back_at"] is not None
    back = [event.data["back_on"] for event in await county.stage.said(said.WorkerBack)]
    assert back == ["2026-11-25", TODAY]
    assert (await county.capacity("ben"))["available"] == 100.0


async def test_overlapping_absences_and_impossible_periods_are_refused(county: County) -> None:
    await county.absent("ada", until_on="2026-12-01")
    path = f"/v1/workers/{county.workers['ada']}/absences"

    async def tried(**body: Any) -> tuple[int, str]:
        return problem(await county.stage.post(path, {"reason": "leave", **body}, by=MANAGER))

    assert await tried(from_on="2026-11-30") == (409, "overlapping-absence")
    assert await tried(from_on="2026-12-05", until_on="2026-12-05") == (422, "invalid-period")
    assert await tried(from_on="2026-12-05", hours=38) == (422, "invalid-period")
    assert await tried(from_on="20261205") == (422, "invalid-date")
    assert ok(await county.stage.post(path, {"reason": "leave", "from_on": "2026-12-01"}, by=MANAGER))


async def test_leave_is_recorded_beside_reductions_of_hours(county: County) -> None:
    await county.absent("ada", reason="other", hours=6)
    await county.absent("ada", reason="training", hours=7, until_on="2026-12-01")
    now = (await county.capacity("ada"))["available"]
    await county.absent("ada", reason="leave", until_on="2026-12-04")

    assert now == 64.86
    assert (await county.capacity("ada"))["available"] == 0.0


async def test_the_database_too_refuses_absences_that_overlap(county: County) -> None:
    await county.absent("ada")

    with pytest.raises(Exception, match="ex_absence_overlap"):
        await county.stage.as_owner(
            "INSERT INTO absence (id, worker_id, reason, sudden, from_on, revision)"
            f" VALUES ('{new_id()}', '{county.workers['ada']}', 'leave', false, '2027-01-01', 1)"
        )


async def test_a_manager_records_absences_of_the_own_team(county: County) -> None:
    body = {"reason": "leave", "from_on": TODAY}
    path = f"/v1/workers/{county.workers['ada']}/absences"

    assert problem(await county.stage.post(path, body, by=SOUTH_MANAGER)) == (403, "forbidden")
    own = await county.stage.get(path, by=county.as_worker("ada"))
    other = await county.stage.get(path, by=county.as_worker("ben"))
    assert own.status_code == 200
    assert problem(other) == (404, "not-found")


async def test_capacity_is_told_for_the_past_as_recorded_and_for_the_future_as_planned(county: County) -> None:
    await county.absent("ada", from_on="2026-12-10")
    county.stage.clock.forward(days=2)
    await county.allocated("ada")
    path = f"/v1/workers/{county.workers['ada']}/capacity?at="

    past = ok(await county.stage.get(f"{path}{FRIDAY:%Y-%m-%dT%H:%M:%SZ}", by=MANAGER))
    future = ok(await county.stage.get(f"{path}2026-12-11T09:00:00Z", by=MANAGER))

    assert (past["load"], past["available"]) == (15.0, 100.0)
    assert (future["load"], future["utilisation"]) == (21.5, None)
    assert problem(await county.stage.get(f"{path}2026-12-11T09:00:00", by=MANAGER)) == (422, "invalid-datetime")


async def test_a_worker_reads_the_own_caseload_and_nobody_elses(county: County) -> None:
    held = await county.allocated("ada")
    path = "/v1/workers/{}/caseload"

    own = ok(await county.stage.get(path.format(county.workers["ada"]), by=county.as_worker("ada")))
    other = await county.stage.get(path.format(county.workers["ben"]), by=county.as_worker("ada"))
    listed = ok(await county.stage.get("/v1/allocations", by=county.as_worker("ben")))

    assert [family["family_id"] for family in own["families"]] == [held["family_id"]]
    assert own["children_by_type"] == {"assessment": 1}
    assert own["families"][0]["points"]["lines"][0]["inputs"] == ["assessment", "not assessed: median"]
    assert problem(other) == (404, "not-found")
    assert listed["items"] == []


async def test_a_team_shows_who_is_there_and_the_work_of_those_away(county: County) -> None:
    await county.allocated("ada")
    await county.absent("ben")

    room = ok(await county.stage.get(f"/v1/teams/{NORTH}/capacity", by=MANAGER))
    load = ok(await county.stage.get(f"/v1/teams/{NORTH}/caseload", by=MANAGER))

    assert (room["utilisation"], room["load"], room["headroom"]) == (21.5, 36.5, 78.5)
    assert [county.name(each) for each in room["not_available"]] == ["ben"]
    assert {county.name(each["worker_id"]): each["lead_families"] for each in load["workers"]} == {"ada": 1, "ben": 0}
    refused = await county.stage.get(f"/v1/teams/{NORTH}/capacity", by=county.as_worker("ada"))
    assert problem(refused) == (403, "forbidden")


async def bundled(county: County) -> dict[str, Any]:
    listed = ok(await county.stage.get("/v1/schemes", by=SERVICE_MANAGER))
    return ok(await county.stage.get(f"/v1/schemes/{listed['items'][0]['id']}", by=SERVICE_MANAGER))


async def draft(county: County, rules: dict[str, Any]) -> Response:
    body = {"title": "Heavier child protection", "effective_from": TODAY, "rules": rules}
    return await county.stage.post("/v1/schemes", body, by=SERVICE_MANAGER)


async def test_a_scheme_is_read_changed_drafted_and_activated(county: County) -> None:
    held = await county.allocated("ada")
    before = await bundled(county)
    rules = before["rules"]
    rules["table"]["base"]["assessment"] = [8, 9, 10, 11]

    drafted = ok(await draft(county, rules))
    still = (await county.capacity("ada"))["load"]
    activated = ok(await county.stage.post(f"/v1/schemes/{drafted['id']}:activate", {}, by=SERVICE_MANAGER, if_match=1))

    assert (before["version"], drafted["version"], drafted["state"]) == (0, 1, "draft")
    assert drafted["rules"]["table"]["base"]["assessment"] == [8.0, 9.0, 10.0, 11.0]
    assert activated["state"] == "active"
    assert (still, (await county.capacity("ada"))["load"]) == (21.5, 24.5)
    assert [event.data["version"] for event in await county.stage.said(said.SchemeActivated)] == [1]
    decided = await county.proposal_of(held["family_id"])
    assert decided["scheme_version"] == 0  # what was decided under it stays as it was


async def test_the_next_scheme_retires_the_one_before(county: County) -> None:
    rules = (await bundled(county))["rules"]
    ids = []
    for _ in range(2):
        drafted = ok(await draft(county, rules))
        ok(await county.stage.post(f"/v1/schemes/{drafted['id']}:activate", {}, by=SERVICE_MANAGER, if_match=1))
        ids.append(drafted["id"])

    listed = ok(await county.stage.get("/v1/schemes", by=SERVICE_MANAGER))["items"]
    assert [(each["version"], each["state"]) for each in listed] == [(2, "active"), (1, "retired")]
    again = await county.stage.post(f"/v1/schemes/{ids[0]}:activate", {}, by=SERVICE_MANAGER, if_match=3)
    assert problem(again) == (409, "invalid-transition")


async def test_a_scheme_comes_into_force_at_the_service_managers_word(county: County) -> None:
    drafted = ok(await draft(county, (await bundled(county))["rules"]))

    for who in (ADMIN, MANAGER):
        answer = await county.stage.post(f"/v1/schemes/{drafted['id']}:activate", {}, by=who, if_match=1)
        assert problem(answer) == (403, "forbidden")


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (("objective", "weights", "travel"), -1, (422, "invalid-weight")),
        (("objective", "weights", "travel"), 11, (422, "invalid-weight")),
        (("objective", "weights", "travel"), None, (422, "invalid-body")),
        (("table", "base", "cp"), [7, 8], (422, "invalid-scheme")),
        (("table", "travel"), -1, (422, "invalid-scheme")),
        (("ceilings", "hard_per_cent"), 50, (422, "invalid-scheme")),
        (("objective", "overload"), [[100, 2], [90, 1]], (422, "invalid-scheme")),
        (("objective", "overload"), [[100]], (422, "invalid-body")),
        (("nominal", "points"), 100, (422, "invalid-body")),
        (("nominal", "points", "social_worker"), True, (422, "invalid-body")),
        (("nominal", "points", "social_worker"), 0, (422, "invalid-scheme")),
        (("nominal", "points", "senior_social_worker"), -100, (422, "invalid-scheme")),
        (("nominal", "points", "wizard"), 100, (422, "invalid-body")),
    ],
)
async def test_a_scheme_that_contradicts_itself_is_refused_and_nothing_kept(
    county: County, path: tuple[str, ...], value: object, expected: tuple[int, str]
) -> None:
    rules = (await bundled(county))["rules"]
    place = rules
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value

    answer = await draft(county, rules)

    assert problem(answer) == expected
    assert "/".join(path) in answer.json()["errors"][0]["pointer"]
    assert ok(await county.stage.get("/v1/schemes?state=draft", by=SERVICE_MANAGER))["items"] == []


async def test_a_scheme_gives_each_post_its_room_and_leaves_none_out(county: County) -> None:
    await county.hire("eve", role="advanced_practitioner")
    rules = (await bundled(county))["rules"]
    rules["nominal"]["points"]["advanced_practitioner"] = 60

    drafted = ok(await draft(county, rules))
    ok(await county.stage.post(f"/v1/schemes/{drafted['id']}:activate", {}, by=SERVICE_MANAGER, if_match=1))
    rooms = [(await county.capacity(name))["available"] for name in ("ada", "eve")]
    del rules["nominal"]["points"]["family_support_worker"]
    missing = await draft(county, rules)

    assert rooms == [100.0, 60.0]
    assert problem(missing) == (422, "invalid-scheme")
    assert missing.json()["errors"][0]["pointer"].endswith("/nominal/points/family_support_worker")


async def test_a_scheme_without_a_weight_is_refused_at_the_weight(county: County) -> None:
    rules = (await bundled(county))["rules"]
    del rules["objective"]["weights"]["continuity"]

    answer = await draft(county, rules)

    assert answer.json()["errors"][0]["pointer"] == "/rules/objective/weights/continuity"


async def declare(county: County, **body: Any) -> Response:
    return await county.stage.post("/v1/exclusions", body, by=STEWARD)


async def test_every_path_respects_what_is_declared(county: County) -> None:
    accepted = await county.accept()
    family, ada = str(accepted.family_id), str(county.workers["ada"])
    proposal = await county.proposal_of(accepted.family_id)

    declared = ok(await declare(county, family_id=family, kind="conflict_of_interest", worker_id=ada))
    confirmed = await county.decide(proposal, "confirm", {"worker_id": ada})
    fresh = ok(await county.stage.post("/v1/proposals", {"request_id": proposal["request_id"]}, by=MANAGER))
    overridden = await county.decide(fresh, "override", {"worker_id": ada, "reason": "other", "text": "All the same."})
    ok(await county.decide(fresh, "confirm"))
    held = ok(await county.stage.get(f"/v1/allocations?family={family}", by=MANAGER))["items"][0]
    beside = await county.stage.post(
        f"/v1/allocations/{held['id']}:add-co-worker", {"worker_id": ada}, by=MANAGER, if_match=1
    )
    handed = await county.stage.post(
        f"/v1/allocations/{held['id']}:plan-handover",
        {"worker_id": ada, "reason": "MANAGE"},
        by=MANAGER,
        if_match=1,
    )
    covered = await county.stage.post(f"/v1/allocations/{held['id']}:cover", {"worker_id": ada}, by=MANAGER, if_match=1)
    ok(await county.stage.post(f"/v1/exclusions/{declared['id']}:withdraw", {}, by=STEWARD, if_match=1))

    assert [option["worker_id"] for option in fresh["options"]] == [str(county.workers["ben"])]
    assert problem(confirmed) == (409, "proposal-stale")
    assert confirmed.json()["fresh"]["excluded_by"] == ["conflict_of_interest"]
    for answer in (overridden, beside, handed, covered):
        assert answer.status_code == 409
        assert answer.json()["rules"] == ["conflict_of_interest"]
    handed = await county.stage.post(
        f"/v1/allocations/{held['id']}:plan-handover",
        {"worker_id": ada, "reason": "MANAGE"},
        by=MANAGER,
        if_match=1,
    )
    ok(handed)


async def test_a_restricted_record_leaves_only_the_permitted(county: County) -> None:
    accepted = await county.accept()
    permitted = [str(county.workers["ben"])]
    ok(await declare(county, family_id=str(accepted.family_id), kind="restricted_record", permitted=permitted))

    request = await county.request_of(accepted.family_id)
    fresh = ok(await county.stage.post("/v1/proposals", {"request_id": request["id"]}, by=MANAGER))

    assert [option["worker_id"] for option in fresh["options"]] == permitted


async def test_a_family_that_waited_for_a_withdrawal_is_proposed_for(county: County) -> None:
    family = new_id()
    declared = ok(await declare(county, family_id=str(family), kind="restricted_record"))
    await county.accept(family_id=family)
    waiting = (await county.request_of(family))["state"]

    ok(await county.stage.post(f"/v1/exclusions/{declared['id']}:withdraw", {}, by=STEWARD, if_match=1))

    assert (waiting, (await county.request_of(family))["state"]) == ("waiting", "proposed")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"kind": "conflict_of_interest"}, (422, "invalid-exclusion")),
        ({"kind": "restricted_record", "worker_id": "ada"}, (422, "invalid-exclusion")),
        ({"kind": "family_refused", "worker_id": str(new_id())}, (404, "not-found")),
        ({"kind": "dislike", "worker_id": "ada"}, (422, "invalid-body")),
    ],
)
async def test_a_declaration_that_cannot_be_is_refused(
    county: County, body: dict[str, Any], expected: tuple[int, str]
) -> None:
    if body.get("worker_id") == "ada":
        body = {**body, "worker_id": str(county.workers["ada"])}

    assert problem(await declare(county, family_id=str(new_id()), **body)) == expected


async def test_a_team_manager_declares_for_families_of_the_own_area_or_team(county: County) -> None:
    accepted = await county.accept()
    body = {"family_id": str(accepted.family_id), "kind": "family_refused", "worker_id": str(county.workers["ada"])}

    foreign = await county.stage.post("/v1/exclusions", body, by=SOUTH_MANAGER)
    declared = ok(await county.stage.post("/v1/exclusions", body, by=MANAGER))
    path = f"/v1/exclusions/{declared['id']}:withdraw"
    lifted = await county.stage.post(path, {}, by=SOUTH_MANAGER, if_match=1)
    early = {"occurred_at": (FRIDAY - timedelta(days=1)).isoformat()}
    too_early = await county.stage.post(path, early, by=MANAGER, if_match=1)

    assert problem(foreign) == (403, "forbidden")
    assert problem(lifted) == (403, "forbidden")
    assert problem(too_early) == (422, "invalid-period")
    ok(await county.stage.post(path, {}, by=MANAGER, if_match=1))


async def test_the_team_that_holds_a_family_declares_though_it_moved_to_another_area(county: County) -> None:
    held = await county.allocated("ada")
    await county.stage.as_owner("UPDATE family SET area = 'vale'")
    body = {"family_id": held["family_id"], "kind": "family_refused", "worker_id": str(county.workers["ben"])}

    ok(await county.stage.post("/v1/exclusions", body, by=MANAGER))


async def test_a_restricted_record_is_not_a_team_managers_to_set_or_lift(county: County) -> None:
    accepted = await county.accept()
    body = {"family_id": str(accepted.family_id), "kind": "restricted_record"}

    refused = await county.stage.post("/v1/exclusions", body, by=MANAGER)
    declared = ok(await declare(county, **body))
    path = f"/v1/exclusions/{declared['id']}:withdraw"
    lifted = await county.stage.post(path, {}, by=MANAGER, if_match=1)

    assert problem(refused) == (403, "forbidden")
    assert problem(lifted) == (403, "forbidden")
    ok(await county.stage.post(path, {}, by=SERVICE_MANAGER, if_match=1))


async def test_the_same_is_not_declared_twice(county: County) -> None:
    body = {"family_id": str(new_id()), "kind": "family_refused", "worker_id": str(county.workers["ada"])}
    ok(await declare(county, **body))

    assert (await declare(county, **body)).status_code == 409


async def test_reads_of_a_family_are_audited(county: County) -> None:
    held = await county.allocated("ada")
    before = len(await county.stage.audited())

    for path in (
        f"/v1/allocations/{held['id']}",
        f"/v1/families/{held['family_id']}/continuity",
        f"/v1/families/{held['family_id']}/work",
        f"/v1/requests/{held['request_id']}",
        f"/v1/workers/{held['worker_id']}/caseload",
        f"/v1/workers/{held['worker_id']}/capacity",
    ):
        ok(await county.stage.get(path, by=MANAGER))

    rows = (await county.stage.audited())[before:]
    assert [row.action for row in rows] == [
        "allocations:read",
        "continuity:read",
        "caseloads:read",
        "requests:read",
        "caseloads:read",
        "capacity:read",
    ]


async def test_what_events_and_the_clock_change_is_audited(county: County) -> None:
    held, waiting = await county.allocated("ada"), await county.accept()
    before = len(await county.stage.audited())

    closed = WorkbookClosed(workbook_id=new_id(), family_id=held["family_id"], reason="RC7", closed_on=FRIDAY.date())
    await county.stage.hear(closed)
    county.stage.clock.forward(days=8)
    await county.stage.tick("proposals")

    rows = (await county.stage.audited())[before:]
    assert [(row.action, str(row.family_id), row.outcome) for row in rows] == [
        ("allocations:change", held["family_id"], "ended"),
        ("proposals:decide", str(waiting.family_id), "lapsed"),
        ("proposals:make", str(waiting.family_id), "done"),
    ]


async def test_a_record_that_is_not_there_is_not_found(county: County) -> None:
    for path in (
        "teams/{}",
        "workers/{}",
        "absences/{}",
        "schemes/{}",
        "requests/{}",
        "requests/{}/proposals",
        "proposals/{}",
        "allocations/{}",
        "handovers/{}",
        "exclusions/{}",
        "workers/{}/caseload",
        "workers/{}/capacity",
        "teams/{}/capacity",
        "teams/{}/caseload",
        "families/{}/continuity",
        "families/{}/work",
        "workers/{}/absences",
    ):
        answer = await county.stage.get(f"/v1/{path.format(new_id())}", by=_everything())
        assert problem(answer) == (404, "not-found"), path


def _everything() -> Caller:
    return caller(*Role, team=NORTH)


async def test_occurred_at_is_never_in_the_future(county: County) -> None:
    body = {"reason": "leave", "from_on": TODAY, "occurred_at": (FRIDAY + timedelta(days=1)).isoformat()}

    answer = await county.stage.post(f"/v1/workers/{county.workers['ada']}/absences", body, by=MANAGER)

    assert problem(answer) == (422, "implausible-date")
