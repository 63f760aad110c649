"""What the record tells the clocks: visits and meetings as the acts that they are."""

from collections.abc import Mapping
from datetime import datetime

from libs.kernel.deadline import start_of_day
from services.workbook.domain.clocks import EFFECTS, Act, Happened
from services.workbook.domain.conferences import Conference, Kind
from services.workbook.domain.entries import Visit

_ACT: Mapping[Kind, Act] = {
    Kind.INITIAL: Act.INITIAL_CONFERENCE,
    Kind.REVIEW: Act.REVIEW_CONFERENCE,
    Kind.CORE_GROUP: Act.CORE_GROUP,
    Kind.CIN_MEETING: Act.CIN_MEETING,
    Kind.CIN_REVIEW: Act.CIN_REVIEW,
    Kind.LOOKED_AFTER_REVIEW: Act.LA_REVIEW,
    Kind.PRE_PROCEEDINGS_MEETING: Act.PRE_PROCEEDINGS_MEETING,
}
#: What a visit can meet, and what a meeting can.
OF_VISITS = EFFECTS[Act.CHILD_SEEN].meets
OF_MEETINGS = frozenset(chain for act in _ACT.values() for chain in EFFECTS[act].meets)


def of_visit(visit: Visit, *, at: datetime) -> list[Happened]:
    """Return each child whom a statutory visit saw as an act."""
    if not visit.statutory:
        return []
    return [Happened(act=Act.CHILD_SEEN, at=at, child_id=child) for child in visit.children_seen]


def of_meeting(meeting: Conference) -> list[Happened]:
    """Return each child whom a conference or meeting was about as an act."""
    act = _ACT.get(meeting.kind)
    if act is None:
        return []
    at = start_of_day(meeting.held_on)
    return [Happened(act=act, at=at, child_id=child) for child in meeting.children]
