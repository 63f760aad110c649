"""Facts in and out of the database: told one by one or by the thousand, found again by family or worker."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, Uuid, cast, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from libs.chassis.database import Transaction
from services.metrics.domain.facts import Fact, Subject
from services.metrics.domain.ledger import FAMILY_KINDS, LABEL_KINDS, WORKER_KINDS, Reckoning
from services.metrics.tables import fact, label, ledger, pending


class Queue(StrEnum):
    """What a fact waits for."""

    FAMILY = "family"  # to be reckoned with its family
    WORKER = "worker"  # to be reckoned with its worker
    LABEL = "label"  # to name a team or an agency


_KINDS = {Queue.FAMILY: FAMILY_KINDS, Queue.WORKER: WORKER_KINDS, Queue.LABEL: LABEL_KINDS}
_PAIRS = [(kind, queue.value) for queue, kinds in _KINDS.items() for kind in sorted(kinds)]
_QUEUED = {"kinds": [kind for kind, _ in _PAIRS], "queues": [queue for _, queue in _PAIRS]}
_SOUGHT = frozenset({Subject.FAMILY, Subject.CHILD, Subject.PERSON, Subject.WORKER})
_FIRST_GENERATION = 1

# The ledger's row is held still until the commit, so that no fact is told to a generation that has just been left.
_LIVE = select(ledger.c.generation).with_for_update(read=True, key_share=True)

_TELL = """
    WITH target AS ({target}), told AS (
        INSERT INTO fact
            (generation, id, kind, about, epoch, revision, occurred_at, known_at, heard_at, subjects, kept)
        SELECT generation, f.id, f.kind, f.about, f.epoch, f.revision, f.occurred_at, f.known_at,
               CAST(:heard_at AS timestamptz), f.subjects, f.kept
        FROM target, jsonb_to_recordset(CAST(:facts AS jsonb)) AS f(
            id uuid, kind text, about uuid, epoch int, revision int, occurred_at timestamptz, known_at timestamptz,
            subjects uuid[], kept jsonb)
        ON CONFLICT DO NOTHING
        RETURNING generation, id, kind, known_at
    ), queued AS (
        INSERT INTO pending (generation, queue, fact_id, known_at)
        SELECT generation, queue, id, known_at
        FROM told JOIN unnest(CAST(:kinds AS text[]), CAST(:queues AS text[])) AS q (kind, queue) USING (kind)
    )
    SELECT (SELECT count(*) FROM target) AS targets, (SELECT count(*) FROM told) AS told
    """
_TELL_LIVE = text(_TELL.format(target="SELECT generation FROM ledger FOR KEY SHARE")).bindparams(**_QUEUED)
_TELL_OTHER = text(_TELL.format(target="SELECT CAST(:generation AS int) AS generation")).bindparams(**_QUEUED)

_COPY = text(
    """
    WITH missing AS (
        INSERT INTO fact
            (generation, id, kind, about, epoch, revision, occurred_at, known_at, heard_at, subjects, kept)
        SELECT CAST(:target AS int), id, kind, about, epoch, revision, occurred_at, known_at, heard_at, subjects, kept
        FROM fact WHERE generation = :source AND heard_at >= :since
        ON CONFLICT DO NOTHING
        RETURNING id, kind, known_at
    )
    INSERT INTO pending (generation, queue, fact_id, known_at)
    SELECT CAST(:target AS int), queue, id, known_at
    FROM missing JOIN unnest(CAST(:kinds AS text[]), CAST(:queues AS text[])) AS q (kind, queue) USING (kind)
    """
).bindparams(**_QUEUED)


async def live_generation(tx: Transaction) -> int:
    """Return the generation of the ledger that is alive, and keep it so until the commit."""
    row = await tx.row(_LIVE)
    if row is None:
        await tx.connection.execute(
            text("INSERT INTO ledger (generation) VALUES (:first) ON CONFLICT DO NOTHING"), {"first": _FIRST_GENERATION}
        )
        row = await tx.row(_LIVE)
    return int(row.generation) if row else _FIRST_GENERATION


async def tell(tx: Transaction, facts: Sequence[Fact]) -> None:
    """Add facts that are not there yet to the generation that is alive, and queue those that figures need."""
    told = {"heard_at": tx.now, "facts": _json(facts)}
    if not (await tx.connection.execute(_TELL_LIVE, told)).one().targets:
        await live_generation(tx)
        await tx.connection.execute(_TELL_LIVE, told)


async def tell_other(tx: Transaction, facts: Sequence[Fact], *, generation: int) -> int:
    """Add facts to a generation that is not alive yet; return how many were new."""
    told = {"heard_at": tx.now, "facts": _json(facts), "generation": generation}
    return int((await tx.connection.execute(_TELL_OTHER, told)).one().told)


def _json(facts: Sequence[Fact]) -> str:
    return json.dumps([_written(each) for each in facts])


async def copy_heard_since(tx: Transaction, *, source: int, target: int, since: datetime) -> None:
    """Add to a generation what another has heard since then and it has not."""
    await tx.connection.execute(_COPY, {"source": source, "target": target, "since": since})


async def is_anything_waiting(tx: Transaction) -> bool:
    """Say whether any fact waits."""
    return await tx.row(select(pending.c.position).where(~pending.c.set_aside).limit(1)) is not None


async def next_waiting(tx: Transaction, *, generation: int, limit: int) -> dict[Queue, list[Fact]]:
    """Return the facts that wait longest, by what they wait for."""
    found: dict[Queue, list[Fact]] = {queue: [] for queue in Queue}
    for row in await tx.rows(waiting_query(generation=generation, limit=limit)):
        found[Queue(row.queue)].append(_read(row))
    return found


def waiting_query(*, generation: int, limit: int) -> Select[Any]:
    """Return the query for the facts that wait longest."""
    return (
        select(pending.c.queue, fact)
        .join(fact, (fact.c.generation == pending.c.generation) & (fact.c.id == pending.c.fact_id))
        .where(pending.c.generation == generation, ~pending.c.set_aside)
        .order_by(pending.c.position)
        .limit(limit)
    )


async def which_wait(tx: Transaction, ids: Iterable[UUID], *, queue: Queue, generation: int) -> frozenset[UUID]:
    """Return which of these facts wait in a queue, those that were set aside among them."""
    query = select(pending.c.fact_id).where(*_waiting(ids, queue, generation))
    return frozenset(row.fact_id for row in await tx.rows(query))


async def take_off(tx: Transaction, ids: Iterable[UUID], *, queue: Queue, generation: int) -> None:
    """Take facts off a queue."""
    await tx.do(delete(pending).where(*_waiting(ids, queue, generation)))


async def set_aside(tx: Transaction, ids: Iterable[UUID], *, queue: Queue, generation: int) -> None:
    """Keep facts that cannot be reckoned for a person, so that they hold up nobody else."""
    await tx.do(update(pending).where(*_waiting(ids, queue, generation)).values(set_aside=True))


async def wait_again(tx: Transaction) -> int:
    """Put the facts that were set aside back into their queues; return how many."""
    return await tx.do(update(pending).where(pending.c.set_aside).values(set_aside=False))


def _waiting(ids: Iterable[UUID], queue: Queue, generation: int) -> tuple[ColumnElement[bool], ...]:
    wanted = cast(sorted(ids), ARRAY(Uuid))
    return pending.c.generation == generation, pending.c.queue == queue.value, pending.c.fact_id == func.any(wanted)


async def of_subjects(
    tx: Transaction, subjects: Iterable[UUID], *, generation: int, kinds: Iterable[str]
) -> list[Fact]:
    """Return the facts of these kinds about any of these families, children or workers."""
    query = subjects_query(subjects, generation=generation, kinds=kinds)
    return [_read(row) for row in await tx.rows(query)]


def subjects_query(subjects: Iterable[UUID], *, generation: int, kinds: Iterable[str]) -> Select[Any]:
    """Return the query for the facts of these kinds about any of these subjects."""
    return select(fact).where(
        fact.c.generation == generation,
        fact.c.subjects.overlap(cast(sorted(subjects), ARRAY(Uuid))),
        fact.c.kind.in_(sorted(kinds)),
        # The index holds only facts that have subjects, and the planner wants to be told.
        text("subjects <> '{}'"),
    )


async def of_whole(tx: Transaction, facts: Iterable[Fact], *, by: Reckoning, generation: int) -> list[Fact]:
    """Return all facts that belong together with these, and with those, until there are no more."""
    found = {each.id: each for each in facts}
    seen: set[UUID] = set()
    while unseen := {id_ for each in found.values() for id_ in by.joins(each)} - seen:
        seen |= unseen
        more = await of_subjects(tx, unseen, generation=generation, kinds=by.kinds)
        found.update((each.id, each) for each in more)
    return list(found.values())


async def of_child(tx: Transaction, child_id: UUID, *, generation: int, kinds: Iterable[str]) -> list[Fact]:
    """Return the facts of these kinds about a child, under whatever ids the child was known, and the links between those."""
    found: dict[UUID, Fact] = {}
    seen: set[UUID] = set()
    unseen = {child_id}
    while unseen:
        seen |= unseen
        for each in await of_subjects(tx, unseen, generation=generation, kinds={*kinds, "referrals.person.linked"}):
            found[each.id] = each
        linked = {id_ for each in found.values() for subject, id_ in each.subjects() if subject is Subject.PERSON}
        unseen = linked - seen
    return list(found.values())


async def name(tx: Transaction, facts: Iterable[Fact], *, generation: int) -> None:
    """Note what teams and agencies are called, as their latest fact says."""
    latest: dict[UUID, Fact] = {}
    for each in facts:
        there = latest.get(each.about)
        if there is None or (each.epoch, each.revision) > (there.epoch, there.revision):
            latest[each.about] = each
    if not latest:
        return
    rows = [
        {"generation": generation, "id": id_, "code": each.kept["code"], "epoch": each.epoch, "revision": each.revision}
        for id_, each in sorted(latest.items())
    ]
    statement = insert(label).values(rows)
    new = statement.excluded
    await tx.connection.execute(
        statement.on_conflict_do_update(
            index_elements=["generation", "id"],
            set_={"code": new.code, "epoch": new.epoch, "revision": new.revision},
            where=(label.c.epoch < new.epoch) | ((label.c.epoch == new.epoch) & (label.c.revision < new.revision)),
        )
    )


def _written(each: Fact) -> dict[str, Any]:
    sought = sorted({str(id_) for subject, id_ in each.subjects() if subject in _SOUGHT})
    return {
        "id": str(each.id),
        "kind": each.kind,
        "about": str(each.about),
        "epoch": each.epoch,
        "revision": each.revision,
        "occurred_at": each.occurred_at.isoformat(),
        "known_at": each.known_at.isoformat(),
        "subjects": sought if each.kind in FAMILY_KINDS | WORKER_KINDS else [],
        "kept": dict(each.kept),
    }


def _read(row: Row[Any]) -> Fact:
    return Fact(
        id=row.id,
        kind=row.kind,
        about=row.about,
        epoch=row.epoch,
        revision=row.revision,
        occurred_at=row.occurred_at,
        known_at=row.known_at,
        kept=row.kept,
    )
