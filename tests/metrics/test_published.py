"""Published figures over time: frozen when first shown, revised only where nobody can subtract."""

from datetime import date
from typing import Any

import httpx
import pytest

from libs.kernel.roles import Role
from tests.harness import Stage, caller
from tests.metrics.builders import Telling, an_id
from tests.metrics.county import APRIL, hear_year
from tests.metrics.hearing import hear_all, tally_all
from tests.metrics.publishing import MANAGER, QUARTER, publication, release, run, withdraw

ANALYST = caller(Role.ANALYST)


async def late_children(stage: Stage, *numbers: int, on: date = APRIL) -> None:
    """Let it become known that more children were referred in a month that has long been closed."""
    telling = Telling()
    for number in numbers:
        telling.referral(an_id("late", number), an_id("late family", number), (an_id("late child", number),), on=on)
    await hear_all(stage, telling.facts)
    await tally_all(stage)


async def published(stage: Stage, measure: str = "referrals", **more: str) -> Any:
    question = "&".join(f"{name}={value}" for name, value in {"measure": measure, **QUARTER, **more}.items())
    answer = await stage.get(f"/v1/results?{question}", by=ANALYST)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def revise(stage: Stage, *, by: Any = MANAGER, **more: str) -> httpx.Response:
    return await stage.post("/v1/revisions", {"measure": "referrals", **QUARTER, **more}, by=by)


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("urn:fsp:problem:")


async def test_what_was_shown_once_is_shown_again_to_the_byte_whatever_becomes_known(stage: Stage) -> None:
    await hear_year(stage)
    before = [await published(stage), await published(stage, by="team"), await published(stage, by="month")]

    await late_children(stage, 1)
    after = [await published(stage), await published(stage, by="team"), await published(stage, by="month")]

    assert after == before
    assert (before[0]["figures"][0]["numerator"], before[0]["edition"]) == (12, 1)


async def test_every_breakdown_and_every_measure_of_the_same_children_is_of_the_same_edition(stage: Stage) -> None:
    await hear_year(stage)
    (whole,) = (await published(stage))["figures"]

    await late_children(stage, 1)
    by_month = await published(stage, by="month")
    (decided,) = (await published(stage, "no_further_action"))["figures"]

    assert (whole["numerator"], by_month["total"]["numerator"], decided["denominator"]) == (12, 12, 12)


async def test_an_attacker_who_subtracts_every_answer_of_today_from_those_of_yesterday_gets_nothing(
    stage: Stage,
) -> None:
    await hear_year(stage)
    questions = [
        {"measure": measure, "by": by, **QUARTER}
        for measure in ("referrals", "family_referrals", "children_in_need", "worker_changes", "three_or_more_workers")
        for by in ("none", "month", "team")
    ]

    async def read() -> list[Any]:
        return [await published(stage, **question) for question in questions]

    yesterday = await read()
    await late_children(stage, 1, 2)
    await late_children(stage, 3, on=date(2025, 6, 9))
    stage.clock.forward(days=1)

    assert await read() == yesterday


async def test_managers_see_the_late_child_in_the_internal_view_at_once(stage: Stage) -> None:
    await hear_year(stage)
    await published(stage)
    await late_children(stage, 1)

    inside = await stage.get("/v1/results?measure=referrals&view=internal&from=2025-04-01&until=2025-07-01", by=MANAGER)

    assert (inside.json()["figures"][0]["numerator"], inside.json()["edition"]) == (13, None)


async def test_a_revision_by_few_is_refused_and_one_by_many_is_published_as_such(stage: Stage) -> None:
    await hear_year(stage)
    await published(stage)
    await late_children(stage, 1)

    refused = await revise(stage)
    frozen = await published(stage)
    await late_children(stage, *range(2, 12))
    revised = await revise(stage)
    now = await published(stage)

    assert problem(refused) == (409, "disclosure-risk")
    assert (frozen["figures"][0]["numerator"], frozen["edition"]) == (12, 1)
    assert (revised.status_code, revised.json()["edition"]) == (200, 2), revised.text
    assert (now["figures"][0]["numerator"], now["edition"]) == (23, 2)
    assert [row.action for row in await stage.audited()] == ["publications:revise"]


async def test_there_is_nothing_to_revise_of_what_nobody_saw_or_of_what_stands(stage: Stage) -> None:
    await hear_year(stage)
    unseen = await revise(stage)
    await published(stage)

    assert problem(unseen) == (409, "nothing-to-revise")
    assert problem(await revise(stage)) == (409, "nothing-to-revise")
    assert problem(await revise(stage, measure="worker_changes")) == (409, "not-revisable")


@pytest.mark.parametrize("role", [Role.ANALYST, Role.TEAM_MANAGER, Role.AGENCY_MANAGER])
async def test_only_who_releases_revises(stage: Stage, role: Role) -> None:
    assert (await revise(stage, by=caller(role))).status_code == 403


async def test_a_publication_that_was_withdrawn_is_followed_by_the_same_figures(stage: Stage) -> None:
    await hear_year(stage)
    first = await publication(stage)
    await release(stage, first)
    await withdraw(stage, first, revision=2)
    await late_children(stage, 1)

    second = await publication(stage)
    released = await release(stage, second)

    assert released.status_code == 200, released.text
    assert second["result"]["figures"] == first["result"]["figures"]


async def test_a_table_of_an_edition_that_was_revised_is_neither_made_nor_released(stage: Stage) -> None:
    await hear_year(stage)
    kept = (await run(stage)).json()
    made = await publication(stage)
    await late_children(stage, *range(10))
    revised = await revise(stage)

    again = await stage.post("/v1/publications", {"run_id": kept["id"]}, by=MANAGER)
    released = await release(stage, made)
    current = await release(stage, await publication(stage))

    assert revised.status_code == 200, revised.text
    assert problem(again) == problem(released) == (409, "outdated-edition")
    assert (current.status_code, current.json()["result"]["edition"]) == (200, 2)


async def test_a_stock_at_the_end_of_a_month_is_frozen_and_revised_like_a_flow(stage: Stage) -> None:
    await hear_year(stage)
    asked = {"measure": "children_in_need", "as_of": "2025-06-30"}

    async def read() -> Any:
        answer = await stage.get("/v1/results?measure=children_in_need&as_of=2025-06-30", by=ANALYST)
        assert answer.status_code == 200, answer.text
        return answer.json()

    before = await read()
    telling = Telling()
    for number in range(8):
        ids = an_id("late", number), an_id("late family", number), (an_id("late child", number),)
        telling.referral(*ids, on=APRIL)
        telling.decided("accepted", ids[0], ids[1], on=APRIL, children=ids[2])
    await hear_all(stage, telling.facts[:2])
    await tally_all(stage)
    by_one = await stage.post("/v1/revisions", asked, by=MANAGER)
    frozen = await read()
    await hear_all(stage, telling.facts[2:])
    await tally_all(stage)
    by_eight = await stage.post("/v1/revisions", asked, by=MANAGER)

    assert frozen == before
    assert problem(by_one) == (409, "disclosure-risk")
    assert by_eight.status_code == 200, by_eight.text
    assert (before["figures"][0]["numerator"], (await read())["figures"][0]["numerator"]) == (12, 20)


@pytest.mark.parametrize("begins", ["2025-06-01", "2025-06-15"])
async def test_a_table_of_a_stock_that_was_revised_is_outdated_also_when_it_begins_inside_a_month(
    stage: Stage, begins: str
) -> None:
    await hear_year(stage)
    asked = {"measure": "children_in_need", "from": begins, "until": "2025-07-01"}
    ran = (await run(stage, **asked)).json()
    telling = Telling()
    for number in range(8):
        ids = an_id("late", number), an_id("late family", number), (an_id("late child", number),)
        telling.referral(*ids, on=APRIL)
        telling.decided("accepted", ids[0], ids[1], on=APRIL, children=ids[2])
    await hear_all(stage, telling.facts)
    await tally_all(stage)
    revised = await revise(stage, **asked)

    made = await stage.post("/v1/publications", {"run_id": ran["id"]}, by=MANAGER)

    assert (ran["result"]["edition"], revised.status_code) == (1, 200), revised.text
    assert problem(made) == (409, "outdated-edition")
