"""Families and the work that each child brings."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, func, literal, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert

from libs.chassis import aliases
from libs.chassis.database import Transaction
from libs.chassis.tables import Moment
from libs.kernel.ids import PersonId
from services.allocation.domain.cases import ChildWork, Spell, SpellKind, case_type
from services.allocation.tables import allocation, child_case, child_past, family, merged_family


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Where a family lives and how urgent it was."""

    id: UUID
    area: str
    rag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Where a family lives, if it is known, and the teams that hold it now."""

    area: str | None
    held_by: frozenset[UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildRecord:
    """What is known of the work that one child brings."""

    child_id: UUID
    family_id: UUID
    assessments: tuple[str, ...] = ()
    complexity: int | None = None
    complexity_scores: tuple[Mapping[str, Any], ...] = ()
    spells: tuple[tuple[str, Spell], ...] = ()

    def work(self, *, on: date, settled_after_days: int) -> ChildWork:
        """Return the child's work on a day."""
        spells = tuple(spell for _, spell in self.spells)
        kind = case_type(spells, assessing=bool(self.assessments), on=on, settled_after_days=settled_after_days)
        return ChildWork(child_id=PersonId(self.child_id), case_type=kind, complexity=self.complexity)

    def with_spell(self, spell_id: UUID, spell: Spell) -> "ChildRecord":
        """Return the record with a plan begun, or ended if it was known."""
        others = tuple(each for each in self.spells if each[0] != str(spell_id))
        return replace(self, spells=(*others, (str(spell_id), spell)))


async def known_as(tx: Transaction, family_id: UUID) -> UUID:
    """Return the family's id of today: the one that stayed when it was merged."""
    return await aliases.known_as(tx, merged_family, family_id)


async def find(tx: Transaction, family_id: UUID) -> Family | None:
    """Return a family if it is known here."""
    row = await tx.row(select(family).where(family.c.id == family_id))
    return None if row is None else Family(**row._mapping)  # noqa: SLF001 - the documented mapping view


async def reach(tx: Transaction, family_id: UUID) -> Reach:
    """Return by where a family lives and who holds it which teams may speak of it."""
    area = select(family.c.area).where(family.c.id == family_id).scalar_subquery()
    teams = select(allocation.c.team_id).where(allocation.c.family_id == family_id, allocation.c.ended_at.is_(None))
    (row,) = await tx.rows(select(area.label("area"), func.array(teams.scalar_subquery()).label("held_by")))
    return Reach(area=row.area, held_by=frozenset(row.held_by))


async def lock(tx: Transaction, family_id: UUID) -> None:
    """Hold the family until the end of the transaction, so that its allocations change one at a time."""
    await tx.row(select(family.c.id).where(family.c.id == family_id).with_for_update())


async def keep(tx: Transaction, value: Family) -> None:
    """Keep a family, or where it lives now."""
    statement = insert(family).values(id=value.id, area=value.area, rag=value.rag)
    await tx.do(
        statement.on_conflict_do_update(
            index_elements=[family.c.id], set_={"area": statement.excluded.area, "rag": statement.excluded.rag}
        )
    )


async def merge(tx: Transaction, *, merged: UUID, into: UUID) -> None:
    """Let one record of a family, and those merged into it before, be known as the one that stays."""
    await aliases.remember(tx, merged_family, stays=into, goes=merged)
    await tx.do(update(child_case).where(child_case.c.family_id == merged).values(family_id=into))


async def expect_children(tx: Transaction, *, family_id: UUID, children: Iterable[UUID]) -> None:
    """Keep children of whom nothing else is known yet; those known move to the family that now has them."""
    rows = [{"child_id": child_id, "family_id": family_id} for child_id in sorted(set(children))]
    statement = insert(child_case).values(rows)
    await tx.do(
        statement.on_conflict_do_update(
            index_elements=[child_case.c.child_id], set_={"family_id": statement.excluded.family_id}
        )
    )


async def begin_anew(tx: Transaction, *, family_id: UUID, children: Iterable[UUID]) -> None:
    """Forget plans and complexity of an earlier episode, unless somebody holds the child now; a look back finds them."""
    await _keep_past(tx, children)
    held = (
        select(allocation.c.id)
        .where(
            allocation.c.family_id == family_id,
            allocation.c.ended_at.is_(None),
            child_case.c.child_id == func.any(allocation.c.children),
        )
        .exists()
    )
    await tx.do(
        update(child_case)
        .where(child_case.c.child_id.in_(sorted(set(children))), ~held)
        .values(assessments=[], complexity=None, complexity_scores=[], spells=[])
    )


async def children(tx: Transaction, child_ids: Iterable[UUID], *, lock: bool = False) -> dict[UUID, ChildRecord]:
    """Return what is known of these children, by id."""
    query = select(child_case).where(child_case.c.child_id.in_(sorted(set(child_ids)))).order_by(child_case.c.child_id)
    rows = await tx.rows(query.with_for_update() if lock else query)
    return {row.child_id: record_of(row._mapping) for row in rows}  # noqa: SLF001 - the documented mapping view


def record_of(row: Mapping[str, Any] | RowMapping) -> ChildRecord:
    """Read a child from a row or a JSON object of one."""
    return ChildRecord(
        child_id=_uuid(row["child_id"]),
        family_id=_uuid(row["family_id"]),
        assessments=tuple(row["assessments"]),
        complexity=row["complexity"],
        complexity_scores=tuple(row["complexity_scores"]),
        spells=tuple((each["id"], _spell(each)) for each in row["spells"]),
    )


def _uuid(value: UUID | str) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def _spell(document: Mapping[str, Any]) -> Spell:
    ended = document.get("ended_on")
    return Spell(
        kind=SpellKind(document["kind"]),
        started_on=date.fromisoformat(document["started_on"]),
        ended_on=date.fromisoformat(ended) if ended else None,
    )


def document() -> ColumnElement[Any]:
    """Return what is known of a child as a JSON object, as `record_of` reads it."""
    names = ("child_id", "family_id", "assessments", "complexity", "spells")
    parts: list[ColumnElement[Any]] = []
    for name in names:
        parts += [literal_column(f"'{name}'"), child_case.c[name]]
    return func.jsonb_build_object(*parts, literal_column("'complexity_scores'"), literal_column("'[]'::jsonb"))


def document_at(at: datetime) -> ColumnElement[Any]:
    """Return what was on record of a child at a moment, as a JSON object; what is told late changes no older past."""
    past = (
        select(child_past.c.known)
        .where(child_past.c.child_id == child_case.c.child_id, child_past.c.until > at)
        .order_by(child_past.c.position)
        .limit(1)
        .correlate(child_case)
        .scalar_subquery()
    )
    return func.coalesce(past, document())


async def _keep_past(tx: Transaction, child_ids: Iterable[UUID]) -> None:
    known = select(child_case.c.child_id, literal(tx.now, Moment), document())
    known = known.where(child_case.c.child_id.in_(sorted(set(child_ids))))
    await tx.do(insert(child_past).from_select(["child_id", "until", "known"], known))


async def save_child(tx: Transaction, record: ChildRecord) -> None:
    """Keep what is known of a child from now on, and what was known until now."""
    await _keep_past(tx, [record.child_id])
    values = {
        "family_id": record.family_id,
        "assessments": list(record.assessments),
        "complexity": record.complexity,
        "complexity_scores": [dict(score) for score in record.complexity_scores],
        "spells": [
            {
                "id": spell_id,
                "kind": spell.kind.value,
                "started_on": spell.started_on.isoformat(),
                "ended_on": spell.ended_on.isoformat() if spell.ended_on else None,
            }
            for spell_id, spell in record.spells
        ],
    }
    statement = insert(child_case).values(child_id=record.child_id, **values)
    await tx.do(statement.on_conflict_do_update(index_elements=[child_case.c.child_id], set_=values))
