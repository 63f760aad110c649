"""Versions of the points scheme; until one is activated, the bundled defaults are in force as version 0."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, or_, select

from libs.chassis.database import Transaction
from libs.kernel.errors import NotFound
from libs.kernel.ids import derived_id
from services.allocation.domain.defaults import DEFAULT
from services.allocation.domain.scheme import Scheme, SchemeState
from services.allocation.repository.documents import rules_document, rules_of
from services.allocation.tables import scheme

#: What is in force before anything was drafted.
BUNDLED = Scheme(
    id=derived_id("allocation", "scheme", 0),
    version=0,
    title="Bundled defaults",
    rules=DEFAULT,
    state=SchemeState.ACTIVE,
    effective_from=date(2020, 1, 1),
    drafted_at=datetime(2020, 1, 1, tzinfo=UTC),
)


def scheme_of(row: Row[Any]) -> Scheme:
    """Read a scheme from a row."""
    return Scheme(
        id=row.id,
        version=row.version,
        title=row.title,
        rules=rules_of(row.rules),
        state=SchemeState(row.state),
        effective_from=row.effective_from,
        drafted_at=row.drafted_at,
        activated_at=row.activated_at,
        retired_at=row.retired_at,
        revision=row.revision,
    )


async def get(tx: Transaction, scheme_id: UUID) -> Scheme:
    """Return a version of the scheme; raise `NotFound` without one."""
    row = await tx.row(select(scheme).where(scheme.c.id == scheme_id))
    if row is not None:
        return scheme_of(row)
    if scheme_id == BUNDLED.id:
        return BUNDLED
    raise NotFound


async def active(tx: Transaction) -> Scheme:
    """Return the version in force."""
    row = await tx.row(select(scheme).where(scheme.c.state == SchemeState.ACTIVE))
    return scheme_of(row) if row is not None else BUNDLED


async def in_force(tx: Transaction, *, at: datetime) -> Scheme:
    """Return the version that was in force at a moment."""
    query = select(scheme).where(
        scheme.c.activated_at <= at, or_(scheme.c.retired_at.is_(None), scheme.c.retired_at > at)
    )
    row = await tx.row(query.order_by(scheme.c.version.desc()).limit(1))
    return scheme_of(row) if row is not None else BUNDLED


async def latest_version(tx: Transaction) -> int:
    """Return the number of the newest version."""
    row = await tx.row(select(func.coalesce(func.max(scheme.c.version), 0).label("newest")))
    return int(row.newest) if row is not None else 0


async def add(tx: Transaction, value: Scheme) -> None:
    """Keep a draft."""
    await tx.add(scheme, {**_values(value), "id": value.id, "revision": value.revision})


async def save(tx: Transaction, value: Scheme, *, revision: int) -> int:
    """Keep a changed version; return its new revision."""
    return await tx.change(scheme, id=value.id, revision=revision, **_values(value))


def _values(value: Scheme) -> dict[str, Any]:
    return {
        "version": value.version,
        "title": value.title,
        "rules": rules_document(value.rules),
        "state": value.state.value,
        "effective_from": value.effective_from,
        "drafted_at": value.drafted_at,
        "activated_at": value.activated_at,
        "retired_at": value.retired_at,
    }
