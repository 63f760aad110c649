"""What the tests of tallies share: ids of one invented family, and sums of what its facts add up to."""

from collections.abc import Iterable
from datetime import date

from services.metrics.domain.tallies import Tally, TallyCode
from tests.metrics.builders import an_id

CHILD, FAMILY, TEAM, WORKER = an_id("child"), an_id("family"), an_id("team"), an_id("worker")


def of(code: TallyCode, tallies: Iterable[Tally]) -> list[Tally]:
    """Return the tallies of that code, by day."""
    return sorted((tally for tally in tallies if tally.code is code), key=lambda tally: (tally.on, str(tally.subject)))


def stock(code: TallyCode, tallies: Iterable[Tally], day: date) -> int:
    """Return what the tallies of that code add up to on a day."""
    return sum(tally.base for tally in of(code, tallies) if tally.on <= day)
