"""Tallies in and out of the database, and the sums by month that follow every change of what is known now."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, Uuid, cast, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from libs.chassis.database import Transaction
from services.metrics.domain.tallies import KnownTally, Tally, TallyCode
from services.metrics.tables import tally

#: Stands for no team and no agency: a key has no gaps.
NOBODY = UUID(int=0)

_Place = tuple[str, date, UUID, UUID]


@dataclass(slots=True)
class Stored:
    """The tallies of some subjects as the database holds them, with the ids of their rows."""

    rows: dict[tuple[Tally, datetime], tuple[int, datetime | None]] = field(default_factory=dict)

    def of(self, subjects: Iterable[UUID]) -> list[KnownTally]:
        """Return the tallies of these subjects."""
        wanted = frozenset(subjects)
        return [
            KnownTally(each, known_from, until)
            for (each, known_from), (_, until) in self.rows.items()
            if each.subject in wanted
        ]


async def of_subjects(tx: Transaction, subjects: Iterable[UUID], *, generation: int) -> Stored:
    """Return all tallies of these subjects, those that were and those that are."""
    stored = Stored()
    for row in await tx.rows(subjects_query(subjects, generation=generation)):
        stored.rows[_read(row), row.known_from] = (row.id, row.known_until)
    return stored


def subjects_query(subjects: Iterable[UUID], *, generation: int) -> Select[Any]:
    """Return the query for all tallies of these subjects."""
    wanted = cast(sorted(subjects), ARRAY(Uuid))
    return select(tally).where(tally.c.generation == generation, tally.c.subject == func.any(wanted))


async def replace(tx: Transaction, stored: Stored, new: Iterable[KnownTally], *, generation: int) -> None:
    """Write the difference between what is stored and what is to be, and carry it into the sums by month."""
    come: list[KnownTally] = []
    moved: list[tuple[int, datetime | None]] = []
    sums: dict[_Place, list[int]] = {}
    kept: set[tuple[Tally, datetime]] = set()
    for each in new:
        there = stored.rows.get((each.tally, each.known_from))
        if there is None:
            come.append(each)
            _carry(sums, each.tally, 1 if each.known_until is None else 0)
            continue
        kept.add((each.tally, each.known_from))
        if there[1] != each.known_until:
            moved.append((there[0], each.known_until))
            _carry(sums, each.tally, (each.known_until is None) - (there[1] is None))
    gone = []
    for key, (id_, until) in stored.rows.items():
        if key not in kept:
            gone.append(id_)
            _carry(sums, key[0], -1 if until is None else 0)
    await _delete(tx, gone)
    await _move(tx, moved)
    await _insert(tx, come, generation)
    await _sum(tx, sums, generation)


def _carry(sums: dict[_Place, list[int]], each: Tally, times: int) -> None:
    if times:
        place = (each.code.value, each.on.replace(day=1), each.team or NOBODY, each.agency or NOBODY)
        there = sums.setdefault(place, [0, 0, 0])
        there[0] += times * each.amount
        there[1] += times * each.base
        there[2] += times * each.square


async def _delete(tx: Transaction, ids: list[int]) -> None:
    if ids:
        await tx.connection.execute(text("DELETE FROM tally WHERE id = ANY(:ids)"), {"ids": ids})


_MOVE = text(
    """
    UPDATE tally SET known_until = m.known_until
    FROM jsonb_to_recordset(CAST(:moved AS jsonb)) AS m(id bigint, known_until timestamptz) WHERE tally.id = m.id
    """
)


async def _move(tx: Transaction, moved: list[tuple[int, datetime | None]]) -> None:
    if moved:
        rows = [{"id": id_, "known_until": until.isoformat() if until else None} for id_, until in moved]
        await tx.connection.execute(_MOVE, {"moved": json.dumps(rows)})


_INSERT = text(
    """
    INSERT INTO tally (generation, code, subject, "on", team, agency, amount, base, square, known_from, known_until)
    SELECT CAST(:generation AS int), t.* FROM jsonb_to_recordset(CAST(:tallies AS jsonb)) AS t(
        code text, subject uuid, "on" date, team uuid, agency uuid, amount bigint, base bigint, square bigint,
        known_from timestamptz, known_until timestamptz)
    """
)


async def _insert(tx: Transaction, come: list[KnownTally], generation: int) -> None:
    if come:
        rows = [_written(each) for each in come]
        await tx.connection.execute(_INSERT, {"generation": generation, "tallies": json.dumps(rows)})


_SUM = text(
    """
    INSERT INTO monthly (generation, code, month, team, agency, amount, base, square)
    SELECT CAST(:generation AS int), s.* FROM jsonb_to_recordset(CAST(:sums AS jsonb)) AS s(
        code text, month date, team uuid, agency uuid, amount bigint, base bigint, square bigint)
    ON CONFLICT (generation, code, month, team, agency) DO UPDATE SET
        amount = monthly.amount + excluded.amount,
        base = monthly.base + excluded.base,
        square = monthly.square + excluded.square
    """
)


async def _sum(tx: Transaction, sums: Mapping[_Place, list[int]], generation: int) -> None:
    rows = [
        {
            "code": code,
            "month": month.isoformat(),
            "team": str(team),
            "agency": str(agency),
            "amount": amount,
            "base": base,
            "square": square,
        }
        for (code, month, team, agency), (amount, base, square) in sorted(sums.items())
        if amount or base or square
    ]
    if rows:
        await tx.connection.execute(_SUM, {"generation": generation, "sums": json.dumps(rows)})


def _written(each: KnownTally) -> dict[str, Any]:
    one = each.tally
    return {
        "code": one.code.value,
        "subject": str(one.subject),
        "on": one.on.isoformat(),
        "team": str(one.team or NOBODY),
        "agency": str(one.agency or NOBODY),
        "amount": one.amount,
        "base": one.base,
        "square": one.square,
        "known_from": each.known_from.isoformat(),
        "known_until": each.known_until.isoformat() if each.known_until else None,
    }


def _read(row: Row[Any]) -> Tally:
    return Tally(
        code=TallyCode(row.code),
        subject=row.subject,
        on=row.on,
        team=None if row.team == NOBODY else row.team,
        agency=None if row.agency == NOBODY else row.agency,
        amount=row.amount,
        base=row.base,
        square=row.square,
    )
