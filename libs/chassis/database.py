"""The database and the one kind of transaction: whose, when, why, and what it says and records."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Delete, Executable, Insert, Row, Table, Update, insert, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from libs.chassis import tables
from libs.chassis.auth import Caller
from libs.chassis.clock import Clock
from libs.kernel.errors import Stale
from libs.kernel.ids import new_id

_Result = TypeVar("_Result")
_TRIES = 3
# A deadlock, a serialization failure: the database asks for the whole transaction again.
_ASKED_AGAIN = frozenset({"40P01", "40001"})
#: How long a connection may take to open, and a statement to answer, in seconds: a little more than the server's own limit.
_CONNECT_SECONDS = 2
COMMAND_SECONDS = 6


class ChangedMeanwhile(Stale):
    """Somebody changed the record since you read it."""


@dataclass(slots=True, kw_only=True)
class Transaction:
    """One unit of work: all of it is committed before the answer leaves, or none of it."""

    connection: AsyncConnection
    by: Caller
    now: datetime
    correlation_id: UUID
    causation_id: UUID | None = None
    etag: int | None = None
    location: str | None = None
    outbox_rows: list[dict[str, Any]] = field(default_factory=list)
    audit_rows: list[dict[str, Any]] = field(default_factory=list)

    async def rows(self, query: Executable) -> Sequence[Row[Any]]:
        """Run a query and return all its rows."""
        return (await self.connection.execute(query)).all()

    async def row(self, query: Executable) -> Row[Any] | None:
        """Run a query and return its first row, if any."""
        return (await self.connection.execute(query)).first()

    async def do(self, statement: Insert | Update | Delete) -> int:
        """Run a statement and return how many rows it touched."""
        return (await self.connection.execute(statement)).rowcount

    async def add(self, table: Table, *rows: Mapping[str, Any]) -> None:
        """Insert rows with the same columns, all in one round trip."""
        if rows:
            # The rows travel as parameters: the statement is compiled once, whatever their number.
            await self.connection.execute(insert(table), [dict(row) for row in rows])

    async def change(self, table: Table, *, id: UUID, revision: int, **values: Any) -> int:  # noqa: A002
        """Change one row if it still has `revision`; return the new one, raise `ChangedMeanwhile` if it has not."""
        statement = (
            update(table).where(table.c.id == id, table.c.revision == revision).values(revision=revision + 1, **values)
        )
        if not await self.do(statement):
            raise ChangedMeanwhile("Read it again and decide on what it says now.")
        return revision + 1

    def because_of(self, *, event_id: UUID, correlation_id: UUID) -> "Transaction":
        """Return this transaction with an event as its cause; what either says is written together."""
        return replace(self, causation_id=event_id, correlation_id=correlation_id)


class Database:
    """The pool, and how transactions begin and end."""

    def __init__(
        self, url: str, *, pool_size: int, clock: Clock, command_seconds: float | None = COMMAND_SECONDS
    ) -> None:
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=1,
            # An error's text must not carry the values of a statement.
            hide_parameters=True,
            connect_args={
                "timeout": _CONNECT_SECONDS,
                "command_timeout": command_seconds,
                "server_settings": {
                    "statement_timeout": "5000",
                    "lock_timeout": "2000",
                    "idle_in_transaction_session_timeout": "10000",
                    "timezone": "UTC",
                    # Row counts here are small; compiling plans costs more than it gains.
                    "jit": "off",
                },
            },
        )
        self.clock = clock
        self.on_said: list[Callable[[], None]] = []

    @asynccontextmanager
    async def transaction(self, *, by: Caller, correlation_id: UUID | None = None) -> AsyncIterator[Transaction]:
        """Begin; at the end write what was said and audited, and commit; roll all back on any exception."""
        async with self.engine.begin() as connection:
            tx = Transaction(connection=connection, by=by, now=self.clock(), correlation_id=correlation_id or new_id())
            yield tx
            await write_out(tx)
        if tx.outbox_rows:
            for told in self.on_said:
                told()

    async def close(self) -> None:
        """Close the pool."""
        await self.engine.dispose()


async def repeated(work: Callable[[], Awaitable[_Result]]) -> _Result:
    """Do what is one transaction; again, a few times, when the database asks for that: a failed try leaves nothing."""
    for _ in range(_TRIES - 1):
        try:
            return await work()
        except DBAPIError as error:
            if state_of(error) not in _ASKED_AGAIN:
                raise
    return await work()


def state_of(error: DBAPIError) -> str:
    """Return the SQLSTATE, empty when the server did not say one."""
    return getattr(error.orig, "sqlstate", None) or ""


# Aggregates are locked in the order of their ids, so that two transactions cannot wait for each other.
_TAKE_REVISIONS = text(
    """
    INSERT INTO event_revision AS known (aggregate_id, revision, epoch, epoch_start)
    SELECT said.*, (SELECT epoch FROM service_state), 1
    FROM unnest(CAST(:ids AS uuid[]), CAST(:counts AS int[])) AS said
    ON CONFLICT (aggregate_id) DO UPDATE SET
        revision = known.revision + excluded.revision,
        epoch = excluded.epoch,
        epoch_start = CASE WHEN known.epoch = excluded.epoch THEN known.epoch_start ELSE known.revision + 1 END
    RETURNING aggregate_id, revision, epoch, epoch_start
    """
)


async def write_out(tx: Transaction) -> None:
    """Write the outbox and audit rows of the transaction: three statements, however many rows."""
    if tx.outbox_rows:
        counts: dict[UUID, int] = {}
        for row in tx.outbox_rows:
            counts[row["aggregate_id"]] = counts.get(row["aggregate_id"], 0) + 1
        ids = sorted(counts)
        taken = await tx.connection.execute(_TAKE_REVISIONS, {"ids": ids, "counts": [counts[id_] for id_ in ids]})
        found = {row.aggregate_id: row for row in taken}
        before = {id_: row.revision - counts[id_] for id_, row in found.items()}
        for row in tx.outbox_rows:
            id_ = row["aggregate_id"]
            before[id_] += 1
            # The epoch is that in which it was said, whenever it is published: so what is said again is known again.
            row.update(revision=before[id_], epoch=found[id_].epoch, epoch_start=found[id_].epoch_start)
        await tx.add(tables.outbox, *tx.outbox_rows)
    await tx.add(tables.audit, *tx.audit_rows)
