"""What one source tells openly while another has it protected is readable nowhere."""

import asyncio
from typing import Any

from tests.harness import Stage
from tests.referrals.actors import SCREENER, SOCIAL_WORKER, Actors, adult, child, slug

NHS = "9990000018"
HOME, REFUGE = "3 Made Up Street", "1 Refuge Row"
AT_HOME = [{"line": HOME, "postcode": "OX1 1ND"}]
AT_REFUGE = [{"line": REFUGE, "postcode": "OX2 6AA"}]


def hidden(value: str) -> dict[str, str]:
    """Return an address as it is told to be protected."""
    return {"kind": "address", "value": value}


async def wren(front_door: Actors, **told: Any) -> str:
    """Return a child of whom a concern tells that."""
    received = await front_door.receive(children=[child(nhs_number=NHS, **told)], adults=[])
    return str(received["children"][0])


async def confirmed(stage: Stage, front_door: Actors, **told: Any) -> None:
    """Confirm that a second concern which tells that is about the same child."""
    received = await front_door.receive(children=[child("Wrenn", nhs_number=NHS, **told)], adults=[])
    (match,) = received["candidates"]
    path = f"/v1/matches/{match['match_id']}:confirm"
    answer = await stage.post(path, {"reason": "Same NHS number."}, by=SCREENER, if_match=1)
    assert answer.status_code == 200, answer.text


async def protect(stage: Stage, person: str, value: str = REFUGE, **more: Any) -> str:
    """Protect an address of a person; return which detail it is."""
    path = f"/v1/people/{person}/protected-contact-points"
    answer = await stage.post(path, hidden(value) | more, by=SOCIAL_WORKER)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def readable(stage: Stage, person: str) -> list[tuple[str, str, str | None]]:
    """Return the addresses that everybody may read, those of the past too, with their times."""
    answer = await stage.get(f"/v1/people/{person}/contact-points?kind=address", by=SOCIAL_WORKER)
    assert answer.status_code == 200, answer.text
    return [(one["value"], one["from_on"], one["until_on"]) for one in answer.json()["items"]]


async def revealed(stage: Stage, person: str) -> set[str]:
    """Return what the person's protected details say."""
    listed = await stage.get(f"/v1/people/{person}/protected-contact-points", by=SOCIAL_WORKER)
    paths = [f"/v1/protected-contact-points/{one['id']}?purpose=visit" for one in listed.json()["items"]]
    return {(await stage.get(path, by=SOCIAL_WORKER)).json()["value"] for path in paths}


async def test_a_confirmed_match_opens_no_address_that_is_protected(stage: Stage, front_door: Actors) -> None:
    known = await wren(front_door)
    await protect(stage, known)
    stage.clock.forward(days=1)

    await confirmed(stage, front_door, addresses=AT_REFUGE)

    assert await readable(stage, known) == []
    assert await revealed(stage, known) == {REFUGE, f"{REFUGE}, OX2 6AA"}
    assert "people:protect" in {one.action for one in await stage.audited() if str(one.record_id) == known}


async def test_what_the_second_concern_protects_ends_the_address_that_was_open(
    stage: Stage, front_door: Actors
) -> None:
    known = await wren(front_door, addresses=AT_HOME)
    stage.clock.forward(days=3)

    await confirmed(stage, front_door, protected=[hidden(REFUGE)])

    assert (await front_door.person(known))["whereabouts"] == []
    assert await readable(stage, known) == [(HOME, "2026-11-20", "2026-11-23")]
    assert await revealed(stage, known) == {REFUGE}


async def test_of_two_open_addresses_of_a_confirmed_match_the_later_one_stays(stage: Stage, front_door: Actors) -> None:
    known = await wren(front_door, addresses=AT_HOME)
    stage.clock.forward(days=3)

    await confirmed(stage, front_door, addresses=AT_REFUGE)

    assert await readable(stage, known) == [
        (REFUGE, "2026-11-23", None),
        (HOME, "2026-11-20", "2026-11-23"),
    ]


async def test_who_corrects_an_address_that_a_match_gave_to_another_reads_it_again(
    stage: Stage, front_door: Actors
) -> None:
    known = await wren(front_door)
    stage.clock.forward(days=1)
    await confirmed(stage, front_door, addresses=AT_HOME)
    (home,) = (await front_door.person(known))["whereabouts"]

    path = f"/v1/contact-points/{home['id']}"
    stale = await stage.patch(path, {"from_on": "2026-11-20"}, by=SOCIAL_WORKER, if_match=1)
    fresh = await stage.patch(path, {"from_on": "2026-11-20"}, by=SOCIAL_WORKER, if_match=2)

    assert (stale.status_code, fresh.status_code) == (412, 200)


async def test_a_known_member_whose_address_is_told_to_be_protected_has_no_open_one(
    stage: Stage, front_door: Actors
) -> None:
    (robin,) = (await front_door.receive(adults=[adult(addresses=AT_HOME)]))["adults"]
    family = (await front_door.receive(children=[child("Lark")], adults=[]))["family_id"]
    stage.clock.forward(days=3)

    joined = await stage.post(
        f"/v1/families/{family}/members",
        {"person": {"person_id": robin, "protected": [hidden(REFUGE)]}, "part": "adult"},
        by=SCREENER,
        if_match=1,
    )

    assert joined.status_code == 201, joined.text
    assert (await front_door.person(robin))["whereabouts"] == []
    assert await readable(stage, robin) == [(HOME, "2026-11-20", "2026-11-23")]
    assert await revealed(stage, robin) == {REFUGE}


async def test_whoever_is_told_with_an_open_and_a_protected_address_has_both_protected(
    stage: Stage, front_door: Actors
) -> None:
    told = {"addresses": AT_HOME, "telephone": "01865 000001", "protected": [hidden(REFUGE)]}
    first = await front_door.receive(adults=[adult(**told)])
    joined = await stage.post(
        f"/v1/families/{first['family_id']}/members",
        {"person": adult("Jay", **told), "part": "adult"},
        by=SCREENER,
        if_match=1,
    )
    (jay,) = [one["person"]["id"] for one in joined.json()["members"] if one["person"]["given_name"] == "Jay"]

    for person in (*first["adults"], jay):
        assert [one["value"] for one in (await front_door.person(person))["whereabouts"]] == ["01865 000001"]
        assert await readable(stage, person) == []
        assert await revealed(stage, person) == {REFUGE, f"{HOME}, OX1 1ND"}


async def test_a_protected_address_is_not_opened_again_beside_an_open_one(stage: Stage, front_door: Actors) -> None:
    known = await wren(front_door, addresses=AT_HOME)
    path = f"/v1/protected-contact-points/{await protect(stage, known)}"
    await stage.post(f"{path}:end", {}, by=SOCIAL_WORKER, if_match=1)
    made = await stage.post(f"/v1/people/{known}/addresses", {"line": "8 Elsewhere Road"}, by=SOCIAL_WORKER)

    beside = await stage.patch(path, {"until_on": None}, by=SOCIAL_WORKER, if_match=2)
    await stage.post(f"/v1/contact-points/{made.json()['id']}:end", {}, by=SOCIAL_WORKER, if_match=1)
    alone = await stage.patch(path, {"until_on": None}, by=SOCIAL_WORKER, if_match=2)

    assert (beside.status_code, slug(beside), beside.json()["people"]) == (409, "detail-protected", [known])
    assert (alone.status_code, alone.json()["until_on"]) == (200, None), alone.text


async def test_of_an_open_and_a_protected_address_reopened_at_once_one_is_refused(
    stage: Stage, front_door: Actors
) -> None:
    for _ in range(4):
        (robin,) = (await front_door.receive(adults=[adult()]))["adults"]
        hidden_one = f"/v1/protected-contact-points/{await protect(stage, robin)}"
        await stage.post(f"{hidden_one}:end", {}, by=SOCIAL_WORKER, if_match=1)
        made = await stage.post(f"/v1/people/{robin}/addresses", {"line": HOME}, by=SOCIAL_WORKER)
        open_one = f"/v1/contact-points/{made.json()['id']}"
        await stage.post(f"{open_one}:end", {}, by=SOCIAL_WORKER, if_match=1)

        answers = await asyncio.gather(
            *[stage.patch(one, {"until_on": None}, by=SOCIAL_WORKER, if_match=2) for one in (hidden_one, open_one)]
        )

        assert sorted(one.status_code for one in answers) == [200, 409]
