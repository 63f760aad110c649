"""The same key and body give the same answer; the record lies in the transaction of the effect."""

import hashlib
import re
from uuid import UUID

from fastapi import Request, Response
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.problems import Problem
from libs.chassis.tables import idempotency
from libs.kernel.errors import Conflict, Invalid

_KEPT_HEADERS = ("content-type", "etag", "location")
#: Visible characters, as the document says.
KEY = "^[!-~]{1,200}$"
_KEY = re.compile(KEY)


class KeyReused(Invalid):
    """This idempotency key was used with another request."""

    slug = "idempotency-key-reused"


class InProgress(Conflict):
    """The first request with this idempotency key is still being answered."""

    slug = "request-in-progress"


def key_of(request: Request) -> str:
    """Return the request's key; every POST has one."""
    key = request.headers.get("idempotency-key", "")
    if not _KEY.fullmatch(key):
        raise Problem(400, "idempotency-key-required", "Send an Idempotency-Key header of 1 to 200 visible characters.")
    return key


def fingerprint_of(request: Request, body: bytes) -> str:
    """Return what makes two requests the same: method, path, query, expected revision and body."""
    parts = (request.method, request.url.path, request.url.query, request.headers.get("if-match", ""))
    return hashlib.sha256("\n".join(parts).encode() + b"\n" + body).hexdigest()


def _lock_of(caller_id: UUID, key: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{caller_id} {key}".encode()).digest()[:8], "big", signed=True)


async def recall(tx: Transaction, *, key: str, fingerprint: str, permission: str) -> Response | None:
    """Return the first answer to this key, or None for a new one; raise for another body or one in progress.

    Handing it out again is a look at the record, and is audited as one.
    """
    row = await tx.row(
        select(func.pg_try_advisory_xact_lock(_lock_of(tx.by.id, key)).label("free"), idempotency).select_from(
            select(1)
            .subquery()
            .outerjoin(idempotency, (idempotency.c.caller_id == tx.by.id) & (idempotency.c.key == key))
        )
    )
    if row is None or not row.free:
        raise InProgress("Ask again in a moment.")
    if row.fingerprint is None:
        return None
    if row.fingerprint != fingerprint:
        raise KeyReused("Use a new key for a new request.")
    audit.record(tx, permission, record_id=row.record_id, family_id=row.family_id, outcome="replayed")
    return Response(row.body, row.status, headers={**row.headers, "idempotency-replayed": "true"})


async def remember(tx: Transaction, *, key: str, fingerprint: str, answer: Response) -> None:
    """Keep the answer with the effect, in one transaction."""
    kept = {name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers}
    try:
        await tx.add(
            idempotency,
            {
                "caller_id": tx.by.id,
                "key": key,
                "fingerprint": fingerprint,
                "status": answer.status_code,
                "headers": kept,
                "body": bytes(answer.body),
                **_about(tx),
                "answered_at": tx.now,
            },
        )
    except IntegrityError:
        raise InProgress("Ask again in a moment.") from None


def _about(tx: Transaction) -> dict[str, UUID | None]:
    """Return the record and the family that the transaction audited: of several rows the one that names a family."""
    audited = max(tx.audit_rows, key=lambda row: bool(row["family_id"]), default={})
    return {name: audited.get(name) for name in ("record_id", "family_id")}
