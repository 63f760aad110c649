"""What other services tell about a family: referrals accepted, workers who start and end, strategies, merges."""

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from libs.chassis.database import Transaction
from libs.kernel.deadline import local_day
from services.workbook.commands import clocks, enquiries, opening, timeline
from services.workbook.commands.opening import Arrival
from services.workbook.domain import workbook as rules
from services.workbook.domain.chronology import Source
from services.workbook.domain.levels import level_of_merged
from services.workbook.domain.spells import open_kinds
from services.workbook.domain.workbook import ReopenReason, State, Workbook
from services.workbook.repository import clocks as clock_rows
from services.workbook.repository import merging, record, statutory
from services.workbook.repository import workbooks as repository


async def accepted(
    tx: Transaction,
    *,
    referral_id: UUID,
    family_id: UUID,
    children: tuple[UUID, ...],
    adults: tuple[UUID, ...],
    needs: tuple[str, ...],
    received_at: datetime,
    at: datetime,
) -> None:
    """Keep what a referral told; the family's workbook, if that is open already, answers it too."""
    family_id = await _today(tx, family_id)
    # A referral that was looked at again is accepted again, and has to hear again where it belongs.
    again = await repository.family_told(tx, family_id=family_id, referral_id=referral_id) is not None
    await repository.keep_family(
        tx,
        referral_id=referral_id,
        family_id=family_id,
        children=children,
        adults=adults,
        needs=needs,
        received_at=received_at,
    )
    workbook = await repository.of_family(tx, family_id)
    if workbook is None or workbook.state is State.CLOSED:
        return
    referred_on = local_day(received_at)
    # The worker may have come first: then the referral's date is only known now.
    awaited = workbook.referral_id in {None, referral_id} and workbook.referred_on is None
    told = replace(
        rules.join(workbook, referral_id),
        children=rules.together(workbook.children, children),
        adults=rules.together(workbook.adults, adults),
        needs=rules.together(workbook.needs, needs),
        referred_on=referred_on if awaited else workbook.referred_on,
    )
    if told.referrals != workbook.referrals:
        await opening.referral_joined(tx, told, referral_id, at=at)
    elif again:
        opening.say_joined(tx, told, referral_id, at=at)
    if told == workbook:
        return
    await repository.save(tx, told, before=workbook, revision=workbook.revision, at=tx.now)
    if awaited and not workbook.imported:
        await clocks.happened(tx, told, [opening.referred(referred_on)])


async def worker_started(
    tx: Transaction,
    *,
    allocation_id: UUID,
    family_id: UUID,
    referral_id: UUID | None,
    worker_id: UUID,
    team_id: UUID,
    role: str,
    reason: str,
    children: tuple[UUID, ...],
    adults: tuple[UUID, ...],
    at: datetime,
) -> None:
    """Open or continue the family's workbook for the worker who holds the family now."""
    family_id = await _today(tx, family_id)
    await repository.keep_involvement(
        tx,
        allocation_id=allocation_id,
        family_id=family_id,
        worker_id=worker_id,
        team_id=team_id,
        role=role,
        reason=reason,
        started_at=at,
    )
    held = await repository.of_family(tx, family_id)
    if held is not None and _is_over(held, referral_id, role=role, at=at):
        await timeline.note(tx, held.id, "worker_started", Source.ALLOCATION, allocation_id, at=at, code=role)
        return
    copy = await repository.family_told(tx, family_id=family_id, referral_id=referral_id)
    lead = role == "lead"
    workbook, _ = await opening.receive(
        tx,
        Arrival(
            family_id=family_id,
            referral_id=referral_id or (copy.referral_id if copy else None),
            referred_on=local_day(copy.received_at) if copy else None,
            children=rules.together(children, copy.children if copy else ()),
            adults=rules.together(adults, copy.adults if copy else ()),
            needs=tuple(copy.needs) if copy else (),
            team_id=team_id if lead else None,
            worker_id=worker_id if lead else None,
        ),
        at=at if held is None else _after_closure(held, at, now=tx.now),
    )
    await timeline.note(
        tx, workbook.id, "worker_started", Source.ALLOCATION, allocation_id, at=at, code=role, significant=lead
    )


def _is_over(workbook: Workbook, referral_id: UUID | None, *, role: str, at: datetime) -> bool:
    """Whether news of a worker is of work that the workbook closed, or of one who only helps."""
    if workbook.state is not State.CLOSED or workbook.closed_on is None:
        return False
    if role != "lead":
        return True
    # The closure names what it ends: a referral that it did not know of goes on, however late it is heard.
    goes_on = referral_id is not None and referral_id not in workbook.referrals
    return not goes_on and local_day(at) < workbook.closed_on


def _after_closure(workbook: Workbook, at: datetime, *, now: datetime) -> datetime:
    """Return when a worker's coming took effect: a workbook that had not heard of it before it closed opens again now."""
    is_too_early = workbook.closed_on is not None and local_day(at) <= workbook.closed_on
    return now if is_too_early else at


async def worker_ended(
    tx: Transaction,
    *,
    allocation_id: UUID,
    family_id: UUID,
    worker_id: UUID,
    team_id: UUID,
    role: str,
    reason: str,
    at: datetime,
) -> None:
    """Note that a worker no longer holds the family."""
    family_id = await _today(tx, family_id)
    await repository.keep_involvement(
        tx,
        allocation_id=allocation_id,
        family_id=family_id,
        worker_id=worker_id,
        team_id=team_id,
        role=role,
        reason=reason,
        ended_at=at,
    )
    workbook = await repository.of_family(tx, family_id)
    if workbook is None:
        return
    await timeline.note(
        tx, workbook.id, "worker_ended", Source.ALLOCATION, allocation_id, at=at, code=reason, significant=True
    )
    # The next worker may have been heard of first; then the lead is already theirs.
    if role == "lead" and workbook.lead_worker_id == worker_id and workbook.state is not State.CLOSED:
        await _lead(tx, workbook, None, at=at)


async def handed_over(tx: Transaction, *, handover_id: UUID, family_id: UUID, to_worker_id: UUID, at: datetime) -> None:
    """Give the family's workbook to the worker who took the family over."""
    workbook = await repository.of_family(tx, await _today(tx, family_id))
    if workbook is None or workbook.state is State.CLOSED:
        return
    await timeline.note(tx, workbook.id, "handed_over", Source.ALLOCATION, handover_id, at=at, significant=True)
    if workbook.lead_worker_id != to_worker_id:
        await _lead(tx, workbook, to_worker_id, at=at)


async def _lead(tx: Transaction, workbook: Workbook, worker_id: UUID | None, *, at: datetime) -> None:
    changed = replace(workbook, lead_worker_id=worker_id)
    await repository.save(tx, changed, before=workbook, revision=workbook.revision, at=at)
    await clock_rows.hand_over(tx, workbook.id, team_id=workbook.team_id, worker_id=worker_id)


async def referral_reopened(tx: Transaction, *, referral_id: UUID, family_id: UUID, reason: str, at: datetime) -> None:
    """Note on the family's timeline that its referral is looked at again; the workbook waits for a worker."""
    workbook = await repository.of_family(tx, await _today(tx, family_id))
    if workbook is not None:
        await timeline.note(
            tx, workbook.id, "referral_reopened", Source.REFERRAL, referral_id, at=at, code=reason, significant=True
        )


async def strategy_called(
    tx: Transaction,
    *,
    strategy_id: UUID,
    referral_id: UUID,
    family_id: UUID,
    children: tuple[UUID, ...],
    held_at: datetime,
    conference_due_on: date | None,
) -> None:
    """Start the enquiries of a strategy discussion, now or when the workbook opens."""
    family_id = await _today(tx, family_id)
    await repository.keep_strategy(
        tx,
        strategy_id=strategy_id,
        referral_id=referral_id,
        family_id=family_id,
        children=list(children),
        held_at=held_at,
        conference_due_on=conference_due_on,
    )
    workbook = await repository.of_family(tx, family_id)
    if workbook is not None and workbook.state is not State.CLOSED:
        await enquiries.take_up(tx, workbook)


async def _today(tx: Transaction, family_id: UUID) -> UUID:
    """Return the family's id of today; nobody else hears news of it until the end of the transaction."""
    await repository.alone_with(tx, family_id)
    stays = await merging.known_as(tx, family_id)
    if stays != family_id:
        await repository.alone_with(tx, stays)
    return stays


async def merged(tx: Transaction, *, family_id: UUID, merged_family_id: UUID, at: datetime) -> None:
    """Let two records of one family go on as one workbook, and news of either reach it."""
    await repository.alone_with(tx, merged_family_id)
    stays_id = await _today(tx, family_id)
    if stays_id == merged_family_id:
        return
    await merging.remember(tx, stays=stays_id, goes=merged_family_id)
    gone = await repository.of_family(tx, merged_family_id)
    stays = await repository.of_family(tx, stays_id)
    if gone is None:
        if stays is not None and stays.state is not State.CLOSED:
            await enquiries.take_up(tx, stays)
        return
    if stays is None:
        await repository.save(tx, replace(gone, family_id=stays_id), before=gone, revision=gone.revision, at=at)
        await merging.rename(tx, gone.id, stays_id)
        return
    await _become_one(tx, stays, gone, at=at)


async def _become_one(tx: Transaction, stays: Workbook, gone: Workbook, *, at: datetime) -> None:
    await merging.move(tx, from_id=gone.id, to_id=stays.id, family_id=stays.family_id)
    await record.end_cycles(tx, gone.id, on=local_day(at))
    await repository.save(
        tx, replace(gone, state=State.CLOSED), before=gone, revision=gone.revision, at=at, merged_into=stays.id
    )
    goes_on = gone.state is not State.CLOSED
    both = replace(
        rules.join(stays, *gone.referrals) if goes_on else stays,
        children=rules.together(stays.children, gone.children),
        adults=rules.together(stays.adults, gone.adults),
        needs=rules.together(stays.needs, gone.needs),
        team_id=stays.team_id or gone.team_id,
        lead_worker_id=stays.lead_worker_id or gone.lead_worker_id,
    )
    levels = [each.level for each in (stays, gone) if each.state is not State.CLOSED]
    if levels:
        kinds = open_kinds(await statutory.spells_of(tx, stays.id))
        both = replace(both, level=level_of_merged(levels, open_kinds=kinds))
    if stays.state is State.CLOSED and goes_on:
        again = _goes_on_as(both, gone, on=local_day(at))
        reason = ReopenReason.NEW_INFORMATION
        await opening.reopened(tx, stays, again, revision=stays.revision, reason=reason, acts=[], at=at)
    else:
        await repository.save(tx, both, before=stays, revision=stays.revision, at=at)
        for referral_id in both.referrals[len(stays.referrals) :]:
            await opening.referral_joined(tx, both, referral_id, at=at)
        opening.say_level(tx, stays, both, at=at)
    await timeline.note(tx, stays.id, "families_merged", Source.WORKBOOK, gone.id, at=at, significant=True)


def _goes_on_as(closed: Workbook, work: Workbook, *, on: date) -> Workbook:
    """Return the closed workbook as open again, with the work that went on in the one that goes."""
    return replace(
        closed,
        state=work.state,
        opened_on=on,
        referral_id=work.referral_id,
        further_referrals=work.further_referrals,
        referred_on=work.referred_on,
        team_id=work.team_id,
        lead_worker_id=work.lead_worker_id,
        imported=work.imported,
        closed_on=None,
        closure_reason=None,
    )
