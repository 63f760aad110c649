"""Pairs of family and worker that must not be."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from libs.chassis.database import Transaction
from libs.kernel.errors import NotFound
from libs.kernel.ids import FamilyId, WorkerId
from services.allocation.domain.exclusions import Exclusion, ExclusionKind, ExclusionState, narrow
from services.allocation.repository.rows import values_of
from services.allocation.tables import exclusion


def exclusion_of(row: Row[Any]) -> Exclusion:
    """Read a declaration from a row."""
    return Exclusion(
        id=row.id,
        family_id=FamilyId(row.family_id),
        kind=ExclusionKind(row.kind),
        worker_id=None if row.worker_id is None else WorkerId(row.worker_id),
        permitted=frozenset(WorkerId(each) for each in row.permitted),
        state=ExclusionState(row.state),
        declared_at=row.declared_at,
        declared_by=row.declared_by,
        withdrawn_at=row.withdrawn_at,
        revision=row.revision,
    )


async def get(tx: Transaction, exclusion_id: UUID) -> Exclusion:
    """Return a declaration; raise `NotFound` without one."""
    row = await tx.row(select(exclusion).where(exclusion.c.id == exclusion_id))
    if row is None:
        raise NotFound
    return exclusion_of(row)


async def declared_for(tx: Transaction, family_id: UUID) -> list[Exclusion]:
    """Return what is declared about a family."""
    query = select(exclusion).where(exclusion.c.family_id == family_id, exclusion.c.state == ExclusionState.DECLARED)
    return [exclusion_of(row) for row in await tx.rows(query)]


async def add(tx: Transaction, value: Exclusion) -> None:
    """Keep a declaration."""
    await tx.add(exclusion, values_of(value))


async def save(tx: Transaction, value: Exclusion, *, revision: int) -> Exclusion:
    """Keep a changed declaration; return it with its new revision."""
    values = {name: each for name, each in values_of(value).items() if name not in {"id", "revision"}}
    return replace(value, revision=await tx.change(exclusion, id=value.id, revision=revision, **values))


async def move_family(tx: Transaction, *, merged: UUID, into: UUID) -> None:
    """Let what is declared about a merged family hold for the one that stays; of two restrictions both hold."""
    staying = {(each.kind, each.worker_id): each for each in await declared_for(tx, into)}
    for each in await declared_for(tx, merged):
        same = staying.get((each.kind, each.worker_id))
        if same is None:
            await save(tx, replace(each, family_id=FamilyId(into)), revision=each.revision)
        elif (narrowed := narrow(same, by=each)) != same:
            await save(tx, narrowed, revision=same.revision)
