"""Since when and until when something is true of a person: the same for each table that keeps such times."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, Table, func, select, update

from libs.chassis.database import Transaction
from libs.kernel.errors import NotFound
from services.referrals.domain.whereabouts import Spell


@dataclass(frozen=True, slots=True)
class Spells:
    """The times that one table keeps; what it says beside them is neither read nor written."""

    table: Table

    async def get(self, tx: Transaction, spell_id: UUID) -> Spell:
        """Return one time; raise `NotFound`."""
        row = await tx.row(self._select().where(self.table.c.id == spell_id))
        if row is None:
            raise NotFound
        return _of_row(row)

    async def of(self, tx: Transaction, people: Iterable[UUID]) -> tuple[Spell, ...]:
        """Return the times of what these people have."""
        rows = await tx.rows(self._select().where(self.table.c.person_id.in_(list(people))).order_by(self.table.c.id))
        return tuple(_of_row(row) for row in rows)

    async def end(self, tx: Transaction, ended: Iterable[Spell], *, on: date) -> None:
        """End what gives way to something new from the day `on`, in one statement."""
        kept, ids = self.table.c, [one.id for one in ended]
        if ids:
            await tx.do(
                update(self.table)
                .where(kept.id.in_(ids))
                .values(until_on=func.greatest(kept.from_on, on), revision=kept.revision + 1)
            )

    async def save(self, tx: Transaction, changed: Spell) -> int:
        """Store a changed time; return the new revision."""
        return await tx.change(
            self.table, id=changed.id, revision=changed.revision, from_on=changed.from_on, until_on=changed.until_on
        )

    def _select(self) -> Select[Any]:
        kept = self.table.c
        return select(kept.id, kept.person_id, kept.kind, kept.from_on, kept.until_on, kept.revision)


def _of_row(row: Row[Any]) -> Spell:
    return Spell(
        id=row.id,
        person_id=row.person_id,
        kind=row.kind,
        from_on=row.from_on,
        until_on=row.until_on,
        revision=row.revision,
    )
