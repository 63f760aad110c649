"""What partners hears: needs from the workbook, teams and lead workers from allocation, merged families from referrals."""

from typing import Any

from sqlalchemy.dialects.postgresql import insert

from libs.chassis.database import Transaction
from libs.chassis.inbox import Heard, Subscriptions
from libs.contracts.allocation import AllocationEnded, AllocationStarted, TeamRecorded
from libs.contracts.referrals import FamilyMerged
from libs.contracts.workbook import PractitionerRequested, PractitionerRequestWithdrawn, WorkbookClosed
from services.partners import tables
from services.partners.commands import families, needs, routing
from services.partners.domain.agencies import Specialism
from services.partners.domain.clocks import urgency_of
from services.partners.domain.needs import Need
from services.partners.domain.request import CancelReason

#: The workbook's reasons for no longer asking, in our words.
_REASON_OF = {
    "no_longer_needed": CancelReason.NEED_CHANGED,
    "adult_declined": CancelReason.ADULT_DECLINED,
    "adult_moved": CancelReason.MOVED_AWAY,
}


async def on_practitioner_requested(tx: Transaction, heard: Heard[PractitionerRequested]) -> None:
    """Put the need to the agency that offers the specialism for the team."""
    said = heard.event
    need = Need(
        id=said.practitioner_request_id,
        workbook_id=said.workbook_id,
        family_id=await families.known_as(tx, said.family_id),
        adult_id=said.adult_id,
        specialism=Specialism(said.specialism),
        urgency=urgency_of(said.urgency),
        team_id=said.team_id,
        requested_at=said.requested_at,
        changed_at=said.requested_at,
    )
    await needs.ask(tx, need)


async def on_request_withdrawn(tx: Transaction, heard: Heard[PractitionerRequestWithdrawn]) -> None:
    """Cancel what has not begun, ask for the end of what has."""
    said = heard.event
    reason = _REASON_OF.get(said.reason, CancelReason.WITHDRAWN)
    await needs.withdraw(tx, said.practitioner_request_id, reason=reason, at=heard.occurred_at)


async def on_workbook_closed(tx: Transaction, heard: Heard[WorkbookClosed]) -> None:
    """End everything that was asked for the family until then."""
    family_id = await families.known_as(tx, heard.event.family_id)
    await needs.close_family(tx, family_id, at=heard.occurred_at)


async def on_team_recorded(tx: Transaction, heard: Heard[TeamRecorded]) -> None:
    """Keep which areas the team serves, none once it was closed; a need of that team may now reach an agency."""
    said = heard.event
    await _keep(tx, {"id": said.team_id, "areas": list(said.areas) if said.active else []})
    await routing.look_again(tx, tables.need.c.team_id == said.team_id)


async def on_allocation_started(tx: Transaction, heard: Heard[AllocationStarted]) -> None:
    """Keep who leads the work with the family."""
    said = heard.event
    if said.role != "lead":
        return
    await families.led_by(
        tx,
        allocation_id=said.allocation_id,
        family_id=said.family_id,
        worker_id=said.worker_id,
        team_id=said.team_id,
        started_at=said.started_at,
    )


async def on_allocation_ended(tx: Transaction, heard: Heard[AllocationEnded]) -> None:
    """Note that somebody no longer leads."""
    await families.led_no_longer(tx, heard.event.allocation_id, ended_at=heard.event.ended_at)


async def _keep(tx: Transaction, row: dict[str, Any]) -> None:
    statement = insert(tables.team).values(row)
    await tx.do(statement.on_conflict_do_update(index_elements=["id"], set_={"areas": statement.excluded.areas}))


async def on_family_merged(tx: Transaction, heard: Heard[FamilyMerged]) -> None:
    """Let the family that goes be known as the one that stays."""
    await families.merge(tx, stays=heard.event.family_id, goes=heard.event.merged_family_id)


SUBSCRIPTIONS: Subscriptions = {
    PractitionerRequested: on_practitioner_requested,
    PractitionerRequestWithdrawn: on_request_withdrawn,
    WorkbookClosed: on_workbook_closed,
    TeamRecorded: on_team_recorded,
    AllocationStarted: on_allocation_started,
    AllocationEnded: on_allocation_ended,
    FamilyMerged: on_family_merged,
}
