"""Keyset pages: a stable order, an opaque cursor, no counts; as fast on the last page as on the first."""

import base64
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import Depends, Query
from pydantic import Field
from sqlalchemy import ColumnElement, Row, Select, literal, tuple_

from libs.chassis.database import Transaction
from libs.chassis.fields import View
from libs.kernel.errors import Invalid
from libs.kernel.ids import digest

Item = TypeVar("Item")


class BadCursor(Invalid):
    """The cursor is not one that was handed out here."""

    slug = "invalid-parameter"


class Page(View, Generic[Item]):
    """Some items of a list, and the cursor of those after them; no cursor, no more items."""

    items: list[Item] = Field(description="The items of this page, in order")
    next: str | None = Field(default=None, description="Pass it as `after` for the next page; null on the last")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which page is wanted."""

    after: str | None
    limit: int


def _wanted(
    after: Annotated[
        str | None, Query(max_length=400, pattern="^[A-Za-z0-9_=-]+$", description="`next` of the page before")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="How many items a page may hold")] = 50,
) -> Wanted:
    return Wanted(after, limit)


WantedPage = Annotated[Wanted, Depends(_wanted)]


def _moment(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("a moment carries its offset")
    return moment.astimezone(UTC)


def _whole(value: Any) -> int:
    if type(value) is not int or abs(value) >= 2**31:
        raise ValueError("not a whole number that a column holds")
    return value


def _line(value: Any) -> str:
    if not isinstance(value, str) or not value.isprintable():
        raise ValueError("not a line of text")
    return value


# Whoever forges a cursor gets a refusal here, and not an error from the database.
_READ: dict[type, Callable[[Any], Any]] = {
    UUID: UUID,
    datetime: _moment,
    date: date.fromisoformat,
    int: _whole,
    str: _line,
}


def _encode(values: Sequence[Any], *, of: str) -> str:
    plain = [of, *(value if isinstance(value, int) else str(value) for value in values)]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def _decode(cursor: str, kinds: Sequence[type], *, of: str) -> list[Any]:
    try:
        list_, *plain = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        place = [_READ[kind](value) for kind, value in zip(kinds, plain, strict=True)]
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        raise BadCursor("Begin again without a cursor.", at="after") from None
    if list_ != of:
        raise BadCursor("It is the cursor of another list.", at="after")
    return place


async def rows_after(
    tx: Transaction,
    query: Select[Any],
    *,
    keys: Sequence[ColumnElement[Any]],
    wanted: Wanted,
    newest_first: bool = False,
) -> tuple[Sequence[Row[Any]], str | None]:
    """Return the wanted rows in the order of `keys` (unique together, selected by the query) and the next cursor."""
    list_ = digest(*keys)[:8]
    if wanted.after is not None:
        values = _decode(wanted.after, [key.type.python_type for key in keys], of=list_)
        place = tuple_(*[literal(value, key.type) for key, value in zip(keys, values, strict=True)])
        query = query.where(tuple_(*keys) < place if newest_first else tuple_(*keys) > place)
    order = [key.desc() for key in keys] if newest_first else list(keys)
    rows = await tx.rows(query.order_by(*order).limit(wanted.limit + 1))
    if len(rows) <= wanted.limit:
        return rows, None
    rows = rows[: wanted.limit]
    last = rows[-1]._mapping  # noqa: SLF001 - the documented mapping view
    return rows, _encode([last[str(key.key)] for key in keys], of=list_)


def items_after(
    items: Iterable[Item], *, of: str, key: Callable[[Item], tuple[Any, ...]], kinds: Sequence[type], wanted: Wanted
) -> tuple[list[Item], str | None]:
    """Return the wanted items of a list that is reckoned whole, in the order of `key` (unique), and the next cursor.

    `of` names the list, so that its cursor opens no other.
    """
    ordered = sorted(items, key=key)
    if wanted.after is not None:
        place = tuple(_decode(wanted.after, kinds, of=of))
        ordered = [item for item in ordered if key(item) > place]
    page = ordered[: wanted.limit]
    return page, _encode(key(page[-1]), of=of) if len(ordered) > wanted.limit else None
