"""Group supervision, actions, network meetings and practitioner requests as rows."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select

from libs.chassis.database import Transaction
from services.workbook.domain.network_meetings import Meeting
from services.workbook.domain.practitioner_requests import PractitionerRequest
from services.workbook.domain.supervision import Action, Supervision
from services.workbook.repository import rows
from services.workbook.tables import action, network_meeting, practitioner_request, supervision


async def get_supervision(tx: Transaction, supervision_id: UUID) -> tuple[UUID, Supervision]:
    """Return the id of a group supervision's workbook, and the group supervision."""
    row = await rows.get(tx, supervision, supervision_id)
    return row.workbook_id, rows.read(Supervision, row)


async def add_supervision(tx: Transaction, workbook_id: UUID, new: Supervision) -> None:
    """Insert a group supervision."""
    await rows.add(tx, supervision, [new], workbook_id=workbook_id)


async def save_supervision(tx: Transaction, changed: Supervision, *, revision: int) -> int:
    """Write a changed group supervision."""
    said = changed.record
    return await rows.save(
        tx,
        supervision,
        changed,
        revision=revision,
        held_on=said.held_on if said else None,
        decision=said.decision if said else None,
    )


async def add_actions(tx: Transaction, workbook_id: UUID, supervision_id: UUID, new: Sequence[Action]) -> None:
    """Insert what was agreed, in one statement."""
    await rows.add(tx, action, new, workbook_id=workbook_id, supervision_id=supervision_id, revision=1)


async def get_action(tx: Transaction, action_id: UUID) -> tuple[UUID, Action, date | None]:
    """Return the id of an action's workbook, the action, and when it was done."""
    row = await rows.get(tx, action, action_id)
    return row.workbook_id, rows.read(Action, row), row.done_on


async def finish_action(tx: Transaction, action_id: UUID, *, revision: int, on: date) -> int:
    """Write when an action was done."""
    return await tx.change(action, id=action_id, revision=revision, done_on=on)


async def get_meeting(tx: Transaction, meeting_id: UUID) -> tuple[UUID, Meeting]:
    """Return the id of a network meeting's workbook, and the meeting."""
    row = await rows.get(tx, network_meeting, meeting_id)
    return row.workbook_id, rows.read(Meeting, row)


async def meetings_of(tx: Transaction, workbook_id: UUID) -> list[Meeting]:
    """Return a workbook's network meetings, from the first."""
    query = select(network_meeting).where(network_meeting.c.workbook_id == workbook_id)
    found = await tx.rows(query.order_by(network_meeting.c.offered_on, network_meeting.c.id))
    return [rows.read(Meeting, row) for row in found]


async def add_meeting(tx: Transaction, workbook_id: UUID, new: Meeting) -> None:
    """Insert a network meeting."""
    await rows.add(tx, network_meeting, [new], workbook_id=workbook_id)


async def save_meeting(tx: Transaction, changed: Meeting, *, revision: int) -> int:
    """Write a changed network meeting."""
    return await rows.save(tx, network_meeting, changed, revision=revision)


async def get_request(tx: Transaction, request_id: UUID, *, lock: bool = False) -> tuple[UUID, PractitionerRequest]:
    """Return the id of a practitioner request's workbook, and the request."""
    row = await rows.get(tx, practitioner_request, request_id, lock=lock)
    return row.workbook_id, rows.read(PractitionerRequest, row)


async def find_request(tx: Transaction, request_id: UUID) -> tuple[UUID, PractitionerRequest] | None:
    """Return a practitioner request by its own id or the agency's, kept from change; None if it is not ours."""
    query = select(practitioner_request).where(
        or_(practitioner_request.c.id == request_id, practitioner_request.c.partner_request_id == request_id)
    )
    row = await tx.row(query.with_for_update())
    return None if row is None else (row.workbook_id, rows.read(PractitionerRequest, row))


async def requests_of(tx: Transaction, workbook_id: UUID) -> list[PractitionerRequest]:
    """Return a workbook's practitioner requests, from the first."""
    query = select(practitioner_request).where(practitioner_request.c.workbook_id == workbook_id)
    found = await tx.rows(query.order_by(practitioner_request.c.asked_at, practitioner_request.c.id))
    return [rows.read(PractitionerRequest, row) for row in found]


async def add_request(tx: Transaction, workbook_id: UUID, new: PractitionerRequest) -> None:
    """Insert a practitioner request."""
    await rows.add(tx, practitioner_request, [new], workbook_id=workbook_id)


async def save_request(tx: Transaction, changed: PractitionerRequest, *, revision: int) -> int:
    """Write a changed practitioner request."""
    return await rows.save(tx, practitioner_request, changed, revision=revision)
