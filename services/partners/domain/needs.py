"""A team's need of a practitioner, from its asking until an agency has it or it is taken back."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from libs.kernel.errors import Conflict
from services.partners.domain import clocks
from services.partners.domain.agencies import Specialism
from services.partners.domain.capacity import Answer
from services.partners.domain.clocks import Terms, Urgency
from services.partners.domain.request import Request, State
from services.partners.domain.sharing import Agreement, fingerprint


class NeedState(StrEnum):
    """Where the need is."""

    UNROUTED = "unrouted"
    ROUTED = "routed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a team asked for; unrouted as long as no agency can be asked, and then seen by the team as such."""

    id: UUID
    workbook_id: UUID
    family_id: UUID
    adult_id: UUID
    specialism: Specialism
    urgency: Urgency
    team_id: UUID | None
    requested_at: datetime
    state: NeedState = NeedState.UNROUTED
    changed_at: datetime
    revision: int = 1


class NeedStopped(Conflict):
    """The team no longer asks."""


def put_to_agency(
    need: Need, *, request_id: UUID, agreement: Agreement, room: Answer, at: datetime, terms: Terms
) -> tuple[Need, Request]:
    """Return the need as routed, and the request that it becomes at the agency of the agreement under which it is told.

    The agency's time runs from `at`.
    """
    if need.state is NeedState.STOPPED:
        raise NeedStopped("It was taken back.")
    request = Request(
        id=request_id,
        practitioner_request_id=need.id,
        workbook_id=need.workbook_id,
        family_id=need.family_id,
        adult_id=need.adult_id,
        agency_id=agreement.agency_id,
        specialism=need.specialism,
        team_id=need.team_id,
        urgency=need.urgency,
        room=room,
        agreement_id=agreement.id,
        agreement_fingerprint=fingerprint(agreement),
        state=State.REQUESTED,
        requested_at=need.requested_at,
        opened_at=at,
        changed_at=at,
        clock=clocks.answer_clock(urgency=need.urgency, at=at, terms=terms),
    )
    return replace(need, state=NeedState.ROUTED, changed_at=at), request


def reaches_next_at(*, declined_at: datetime, learned_at: datetime, now: datetime) -> datetime:
    """Return when a declined need reaches the next agency: now, however late the decline was recorded.

    Only a decline from before the request itself could be seen here is of a past that is being loaded, and stays there.
    """
    return declined_at if declined_at < learned_at else now


def bring_back(need: Need, *, at: datetime) -> Need:
    """Return the need as without an agency that could be asked: it stays, and stays visible."""
    return need if need.state is NeedState.STOPPED else replace(need, state=NeedState.UNROUTED, changed_at=at)


def stop(need: Need, *, at: datetime) -> Need:
    """Return the need as no longer there: taken back, or the family has closed."""
    return need if need.state is NeedState.STOPPED else replace(need, state=NeedState.STOPPED, changed_at=at)


def came_after_close(*, requested_at: datetime, closed_at: datetime | None) -> bool:
    """Say whether a need still stands although its family's workbook closed: only if it was asked for later."""
    return closed_at is None or requested_at > closed_at
