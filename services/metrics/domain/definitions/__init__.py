"""The measures and their versions. A version in force never changes; a better one follows it."""

from collections.abc import Mapping

from libs.kernel.errors import NotFound
from services.metrics.domain.definitions import front_door, partners, plans, workers
from services.metrics.domain.measures import Measure, MeasureState
from services.metrics.domain.tallies import TallyCode


class UnknownMeasure(NotFound):
    """There is no such measure."""


_ALL = (*front_door.MEASURES, *plans.MEASURES, *workers.MEASURES, *partners.MEASURES)

MEASURES: Mapping[tuple[str, int], Measure] = {(measure.code, measure.version): measure for measure in _ALL}


def active() -> tuple[Measure, ...]:
    """Return the versions in force, one for each measure."""
    return tuple(measure for measure in _ALL if measure.state is MeasureState.ACTIVE)


def of_tally(code: TallyCode) -> tuple[Measure, ...]:
    """Return the versions in force that are made of the same tally: what one of them hides no other may show."""
    return tuple(measure for measure in active() if measure.tally is code)


def measure(*, code: str, version: int | None = None) -> Measure:
    """Return that version, or the one in force; raise `UnknownMeasure` if there is none."""
    for each in _ALL:
        if each.code == code and (each.version == version or (version is None and each.state is MeasureState.ACTIVE)):
            return each
    raise UnknownMeasure("No measure has that code and version.")
