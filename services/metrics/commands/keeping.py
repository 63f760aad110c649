"""Facts are told as they are heard; tallies follow in batches, computed beside the event loop."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from libs.chassis import audit, telemetry
from libs.chassis.database import Transaction
from services.metrics.domain.facts import Fact
from services.metrics.domain.ledger import FAMILIES, WORKERS, continued
from services.metrics.domain.tallies import KnownTally
from services.metrics.repository import facts, tallies
from services.metrics.repository.facts import Queue

#: Facts that are looked at in one transaction; all that wait with their families go with them.
BATCH = 50
_BY = {Queue.FAMILY: FAMILIES, Queue.WORKER: WORKERS}


@dataclass(frozen=True, slots=True)
class _Group:
    """Facts that are reckoned together, the subjects they add to, and which of them wait."""

    queue: Queue
    facts: tuple[Fact, ...]
    subjects: frozenset[UUID]
    waiting: tuple[Fact, ...]


async def tell(tx: Transaction, fact: Fact) -> None:
    """Keep a fact, once."""
    await facts.tell(tx, [fact])


async def tally(tx: Transaction) -> int:
    """Carry the facts that wait longest into the tallies; return how many were carried."""
    # Looked at first without a lock: a row that is locked is written, and this happens several times a second.
    if not await facts.is_anything_waiting(tx):
        return 0
    return await tally_some(tx, generation=await facts.live_generation(tx), limit=BATCH)


async def retry(tx: Transaction) -> int:
    """Let facts that were set aside be reckoned again; return how many."""
    audit.record(tx, "facts:retry")
    return await facts.wait_again(tx)


async def tally_some(tx: Transaction, *, generation: int, limit: int) -> int:
    """Carry some waiting facts of a generation into its tallies; return how many were carried."""
    seeds = await facts.next_waiting(tx, generation=generation, limit=limit)
    if not any(seeds.values()):
        return 0
    # Reckoning happens between two statements, and a large family takes its time.
    await tx.connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = '60s'"))
    await facts.name(tx, seeds[Queue.LABEL], generation=generation)
    await facts.take_off(tx, [each.id for each in seeds[Queue.LABEL]], queue=Queue.LABEL, generation=generation)
    groups = [group for queue in _BY for group in await _groups(tx, queue, seeds[queue], generation)]
    stored = await tallies.of_subjects(tx, {id_ for group in groups for id_ in group.subjects}, generation=generation)
    before = [stored.of(group.subjects) for group in groups]
    reckoned = await asyncio.to_thread(_reckon, groups, before)
    # What stood before stands on for those whose facts could not be reckoned.
    after = [old if new is None else new for old, new in zip(before, reckoned, strict=True)]
    await tallies.replace(tx, stored, (known for each in after for known in each), generation=generation)
    failed = [group for group, new in zip(groups, reckoned, strict=True) if new is None]
    await _off_the_queues(tx, groups, failed, generation)
    return len(seeds[Queue.LABEL]) + sum(len(group.waiting) for group in groups)


async def _off_the_queues(tx: Transaction, groups: Sequence[_Group], failed: Sequence[_Group], generation: int) -> None:
    for queue in _BY:
        aside = {each.id for group in failed if group.queue is queue for each in group.waiting}
        carried = {each.id for group in groups if group.queue is queue for each in group.waiting} - aside
        if aside:
            await facts.set_aside(tx, aside, queue=queue, generation=generation)
        if carried:
            await facts.take_off(tx, carried, queue=queue, generation=generation)


def _reckon(groups: Sequence[_Group], before: Sequence[Sequence[KnownTally]]) -> list[set[KnownTally] | None]:
    reckoned: list[set[KnownTally] | None] = []
    for group, old in zip(groups, before, strict=True):
        since = min(each.known_at for each in group.waiting)
        try:
            reckoned.append(continued(old, group.facts, by=_BY[group.queue], since=since))
        except Exception as error:  # noqa: BLE001 - one family's poison must hold up no other
            telemetry.log_exception(error, name="tally", facts=[str(each.id) for each in group.waiting])
            reckoned.append(None)
    return reckoned


async def _groups(tx: Transaction, queue: Queue, seeds: Sequence[Fact], generation: int) -> list[_Group]:
    """Return whole families, or workers, of facts, so that all of theirs that waits is carried at once."""
    if not seeds:
        return []
    by = _BY[queue]
    every = await facts.of_whole(tx, seeds, by=by, generation=generation)
    waiting = await facts.which_wait(tx, {each.id for each in every}, queue=queue, generation=generation)
    groups = []
    for together in by.apart(every):
        mine = tuple(each for each in together if each.id in waiting)
        if mine:
            groups.append(_Group(queue, tuple(together), by.subjects(together), mine))
    return groups
