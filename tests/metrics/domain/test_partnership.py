"""What requests for practitioners add up to."""

from datetime import date

from services.metrics.domain.ledger import family_tallies
from services.metrics.domain.tallies import TallyCode
from tests.metrics.builders import Telling, an_id, at
from tests.metrics.domain.tallied import FAMILY, TEAM, of, stock


def test_the_wait_for_a_practitioner_runs_through_an_agency_that_declined() -> None:
    mind, turning_point = an_id("mind"), an_id("turning point")
    telling = Telling()
    telling.asked(an_id("ask"), FAMILY, on=date(2025, 3, 3), team=TEAM)
    telling.agency_says(
        "opened",
        an_id("q", 1),
        an_id("ask"),
        FAMILY,
        on=date(2025, 3, 3),
        agency=mind,
        requested_at=at(date(2025, 3, 3)),
    )
    telling.agency_says(
        "declined", an_id("q", 1), an_id("ask"), FAMILY, on=date(2025, 3, 6), agency=mind, reason="no_capacity",
        declined_at=at(date(2025, 3, 6)),
    )  # fmt: skip
    telling.agency_says(
        "opened", an_id("q", 2), an_id("ask"), FAMILY, on=date(2025, 3, 6), agency=turning_point,
        requested_at=at(date(2025, 3, 3)),
    )  # fmt: skip
    telling.agency_says(
        "accepted", an_id("q", 2), an_id("ask"), FAMILY, on=date(2025, 3, 7), agency=turning_point,
        accepted_at=at(date(2025, 3, 7)), requested_at=at(date(2025, 3, 3)),
    )  # fmt: skip
    telling.agency_says(
        "engaged", an_id("q", 2), an_id("ask"), FAMILY, on=date(2025, 3, 17), agency=turning_point,
        engaged_at=at(date(2025, 3, 17)), requested_at=at(date(2025, 3, 3)),
    )  # fmt: skip

    tallies = family_tallies(telling.facts)

    assert [(t.amount, t.agency, t.team) for t in of(TallyCode.PRACTITIONER_WAIT, tallies)] == [
        (14, turning_point, TEAM)
    ]
    assert [(t.amount, t.agency) for t in of(TallyCode.PARTNER_WAIT, tallies)] == [(11, turning_point)]
    assert {(t.amount, t.agency) for t in of(TallyCode.PARTNER_ANSWER, tallies)} == {(0, mind), (1, turning_point)}
    assert [stock(TallyCode.PARTNER_WAITING, tallies, date(2025, 3, day)) for day in (5, 6, 16, 17)] == [1, 1, 1, 0]
