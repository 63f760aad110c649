"""Publications: every verb in every state, and the check against what is already out."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from libs.kernel.transitions import NotInThatState
from services.metrics.domain import publications
from services.metrics.domain.editions import DisclosureRisk
from services.metrics.domain.publications import (
    MOVES,
    OutdatedEdition,
    Part,
    Publication,
    PublicationState,
    ShownCount,
    shown_counts,
)
from tests.metrics.builders import an_id

NOW = datetime(2025, 6, 2, 9, tzinfo=UTC)
CHECKED = Publication(id=an_id("p"), run_id=an_id("r"), state=PublicationState.CHECKED, measure="referrals", version=1)
YEAR = ShownCount(
    measure="referrals",
    part=Part.NUMERATOR,
    key=None,
    from_on=date(2024, 4, 1),
    until_on=date(2025, 4, 1),
    count=100,
)


def test_a_checked_publication_is_released() -> None:
    released = publications.release(CHECKED, shown=[YEAR], released=[], now=NOW)

    assert (released.state, released.released_at) == (PublicationState.RELEASED, NOW)


def of_months(first: int, last: int, count: int) -> ShownCount:
    return replace(YEAR, from_on=date(2025, first, 1), until_on=date(2025, last + 1, 1), count=count)


def test_a_quarter_is_a_risk_beside_months_that_leave_a_small_count_for_another() -> None:
    months = [of_months(1, 1, 20), of_months(2, 2, 20)]

    with pytest.raises(DisclosureRisk):
        publications.release(CHECKED, shown=[of_months(1, 3, 43)], released=months, now=NOW)
    with pytest.raises(DisclosureRisk):
        publications.release(CHECKED, shown=months[:1], released=[of_months(1, 3, 43), months[1]], now=NOW)
    publications.release(CHECKED, shown=[of_months(1, 3, 60)], released=months, now=NOW)


def say(verb: str, state: PublicationState) -> PublicationState:
    found = replace(CHECKED, state=state)
    if verb == "release":
        return publications.release(found, shown=[], released=[], now=NOW).state
    return publications.withdraw(found, reason="corrected", now=NOW).state


@pytest.mark.parametrize("verb", sorted(MOVES))
@pytest.mark.parametrize("state", list(PublicationState))
def test_every_verb_in_every_state_leads_where_the_table_says_or_is_refused(verb: str, state: PublicationState) -> None:
    if state in MOVES[verb].sources:
        assert say(verb, state) == MOVES[verb].to
    else:
        with pytest.raises(NotInThatState):
            say(verb, state)


def test_a_withdrawal_keeps_its_reason() -> None:
    assert publications.withdraw(CHECKED, reason="corrected", now=NOW).withdrawn_reason == "corrected"


def test_a_table_shows_numerators_and_the_denominators_that_count_people() -> None:
    row = {"key": None, "from": "2024-04-01", "until": "2025-04-01", "numerator": 20, "denominator": 80}
    table = {"measure": "re_referrals", "version": 1, "figures": [row], "total": None}

    def parts(code: str) -> dict[str, int]:
        return {each.part: each.count for each in shown_counts({**table, "measure": code})}

    assert parts("re_referrals") == {"numerator": 20, "denominator": 80}
    assert parts("days_to_allocation") == {"denominator": 80}
    assert parts("average_caseload") == {"numerator": 20}
    assert parts("children_in_need_rate") == {"numerator": 20}


def test_what_is_hidden_is_not_shown() -> None:
    row = {"key": "2024-04", "from": "2024-04-01", "until": "2024-05-01", "numerator": None, "denominator": None}
    table = {"measure": "referrals", "version": 1, "figures": [row], "total": {**row, "key": None, "numerator": 12}}

    assert [(each.key, each.count) for each in shown_counts(table)] == [(None, 12)]


@pytest.mark.parametrize("count", [95, 99, 101, 105])
def test_a_table_that_differs_by_few_from_a_released_one_is_a_risk(count: int) -> None:
    longer = replace(YEAR, until_on=date(2025, 5, 1), count=count)

    with pytest.raises(DisclosureRisk):
        publications.release(CHECKED, shown=[longer], released=[YEAR], now=NOW)


@pytest.mark.parametrize(
    "other",
    [
        replace(YEAR, count=100),
        replace(YEAR, count=106),
        replace(YEAR, count=99, key="team"),
        replace(YEAR, count=99, measure="cp_plans"),
        replace(YEAR, count=99, part=Part.DENOMINATOR),
        replace(YEAR, count=99, from_on=date(2025, 4, 1), until_on=date(2026, 4, 1)),
    ],
)
def test_a_table_that_is_equal_far_other_or_apart_is_no_risk(other: ShownCount) -> None:
    released = publications.release(CHECKED, shown=[other], released=[YEAR], now=NOW)

    assert released.state is PublicationState.RELEASED


@pytest.mark.parametrize(("measure", "version", "edition"), [("referrals", 2, 1), ("referrals", 1, 2)])
def test_a_table_of_an_older_edition_or_of_a_version_no_longer_in_force_is_outdated(
    measure: str, version: int, edition: int
) -> None:
    table = {"measure": measure, "version": version, "edition": edition}

    publications.need_current({"measure": "referrals", "version": 2, "edition": 2}, edition=2)
    with pytest.raises(OutdatedEdition):
        publications.need_current(table, edition=2)
