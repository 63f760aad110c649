"""Is the audit as it was written? Finds edits, removals, insertions, reordering and a cut tail, and says where."""

import base64
import binascii
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from libs.chassis.sealing import PURPOSE, Seal, leaf_of
from libs.chassis.tables import audit, audit_seal, audit_unsealed, audit_witness

#: A row that has waited for its seal longer than this is a finding.
_PATIENCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is not as it was sealed."""

    kind: str
    batch: int | None = None
    position: int | None = None

    def __str__(self) -> str:
        """Say what and where in one line."""
        places = [f"{name} {value}" for name in ("batch", "position") if (value := getattr(self, name)) is not None]
        return f"{self.kind}: {', '.join(places) or 'the whole log'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """A service's audit log with its seals, and what others witnessed of it."""

    rows: Mapping[int, Mapping[str, Any]]
    queued: Mapping[int, datetime | None]
    seals: Sequence[Mapping[str, Any]]
    witnessed: Mapping[int, frozenset[bytes]]


async def read(connection: AsyncConnection) -> Log:
    """Read a service's log and seals; the witnesses are others' (`read_witnessed`)."""
    rows = {row.position: dict(row._mapping) for row in await connection.execute(select(audit))}  # noqa: SLF001
    queued = [row.position for row in await connection.execute(select(audit_unsealed))]
    seals = [dict(row._mapping) for row in await connection.execute(select(audit_seal).order_by(audit_seal.c.batch))]  # noqa: SLF001
    return Log(
        rows=rows,
        queued={position: rows[position]["at"] if position in rows else None for position in queued},
        seals=seals,
        witnessed={},
    )


async def read_witnessed(connection: AsyncConnection, *, of: str) -> dict[int, bytes]:
    """Return the heads of service `of` that this database witnessed, by batch."""
    rows = await connection.execute(select(audit_witness).where(audit_witness.c.source == of))
    return {row.batch: row.head for row in rows}


async def verify_all(
    databases: Mapping[str, str], *, keys: Mapping[str, Sequence[str]], now: datetime
) -> dict[str, tuple[int, list[Finding]]]:
    """Return, for each service, how many rows its audit has and what is not as it was sealed."""
    # Witnesses first: what they know by now was sealed before the logs are read.
    witnessed: dict[str, dict[int, set[bytes]]] = {service: {} for service in databases}
    for url in databases.values():
        async with _connection(url) as connection:
            for other in databases:
                for batch, head in (await read_witnessed(connection, of=other)).items():
                    witnessed[other].setdefault(batch, set()).add(head)
    found = {}
    for service, url in databases.items():
        async with _connection(url) as connection:
            log = await read(connection)
        heads = {batch: frozenset(seen) for batch, seen in witnessed[service].items()}
        found[service] = (
            len(log.rows),
            verify(replace(log, witnessed=heads), keys=frozenset(keys[service]), now=now),
        )
    return found


@asynccontextmanager
async def _connection(url: str) -> AsyncIterator[AsyncConnection]:
    engine = create_async_engine(url, isolation_level="REPEATABLE READ")
    try:
        # One snapshot: rows that are written meanwhile are neither missing nor surplus.
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


def verify(log: Log, *, keys: frozenset[str], now: datetime) -> list[Finding]:
    """Return everything that is not as it was sealed; `keys` are the public nkeys that may have signed."""
    found = [*_chain(log.seals, keys=keys), *_witnesses(log)]
    sealed: set[int] = set()
    for seal in log.seals:
        sealed.update(seal["positions"])
        found += _rows(seal, log.rows)
    for position, row in log.rows.items():
        if position in sealed:
            continue
        if position not in log.queued:
            found.append(Finding(kind="inserted without a seal", position=position))
        elif now - row["at"] > _PATIENCE:
            found.append(Finding(kind="never sealed", position=position))
    found += [
        Finding(kind="removed before its seal", position=position)
        for position in log.queued
        if position not in log.rows
    ]
    return sorted(found, key=lambda each: (each.batch or 0, each.position or 0, each.kind))


def _chain(seals: Sequence[Mapping[str, Any]], *, keys: frozenset[str]) -> list[Finding]:
    found, previous = [], b""
    for expected, seal in enumerate(seals, start=1):
        batch = seal["batch"]
        if batch != expected:
            found.append(Finding(kind="a batch is missing before", batch=batch))
            break
        made = Seal(
            batch=batch,
            positions=tuple(seal["positions"]),
            leaves=tuple(seal["leaves"]),
            previous=seal["previous"],
            sealed_at=seal["sealed_at"],
        )
        if seal["previous"] != previous:
            found.append(Finding(kind="not linked to the batch before", batch=batch))
        if made.head != seal["head"]:
            found.append(Finding(kind="the seal was changed", batch=batch))
        if seal["signed_by"] not in keys or not _signed(seal["signed_by"], seal["signature"], seal["head"]):
            found.append(Finding(kind="the signature is not the service's", batch=batch))
        previous = seal["head"]
    return found


def _witnesses(log: Log) -> list[Finding]:
    heads = {seal["batch"]: seal["head"] for seal in log.seals}
    found = []
    for batch, witnessed in sorted(log.witnessed.items()):
        if batch not in heads:
            found.append(Finding(kind="the tail was cut: a witness knows", batch=batch))
        elif witnessed != {heads[batch]}:
            found.append(Finding(kind="sealed again: a witness knows another head", batch=batch))
    return found


def _rows(seal: Mapping[str, Any], rows: Mapping[int, Mapping[str, Any]]) -> list[Finding]:
    found = []
    for position, hash_ in zip(seal["positions"], seal["leaves"], strict=False):
        if position not in rows:
            found.append(Finding(kind="removed", batch=seal["batch"], position=position))
        elif leaf_of(rows[position]) != hash_:
            found.append(Finding(kind="edited", batch=seal["batch"], position=position))
    return found


def _signed(public: str, signature: bytes, head: bytes) -> bool:
    try:
        # An nkey is a base32 text: one byte of kind, the 32 bytes of the key, two of checksum.
        raw = base64.b32decode(public + "=" * (-len(public) % 8))[1:33]
        Ed25519PublicKey.from_public_bytes(raw).verify(signature, PURPOSE + head)
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True
