"""Where people live and lived: moves of one person and of a household, protected details, corrections, history."""

from typing import Any

import pytest

from tests.harness import Stage
from tests.referrals.actors import ANALYST, SCHOOL, SCREENER, SOCIAL_WORKER, Actors, adult, child, slug

OLD, NEW, REFUGE = "3 Made Up Street", "8 Elsewhere Road", "1 Refuge Row"
AT_HOME = [{"line": OLD, "postcode": "OX1 1ND"}]


async def household(front_door: Actors) -> tuple[str, str, str]:
    """Return a family whose child and adult are recorded at one address: its id and theirs."""
    received = await front_door.receive(children=[child(addresses=AT_HOME)], adults=[adult(addresses=AT_HOME)])
    return received["family_id"], received["children"][0], received["adults"][0]


async def lived(stage: Stage, person: str, query: str = "") -> list[tuple[str, str, str | None]]:
    """Return a person's addresses with their times, the present first."""
    answer = await stage.get(f"/v1/people/{person}/contact-points?kind=address{query}", by=SOCIAL_WORKER)
    assert answer.status_code == 200, answer.text
    return [(one["value"], one["from_on"], one["until_on"]) for one in answer.json()["items"]]


async def move(stage: Stage, person: str, **changes: Any) -> dict[str, Any]:
    """Record a new address of a person; return what is answered."""
    body = {"line": NEW, "postcode": "OX2 6AA", "from_on": "2026-11-22"} | changes
    answer = await stage.post(f"/v1/people/{person}/addresses", body, by=SOCIAL_WORKER)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_who_moves_has_the_new_address_and_the_old_one_only_in_the_history(
    stage: Stage, front_door: Actors
) -> None:
    _, wren, robin = await household(front_door)
    stage.clock.forward(days=3)

    await move(stage, wren)

    assert [one["value"] for one in (await front_door.person(wren))["whereabouts"]] == [NEW]
    assert [one["value"] for one in (await front_door.person(robin))["whereabouts"]] == [OLD]
    assert await lived(stage, wren) == [(NEW, "2026-11-22", None), (OLD, "2026-11-20", "2026-11-22")]
    assert [value for value, *_ in await lived(stage, wren, "&on=2026-11-21")] == [OLD]
    assert [value for value, *_ in await lived(stage, wren, "&on=2026-11-22")] == [NEW]


async def test_a_household_moves_at_once_and_who_is_still_recorded_there_is_named(
    stage: Stage, front_door: Actors
) -> None:
    family, wren, robin = await household(front_door)
    joined = await stage.post(
        f"/v1/families/{family}/members",
        {"person": adult("Jay", addresses=AT_HOME), "part": "adult"},
        by=SCREENER,
        if_match=1,
    )
    (jay,) = [one["person"]["id"] for one in joined.json()["members"] if one["person"]["given_name"] == "Jay"]
    stage.clock.forward(days=3)
    body = {"members": [wren, robin], "line": NEW, "postcode": "OX2 6AA", "from_on": "2026-11-22"}

    stale = await stage.post(f"/v1/families/{family}:move", body, by=SOCIAL_WORKER, if_match=1)
    moved = await stage.post(f"/v1/families/{family}:move", body, by=SOCIAL_WORKER, if_match=2)

    assert (stale.status_code, moved.status_code) == (412, 200), moved.text
    assert moved.headers["etag"] == '"3"'
    assert {one["person_id"] for one in moved.json()["moved"]} == {wren, robin}
    assert moved.json()["still_there"] == [jay]
    for person in (wren, robin):
        assert await lived(stage, person) == [(NEW, "2026-11-22", None), (OLD, "2026-11-20", "2026-11-22")]
    assert await lived(stage, jay) == [(OLD, "2026-11-20", None)]


async def test_only_who_belongs_to_the_family_moves_with_it(stage: Stage, front_door: Actors) -> None:
    family, wren, _ = await household(front_door)
    _, stranger, _ = await household(front_door)

    answer = await stage.post(
        f"/v1/families/{family}:move", {"members": [wren, stranger], "line": NEW}, by=SOCIAL_WORKER, if_match=1
    )

    assert (answer.status_code, slug(answer)) == (422, "invalid-household")
    assert await lived(stage, wren) == [(OLD, "2026-11-20", None)]


async def test_a_child_may_have_two_homes_and_an_older_one_is_only_history(stage: Stage, front_door: Actors) -> None:
    _, wren, _ = await household(front_door)

    await move(stage, wren, from_on="2026-11-20", keep_earlier=True)
    await move(stage, wren, line="5 Before Lane", from_on="2020-01-01", until_on="2022-02-28")

    assert {value for value, *_ in await lived(stage, wren, "&on=2026-11-20")} == {OLD, NEW}
    assert await lived(stage, wren, "&on=2021-06-01") == [("5 Before Lane", "2020-01-01", "2022-02-28")]


async def test_a_new_number_ends_the_earlier_one_of_its_kind(stage: Stage, front_door: Actors) -> None:
    received = await front_door.receive(adults=[adult(telephone="01865 000001", email="robin@invented.example")])
    (robin,) = received["adults"]

    answer = await stage.post(
        f"/v1/people/{robin}/contact-points", {"kind": "telephone", "value": "01865 000002"}, by=SOCIAL_WORKER
    )

    assert answer.status_code == 201, answer.text
    reached = {one["value"] for one in (await front_door.person(robin))["whereabouts"]}
    assert reached == {"01865 000002", "robin@invented.example"}


async def test_an_address_ends_without_a_new_one_and_not_before_it_began(stage: Stage, front_door: Actors) -> None:
    _, wren, _ = await household(front_door)
    (home,) = (await front_door.person(wren))["whereabouts"]
    path = f"/v1/contact-points/{home['id']}:end"

    before = await stage.post(path, {"until_on": "2026-11-19"}, by=SOCIAL_WORKER, if_match=1)
    unread = await stage.post(path, {}, by=SOCIAL_WORKER)
    ended = await stage.post(path, {"until_on": "2026-11-20"}, by=SOCIAL_WORKER, if_match=1)
    again = await stage.post(path, {}, by=SOCIAL_WORKER, if_match=2)

    assert (before.status_code, slug(before)) == (422, "implausible-date")
    assert unread.status_code == 428
    assert (ended.status_code, ended.headers["etag"]) == (200, '"2"')
    assert (again.status_code, slug(again)) == (409, "invalid-transition")
    assert (await front_door.person(wren))["whereabouts"] == []


async def test_a_wrong_day_is_corrected_and_the_audit_keeps_it(stage: Stage, front_door: Actors) -> None:
    _, wren, _ = await household(front_door)
    made = await move(stage, wren, from_on="2026-11-20")
    path = f"/v1/contact-points/{made['id']}"

    wrong = await stage.patch(path, {"until_on": "2026-11-19"}, by=SOCIAL_WORKER, if_match=1)
    future = await stage.patch(path, {"from_on": "2026-12-01"}, by=SOCIAL_WORKER, if_match=1)
    corrected = await stage.patch(path, {"from_on": "2026-11-10"}, by=SOCIAL_WORKER, if_match=1)
    read = await stage.get(path, by=SOCIAL_WORKER)

    assert [(one.status_code, slug(one)) for one in (wrong, future)] == [(422, "implausible-date")] * 2
    assert (corrected.json()["from_on"], corrected.json()["revision"]) == ("2026-11-10", 2)
    assert (read.json()["value"], read.headers["etag"]) == (NEW, '"2"')
    (noted,) = [one for one in await stage.audited() if one.action == "people:correct-contact-point"]
    assert (str(noted.record_id), noted.purpose) == (wren, "2026-11-20/")


async def test_a_family_is_recognised_by_where_it_lived_before(stage: Stage, front_door: Actors) -> None:
    _, wren, _ = await household(front_door)
    await move(stage, wren, from_on="2026-11-20")

    found = await stage.post(
        "/v1/people/search", {"given_name": "Wren", "address": OLD, "postcode": "OX1 1ND"}, by=SCREENER
    )

    (hits,) = [one["hits"] for one in found.json()["found"] if one["person"]["id"] == wren]
    said = {hit["rule"]: hit["sentence"] for hit in hits}
    assert {"former_postcode_same", "former_address_alike"} <= set(said)
    assert "former address" in said["former_postcode_same"]


async def test_who_flees_is_recorded_openly_nowhere_from_that_day(stage: Stage, front_door: Actors) -> None:
    family, wren, robin = await household(front_door)
    details = f"/v1/people/{wren}/protected-contact-points"

    first = await stage.post(details, {"kind": "address", "value": REFUGE, "kept_from": [robin]}, by=SOCIAL_WORKER)
    openly = await stage.post(f"/v1/people/{wren}/addresses", {"line": NEW}, by=SOCIAL_WORKER)
    together = await stage.post(
        f"/v1/families/{family}:move", {"members": [wren, robin], "line": NEW}, by=SOCIAL_WORKER, if_match=1
    )
    second = await stage.post(details, {"kind": "address", "value": NEW, "kept_from": [robin]}, by=SOCIAL_WORKER)

    assert (await front_door.person(wren))["whereabouts"] == []
    assert [(one.status_code, slug(one)) for one in (openly, together)] == [(409, "detail-protected")] * 2
    assert together.json()["people"] == [wren]
    assert await lived(stage, robin) == [(OLD, "2026-11-20", None)]
    listed = (await stage.get(details, by=SOCIAL_WORKER)).json()["items"]
    assert {one["id"]: one["until_on"] for one in listed} == {
        first.json()["id"]: "2026-11-20",
        second.json()["id"]: None,
    }
    for answer in (openly, together, first, second):
        assert all(place not in answer.text for place in (OLD, NEW, REFUGE))


async def test_a_protected_detail_ends_and_is_corrected_and_stays_sealed(stage: Stage, front_door: Actors) -> None:
    _, wren, _ = await household(front_door)
    made = await stage.post(
        f"/v1/people/{wren}/protected-contact-points", {"kind": "address", "value": REFUGE}, by=SOCIAL_WORKER
    )
    path = f"/v1/protected-contact-points/{made.json()['id']}"
    ((sealed,),) = await stage.as_owner("SELECT sealed FROM protected_contact_point")

    before = await stage.post(f"{path}:end", {"until_on": "2026-11-19"}, by=SOCIAL_WORKER, if_match=1)
    ended = await stage.post(f"{path}:end", {}, by=SOCIAL_WORKER, if_match=1)
    corrected = await stage.patch(path, {"from_on": "2026-11-01"}, by=SOCIAL_WORKER, if_match=2)

    assert (before.status_code, slug(before)) == (422, "implausible-date")
    assert (ended.json()["until_on"], ended.headers["etag"]) == ("2026-11-20", '"2"')
    assert (corrected.json()["from_on"], corrected.json()["revision"]) == ("2026-11-01", 3)
    assert await stage.as_owner("SELECT sealed FROM protected_contact_point") == [(sealed,)]
    shown = await stage.get(f"{path}?purpose=court", by=SOCIAL_WORKER)
    assert shown.json()["value"] == REFUGE
    assert [one.purpose for one in await stage.audited() if one.action == "people:correct-protected"] == [
        "2026-11-20/2026-11-20"
    ]


async def test_no_address_leaves_by_an_event_an_audit_row_or_a_kept_answer(
    stage: Stage, front_door: Actors, capsys: pytest.CaptureFixture[str]
) -> None:
    family, wren, robin = await household(front_door)
    await stage.post(f"/v1/people/{wren}/addresses", {"line": NEW}, by=SOCIAL_WORKER)
    await stage.post(
        f"/v1/families/{family}:move",
        {"members": [wren, robin], "line": REFUGE},
        by=SOCIAL_WORKER,
        if_match=1,
    )

    kept = await stage.as_owner(
        "SELECT t::text FROM outbox t UNION ALL SELECT t::text FROM audit t"
        " UNION ALL SELECT convert_from(body, 'UTF8') FROM idempotency"
    )
    printed = capsys.readouterr().out
    for place in (OLD, NEW, REFUGE):
        assert all(place not in row[0] for row in kept)
        assert place not in printed


@pytest.mark.parametrize("who", [ANALYST, SCHOOL])
async def test_not_everybody_may_move_people(stage: Stage, front_door: Actors, who: Any) -> None:
    family, wren, _ = await household(front_door)

    alone = await stage.post(f"/v1/people/{wren}/addresses", {"line": NEW}, by=who)
    together = await stage.post(f"/v1/families/{family}:move", {"members": [wren], "line": NEW}, by=who, if_match=1)

    assert [one.status_code for one in (alone, together)] == [403, 403]
