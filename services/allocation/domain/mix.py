"""What kinds of work the families bring that a worker leads, beside an even part of what the team holds of each kind."""

from collections.abc import Iterable, Mapping
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum

from libs.kernel.ids import WorkerId
from services.allocation.domain.cases import COURT_WORK, Case, CaseType, ChildWork, Share


class WorkKind(StrEnum):
    """Kinds of work with a family, the weightiest first."""

    COURT = "court"
    PROTECTION = "protection"
    LOOKED_AFTER = "looked_after"
    IN_NEED = "in_need"
    ASSESSMENT = "assessment"


_KIND_OF: Mapping[CaseType, WorkKind] = {
    **dict.fromkeys(COURT_WORK, WorkKind.COURT),
    CaseType.CP: WorkKind.PROTECTION,
    CaseType.LOOKED_AFTER_SETTLED: WorkKind.LOOKED_AFTER,
    CaseType.LOOKED_AFTER_UNSETTLED: WorkKind.LOOKED_AFTER,
    CaseType.CIN: WorkKind.IN_NEED,
    CaseType.STEP_DOWN: WorkKind.IN_NEED,
    CaseType.ASSESSMENT: WorkKind.ASSESSMENT,
}
_ORDER = tuple(WorkKind)


def kind_of(children: Iterable[ChildWork]) -> WorkKind:
    """Return the weightiest kind of work that a family's children bring."""
    return min((_KIND_OF[child.case_type] for child in children), key=_ORDER.index)


def count(cases: Iterable[Case], kind: WorkKind) -> int:
    """Return how many families that a worker leads bring a kind of work; so each family counts once in a team."""
    return sum(case.share is Share.LEAD and kind_of(case.children) is kind for case in cases)


def even_parts(families: int, *, room: Mapping[WorkerId, Decimal]) -> Mapping[WorkerId, int]:
    """Share a team's families of a kind over its workers by the room each has, in whole families, rounded up."""
    whole = sum(room.values(), Decimal(0))
    if whole <= 0:
        return dict.fromkeys(room, 0)
    return {
        worker_id: int((families * part / whole).to_integral_value(ROUND_CEILING)) for worker_id, part in room.items()
    }
