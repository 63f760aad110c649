"""What acts do to clocks, and what the passing of time says of them."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Row

from libs.chassis.database import Transaction
from libs.chassis.outbox import emit
from libs.contracts.workbook import ClockBreached, ClockDueSoon, ClockMet
from libs.kernel.deadline import Standing, local_day
from services.workbook.domain import births, clocks
from services.workbook.domain.acts import OF_MEETINGS, OF_VISITS
from services.workbook.domain.clock_rules import UNTOLD, Chain
from services.workbook.domain.clocks import EFFECTS, Act, Happened, Kept, Run
from services.workbook.domain.spells import Spell
from services.workbook.domain.workbook import Workbook
from services.workbook.repository import clocks as repository
from services.workbook.repository import record, statutory
from services.workbook.settings import local_values

_AT_ONCE = 200


async def happened(tx: Transaction, workbook: Workbook, acts: Iterable[Happened]) -> None:
    """Let acts start, meet, restart and void the workbook's clocks; say which were met."""
    said = tuple(acts)
    chains = {chain for act in said for chain in _touched(act.act)}
    if not chains:
        return
    runs = {run.id: run for run in await repository.runs_of(tx, workbook.id, chains)}
    known = frozenset(runs)
    changed: dict[UUID, Run] = {}
    for act in said:
        for run in clocks.after(runs.values(), act, workbook_id=workbook.id):
            runs[run.id] = changed[run.id] = run
    # What begins may be recorded after what met it.
    begun = await _replayed(tx, workbook, [run for run in changed.values() if run.id not in known])
    await _rewrite(tx, workbook, list((changed | begun).values()))


async def taken_back(tx: Transaction, workbook: Workbook, acts: Iterable[Happened]) -> None:
    """Undo what acts did to clocks: they were recorded in error, and what still stands counts."""
    said = tuple(acts)
    chains = {chain for act in said for chain in EFFECTS[act.act].meets}
    runs = await repository.runs_of(tx, workbook.id, chains)
    touched = {run.id: run for act in said for run in clocks.touched(runs, act)}
    replayed = await _replayed(tx, workbook, touched.values())
    await _rewrite(tx, workbook, [run for id_, run in replayed.items() if run != touched[id_]])


async def born(tx: Transaction, workbook: Workbook, plan: Spell) -> None:
    """Let the review that follows a birth be waited for from the day that the plan says now, and from no other."""
    held = await repository.runs_of(tx, workbook.id, [Chain.BIRTH_REVIEW])
    awaited = births.review(plan, workbook_id=workbook.id)
    # What was done since the birth may have been recorded before it.
    met = await _replayed(tx, workbook, [awaited] if awaited else [])
    await _rewrite(tx, workbook, [*births.taken_back(held, child_id=plan.child_id, now=awaited), *met.values()])


async def _replayed(tx: Transaction, workbook: Workbook, runs: Iterable[Run]) -> dict[UUID, Run]:
    """Return runs as met by the visits and meetings that stand in the record."""
    met = [run for run in runs if run.chain in OF_VISITS | OF_MEETINGS]
    if not met:
        return {}
    since = min(local_day(run.started_at) for run in met)
    chains = {run.chain for run in met}
    standing: list[Happened] = []
    if chains & OF_VISITS:
        standing += await record.visits_since(tx, workbook.id, since)
    if chains & OF_MEETINGS | chains & {Chain.LA_VISIT}:
        standing += await statutory.meetings_since(tx, workbook.id, since)
    return {run.id: clocks.replayed(run, standing) for run in met}


def _touched(act: Act) -> frozenset[str]:
    effect = EFFECTS[act]
    more = {Chain.LA_VISIT} if act is Act.LA_REVIEW else set()
    return frozenset(effect.starts | effect.meets | effect.ends | effect.revives | more)


async def _rewrite(tx: Transaction, workbook: Workbook, changed: list[Run]) -> None:
    """Write the changed runs and what follows from them; a clock that is there keeps what it promised."""
    if not changed:
        return
    await repository.save_runs(tx, workbook.id, changed)
    before = await repository.clocks_of_runs(tx, [run.id for run in changed])
    now = {kept.id: kept for run in changed for kept in clocks.clocks(run, local=local_values())}
    new = [kept for id_, kept in now.items() if id_ not in before]
    finished = [kept for id_, kept in now.items() if id_ in before and _differs(kept, before[id_])]
    await repository.add_clocks(
        tx,
        new,
        workbook_id=workbook.id,
        family_id=workbook.family_id,
        team_id=workbook.team_id,
        worker_id=workbook.lead_worker_id,
    )
    await repository.finish_clocks(tx, finished)
    await repository.void_clocks(tx, [id_ for id_ in before if id_ not in now])
    for kept in (*new, *finished):
        _say_met(tx, workbook, kept)


def _differs(kept: Kept, row: Row[tuple[object, ...]]) -> bool:
    return (kept.clock.met_at, kept.clock.voided_at) != (row.met_at, row.voided_at)


def _say_met(tx: Transaction, workbook: Workbook, kept: Kept) -> None:
    clock = kept.clock
    if clock.met_at is None or clock.kind in UNTOLD:
        return
    emit(
        tx,
        ClockMet(
            clock_id=kept.id,
            kind=clock.kind,
            workbook_id=workbook.id,
            family_id=workbook.family_id,
            started_at=clock.started_at,
            due_at=clock.due_at,
            met_at=clock.met_at,
            in_time=clock.standing(tx.now) is Standing.MET,
            calendar_version=clock.calendar_version,
        ),
        occurred_at=clock.met_at,
    )


async def mind(tx: Transaction) -> int:
    """Say once of every clock that it is due soon, and once that it ran out; mark cycles that fell due."""
    warned = await repository.take_amber(tx, now=tx.now, limit=_AT_ONCE)
    breached = await repository.take_breached(tx, now=tx.now, limit=_AT_ONCE)
    for row in (each for each in warned if each.kind not in UNTOLD):
        emit(tx, ClockDueSoon.model_validate(_told(row)), occurred_at=row.amber_at)
    for row in (each for each in breached if each.kind not in UNTOLD):
        emit(tx, ClockBreached.model_validate(_told(row)), occurred_at=row.due_at)
    due = await record.cycles_fallen_due(tx, today=local_day(tx.now), limit=_AT_ONCE)
    return len(warned) + len(breached) + due


def _told(row: Row[tuple[object, ...]]) -> dict[str, object]:
    return {
        "clock_id": row.id,
        "kind": row.kind,
        "workbook_id": row.workbook_id,
        "family_id": row.family_id,
        "due_at": row.due_at,
        "calendar_version": row.calendar_version,
    }
