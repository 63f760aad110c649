"""Who sees which section, and what had happened when."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from libs.kernel.roles import Role
from services.workbook.domain import chronology, sections
from services.workbook.domain.chapters import (
    ChapterRole,
)
from services.workbook.domain.practitioner_requests import (
    PractitionerRequest,
    Specialism,
    Urgency,
)
from services.workbook.domain.practitioner_requests import (
    State as RequestState,
)

AUTHOR, MANAGER, COLLEAGUE, ADULT, STRANGER = UUID(int=1), UUID(int=2), UUID(int=3), UUID(int=5), UUID(int=6)
NOW = datetime(2025, 6, 2, 12, tzinfo=UTC)
AGENCY_MANAGER = frozenset({Role.AGENCY_MANAGER})


def request(specialism: Specialism, state: RequestState, practitioner: UUID = COLLEAGUE) -> PractitionerRequest:
    return PractitionerRequest(
        id=UUID(int=40), adult_id=ADULT, specialism=specialism, urgency=Urgency.ROUTINE, state=state, reason="",
        asked_by=AUTHOR, asked_at=NOW, practitioner_id=practitioner,
    )  # fmt: skip


PRACTITIONER = frozenset({Role.ADULT_PRACTITIONER})
VICTIM, PERPETRATOR = ChapterRole.DOMESTIC_ABUSE_VICTIM, ChapterRole.DOMESTIC_ABUSE_PERPETRATOR


@pytest.mark.parametrize(
    ("specialism", "own", "hidden"),
    [
        (Specialism.DOMESTIC_ABUSE_VICTIM, VICTIM, PERPETRATOR),
        (Specialism.DOMESTIC_ABUSE_PERPETRATOR, PERPETRATOR, VICTIM),
    ],
)
def test_the_victims_and_the_perpetrators_practitioners_never_see_each_others_chapters(
    specialism: Specialism, own: ChapterRole, hidden: ChapterRole
) -> None:
    who = sections.reader(id=COLLEAGUE, roles=PRACTITIONER, requests=[request(specialism, RequestState.ENGAGED)])

    assert sections.visible(who) == frozenset(ChapterRole) - {hidden}
    assert sections.may_write(who, own)
    assert not sections.may_write(who, ChapterRole.SOCIAL_WORKER)


def test_a_practitioner_of_both_sees_neither_of_the_two() -> None:
    both = [
        request(Specialism.DOMESTIC_ABUSE_VICTIM, RequestState.ENGAGED),
        request(Specialism.DOMESTIC_ABUSE_PERPETRATOR, RequestState.ENGAGED),
    ]

    seen = sections.visible(sections.reader(id=COLLEAGUE, roles=PRACTITIONER, requests=both))

    assert not seen & {VICTIM, PERPETRATOR}


def test_the_manager_of_an_agency_that_serves_both_sees_both_unless_they_practise_with_one() -> None:
    agency = UUID(int=50)
    both = [
        replace(request(each, RequestState.ENGAGED), agency_id=agency)
        for each in (Specialism.DOMESTIC_ABUSE_VICTIM, Specialism.DOMESTIC_ABUSE_PERPETRATOR)
    ]
    roles = frozenset({Role.AGENCY_MANAGER, Role.ADULT_PRACTITIONER})

    manager = sections.reader(id=MANAGER, roles=AGENCY_MANAGER, requests=both, agency_id=agency)
    of_one = sections.reader(id=MANAGER, roles=AGENCY_MANAGER, requests=both[:1], agency_id=agency)
    practising = sections.reader(
        id=MANAGER, roles=roles, requests=[replace(both[0], practitioner_id=MANAGER), both[1]], agency_id=agency
    )

    assert sections.visible(manager) >= {VICTIM, PERPETRATOR}
    assert PERPETRATOR not in sections.visible(of_one)
    assert PERPETRATOR not in sections.visible(practising)


@pytest.mark.parametrize("state", list(RequestState))
def test_a_practitioner_reads_only_while_working_with_the_family(state: RequestState) -> None:
    who = sections.reader(id=COLLEAGUE, roles=PRACTITIONER, requests=[request(Specialism.SUBSTANCE_MISUSE, state)])

    working = state in {RequestState.ACCEPTED, RequestState.ENGAGED, RequestState.ON_HOLD}
    assert bool(sections.visible(who)) is working


def test_the_team_sees_everything_and_a_stranger_nothing() -> None:
    staff = sections.reader(id=AUTHOR, roles=[Role.SOCIAL_WORKER], requests=[])
    stranger = sections.reader(
        id=STRANGER, roles=PRACTITIONER, requests=[request(Specialism.MENTAL_HEALTH, RequestState.ENGAGED)]
    )

    assert sections.visible(staff) == frozenset(ChapterRole)
    assert sections.visible(stranger) == frozenset()
    assert sections.may_write(staff, ChapterRole.SOCIAL_WORKER)


def item(number: int, happened: int, known: int, **more: object) -> chronology.Item:
    made = chronology.Item(
        id=UUID(int=number), kind="visit", code=None, occurred_at=datetime(2025, 6, happened, tzinfo=UTC),
        recorded_at=datetime(2025, 6, known, tzinfo=UTC), source=chronology.Source.ENTRY,
        source_id=UUID(int=number), by=AUTHOR,
    )  # fmt: skip
    return replace(made, **more)


def test_a_point_in_time_asks_what_had_happened_and_what_was_known() -> None:
    items = [item(1, 2, 2), item(2, 3, 9), item(3, 5, 5)]

    happened = chronology.as_of(items, happened_by=datetime(2025, 6, 4, tzinfo=UTC))
    known = chronology.as_of(
        items, happened_by=datetime(2025, 6, 4, tzinfo=UTC), known_by=datetime(2025, 6, 4, tzinfo=UTC)
    )

    assert [i.id.int for i in happened] == [2, 1]
    assert [i.id.int for i in known] == [1]


def test_the_chronology_holds_what_is_significant_and_stands() -> None:
    items = [item(1, 2, 2, significant=True), item(2, 3, 3), item(3, 4, 4, significant=True, struck=True)]

    assert [i.id.int for i in chronology.chronology(items)] == [1]
