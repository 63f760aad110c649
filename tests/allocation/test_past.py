"""Caseloads page by page, and at a past moment: what was on record then, weighed as it was then."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from libs.contracts.workbook import AssessmentAuthorised, AssessmentStarted, PlanSpellStarted
from libs.kernel.ids import new_id
from tests.allocation.county import ADMIN, MANAGER, NORTH, SERVICE_MANAGER, SOUTH, County, ok, problem
from tests.harness import FRIDAY

TODAY = FRIDAY.date().isoformat()


def moment(county: County) -> str:
    return f"{county.now:%Y-%m-%dT%H:%M:%SZ}"


async def caseload(county: County, name: str, *, at: str | None = None) -> Any:
    """Return what a worker held at a moment, by default now."""
    query = "" if at is None else f"?at={at}"
    return ok(await county.stage.get(f"/v1/workers/{county.workers[name]}/caseload{query}", by=MANAGER))


async def end(county: County, held: Any, **body: Any) -> None:
    path = f"/v1/allocations/{held['id']}:end"
    ok(await county.stage.post(path, {"reason": "closure", **body}, by=MANAGER, if_match=held["revision"]))


async def test_a_past_caseload_shows_families_that_left_since_and_none_that_came_since(county: County) -> None:
    left = await county.allocated("ada")
    then = moment(county)
    county.stage.clock.forward(days=10)
    await end(county, left)
    came = await county.allocated("ada")

    past, now = await caseload(county, "ada", at=then), await caseload(county, "ada")
    team = ok(await county.stage.get(f"/v1/teams/{NORTH}/caseload?at={then}", by=MANAGER))

    assert [each["family_id"] for each in past["families"]] == [left["family_id"]]
    assert [each["family_id"] for each in now["families"]] == [came["family_id"]]
    assert past in team["workers"]


async def test_a_teams_past_shows_who_left_it_since_with_what_they_held(county: County) -> None:
    held = await county.allocated("ada")
    then = moment(county)
    county.stage.clock.forward(days=10)
    await end(county, held)
    post = county.post("ada", team_id=str(SOUTH))
    ok(await county.stage.put(f"/v1/workers/{post.pop('id')}", post, by=ADMIN, if_match=1))

    past = ok(await county.stage.get(f"/v1/teams/{NORTH}/caseload?at={then}", by=MANAGER))["workers"]
    room = ok(await county.stage.get(f"/v1/teams/{NORTH}/capacity?at={then}", by=MANAGER))
    now = ok(await county.stage.get(f"/v1/teams/{NORTH}/caseload", by=MANAGER))["workers"]

    assert {county.name(each["worker_id"]): each["lead_families"] for each in past} == {"ada": 1, "ben": 0}
    assert {county.name(each["worker_id"]) for each in room["workers"]} == {"ada", "ben"}
    assert [county.name(each["worker_id"]) for each in now] == ["ben"]


async def test_a_past_caseload_is_weighed_by_the_scheme_of_that_day(county: County) -> None:
    await county.allocated("ada")
    then = moment(county)
    county.stage.clock.forward(days=10)
    listed = ok(await county.stage.get("/v1/schemes", by=SERVICE_MANAGER))["items"]
    rules = ok(await county.stage.get(f"/v1/schemes/{listed[0]['id']}", by=SERVICE_MANAGER))["rules"]
    rules["table"]["base"]["assessment"] = [20, 20, 20, 20]
    moments = [then]
    for title in ("Heavier", "Heavier still"):
        body = {"title": title, "effective_from": TODAY, "rules": rules}
        drafted = ok(await county.stage.post("/v1/schemes", body, by=SERVICE_MANAGER))
        ok(await county.stage.post(f"/v1/schemes/{drafted['id']}:activate", {}, by=SERVICE_MANAGER, if_match=1))
        moments.append(moment(county))
        county.stage.clock.forward(days=1)

    found = [await caseload(county, "ada", at=at) for at in moments]
    room = ok(await county.stage.get(f"/v1/workers/{county.workers['ada']}/capacity?at={then}", by=MANAGER))

    assert [(each["scheme_version"], each["numbers"]["load"]) for each in found] == [(0, 21.5), (1, 35.0), (2, 35.0)]
    assert (room["scheme_version"], room["load"]) == (0, 21.5)


async def test_a_past_caseload_weighs_children_by_what_was_known_of_them_then(county: County) -> None:
    held = await county.allocated("ada")
    family, child = UUID(held["family_id"]), UUID(held["children"][0])
    then = moment(county)
    county.stage.clock.forward(days=10)
    authorised = AssessmentAuthorised(
        assessment_id=new_id(),
        workbook_id=new_id(),
        family_id=family,
        children=(child,),
        referred_on=FRIDAY.date(),
        started_on=FRIDAY.date(),
        authorised_on=county.now.date(),
        factors=("1B", "3A", "4B"),
        outcome="cp",
    )
    spell = PlanSpellStarted(
        spell_id=new_id(),
        workbook_id=new_id(),
        family_id=family,
        child_id=child,
        kind="cp",
        started_on=FRIDAY.date() - timedelta(days=5),
    )
    for event in (authorised, spell):
        await county.stage.hear(event, occurred_at=county.now)
    between = moment(county)
    county.stage.clock.forward(days=10)
    await end(county, held)
    await county.accept(family_id=family, children=(child,))  # comes back, assessed anew

    found = [(await caseload(county, "ada", at=at))["families"][0]["children"][0] for at in (then, between)]

    assert [(each["case_type"], each["complexity"]) for each in found] == [("assessment", None), ("cp", 2)]


async def test_what_is_told_late_changes_nothing_of_a_past_that_was_on_record(county: County) -> None:
    held = await county.allocated("ada")
    family, child = UUID(held["family_id"]), UUID(held["children"][0])
    told = {"workbook_id": new_id(), "family_id": family}
    county.stage.clock.forward(days=1)
    then, typed_in_late = moment(county), county.now + timedelta(days=4)
    county.stage.clock.forward(days=14)
    begun = county.now
    spell = PlanSpellStarted(spell_id=new_id(), child_id=child, kind="cin", started_on=begun.date(), **told)
    await county.stage.hear(spell, occurred_at=begun)
    before = await caseload(county, "ada", at=then)

    await county.stage.hear(
        AssessmentStarted(
            assessment_id=new_id(), children=(child,), started_on=typed_in_late.date(), **told
        ),
        occurred_at=typed_in_late,
    )  # fmt: skip

    assert await caseload(county, "ada", at=then) == before
    (family_then,) = before["families"]
    assert [each["case_type"] for each in family_then["children"]] == ["assessment"]


async def test_who_was_recorded_as_away_was_so_until_the_absence_was_taken_back(county: County) -> None:
    absence = await county.absent("ada")
    then = moment(county)
    county.stage.clock.forward(days=3)
    ok(await county.stage.post(f"/v1/absences/{absence['id']}:take-back", {}, by=MANAGER, if_match=1))

    past, now = await caseload(county, "ada", at=then), await caseload(county, "ada")
    team = ok(await county.stage.get(f"/v1/teams/{NORTH}/capacity?at={then}", by=MANAGER))

    assert (past["numbers"]["available"], now["numbers"]["available"]) == (0.0, 100.0)
    assert [county.name(each) for each in team["not_available"]] == ["ada"]


async def test_who_stood_in_then_is_shown_the_family_then_and_neither_before_nor_after(county: County) -> None:
    held = await county.allocated("ada")
    before = moment(county)
    county.stage.clock.forward(days=1)
    path, ben = f"/v1/allocations/{held['id']}", {"worker_id": str(county.workers["ben"])}
    covered = ok(await county.stage.post(f"{path}:cover", ben, by=MANAGER, if_match=1))
    county.stage.clock.forward(days=1)
    during = moment(county)
    county.stage.clock.forward(days=1)
    ok(await county.stage.post(f"{path}:resume", {}, by=MANAGER, if_match=covered["revision"]))
    county.stage.clock.forward(days=1)
    after = moment(county)
    county.stage.clock.forward(days=1)

    held_by_ben = [(await caseload(county, "ben", at=at))["co_families"] for at in (before, during, after)]
    held_by_ada = [(await caseload(county, "ada", at=at))["lead_families"] for at in (before, during, after)]

    assert (held_by_ben, held_by_ada) == ([0, 1, 0], [1, 1, 1])


async def pages(county: County, path: str, items: str) -> list[Any]:
    """Return the pages of a list, one item each."""
    found = [ok(await county.stage.get(f"{path}?limit=1", by=MANAGER))]
    while found[-1]["next"] is not None:
        found.append(ok(await county.stage.get(f"{path}?limit=1&after={found[-1]['next']}", by=MANAGER)))
    assert all(len(page[items]) == 1 for page in found)
    return found


async def test_pages_of_a_caseload_miss_no_family_and_count_all_of_them(county: County) -> None:
    for children in (1, 3, 1, 2):
        await county.allocated("ada", children=tuple(new_id() for _ in range(children)))
    whole = await caseload(county, "ada")

    found = await pages(county, f"/v1/workers/{county.workers['ada']}/caseload", "families")

    assert [page["families"][0] for page in found] == whole["families"]
    assert [each["points"]["children"] for each in whole["families"]][:2] == [3, 2]
    assert {page["numbers"]["load"] for page in found} == {whole["numbers"]["load"]}
    assert {page["lead_families"] for page in found} == {4}


async def test_pages_of_a_teams_caseload_miss_no_worker(county: County) -> None:
    await county.allocated("ada")
    path = f"/v1/teams/{NORTH}/caseload"

    found = await pages(county, path, "workers")

    assert {county.name(page["workers"][0]["worker_id"]) for page in found} == {"ada", "ben"}
    for asked in (path, f"/v1/workers/{county.workers['ada']}/caseload"):
        assert problem(await county.stage.get(f"{asked}?after=nonsense", by=MANAGER)) == (422, "invalid-parameter")
