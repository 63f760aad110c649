"""The audit is sealed off the hot path: signed Merkle batches, each linked to the one before it.

A trigger puts every audit row on a queue; each second the sealer takes what has been committed, builds a batch
and says its head, and the services that hear it keep it as witnesses. Taking rows from a queue instead of
following their positions means that a row that commits late is sealed late, not never.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import nkeys
from sqlalchemy import delete, select

from libs.chassis.database import Transaction
from libs.chassis.inbox import Handler, Heard
from libs.chassis.merkle import leaf, root
from libs.chassis.outbox import emit
from libs.chassis.tables import audit, audit_seal, audit_unsealed, audit_witness
from libs.chassis.ticks import Tick
from libs.contracts.envelope import AuditHead, Event, event_types
from libs.kernel.ids import derived_id

#: The key also speaks to the broker; what it signs here can be mistaken for nothing else.
PURPOSE = b"fsp audit seal 1\x00"
_BATCH = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """One batch of audit rows: which, their hashes, and the head that links it to the batch before."""

    batch: int
    positions: tuple[int, ...]
    leaves: tuple[bytes, ...]
    previous: bytes
    sealed_at: datetime

    @property
    def head(self) -> bytes:
        """The hash over everything that the seal vouches for, and over the head before it."""
        parts = (
            str(self.batch),
            ",".join(map(str, self.positions)),
            root(self.leaves).hex(),
            self.previous.hex(),
            self.sealed_at.isoformat(),
        )
        return hashlib.sha256("\n".join(parts).encode()).digest()


def log_id(service: str) -> UUID:
    """Return the id of a service's audit log, the aggregate of the heads that it says."""
    return derived_id("audit", service)


def leaf_of(row: Mapping[str, Any]) -> bytes:
    """Return the hash of one audit row."""
    return leaf({**row, "at": row["at"].isoformat(), "roles": list(row["roles"])})


def sealer(*, service: str, seed: str) -> Tick:
    """Make the tick that seals a service's audit with its own nkey."""
    key = nkeys.from_seed(seed.encode())
    public: str = key.public_key.decode()
    said: type[Event] = event_types()[f"events.{service}.audit.sealed.v1"]

    async def seal(tx: Transaction) -> int:
        """Seal what has been committed; return the number of rows."""
        rows = await _take(tx)
        if not rows:
            return 0
        last = await tx.row(select(audit_seal.c.batch, audit_seal.c.head).order_by(audit_seal.c.batch.desc()).limit(1))
        made = Seal(
            batch=last.batch + 1 if last else 1,
            positions=tuple(row["position"] for row in rows),
            leaves=tuple(leaf_of(row) for row in rows),
            previous=last.head if last else b"",
            sealed_at=tx.now,
        )
        await tx.add(
            audit_seal,
            {
                "batch": made.batch,
                "positions": list(made.positions),
                "leaves": list(made.leaves),
                "previous": made.previous,
                "sealed_at": made.sealed_at,
                "head": made.head,
                "signature": key.sign(PURPOSE + made.head),
                "signed_by": public,
            },
        )
        emit(tx, said(log_id=log_id(service), batch=made.batch, head=made.head.hex()))
        return len(rows)

    return Tick("seal-audit", every_seconds=1, run=seal)


async def _take(tx: Transaction) -> Sequence[Mapping[str, Any]]:
    queued = select(audit_unsealed.c.position).order_by(audit_unsealed.c.position).limit(_BATCH)
    taken = await tx.rows(
        delete(audit_unsealed)
        .where(audit_unsealed.c.position.in_(queued.with_for_update(skip_locked=True)))
        .returning(audit_unsealed.c.position)
    )
    if not taken:
        return []
    rows = await tx.rows(
        select(audit).where(audit.c.position.in_([row.position for row in taken])).order_by(audit.c.position)
    )
    return [dict(row._mapping) for row in rows]  # noqa: SLF001 - the documented mapping view


async def witness(tx: Transaction, heard: Heard[Any]) -> None:
    """Keep the head that another service said, for comparison when its audit is verified."""
    said: AuditHead = heard.event
    await tx.add(
        audit_witness,
        {"source": heard.source, "batch": said.batch, "head": bytes.fromhex(said.head), "seen_at": tx.now},
    )


def witnessing(owners: Sequence[str]) -> dict[type[Event], Handler]:
    """Return the subscriptions by which a service witnesses the owners that it hears."""
    kinds = event_types()
    return {kind: witness for owner in owners if (kind := kinds.get(f"events.{owner}.audit.sealed.v1")) is not None}
