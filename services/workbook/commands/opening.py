"""A family's workbook opens, goes on, and opens again: always the same one."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.outbox import emit
from libs.contracts.workbook import LevelChanged, WorkbookOpened, WorkbookReferralJoined, WorkbookReopened
from libs.kernel.deadline import local_day, start_of_day
from libs.kernel.ids import new_id
from services.workbook.commands import clocks, enquiries, timeline
from services.workbook.domain import cycles
from services.workbook.domain import workbook as rules
from services.workbook.domain.chronology import Source
from services.workbook.domain.clock_rules import Chain
from services.workbook.domain.clocks import Act, Happened
from services.workbook.domain.family_plan import Plan
from services.workbook.domain.levels import Level, direction
from services.workbook.domain.workbook import ReopenReason, State, Workbook
from services.workbook.repository import clocks as clock_rows
from services.workbook.repository import merging, plan, record
from services.workbook.repository import workbooks as repository
from services.workbook.settings import local_values


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A family comes to a team: whom, from which referral, to which worker."""

    family_id: UUID
    referral_id: UUID | None
    referred_on: date | None
    children: tuple[UUID, ...]
    adults: tuple[UUID, ...]
    needs: tuple[str, ...] = ()
    team_id: UUID | None = None
    worker_id: UUID | None = None
    level: Level = Level.ASSESSMENT
    imported: bool = False


async def receive(tx: Transaction, arrival: Arrival, *, at: datetime) -> tuple[Workbook, bool]:
    """Open the family's workbook, or go on with the one it has, or open it again; say whether it is new."""
    arrival = replace(arrival, family_id=await merging.known_as(tx, arrival.family_id))
    held = await repository.of_family(tx, arrival.family_id)
    if held is None:
        workbook = await _open(tx, arrival, at=at)
    elif held.state is State.CLOSED:
        workbook = await _open_again(tx, held, arrival, at=at)
    else:
        workbook = await _go_on(tx, held, arrival, at=at)
    await enquiries.take_up(tx, workbook)
    return workbook, held is None


async def _open(tx: Transaction, arrival: Arrival, *, at: datetime) -> Workbook:
    new = Workbook(
        id=new_id(),
        family_id=arrival.family_id,
        state=State.OPEN,
        level=arrival.level,
        referral_id=arrival.referral_id,
        referred_on=arrival.referred_on,
        opened_on=local_day(at),
        children=rules.together(arrival.children),
        adults=rules.together(arrival.adults),
        team_id=arrival.team_id,
        lead_worker_id=arrival.worker_id,
        imported=arrival.imported,
        needs=arrival.needs,
    )
    await repository.add(tx, new, at=at)
    await record.add_cycle(tx, new.id, _cycle(new.opened_on))
    await plan.add(tx, new.id, Plan(id=new_id()))
    await timeline.note(tx, new.id, "workbook_opened", Source.WORKBOOK, new.id, at=at, significant=True)
    await clocks.happened(tx, new, _begins(arrival, at))
    audit.record(tx, "workbooks:open", record_id=new.id, family_id=new.family_id)
    emit(
        tx,
        WorkbookOpened(
            workbook_id=new.id,
            family_id=new.family_id,
            referral_id=new.referral_id,
            children=new.children,
            team_id=new.team_id,
            lead_worker_id=new.lead_worker_id,
            opened_on=new.opened_on,
        ),
        occurred_at=at,
    )
    return new


def _cycle(on: date, *, number: int = 1) -> cycles.Cycle:
    return cycles.first(id=new_id(), on=on, months=local_values().supervision_months, number=number)


def _begins(arrival: Arrival, at: datetime) -> list[Happened]:
    """Start the clocks of a team's work, and of the assessment that an accepted referral waits for."""
    acts = [Happened(act=Act.OPENED, at=at)]
    if not arrival.imported and arrival.referred_on is not None and arrival.level is Level.ASSESSMENT:
        acts.append(referred(arrival.referred_on))
    return acts


def referred(on: date) -> Happened:
    """Return the act that starts the wait for an assessment, from the date of the referral."""
    since = start_of_day(on)
    return Happened(act=Act.REFERRED, at=since, since={Chain.ASSESSMENT: since})


async def _open_again(tx: Transaction, held: Workbook, arrival: Arrival, *, at: datetime) -> Workbook:
    on = local_day(at)
    # A referral that has not been heard of tells its date later.
    referred_on = arrival.referred_on or (None if arrival.referral_id else on)
    again = rules.reopen(held, on=on, referral_id=arrival.referral_id, referred_on=referred_on)
    again = replace(
        again,
        level=arrival.level,
        children=rules.together(held.children, arrival.children),
        adults=rules.together(held.adults, arrival.adults),
        needs=rules.together(held.needs, arrival.needs),
        team_id=arrival.team_id or held.team_id,
        lead_worker_id=arrival.worker_id or held.lead_worker_id,
        imported=arrival.imported,
    )
    return await reopened(
        tx, held, again, revision=held.revision, reason=ReopenReason.RE_REFERRAL, acts=_begins(arrival, at), at=at
    )


async def reopened(
    tx: Transaction,
    held: Workbook,
    again: Workbook,
    *,
    revision: int,
    reason: ReopenReason,
    acts: list[Happened],
    at: datetime,
) -> Workbook:
    """Write a workbook that opens again: its next cycle, a new plan beside the old one, its clocks."""
    new_revision = await repository.save(tx, again, before=held, revision=revision, at=at)
    last = await record.current_cycle(tx, held.id)
    await record.add_cycle(tx, held.id, _cycle(local_day(at), number=last.number + 1))
    await plan.supersede(tx, held.id)
    await plan.add(tx, held.id, Plan(id=new_id()))
    await timeline.note(
        tx, held.id, "workbook_reopened", Source.WORKBOOK, held.id, at=at, code=reason, significant=True
    )
    await clocks.happened(tx, again, acts)
    audit.record(tx, "workbooks:reopen", record_id=held.id, family_id=held.family_id)
    _say_reopened(tx, again, reason=reason, at=at)
    say_level(tx, held, again, at=at)
    return replace(again, revision=new_revision)


async def _go_on(tx: Transaction, held: Workbook, arrival: Arrival, *, at: datetime) -> Workbook:
    """Go on with an open workbook: more people, another worker; a new referral joins it, and ends early help."""
    up, on = _referred_again(held, arrival)
    on = replace(
        on,
        level=Level.ASSESSMENT if up else held.level,
        referred_on=arrival.referred_on if up else _earlier(held.referred_on, arrival.referred_on),
        children=rules.together(held.children, arrival.children),
        adults=rules.together(held.adults, arrival.adults),
        needs=rules.together(held.needs, arrival.needs),
        team_id=arrival.team_id or held.team_id,
        lead_worker_id=arrival.worker_id or held.lead_worker_id,
        # A worker of ours makes it ours: from now on it is supervised here.
        imported=held.imported and arrival.imported,
    )
    if on == held:
        return held
    revision = await repository.save(tx, on, before=held, revision=held.revision, at=at)
    if (on.team_id, on.lead_worker_id) != (held.team_id, held.lead_worker_id):
        await clock_rows.hand_over(tx, on.id, team_id=on.team_id, worker_id=on.lead_worker_id)
    if not arrival.imported and on.referred_on and (up or held.referred_on is None):
        await clocks.happened(tx, on, [referred(on.referred_on)])
    if on.referral_id != held.referral_id:
        _say_reopened(tx, on, reason=ReopenReason.RE_REFERRAL, at=at)
    elif arrival.referral_id is not None and on.referrals != held.referrals:
        await referral_joined(tx, on, arrival.referral_id, at=at)
    say_level(tx, held, on, at=at)
    return replace(on, revision=revision)


def _referred_again(held: Workbook, arrival: Arrival) -> tuple[bool, Workbook]:
    """Say whether the arrival ends early help, and return the workbook with the referrals that it answers then."""
    if arrival.referral_id is None:
        return False, held
    new_referral = arrival.referral_id != held.referral_id
    up = new_referral and held.level is Level.EARLY_HELP and arrival.level is Level.ASSESSMENT
    return up, (rules.lead_by if up else rules.join)(held, arrival.referral_id)


async def referral_joined(tx: Transaction, workbook: Workbook, referral_id: UUID, *, at: datetime) -> None:
    """Note and say that a further referral belongs to the open workbook."""
    await timeline.note(tx, workbook.id, "referral_joined", Source.REFERRAL, referral_id, at=at, significant=True)
    say_joined(tx, workbook, referral_id, at=at)


def say_joined(tx: Transaction, workbook: Workbook, referral_id: UUID, *, at: datetime) -> None:
    """Say that a referral belongs to the open workbook."""
    emit(
        tx,
        WorkbookReferralJoined(workbook_id=workbook.id, family_id=workbook.family_id, referral_id=referral_id),
        occurred_at=at,
    )


def _say_reopened(tx: Transaction, workbook: Workbook, *, reason: ReopenReason, at: datetime) -> None:
    emit(
        tx,
        WorkbookReopened(
            workbook_id=workbook.id,
            family_id=workbook.family_id,
            referral_id=workbook.referral_id,
            further_referrals=workbook.further_referrals,
            reason=reason,
        ),
        occurred_at=at,
    )


def _earlier(one: date | None, other: date | None) -> date | None:
    return min((day for day in (one, other) if day is not None), default=None)


def say_level(tx: Transaction, before: Workbook, after: Workbook, *, at: datetime) -> None:
    """Say that the family's level changed, if it did."""
    if before.level is after.level:
        return
    emit(
        tx,
        LevelChanged(
            workbook_id=after.id,
            family_id=after.family_id,
            from_level=before.level,
            to_level=after.level,
            direction=direction(before=before.level, after=after.level),
            changed_on=local_day(at),
        ),
        occurred_at=at,
    )
