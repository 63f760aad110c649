"""Rows and frozen values: columns carry the names of fields, lists and nested values lie in JSON columns."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from pydantic import TypeAdapter
from pydantic_core import to_jsonable_python
from sqlalchemy import Row, Table, select
from sqlalchemy.dialects.postgresql import JSONB

from libs.chassis.database import Transaction
from libs.kernel.errors import NotFound

V = TypeVar("V")


class NoSuchRecord(NotFound):
    """There is no such record, or it is not yours to see."""


@cache
def _reader(kind: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def read(kind: type[V], row: Row[Any] | Mapping[str, Any], **more: Any) -> V:
    """Make the frozen value of a row; `more` replaces columns that need a hand."""
    columns = row if isinstance(row, Mapping) else row._mapping  # noqa: SLF001 - the documented mapping view
    value: V = _reader(kind).validate_python({**columns, **more})  # type: ignore[arg-type]
    return value


def columns(table: Table, value: Any, **more: Any) -> dict[str, Any]:
    """Lay a frozen value out as the columns of a table; `more` are columns that the value does not have."""
    laid: dict[str, Any] = {}
    for field in fields(value):
        column = table.c.get(field.name)
        if column is None:
            continue
        held = getattr(value, field.name)
        if isinstance(column.type, JSONB):
            held = None if held is None else to_jsonable_python(held)
        elif isinstance(held, tuple | frozenset):
            held = list(held)
        laid[field.name] = held
    return laid | more


async def get(tx: Transaction, table: Table, id: UUID, *, lock: bool = False) -> Row[Any]:  # noqa: A002
    """Return a record's row; raise `NoSuchRecord` if there is none."""
    query = select(table).where(table.c.id == id)
    row = await tx.row(query.with_for_update() if lock else query)
    if row is None:
        raise NoSuchRecord
    return row


async def add(tx: Transaction, table: Table, values: Sequence[Any], **more: Any) -> None:
    """Insert frozen values in one statement."""
    await tx.add(table, *[columns(table, value, **more) for value in values])


async def save(tx: Transaction, table: Table, value: Any, *, revision: int, **more: Any) -> int:
    """Write a changed value over the revision that was read; return its new revision."""
    laid = columns(table, value, **more)
    id_: UUID = laid.pop("id")
    laid.pop("revision", None)
    return await tx.change(table, id=id_, revision=revision, **laid)
