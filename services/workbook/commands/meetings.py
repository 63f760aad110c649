"""Family network meetings: offered, answered, held, and the plan that the family made."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import NamedTuple
from uuid import UUID

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.outbox import emit
from libs.contracts.envelope import Event
from libs.contracts.workbook import MeetingChanged, MeetingHeld, MeetingOffered
from libs.kernel.deadline import local_day, start_of_day
from libs.kernel.ids import new_id
from services.workbook.commands import clocks, timeline
from services.workbook.domain import network_meetings as rules
from services.workbook.domain import workbook as workbook_rules
from services.workbook.domain.chronology import Source
from services.workbook.domain.clocks import Act, Happened
from services.workbook.domain.entries import NotInFamily
from services.workbook.domain.moments import plausible_date
from services.workbook.domain.network_meetings import Meeting, State
from services.workbook.domain.workbook import Workbook
from services.workbook.repository import team
from services.workbook.repository import workbooks as repository


class Held(NamedTuple):
    """A network meeting and the workbook that it belongs to."""

    workbook_id: UUID
    meeting: Meeting


async def offer(tx: Transaction, *, workbook_id: UUID, offered_on: date | None, in_letter: bool) -> Held:
    """Offer the family a network meeting; the date is evidence for the duty to offer one."""
    workbook = await repository.to_work_in(tx, workbook_id)
    workbook_rules.say(workbook, "work")
    on = plausible_date(offered_on, today=local_day(tx.now), not_before=workbook.referred_on, field="/offered_on")
    new = Meeting(id=new_id(), state=State.OFFERED, offered_on=on, in_letter=in_letter)
    await team.add_meeting(tx, workbook_id, new)
    at = start_of_day(on)
    await timeline.note(tx, workbook_id, "network_meeting_offered", Source.MEETING, new.id, at=at, significant=True)
    if in_letter:
        await clocks.happened(tx, workbook, [Happened(act=Act.FAMILY_MEETING_OFFERED, at=at)])
    audit.record(tx, "network-meetings:offer", record_id=new.id, family_id=workbook.family_id)
    emit(
        tx,
        MeetingOffered(meeting_id=new.id, workbook_id=workbook_id, family_id=workbook.family_id, offered_on=on),
        occurred_at=at,
    )
    return Held(workbook_id, new)


async def _say(
    tx: Transaction,
    meeting_id: UUID,
    verb: str,
    change: Callable[[Meeting], Meeting],
    *,
    revision: int,
    on: date,
    by: tuple[UUID, ...] = (),
) -> tuple[Workbook, Meeting]:
    workbook_id, meeting = await team.get_meeting(tx, meeting_id)
    workbook = await repository.to_work_in(tx, workbook_id)
    workbook_rules.say(workbook, "work")
    if not set(by) <= workbook.members:
        raise NotInFamily("That person is not a member of the family.", at="/by")
    changed = change(meeting)
    new_revision = await team.save_meeting(tx, changed, revision=revision)
    await timeline.note(
        tx, workbook_id, f"network_meeting_{changed.state}", Source.MEETING, meeting_id,
        at=start_of_day(on), significant=changed.state in {State.HELD, State.PLAN_MADE},
    )  # fmt: skip
    audit.record(tx, f"network-meetings:{verb}", record_id=meeting_id, family_id=workbook.family_id)
    _tell(tx, workbook, changed, on=on)
    return workbook, replace(changed, revision=new_revision)


def _tell(tx: Transaction, workbook: Workbook, changed: Meeting, *, on: date) -> None:
    about = {"meeting_id": changed.id, "workbook_id": workbook.id, "family_id": workbook.family_id}
    said: Event
    if changed.state is State.HELD:
        said = MeetingHeld(**about, held_on=on)
    else:
        said = MeetingChanged(**about, state=changed.state, changed_on=on, planned_on=changed.planned_on)
    emit(tx, said, occurred_at=start_of_day(on))


def _day(tx: Transaction, on: date | None) -> date:
    return plausible_date(on, today=local_day(tx.now), field="/on")


async def accept(tx: Transaction, *, meeting_id: UUID, revision: int, on: date | None, by: tuple[UUID, ...]) -> Held:
    """Record that members of the family accepted."""
    day = _day(tx, on)
    workbook, meeting = await _say(
        tx, meeting_id, "accept", lambda held: rules.accept(held, on=day, by=by), revision=revision, on=day, by=by
    )
    return Held(workbook.id, meeting)


async def decline(tx: Transaction, *, meeting_id: UUID, revision: int, on: date | None) -> Held:
    """Record that the family declined."""
    day = _day(tx, on)
    workbook, meeting = await _say(
        tx, meeting_id, "decline", lambda held: rules.decline(held, on=day), revision=revision, on=day
    )
    return Held(workbook.id, meeting)


async def plan(tx: Transaction, *, meeting_id: UUID, revision: int, for_date: date) -> Held:
    """Set or move the date of a meeting."""
    today = local_day(tx.now)
    workbook, meeting = await _say(
        tx, meeting_id, "plan", lambda held: rules.plan(held, for_date=for_date), revision=revision, on=today
    )
    return Held(workbook.id, meeting)


async def hold(tx: Transaction, *, meeting_id: UUID, revision: int, on: date | None, attendees: int | None) -> Held:
    """Record that the meeting was held."""
    day = _day(tx, on)
    workbook, meeting = await _say(
        tx, meeting_id, "hold", lambda held: rules.hold(held, on=day, attendees=attendees), revision=revision, on=day
    )
    return Held(workbook.id, meeting)


async def make_plan(tx: Transaction, *, meeting_id: UUID, revision: int, family_plan: str, on: date | None) -> Held:
    """Write down the plan that the family made."""
    day = _day(tx, on)
    workbook, meeting = await _say(
        tx, meeting_id, "make-plan", lambda held: rules.make_plan(held, family_plan=family_plan),
        revision=revision, on=day,
    )  # fmt: skip
    return Held(workbook.id, meeting)


async def review(tx: Transaction, *, meeting_id: UUID, revision: int, on: date | None) -> Held:
    """Record that the family's plan was reviewed."""
    day = _day(tx, on)
    workbook, meeting = await _say(
        tx, meeting_id, "review", lambda held: rules.review(held, on=day), revision=revision, on=day
    )
    return Held(workbook.id, meeting)
