"""Runs and publications as they were kept."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from libs.chassis.database import Transaction
from libs.chassis.pagination import Wanted, rows_after
from services.metrics.domain.grants import SEE_INTERNAL
from services.metrics.domain.publications import Publication, PublicationState
from services.metrics.repository import records
from services.metrics.repository.records import Run
from services.metrics.tables import fact, ledger, pending, publication


async def run(tx: Transaction, run_id: UUID) -> Run:
    """Return a run that the caller may see."""
    return await records.run_to_see(tx, run_id)


def _sees_internal(tx: Transaction) -> bool:
    return not tx.by.roles.isdisjoint(SEE_INTERNAL)


async def publications(
    tx: Transaction, wanted: Wanted, *, state: PublicationState | None
) -> tuple[Sequence[Row[Any]], str | None]:
    """Return a page of the publications that the caller may see, the newest first."""
    query = select(publication)
    if not _sees_internal(tx):
        query = query.where(publication.c.state == PublicationState.RELEASED.value)
    if state is not None:
        query = query.where(publication.c.state == state.value)
    return await rows_after(tx, query, keys=[publication.c.made_at, publication.c.id], wanted=wanted, newest_first=True)


async def set_aside(tx: Transaction, wanted: Wanted) -> tuple[Sequence[Row[Any]], str | None]:
    """Return a page of the facts that were set aside, the oldest first."""
    query = (
        select(pending.c.position, pending.c.fact_id, pending.c.queue, pending.c.known_at, fact.c.kind)
        .join(fact, (fact.c.generation == pending.c.generation) & (fact.c.id == pending.c.fact_id))
        .join(ledger, ledger.c.generation == pending.c.generation)
        .where(pending.c.set_aside)
    )
    return await rows_after(tx, query, keys=[pending.c.position], wanted=wanted)


async def one_publication(tx: Transaction, publication_id: UUID) -> tuple[Publication, dict[str, Any]]:
    """Return a publication that the caller may see, and its table."""
    found, table = await records.get_publication(tx, publication_id)
    if found.state is not PublicationState.RELEASED and not _sees_internal(tx):
        raise records.NoSuchPublication
    return found, table
